//! Which part of a conversation's log, or of its messages, is asked for. The list is everything between the bounds, in one order; pages walk
//! along it. Pure: what to read comes out, what was read goes in.

use chat_protocol::error::{Refusal, Validation};
use chat_protocol::event::Event;
use chat_protocol::ids::{MessageId, Seq};
use chat_protocol::message::Message;
use chat_store::messages::{END, Window};

use crate::extract::Params;
use crate::paging::{Cursor, Slice, page_size};

/// A position, as a parameter says it.
const POSITION_FORM: &str = "A position: a whole number from 0 on.";

/// What has a place in the log.
pub(crate) trait Positioned {
    /// The place.
    fn seq(&self) -> Seq;
}

impl Positioned for Message {
    fn seq(&self) -> Seq {
        self.seq
    }
}

impl Positioned for Event {
    fn seq(&self) -> Seq {
        Event::seq(self)
    }
}

/// What a request for messages or events asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct History {
    /// Exclusive.
    after: Seq,
    /// Exclusive.
    before: Seq,
    is_oldest_first: bool,
    from: Option<Cursor<Seq>>,
    around: Option<Around>,
    size: usize,
}

/// In the middle of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Around {
    /// This position.
    Position(Seq),
    /// This message.
    Message(MessageId),
}

impl History {
    /// Reads the query of a list of messages: the newest come first, unless `after_seq` is where it begins.
    pub(crate) fn read(params: &Params) -> Result<Self, Refusal> {
        Self::read_with(params, |after, before| after && !before)
    }

    /// Reads the query of the log: the oldest come first, unless `before_seq` is where it begins.
    pub(crate) fn read_log(params: &Params) -> Result<Self, Refusal> {
        Self::read_with(params, |after, before| after || !before)
    }

    fn read_with(params: &Params, default_order: impl Fn(bool, bool) -> bool) -> Result<Self, Refusal> {
        let mut wrong = Validation::default();
        let after = position(params, "after_seq", &mut wrong);
        let before = position(params, "before_seq", &mut wrong);
        let is_oldest_first = order(params, &mut wrong);
        let is_oldest_first = is_oldest_first.unwrap_or_else(|| default_order(after.is_some(), before.is_some()));
        let from = Cursor::read(params, &mut wrong);
        let size = page_size(params, &mut wrong);
        wrong.finish()?;
        // A cursor goes on from the page that `around` began with.
        let around = if from.is_some() { None } else { around(params)? };
        let (after, before) = (after.unwrap_or_default(), before.unwrap_or(END));
        Ok(Self { after, before, is_oldest_first, from, around, size })
    }

    /// In the middle of what the page is to be, if that was asked for.
    pub(crate) const fn around(&self) -> Option<Around> {
        self.around
    }

    /// What to read for the page, and how many rows: one more than it shows.
    pub(crate) fn window(&self) -> (Window, u32) {
        let window = if self.is_read_upwards() {
            Window::After(self.from.map_or(self.after, |from| from.place.max(self.after)))
        } else {
            Window::Before(self.from.map_or(self.before, |from| from.place.min(self.before)))
        };
        (window, limit(self.size))
    }

    /// The page, from what was read for it.
    pub(crate) fn page<T: Positioned>(&self, mut rows: Vec<T>) -> Slice<T, Seq> {
        rows.retain(|row| self.holds(row));
        if self.is_read_upwards() != self.is_oldest_first {
            rows.reverse();
        }
        Slice::cut(rows, self.size, self.from.as_ref(), Positioned::seq)
    }

    /// What to read for a page with `middle` in it: the older part, which includes it, and the newer part.
    pub(crate) fn windows_around(&self, middle: Seq) -> [(Window, u32); 2] {
        let (older, newer) = self.halves();
        let until = Seq(middle.0.saturating_add(1)).min(self.before);
        [(Window::Before(until), limit(older)), (Window::After(middle.max(self.after)), limit(newer))]
    }

