//! All conversations of one socket, and the sum of what is unread in them.

use std::collections::HashMap;

use chat_protocol::command::{CommandBody, UpTo};
use chat_protocol::ids::ConversationId;

use crate::seat::Seat;

/// The seats of a socket: one on `/ws/chat/{id}/`, any number on `/ws/`.
#[derive(Debug, Default)]
pub(crate) struct Seats {
    seats: HashMap<ConversationId, Box<Seat>>,
    /// The sum of what is unread where it is not muted.
    pub(crate) total_unread: i64,
}

impl Seats {
    pub(crate) fn contains(&self, conversation: ConversationId) -> bool {
        self.seats.contains_key(&conversation)
    }

    pub(crate) fn get_mut(&mut self, conversation: ConversationId) -> Option<&mut Seat> {
        self.seats.get_mut(&conversation).map(Box::as_mut)
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = ConversationId> + '_ {
        self.seats.keys().copied()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (ConversationId, &mut Seat)> {
        self.seats.iter_mut().map(|(conversation, seat)| (*conversation, seat.as_mut()))
    }

    /// The only seat of a socket for one conversation.
    pub(crate) fn only_mut(&mut self) -> Option<&mut Seat> {
        self.seats.values_mut().next().map(Box::as_mut)
    }

    /// Whoever marks everything as read means what there is now, whenever that is carried out, and however often.
    pub(crate) fn name_head(&self, command: &mut CommandBody) {
        if let CommandBody::MarkAsRead(body) = command
            && body.marks.up_to == Some(UpTo::All)
            && let Some(head) = self.seats.get(&body.conversation_id).and_then(|seat| seat.membership.room().last_seq())
        {
            body.marks.up_to = Some(UpTo::Seq(head));
        }
    }

    /// Takes a seat in, in the place of an older one.
    pub(crate) fn insert(&mut self, seat: Seat) {
        self.total_unread += seat.counted();
        if let Some(older) = self.seats.insert(seat.membership.room().id, Box::new(seat)) {
            self.total_unread -= older.counted();
        }
    }

    /// The conversation is over for this socket.
    pub(crate) fn remove(&mut self, conversation: ConversationId) {
        if let Some(seat) = self.seats.remove(&conversation) {
            self.total_unread -= seat.counted();
        }
    }

    /// Takes a seat out for a moment, without a change of the sum: [`put_back`](Self::put_back) or
    /// [`give_up`](Self::give_up) follows.
    pub(crate) fn take(&mut self, conversation: ConversationId) -> Option<Box<Seat>> {
        self.seats.remove(&conversation)
    }

    pub(crate) fn put_back(&mut self, seat: Box<Seat>) {
        self.seats.insert(seat.membership.room().id, seat);
    }

    pub(crate) fn give_up(&mut self, seat: &Seat) {
        self.total_unread -= seat.counted();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chat_protocol::command::{MarkAsRead, Marks};
    use chat_protocol::ids::{Seq, UserId};
    use chat_protocol::live::Standing;
    use chat_protocol::rpc::Membership;

    use super::*;
    use crate::ring::RingLimits;
    use crate::room::Room;

    fn everything(conversation_id: ConversationId) -> CommandBody {
        let marks = Marks { up_to: Some(UpTo::All), message_ids: Vec::new() };
        let not_after = chrono::DateTime::UNIX_EPOCH.into();
        CommandBody::MarkAsRead(MarkAsRead { conversation_id, reader_id: UserId::new(1).unwrap(), marks, not_after })
    }

    fn up_to(seats: &Seats, conversation: ConversationId) -> Option<UpTo> {
        let mut command = everything(conversation);
        seats.name_head(&mut command);
        match command {
            CommandBody::MarkAsRead(body) => body.marks.up_to,
            _ => None,
        }
    }

    #[test]
    fn everything_is_what_there_is_now() {
        let limits = RingLimits { events: 8, bytes: 1000 };
        let room = Arc::new(Room::new(ConversationId::generate(), limits, Arc::default()));
        let fact = Membership {
            conversation_id: room.id,
            is_participant: true,
            last_seq: Seq(7),
            joined_seq: Seq(1),
            participant_count: 2,
            is_blocked: false,
            standing: Standing::default(),
        };
        let mut seats = Seats::default();
        assert_eq!(up_to(&seats, room.id), Some(UpTo::All), "whoever has no seat is refused elsewhere");
        seats.insert(Seat::new(room.join(Arc::default()), &fact, Seq(7), false, 100));
        assert_eq!(up_to(&seats, room.id), Some(UpTo::Seq(Seq(7))));
    }
}
