//! The judge: reads a history and says which promises were broken. It knows nothing of how the services work.

mod acked;
mod answered;
mod content;
mod files;
mod holes;
mod index;
mod liveness;
mod marks;
mod members;
mod once;
mod order;
mod phantom;
mod presence;
mod real_time;
mod resources;
mod search;
#[cfg(test)]
mod story;
mod unread;

use std::collections::BTreeMap;
use std::fmt;

use uuid::Uuid;

use crate::history::{Answer, Event, Line, Via};
use index::Index;

/// What must hold. `I…` is the number in the research, what follows it the row of the contract that promises it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Invariant {
    /// I1 and I7 ("What is promised" 1; "A read after an acknowledged write sees it"): what was acknowledged is in every view that began
    /// afterwards.
    AckedIsKept,
    /// I2 ("What is promised" 1): what was seen had been sent, by that sender, and was not refused.
    NoPhantom,
    /// I3 (`client_id`): one message for one `client_id`, one answer however often it is repeated.
    ExactlyOnce,
    /// I4 ("What is promised" 2): one order for all observers, on sockets, in resumes, in every list.
    OneOrder,
    /// I5 (`seq`; `resume`): no hole, nothing twice, nothing out of order on a socket, on a device, in a list.
    NoHole,
    /// I6 (`seq`): what was sent after an answer comes after it.
    RealTime,
    /// I6 (`send_message`: "carried out in the order in which they were sent"): what one socket sent comes in that order.
    SocketOrder,
    /// I8 (`PATCH / DELETE messages/{id}/`; `events/`): an acknowledged change is in the log, the last one is what every list shows, and
    /// nothing that began after a deletion shows the text.
    LastState,
    /// I9 ("What is promised" 4; `DELETE …/participants/{user_id}/`; `blocks/`): who is not in a conversation, or is blocked, gets nothing.
    MembersOnly,
    /// I10 (`mark_as_read`, `resumed {read_state}`): no mark that was acknowledged or told is less for who comes later.
    MarksRise,
    /// I11 (`unread_count`): the count is what a recount gives.
    UnreadIsRecount,
    /// I12 (`/ws/presence/`): who is told to be there is, within the promised times.
    PresenceIsTrue,
    /// I13 (`POST attachments/`, `GET attachments/{id}/`): a file that was taken can be read as it was, and messages name no other.
    FilesAreKept,
    /// I14 (`GET messages/`, "search within 5 s"): a search finds what is there, and that alone.
    SearchIsHonest,
    /// I15 ("What is promised" 3 and 5): everything was answered and read to the end once the faults were over.
    Liveness,
    /// I17: no process grows beyond its cap, or keeps files and sockets that nobody needs any more.
    Resources,
    /// I18 ("What is promised" 5; codes and close codes): every refusal and every end has a code that the contract names.
    Coded,
    /// `seq` ("receipts, typing and presence take none"): only durable events have a place in a log.
    OnlyEvents,
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
    /// Changes, questions and files, by kind of answer; `refused` and `unknown` for those without.
    pub others: BTreeMap<&'static str, usize>,
    /// What sockets told that takes no place in a log.
    pub notices: usize,
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

/// All of them: each goes through the history once, or sorts it.
const JUDGES: [fn(&Index<'_>) -> Vec<Violation>; 16] = [
    acked::check,
    phantom::check,
    once::check,
    order::check,
    holes::check,
    real_time::check,
    content::check,
    members::check,
    marks::check,
    unread::check,
    presence::check,
    files::check,
    search::check,
    answered::check,
    resources::check,
    liveness::check,
];

/// Judges a history.
#[must_use]
pub fn check(lines: &[Line]) -> Verdict {
    let index = Index::new(lines);
    let mut violations = Vec::new();
    for judge in JUDGES {
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
    counts.notices = index.notices.len();
    for op in &index.ops {
        *counts.others.entry(op.kind()).or_default() += 1;
    }
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
            _ => {}
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
