//! I14: who asks for the word that one message alone has finds this message, from five seconds after its acknowledgement to five seconds
//! after its deletion, and never another.

use std::collections::HashMap;

use uuid::Uuid;

use super::index::{Index, Op, Outcome};
use super::{Invariant, Violation, violation};
use crate::history::{Answer, Change, Request};

/// How far the search may be behind.
const BEHIND_NS: u64 = 5_000_000_000;
/// After a fault it may be further.
const UNQUIET_NS: u64 = 60_000_000_000;

pub fn check(index: &Index<'_>) -> Vec<Violation> {
    let mut acked: HashMap<Uuid, u64> = HashMap::new();
    for send in &index.sends {
        if let Outcome::Sent { id, at_ns, .. } = send.outcome {
            let first = acked.entry(id).or_insert(at_ns);
            *first = (*first).min(at_ns);
        }
    }
    let wrong = index.ops.iter().filter_map(|op| {
        let (Request::Search { conv, id }, Some((_, Answer::Found { ids }))) = (op.request, op.answer) else {
            return None;
        };
        let is_late = |at_ns: u64| at_ns.saturating_add(BEHIND_NS) < op.invoked_ns;
        let is_deleted = |(change_op, change): (&Op<'_>, &Change)| {
            matches!(change, Change::Delete { .. }) && is_late(change_op.done_ns())
        };
        let is_due = acked.get(id).is_some_and(|at_ns| is_late(*at_ns)) && !index.changed.contains_key(id);
        let detail = if ids.iter().any(|found| found != id) {
            format!("a word of message {id} was found in {ids:?}")
        } else if !ids.is_empty() && index.changes_of(*id).any(is_deleted) {
            format!("message {id} was found after it was deleted")
        } else if ids.is_empty() && is_due && index.is_quiet(op.invoked_ns, UNQUIET_NS) {
            format!("message {id} was acknowledged and is not found")
        } else {
            return None;
        };
        Some(violation(Invariant::SearchIsHonest, *conv, detail))
    });
    wrong.collect()
}

#[cfg(test)]
mod tests {
    use crate::check::Invariant::SearchIsHonest;
    use crate::check::story::{CONV, Story, id};
    use crate::history::{Answer, Change, Request};

    fn search(story: &mut Story, seconds: u64, found: &[i64]) {
        story.sleep(seconds);
        let op = story.ask(1, Request::Search { conv: CONV, id: id(2) });
        story.answer(1, op, Answer::Found { ids: found.iter().map(|seq| id(*seq)).collect() });
    }

    #[test]
    fn message_is_found_in_time() {
        for (seconds, found, is_right) in [(0, &[][..], true), (6, &[2], true), (6, &[], false), (0, &[2], true)] {
            let mut story = Story::good();
            search(&mut story, seconds, found);
            assert_eq!(!story.breaks(SearchIsHonest), is_right, "{seconds} {found:?}");
        }
    }

    #[test]
    fn another_message_is_none() {
        let mut story = Story::good();
        search(&mut story, 0, &[2, 3]);
        assert!(story.breaks(SearchIsHonest));
    }

    #[test]
    fn deleted_message_is_not_found() {
        for (seconds, found, is_right) in [(0, &[2][..], true), (6, &[2], false), (6, &[], true)] {
            let mut story = Story::good();
            story.change(1, &Change::Delete { id: id(2) });
            search(&mut story, seconds, found);
            assert_eq!(!story.breaks(SearchIsHonest), is_right, "{seconds} {found:?}");
        }
    }

    #[test]
    fn outage_may_leave_the_search_behind() {
        let mut story = Story::good();
        story.strike();
        search(&mut story, 20, &[]);
        assert!(!story.breaks(SearchIsHonest));
        search(&mut story, 60, &[]);
        assert!(story.breaks(SearchIsHonest));
    }
}
