//! What a round does with what it found: which stretches it makes, and how far each position comes. Pure.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::super::block::Stretch;
use super::Limits;

/// A partition that has something to do, as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub(super) struct Due {
    pub(super) partition: i16,
    pub(super) incarnation: i64,
    pub(super) pos: i64,
    pub(super) backlog_pos: Option<i64>,
    /// In which incarnation the partition is, and how far it is stored there.
    pub(super) current_incarnation: i64,
    pub(super) stored_pos: i64,
}

impl Due {
    /// As it stands in the incarnation of now: rows of former ones tell no longer which that was, so all behind the old position
    /// are gone through.
    fn in_current_incarnation(self) -> Self {
        if self.incarnation == self.current_incarnation {
            return self;
        }
        let backlog_pos = self.backlog_pos.map_or(self.pos, |backlog_pos| backlog_pos.min(self.pos));
        Self { incarnation: self.current_incarnation, pos: 0, backlog_pos: Some(backlog_pos), ..self }
    }
}

/// Commands of a partition in `(after_pos, until_pos]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) partition: i16,
    pub(super) after_pos: i64,
    pub(super) until_pos: i64,
    pub(super) is_backlog: bool,
}

/// What is to be looked at: all that was stored last before what is left from before.
pub(super) fn windows(due: &[Due]) -> Vec<Window> {
    let due = || due.iter().map(|due| due.in_current_incarnation());
    let live = due().filter(|due| due.pos < due.stored_pos).map(|due| Window {
        partition: due.partition,
        after_pos: due.pos,
        until_pos: due.stored_pos,
        is_backlog: false,
    });
    let backlog = due().filter_map(|due| {
        let after_pos = due.backlog_pos?;
        Some(Window { partition: due.partition, after_pos, until_pos: i64::MAX, is_backlog: true })
    });
    live.chain(backlog).collect()
}

/// A position of a log that a command has touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Touched {
    /// Which window it was found in.
    pub(super) window: usize,
    pub(super) command_pos: i64,
    pub(super) conversation: Uuid,
    pub(super) seq: i64,
    /// Whether it is a message; else an event.
    pub(super) is_message: bool,
    /// Whether the message there is another one now.
    pub(super) is_changed: bool,
    /// Where the log ends, and whether the message is in a block; none: its conversation is gone.
    pub(super) standing: Option<(i64, bool)>,
}

/// What is made, and how far each window has come.
pub(super) struct Cut {
    pub(super) stretches: Vec<Stretch>,
    pub(super) reached: Vec<i64>,
}

/// Takes as much as the limits allow. `touched` is in the order of the windows and of the commands in them, and has no more than
/// `limits.touched` commands with messages, and as many with events, of each.
pub(super) fn cut(windows: &[Window], touched: Vec<Touched>, limits: Limits) -> Cut {
    let most = usize::try_from(limits.touched).unwrap_or(usize::MAX);
    let mut reached: Vec<_> =
        (0..).zip(windows).map(|(index, window)| last_whole(&touched, index, window, most)).collect();
    let mut stretches = BTreeSet::new();
    let mut messages = 0;
    for one in touched {
        let Some(reached) = reached.get_mut(one.window).filter(|reached| one.command_pos <= **reached) else {
            continue;
        };
        let Some((last_seq, _)) = one.standing.filter(|(_, is_filled)| one.is_changed || !is_filled) else { continue };
        let stretch = Stretch::around(one.conversation, one.seq, last_seq);
        if stretches.contains(&stretch) {
            continue;
        }
        if messages > 0 && messages + stretch.span() > i64::from(limits.messages) {
            // This command, and what comes after it, waits for another round.
            *reached = one.command_pos - 1;
            continue;
        }
        messages += stretch.span();
        stretches.insert(stretch);
    }
    Cut { stretches: stretches.into_iter().collect(), reached }
}

/// Up to where everything of a window was found.
fn last_whole(touched: &[Touched], index: usize, window: &Window, most: usize) -> i64 {
    let end_of = |is_message: bool| {
        let mut found = touched.iter().filter(|one| one.window == index && one.is_message == is_message);
        if found.clone().count() < most {
            window.until_pos
        } else {
            found.next_back().map_or(window.until_pos, |one| one.command_pos)
        }
    };
    end_of(true).min(end_of(false))
}

