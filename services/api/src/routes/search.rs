//! What is found among the messages of all of the caller's conversations, the best first. Pages lead through slices of time, from the
//! newest on; within a slice the best come first.

use chat_protocol::error::{Refusal, Validation};
use chat_protocol::ids::MessageId;
use chat_protocol::rest::{FoundMessage, Page};
use chat_store::all_messages::Filter;
use chat_store::search::{self, Found, Query, Search, Shown, Stretch};
use serde::{Deserialize, Serialize};

use super::all_messages::{check_participation, read_filter};
use crate::app::App;
use crate::caller::Caller;
use crate::error::ApiError;
use crate::extract::Params;
use crate::paging::{Address, Cursor, Slice, page_size};

/// The fewest matches that are compared with each other, if there are as many.
const COMPARED: usize = 100;

/// Where a page begins: next to a row of a slice, or at the end of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    /// From when on the slice is, in microseconds since 1970. Alone: the slices from then on.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    since: Option<i64>,
    /// Until when the slice is. Alone: the slices before.
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    until: Option<i64>,
    /// The row's score and id.
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    row: Option<(u32, MessageId)>,
    /// Whether there are slices after and before this one in time.
    #[serde(rename = "n")]
    neighbours: (bool, bool),
}

/// What a request asks for.
#[derive(Debug, PartialEq)]
pub(super) struct Asked {
    query: Query,
    filter: Filter,
    from: Option<Cursor<Place>>,
    stretch: Stretch,
    size: usize,
}

impl Asked {
    pub(super) fn read(params: &Params) -> Result<Self, Refusal> {
        let mut wrong = Validation::default();
        let filter = read_filter(params, &mut wrong)?;
        let query = Query::parse(params.text("search").unwrap_or_default());
        if let Err(error) = &query {
            wrong.reject("search", error.to_string());
        }
        let from = Cursor::<Place>::read(params, &mut wrong);
        let size = page_size(params, &mut wrong);
        let stretch = from.map_or(Some(Stretch::Older(None)), |from| from.place.stretch());
        if stretch.is_none() {
            wrong.reject("cursor", "Not a cursor of this list.");
        }
        wrong.finish()?;
        match (query, stretch) {
            (Ok(query), Some(stretch)) => Ok(Self { query, filter, from, stretch, size }),
            _ => Err(Refusal::invalid("search", "Nothing to search for.")),
        }
    }

    /// How many matches a slice should have: whole pages of them.
    const fn wanted(&self) -> usize {
        self.size * COMPARED.div_ceil(self.size)
    }
}

impl Place {
    fn stretch(self) -> Option<Stretch> {
        match (self.since, self.until, self.row) {
            (Some(since), Some(until), Some(_)) => Some(Stretch::Exactly(since, until)),
            (Some(since), None, None) => Some(Stretch::Newer(since)),
            (None, Some(until), None) => Some(Stretch::Older(Some(until))),
            _ => None,
        }
    }
}

/// A page of what is found.
pub(super) async fn find_messages(
    app: &App,
    caller: Caller,
    asked: &Asked,
    address: &Address,
) -> Result<Page<FoundMessage>, ApiError> {
    let search = Search { reader: caller.id, query: &asked.query, filter: &asked.filter };
    let found = search::find(app.database.pool(), &search, asked.stretch, asked.wanted());
    let slice = app.within(found).await?;
    if let Some(named) = asked.filter.conversation.filter(|_| slice.found.is_empty()) {
        check_participation(app, caller, named).await?;
    }
    let Page { next, previous, results } =
        cut(slice, asked.from.as_ref(), asked.stretch, asked.size).into_page(address);
    let shown = app.within(search::show(app.database.pool(), &search, &results)).await?;
    let results = shown.into_iter().map(|Shown { message, highlight }| FoundMessage { message, highlight }).collect();
    Ok(Page { next, previous, results })
}

/// A match's place in its slice.
const fn place_of(found: Found) -> (u32, MessageId) {
    (found.score, found.id)
}

/// The page of a slice that a cursor leads to.
fn cut(slice: search::Slice, from: Option<&Cursor<Place>>, stretch: Stretch, size: usize) -> Slice<Found, Place> {
    let neighbours = match stretch {
        Stretch::Older(None) => (false, slice.is_more),
        Stretch::Older(Some(_)) => (true, slice.is_more),
        Stretch::Newer(_) => (slice.is_more, true),
        Stretch::Exactly(..) => from.map_or((true, true), |from| from.place.neighbours),
    };
    let (has_newer, has_older) = neighbours;
    let mut rows = slice.found;
    let is_backwards = from.is_some_and(|from| from.is_backwards);
    let beside = from.and_then(|from| from.place.row);
    let (start, end) = match (beside, is_backwards) {
        (Some(beside), true) => {
            let end = rows.partition_point(|row| place_of(*row) > beside);
            (end.saturating_sub(size), end)
        }
        (Some(beside), false) => {
            let start = rows.partition_point(|row| place_of(*row) >= beside);
            (start, rows.len().min(start + size))
        }
        (None, true) => (rows.len().saturating_sub(size), rows.len()),
        (None, false) => (0, rows.len().min(size)),
    };
    let inside = |row: &Found, is_backwards| {
        let (since, until, row) = (Some(slice.since), Some(slice.until), Some(place_of(*row)));
        Cursor { place: Place { since, until, row, neighbours }, is_backwards }
    };
    let beyond = |since, until, is_backwards| Cursor {
        place: Place { since, until, row: None, neighbours: (false, false) },
        is_backwards,
    };
    let next = match rows.get(end.saturating_sub(1)).filter(|_| end < rows.len() && end > 0) {
        Some(last) => Some(inside(last, false)),
        None => has_older.then(|| beyond(None, Some(slice.since), false)),
    };
    let previous = match rows.get(start).filter(|_| start > 0) {
        Some(first) => Some(inside(first, true)),
        None => has_newer.then(|| beyond(Some(slice.until), None, true)),
    };
    rows.truncate(end);
    rows.drain(..start);
    Slice { rows, next, previous }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Asked, Refusal> {
        Asked::read(&pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn what_is_wrong_is_named_together() {
        let pairs = [("search", "-x"), ("sender", "x"), ("since", "yesterday"), ("cursor", "x"), ("page_size", "0")];
        let errors = read(&pairs).unwrap_err().errors;
        let named: Vec<_> = errors.keys().map(String::as_str).collect();
        assert_eq!(named, ["cursor", "page_size", "search", "sender", "since"]);
        assert_eq!(errors["search"], ["There is no word in it that must be there."]);
    }

    #[test]
    fn slices_are_whole_pages() {
        for (size, wanted) in [("1", 100), ("30", 120), ("50", 100), ("100", 100), ("200", 200)] {
            assert_eq!(read(&[("search", "x"), ("page_size", size)]).unwrap().wanted(), wanted);
        }
    }

    #[test]
    fn places_are_of_a_row_or_beyond_a_slice() {
        let row = Some((7, MessageId::generate()));
        let stretch = |since, until, row| Place { since, until, row, neighbours: (true, false) }.stretch();
        assert_eq!(stretch(Some(1), Some(2), row), Some(Stretch::Exactly(1, 2)));
        assert_eq!(stretch(Some(1), None, None), Some(Stretch::Newer(1)));
        assert_eq!(stretch(None, Some(2), None), Some(Stretch::Older(Some(2))));
        assert_eq!(stretch(Some(1), Some(2), None), None);
        assert_eq!(stretch(None, None, row), None);
    }
}
