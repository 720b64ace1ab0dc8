//! The last events of one conversation, in order and without holes, each framed once. A reader is but the position up to
//! which it has read: an idle one costs nothing, a slow one is overtaken. Pure.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use chat_protocol::event::{EventFacts, EventKind};
use chat_protocol::ids::Seq;
use chat_protocol::rpc::FramedEvent;
use chat_runtime::faults;
use chat_websocket::Frame;

use crate::arrival::Arrival;
use crate::batch::Batch;

/// Events that arrived before their turn may be this many at the most; then the hole is fetched from the log.
const MAX_EARLY: usize = 10_000;

/// How much a ring holds.
#[derive(Debug, Clone, Copy)]
pub struct RingLimits {
    /// Events.
    pub events: usize,
    /// Bytes of frames.
    pub bytes: usize,
}

/// The reader was overtaken: what it wanted next is no longer here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overtaken;

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its position in the log.
    pub seq: Seq,
    /// Which event; none for one of a later version.
    pub kind: Option<EventKind>,
    /// What has to be known of it.
    pub facts: EventFacts,
    /// Its frame.
    pub frame: Frame,
    /// How it came here, if it came as it happened.
    pub arrival: Arrival,
}

impl From<FramedEvent> for Entry {
    fn from(event: FramedEvent) -> Self {
        let (frame, arrival) = (event.frame.get().into(), Arrival::default());
        Self { seq: event.seq, kind: Some(event.kind), facts: event.facts, frame, arrival }
    }
}

/// The ring of one conversation.
#[derive(Debug)]
pub struct Ring {
    limits: RingLimits,
    entries: VecDeque<Entry>,
    bytes: usize,
    /// The next event that may be appended; none until the head of the log was learned once.
    next: Option<Seq>,
    /// The newest position that is known to exist.
    known_head: Seq,
    early: BTreeMap<Seq, Entry>,
    /// What was read last: most readers want the same.
    batch: Option<Arc<Batch>>,
}

impl Ring {
    /// An empty ring that does not know yet where the log stands.
    #[must_use]
    pub fn new(limits: RingLimits) -> Self {
        let (entries, early) = (VecDeque::new(), BTreeMap::new());
        Self { limits, entries, bytes: 0, next: None, known_head: Seq(0), early, batch: None }
    }

    /// The log is known to reach up to `head`. The first time this is where the ring begins.
    pub fn learn_head(&mut self, head: Seq) -> bool {
        self.known_head = self.known_head.max(head);
        if self.next.is_some() {
            return false;
        }
        self.next = Some(head.next());
        self.early = self.early.split_off(&head.next());
        self.append_early()
    }

    /// The log is said to reach up to `head`: what is missing up to there is a hole. Does not begin the ring.
    pub fn note_head(&mut self, head: Seq) {
        self.known_head = self.known_head.max(head);
    }

    /// Takes an event in, in any order and as often as it comes. True if readers have something new.
    pub fn insert(&mut self, entry: Entry) -> bool {
        let seq = entry.seq;
        self.known_head = self.known_head.max(seq);
        match self.next {
            Some(next) if seq < next => false,
            Some(next) if seq == next || faults::on("mutant.no_hole_check") => {
                self.append(entry);
                self.append_early();
                true
            }
            _ => {
                if self.early.len() < MAX_EARLY {
                    self.early.insert(seq, entry);
                }
                false
            }
        }
    }

    fn append_early(&mut self) -> bool {
        let mut appended = false;
        while let Some(next) = self.next
            && let Some(entry) = self.early.remove(&next)
        {
            self.append(entry);
            appended = true;
        }
        appended
    }

    /// Of a deleted message nothing stays here: readers who come to it from before get it from the log, as it is now.
    fn forget_text(&mut self, entry: &Entry) {
        let (Some(EventKind::MessageDeleted), Some(message)) = (entry.kind, entry.facts.concerns) else { return };
        let tells = |other: &Entry| other.seq == message || other.facts.concerns == Some(message);
        while self.entries.iter().any(tells)
            && let Some(oldest) = self.entries.pop_front()
        {
            self.bytes -= oldest.frame.len();
        }
    }

    fn append(&mut self, entry: Entry) {
        self.batch = None;
        self.forget_text(&entry);
        self.bytes += entry.frame.len();
        self.next = Some(entry.seq.next());
        self.entries.push_back(entry);
        while self.entries.len() > self.limits.events || (self.bytes > self.limits.bytes && self.entries.len() > 1) {
            if let Some(oldest) = self.entries.pop_front() {
                self.bytes -= oldest.frame.len();
            }
        }
    }