/// The rows as they are after the round.
pub(super) fn positions(due: &[Due], windows: &[Window], reached: &[i64]) -> Vec<Due> {
    let moved = |due: &Due| {
        let mut due = due.in_current_incarnation();
        for (window, reached) in windows.iter().zip(reached).filter(|(window, _)| window.partition == due.partition) {
            match (window.is_backlog, *reached) {
                (false, reached) => due.pos = reached,
                (true, i64::MAX) => due.backlog_pos = None,
                (true, reached) => due.backlog_pos = Some(reached),
            }
        }
        due
    };
    due.iter().map(moved).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONVERSATION: Uuid = Uuid::from_u128(7);

    fn due(incarnation: i64, pos: i64, backlog_pos: Option<i64>) -> Due {
        Due { partition: 3, incarnation, pos, backlog_pos, current_incarnation: 2, stored_pos: 10 }
    }

    fn window(after_pos: i64, until_pos: i64, is_backlog: bool) -> Window {
        Window { partition: 3, after_pos, until_pos, is_backlog }
    }

    fn touched(window: usize, command_pos: i64, seq: i64) -> Touched {
        let standing = Some((seq, false));
        let conversation = CONVERSATION;
        Touched { window, command_pos, conversation, seq, is_message: true, is_changed: false, standing }
    }

    const LIMITS: Limits = Limits { partitions: 8, touched: 4, messages: 16 };

    #[test]
    fn what_was_stored_last_comes_before_what_is_left() {
        assert_eq!(windows(&[due(2, 4, None)]), [window(4, 10, false)]);
        assert_eq!(windows(&[due(2, 10, Some(-1))]), [window(-1, i64::MAX, true)]);
        assert_eq!(windows(&[due(2, 4, Some(7))]), [window(4, 10, false), window(7, i64::MAX, true)]);
    }

    #[test]
    fn in_another_incarnation_nothing_behind_the_old_position_is_passed_over() {
        assert_eq!(windows(&[due(1, 500, None)]), [window(0, 10, false), window(500, i64::MAX, true)]);
        assert_eq!(windows(&[due(1, 500, Some(90))]), [window(0, 10, false), window(90, i64::MAX, true)]);
        assert_eq!(windows(&[due(1, 50, Some(90))])[1], window(50, i64::MAX, true));
    }

    #[test]
    fn positions_come_as_far_as_everything_is_filled() {
        let (due, windows) = ([due(2, 4, Some(-1))], [window(4, 10, false), window(-1, i64::MAX, true)]);
        let after = |touched: Vec<Touched>| {
            let cut = cut(&windows, touched, LIMITS);
            let moved = positions(&due, &windows, &cut.reached)[0];
            (cut.stretches.len(), moved.pos, moved.backlog_pos)
        };
        assert_eq!(after(Vec::new()), (0, 10, None));
        assert_eq!(after(vec![touched(0, 5, 1), touched(0, 6, 2)]), (1, 10, None), "both in one stretch");
        assert_eq!(
            after(vec![touched(1, 0, 1), touched(1, 1, 9), touched(1, 2, 17), touched(1, 3, 18)]),
            (2, 10, Some(1))
        );
        let limited: Vec<_> = (5..9).map(|pos| touched(0, pos, pos)).collect();
        assert_eq!(after(limited), (2, 8, None), "there may be more behind the last that was looked at");
        let events = (5..9).map(|pos| Touched { is_message: false, ..touched(0, pos, 1) });
        assert_eq!(after(events.chain([touched(0, 10, 9)]).collect()), (1, 8, None), "of events, too");
    }

    #[test]
    fn what_is_filled_is_left_alone_unless_it_changed() {
        let windows = [window(4, 10, false)];
        let filled = Touched { standing: Some((70, true)), ..touched(0, 5, 1) };
        let changed = Touched { is_changed: true, ..filled };
        let gone = Touched { standing: None, ..changed };
        let count = |one| cut(&windows, vec![one], LIMITS).stretches.len();
        assert_eq!((count(filled), count(changed), count(gone)), (0, 1, 0));
    }

    #[test]
    fn a_stretch_of_any_size_is_made_if_it_is_the_first() {
        let whole = Touched { standing: Some((70, false)), ..touched(0, 5, 1) };
        let cut = cut(&[window(4, 10, false)], vec![whole, touched(0, 6, 100)], LIMITS);
        assert_eq!((cut.stretches.len(), cut.reached), (1, vec![5]));
    }
}
