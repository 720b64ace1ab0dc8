//! Finding messages by their words: blocks of messages with their tokens, filled beside the write path, and read together with
//! who takes part in what.

mod block;
pub mod filling;
mod finding;
pub mod fold;
pub mod highlight;
mod hits;
pub mod matching;
pub mod query;
mod reading;
pub mod tokens;

use chat_protocol::ids::UserId;
use chrono::{DateTime, Utc};

pub use self::finding::{Found, Shown, Slice, Stretch, find, show};
pub use self::query::{Query, QueryError};
use crate::all_messages::Filter;

/// The years 1 and 9999, in microseconds since 1970: before and after everything.
const EARLIEST: i64 = -62_135_596_800_000_000;
const LATEST: i64 = 253_402_300_799_000_000;

/// A search: by whom, for what, and among which messages.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Search<'a> {
    /// Who searches.
    pub reader: UserId,
    /// For what.
    pub query: &'a Query,
    /// Among which messages.
    pub filter: &'a Filter,
}

impl Search<'_> {
    /// The times that the filter leaves, in microseconds since 1970: from the first on, before the second.
    fn bounds(&self) -> (i64, i64) {
        let micros = |time: DateTime<Utc>| time.timestamp_micros().clamp(EARLIEST, LATEST);
        (self.filter.since.map_or(EARLIEST, micros), self.filter.until.map_or(LATEST, micros))
    }

    /// What stands for the filter in blocks.
    fn filter_tokens(&self) -> Vec<String> {
        let sender = self.filter.sender.map(|sender| block::sender_token(sender.get()));
        let message_type = self.filter.message_type.map(|wanted| block::type_token(wanted.number()));
        sender.into_iter().chain(message_type).collect()
    }
}
