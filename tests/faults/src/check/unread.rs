//! I11: a count of what is unread lies between two recounts, of what was certainly there and not read when it was asked for and of what
//! may have been when it was answered. In quiet these are one number.

use std::collections::{BTreeSet, HashMap};

use uuid::Uuid;

use super::index::{Index, Op, Outcome};
use super::{Invariant, Violation, violation};
use crate::history::{Answer, Change, Request};

/// A count stops here.
const MOST: usize = 1_000;

/// A mark: from when it may count, from when it does, and up to where.
type Mark = (u64, u64, i64);

struct Message {
    seq: i64,
    sender: u64,
    /// From when it may have been there.
    sent_ns: u64,
    /// From when it was.
    stored_ns: u64,
}

pub fn check(index: &Index<'_>) -> Vec<Violation> {
    let mut asked: HashMap<(Uuid, u64), Vec<(&Op<'_>, i64)>> = HashMap::new();
    for op in &index.ops {
        if let (Request::Count { conv } | Request::Mark { conv, .. }, Some((_, Answer::Unread { count }))) =
            (op.request, op.answer)
        {
            asked.entry((*conv, op.user)).or_default().push((op, *count));
        }
    }
    if asked.is_empty() {
        return Vec::new();
    }
    let (messages, movers) = (messages(index), movers(index));
    let none = Vec::new();
    let mut found = Vec::new();
    for ((conv, user), asked) in asked {
        let others: Vec<&Message> =
            messages.get(&conv).unwrap_or(&none).iter().filter(|message| message.sender != user).collect();
        let marks = marks(index, conv, user);
        let early: Vec<_> = asked.iter().map(|(op, _)| low(&marks, op)).collect();
        let late: Vec<_> = asked.iter().map(|(op, _)| high(&marks, op)).collect();
        let lows = recount(&others, |message| message.stored_ns, &early);
        let highs = recount(&others, |message| message.sent_ns, &late);
        for (((op, count), low), high) in asked.iter().zip(lows).zip(highs) {
            // Who comes or comes back begins with everything read.
            let low = if movers.contains(&(conv, user)) { 0 } else { low };
            let range = low.min(MOST)..=high.min(MOST);
            if !usize::try_from(*count).is_ok_and(|count| range.contains(&count)) {
                let detail =
                    format!("user {} has {count} unread after {:?}; a recount says {range:?}", op.user, op.request);
                found.push(violation(Invariant::UnreadIsRecount, conv, detail));
            }
        }
    }
    found
}

fn messages(index: &Index<'_>) -> HashMap<Uuid, Vec<Message>> {
    let positions = index.positions();
    let mut messages: HashMap<Uuid, Vec<Message>> = HashMap::new();
    for (key, sends) in index.by_key() {
        let Some(seq) = positions.get(&key) else { continue };
        let answered = sends.iter().filter_map(|send| match send.outcome {
            Outcome::Sent { at_ns, .. } => Some(at_ns),
            Outcome::Refused | Outcome::Unknown => None,
        });
        messages.entry(key.conv).or_default().push(Message {
            seq: *seq,
            sender: key.user,
            sent_ns: sends.iter().map(|send| send.invoked_ns).min().unwrap_or_default(),
            stored_ns: answered.min().unwrap_or(u64::MAX),
        });
    }
    messages
}

fn movers(index: &Index<'_>) -> BTreeSet<(Uuid, u64)> {
    let moved = index.ops.iter().filter_map(|op| match op.request {
        Request::Change { conv, change: Change::Add { user } | Change::Remove { user } } => Some((*conv, *user)),
        _ => None,
    });
    moved.collect()
}

/// The marks of a reader.
fn marks(index: &Index<'_>, conv: Uuid, user: u64) -> Vec<Mark> {
    let marks = index.ops.iter().filter(|op| op.user == user && op.was_possible()).filter_map(|op| match op.request {
        Request::Mark { conv: there, up_to } if *there == conv => Some((op.invoked_ns, op.done_ns(), *up_to)),
        _ => None,
    });
    marks.collect()
}

/// When to count, and behind which position, so that the truth is no less.
fn low(marks: &[Mark], op: &Op<'_>) -> (u64, i64) {
    let read = marks.iter().filter(|(invoked_ns, ..)| *invoked_ns < op.done_ns()).map(|(.., up_to)| *up_to).max();
    (op.invoked_ns, read.unwrap_or_default())
}

/// The same, so that the truth is no more. A mark's own answer knows the mark.
fn high(marks: &[Mark], op: &Op<'_>) -> (u64, i64) {
    let own = match op.request {
        Request::Mark { up_to, .. } => *up_to,
        _ => 0,
    };
    let read = marks.iter().filter(|(_, done_ns, _)| *done_ns < op.invoked_ns).map(|(.., up_to)| *up_to).max();
    (op.done_ns(), read.unwrap_or_default().max(own))
}

/// For each question, how many messages were there by then and stand behind that position.
fn recount(messages: &[&Message], there_ns: impl Fn(&Message) -> u64, questions: &[(u64, i64)]) -> Vec<usize> {
    let mut by_time: Vec<(u64, i64)> = messages.iter().map(|message| (there_ns(message), message.seq)).collect();
    by_time.sort_unstable();
    let mut places: Vec<i64> = messages.iter().map(|message| message.seq).collect();
    places.sort_unstable();
    let mut order: Vec<usize> = (0..questions.len()).collect();
    order.sort_by_key(|question| questions[*question].0);
    let (mut tally, mut answers, mut there) = (Tally(vec![0; places.len() + 1]), vec![0; questions.len()], 0);
    for question in order {
        let (at_ns, after) = questions[question];
        while there < by_time.len() && by_time[there].0 < at_ns {
            tally.add(places.partition_point(|seq| *seq < by_time[there].1));
            there += 1;
        }
        answers[question] = there - tally.below(places.partition_point(|seq| *seq <= after));
    }
    answers
}

/// Counts in a row of places (a Fenwick tree).
struct Tally(Vec<usize>);

impl Tally {
    fn add(&mut self, place: usize) {
        let mut at = place + 1;
        while at < self.0.len() {
            self.0[at] += 1;
            at += at & at.wrapping_neg();
        }
    }

    fn below(&self, place: usize) -> usize {
        let (mut at, mut count) = (place, 0);
        while at > 0 {
            count += self.0[at];
            at &= at - 1;
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use crate::check::Invariant::UnreadIsRecount;
    use crate::check::story::{CONV, Story};
    use crate::history::{Answer, Request};

    /// User 1 asks how much is unread (of user 2: seq 3 and 5), after marks up to these positions.
    fn told(marks: &[i64], count: i64) -> Story {
        let mut story = Story::good();
        for up_to in marks {
            story.ask(1, Request::Mark { conv: CONV, up_to: *up_to });
        }
        let op = story.ask(1, Request::Count { conv: CONV });
        story.answer(1, op, Answer::Unread { count });
        story
    }

    #[test]
    fn count_in_quiet_is_exact() {
        for count in -1..4 {
            assert_eq!(!told(&[], count).breaks(UnreadIsRecount), count == 2, "{count}");
        }
    }

    #[test]
    fn mark_without_an_answer_may_count_or_not() {
        for count in 0..4 {
            assert_eq!(!told(&[3], count).breaks(UnreadIsRecount), (1..=2).contains(&count), "{count}");
        }
    }

    #[test]
    fn answer_to_a_mark_knows_the_mark() {
        for count in 0..3 {
            let mut story = Story::good();
            let op = story.ask(1, Request::Mark { conv: CONV, up_to: 4 });
            story.answer(1, op, Answer::Unread { count });
            assert_eq!(!story.breaks(UnreadIsRecount), count == 1, "{count}");
        }
    }

    #[test]
    fn message_under_way_may_count_or_not() {
        for count in 1..5 {
            let mut story = Story::good();
            let second = story.sockets()[1];
            let sent = story.invoke(second, Some("f"), "f");
            let op = story.ask(1, Request::Count { conv: CONV });
            story.answer(1, op, Answer::Unread { count });
            story.ack(second, sent, "f");
            assert_eq!(!story.breaks(UnreadIsRecount), (2..=3).contains(&count), "{count}");
        }
    }

    #[test]
    fn smaller_mark_after_a_larger_one_takes_nothing_back() {
        let mut story = Story::good();
        for (up_to, count, is_right) in [(5, 0, true), (2, 0, true), (2, 2, false)] {
            let op = story.ask(1, Request::Mark { conv: CONV, up_to });
            story.answer(1, op, Answer::Unread { count });
            assert_eq!(!story.breaks(UnreadIsRecount), is_right);
        }
    }
}
