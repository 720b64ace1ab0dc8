//! What a seat has said and was not answered yet, and what it will say again. Pure.

use std::collections::VecDeque;

/// How many answered messages are kept to be repeated after a reconnect.
const KEPT: usize = 8;

/// A message before it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Its name, if it has one.
    pub client_id: Option<String>,
    /// Its text.
    pub content: String,
}

/// The messages of one seat.
#[derive(Debug, Default)]
pub struct Outgoing {
    named: VecDeque<(u64, Draft)>,
    /// All nameless sends of this socket: which of them an answer is for cannot be told.
    nameless: Vec<u64>,
    nameless_answers: usize,
    again: VecDeque<Draft>,
    kept: VecDeque<Draft>,
}

impl Outgoing {
    /// A message goes out as this operation.
    pub fn sent(&mut self, op_id: u64, draft: Draft) {
        match draft.client_id {
            Some(_) => self.named.push_back((op_id, draft)),
            None => self.nameless.push(op_id),
        }
    }

    /// An answer came for this name; the oldest operation under it.
    pub fn answered(&mut self, client_id: &str) -> Option<(u64, Draft)> {
        let place = self.named.iter().position(|(_, draft)| draft.client_id.as_deref() == Some(client_id))?;
        self.named.remove(place)
    }

    /// An answer came that names nothing.
    pub fn answered_nameless(&mut self) {
        self.nameless_answers += 1;
    }

    /// The socket is gone: what was not answered, as far as it can be told.
    pub fn lose(&mut self) -> (Vec<(u64, Draft)>, Vec<u64>) {
        let is_open = self.nameless_answers < self.nameless.len();
        let nameless = std::mem::take(&mut self.nameless);
        self.nameless_answers = 0;
        (self.named.drain(..).collect(), if is_open { nameless } else { Vec::new() })
    }

    /// To be sent once more, before anything new.
    pub fn queue(&mut self, draft: Draft) {
        self.again.push_back(draft);
    }

    /// To be sent once more, in this order, before everything else: they are older.
    pub fn queue_lost(&mut self, lost: Vec<Draft>) {
        lost.into_iter().rev().for_each(|draft| self.again.push_front(draft));
    }

    /// The next to be sent once more.
    pub fn next_queued(&mut self) -> Option<Draft> {
        self.again.pop_front()
    }

    /// An answered message that will be repeated after the next reconnect.
    pub fn keep(&mut self, draft: Draft) {
        self.kept.push_back(draft);
        if self.kept.len() > KEPT {
            self.kept.pop_front();
        }
    }

    /// What was kept.
    pub fn take_kept(&mut self) -> Vec<Draft> {
        self.kept.drain(..).collect()
    }

    /// How many have no answer on this socket.
    #[must_use]
    pub fn unanswered(&self) -> usize {
        self.named.len() + self.nameless.len().saturating_sub(self.nameless_answers)
    }

    /// How many wait to be sent once more.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.again.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> Draft {
        Draft { client_id: Some(name.into()), content: String::new() }
    }

    #[test]
    fn answers_find_the_oldest_of_their_name() {
        let mut outgoing = Outgoing::default();
        for (op, name) in [(1, "a"), (2, "b"), (3, "a")] {
            outgoing.sent(op, named(name));
        }
        assert_eq!(outgoing.answered("a").unwrap().0, 1);
        assert_eq!(outgoing.answered("a").unwrap().0, 3);
        assert_eq!(outgoing.answered("a"), None);
        assert_eq!(outgoing.unanswered(), 1);
        assert_eq!(outgoing.lose(), (vec![(2, named("b"))], vec![]));
    }

    #[test]
    fn what_was_lost_goes_before_what_waits() {
        let mut outgoing = Outgoing::default();
        outgoing.queue(named("c"));
        outgoing.queue_lost(vec![named("a"), named("b")]);
        let order: Vec<_> = std::iter::from_fn(|| outgoing.next_queued()).filter_map(|draft| draft.client_id).collect();
        assert_eq!(order, ["a", "b", "c"]);
    }

    #[test]
    fn nameless_ones_are_counted() {
        let mut outgoing = Outgoing::default();
        let nameless = || Draft { client_id: None, content: String::new() };
        outgoing.sent(1, nameless());
        outgoing.sent(2, nameless());
        outgoing.answered_nameless();
        assert_eq!(outgoing.unanswered(), 1);
        assert_eq!(outgoing.lose().1, [1, 2]);
        outgoing.sent(3, nameless());
        outgoing.answered_nameless();
        assert!(outgoing.lose().1.is_empty());
    }
}
