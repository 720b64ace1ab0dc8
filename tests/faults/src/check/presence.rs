//! I12: whoever is told to be there has a socket, or had one until as long ago as its end may go unnoticed; whoever is told to be gone
//! has none. Judged where a watcher stopped listening, and where somebody with an open socket was called gone.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::index::Index;
use super::{Invariant, Violation};
use crate::history::{Answer, Change, Event, Notice, Request};

const SECOND: u64 = 1_000_000_000;
/// A vanished client is noticed within 45 s, and is online for a grace of 5 s after; a little for the way.
const GONE_NS: u64 = 55 * SECOND;
/// How soon somebody who has come is told to be there.
const THERE_NS: u64 = 2 * SECOND;
/// After a fault it takes longer: a halted gateway does not know its own sockets.
const UNQUIET_NS: u64 = 60 * SECOND;

/// When somebody had a socket: times at which there was one more or one less.
type Truth = HashMap<u64, Vec<(u64, u64)>>;

pub fn check(index: &Index<'_>) -> Vec<Violation> {
    if !index.notices.iter().any(|(_, notice)| matches!(notice, Notice::Presence { .. })) {
        return Vec::new();
    }
    let (truth, strangers) = (truth(index), blocked(index));
    let mut found = Vec::new();
    let mut last: BTreeMap<(u64, u64), (u64, bool)> = BTreeMap::new();
    for (line, notice) in &index.notices {
        let (Notice::Presence { about, is_online }, Some(conn), Some(watcher)) = (notice, line.conn, line.user) else {
            continue;
        };
        if strangers.contains(&(watcher, *about)) {
            continue;
        }
        last.insert((conn, *about), (line.t_ns, *is_online));
        let had_one = open_since(&truth, *about, line.t_ns).is_some_and(|since| since + THERE_NS < line.t_ns);
        if !is_online && had_one && index.is_quiet(line.t_ns, UNQUIET_NS) {
            found.push(wrong(format!("user {watcher} was told that {about} is gone, who has a socket")));
        }
    }
    for ((conn, about), (_, is_online)) in last {
        let Some(end_ns) = index.sockets.get(&conn).and_then(|lines| lines.last()).map(|line| line.t_ns) else {
            continue;
        };
        let since = open_since(&truth, about, end_ns);
        let is_wrong = if is_online {
            since.is_none() && last_end(&truth, about, end_ns).is_none_or(|ended| ended + GONE_NS < end_ns)
        } else {
            since.is_some_and(|since| since + THERE_NS < end_ns) && index.is_quiet(end_ns, UNQUIET_NS)
        };
        if is_wrong {
            let state = if is_online { "there" } else { "gone" };
            found.push(wrong(format!("socket {conn} was last told that {about} is {state}, who is not")));
        }
    }
    found
}

fn wrong(detail: String) -> Violation {
    Violation { invariant: Invariant::PresenceIsTrue, conv: None, detail }
}

/// From `ready` to the end, for each person in order of beginning.
fn truth(index: &Index<'_>) -> Truth {
    let mut truth: Truth = HashMap::new();
    for lines in index.sockets.values() {
        let ready = lines.iter().find(|line| matches!(line.event, Event::Ok(Answer::Ready { .. })));
        let closed = lines.iter().find(|line| matches!(line.event, Event::Closed { .. }));
        if let Some((ready, user)) = ready.and_then(|ready| Some((ready, ready.user?))) {
            truth.entry(user).or_default().push((ready.t_ns, closed.map_or(u64::MAX, |line| line.t_ns)));
        }
    }
    for spans in truth.values_mut() {
        spans.sort_unstable();
        // Of sockets that follow each other without a gap, one long presence; the grace makes short gaps none.
        let mut merged: Vec<(u64, u64)> = Vec::with_capacity(spans.len());
        for span in spans.iter() {
            match merged.last_mut() {
                Some(last) if last.1 >= span.0 => last.1 = last.1.max(span.1),
                _ => merged.push(*span),
            }
        }
        *spans = merged;
    }
    truth
}

fn open_since(truth: &Truth, user: u64, at_ns: u64) -> Option<u64> {
    let spans = truth.get(&user)?;
    let next = spans.partition_point(|(from, _)| *from <= at_ns);
    spans.get(next.checked_sub(1)?).filter(|(_, until)| at_ns < *until).map(|(from, _)| *from)
}

fn last_end(truth: &Truth, user: u64, at_ns: u64) -> Option<u64> {
    let spans = truth.get(&user)?;
    let next = spans.partition_point(|(from, _)| *from <= at_ns);
    spans.get(next.checked_sub(1)?).map(|(_, until)| *until)
}

/// Who is told nothing of whom.
fn blocked(index: &Index<'_>) -> HashSet<(u64, u64)> {
    let pairs = index.ops.iter().filter_map(|op| match op.request {
        Request::Change { change: Change::Block { user }, .. } => Some((op.user, *user)),
        _ => None,
    });
    pairs.flat_map(|(one, other)| [(one, other), (other, one)]).collect()
}

#[cfg(test)]
mod tests {
    use crate::check::Invariant::PresenceIsTrue;
    use crate::check::story::Story;
    use crate::history::Notice;

    fn tell(story: &mut Story, about: u64, is_online: bool) {
        let first = story.sockets()[0];
        story.tell(first, Notice::Presence { about, is_online });
    }

    #[test]
    fn who_has_a_socket_is_not_called_gone_but_for_a_fault() {
        for (seconds, strikes, is_right) in [(0, false, true), (3, false, false), (3, true, true)] {
            let mut story = Story::good();
            if strikes {
                story.strike();
            }
            story.sleep(seconds);
            tell(&mut story, 2, false);
            assert_eq!(!story.breaks(PresenceIsTrue), is_right, "{seconds} {strikes}");
        }
    }

    #[test]
    fn who_left_is_gone_for_everybody_in_time() {
        for (seconds, is_right) in [(10, true), (60, false)] {
            let mut story = Story::good();
            let (first, second) = (story.sockets()[0], story.sockets()[1]);
            tell(&mut story, 2, true);
            story.close(second);
            story.sleep(seconds);
            story.close(first);
            assert_eq!(!story.breaks(PresenceIsTrue), is_right, "{seconds}");
        }
    }

    #[test]
    fn who_was_told_to_be_gone_and_came_back_is_there() {
        for (is_told, is_right) in [(true, true), (false, false)] {
            let mut story = Story::good();
            let (first, second) = (story.sockets()[0], story.sockets()[1]);
            story.close(second);
            story.sleep(6);
            tell(&mut story, 2, false);
            story.connect(2);
            if is_told {
                tell(&mut story, 2, true);
            }
            story.sleep(6);
            story.close(first);
            assert_eq!(!story.breaks(PresenceIsTrue), is_right, "{is_told}");
        }
    }

    #[test]
    fn somebody_never_there_is_not_there() {
        let mut story = Story::good();
        tell(&mut story, 3, true);
        assert!(story.breaks(PresenceIsTrue));
    }
}
