//! One conversation of one socket: how far it was sent, and what the caller has not read. Everything that does not touch
//! the wire.

use chat_protocol::event::MessageFacts;
use chat_protocol::ids::{Seq, UserId};
use chat_protocol::limits::MAX_UNREAD;
use chat_protocol::live::Standing;
use chat_protocol::rpc::{FramedEvent, Membership};

use crate::feed::Feed;
use crate::room::RoomMembership;

/// A socket's place in a conversation.
#[derive(Debug)]
pub(crate) struct Seat {
    pub(crate) membership: RoomMembership,
    pub(crate) feed: Feed,
    /// The position of the log at which the caller was found to take part: an older removal is of the past.
    pub(crate) decided_at: Seq,
    /// A page of the log that is still to be sent.
    pub(crate) page: Vec<FramedEvent>,
    /// What of the log or of the read state is being asked for.
    pub(crate) asking: Asking,
    /// The head that was told last.
    pub(crate) told_head: Seq,
    standing: Standing,
    told_unread: i64,
}

/// What a seat waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asking {
    /// Nothing.
    Nothing,
    /// A page of the log.
    Log,
    /// How far everybody has read: the last thing before `resumed`.
    ReadState,
}

/// What has become of the unread count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UnreadChange {
    /// The count now.
    pub(crate) unread_count: i64,
    /// By how much the sum over all conversations has changed.
    pub(crate) total: i64,
    /// Whether the count itself has changed.
    pub(crate) is_news: bool,
}

impl Seat {
    /// A seat that gets everything after `after`; with `is_held` not before the first resume.
    pub(crate) fn new(
        membership: RoomMembership,
        fact: &Membership,
        after: Seq,
        is_held: bool,
        max_replay: i64,
    ) -> Self {
        membership.room().learn_head(fact.last_seq);
        membership.room().compare_block(fact.is_blocked);
        Self {
            membership,
            feed: Feed::new(after, is_held, max_replay),
            decided_at: fact.last_seq,
            page: Vec::new(),
            asking: Asking::Nothing,
            told_head: fact.last_seq,
            standing: fact.standing,
            told_unread: shown(fact.standing),
        }
    }

    /// Nothing of what is unread was told yet: it is, after the events that came with it.
    pub(crate) fn with_unread_untold(mut self) -> Self {
        self.told_unread = 0;
        self
    }

    /// The newest position that the room has.
    pub(crate) fn head(&self) -> Seq {
        self.membership.room().last_seq().unwrap_or_default()
    }

    /// What the seat adds to the sum of everything that is unread.
    pub(crate) fn counted(&self) -> i64 {
        if self.standing.muted { 0 } else { self.told_unread }
    }

    /// A message with these numbers was sent to the caller.
    pub(crate) fn note_message(&mut self, facts: MessageFacts, caller: UserId) {
        self.standing.message_count = self.standing.message_count.max(facts.number);
        if facts.sender_id == Some(caller) {
            self.standing.sent_count = self.standing.sent_count.max(facts.sent_count);
        }
    }

    /// The caller has read, or keeps the conversation otherwise. Numbers only grow; the newest word on `muted` holds.
    pub(crate) fn note_standing(&mut self, news: Standing) -> UnreadChange {
        let before = self.counted();
        let known = self.standing;
        self.standing = Standing {
            message_count: known.message_count.max(news.message_count),
            sent_count: known.sent_count.max(news.sent_count),
            read_count: known.read_count.max(news.read_count),
            muted: news.muted,
        };
        self.settle_unread(before)
    }

    /// What is to be told of the unread count, once messages were noted.
    pub(crate) fn take_unread(&mut self) -> UnreadChange {
        self.settle_unread(self.counted())
    }

    fn settle_unread(&mut self, counted_before: i64) -> UnreadChange {
        let unread_count = shown(self.standing);
        let is_news = unread_count != self.told_unread;
        self.told_unread = unread_count;
        UnreadChange { unread_count, total: self.counted() - counted_before, is_news }
    }
}

/// The count as clients are told it.
fn shown(standing: Standing) -> i64 {
    standing.unread().min(MAX_UNREAD)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chat_protocol::ids::ConversationId;

    use super::*;
    use crate::ring::RingLimits;
    use crate::room::Room;

    const ME: i64 = 1;

    fn seat(standing: Standing) -> Seat {
        let room =
            Arc::new(Room::new(ConversationId::generate(), RingLimits { events: 8, bytes: 1000 }, Arc::default()));
        let fact = Membership {
            conversation_id: room.id,
            is_participant: true,
            last_seq: Seq(1),
            joined_seq: Seq(1),
            participant_count: 2,
            is_blocked: false,
            standing,
        };
        Seat::new(room.join(Arc::default()), &fact, Seq(1), false, 100)
    }

    fn user(id: i64) -> UserId {
        UserId::new(id).unwrap()
    }

    fn message(number: i64, sender: i64, sent_count: i64) -> MessageFacts {
        MessageFacts { number, sender_id: Some(user(sender)), sent_count }
    }

    #[test]
    fn messages_of_others_are_unread_until_they_are_read() {
        let mut seat = seat(Standing::default());
        seat.note_message(message(1, 2, 1), user(ME));
        seat.note_message(message(2, 2, 2), user(ME));
        assert_eq!(seat.take_unread(), UnreadChange { unread_count: 2, total: 2, is_news: true });
        seat.note_message(message(3, ME, 1), user(ME));
        assert_eq!(seat.take_unread(), UnreadChange { unread_count: 2, total: 0, is_news: false });
        let read = Standing { message_count: 3, sent_count: 1, read_count: 2, muted: false };
        assert_eq!(seat.note_standing(read), UnreadChange { unread_count: 0, total: -2, is_news: true });
        // An older word changes nothing.
        let older = Standing { read_count: 1, ..read };
        assert_eq!(seat.note_standing(older), UnreadChange { unread_count: 0, total: 0, is_news: false });
    }

    #[test]
    fn muted_conversation_adds_nothing_to_the_sum() {
        let three = Standing { message_count: 3, ..Standing::default() };
        let mut seat = seat(three);
        assert_eq!(seat.counted(), 3);
        let muted = seat.note_standing(Standing { muted: true, ..three });
        assert_eq!(muted, UnreadChange { unread_count: 3, total: -3, is_news: false });
        seat.note_message(message(4, 2, 4), user(ME));
        assert_eq!(seat.take_unread(), UnreadChange { unread_count: 4, total: 0, is_news: true });
    }

    #[test]
    fn count_stops_at_a_thousand() {
        let seat = seat(Standing { message_count: 5000, ..Standing::default() });
        assert_eq!(seat.counted(), MAX_UNREAD);
    }
}
