//! I9: by log position, a socket gets what happened while its person was in the conversation, the removal itself, and nothing behind it;
//! by time, who was removed for certain is shown nothing, told nothing and obeyed in nothing until asked in again.

use std::collections::{BTreeMap, HashMap, HashSet};

use uuid::Uuid;

use super::index::{Index, Outcome};
use super::{Invariant, Violation, violation};
use crate::history::{Answer, Change, Notice, Request, Via};

/// How long after its acknowledgement a removal or a block may take to reach every gateway.
const REACH_NS: u64 = 1_000_000_000;
/// How long after a fault that is not promised.
const UNQUIET_NS: u64 = 60_000_000_000;

type Place = (Uuid, u64);

pub fn check(index: &Index<'_>) -> Vec<Violation> {
    let mut found = behind_the_removal(index);
    let outside = outside(index);
    if !outside.is_empty() {
        found.extend(shown(index, &outside));
        found.extend(obeyed(index, &outside));
    }
    found.extend(told(index, &outside));
    found
}

/// The steps into and out of each conversation, by position.
fn behind_the_removal(index: &Index<'_>) -> Vec<Violation> {
    let mut steps: HashMap<Uuid, BTreeMap<u64, BTreeMap<i64, bool>>> = HashMap::new();
    for seen in index.log.values().filter(|seen| !seen.users.is_empty()) {
        let enters = match seen.kind.as_str() {
            "conversation_created" | "participant_added" => true,
            "participant_removed" => false,
            _ => continue,
        };
        let people = steps.entry(seen.conv).or_default();
        for user in &seen.users {
            people.entry(*user).or_default().insert(seen.seq, enters);
        }
    }
    let mut told = HashSet::new();
    let live = index.deliveries.iter().filter(|(line, seen)| seen.via == Via::Live && line.conn.is_some());
    let wrong = live.filter_map(|(line, seen)| {
        let people = steps.get(&seen.conv)?;
        let begins = people.values().any(|steps| steps.contains_key(&1));
        let user = line.user?;
        let steps = people.get(&user);
        let before = steps.and_then(|steps| steps.range(..seen.seq).next_back()).is_some_and(|(_, enters)| *enters);
        let itself = steps.is_some_and(|steps| steps.contains_key(&seen.seq));
        (begins && !before && !itself && told.insert((line.conn, user))).then(|| {
            let detail = format!("user {user} got seq {} without being in the conversation", seen.seq);
            violation(Invariant::MembersOnly, seen.conv, detail)
        })
    });
    wrong.collect()
}

/// From when to when somebody was out of a conversation for certain.
fn outside(index: &Index<'_>) -> HashMap<Place, Vec<(u64, u64)>> {
    let mut outside: HashMap<Place, Vec<(u64, u64)>> = HashMap::new();
    for op in index.ops.iter().filter(|op| op.was_possible()) {
        match op.request {
            Request::Change { conv, change: Change::Remove { user } } if op.answer.is_some() => {
                outside.entry((*conv, *user)).or_default().push((op.done_ns(), u64::MAX));
            }
            Request::Change { conv, change: Change::Add { user } } => {
                if let Some((_, until)) = outside.get_mut(&(*conv, *user)).and_then(|spans| spans.last_mut()) {
                    *until = (*until).min(op.invoked_ns);
                }
            }
            _ => {}
        }
    }
    outside
}

/// Since when somebody is out at this time, if they are.
fn out_since(outside: &HashMap<Place, Vec<(u64, u64)>>, place: Place, at_ns: u64) -> Option<u64> {
    let spans = outside.get(&place)?;
    let next = spans.partition_point(|(from, _)| *from < at_ns);
    spans.get(next.checked_sub(1)?).filter(|(_, until)| at_ns < *until).map(|(from, _)| *from)
}

fn shown(index: &Index<'_>, outside: &HashMap<Place, Vec<(u64, u64)>>) -> Vec<Violation> {
    let views = index.views.iter().filter(|view| {
        let ended = view.answer.is_some() || !view.rows.is_empty();
        ended && out_since(outside, (view.conv, view.device.user), view.began_ns).is_some()
    });
    let shown = views.map(|view| {
        let detail = format!("{} was shown {} rows of {:?} after the removal", view.who, view.rows.len(), view.via);
        violation(Invariant::MembersOnly, view.conv, detail)
    });
    // One's own file is one's own again when no message has it any more.
    let uploads = index.ops.iter().filter_map(|op| match op.answer?.1 {
        Answer::Uploaded { id } => Some((op.user, *id)),
        _ => None,
    });
    let own: HashSet<(u64, Uuid)> = uploads.collect();
    let answered = index.ops.iter().filter_map(|op| {
        let conv = match (op.request, op.answer?.1) {
            (Request::Fetch { attachment, .. }, _) if own.contains(&(op.user, *attachment)) => return None,
            (Request::Fetch { conv, .. }, Answer::Fetched { .. })
            | (Request::Count { conv } | Request::Mark { conv, .. }, _) => *conv,
            (Request::Search { conv, .. }, Answer::Found { ids }) if !ids.is_empty() => *conv,
            _ => return None,
        };
        out_since(outside, (conv, op.user), op.invoked_ns)?;
        Some(violation(
            Invariant::MembersOnly,
            conv,
            format!("user {} got {:?} after the removal", op.user, op.request),
        ))
    });
    shown.chain(answered).collect()
}