    /// After which position something is missing that exists.
    #[must_use]
    pub fn hole_after(&self) -> Option<Seq> {
        let next = self.next?;
        (self.known_head >= next).then_some(Seq(next.0 - 1))
    }

    /// The newest position that readers can have from here.
    #[must_use]
    pub fn last_seq(&self) -> Option<Seq> {
        self.next.map(|next| Seq(next.0 - 1))
    }

    /// Whether a reader that has everything up to `after` can go on from here.
    #[must_use]
    pub fn reaches_back_to(&self, after: Seq) -> bool {
        self.read_after(after, 0, &mut Vec::new()).is_ok()
    }

    /// Copies up to `max` entries after a position into `into`. A position ahead of the ring reads nothing yet.
    pub fn read_after(&self, after: Seq, max: usize, into: &mut Vec<Entry>) -> Result<(), Overtaken> {
        let skip = self.index_after(after)?;
        into.extend(self.entries.iter().skip(skip).take(max).cloned());
        Ok(())
    }

    /// What follows a position, framed together: up to `max` entries, or fewer if they are large. None if there is nothing yet.
    pub fn batch_after(&mut self, after: Seq, max: usize) -> Result<Option<Arc<Batch>>, Overtaken> {
        if let Some(batch) = self.batch.as_ref().filter(|batch| batch.after() == after) {
            return Ok(Some(batch.clone()));
        }
        let skip = self.index_after(after)?;
        let batch = Batch::gather(after, self.entries.iter().skip(skip).take(max)).map(Arc::new);
        if batch.is_some() {
            self.batch.clone_from(&batch);
        }
        Ok(batch)
    }

