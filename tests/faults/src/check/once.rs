//! I3: one message for one name of one sender, at one position, under one id; every answer to it is the same.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use uuid::Uuid;

use super::index::{Index, Key, Outcome};
use super::{Invariant, Violation, violation};

pub fn check(index: &Index<'_>) -> Vec<Violation> {
    let mut places: BTreeMap<Key<'_>, BTreeSet<(i64, Option<Uuid>)>> = BTreeMap::new();
    let mut seqs_of_id: HashMap<Uuid, BTreeSet<(Uuid, i64)>> = HashMap::new();
    for (_, seen) in index.deliveries.iter().filter(|(_, seen)| seen.is_message()) {
        if let Some(id) = seen.id {
            seqs_of_id.entry(id).or_default().insert((seen.conv, seen.seq));
        }
        if let Some(key) = Key::of(seen) {
            places.entry(key).or_default().insert((seen.seq, seen.id));
        }
    }
    let mut answers: BTreeMap<(Uuid, i64), BTreeSet<Key<'_>>> = BTreeMap::new();
    for send in &index.sends {
        if let Outcome::Sent { id, seq, .. } = send.outcome {
            places.entry(send.key).or_default().insert((seq, Some(id)));
            seqs_of_id.entry(id).or_default().insert((send.key.conv, seq));
            answers.entry((send.key.conv, seq)).or_default().insert(send.key);
        }
    }
    let mut found = told_new_again(index);
    let several = |places: &BTreeSet<(i64, Option<Uuid>)>| places.len() > 1;
    let doubled = places.iter().filter(|(_, places)| several(places)).map(|(key, places)| {
        let detail = format!("{} stands at or was answered with {places:?}", key.name());
        violation(Invariant::ExactlyOnce, key.conv, detail)
    });
    let moved = seqs_of_id.iter().filter(|(_, seqs)| seqs.len() > 1).filter_map(|(id, seqs)| {
        let conv = seqs.first()?.0;
        Some(violation(Invariant::ExactlyOnce, conv, format!("message {id} stands at {seqs:?}")))
    });
    let shared = answers.iter().filter(|(_, keys)| keys.len() > 1).map(|((conv, seq), keys)| {
        let names: Vec<_> = keys.iter().map(Key::name).collect();
        violation(Invariant::ExactlyOnce, *conv, format!("seq {seq} was the answer to {}", names.join(" and ")))
    });
    found.extend(doubled.chain(moved).chain(shared));
    found
}

/// Of all answers to one message that say whether it is new, one may say so, and none after an earlier answer.
fn told_new_again(index: &Index<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for (key, sends) in index.by_key() {
        let answers = || {
            sends.iter().filter_map(|send| match send.outcome {
                Outcome::Sent { at_ns, is_new, .. } => Some((send.invoked_ns, at_ns, is_new)),
                Outcome::Refused | Outcome::Unknown => None,
            })
        };
        let Some(first_ns) = answers().map(|(_, at_ns, _)| at_ns).min() else { continue };
        let is_new = |(.., is_new): &(u64, u64, Option<bool>)| *is_new == Some(true);
        let again = answers().filter(is_new).any(|(invoked_ns, ..)| invoked_ns > first_ns);
        if again || answers().filter(is_new).count() > 1 {
            let detail = format!("{} was called new when it was repeated", key.name());
            found.push(violation(Invariant::ExactlyOnce, key.conv, detail));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::check::Invariant::ExactlyOnce;
    use crate::check::story::{Story, id};
    use crate::history::{Event, Via};

    #[test]
    fn message_stored_twice_is_found() {
        let mut story = Story::good();
        let conn = story.sockets()[1];
        let seq = story.store(1, Some("a"), "a");
        story.show(conn, seq, Via::Live);
        assert!(story.breaks(ExactlyOnce));
    }

    #[test]
    fn nameless_message_stored_twice_is_found() {
        let mut story = Story::good();
        let conn = story.sockets()[0];
        let seq = story.store(2, None, "nameless");
        story.show(conn, seq, Via::Live);
        assert!(story.breaks(ExactlyOnce));
    }

    #[test]
    fn repeat_answered_with_another_position_is_found() {
        let mut story = Story::good();
        let conn = story.connect(1);
        let again = story.invoke(conn, Some("a"), "something else");
        story.ack_at(conn, again, 4);
        assert!(story.breaks(ExactlyOnce));
    }

    #[test]
    fn two_sends_answered_with_one_position_are_found() {
        let mut story = Story::good();
        let conn = story.connect(2);
        let op = story.invoke(conn, Some("new"), "new");
        story.ack_at(conn, op, 2);
        assert!(story.breaks(ExactlyOnce));
    }

    #[test]
    fn message_at_two_positions_is_found() {
        let mut story = Story::good();
        story.edit(|line| match &mut line.event {
            Event::Recv(seen) if seen.seq == 3 && seen.via == Via::RestBack => seen.id = Some(id(2)),
            _ => {}
        });
        assert!(story.breaks(ExactlyOnce));
    }

    #[test]
    fn repeat_that_is_called_new_is_found() {
        for (is_new, is_wrong) in [(true, true), (false, false)] {
            let mut story = Story::good();
            let op = story.invoke_rest(1, "a");
            story.answer_rest(1, op, 2, is_new);
            assert_eq!(story.breaks(ExactlyOnce), is_wrong);
        }
    }

    #[test]
    fn repeats_answered_alike_pass() {
        let mut story = Story::good();
        let conn = story.connect(1);
        let again = story.invoke(conn, Some("a"), "something else");
        story.ack_at(conn, again, 2);
        story.invoke_rest(1, "a");
        assert!(!story.breaks(ExactlyOnce));
    }

    #[test]
    fn two_people_may_use_one_name() {
        let mut story = Story::good();
        let conn = story.sockets()[1];
        let op = story.invoke(conn, Some("a"), "a");
        story.ack(conn, op, "a");
        story.show(conn, 7, Via::Live);
        assert!(!story.breaks(ExactlyOnce));
    }
}
