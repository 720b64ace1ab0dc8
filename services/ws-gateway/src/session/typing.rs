//! Where the caller types, and what of it the others are told. Pure.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use chat_protocol::ids::ConversationId;
use chat_protocol::limits::TYPING_TIMEOUT;

/// Renewals within this time are not told again.
const RENEWAL_SPACING: Duration = Duration::from_secs(1);

/// The conversations in which one socket types.
#[derive(Debug, Default)]
pub(super) struct TypingBook(HashMap<ConversationId, Typing>);

#[derive(Debug)]
struct Typing {
    until: Instant,
    told: Instant,
}

impl TypingBook {
    /// The caller types, or still does. True if the others are to be told.
    pub(super) fn start(&mut self, conversation: ConversationId, now: Instant) -> bool {
        let until = now + TYPING_TIMEOUT;
        let typing = self.0.get_mut(&conversation);
        match typing {
            Some(typing) if now < typing.told + RENEWAL_SPACING => {
                typing.until = until;
                false
            }
            _ => {
                self.0.insert(conversation, Typing { until, told: now });
                true
            }
        }
    }

    /// The caller has stopped. True if the others are to be told.
    pub(super) fn stop(&mut self, conversation: ConversationId) -> bool {
        self.0.remove(&conversation).is_some()
    }

    /// Where typing was not renewed in time: it is over there.
    pub(super) fn expire(&mut self, now: Instant) -> Vec<ConversationId> {
        self.0.extract_if(|_, typing| typing.until <= now).map(|(conversation, _)| conversation).collect()
    }

    /// Where the caller types: it is over everywhere.
    pub(super) fn end(&mut self) -> Vec<ConversationId> {
        self.0.drain().map(|(conversation, _)| conversation).collect()
    }

    /// When [`expire`](Self::expire) is to be called next.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.0.values().map(|typing| typing.until).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_is_told_once_a_second_and_ends_by_itself() {
        let (mut book, now, id) = (TypingBook::default(), Instant::now(), ConversationId::generate());
        assert!(book.start(id, now));
        assert!(!book.start(id, now + Duration::from_millis(900)));
        assert!(book.start(id, now + Duration::from_secs(1)));
        assert!(book.expire(now + TYPING_TIMEOUT).is_empty());
        assert_eq!(book.next_deadline(), Some(now + Duration::from_secs(1) + TYPING_TIMEOUT));
        assert_eq!(book.expire(now + Duration::from_secs(1) + TYPING_TIMEOUT), [id]);
        assert!(!book.stop(id));
    }

    #[test]
    fn what_was_begun_can_be_stopped() {
        let (mut book, now, id) = (TypingBook::default(), Instant::now(), ConversationId::generate());
        book.start(id, now);
        assert!(book.stop(id) && !book.stop(id));
        book.start(id, now);
        assert_eq!(book.end(), [id]);
        assert_eq!(book.next_deadline(), None);
    }
}
