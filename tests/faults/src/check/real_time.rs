//! I6: a message sent after another's answer comes after it, and what a socket sent comes in the order in which it was sent.

use std::collections::{BTreeMap, HashMap, HashSet};

use uuid::Uuid;

use super::index::{Index, Key, Outcome, Send};
use super::{Invariant, Violation, violation};
use crate::history::Over;

pub fn check(index: &Index<'_>) -> Vec<Violation> {
    let positions = index.positions();
    let mut found = answered_before_sent(index, &positions);
    found.extend(order_of_sockets(index, &positions));
    found
}

struct Span {
    seq: i64,
    invoked_ns: u64,
    answered_ns: Option<u64>,
}

/// By position: whoever was answered before something at a lower position had been sent stands too high.
fn answered_before_sent(index: &Index<'_>, positions: &HashMap<Key<'_>, i64>) -> Vec<Violation> {
    let mut spans: BTreeMap<Uuid, Vec<Span>> = BTreeMap::new();
    for (key, sends) in index.by_key() {
        let possible = sends.iter().filter(|send| send.outcome != Outcome::Refused);
        let answered = sends.iter().filter_map(|send| match send.outcome {
            Outcome::Sent { at_ns, .. } => Some(at_ns),
            Outcome::Refused | Outcome::Unknown => None,
        });
        let invoked_ns = possible.map(|send| send.invoked_ns).min();
        if let (Some(seq), Some(invoked_ns)) = (positions.get(&key), invoked_ns) {
            let span = Span { seq: *seq, invoked_ns, answered_ns: answered.min() };
            spans.entry(key.conv).or_default().push(span);
        }
    }
    let mut found = Vec::new();
    for (conv, mut spans) in spans {
        spans.sort_by_key(|span| span.seq);
        let mut latest: Option<(u64, i64)> = None;
        for span in &spans {
            if let (Some((invoked_ns, seq)), Some(answered_ns)) = (latest, span.answered_ns)
                && answered_ns < invoked_ns
            {
                let detail = format!("seq {} was answered before seq {seq}, which it follows, was sent", span.seq);
                found.push(violation(Invariant::RealTime, conv, detail));
            }
            latest = latest.max(Some((span.invoked_ns, span.seq)));
        }
    }
    found
}

