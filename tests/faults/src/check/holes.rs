//! I5: on a socket every position comes once and in order, from `ready` on and from a resume on; over the sockets of a device and in a
//! list nothing is missing.

mod socket;

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use self::socket::Socket;
use super::index::{Device, Index, View};
use super::{Invariant, Violation, violation};
use crate::history::Via;

pub fn check(index: &Index<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut devices: BTreeMap<(Device, Uuid), Vec<Socket>> = BTreeMap::new();
    for (conn, lines) in &index.sockets {
        let (socket, wrong) = socket::follow(lines);
        if let (Some(detail), Some(conv)) = (wrong, socket.conv) {
            found.push(violation(Invariant::NoHole, conv, format!("socket {conn} of {}: {detail}", socket.name())));
        }
        if let Some(conv) = socket.conv {
            devices.entry((socket.device, conv)).or_default().push(socket);
        }
    }
    for ((device, conv), sockets) in &devices {
        found.extend(check_device(index, *device, *conv, sockets));
    }
    found.extend(index.views.iter().filter(|view| view.answer.is_some()).filter_map(check_list));
    found
}

/// What all sockets of a device brought, and what it reloaded, is whole.
fn check_device(index: &Index<'_>, device: Device, conv: Uuid, sockets: &[Socket]) -> Option<Violation> {
    // A device that was stopped in the middle of a resume has not been told everything yet.
    let base = sockets.iter().filter_map(|socket| socket.base).min()?;
    if sockets.last().is_some_and(Socket::is_resuming) {
        return None;
    }
    let mut seen: BTreeSet<i64> = sockets.iter().flat_map(|socket| socket.seen.iter().copied()).collect();
    let reloads = index.views.iter().filter(|view| (view.device, view.conv) == (device, conv) && view.after_seq > 0);
    seen.extend(reloads.filter(|view| view.via == Via::EventsFwd).flat_map(|view| view.rows.iter().map(|row| row.seq)));
    let last = *seen.last()?;
    let missing: Vec<i64> = (base + 1..=last).filter(|seq| !seen.contains(seq)).take(5).collect();
    (!missing.is_empty()).then(|| {
        let detail = format!("user {}.{} never got {missing:?} between {base} and {last}", device.user, device.dev);
        violation(Invariant::NoHole, conv, detail)
    })
}

/// The rows of a list are in its order; those of the whole log are without holes, to its very ends.
fn check_list(view: &View<'_>) -> Option<Violation> {
    let mut seqs: Vec<i64> = view.rows.iter().map(|row| row.seq).collect();
    if view.via == Via::Resume {
        return None;
    }
    if view.via.is_backwards() {
        seqs.reverse();
    }
    let is_whole = view.via.is_whole_log();
    let step = seqs.windows(2).find(|pair| pair[1] <= pair[0] || (is_whole && pair[1] != pair[0] + 1));
    let wrong = if let Some([one, next, ..]) = step {
        Some(format!("{next} next to {one}"))
    } else if is_whole {
        let (first_seq, last_seq) = view.answer?;
        let (first_seq, last_seq) = (first_seq.map(|seq| seq.max(view.after_seq + 1)), last_seq);
        let ends = (seqs.first().copied(), seqs.last().copied());
        let fits = |said: Option<i64>, found: Option<i64>| found.is_none() || said.is_none() || said == found;
        let is_short = seqs.is_empty() && last_seq > Some(view.after_seq);
        (is_short || !fits(first_seq, ends.0) || !fits(last_seq, ends.1))
            .then(|| format!("it goes {ends:?} and the log {first_seq:?} to {last_seq:?}"))
    } else {
        None
    };
    wrong.map(|wrong| violation(Invariant::NoHole, view.conv, format!("{:?} of {}: {wrong}", view.via, view.who)))
}

#[cfg(test)]
mod tests {
    use crate::check::Invariant::NoHole;
    use crate::check::story::{Story, recv};
    use crate::history::{Answer, Event, Via};

    #[test]
    fn hole_on_a_socket_is_found() {
        let mut story = Story::good();
        let first = story.sockets()[0];
        story.lines.retain(|line| !(line.conn == Some(first) && recv(line).is_some_and(|seen| seen.seq == 4)));
        assert!(story.breaks(NoHole));
    }

    #[test]
    fn first_event_after_ready_is_not_forgotten() {
        let mut story = Story::good();
        let first = story.sockets()[0];
        story.lines.retain(|line| !(line.conn == Some(first) && recv(line).is_some_and(|seen| seen.seq == 2)));
        assert!(story.breaks(NoHole));
    }

    #[test]
    fn event_that_comes_twice_is_found() {
        let mut story = Story::good();
        let first = story.sockets()[0];
        story.show(first, 6, Via::Live);
        assert!(story.breaks(NoHole));
    }

    #[test]
    fn events_out_of_order_are_found() {
        let mut story = Story::good();
        let first = story.sockets()[0];
        let op = story.invoke(first, Some("f"), "f");
        story.ack(first, op, "f");
        let op = story.invoke(first, Some("g"), "g");
        story.ack(first, op, "g");
        story.show(first, 8, Via::Live);
        story.show(first, 7, Via::Live);
        assert!(story.breaks(NoHole));
    }

