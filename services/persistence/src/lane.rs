//! The partitions that this worker holds now, and where each stands. Pure.

use std::collections::BTreeMap;

use chat_protocol::ids::CommandId;
use chat_protocol::partition::Partition;
use chat_protocol::reply::PartitionPosition;
use chat_store::apply::Fence;
use chat_store::partitions::OwnedPartition;

/// After so many take-overs from dead owners, a partition's next command is carried out alone.
pub const STEP_ALONE_AFTER: i16 = 2;

/// The partitions of one worker. Changes of owner leave positions untouched.
#[derive(Debug, Clone)]
pub struct Lane {
    incarnation: i64,
    partitions: BTreeMap<Partition, OwnedPartition>,
}

impl Lane {
    /// A lane of what is owned in the given incarnation of the stream.
    pub fn new(incarnation: i64, owned: impl IntoIterator<Item = OwnedPartition>) -> Self {
        let partitions = owned
            .into_iter()
            .filter(|owned| owned.incarnation == incarnation)
            .map(|owned| (owned.partition, owned))
            .collect();
        Self { incarnation, partitions }
    }

    /// Which stream the positions count in.
    #[must_use]
    pub fn incarnation(&self) -> i64 {
        self.incarnation
    }

    /// Where a partition stands, if it is owned.
    #[must_use]
    pub fn get(&self, partition: Partition) -> Option<&OwnedPartition> {
        self.partitions.get(&partition)
    }

    /// What is owned, in order.
    #[must_use]
    pub fn partitions(&self) -> Vec<Partition> {
        self.partitions.keys().copied().collect()
    }

    /// Every row.
    pub fn rows(&self) -> impl Iterator<Item = &OwnedPartition> {
        self.partitions.values()
    }

    /// How far each partition is stored.
    #[must_use]
    pub fn positions(&self) -> Vec<PartitionPosition> {
        let position = |owned: &OwnedPartition| PartitionPosition {
            partition: owned.partition,
            incarnation: owned.incarnation,
            stored_pos: owned.stored_pos,
        };
        self.rows().map(position).collect()
    }

    /// Whether nothing is owned.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.partitions.is_empty()
    }

    /// Where reading must begin: everything up to here is stored in every partition.
    #[must_use]
    pub fn lowest_stored_pos(&self) -> i64 {
        self.partitions.values().map(|owned| owned.stored_pos).min().unwrap_or(0)
    }

    /// Whether both hold the same partitions by the same claims.
    #[must_use]
    pub fn same_tenure(&self, other: &Self) -> bool {
        let tenure = |lane: &Self| -> Vec<_> { lane.rows().map(|owned| (owned.partition, owned.epoch)).collect() };
        self.incarnation == other.incarnation && tenure(self) == tenure(other)
    }

    /// A batch was committed: what it fenced has moved.
    pub fn moved(&mut self, fences: &[Fence]) {
        for fence in fences {
            self.moved_to(fence.partition, fence.to_pos, fence.to_command);
        }
    }

    /// A partition was moved to a position.
    pub fn moved_to(&mut self, partition: Partition, pos: i64, command: Option<CommandId>) {
        if let Some(owned) = self.partitions.get_mut(&partition) {
            owned.stored_pos = pos;
            owned.stored_command = command;
            owned.attempts = 0;
            owned.suspect = None;
        }
    }

    /// Whether owners have died here so often that the next command is to be carried out alone.
    #[must_use]
    pub fn is_dangerous(&self, partition: Partition) -> bool {
        self.get(partition).is_some_and(|owned| owned.attempts >= STEP_ALONE_AFTER)
    }

    /// Whether an owner died while it carried out this command alone.
    #[must_use]
    pub fn has_killed(&self, partition: Partition, command: Option<CommandId>) -> bool {
        let suspect =
            self.get(partition).filter(|owned| owned.attempts > STEP_ALONE_AFTER).and_then(|owned| owned.suspect);
        suspect.is_some() && suspect == command
    }
}
