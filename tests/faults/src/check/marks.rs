//! I10: what `resumed` says of a reader is no less than what was acknowledged to the reader, or told to anybody, before that socket was
//! opened. What is told as it happens may be told again later: it is still true, and the largest holds.

use std::collections::HashMap;

use uuid::Uuid;

use super::index::Index;
use super::{Invariant, Violation, violation};
use crate::history::{Notice, Request};

/// What was known of a reader, from when on: both rise.
type Known = HashMap<(Uuid, u64), Vec<(u64, i64)>>;

pub fn check(index: &Index<'_>) -> Vec<Violation> {
    let known = known(index);
    let wrong = index.notices.iter().filter_map(|(line, notice)| {
        let Notice::ReadState { conv, about, up_to } = notice else { return None };
        let opened_ns = index.sockets.get(&line.conn?)?.first()?.t_ns;
        let known = known.get(&(*conv, *about))?;
        let before = known.partition_point(|(at_ns, _)| *at_ns < opened_ns).checked_sub(1)?;
        let least = known[before].1;
        (*up_to < least).then(|| {
            let detail = format!("user {:?} was told that {about} read up to {up_to}, after {least}", line.user);
            violation(Invariant::MarksRise, *conv, detail)
        })
    });
    wrong.collect()
}

fn known(index: &Index<'_>) -> Known {
    let mut known: Known = HashMap::new();
    for op in &index.ops {
        if let (Request::Mark { conv, up_to }, Some((at_ns, _))) = (op.request, op.answer) {
            known.entry((*conv, op.user)).or_default().push((at_ns, *up_to));
        }
    }
    for (line, notice) in &index.notices {
        if let Notice::Marks { conv, about, up_to } | Notice::ReadState { conv, about, up_to } = notice {
            known.entry((*conv, *about)).or_default().push((line.t_ns, *up_to));
        }
    }
    for marks in known.values_mut() {
        marks.sort_unstable();
        let mut highest = 0;
        for (_, up_to) in marks {
            highest = highest.max(*up_to);
            *up_to = highest;
        }
    }
    known
}

#[cfg(test)]
mod tests {
    use crate::check::Invariant::MarksRise;
    use crate::check::story::{CONV, Story};
    use crate::history::{Answer, Notice, Request};

    fn state(story: &mut Story, up_to: i64) {
        let late = story.connect(1);
        story.tell(late, Notice::ReadState { conv: CONV, about: 2, up_to });
    }

    #[test]
    fn socket_opened_after_a_mark_knows_it() {
        for (up_to, is_right) in [(4, true), (5, true), (3, false)] {
            let mut story = Story::good();
            let early = story.sockets()[0];
            let op = story.ask(2, Request::Mark { conv: CONV, up_to: 4 });
            story.answer(2, op, Answer::Unread { count: 1 });
            story.tell(early, Notice::ReadState { conv: CONV, about: 2, up_to: 3 });
            state(&mut story, up_to);
            assert_eq!(!story.breaks(MarksRise), is_right, "{up_to}");
        }
    }

    #[test]
    fn what_one_was_told_no_other_is_told_less_of() {
        for (up_to, is_right) in [(5, true), (4, false)] {
            let mut story = Story::good();
            let first = story.sockets()[0];
            story.tell(first, Notice::Marks { conv: CONV, about: 2, up_to: 5 });
            state(&mut story, up_to);
            assert_eq!(!story.breaks(MarksRise), is_right, "{up_to}");
        }
    }

    #[test]
    fn what_is_told_once_more_takes_nothing_back() {
        let mut story = Story::good();
        let first = story.sockets()[0];
        for up_to in [5, 3] {
            story.tell(first, Notice::Marks { conv: CONV, about: 2, up_to });
        }
        assert_eq!(story.broken(), []);
        state(&mut story, 3);
        assert!(story.breaks(MarksRise));
    }

    #[test]
    fn later_smaller_mark_takes_nothing_back() {
        let mut story = Story::good();
        for up_to in [5, 2] {
            let op = story.ask(2, Request::Mark { conv: CONV, up_to });
            story.answer(2, op, Answer::Unread { count: 0 });
        }
        state(&mut story, 2);
        assert!(story.breaks(MarksRise));
    }
}