    fn index_after(&self, after: Seq) -> Result<usize, Overtaken> {
        let next = self.next.ok_or(Overtaken)?;
        let first = self.entries.front().map_or(next, |entry| entry.seq);
        let skip = usize::try_from(after.next().0.saturating_sub(first.0)).map_err(|_| Overtaken);
        if faults::on("mutant.silent_drop") { Ok(skip.unwrap_or(0)) } else { skip }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIMITS: RingLimits = RingLimits { events: 4, bytes: 1000 };

    fn entry_with(seq: i64, frame: impl Into<Frame>) -> Entry {
        let frame = frame.into();
        let (facts, arrival) = (EventFacts::default(), Arrival::default());
        Entry { seq: Seq(seq), kind: Some(EventKind::MessageReceived), facts, frame, arrival }
    }

    fn entry(seq: i64) -> Entry {
        entry_with(seq, seq.to_string())
    }

    fn started(head: i64) -> Ring {
        let mut ring = Ring::new(LIMITS);
        ring.learn_head(Seq(head));
        ring
    }

    fn read(ring: &Ring, after: i64) -> Vec<i64> {
        let mut into = Vec::new();
        ring.read_after(Seq(after), 100, &mut into).unwrap();
        into.iter().map(|entry| entry.seq.0).collect()
    }

    #[test]
    fn nothing_leaves_before_the_head_is_known() {
        let mut ring = Ring::new(LIMITS);
        assert!(!ring.insert(entry(6)) && !ring.insert(entry(5)));
        assert!(!ring.reaches_back_to(Seq(4)));
        assert!(ring.learn_head(Seq(4)));
        assert_eq!(read(&ring, 4), [5, 6]);
    }

    #[test]
    fn what_the_head_covers_is_not_told_again() {
        let mut ring = Ring::new(LIMITS);
        ring.insert(entry(4));
        ring.insert(entry(5));
        ring.learn_head(Seq(4));
        assert_eq!(read(&ring, 4), [5]);
        assert!(!ring.reaches_back_to(Seq(3)));
    }

    #[test]
    fn hole_holds_back_what_comes_after() {
        let mut ring = started(1);
        assert!(!ring.insert(entry(3)));
        assert_eq!(read(&ring, 1), [0; 0]);
        assert_eq!(ring.hole_after(), Some(Seq(1)));
        assert!(ring.insert(entry(2)));
        assert_eq!(read(&ring, 1), [2, 3]);
        assert_eq!(ring.hole_after(), None);
    }

    #[test]
    fn a_head_without_its_event_is_a_hole() {
        let mut ring = started(1);
        ring.note_head(Seq(2));
        assert_eq!(ring.hole_after(), Some(Seq(1)));
        let mut fresh = Ring::new(LIMITS);
        fresh.note_head(Seq(2));
        assert_eq!(fresh.hole_after(), None);
    }

    #[test]
    fn slow_reader_is_overtaken() {
        let mut ring = started(0);
        for seq in 1..=4 {
            ring.insert(entry(seq));
        }
        assert_eq!(read(&ring, 0), [1, 2, 3, 4]);
        ring.insert(entry(5));
        assert_eq!(ring.read_after(Seq(0), 10, &mut Vec::new()), Err(Overtaken));
        assert_eq!(read(&ring, 1), [2, 3, 4, 5]);
    }

    #[test]
    fn text_of_a_deleted_message_is_in_the_ring_no_more() {
        let mut ring = started(0);
        for seq in 1..=3 {
            ring.insert(entry(seq));
        }
        let mut edit = entry(4);
        (edit.kind, edit.facts.concerns) = (Some(EventKind::MessageEdited), Some(Seq(2)));
        let mut deletion = entry(5);
        (deletion.kind, deletion.facts.concerns) = (Some(EventKind::MessageDeleted), Some(Seq(2)));
        ring.insert(edit.clone());
        assert_eq!(read(&ring, 0), [1, 2, 3, 4]);
        ring.insert(deletion);
        assert_eq!(ring.read_after(Seq(3), 10, &mut Vec::new()), Err(Overtaken));
        assert_eq!(read(&ring, 4), [5]);
        assert_eq!(ring.bytes, 1);
    }

    #[test]
    fn reader_ahead_of_the_ring_waits() {
        let mut ring = started(3);
        assert_eq!(read(&ring, 5), [0; 0]);
        for seq in 4..=6 {
            ring.insert(entry(seq));
        }
        assert_eq!(read(&ring, 5), [6]);
    }

    #[test]
    fn bytes_bound_the_ring_but_the_newest_stays() {
        let mut ring = Ring::new(RingLimits { events: 100, bytes: 10 });
        ring.learn_head(Seq(0));
        ring.insert(entry_with(1, "x".repeat(8)));
        ring.insert(entry_with(2, "y".repeat(50)));
        assert_eq!(ring.entries.len(), 1);
        assert_eq!(ring.bytes, 50);
    }

    proptest! {
        /// A ring that was fed live with losses and repaired from the log ends up as one that was fed the whole log.
        #[test]
        fn repaired_ring_equals_fresh_ring(
            lost in proptest::collection::vec(any::<bool>(), 1..60),
            fill_page in 1_i64..20,
        ) {
            let limits = RingLimits { events: 16, bytes: 1_000_000 };
            let (mut hybrid, mut fresh) = (Ring::new(limits), Ring::new(limits));
            hybrid.learn_head(Seq(0));
            fresh.learn_head(Seq(0));
            for (seq, is_lost) in (1..).zip(&lost) {
                fresh.insert(entry(seq));
                if !is_lost {
                    hybrid.insert(entry(seq));
                }
            }
            let head = i64::try_from(lost.len()).unwrap();
            hybrid.note_head(Seq(head));
            while let Some(after) = hybrid.hole_after() {
                for seq in (after.0 + 1..=head).take(usize::try_from(fill_page).unwrap()) {
                    hybrid.insert(entry(seq));
                }
            }
            prop_assert_eq!(&hybrid.entries, &fresh.entries);
            prop_assert_eq!(hybrid.bytes, fresh.bytes);
            prop_assert!(hybrid.early.is_empty());
        }

        /// Whatever the order, repetitions and losses: what a reader gets is dense, ordered and each once.
        #[test]
        fn readers_see_a_dense_prefix(arrivals in proptest::collection::vec(1_i64..40, 0..200), head in 0_i64..5) {
            let mut ring = Ring::new(RingLimits { events: 1000, bytes: 1_000_000 });
            ring.learn_head(Seq(head));
            let (mut got, mut seen) = (Vec::new(), std::collections::BTreeSet::new());
            for seq in arrivals {
                ring.insert(entry(seq));
                seen.insert(seq);
                got.extend(read(&ring, got.last().copied().unwrap_or(head)));
            }
            let dense: Vec<i64> = (head + 1..50).take_while(|seq| seen.contains(seq)).collect();
            prop_assert_eq!(&got, &dense);
            let is_complete = seen.iter().all(|seq| *seq <= head || dense.contains(seq));
            prop_assert_eq!(ring.hole_after().is_none(), is_complete);
        }
    }
}
