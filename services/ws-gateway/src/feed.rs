//! What one socket has been sent of its conversation's log, and what it is to be sent next. Pure.

use chat_protocol::frame::Resume;
use chat_protocol::ids::Seq;
use chat_runtime::faults;

/// How a resume is answered at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// What is missing follows, then `resumed`.
    Replaying,
    /// The client reloads: `resync_required`.
    Resync,
    /// Another resume is under way.
    Busy,
    /// The client is ahead of what is known here: the log has to be asked how far it reaches.
    AskLog,
}

/// Which part of the log is to be sent next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    /// Nothing, until a resume comes.
    Nothing,
    /// What follows this position, as it happens.
    Live {
        /// Exclusive.
        after: Seq,
    },
    /// What was missed.
    Replay {
        /// Exclusive.
        after: Seq,
        /// Inclusive.
        until: Seq,
    },
}

/// How a replay came about that is at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replayed {
    /// The client asked, and is to be told.
    Asked,
    /// The reader had fallen behind.
    Unasked,
}

/// The state of one reader. Everything in `(low, high]` was sent on this socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    low: Seq,
    high: Seq,
    is_held: bool,
    replay: Option<Replay>,
    max_replay: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Replay {
    at: Seq,
    until: Seq,
    /// None for a replay that nobody asked for.
    asked_from: Option<Seq>,
}

impl Feed {
    /// A reader that starts behind `head`; with `is_held` nothing live comes before the first resume is done.
    #[must_use]
    pub fn new(head: Seq, is_held: bool, max_replay: i64) -> Self {
        Self { low: head, high: head, is_held, replay: None, max_replay }
    }

    /// The newest position that was sent or need not be sent.
    #[must_use]
    pub fn last_seq(&self) -> Seq {
        self.high
    }

    /// The client has everything up to a position. `head` is the newest position that is known here.
    pub fn resume(&mut self, asked: Resume, log_epoch: i64, head: Seq) -> Answer {
        if self.replay.is_some() {
            return Answer::Busy;
        }
        if asked.log_epoch.is_some_and(|epoch| epoch != log_epoch) {
            return self.resync();
        }
        if asked.after_seq > head.max(self.high) {
            return Answer::AskLog;
        }
        self.resume_within(asked.after_seq)
    }

    /// Like [`resume`](Self::resume), once the log has said how far it reaches.
    pub fn resume_with_log(&mut self, after: Seq, log_head: Seq) -> Answer {
        if self.replay.is_some() {
            return Answer::Busy;
        }
        if after > log_head {
            return self.resync();
        }
        self.resume_within(after)
    }

    fn resume_within(&mut self, after: Seq) -> Answer {
        if after > self.high && self.low == self.high {
            // Nothing was sent yet, and the client has this much from elsewhere.
            (self.low, self.high) = (after, after);
        }
        if after >= self.low {
            // Everything in between was sent on this socket, or follows live.
            self.replay = Some(Replay { at: self.low, until: self.low, asked_from: Some(self.low) });
        } else if self.low.0 - after.0 > self.max_replay {
            return self.resync();
        } else {
            let at = if faults::on("mutant.resume_from_n") { Seq((after.0 - 1).max(0)) } else { after };
            self.replay = Some(Replay { at, until: self.low, asked_from: Some(after) });
        }
        Answer::Replaying
    }

    /// The missing part cannot be brought: goes on live.
    pub fn resync(&mut self) -> Answer {
        self.replay = None;
        self.is_held = false;
        Answer::Resync
    }

    /// What is to be sent next.
    #[must_use]
    pub fn want(&self) -> Want {
        match self.replay {
            Some(replay) => Want::Replay { after: replay.at, until: replay.until },
            None if self.is_held => Want::Nothing,
            None => Want::Live { after: self.high },
        }
    }

    /// A live event was sent.
    pub fn sent_live(&mut self, seq: Seq) {
        self.high = seq;
    }

    /// A replayed event was sent.
    pub fn sent_replay(&mut self, seq: Seq) {
        if let Some(replay) = &mut self.replay {
            replay.at = seq;
        }
    }

    /// Whether everything that was missed has been sent, and `resumed` is due if somebody asked for it.
    #[must_use]
    pub fn replayed(&self) -> Option<Replayed> {
        let replay = self.replay.filter(|replay| replay.at >= replay.until)?;
        Some(if replay.asked_from.is_some() { Replayed::Asked } else { Replayed::Unasked })
    }

    /// Whether something that was missed is being sent.
    #[must_use]
    pub fn is_replaying(&self) -> bool {
        self.replay.is_some()
    }

    /// Goes live without a resume.
    pub fn release(&mut self) {
        self.is_held = false;
    }

    /// If the replay has come to its end, it is over. True if `resumed` is due.
    pub fn finish_replay(&mut self) -> bool {
        let Some(replay) = self.replay.filter(|replay| replay.at >= replay.until) else { return false };
        self.replay = None;
        self.is_held = false;
        self.high = self.high.max(replay.until);
        if let Some(from) = replay.asked_from {
            self.low = from.min(self.low);
        }
        replay.asked_from.is_some()
    }

