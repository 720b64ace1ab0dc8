//! What all sockets of a run share: whose turn it is, what was sent and what has come. One thread, so no locks.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ops::Sub;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::sleep;

use crate::ack::text_of;
use crate::latency::Latencies;
use crate::pace::Order;
use crate::people::Size;

/// How often it is looked whether everything has come.
const LOOK: Duration = Duration::from_millis(20);

/// How much of everything.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) sent: u64,
    pub(crate) acked: u64,
    pub(crate) refused: u64,
    /// To all sockets, the sender's too.
    pub(crate) delivered: u64,
    /// Marks that were sent.
    pub(crate) marked: u64,
}

impl Sub for Count {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self {
            sent: self.sent - other.sent,
            acked: self.acked - other.acked,
            refused: self.refused - other.refused,
            delivered: self.delivered - other.delivered,
            marked: self.marked - other.marked,
        }
    }
}

/// What stands at the beginning of each text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Label {
    pub(super) sender: usize,
    is_measured: bool,
    intended: Duration,
}

/// Everybody.
pub(crate) struct Crowd {
    /// Begins each text, so that those of another run are not taken for ours.
    tag: String,
    filler: String,
    base: Instant,
    size: Size,
    /// In the order of the seats: the first member of each conversation, then the second of each, and so on.
    orders: Vec<UnboundedSender<Order>>,
    /// Whose turn it is in each conversation.
    turns: RefCell<Vec<usize>>,
    is_refilled: Cell<bool>,
    /// Whether everybody marks what others say as soon as it has come.
    pub(crate) is_marked: Cell<bool>,
    step: Cell<usize>,
    pub(crate) count: Cell<Count>,
    acks: RefCell<Latencies>,
    deliveries: RefCell<Latencies>,
    /// Why sockets have ended.
    pub(crate) closed: RefCell<BTreeMap<String, u64>>,
}

impl Crowd {
    pub(super) fn new(size: Size, content_bytes: usize) -> (Self, Vec<UnboundedReceiver<Order>>) {
        let (senders, receivers) = (0..size.conversations * size.members).map(|_| unbounded_channel()).unzip();
        let crowd = Self {
            tag: format!("m{:08x}.", rand::random::<u32>()),
            filler: text_of(content_bytes),
            base: Instant::now(),
            size,
            orders: senders,
            turns: RefCell::new(vec![0; size.conversations]),
            is_refilled: Cell::new(false),
            is_marked: Cell::new(false),
            step: Cell::new(0),
            count: Cell::default(),
            acks: RefCell::default(),
            deliveries: RefCell::default(),
            closed: RefCell::default(),
        };
        (crowd, receivers)
    }

    /// For a thread that gives out orders at fixed times.
    pub(super) fn senders(&self) -> Vec<UnboundedSender<Order>> {
        self.orders.clone()
    }

    /// So many messages in each conversation, and another one for each that is answered.
    pub(super) fn begin(&self, window: u32) {
        self.is_refilled.set(true);
        for _ in 0..window {
            for conversation in 0..self.size.conversations {
                self.order(conversation);
            }
        }
    }

    pub(super) fn start_counting(&self) -> Count {
        self.step.set(1);
        self.count.get()
    }

    pub(super) fn stop(&self) -> Count {
        self.is_refilled.set(false);
        self.step.set(0);
        self.count.get()
    }

    /// Waits until everything has come, but not for ever.
    pub(super) async fn drain(&self, before: Count, limit: Duration) {
        let deadline = Instant::now() + limit;
        let members = u64::try_from(self.size.members).unwrap_or(u64::MAX);
        while Instant::now() < deadline {
            let all = self.count.get() - before;
            if all.acked + all.refused >= all.sent && all.delivered >= all.acked * members {
                return;
            }
            sleep(LOOK).await;
        }
    }

    /// Of acknowledgements and of deliveries, since the last time.
    pub(super) fn take_latencies(&self) -> (Latencies, Latencies) {
        (self.acks.take(), self.deliveries.take())
    }

