//! I2: what was seen had been sent before, by that sender, with that name and content, and was not refused.

use std::collections::{HashMap, HashSet};

use super::index::{Index, Key, Outcome};
use super::{Invariant, Violation, violation};

#[derive(Default)]
struct Attempt {
    first_ns: Option<u64>,
    was_possible: bool,
}

pub fn check(index: &Index<'_>) -> Vec<Violation> {
    let mut attempts: HashMap<(Key<'_>, &str), Attempt> = HashMap::new();
    for send in &index.sends {
        let attempt = attempts.entry((send.key, send.sha256)).or_default();
        attempt.first_ns.get_or_insert(send.invoked_ns);
        attempt.was_possible |= send.outcome != Outcome::Refused;
    }
    let (mut found, mut told) = (Vec::new(), HashSet::new());
    for (line, seen) in index.deliveries.iter().filter(|(_, seen)| seen.is_message()) {
        let attempt = Key::of(seen).zip(seen.sha256.as_deref()).and_then(|attempt| attempts.get(&attempt));
        let is_changed = attempt.is_none() && index.may_read(seen.id, seen.sha256.as_deref());
        let wrong = match attempt {
            None if is_changed => continue,
            None => "nobody has sent it",
            Some(attempt) if attempt.first_ns > Some(line.t_ns) => "it was seen before it was sent",
            Some(attempt) if !attempt.was_possible => "its sender was told that it was refused",
            Some(_) => continue,
        };
        if told.insert((seen.conv, seen.seq, wrong)) {
            let detail = format!("seq {} from {:?} ({:?}): {wrong}", seen.seq, seen.sender, seen.via);
            found.push(violation(Invariant::NoPhantom, seen.conv, detail));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::check::Invariant::NoPhantom;
    use crate::check::story::Story;
    use crate::history::{Event, Via, digest};

    /// The good story, with one thing that socket 1 is shown at seq 3 changed.
    fn altered(change: impl Fn(&mut crate::history::Delivery)) -> Story {
        let mut story = Story::good();
        let first = story.sockets()[0];
        story.edit(|line| match &mut line.event {
            Event::Recv(seen) if seen.seq == 3 && line.conn == Some(first) => change(seen),
            _ => {}
        });
        story
    }

    #[test]
    fn content_that_nobody_sent_is_found() {
        assert!(altered(|seen| seen.sha256 = Some(digest("invented"))).breaks(NoPhantom));
    }

    #[test]
    fn wrong_sender_is_found() {
        assert!(altered(|seen| seen.sender = Some(1)).breaks(NoPhantom));
        assert!(altered(|seen| seen.sender = None).breaks(NoPhantom));
    }

    #[test]
    fn wrong_client_id_is_found() {
        assert!(altered(|seen| seen.client_id = Some("z".into())).breaks(NoPhantom));
        assert!(altered(|seen| seen.client_id = None).breaks(NoPhantom));
    }

    #[test]
    fn message_that_was_refused_is_found() {
        let mut story = Story::good();
        let conn = story.sockets()[0];
        let op = story.invoke(conn, Some("f"), "f");
        story.refuse(conn, op);
        assert!(!story.breaks(NoPhantom));
        let seq = story.store(1, Some("f"), "f");
        story.show(conn, seq, Via::Live);
        assert!(story.breaks(NoPhantom));
    }

    #[test]
    fn message_seen_before_it_was_sent_is_found() {
        let mut story = Story::good();
        let conn = story.sockets()[1];
        let seq = story.store(1, Some("f"), "f");
        story.show(conn, seq, Via::Live);
        let first = story.sockets()[0];
        let op = story.invoke(first, Some("f"), "f");
        story.ack_at(first, op, seq);
        assert!(story.breaks(NoPhantom));
    }

    #[test]
    fn message_of_a_lost_send_may_appear() {
        let mut story = Story::good();
        let conn = story.sockets()[0];
        let op = story.invoke(conn, Some("f"), "f");
        story.lose(conn, op);
        let seq = story.store(1, Some("f"), "f");
        story.show(conn, seq, Via::Live);
        assert!(!story.breaks(NoPhantom));
    }
}
