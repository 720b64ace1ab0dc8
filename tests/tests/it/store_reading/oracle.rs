//! What a conversation's people have read, as sets: what the numbers and positions of the database must agree with.

use std::collections::BTreeSet;

use chat_protocol::command::{Marks, UpTo};
use chat_protocol::frame::ReadState;
use chat_protocol::ids::{CommandId, MessageId, Seq};
use rand::Rng as _;
use rand::rngs::StdRng;

/// A conversation as an oracle remembers it: every message, and for each person the set of those that were read.
#[derive(Debug, Default)]
pub(super) struct Oracle {
    pub(super) head: i64,
    /// Position, id, sender; none for what the system says.
    pub(super) messages: Vec<(i64, MessageId, Option<i64>)>,
    pub(super) people: Vec<Reader>,
}

#[derive(Debug, Default, Clone)]
pub(super) struct Reader {
    pub(super) is_present: bool,
    pub(super) read: BTreeSet<i64>,
}

#[derive(Debug, Clone)]
pub(super) enum Act {
    Say(i64),
    SaySystem(i64),
    Rename,
    Remove(i64),
    Add(i64),
    Mark(i64, Marks),
}

impl Act {
    /// Whether the next may be carried out in the same step.
    pub(super) const fn shares_its_step_with(&self, next: &Self) -> bool {
        let is_said = matches!(self, Self::Say(_) | Self::SaySystem(_));
        let is_said_next = matches!(next, Self::Say(_) | Self::SaySystem(_));
        is_said && is_said_next || (is_said || matches!(self, Self::Mark(..))) && matches!(next, Self::Mark(..))
    }
}

/// What a mark must answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Expected {
    pub(super) marked: i64,
    pub(super) unread: i64,
    pub(super) ids: Vec<MessageId>,
}

impl Oracle {
    pub(super) fn of_others(&self, reader: i64) -> impl Iterator<Item = (i64, MessageId)> + '_ {
        let is_others = move |(_, _, sender): &&(i64, MessageId, Option<i64>)| sender.is_some_and(|id| id != reader);
        self.messages.iter().filter(is_others).map(|(seq, id, _)| (*seq, *id))
    }

    pub(super) fn unread(&self, reader: i64) -> Vec<i64> {
        let read = &self.person(reader).read;
        self.of_others(reader).map(|(seq, _)| seq).filter(|seq| !read.contains(seq)).collect()
    }

    pub(super) fn person(&self, id: i64) -> &Reader {
        &self.people[usize::try_from(id).unwrap()]
    }

    pub(super) fn person_mut(&mut self, id: i64) -> &mut Reader {
        &mut self.people[usize::try_from(id).unwrap()]
    }

    /// Takes in what a command does; of a mark, what it must answer.
    pub(super) fn take(&mut self, id: CommandId, act: &Act) -> Option<Expected> {
        if !matches!(act, Act::Mark(..)) {
            self.head += 1;
        }
        match act {
            Act::Say(sender) => self.messages.push((self.head, id.into(), Some(*sender))),
            Act::SaySystem(_) => self.messages.push((self.head, id.into(), None)),
            Act::Rename => {}
            Act::Remove(person) => self.person_mut(*person).is_present = false,
            Act::Add(person) => {
                let everything = self.messages.iter().map(|(seq, ..)| *seq).collect();
                *self.person_mut(*person) = Reader { is_present: true, read: everything };
            }
            Act::Mark(reader, marks) => return Some(self.mark(*reader, marks)),
        }
        None
    }

    pub(super) fn mark(&mut self, reader: i64, marks: &Marks) -> Expected {
        let until = match marks.up_to {
            Some(UpTo::All) => i64::MAX,
            Some(UpTo::Seq(seq)) => seq.0,
            Some(UpTo::Message(id)) => self.messages.iter().find(|one| one.1 == id).map_or(0, |one| one.0),
            None => 0,
        };
        let unread: BTreeSet<i64> = self.unread(reader).into_iter().collect();
        let fresh: Vec<_> = self
            .of_others(reader)
            .filter(|(seq, id)| unread.contains(seq) && (*seq <= until || marks.message_ids.contains(id)))
            .collect();
        self.person_mut(reader).read.extend(fresh.iter().map(|(seq, _)| *seq));
        let (marked, ids) = (fresh.len(), fresh.into_iter().map(|(_, id)| id).collect());
        Expected { marked: marked.try_into().unwrap(), unread: (unread.len() - marked).try_into().unwrap(), ids }
    }

    /// Whether a state says exactly what was read.
    pub(super) fn agrees(&self, reader: i64, state: &ReadState) -> bool {
        let beyond: BTreeSet<i64> = state.beyond.iter().map(|seq| seq.0).collect();
        let told = |seq: i64| seq <= state.up_to_seq.0 || beyond.contains(&seq);
        let is_exact = self.of_others(reader).all(|(seq, _)| told(seq) == self.person(reader).read.contains(&seq));
        let is_compact = !self.unread(reader).is_empty() || (beyond.is_empty() && state.up_to_seq.0 == self.head);
        is_exact && is_compact && beyond.iter().all(|seq| *seq > state.up_to_seq.0)
    }

    /// Something that may happen now.
    pub(super) fn choose(&self, chance: &mut StdRng) -> Act {
        let present: Vec<i64> =
            (1..).zip(&self.people[1..]).filter(|(_, one)| one.is_present).map(|(id, _)| id).collect();
        let somebody = present[chance.random_range(0..present.len())];
        match chance.random_range(0..20) {
            0..8 => Act::Say(somebody),
            8 => Act::SaySystem(somebody),
            9 => Act::Rename,
            10 if somebody != 1 => Act::Remove(somebody),
            10 | 11 => (2..)
                .zip(&self.people[2..])
                .find(|(_, one)| !one.is_present)
                .map_or(Act::Rename, |(id, _)| Act::Add(id)),
            _ => Act::Mark(somebody, self.choose_marks(chance)),
        }
    }

    pub(super) fn choose_marks(&self, chance: &mut StdRng) -> Marks {
        let mut any = || {
            self.messages.get(chance.random_range(0..=self.messages.len())).map_or(MessageId::generate(), |one| one.1)
        };
        let (one, some) = (any(), [any(), any(), any()]);
        let place = match chance.random_range(0..8) {
            0 => Some(UpTo::All),
            1 => Some(UpTo::Message(one)),
            2 | 3 => Some(UpTo::Seq(Seq(chance.random_range(0..self.head + 3)))),
            _ => None,
        };
        let count = if place.is_none() { chance.random_range(1..=3) } else { chance.random_range(0..=2) };
        let mut message_ids = some[..count].to_vec();
        message_ids.dedup();
        Marks { up_to: place, message_ids }
    }
}