    /// The ring no longer reaches back to this reader, which could be written to all the while: a burst, or a ring that
    /// moved on during a replay. What is missing up to `head` is replayed, without a word about it.
    pub fn catch_up(&mut self, head: Seq) {
        self.replay = Some(Replay { at: self.high, until: head, asked_from: None });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const EPOCH: i64 = 1;

    fn resume(after: i64) -> Resume {
        Resume { after_seq: Seq(after), log_epoch: None }
    }

    /// Sends everything that is wanted from a log of `1..=head`; returns it.
    fn pump(feed: &mut Feed, head: i64, resumed: &mut u32) -> Vec<i64> {
        let mut sent = Vec::new();
        loop {
            match feed.want() {
                Want::Live { after } if after.0 < head => {
                    sent.push(after.0 + 1);
                    feed.sent_live(after.next());
                }
                Want::Replay { after, until } if after < until => {
                    sent.push(after.0 + 1);
                    feed.sent_replay(after.next());
                }
                Want::Replay { .. } => *resumed += u32::from(feed.finish_replay()),
                _ => return sent,
            }
        }
    }

    #[test]
    fn resume_brings_what_is_missing_and_then_goes_on() {
        let mut feed = Feed::new(Seq(10), false, 100);
        let mut resumed = 0;
        assert_eq!(pump(&mut feed, 12, &mut resumed), [11, 12]);
        assert_eq!(feed.resume(resume(7), EPOCH, Seq(12)), Answer::Replaying);
        assert_eq!(pump(&mut feed, 13, &mut resumed), [8, 9, 10, 13]);
        assert_eq!(resumed, 1);
    }

    #[test]
    fn held_feed_sends_nothing_live_before_the_resume() {
        let mut feed = Feed::new(Seq(3), true, 100);
        let mut resumed = 0;
        assert_eq!(pump(&mut feed, 5, &mut resumed), [0; 0]);
        feed.resume(resume(1), EPOCH, Seq(5));
        assert_eq!(pump(&mut feed, 5, &mut resumed), [2, 3, 4, 5]);
        assert_eq!(resumed, 1);
    }

    #[test]
    fn too_far_behind_ahead_or_of_another_epoch_is_resynced() {
        let mut feed = Feed::new(Seq(1000), false, 10);
        assert_eq!(feed.resume(resume(989), EPOCH, Seq(1000)), Answer::Resync);
        assert_eq!(feed.resume(resume(1001), EPOCH, Seq(1000)), Answer::AskLog);
        assert_eq!(feed.resume_with_log(Seq(1001), Seq(1000)), Answer::Resync);
        let other = Resume { after_seq: Seq(1000), log_epoch: Some(EPOCH + 1) };
        assert_eq!(feed.resume(other, EPOCH, Seq(1000)), Answer::Resync);
        assert_eq!(feed.want(), Want::Live { after: Seq(1000) });
    }

    #[test]
    fn second_resume_waits_for_the_first() {
        let mut feed = Feed::new(Seq(5), false, 10);
        feed.resume(resume(1), EPOCH, Seq(5));
        assert_eq!(feed.resume(resume(2), EPOCH, Seq(5)), Answer::Busy);
    }

    #[test]
    fn overtaken_reader_catches_up_without_a_word() {
        let mut feed = Feed::new(Seq(4), false, 10);
        let mut resumed = 0;
        pump(&mut feed, 5, &mut resumed);
        feed.catch_up(Seq(9));
        assert_eq!(pump(&mut feed, 11, &mut resumed), [6, 7, 8, 9, 10, 11]);
        assert_eq!(resumed, 0);
    }

    proptest! {
        /// Whatever comes when: nothing twice; after `resumed` nothing between the position and the head is missing;
        /// live events rise; a resume never makes a live event go missing.
        #[test]
        fn nothing_twice_and_nothing_missing(
            start in 0_i64..20, is_held: bool,
            steps in proptest::collection::vec((0_i64..5, proptest::option::of(0_i64..40)), 1..12),
        ) {
            let mut head = start;
            let mut feed = Feed::new(Seq(head), is_held, 1000);
            let (mut sent, mut resumed) = (Vec::new(), 0);
            let mut expected = 0;
            for (arrived, asked) in steps {
                head += arrived;
                if let Some(after) = asked.filter(|after| *after <= head)
                    && feed.resume(resume(after), EPOCH, Seq(head)) == Answer::Replaying
                {
                    expected += 1;
                    sent.extend(pump(&mut feed, head, &mut resumed));
                    let missing: Vec<_> = (after + 1..=head).filter(|seq| !sent.contains(seq)).collect();
                    prop_assert!(missing.is_empty(), "missing {missing:?} after resume({after})");
                } else {
                    sent.extend(pump(&mut feed, head, &mut resumed));
                }
            }
            let mut unique = sent.clone();
            unique.sort_unstable();
            unique.dedup();
            prop_assert_eq!(unique.len(), sent.len(), "something was sent twice");
            prop_assert_eq!(resumed, expected);
        }
    }
}
