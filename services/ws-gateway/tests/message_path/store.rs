//! The stream and the store: commands in the order in which they were taken, perhaps twice; one transaction that judges, stores and moves
//! the position, for the owner alone.

use std::collections::HashMap;

use super::world::Mistake;

/// Something said, on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Command {
    /// The same when it is published again.
    pub id: u64,
    pub sender: usize,
    /// The sender's own name for it: the same when it is sent again. Two senders use the same names.
    pub client_id: u32,
}

/// An answer: which command, and where its message stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reply {
    pub command: Command,
    pub seq: i64,
}

/// What an owner must be to commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fence {
    pub epoch: u64,
    pub from_pos: usize,
}

/// The database, with one partition.
#[derive(Debug)]
pub struct Store {
    mistake: Mistake,
    /// Position = index + 1.
    pub log: Vec<Command>,
    by_id: HashMap<u64, i64>,
    by_name: HashMap<(usize, u32), i64>,
    pub epoch: u64,
    pub stored_pos: usize,
    /// Whether a position was ever given back: who holds one believes that what is before it is stored.
    pub went_back: bool,
}

impl Store {
    pub fn new(mistake: Mistake) -> Self {
        Self {
            mistake,
            log: Vec::new(),
            by_id: HashMap::new(),
            by_name: HashMap::new(),
            epoch: 0,
            stored_pos: 0,
            went_back: false,
        }
    }

    pub fn head(&self) -> i64 {
        i64::try_from(self.log.len()).unwrap()
    }

    /// Somebody takes the partition over.
    pub fn claim(&mut self) -> Fence {
        self.epoch += 1;
        Fence { epoch: self.epoch, from_pos: self.stored_pos }
    }

    /// All of it, or nothing where the fence does not hold.
    pub fn commit(&mut self, fence: Fence, batch: &[Command]) -> Option<Vec<Reply>> {
        let is_owner = (fence.epoch, fence.from_pos) == (self.epoch, self.stored_pos);
        if !is_owner && self.mistake != Mistake::NoFence {
            return None;
        }
        let stored_pos = fence.from_pos + batch.len();
        self.went_back |= stored_pos < self.stored_pos;
        self.stored_pos = stored_pos;
        Some(batch.iter().map(|command| Reply { command: *command, seq: self.store(*command) }).collect())
    }

    fn store(&mut self, command: Command) -> i64 {
        let sender = if self.mistake == Mistake::DedupeWithoutSender { 0 } else { command.sender };
        let name = (sender, command.client_id);
        let known = self.by_id.get(&command.id).or_else(|| self.by_name.get(&name)).copied();
        if let Some(seq) = known.filter(|_| self.mistake != Mistake::NoUniqueKey) {
            return seq;
        }
        self.log.push(command);
        let seq = self.head();
        self.by_id.insert(command.id, seq);
        self.by_name.insert(name, seq);
        seq
    }
}