    /// The page, from what was read for its two parts.
    pub(crate) fn page_around(&self, older: Vec<Message>, newer: Vec<Message>) -> Slice<Message, Seq> {
        let (older_size, newer_size) = self.halves();
        let within = |rows: Vec<Message>| rows.into_iter().filter(|message| self.holds(message)).collect::<Vec<_>>();
        let (mut older, mut newer) = (within(older), within(newer));
        let (has_older, has_newer) = (older.len() > older_size, newer.len() > newer_size);
        older.truncate(older_size);
        newer.truncate(newer_size);
        let place = |message: &Message| message.seq;
        if self.is_oldest_first {
            older.reverse();
            older.append(&mut newer);
            Slice::between(older, has_older, has_newer, place)
        } else {
            newer.reverse();
            newer.append(&mut older);
            Slice::between(newer, has_newer, has_older, place)
        }
    }

    fn holds(&self, row: &impl Positioned) -> bool {
        row.seq() > self.after && row.seq() < self.before
    }

    fn is_read_upwards(&self) -> bool {
        self.is_oldest_first != self.from.is_some_and(|from| from.is_backwards)
    }

    /// How many rows of a page around something are older (that itself included), and how many newer.
    const fn halves(&self) -> (usize, usize) {
        (self.size - self.size / 2, self.size / 2)
    }
}

/// One row more than is shown, to know whether there is more.
fn limit(size: usize) -> u32 {
    u32::try_from(size).unwrap_or(u32::MAX).saturating_add(1)
}

fn position(params: &Params, name: &str, wrong: &mut Validation) -> Option<Seq> {
    let number: i64 = params.parsed(name, POSITION_FORM, wrong)?;
    if number < 0 {
        wrong.reject(name, POSITION_FORM);
    }
    Some(Seq(number))
}

fn order(params: &Params, wrong: &mut Validation) -> Option<bool> {
    match params.text("order")? {
        "asc" => Some(true),
        "desc" => Some(false),
        _ => {
            wrong.reject("order", "asc or desc.");
            None
        }
    }
}

/// A position, or a message's id; what is neither is not found, like an unknown id.
fn around(params: &Params) -> Result<Option<Around>, Refusal> {
    let Some(text) = params.text("around") else { return Ok(None) };
    if let Some(seq) = text.parse().ok().filter(|seq| *seq >= 0) {
        return Ok(Some(Around::Position(Seq(seq))));
    }
    text.parse().map(|id| Some(Around::Message(id))).map_err(|_| Refusal::not_found())
}

