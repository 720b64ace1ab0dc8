//! How far each partition is stored, as the workers tell it: from this, whoever waits for an answer sees that it was lost.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chat_protocol::partition::{PARTITIONS, Partition};
use chat_protocol::reply::{self, PartitionPosition};
use chat_protocol::subjects;
use futures_util::StreamExt as _;
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use crate::{Bus, BusError};

/// How long after its command was decided an answer may be on its way.
pub const ANSWER_PATIENCE: Duration = Duration::from_secs(1);

/// What the workers have announced. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Positions(Arc<Mutex<[Option<Announced>; PARTITIONS as usize]>>);

/// The last word on one partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Announced {
    /// In which life of the stream the position counts.
    pub incarnation: i64,
    /// Everything up to here is decided.
    pub stored_pos: i64,
}

impl Default for Positions {
    fn default() -> Self {
        Self(Arc::new(Mutex::new([None; PARTITIONS as usize])))
    }
}

impl Positions {
    /// Listens to the workers until `stop`.
    pub async fn start(bus: &Bus, stop: CancellationToken) -> Result<Self, BusError> {
        let mut announcements = bus.client().subscribe(subjects::POSITIONS).await.map_err(BusError::client)?;
        let positions = Self::default();
        let heard = positions.clone();
        tokio::spawn(async move {
            while let Some(Some(message)) = stop.run_until_cancelled(announcements.next()).await {
                match serde_json::from_slice::<reply::Positions>(&message.payload) {
                    Ok(announced) => heard.learn(&announced.positions),
                    Err(error) => tracing::error!(%error, "unreadable positions"),
                }
            }
        });
        Ok(positions)
    }

    /// Takes announcements in. Within one incarnation a position never moves back.
    pub fn learn(&self, announced: &[PartitionPosition]) {
        let mut slots = self.0.lock();
        for position in announced {
            let fresh = Announced { incarnation: position.incarnation, stored_pos: position.stored_pos };
            let slot = &mut slots[usize::from(position.partition.get())];
            match slot {
                Some(known) if known.incarnation == fresh.incarnation => {
                    known.stored_pos = known.stored_pos.max(fresh.stored_pos);
                }
                Some(known) if known.incarnation > fresh.incarnation => {}
                _ => *slot = Some(fresh),
            }
        }
    }

    /// The last word on a partition.
    #[must_use]
    pub fn of(&self, partition: Partition) -> Option<Announced> {
        self.0.lock()[usize::from(partition.get())]
    }
}

/// A command that the stream has taken and nobody has answered yet.
#[derive(Debug, Clone, Copy)]
pub struct Taken {
    partition: Partition,
    pos: i64,
    incarnation: Option<i64>,
    decided_since: Option<Instant>,
}

impl Taken {
    /// The stream took it at this position, when this was the last word on its partition.
    #[must_use]
    pub fn new(partition: Partition, pos: i64, announced: Option<Announced>) -> Self {
        Self { partition, pos, incarnation: announced.map(|one| one.incarnation), decided_since: None }
    }

    /// Whether the stream can have taken another command of this partition after it, at `pos`. If not, it is no longer the
    /// stream that took this one.
    #[must_use]
    pub fn precedes(&self, partition: Partition, pos: i64) -> bool {
        self.partition != partition || self.pos < pos
    }

    /// Whether it was taken in an earlier life of its partition's stream than what is announced now.
    #[must_use]
    pub fn is_of_earlier_life(&self, announced: Announced) -> bool {
        self.incarnation.is_some_and(|incarnation| incarnation < announced.incarnation)
    }

    /// Which partition it is in.
    #[must_use]
    pub fn partition(&self) -> Partition {
        self.partition
    }

    /// Whether it, or its answer, must be considered lost: it was decided and no answer came in time, or the stream is
    /// another one now. Then it is published again, with the same id.
    pub fn is_lost(&mut self, announced: Option<Announced>, now: Instant) -> bool {
        let Some(announced) = announced else { return false };
        let incarnation = *self.incarnation.get_or_insert(announced.incarnation);
        if announced.incarnation != incarnation {
            return true;
        }
        if announced.stored_pos < self.pos {
            return false;
        }
        let since = *self.decided_since.get_or_insert(now);
        now.duration_since(since) >= ANSWER_PATIENCE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn announced(incarnation: i64, stored_pos: i64) -> Announced {
        Announced { incarnation, stored_pos }
    }

    fn taken(incarnation: Option<i64>) -> Taken {
        let announced = incarnation.map(|incarnation| Announced { incarnation, stored_pos: 0 });
        Taken::new(Partition::new(3).unwrap(), 10, announced)
    }

    #[test]
    fn waiting_to_be_decided_is_not_lost() {
        let (mut taken, start) = (taken(Some(1)), Instant::now());
        assert!(!taken.is_lost(Some(announced(1, 9)), start + Duration::from_hours(24)));
        assert!(!taken.is_lost(None, start));
    }

    #[test]
    fn decided_without_an_answer_is_lost_after_a_second() {
        let (mut taken, start) = (taken(Some(1)), Instant::now());
        assert!(!taken.is_lost(Some(announced(1, 10)), start));
        assert!(!taken.is_lost(Some(announced(1, 11)), start + ANSWER_PATIENCE / 2));
        assert!(taken.is_lost(Some(announced(1, 11)), start + ANSWER_PATIENCE));
    }

    #[test]
    fn another_incarnation_loses_it_at_once() {
        assert!(taken(Some(1)).is_lost(Some(announced(2, 0)), Instant::now()));
        let mut unheard = taken(None);
        assert!(!unheard.is_lost(Some(announced(1, 0)), Instant::now()));
        assert!(unheard.is_lost(Some(announced(2, 0)), Instant::now()));
    }

    #[test]
    fn old_announcements_do_not_move_anything_back() {
        let positions = Positions::default();
        let partition = Partition::new(0).unwrap();
        for (incarnation, stored_pos) in [(1, 5), (1, 3), (2, 1), (1, 9)] {
            positions.learn(&[PartitionPosition { partition, incarnation, stored_pos }]);
        }
        assert_eq!(positions.of(partition), Some(announced(2, 1)));
    }
}
