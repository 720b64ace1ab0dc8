//! The judge: reads a history and says which promises were broken. It knows nothing of how the services work.

mod acked;
mod holes;
mod index;
mod liveness;
mod once;
mod order;
mod phantom;
mod real_time;
#[cfg(test)]
mod story;

use std::collections::BTreeMap;
use std::fmt;

use uuid::Uuid;

use crate::history::{Answer, Event, Line, Via};
use index::Index;

/// What must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Invariant {
    /// I1: what was acknowledged is in every view that began afterwards.
    AckedIsKept,
    /// I2: what was seen had been sent, by that sender, and was not refused.
    NoPhantom,
    /// I3: one message for one `client_id`, one answer however often it is repeated.
    ExactlyOnce,
    /// I4: one order for all observers.
    OneOrder,
    /// I5: no hole, nothing twice, nothing out of order on a socket, on a device, in a list.
    NoHole,
    /// I6: what was sent after an answer comes after it.
    RealTime,
    /// I6: what one socket sent comes in that order.
    SocketOrder,
    /// Everything was answered and read to the end once the faults were over.
    Liveness,
    /// The history shows enough to be judged.
    NotVacuous,
}

/// A broken promise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which.
    pub invariant: Invariant,
    /// Where.
    pub conv: Option<Uuid>,
    /// How.
    pub detail: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.invariant, self.detail)?;
        self.conv.map_or(Ok(()), |conv| write!(f, " (conversation {conv})"))
    }
}

/// How much there was to judge.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Messages sent, repeats included.
    pub sends: usize,
    /// Of these, acknowledged.
    pub acked: usize,
    /// Of these, refused.
    pub refused: usize,
    /// Of these, with an unknown outcome.
    pub unknown: usize,
    /// Sends of a `client_id` that had been sent before.
    pub repeats: usize,
    /// Sockets that got `ready`.
    pub sockets: usize,
    /// `resumed`.
    pub resumes: usize,
    /// `resync_required`.
    pub resyncs: usize,
    /// Ends of sockets, by close code; `lost` without one.
    pub closes: BTreeMap<String, usize>,
    /// Deliveries, by way.
    pub deliveries: BTreeMap<Via, usize>,
    /// Lists read to their end.
    pub lists: usize,
    /// What the nemesis did.
    pub faults: usize,
}

/// The verdict.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// How much there was to judge.
    pub counts: Counts,
    /// What was broken.
    pub violations: Vec<Violation>,
}

/// Judges a history.
#[must_use]
pub fn check(lines: &[Line]) -> Verdict {
    let index = Index::new(lines);
    let mut violations = Vec::new();
    for judge in
        [acked::check, phantom::check, once::check, order::check, holes::check, real_time::check, liveness::check]
    {
        violations.extend(judge(&index));
    }
    Verdict { counts: count(lines, &index), violations }
}

fn count(lines: &[Line], index: &Index<'_>) -> Counts {
    let mut counts = Counts { sends: index.sends.len(), ..Counts::default() };
    for send in &index.sends {
        match send.outcome {
            index::Outcome::Sent { .. } => counts.acked += 1,
            index::Outcome::Refused => counts.refused += 1,
            index::Outcome::Unknown => counts.unknown += 1,
        }
    }
    counts.repeats = index.by_key().values().map(|sends| sends.len() - 1).sum();
    for line in lines {
        match &line.event {
            Event::Ok(Answer::Ready { .. }) => counts.sockets += 1,
            Event::Ok(Answer::Resumed { .. }) => counts.resumes += 1,
            Event::Ok(Answer::Resync { .. }) => counts.resyncs += 1,
            Event::Ok(Answer::Read { .. }) => counts.lists += 1,
            Event::Recv(delivery) => *counts.deliveries.entry(delivery.via).or_default() += 1,
            Event::Closed { code, .. } => {
                let code = code.map_or_else(|| "lost".to_owned(), |code| code.to_string());
                *counts.closes.entry(code).or_default() += 1;
            }
            Event::Nemesis { .. } => counts.faults += 1,
            Event::Invoke(_) | Event::Ok(Answer::Sent { .. }) | Event::Fail { .. } | Event::Info { .. } => {}
        }
    }
    counts
}

fn violation(invariant: Invariant, conv: Uuid, detail: impl Into<String>) -> Violation {
    Violation { invariant, conv: Some(conv), detail: detail.into() }
}

#[cfg(test)]
mod tests {
    use super::story::Story;
    use super::*;

    #[test]
    fn a_good_history_passes() {
        let verdict = check(&Story::good().lines);
        assert_eq!(verdict.violations, []);
        assert_eq!((verdict.counts.acked, verdict.counts.sockets, verdict.counts.lists), (5, 2, 8));
    }

    #[test]
    fn an_empty_history_proves_nothing() {
        let invariants: Vec<_> = check(&[]).violations.into_iter().map(|one| one.invariant).collect();
        assert_eq!(invariants, [Invariant::NotVacuous]);
    }
}