/// What was repeated after its answer, twice on one socket, on another socket, or after a request of unknown outcome, says nothing
/// about order.
fn order_of_sockets(index: &Index<'_>, positions: &HashMap<Key<'_>, i64>) -> Vec<Violation> {
    let mut answered: HashMap<Key<'_>, u64> = HashMap::new();
    for send in &index.sends {
        if let Outcome::Sent { at_ns, .. } = send.outcome {
            let first = answered.entry(send.key).or_insert(at_ns);
            *first = (*first).min(at_ns);
        }
    }
    let mut posted: HashMap<Key<'_>, u64> = HashMap::new();
    for send in index.sends.iter().filter(|send| send.over == Over::Rest && send.outcome != Outcome::Refused) {
        posted.entry(send.key).or_insert(send.invoked_ns);
    }
    let mut sent_on: HashMap<Key<'_>, HashSet<Option<u64>>> = HashMap::new();
    for send in index.sends.iter().filter(|send| send.outcome != Outcome::Refused) {
        sent_on.entry(send.key).or_default().insert(send.conn);
    }
    let mut told: HashSet<(u64, Key<'_>)> = HashSet::new();
    let mut sockets: BTreeMap<u64, Vec<&Send<'_>>> = BTreeMap::new();
    for send in &index.sends {
        let Some(conn) = send.conn.filter(|_| send.over == Over::Ws) else { continue };
        let came_before = |times: &HashMap<Key<'_>, u64>| times.get(&send.key).is_some_and(|at| *at < send.invoked_ns);
        // Of one that was sent again elsewhere it cannot be told which of the two took the place.
        let is_elsewhere = sent_on.get(&send.key).is_some_and(|sockets| sockets.len() > 1);
        let is_repeat = came_before(&answered) || came_before(&posted) || is_elsewhere;
        if send.outcome != Outcome::Refused && !is_repeat && told.insert((conn, send.key)) {
            sockets.entry(conn).or_default().push(send);
        }
    }
    let mut found = Vec::new();
    for (conn, sends) in sockets {
        let placed: Vec<_> =
            sends.into_iter().filter_map(|send| Some((send.key, *positions.get(&send.key)?))).collect();
        let step = placed.windows(2).find(|pair| pair[0].1 >= pair[1].1);
        if let Some([(first, at), (second, before)]) = step {
            let detail = format!(
                "socket {conn} sent {} and then {}, which stand at {at} and {before}",
                first.name(),
                second.name()
            );
            found.push(violation(Invariant::SocketOrder, first.conv, detail));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::check::Invariant::{RealTime, SocketOrder};
    use crate::check::story::Story;
    use crate::history::Via;

    #[test]
    fn message_that_overtakes_an_answered_one_is_found() {
        let mut story = Story::good();
        let (first, second) = (story.sockets()[0], story.sockets()[1]);
        let early = story.store(2, Some("late"), "late");
        let op = story.invoke(first, Some("f"), "f");
        story.ack(first, op, "f");
        let op = story.invoke(second, Some("late"), "late");
        story.ack_at(second, op, early);
        assert!(story.breaks(RealTime));
    }

    #[test]
    fn unanswered_message_that_overtakes_is_found() {
        let mut story = Story::good();
        let (first, second) = (story.sockets()[0], story.sockets()[1]);
        let early = story.store(2, Some("late"), "late");
        let op = story.invoke(first, Some("f"), "f");
        story.ack(first, op, "f");
        let op = story.invoke(second, Some("late"), "late");
        story.show(first, early, Via::Live);
        story.lose(second, op);
        assert!(story.breaks(RealTime));
    }

    #[test]
    fn pipelined_messages_in_the_other_order_are_found() {
        let mut story = Story::good();
        let first = story.sockets()[0];
        let f = story.invoke(first, Some("f"), "f");
        let g = story.invoke(first, Some("g"), "g");
        story.ack(first, g, "g");
        story.ack(first, f, "f");
        assert!(story.breaks(SocketOrder));
    }

    #[test]
    fn lost_one_after_its_successor_is_found() {
        let mut story = Story::good();
        let first = story.sockets()[0];
        let f = story.invoke(first, Some("f"), "f");
        let g = story.invoke(first, Some("g"), "g");
        story.ack(first, g, "g");
        story.lose(first, f);
        let seq = story.store(1, Some("f"), "f");
        story.show(first, seq, Via::Live);
        assert!(story.breaks(SocketOrder));
    }

    #[test]
    fn one_that_was_sent_again_elsewhere_may_overtake_there() {
        let mut story = Story::good();
        let (first, second) = (story.sockets()[0], story.sockets()[1]);
        let f = story.invoke(first, Some("f"), "f");
        let g = story.invoke(first, Some("g"), "g");
        story.lose(first, g);
        let again = story.invoke(second, Some("g"), "g");
        story.ack(second, again, "g");
        story.ack(first, f, "f");
        assert!(!story.breaks(SocketOrder));
    }

    #[test]
    fn concurrent_messages_may_come_in_any_order() {
        let mut story = Story::good();
        let (first, second) = (story.sockets()[0], story.sockets()[1]);
        let f = story.invoke(first, Some("f"), "f");
        let g = story.invoke(second, Some("g"), "g");
        story.ack(second, g, "g");
        story.ack(first, f, "f");
        assert!(!story.breaks(RealTime) && !story.breaks(SocketOrder));
    }

    #[test]
    fn nameless_one_that_overtakes_on_its_socket_is_found() {
        let mut story = Story::good();
        let first = story.sockets()[0];
        let f = story.invoke(first, Some("f"), "f");
        story.invoke(first, None, "unnamed");
        let seq = story.store(1, None, "unnamed");
        story.show(first, seq, Via::Live);
        story.ack_nameless(first, seq);
        story.ack(first, f, "f");
        assert!(story.breaks(SocketOrder));
    }

    #[test]
    fn repeats_and_refusals_have_no_place_in_the_order() {
        let mut story = Story::good();
        let first = story.sockets()[0];
        let refused = story.invoke(first, Some("r"), "r");
        story.refuse(first, refused);
        let f = story.invoke(first, Some("f"), "f");
        let twin = story.invoke(first, Some("f"), "f");
        story.ack(first, f, "f");
        story.ack_at(first, twin, 7);
        let again = story.invoke(first, Some("a"), "a");
        story.ack_at(first, again, 2);
        let posted = story.invoke_rest(1, "p");
        let seq = story.store(1, Some("p"), "p");
        let g = story.invoke(first, Some("g"), "g");
        story.ack(first, g, "g");
        story.lose(first, posted);
        let by_socket = story.invoke(first, Some("p"), "p");
        story.ack_at(first, by_socket, seq);
        let r = story.invoke(first, Some("r"), "r");
        story.ack(first, r, "r");
        assert!(!story.breaks(RealTime) && !story.breaks(SocketOrder));
    }
}
