//! I13: a file that was taken comes back as it was to everybody who has seen the message with it, and messages name no file that their
//! sender was not given.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::index::Index;
use super::{Invariant, Violation, violation};
use crate::history::{Answer, Change, Request};

pub fn check(index: &Index<'_>) -> Vec<Violation> {
    let mut taken: HashMap<Uuid, (u64, &str)> = HashMap::new();
    let mut unsure: HashSet<u64> = HashSet::new();
    for op in &index.ops {
        match (op.request, op.answer) {
            (Request::Upload { sha256 }, Some((_, Answer::Uploaded { id }))) => {
                taken.insert(*id, (op.user, sha256));
            }
            (Request::Upload { .. }, _) if op.was_possible() => {
                unsure.insert(op.user);
            }
            _ => {}
        }
    }
    // By file: when its message was first seen, and the message.
    let mut sent: HashMap<Uuid, (u64, Option<Uuid>)> = HashMap::new();
    let (mut found, mut told) = (Vec::new(), HashSet::new());
    for (line, seen) in &index.deliveries {
        for file in &seen.attachments {
            sent.entry(*file).or_insert((line.t_ns, seen.id));
            let is_theirs = taken.get(file).is_some_and(|(owner, _)| Some(*owner) == seen.sender);
            let is_unsure = !taken.contains_key(file) && seen.sender.is_some_and(|sender| unsure.contains(&sender));
            if !is_theirs && !is_unsure && told.insert(*file) {
                let detail = format!("seq {} names file {file}, which its sender was not given", seen.seq);
                found.push(violation(Invariant::FilesAreKept, seen.conv, detail));
            }
        }
    }
    found.extend(unreadable(index, &taken, &sent));
    found
}

fn unreadable(
    index: &Index<'_>,
    taken: &HashMap<Uuid, (u64, &str)>,
    sent: &HashMap<Uuid, (u64, Option<Uuid>)>,
) -> Vec<Violation> {
    let mut removed: HashSet<(Uuid, u64)> = HashSet::new();
    for op in &index.ops {
        if let Request::Change { conv, change: Change::Remove { user } } = op.request {
            removed.insert((*conv, *user));
        }
    }
    let wrong = index.ops.iter().filter_map(|op| {
        let Request::Fetch { conv, attachment } = op.request else { return None };
        let (owner, sha256) = taken.get(attachment)?;
        let wrong = match (op.answer, op.refused) {
            (Some((_, Answer::Fetched { sha256: came })), _) if came != sha256 => "came otherwise than it was taken",
            // What has to do with load and outages says nothing about the file.
            (_, Some("unavailable" | "rate_limited")) | (Some(_), _) | (None, None) => return None,
            (None, Some(_)) => {
                let (seen_ns, message) = sent.get(attachment).copied().unwrap_or((u64::MAX, None));
                let is_gone = message.is_some_and(|id| index.changes_of(id).any(|(op, _)| op.was_possible()));
                let may_read = seen_ns < op.invoked_ns || *owner == op.user;
                if !may_read || is_gone || removed.contains(&(*conv, op.user)) {
                    return None;
                }
                "was taken and sent, and cannot be had"
            }
        };
        Some(violation(Invariant::FilesAreKept, *conv, format!("file {attachment} {wrong} (user {})", op.user)))
    });
    wrong.collect()
}

#[cfg(test)]
mod tests {
    use crate::check::Invariant::FilesAreKept;
    use crate::check::story::{CONV, Story, id};
    use crate::history::{Answer, Change, Event, Request, digest};

    /// User 1 uploads file 70 and sends it as message 2; then user 2 asks for it.
    fn asked(answer: Result<&str, &str>) -> Story {
        let mut story = Story::default();
        let op = story.ask(1, Request::Upload { sha256: digest("file") });
        story.answer(1, op, Answer::Uploaded { id: id(70) });
        let mut rest = Story::good();
        rest.edit(|line| {
            line.op_id = line.op_id.map(|op| op + 500);
            match &mut line.event {
                Event::Recv(seen) if seen.seq == 2 => seen.attachments = vec![id(70)],
                _ => {}
            }
        });
        story.append(rest);
        let op = story.ask(2, Request::Fetch { conv: CONV, attachment: id(70) });
        match answer {
            Ok(text) => story.answer(2, op, Answer::Fetched { sha256: digest(text) }),
            Err(code) => story.deny(2, op, code),
        }
        story
    }

    #[test]
    fn file_comes_back_as_it_was() {
        assert_eq!(asked(Ok("file")).broken(), []);
        assert!(asked(Ok("fil")).breaks(FilesAreKept));
        assert!(asked(Err("not_found")).breaks(FilesAreKept));
        assert!(!asked(Err("unavailable")).breaks(FilesAreKept));
    }

    #[test]
    fn file_of_a_deleted_message_need_not_come() {
        let mut story = asked(Ok("file"));
        story.change(1, &Change::Delete { id: id(2) });
        let op = story.ask(2, Request::Fetch { conv: CONV, attachment: id(70) });
        story.deny(2, op, "not_found");
        assert!(!story.breaks(FilesAreKept));
    }

    #[test]
    fn file_that_nobody_uploaded_is_found() {
        let mut story = asked(Ok("file"));
        story.edit(|line| match &mut line.event {
            Event::Recv(seen) if seen.seq == 2 => seen.attachments = vec![id(71)],
            _ => {}
        });
        assert!(story.breaks(FilesAreKept));
    }

    #[test]
    fn file_of_somebody_else_is_found() {
        let mut story = asked(Ok("file"));
        story.edit(|line| {
            if matches!(line.event, Event::Invoke(Request::Upload { .. })) {
                line.user = Some(2);
            }
        });
        assert!(story.breaks(FilesAreKept));
    }
}
