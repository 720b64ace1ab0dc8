//! I1: what was acknowledged is in every view that began afterwards: every list, every resume that reaches so far back.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::index::{Index, Outcome};
use super::{Invariant, Violation, violation};

struct Acked {
    name: String,
    id: Uuid,
    seq: i64,
    at_ns: u64,
}

pub fn check(index: &Index<'_>) -> Vec<Violation> {
    let mut found: Vec<Violation> = index
        .stray_acks
        .iter()
        .map(|ack| {
            let detail = format!("seq {} was acknowledged, and nobody ever saw there what was sent", ack.seq);
            violation(Invariant::AckedIsKept, ack.conv, detail)
        })
        .collect();
    let mut acked: HashMap<Uuid, Vec<Acked>> = HashMap::new();
    for send in &index.sends {
        if let Outcome::Sent { id, seq, at_ns, .. } = send.outcome {
            acked.entry(send.key.conv).or_default().push(Acked { name: send.key.name(), id, seq, at_ns });
        }
    }
    for view in index.views.iter().filter(|view| view.answer.is_some()) {
        let rows: HashSet<(i64, Uuid)> = view.rows.iter().filter_map(|row| Some((row.seq, row.id?))).collect();
        for ack in acked.get(&view.conv).into_iter().flatten() {
            let due = ack.at_ns < view.began_ns && ack.seq > view.after_seq;
            if due && !rows.contains(&(ack.seq, ack.id)) {
                let Acked { name, seq, .. } = ack;
                let detail = format!("{name}, acknowledged at seq {seq}, is not in {:?} of {}", view.via, view.who);
                found.push(violation(Invariant::AckedIsKept, view.conv, detail));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::check::Invariant::AckedIsKept;
    use crate::check::story::{Story, recv};
    use crate::history::{Answer, Event, Via};

    #[test]
    fn message_that_one_list_lacks_is_found() {
        for via in Via::LISTS {
            let mut story = Story::good();
            story.lines.retain(|line| !recv(line).is_some_and(|seen| seen.via == via && seen.seq == 3));
            assert!(story.breaks(AckedIsKept), "{via:?}");
        }
    }

    #[test]
    fn message_that_another_took_the_place_of_is_found() {
        let mut story = Story::good();
        story.edit(|line| match &mut line.event {
            Event::Recv(seen) if seen.seq == 3 && seen.via == Via::RestFwd => seen.id = Some(uuid::Uuid::from_u128(99)),
            _ => {}
        });
        assert!(story.breaks(AckedIsKept));
    }

    #[test]
    fn resume_that_leaves_out_what_was_acknowledged_is_found() {
        let mut story = Story::good();
        let back = story.connect(2);
        story.invoke_resume(back, 2);
        story.show(back, 3, Via::Resume);
        story.end_resume(back, 3);
        assert!(story.breaks(AckedIsKept));
    }

    #[test]
    fn nameless_acknowledgement_of_what_nobody_saw_is_found() {
        let mut story = Story::good();
        story.edit(|line| match &mut line.event {
            Event::Ok(Answer::Sent { seq, .. }) if line.op_id.is_none() => *seq += 70,
            _ => {}
        });
        assert!(story.breaks(AckedIsKept));
    }

    #[test]
    fn list_that_began_before_the_answer_need_not_have_it() {
        let mut story = Story::good();
        let conn = story.connect(1);
        let list = story.invoke_read(2, Via::RestFwd);
        let op = story.invoke(conn, Some("late"), "late");
        story.ack(conn, op, "late");
        story.show_rows(list, Via::RestFwd, 6);
        story.end_read(list);
        assert!(!story.breaks(AckedIsKept));
    }
}
