//! I8: an acknowledged change of a message is in the log, the last one in the log is what every later list shows, and what was deleted
//! is gone from every view that began afterwards.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::index::{Index, Op};
use super::{Invariant, Violation, violation};
use crate::history::{Change, Via};

/// A change of unknown outcome is carried out within this time or never (10 s to its answer, and 2 s after), or not seen here.
const SETTLED_NS: u64 = 30_000_000_000;

/// The last that the log says of a message: its position and what it reads, if anything.
type Last<'a> = HashMap<Uuid, (i64, Option<&'a str>)>;

pub fn check(index: &Index<'_>) -> Vec<Violation> {
    if index.changed.is_empty() {
        return Vec::new();
    }
    let (mut last, mut logged): (Last<'_>, HashSet<(Uuid, Option<&str>)>) = (HashMap::new(), HashSet::new());
    for seen in index.log.values().filter(|seen| matches!(seen.kind.as_str(), "message_edited" | "message_deleted")) {
        let Some(id) = seen.id else { continue };
        logged.insert((id, seen.sha256.as_deref()));
        let newest = last.entry(id).or_insert((seen.seq, seen.sha256.as_deref()));
        *newest = (*newest).max((seen.seq, seen.sha256.as_deref()));
    }
    let mut found = lost_changes(index, &logged);
    found.extend(wrong_rows(index, &last));
    found
}

/// Every text of a deleted message is blank, in the log as well: an edit before it may be seen with or without its text.
fn lost_changes(index: &Index<'_>, logged: &HashSet<(Uuid, Option<&str>)>) -> Vec<Violation> {
    let mut found = Vec::new();
    for id in index.changed.keys() {
        for (op, change) in index.changes_of(*id).filter(|(op, _)| op.answer.is_some()) {
            let text = match change {
                Change::Edit { sha256, .. } => Some(sha256.as_str()),
                _ => None,
            };
            if !logged.contains(&(*id, text)) && !logged.contains(&(*id, None)) {
                let detail =
                    format!("a change of message {id} by user {} was acknowledged and is not in the log", op.user);
                found.push(violation(Invariant::LastState, conv_of(op), detail));
            }
        }
    }
    found
}

fn wrong_rows(index: &Index<'_>, last: &Last<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for view in index.views.iter().filter(|view| view.answer.is_some()) {
        let shows_the_present = matches!(view.via, Via::RestFwd | Via::RestBack);
        for row in view.rows.iter().filter(|row| row.is_message()) {
            let Some(id) = row.id.filter(|id| index.changed.contains_key(id)) else { continue };
            let is_gone = index
                .changes_of(id)
                .any(|(op, change)| matches!(change, Change::Delete { .. }) && op.done_ns() < view.began_ns);
            let is_settled = index.changes_of(id).all(|(op, _)| {
                op.done_ns() < view.began_ns || op.refused.is_some() || op.invoked_ns + SETTLED_NS < view.began_ns
            });
            let wrong = if is_gone && row.sha256.is_some() {
                "it was deleted before, and its text is there"
            } else if let Some((_, text)) = last.get(&id)
                && shows_the_present
                && is_settled
                && row.sha256.as_deref() != *text
            {
                "it does not read what was last made of it"
            } else {
                continue;
            };
            let detail = format!("message {id} in {:?} of {}: {wrong}", view.via, view.who);
            found.push(violation(Invariant::LastState, view.conv, detail));
        }
    }
    found
}

fn conv_of(op: &Op<'_>) -> Uuid {
    match op.request {
        crate::history::Request::Change { conv, .. } => *conv,
        _ => Uuid::nil(),
    }
}

#[cfg(test)]
mod tests {
    use crate::check::Invariant::{LastState, OneOrder};
    use crate::check::story::{Story, id};
    use crate::history::{Answer, Change, Request, digest};

    fn edit(text: &str) -> Change {
        Change::Edit { id: id(2), sha256: digest(text) }
    }

    /// Message 2 is edited; what lists read afterwards.
    fn edited(reads: Option<&str>) -> Story {
        let mut story = Story::good();
        story.change(1, &edit("better"));
        story.rewrite(2, reads.map(digest));
        story.read_lists(1);
        story
    }

    #[test]
    fn edited_message_reads_as_it_was_edited() {
        assert_eq!(edited(Some("better")).broken(), []);
        assert!(edited(Some("a")).breaks(LastState), "the old text");
        assert!(edited(Some("worse")).breaks(OneOrder), "a text that nobody wrote");
    }

    #[test]
    fn of_two_edits_the_last_in_the_log_counts() {
        for (reads, is_right) in [("best", true), ("better", false)] {
            let mut story = Story::good();
            story.change(1, &edit("better"));
            story.change(1, &edit("best"));
            story.rewrite(2, Some(digest(reads)));
            story.read_lists(2);
            assert_eq!(!story.breaks(LastState), is_right, "{reads}");
        }
    }

    #[test]
    fn edit_that_the_log_does_not_have_is_found() {
        let mut story = Story::good();
        let op = story.ask(1, Request::Change { conv: crate::check::story::CONV, change: edit("better") });
        assert!(!story.breaks(LastState));
        story.answer(1, op, Answer::Done);
        assert!(story.breaks(LastState));
    }

    #[test]
    fn text_of_a_deleted_message_is_gone_everywhere() {
        for (reads, is_right) in [(None, true), (Some(digest("a")), false)] {
            let mut story = Story::good();
            story.change(1, &Change::Delete { id: id(2) });
            story.rewrite(2, reads);
            story.read_lists(1);
            assert_eq!(!story.breaks(LastState), is_right);
            assert_eq!(story.passes(), is_right);
        }
    }
}