    /// The next one of the conversation speaks.
    fn order(&self, conversation: usize) {
        let turn = &mut self.turns.borrow_mut()[conversation];
        let member = *turn % self.size.members;
        *turn += 1;
        let order = Order { step: self.step.get(), number: 0, intended: Instant::now() };
        // A socket that has ended is told of in `closed`.
        let _gone = self.orders[member * self.size.conversations + conversation].send(order);
    }

    /// A label for a message, and the text that begins with it.
    pub(super) fn text(&self, sender: usize, order: Order) -> (String, String) {
        self.update(|count| count.sent += 1);
        let micros = order.intended.saturating_duration_since(self.base).as_micros();
        let label = format!("{}{sender}.{}.{micros}.{}", self.tag, order.step, self.count.get().sent);
        let rest = self.filler.get(label.len() + 1..).unwrap_or_default();
        let text = format!("{label} {rest}");
        (label, text)
    }

    /// Finds the label in a frame.
    pub(super) fn label(&self, frame: &[u8]) -> Option<Label> {
        let at = memchr::memmem::find(frame, self.tag.as_bytes())? + self.tag.len();
        let mut parts = frame[at..].splitn(4, |byte| *byte == b'.');
        let (sender, step, micros) = (number(parts.next()?)?, number(parts.next()?)?, number(parts.next()?)?);
        let sender = usize::try_from(sender).ok()?;
        Some(Label { sender, is_measured: step == 1, intended: Duration::from_micros(micros) })
    }

    pub(super) fn hear_ack(&self, label: Label) {
        self.update(|count| count.acked += 1);
        if label.is_measured {
            self.acks.borrow_mut().record(self.since(label));
        }
        if self.is_refilled.get() {
            self.order(label.sender % self.size.conversations);
        }
    }

    pub(super) fn hear_event(&self, label: Label) {
        self.update(|count| count.delivered += 1);
        if label.is_measured {
            self.deliveries.borrow_mut().record(self.since(label));
        }
    }

    pub(super) fn hear_refusal(&self) {
        self.update(|count| count.refused += 1);
    }

    pub(super) fn note_mark(&self) {
        self.update(|count| count.marked += 1);
    }

    pub(super) fn note_end(&self, reason: &str) {
        *self.closed.borrow_mut().entry(reason.to_owned()).or_default() += 1;
    }

    fn since(&self, label: Label) -> Duration {
        self.base.elapsed().saturating_sub(label.intended)
    }

    fn update(&self, change: impl FnOnce(&mut Count)) {
        let mut count = self.count.get();
        change(&mut count);
        self.count.set(count);
    }
}

/// None if there is anything but digits.
fn number(digits: &[u8]) -> Option<u64> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crowd() -> (Crowd, Vec<UnboundedReceiver<Order>>) {
        Crowd::new(Size { conversations: 3, members: 2 }, 100)
    }

    #[test]
    fn text_is_as_long_as_asked_for_and_says_who_and_when() {
        let (crowd, _orders) = crowd();
        let order = Order { step: 1, number: 0, intended: crowd.base + Duration::from_micros(77) };
        let (label, text) = crowd.text(5, order);
        assert_eq!(text.len(), 100);
        assert!(text.starts_with(&label));
        let heard = crowd.label(format!("[\"{text}\"]").as_bytes());
        assert_eq!(heard, Some(Label { sender: 5, is_measured: true, intended: Duration::from_micros(77) }));
        assert_eq!(crowd.label(b"m00000000.1.1.1.1 somebody else's"), None);
    }

    #[test]
    fn everybody_speaks_in_turn_and_each_answer_calls_the_next() {
        let (crowd, mut orders) = crowd();
        crowd.begin(1);
        let mut called = |index: usize| orders[index].try_recv().is_ok();
        assert_eq!([0, 1, 2, 3, 4, 5].map(&mut called), [true, true, true, false, false, false]);
        crowd.hear_ack(Label { sender: 1, is_measured: false, intended: Duration::ZERO });
        assert_eq!([0, 1, 2, 3, 4, 5].map(&mut called), [false, false, false, false, true, false]);
        crowd.stop();
        crowd.hear_ack(Label { sender: 4, is_measured: false, intended: Duration::ZERO });
        assert_eq!([0, 1, 2, 3, 4, 5].map(&mut called), [false; 6]);
    }
}
