//! What waits to be sent on one connection: bounded, so that a client that does not read is felt by the sessions that
//! write to it.

use std::collections::VecDeque;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// Bytes that may wait while sessions go on. What is over it counts as a reader that does not read.
const RELAXED_BYTES: usize = 64 * 1024;
/// Bytes that may wait at all; whoever has more to say waits.
const MAX_BYTES: usize = 1024 * 1024;
/// What a packet costs besides its bytes.
const PACKET_COST: usize = 64;

/// The packets of one connection that wait.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    queue: Mutex<Queue>,
    /// Notified when packets came or went.
    changed: Notify,
}

#[derive(Debug, Default)]
struct Queue {
    packets: VecDeque<Utf8Bytes>,
    bytes: usize,
}

impl Queue {
    fn push(&mut self, packet: Utf8Bytes) {
        self.bytes += packet.len() + PACKET_COST;
        self.packets.push_back(packet);
    }
}

impl Outgoing {
    /// Puts a packet behind the others, in any case: for the few that a connection itself has to say.
    pub(super) fn push(&self, packet: impl Into<Utf8Bytes>) {
        self.queue.lock().push(packet.into());
        self.changed.notify_waiters();
    }

    /// Puts a packet behind the others, once there is room for it. Goes out with the next [`flush`](Self::flush).
    pub(super) async fn feed(&self, packet: Utf8Bytes) {
        let push = |queue: &mut Queue| (queue.bytes < MAX_BYTES).then(|| queue.push(packet.clone()));
        if push(&mut self.queue.lock()).is_none() {
            self.changed.notify_waiters();
            self.until(push).await;
        }
    }

    /// Tells whoever sends that there is something; waits as long as the other end is far behind.
    pub(super) async fn flush(&self) {
        self.changed.notify_waiters();
        self.until(|queue| (queue.bytes <= RELAXED_BYTES).then_some(())).await;
    }

    /// Takes packets of at most so many bytes, but one at least if there is any.
    pub(super) fn take(&self, max_bytes: usize) -> Vec<Utf8Bytes> {
        let mut queue = self.queue.lock();
        let (mut count, mut bytes) = (0, 0);
        for packet in &queue.packets {
            bytes += packet.len() + 1;
            if count > 0 && bytes > max_bytes {
                break;
            }
            count += 1;
        }
        let taken: Vec<_> = queue.packets.drain(..count).collect();
        queue.bytes -= taken.iter().map(|packet| packet.len() + PACKET_COST).sum::<usize>();
        drop(queue);
        if !taken.is_empty() {
            self.changed.notify_waiters();
        }
        taken
    }

    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.queue.lock().packets.is_empty()
    }

    /// Whoever waits here looks again.
    pub(super) fn look_again(&self) {
        self.changed.notify_waiters();
    }

    /// Waits until `check` finds something, looking again whenever packets came or went. Safe to cancel.
    pub(super) async fn until_some<T>(&self, mut check: impl FnMut() -> Option<T>) -> T {
        loop {
            let changed = self.changed.notified();
            if let Some(found) = check() {
                return found;
            }
            changed.await;
        }
    }

    async fn until<T>(&self, mut check: impl FnMut(&mut Queue) -> Option<T>) -> T {
        self.until_some(|| check(&mut self.queue.lock())).await
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures_util::FutureExt as _;

    use super::*;

    fn packet(bytes: usize) -> Utf8Bytes {
        "x".repeat(bytes).into()
    }

    #[test]
    fn writers_wait_while_nobody_reads() {
        let outgoing = Outgoing::default();
        assert!(outgoing.feed(packet(RELAXED_BYTES + 1)).now_or_never().is_some());
        let mut flush = pin!(outgoing.flush());
        assert!(flush.as_mut().now_or_never().is_none(), "far behind");
        assert_eq!(outgoing.take(usize::MAX).len(), 1);
        assert!(flush.now_or_never().is_some());
        while outgoing.feed(packet(100_000)).now_or_never().is_some() {}
        assert!(outgoing.queue.lock().bytes < MAX_BYTES + 101_000, "no more waits than that");
        outgoing.push("2");
        let all = outgoing.take(usize::MAX);
        assert_eq!(all.last().map(Utf8Bytes::as_str), Some("2"), "what the connection says itself is not held up");
        assert!(outgoing.is_empty());
    }

    #[test]
    fn payloads_are_bounded_and_never_empty() {
        let outgoing = Outgoing::default();
        for bytes in [300, 50, 50, 50] {
            outgoing.push(packet(bytes));
        }
        let lengths = |packets: Vec<Utf8Bytes>| packets.iter().map(|packet| packet.len()).collect::<Vec<_>>();
        assert_eq!(lengths(outgoing.take(110)), [300]);
        assert_eq!(lengths(outgoing.take(110)), [50, 50]);
        assert_eq!(lengths(outgoing.take(110)), [50]);
        assert_eq!(lengths(outgoing.take(110)), [0; 0]);
    }
}