#[cfg(test)]
mod tests {
    use chat_protocol::error::ErrorCode;
    use chat_protocol::ids::ConversationId;
    use chat_protocol::message::MessageType;
    use chrono::DateTime;

    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<History, Refusal> {
        History::read(&pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    fn message(seq: i64) -> Message {
        Message {
            id: MessageId::generate(),
            conversation_id: ConversationId::generate(),
            seq: Seq(seq),
            content: "x".into(),
            message_type: MessageType::Text,
            sender: None,
            attachments: Vec::new(),
            reply_to: None,
            reactions: Vec::new(),
            client_id: None,
            created_at: DateTime::UNIX_EPOCH.into(),
            edited_at: None,
            deleted_at: None,
        }
    }

    /// What the store would read of a log whose messages have the positions 2 to `last`.
    fn stored(last: i64, (window, limit): (Window, u32)) -> Vec<Message> {
        let limit = limit as usize;
        match window {
            Window::Before(seq) => (2..=last).rev().filter(|n| *n < seq.0).take(limit).map(message).collect(),
            Window::After(seq) => (2..=last).filter(|n| *n > seq.0).take(limit).map(message).collect(),
        }
    }

    fn seqs(page: &Slice<Message, Seq>) -> Vec<i64> {
        page.rows.iter().map(|message| message.seq.0).collect()
    }

    /// All pages from the first one on, and back again.
    fn walk(pairs: &[(&str, &str)], last: i64) -> (Vec<Vec<i64>>, Vec<Vec<i64>>) {
        let mut history = read(pairs).unwrap();
        let (mut there, mut back) = (Vec::new(), Vec::new());
        let mut page = history.page(stored(last, history.window()));
        there.push(seqs(&page));
        while let Some(next) = page.next {
            history.from = Some(next);
            page = history.page(stored(last, history.window()));
            there.push(seqs(&page));
        }
        while let Some(previous) = page.previous {
            history.from = Some(previous);
            page = history.page(stored(last, history.window()));
            back.push(seqs(&page));
        }
        (there, back)
    }

    #[test]
    fn newest_come_first_and_pages_lead_back() {
        let (there, back) = walk(&[("page_size", "3")], 9);
        assert_eq!(there, [vec![9, 8, 7], vec![6, 5, 4], vec![3, 2]]);
        assert_eq!(back, [vec![6, 5, 4], vec![9, 8, 7]]);
    }

    #[test]
    fn oldest_come_first_when_asked_for() {
        let (there, back) = walk(&[("page_size", "3"), ("order", "asc")], 9);
        assert_eq!(there, [vec![2, 3, 4], vec![5, 6, 7], vec![8, 9]]);
        assert_eq!(back, [vec![5, 6, 7], vec![2, 3, 4]]);
    }

    #[test]
    fn bounds_are_exclusive_and_hold_on_every_page() {
        assert_eq!(walk(&[("before_seq", "5"), ("page_size", "2")], 9).0, [vec![4, 3], vec![2]]);
        assert_eq!(walk(&[("after_seq", "5"), ("page_size", "3")], 9).0, [vec![6, 7, 8], vec![9]]);
        assert_eq!(walk(&[("before_seq", "5"), ("order", "asc"), ("page_size", "2")], 9).0, [vec![2, 3], vec![4]]);
        assert_eq!(walk(&[("after_seq", "5"), ("order", "desc"), ("page_size", "3")], 9).0, [vec![9, 8, 7], vec![6]]);
        let both = [("after_seq", "3"), ("before_seq", "8"), ("page_size", "2")];
        assert_eq!(walk(&both, 9), (vec![vec![7, 6], vec![5, 4]], vec![vec![7, 6]]));
        assert_eq!(walk(&[("after_seq", "9")], 9).0, [Vec::<i64>::new()]);
    }

    #[test]
    fn around_is_in_the_middle() {
        let around = |middle: i64, order: &str, size: &str| {
            let history = read(&[("around", &middle.to_string()), ("order", order), ("page_size", size)]).unwrap();
            let [older, newer] = history.windows_around(Seq(middle)).map(|window| stored(9, window));
            let page = history.page_around(older, newer);
            (seqs(&page), page.previous.is_some(), page.next.is_some())
        };
        assert_eq!(around(5, "desc", "3"), (vec![6, 5, 4], true, true));
        assert_eq!(around(5, "asc", "4"), (vec![4, 5, 6, 7], true, true));
        assert_eq!(around(5, "asc", "1"), (vec![5], true, true));
        assert_eq!(around(2, "asc", "4"), (vec![2, 3, 4], false, true));
        assert_eq!(around(9, "desc", "2"), (vec![9], false, true));
        assert_eq!(around(i64::MAX, "desc", "2"), (vec![9], false, true));
        assert_eq!(around(5, "desc", "200"), (vec![9, 8, 7, 6, 5, 4, 3, 2], false, false));
    }

    #[test]
    fn wrong_parameters_are_named_together() {
        let refusal =
            read(&[("after_seq", "-1"), ("before_seq", "x"), ("order", "up"), ("page_size", "0"), ("cursor", "?")])
                .unwrap_err();
        let fields: Vec<_> = refusal.errors.keys().map(String::as_str).collect();
        assert_eq!(fields, ["after_seq", "before_seq", "cursor", "order", "page_size"]);
    }

    #[test]
    fn around_what_is_no_id_is_not_found() {
        let id = MessageId::generate();
        assert_eq!(read(&[("around", &id.to_string())]).unwrap().around(), Some(Around::Message(id)));
        for bad in ["x", "-1", "1.5", "01890a5dac96774bbcceb302099a8057"] {
            assert_eq!(read(&[("around", bad)]).unwrap_err().code, ErrorCode::NotFound, "{bad}");
        }
    }
}