/// A repetition is answered with what was stored before the removal; anything new is refused.
fn obeyed(index: &Index<'_>, outside: &HashMap<Place, Vec<(u64, u64)>>) -> Vec<Violation> {
    let firsts = index.by_key();
    let wrong = firsts.iter().filter_map(|(key, sends)| {
        let first = sends.first()?;
        let since = out_since(outside, (key.conv, key.user), first.invoked_ns)?;
        let back = outside.get(&(key.conv, key.user))?.iter().find(|(from, _)| *from == since)?.1;
        let stored = |at_ns: u64| at_ns < back;
        let sent = sends.iter().any(|send| matches!(send.outcome, Outcome::Sent { at_ns, .. } if stored(at_ns)));
        sent.then(|| {
            let detail = format!("{} was stored after the removal of its sender", key.name());
            violation(Invariant::MembersOnly, key.conv, detail)
        })
    });
    wrong.collect()
}

/// What takes no place in a log has no position: it ends within a second, but for faults.
fn told(index: &Index<'_>, outside: &HashMap<Place, Vec<(u64, u64)>>) -> Vec<Violation> {
    let mut blocked: HashMap<(u64, u64), u64> = HashMap::new();
    for op in &index.ops {
        if let (Request::Change { change: Change::Block { user }, .. }, Some((at_ns, _))) = (op.request, op.answer) {
            blocked.entry((op.user, *user)).or_insert(at_ns);
            blocked.entry((*user, op.user)).or_insert(at_ns);
        }
    }
    let wrong = index.notices.iter().filter_map(|(line, notice)| {
        let (user, at_ns) = (line.user?, line.t_ns);
        let (conv, since) = match notice {
            Notice::Typing { conv, .. } | Notice::Marks { conv, .. } | Notice::ReadState { conv, .. } => {
                (*conv, out_since(outside, (*conv, user), at_ns)?)
            }
            Notice::Presence { about, is_online: true } => (Uuid::nil(), *blocked.get(&(user, *about))?),
            Notice::Presence { .. } => return None,
        };
        let late = at_ns.saturating_sub(since) > REACH_NS && index.is_quiet(at_ns, UNQUIET_NS);
        late.then(|| {
            violation(Invariant::MembersOnly, conv, format!("user {user} was told {notice:?}, being shut out"))
        })
    });
    wrong.collect()
}

#[cfg(test)]
mod tests {
    use crate::check::Invariant::MembersOnly;
    use crate::check::story::{CONV, Story};
    use crate::history::{Answer, Change, Notice, Request, Via};

    /// User 2 is removed, sees it, and something is said behind it by user 1.
    fn removed() -> (Story, i64) {
        let mut story = Story::good();
        let (first, second) = (story.sockets()[0], story.sockets()[1]);
        story.change(1, &Change::Remove { user: 2 });
        story.close(second);
        let op = story.invoke(first, Some("f"), "f");
        story.ack(first, op, "f");
        let head = story.head();
        story.show(first, head, Via::Live);
        story.read_lists(1);
        (story, head)
    }

    #[test]
    fn removal_itself_is_seen_and_nothing_behind_it() {
        let (mut story, behind) = removed();
        assert_eq!(story.broken(), []);
        let second = story.sockets()[1];
        story.show(second, behind, Via::Live);
        assert!(story.breaks(MembersOnly));
    }

    #[test]
    fn stranger_that_gets_an_event_is_found() {
        let mut story = Story::good();
        let stranger = story.connect(4);
        let head = story.head();
        story.edit(|_| ());
        story.show(stranger, head, Via::Live);
        assert!(story.breaks(MembersOnly));
    }

    #[test]
    fn list_after_the_removal_is_found_and_a_refused_one_is_not() {
        let (mut story, _) = removed();
        let (user, op) = story.invoke_read(2, Via::RestFwd);
        story.deny(user, op, "not_found");
        assert!(!story.breaks(MembersOnly));
        let list = story.invoke_read(2, Via::RestFwd);
        story.end_read(list);
        assert!(story.breaks(MembersOnly));
    }

    #[test]
    fn who_was_let_in_again_reads_again() {
        let (mut story, _) = removed();
        story.change(1, &Change::Add { user: 2 });
        story.read_lists(2);
        assert!(!story.breaks(MembersOnly));
    }

    #[test]
    fn message_of_somebody_who_is_out_is_found() {
        let (mut story, _) = removed();
        let again = story.invoke_rest(2, "b");
        story.answer_rest(2, again, 3, false);
        assert!(!story.breaks(MembersOnly), "a repetition is answered");
        let op = story.invoke_rest(2, "g");
        let seq = story.store(2, Some("g"), "g");
        story.answer_rest(2, op, seq, true);
        assert!(story.breaks(MembersOnly));
    }

    #[test]
    fn file_or_count_after_the_removal_is_found() {
        let (mut story, _) = removed();
        let op = story.ask(2, Request::Count { conv: CONV });
        story.answer(2, op, Answer::Unread { count: 0 });
        assert!(story.breaks(MembersOnly));
    }

    #[test]
    fn typing_a_second_after_the_removal_is_found_but_for_a_fault() {
        for (seconds, strikes, is_right) in [(0, false, true), (2, false, false), (2, true, true)] {
            let (mut story, _) = removed();
            let second = story.sockets()[1];
            if strikes {
                story.strike();
            }
            story.sleep(seconds);
            story.tell(second, Notice::Typing { conv: CONV, about: 1 });
            assert_eq!(!story.breaks(MembersOnly), is_right);
        }
    }

    #[test]
    fn presence_across_a_block_is_found() {
        for (seconds, is_online, is_right) in [(0, true, true), (2, false, true), (2, true, false)] {
            let mut story = Story::good();
            let first = story.sockets()[0];
            let op = story.ask(2, Request::Change { conv: CONV, change: Change::Block { user: 1 } });
            story.answer(2, op, Answer::Done);
            story.sleep(seconds);
            story.tell(first, Notice::Presence { about: 2, is_online });
            assert_eq!(!story.breaks(MembersOnly), is_right);
        }
    }
}
