//! I18, and the log's own rows: whatever was asked has an end, whatever was refused or closed has a code that the contract names, and only
//! durable events stand in a log.

use std::collections::HashSet;

use uuid::Uuid;

use super::index::Index;
use super::{Invariant, Violation, violation};
use crate::history::{Event, Request};

/// What a refusal may say.
const CODES: [&str; 13] = [
    "blocked",
    "conflict",
    "invalid",
    "method_not_allowed",
    "moderated",
    "not_authenticated",
    "not_found",
    "permission_denied",
    "rate_limited",
    "too_large",
    "unavailable",
    "unsupported_media_type",
    "resync_required",
];

/// What a server may close with: the contract's own codes, and those of RFC 6455 that say what they mean.
const CLOSES: [u16; 18] =
    [1000, 1001, 1002, 1007, 1009, 4001, 4002, 4003, 4004, 4013, 4029, 4500, 4501, 4503, 4504, 4508, 4509, 4513];

/// What stands in a log.
const KINDS: [&str; 11] = [
    "conversation_created",
    "conversation_deleted",
    "conversation_updated",
    "message_deleted",
    "message_edited",
    "message_received",
    "participant_added",
    "participant_changed",
    "participant_removed",
    "reaction_added",
    "reaction_removed",
];

pub fn check(index: &Index<'_>) -> Vec<Violation> {
    let mut found: Vec<Violation> = Vec::new();
    for op in &index.ops {
        if op.is_open {
            let detail = format!("{:?} of user {} was never answered", op.request, op.user);
            found.push(Violation { invariant: Invariant::Liveness, conv: None, detail });
        }
        if let Some(code) = op.refused.filter(|code| !CODES.contains(code)) {
            found.push(uncoded(format!("{:?} was refused with {code:?}", op.request)));
        }
    }
    for lines in index.sockets.values() {
        let sends = lines.iter().filter(|line| matches!(line.event, Event::Invoke(Request::Send { .. })));
        let sends: HashSet<_> = sends.filter_map(|line| line.op_id).collect();
        found.extend(lines.iter().filter_map(|line| match &line.event {
            Event::Fail { code } if line.op_id.is_some_and(|op| sends.contains(&op)) => {
                (!CODES.contains(&code.as_str())).then(|| uncoded(format!("a message was refused with {code:?}")))
            }
            Event::Closed { code: Some(code), .. } => {
                (!CLOSES.contains(code)).then(|| uncoded(format!("socket {:?} was closed with {code}", line.conn)))
            }
            _ => None,
        }));
    }
    found.extend(strange_events(index));
    found
}

fn uncoded(detail: String) -> Violation {
    Violation { invariant: Invariant::Coded, conv: None, detail }
}

fn strange_events(index: &Index<'_>) -> Vec<Violation> {
    let mut told: HashSet<(Uuid, i64)> = HashSet::new();
    let strange = index.deliveries.iter().filter(|(_, seen)| !KINDS.contains(&seen.kind.as_str()));
    let new = strange.filter(|(_, seen)| told.insert((seen.conv, seen.seq)));
    new.map(|(_, seen)| violation(Invariant::OnlyEvents, seen.conv, format!("seq {} is {:?}", seen.seq, seen.kind)))
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::check::Invariant::{Coded, Liveness, OnlyEvents};
    use crate::check::story::{CONV, Story};
    use crate::history::{Answer, Event, Request};

    #[test]
    fn question_without_an_end_is_found() {
        let mut story = Story::good();
        let op = story.ask(1, Request::Count { conv: CONV });
        assert!(story.breaks(Liveness));
        story.answer(1, op, Answer::Unread { count: 2 });
        assert_eq!(story.broken(), []);
    }

    #[test]
    fn refusal_without_a_code_is_found() {
        for (code, is_right) in [("conflict", true), ("500", false), ("", false)] {
            let mut story = Story::good();
            let op = story.ask(1, Request::Count { conv: CONV });
            story.deny(1, op, code);
            assert_eq!(!story.breaks(Coded), is_right, "{code}");
        }
    }

    #[test]
    fn refused_message_has_a_code() {
        for (code, is_right) in [("unavailable", true), ("oops", false)] {
            let mut story = Story::good();
            let conn = story.sockets()[0];
            let op = story.invoke(conn, Some("f"), "f");
            story.refuse(conn, op);
            story.edit(|line| {
                if let Event::Fail { code: said } = &mut line.event {
                    code.clone_into(said);
                }
            });
            assert_eq!(!story.breaks(Coded), is_right, "{code}");
        }
    }

    #[test]
    fn close_without_a_known_code_is_found() {
        for (code, is_right) in [(4001, true), (1011, false), (4999, false)] {
            let mut story = Story::good();
            let conn = story.sockets()[0];
            story.close(conn);
            story.edit(|line| {
                if let Event::Closed { code: said, .. } = &mut line.event {
                    *said = Some(code);
                }
            });
            assert_eq!(!story.breaks(Coded), is_right, "{code}");
        }
    }

    #[test]
    fn typing_and_receipts_in_a_log_are_found() {
        for kind in ["typing_indicator", "messages_read", "user_status_change"] {
            let mut story = Story::good();
            story.edit(|line| match &mut line.event {
                Event::Recv(seen) if seen.seq == 1 => kind.clone_into(&mut seen.kind),
                _ => {}
            });
            assert!(story.breaks(OnlyEvents), "{kind}");
        }
    }
}
