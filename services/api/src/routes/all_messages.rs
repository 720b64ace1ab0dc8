//! The messages of all of the caller's conversations: as one list, newest first, or what is found among them.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chat_protocol::error::{Refusal, Validation};
use chat_protocol::ids::{ConversationId, Seq};
use chat_protocol::message::Message;
use chat_protocol::rest::{FoundMessage, Page};
use chat_store::all_messages::{self, Filter, Window};
use chat_store::memberships;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::caller::Caller;
use crate::error::ApiError;
use crate::extract::Params;
use crate::openapi::{AllMessagesParams, PageParams};
use crate::paging::{Address, Cursor, Slice, page_size};
use crate::routes::search;

/// A message's place in the list: when it was stored, in microseconds since 1970, where, and its position there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Place(i64, ConversationId, Seq);

/// What a request for the list asks for.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    filter: Filter,
    window: Window,
    from: Option<Cursor<Place>>,
    size: usize,
}

/// A page of either.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum MessageList {
    /// Of what was found.
    Found(Page<FoundMessage>),
    /// Of the list.
    All(Page<Message>),
}

/// The messages of all of your conversations, newest first; with `search` those that are found, the best first.
#[utoipa::path(
    get,
    path = "/api/chat/messages/",
    tag = "messages",
    params(AllMessagesParams, PageParams),
    responses(
        (status = 200, description = "A page of them; with `search` each has a `highlight`", body = MessageList),
    )
)]
pub(super) async fn list_all_messages(
    State(app): State<Arc<App>>,
    caller: Caller,
    params: Params,
    address: Address,
) -> Result<Json<MessageList>, ApiError> {
    if params.text("search").is_some() {
        let asked = search::Asked::read(&params)?;
        return Ok(Json(MessageList::Found(search::find_messages(&app, caller, &asked, &address).await?)));
    }
    let asked = Asked::read(&params)?;
    let limit = u32::try_from(asked.size).unwrap_or(u32::MAX).saturating_add(1);
    let rows = all_messages::list(app.database.pool(), caller.id, &asked.filter, asked.window, limit);
    let rows = app.within(rows).await?;
    if let Some(named) = asked.filter.conversation.filter(|_| rows.is_empty()) {
        check_participation(&app, caller, named).await?;
    }
    let slice = Slice::cut(rows, asked.size, asked.from.as_ref(), Place::of);
    Ok(Json(MessageList::All(slice.into_page(&address))))
}

/// An empty list does not tell whether there is nothing, or nothing for the caller.
pub(super) async fn check_participation(app: &App, caller: Caller, named: ConversationId) -> Result<(), ApiError> {
    let found = app.within(memberships::list(app.database.pool(), caller.id, &[named])).await?;
    let is_participant = found.first().is_some_and(|membership| membership.is_participant);
    is_participant.then_some(()).ok_or_else(ApiError::not_found)
}

impl Place {
    fn of(row: &Message) -> Self {
        Self(row.created_at.datetime().timestamp_micros(), row.conversation_id, row.seq)
    }

    fn read(self) -> Option<all_messages::Place> {
        let Self(micros, conversation, seq) = self;
        let created_at = DateTime::from_timestamp_micros(micros)?;
        Some(all_messages::Place { created_at, conversation, seq })
    }
}

impl Asked {
    fn read(params: &Params) -> Result<Self, Refusal> {
        let mut wrong = Validation::default();
        let filter = read_filter(params, &mut wrong)?;
        let from = Cursor::<Place>::read(params, &mut wrong);
        let size = page_size(params, &mut wrong);
        let place = from.and_then(|from| from.place.read());
        if from.is_some() && place.is_none() {
            wrong.reject("cursor", "Not a cursor of this list.");
        }
        wrong.finish()?;
        let window = match (from, place) {
            (Some(Cursor { is_backwards: true, .. }), Some(place)) => Window::Newer(place),
            _ => Window::Older(place),
        };
        Ok(Self { filter, window, from, size })
    }
}

/// Which messages are wanted.
pub(super) fn read_filter(params: &Params, wrong: &mut Validation) -> Result<Filter, Refusal> {
    let types = "One of text, image, file, voice, system.";
    Ok(Filter {
        // One of no form is not found, like an unknown one.
        conversation: params.text("conversation").map(str::parse).transpose().map_err(|_| Refusal::not_found())?,
        sender: params.parsed("sender", "A user id.", wrong),
        message_type: params.word("message_type", types, wrong),
        since: time(params, "since", wrong),
        until: time(params, "until", wrong),
    })
}

/// A point in time. The `+` of its offset may have become a blank on its way, as it does in addresses.
fn time(params: &Params, name: &str, wrong: &mut Validation) -> Option<DateTime<Utc>> {
    let text = params.text(name)?;
    let with_plus = || text.rsplit_once(' ').map(|(time, offset)| format!("{time}+{offset}"));
    let parsed = DateTime::parse_from_rfc3339(text)
        .ok()
        .or_else(|| DateTime::parse_from_rfc3339(&with_plus()?).ok())
        .map(|time| time.to_utc());
    if parsed.is_none() {
        wrong.reject(name, "A time of RFC 3339, such as 2026-11-23T09:10:42Z.");
    }
    parsed
}

#[cfg(test)]
mod tests {
    use chat_protocol::error::ErrorCode;
    use chat_protocol::message::MessageType;

    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Asked, Refusal> {
        Asked::read(&pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn filters_are_read() {
        let id = ConversationId::generate();
        let pairs = [
            ("conversation", &*id.to_string()),
            ("sender", "2"),
            ("message_type", "voice"),
            ("since", "2026-11-23T09:10:42.5Z"),
            ("until", "2026-11-23T11:10:42.500 02:00"),
        ];
        let Filter { conversation, sender, message_type, since, until } = read(&pairs).unwrap().filter;
        assert_eq!((conversation, sender, message_type), (Some(id), "2".parse().ok(), Some(MessageType::Voice)));
        assert!(since.is_some() && since == until, "{since:?} {until:?}");
    }

    #[test]
    fn wrong_filters_are_named_together() {
        let pairs = [
            ("sender", "x"),
            ("message_type", "party"),
            ("since", "yesterday"),
            ("until", "2026-11-23"),
            ("cursor", "x"),
            ("page_size", "0"),
        ];
        let errors = read(&pairs).unwrap_err().errors;
        let named: Vec<_> = errors.keys().map(String::as_str).collect();
        assert_eq!(named, ["cursor", "message_type", "page_size", "sender", "since", "until"]);
    }

    #[test]
    fn conversation_of_no_form_is_not_found() {
        assert_eq!(read(&[("conversation", "x"), ("sender", "x")]).unwrap_err().code, ErrorCode::NotFound);
    }
}
