//! I4: what stands at a position is the same for every observer, and every complete list holds the same positions.

use std::collections::{BTreeSet, HashMap, HashSet};

use uuid::Uuid;

use super::index::{Index, Outcome, View};
use super::{Invariant, Violation, violation};
use crate::history::{Delivery, Request, Via};

pub fn check(index: &Index<'_>) -> Vec<Violation> {
    let mut found = disagreements(index);
    found.extend(acks_elsewhere(index));
    found.extend(unequal_lists(index));
    found
}

/// What is said may change where it is told as it is now, or be gone where it is told as it was.
fn same(index: &Index<'_>, one: &Delivery, other: &Delivery) -> bool {
    let may_differ = |seen: &Delivery| index.may_read(seen.id, seen.sha256.as_deref());
    one.kind == other.kind
        && (one.id, one.sender) == (other.id, other.sender)
        && one.client_id == other.client_id
        && (one.sha256 == other.sha256 || may_differ(one) || may_differ(other))
}

/// First seen, first right.
fn disagreements(index: &Index<'_>) -> Vec<Violation> {
    let (mut found, mut told) = (Vec::new(), HashSet::new());
    for (_, seen) in &index.deliveries {
        let Some(first) = index.log.get(&(seen.conv, seen.seq)) else { continue };
        if !same(index, first, seen) && told.insert((seen.conv, seen.seq, seen.via)) {
            let detail = format!("seq {}: {first:?} in one view, {seen:?} in another", seen.seq);
            found.push(violation(Invariant::OneOrder, seen.conv, detail));
        }
    }
    found
}

fn acks_elsewhere(index: &Index<'_>) -> Vec<Violation> {
    let wrong = index.sends.iter().filter_map(|send| {
        let Outcome::Sent { id, seq, .. } = send.outcome else { return None };
        let there = index.log.get(&(send.key.conv, seq))?;
        (there.id != Some(id)).then(|| {
            let detail = format!("seq {seq} was answered as {id} and is seen as {:?}", there.id);
            violation(Invariant::OneOrder, send.key.conv, detail)
        })
    });
    wrong.collect()
}

/// Of the lists that began when all had been answered, each holds what the others hold.
fn unequal_lists(index: &Index<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut models: HashMap<(Uuid, bool), (&View<'_>, BTreeSet<i64>)> = HashMap::new();
    for view in final_lists(index) {
        for whole_log in [false, true] {
            if whole_log && !view.via.is_whole_log() {
                continue;
            }
            let rows = view.rows.iter().filter(|row| whole_log || row.is_message());
            let seqs: BTreeSet<i64> = rows.map(|row| row.seq).collect();
            let (first, model) = models.entry((view.conv, whole_log)).or_insert_with(|| (view, seqs.clone()));
            if *model != seqs {
                let only: Vec<_> = model.symmetric_difference(&seqs).take(5).collect();
                let pair = format!("{:?} of {} and {:?} of {}", first.via, first.who, view.via, view.who);
                let detail = format!("seqs {only:?} are in one of {pair} alone");
                found.push(violation(Invariant::OneOrder, view.conv, detail));
            }
        }
    }
    found
}

/// The complete lists that began after the last answer of their conversation, to a message or to a change.
pub fn final_lists<'i, 'a>(index: &'i Index<'a>) -> impl Iterator<Item = &'i View<'a>> {
    let mut quiet: HashMap<Uuid, u64> = HashMap::new();
    for send in &index.sends {
        let ended = match send.outcome {
            Outcome::Sent { at_ns, .. } => at_ns,
            Outcome::Refused | Outcome::Unknown => send.invoked_ns,
        };
        let last = quiet.entry(send.key.conv).or_default();
        *last = (*last).max(ended);
    }
    for op in &index.ops {
        if let Request::Change { conv, .. } = op.request {
            let last = quiet.entry(*conv).or_default();
            *last = (*last).max(op.answer.map_or(op.invoked_ns, |(at_ns, _)| at_ns));
        }
    }
    let is_list = |view: &&View<'_>| Via::LISTS.contains(&view.via) && view.after_seq == 0 && view.answer.is_some();
    index.views.iter().filter(is_list).filter(move |view| quiet.get(&view.conv).is_none_or(|at| *at < view.began_ns))
}

#[cfg(test)]
mod tests {
    use crate::check::Invariant::OneOrder;
    use crate::check::story::{Story, id, recv};
    use crate::history::{Answer, Event, Via, digest};

    #[test]
    fn other_id_at_a_position_is_found() {
        for via in [Via::Live, Via::RestFwd, Via::EventsBack] {
            let mut story = Story::good();
            let mut left = 1;
            story.edit(|line| match &mut line.event {
                Event::Recv(seen) if seen.seq == 4 && seen.via == via && left > 0 => {
                    seen.id = Some(id(44));
                    left -= 1;
                }
                _ => {}
            });
            assert!(story.breaks(OneOrder), "{via:?}");
        }
    }

    #[test]
    fn two_events_in_the_other_order_are_found() {
        let mut story = Story::good();
        let second = story.sockets()[1];
        story.edit(|line| match &mut line.event {
            Event::Recv(seen) if line.conn == Some(second) && (seen.seq == 3 || seen.seq == 4) => {
                seen.seq = 7 - seen.seq;
            }
            _ => {}
        });
        assert!(story.breaks(OneOrder));
    }

    #[test]
    fn other_content_or_sender_at_a_position_is_found() {
        for field in 0..2 {
            let mut story = Story::good();
            story.edit(|line| match &mut line.event {
                Event::Recv(seen) if seen.seq == 4 && seen.via == Via::EventsFwd && field == 0 => {
                    seen.sha256 = Some(digest("other"));
                }
                Event::Recv(seen) if seen.seq == 4 && seen.via == Via::EventsFwd => seen.sender = Some(2),
                _ => {}
            });
            assert!(story.breaks(OneOrder));
        }
    }

    #[test]
    fn lists_that_differ_are_found() {
        let mut story = Story::good();
        story.lines.retain(|line| !recv(line).is_some_and(|seen| seen.via == Via::EventsBack && seen.seq == 1));
        assert!(story.breaks(OneOrder));
    }

    #[test]
    fn answer_that_names_another_message_is_found() {
        let mut story = Story::good();
        story.edit(|line| {
            if let Event::Ok(Answer::Sent { id: named, seq: 2, .. }) = &mut line.event {
                *named = id(55);
            }
        });
        assert!(story.breaks(OneOrder));
    }

    #[test]
    fn a_third_device_that_sees_the_same_passes() {
        let mut story = Story::good();
        let third = story.connect_waiting(3);
        story.invoke_resume(third, 0);
        for seq in 1..=6 {
            story.show(third, seq, Via::Resume);
        }
        story.end_resume(third, 6);
        assert!(story.passes());
    }
}