    /// Socket 1 ends at seq 6, three more are stored, its device comes back.
    fn come_back(waits: bool) -> (Story, u64) {
        let mut story = Story::good();
        let (first, second) = (story.sockets()[0], story.sockets()[1]);
        story.close(first);
        for name in ["f", "g", "h"] {
            let op = story.invoke(second, Some(name), name);
            story.ack(second, op, name);
            story.show(second, story.head(), Via::Live);
        }
        let back = if waits { story.connect_waiting(1) } else { story.connect(1) };
        (story, back)
    }

    fn say(story: &mut Story, name: &str) -> i64 {
        let second = story.sockets()[1];
        let op = story.invoke(second, Some(name), name);
        story.ack(second, op, name);
        story.show(second, story.head(), Via::Live);
        story.head()
    }

    #[test]
    fn good_resumes_pass() {
        for waits in [false, true] {
            let (mut story, back) = come_back(waits);
            let new = say(&mut story, "i");
            if !waits {
                story.show(back, new, Via::Live);
            }
            story.invoke_resume(back, 6);
            let last = if waits { new } else { 9 };
            (7..=last).for_each(|seq| story.show(back, seq, Via::Resume));
            story.end_resume(back, new);
            let newer = say(&mut story, "j");
            story.show(back, newer, Via::Live);
            assert!(!story.breaks(NoHole), "{waits}");
        }
    }

    #[test]
    fn resume_that_begins_late_or_leaves_a_hole_is_found() {
        for missing in [7, 8, 9] {
            let (mut story, back) = come_back(false);
            story.invoke_resume(back, 6);
            (7..=9).filter(|seq| *seq != missing).for_each(|seq| story.show(back, seq, Via::Resume));
            story.end_resume(back, 9);
            assert!(story.breaks(NoHole), "{missing}");
        }
    }

    #[test]
    fn resume_that_ends_before_the_head_that_ready_told_is_found() {
        let (mut story, back) = come_back(true);
        story.invoke_resume(back, 6);
        story.show(back, 7, Via::Resume);
        story.end_resume(back, 7);
        story.show(back, 8, Via::Live);
        assert!(story.breaks(NoHole));
    }

    #[test]
    fn resume_that_begins_at_its_position_is_found() {
        let (mut story, back) = come_back(true);
        story.invoke_resume(back, 6);
        (6..=9).for_each(|seq| story.show(back, seq, Via::Resume));
        story.end_resume(back, 9);
        assert!(story.breaks(NoHole));
    }

    #[test]
    fn event_between_ready_and_a_resume_that_was_waited_for_is_found() {
        let (mut story, back) = come_back(true);
        let new = say(&mut story, "i");
        story.show(back, new, Via::Live);
        assert!(story.breaks(NoHole));
    }

    #[test]
    fn what_came_live_does_not_come_again_with_the_resume() {
        let (mut story, back) = come_back(false);
        let new = say(&mut story, "i");
        story.show(back, new, Via::Live);
        story.invoke_resume(back, 6);
        (7..=new).for_each(|seq| story.show(back, seq, Via::Resume));
        story.end_resume(back, new);
        assert!(story.breaks(NoHole));
    }

    #[test]
    fn device_that_never_asks_for_what_it_missed_is_found() {
        let (mut story, back) = come_back(false);
        assert!(!story.breaks(NoHole));
        let new = say(&mut story, "i");
        story.show(back, new, Via::Live);
        assert!(story.breaks(NoHole));
    }

    #[test]
    fn told_to_resync_it_reloads_and_passes() {
        let (mut story, back) = come_back(false);
        story.invoke_resume(back, 6);
        story.end_with_resync(back, 9);
        let new = say(&mut story, "i");
        story.show(back, new, Via::Live);
        assert!(story.breaks(NoHole));
        let list = story.invoke_read(1, Via::EventsFwd);
        story.edit(|line| {
            if let Event::Invoke(crate::history::Request::Read { after_seq, .. }) = &mut line.event
                && line.op_id == Some(list.1)
            {
                *after_seq = 6;
            }
        });
        story.show_rows(list, Via::EventsFwd, new);
        story.end_read(list);
        story.lines.retain(|line| !(line.op_id == Some(list.1) && recv(line).is_some_and(|seen| seen.seq <= 6)));
        assert!(!story.breaks(NoHole));
    }

    #[test]
    fn list_with_a_hole_or_a_missing_end_is_found() {
        for (via, gone) in [(Via::EventsFwd, 3), (Via::EventsBack, 3), (Via::EventsFwd, 6), (Via::EventsBack, 1)] {
            let mut story = Story::good();
            story.edit(|line| {
                if let Event::Ok(Answer::Read { first_seq, last_seq }) = &mut line.event {
                    (*first_seq, *last_seq) = (Some(1), Some(6));
                }
            });
            assert!(!story.breaks(NoHole));
            story.lines.retain(|line| !recv(line).is_some_and(|seen| seen.via == via && seen.seq == gone));
            assert!(story.breaks(NoHole), "{via:?} without {gone}");
        }
    }

    #[test]
    fn list_in_the_wrong_order_is_found() {
        for (is, should) in [(Via::RestBack, Via::RestFwd), (Via::RestFwd, Via::RestBack)] {
            let mut story = Story::good();
            let list = story.invoke_read(1, should);
            story.show_rows(list, is, 6);
            story.end_read(list);
            assert!(story.breaks(NoHole));
        }
    }
}
