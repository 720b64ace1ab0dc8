//! What the caller has read, gathered for a moment before it is stored. Pure.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use chat_protocol::command::Marks;
use chat_protocol::ids::ConversationId;

/// The marks of one socket that are not on their way yet.
#[derive(Debug)]
pub(super) struct MarkBook {
    folding: Duration,
    waiting: HashMap<ConversationId, (Marks, Instant)>,
}

impl MarkBook {
    /// Nothing marked; marks wait for `folding`.
    pub(super) fn new(folding: Duration) -> Self {
        Self { folding, waiting: HashMap::new() }
    }

    /// Takes marks in. Gives back what has to go at once, before them.
    pub(super) fn add(&mut self, conversation: ConversationId, marks: Marks, now: Instant) -> Option<Marks> {
        let due = now + self.folding;
        let Some((waiting, _)) = self.waiting.get_mut(&conversation) else {
            self.waiting.insert(conversation, (marks, due));
            return None;
        };
        let later = waiting.fold(marks)?;
        Some(std::mem::replace(waiting, later))
    }

    /// At most `max` of the marks that have waited long enough.
    pub(super) fn take_due(&mut self, now: Instant, max: usize) -> Vec<(ConversationId, Marks)> {
        let due: Vec<_> = self.waiting.iter().filter(|(_, (_, due))| *due <= now).map(|(id, _)| *id).collect();
        let due = due.into_iter().take(max);
        due.filter_map(|id| self.waiting.remove(&id).map(|(marks, _)| (id, marks))).collect()
    }

    /// Everything, whether it has waited or not.
    pub(super) fn take_all(&mut self) -> Vec<(ConversationId, Marks)> {
        self.waiting.drain().map(|(id, (marks, _))| (id, marks)).collect()
    }

    /// When [`take_due`](Self::take_due) is to be called next.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.waiting.values().map(|(_, due)| *due).min()
    }
}

#[cfg(test)]
mod tests {
    use chat_protocol::command::UpTo;
    use chat_protocol::ids::{MessageId, Seq};

    use super::*;

    const FOLDING: Duration = Duration::from_millis(300);

    fn up_to(up_to: UpTo) -> Marks {
        Marks { up_to: Some(up_to), message_ids: Vec::new() }
    }

    #[test]
    fn marks_wait_and_go_together() {
        let (mut book, now, id) = (MarkBook::new(FOLDING), Instant::now(), ConversationId::generate());
        assert_eq!(book.add(id, up_to(UpTo::Seq(Seq(3))), now), None);
        assert_eq!(book.add(id, up_to(UpTo::Seq(Seq(5))), now + FOLDING / 2), None);
        assert!(book.take_due(now + FOLDING / 2, 9).is_empty());
        assert_eq!(book.next_deadline(), Some(now + FOLDING));
        assert_eq!(book.take_due(now + FOLDING, 9), [(id, up_to(UpTo::Seq(Seq(5))))]);
        assert_eq!(book.next_deadline(), None);
    }

    #[test]
    fn what_does_not_fold_goes_first() {
        let (mut book, now, id) = (MarkBook::new(FOLDING), Instant::now(), ConversationId::generate());
        let message = up_to(UpTo::Message(MessageId::generate()));
        book.add(id, up_to(UpTo::Seq(Seq(3))), now);
        assert_eq!(book.add(id, message.clone(), now), Some(up_to(UpTo::Seq(Seq(3)))));
        assert_eq!(book.take_all(), [(id, message)]);
    }

    #[test]
    fn no_more_go_than_there_is_room_for() {
        let (mut book, now) = (MarkBook::new(FOLDING), Instant::now());
        for _ in 0..3 {
            book.add(ConversationId::generate(), up_to(UpTo::All), now);
        }
        assert_eq!(book.take_due(now + FOLDING, 2).len(), 2);
        assert_eq!(book.take_due(now + FOLDING, 2).len(), 1);
    }
}
