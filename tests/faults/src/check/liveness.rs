//! In the end everything was answered and could be read, and there was something to judge at all.

use std::collections::{BTreeMap, BTreeSet};

use super::index::{Index, Outcome};
use super::order::final_lists;
use super::{Invariant, Violation, violation};
use crate::history::Via;

/// How many unanswered messages are named.
const NAMED: usize = 5;

pub fn check(index: &Index<'_>) -> Vec<Violation> {
    let open: Vec<_> = index.sends.iter().filter(|send| send.is_open).collect();
    let mut found: Vec<Violation> = Vec::new();
    if let Some(first) = open.first() {
        let names: Vec<_> = open.iter().take(NAMED).map(|send| send.key.name()).collect();
        let detail = format!("{} messages were never answered: {} …", open.len(), names.join(", "));
        found.push(violation(Invariant::Liveness, first.key.conv, detail));
    }
    let failed = index.views.iter().filter(|view| Via::LISTS.contains(&view.via));
    found.extend(failed.filter(|view| view.answer.is_none()).map(|view| {
        let why = view.failure.as_deref().unwrap_or("no answer");
        violation(Invariant::Liveness, view.conv, format!("{:?} of {} failed: {why}", view.via, view.who))
    }));
    found.extend(vacuous(index));
    found
}

fn vacuous(index: &Index<'_>) -> Vec<Violation> {
    let acked = index.sends.iter().filter(|send| matches!(send.outcome, Outcome::Sent { .. }));
    let acked: BTreeSet<_> = acked.map(|send| send.key.conv).collect();
    if acked.is_empty() {
        let detail = "nothing was acknowledged".to_owned();
        return vec![Violation { invariant: Invariant::NotVacuous, conv: None, detail }];
    }
    let mut read: BTreeMap<_, BTreeSet<Via>> = BTreeMap::new();
    for view in final_lists(index) {
        read.entry(view.conv).or_default().insert(view.via);
    }
    let unread = acked.into_iter().filter(|conv| read.get(conv).map_or(0, BTreeSet::len) < Via::LISTS.len());
    unread.map(|conv| violation(Invariant::NotVacuous, conv, "not every list was read at the end")).collect()
}

#[cfg(test)]
mod tests {
    use crate::check::Invariant::{Liveness, NotVacuous};
    use crate::check::story::Story;
    use crate::history::{Answer, Event, Via};

    #[test]
    fn message_without_an_end_is_found() {
        let mut story = Story::good();
        let conn = story.sockets()[0];
        let op = story.invoke(conn, Some("f"), "f");
        assert!(story.breaks(Liveness));
        story.lose(conn, op);
        assert!(!story.breaks(Liveness));
    }

    #[test]
    fn nameless_message_without_an_answer_is_found() {
        let mut story = Story::good();
        story.lines.retain(|line| !matches!(line.event, Event::Ok(Answer::Sent { .. })) || line.op_id.is_some());
        assert!(story.breaks(Liveness));
    }

    #[test]
    fn list_that_fails_is_found() {
        let mut story = Story::good();
        let (_, op) = story.invoke_read(1, Via::RestFwd);
        assert!(story.breaks(Liveness));
        story.edit(|line| {
            if line.op_id == Some(op) {
                line.op_id = None;
            }
        });
    }

    #[test]
    fn history_without_final_lists_proves_nothing() {
        for via in Via::LISTS {
            let mut story = Story::good();
            let reads: Vec<_> =
                story.lines.iter().filter(|line| is_read(&line.event, via)).map(|line| line.op_id).collect();
            story.lines.retain(|line| !reads.contains(&line.op_id));
            assert!(story.breaks(NotVacuous), "{via:?}");
        }
        let mut story = Story::good();
        let conn = story.sockets()[0];
        let op = story.invoke(conn, Some("f"), "f");
        story.ack(conn, op, "f");
        assert!(story.breaks(NotVacuous), "nothing was read after the last message");
    }

    fn is_read(event: &Event, wanted: Via) -> bool {
        matches!(event, Event::Invoke(crate::history::Request::Read { via, .. }) if *via == wanted)
    }
}
