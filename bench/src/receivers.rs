//! The listening end of many sockets: one thread, one shared buffer, no copy and no JSON. Of every message it checks that `seq`
//! follows the one before, and takes the time since it was due.

use std::collections::HashMap;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::Shutdown;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token, Waker};
use tokio::sync::Notify;

use crate::frames::{CLOSE, Frames, PING, PONG, Sight, TEXT, from_client};
use crate::latency::Latencies;

/// The thread's name, by which its CPU time is found.
pub(crate) const THREAD: &str = "receivers";
/// What is read from a socket at once.
const BUFFER_BYTES: usize = 256 * 1024;
/// What wakes the thread; sockets are numbered from 1.
const WAKER: Token = Token(0);
/// How the answer to `resume` begins.
const RESUMED: &[u8] = br#"{"type":"resumed""#;
/// How a position looks that is too far back.
const RESYNC: &[u8] = br#"{"type":"resync_required""#;

/// What is listened for: the messages of one conversation, on so many sockets.
#[derive(Debug)]
pub(crate) struct Audience {
    /// `seq` of the first message that counts.
    first: u64,
    receivers: u32,
    /// Of each message, microseconds from the base to when it was due.
    due: Vec<AtomicU64>,
    base: Instant,
    /// Of how many messages the latency is taken: of each, or of one in so many.
    pub(crate) every: AtomicU64,
    tally: Mutex<Tally>,
    /// Messages that all have, from the first on.
    complete: AtomicU64,
    pub(crate) progress: Notify,
    /// Microseconds from the base to when connections were cut.
    cut: AtomicU64,
}

/// What was heard.
#[derive(Debug, Default)]
struct Tally {
    /// How many have each message.
    reached: Vec<u32>,
    delivered: u64,
    latencies: Latencies,
    out_of_order: u64,
    ended: u64,
    resumed: Latencies,
    resyncs: u64,
}

/// What was heard since the last time one asked.
#[derive(Debug)]
pub(crate) struct Heard {
    /// In all.
    pub(crate) delivered: u64,
    /// In all.
    pub(crate) out_of_order: u64,
    /// Sockets that have ended, in all.
    pub(crate) ended: u64,
    pub(crate) latencies: Latencies,
    /// From the cut to `resumed`.
    pub(crate) resumed: Latencies,
    /// Sockets that were to reload instead, in all.
    pub(crate) resyncs: u64,
}

impl Heard {
    /// How much of it should not have been.
    pub(crate) fn trouble(&self) -> u64 {
        self.out_of_order + self.ended + self.resyncs
    }
}

impl Audience {
    /// For up to `most` messages.
    pub(crate) fn new(first: u64, receivers: u32, most: usize) -> Self {
        Self {
            first,
            receivers,
            due: (0..most).map(|_| AtomicU64::new(0)).collect(),
            base: Instant::now(),
            every: AtomicU64::new(1),
            tally: Mutex::new(Tally { reached: vec![0; most], ..Tally::default() }),
            complete: AtomicU64::new(0),
            progress: Notify::new(),
            cut: AtomicU64::new(0),
        }
    }

    /// `seq` of the first message that counts.
    pub(crate) fn first(&self) -> u64 {
        self.first
    }

    /// The message with this number (from 0) will be due then.
    pub(crate) fn announce(&self, number: u64, due: Instant) {
        let micros = u64::try_from(due.saturating_duration_since(self.base).as_micros()).unwrap_or(u64::MAX);
        if let Some(place) = usize::try_from(number).ok().and_then(|number| self.due.get(number)) {
            place.store(micros, Ordering::Relaxed);
        }
    }

    /// How many messages have come to everybody.
    pub(crate) fn complete(&self) -> u64 {
        self.complete.load(Ordering::Relaxed)
    }

    /// What was heard; latencies are handed over.
    pub(crate) fn heard(&self) -> Heard {
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        let Tally { delivered, out_of_order, ended, resyncs, .. } = *tally;
        let (latencies, resumed) = (std::mem::take(&mut tally.latencies), std::mem::take(&mut tally.resumed));
        Heard { delivered, out_of_order, ended, latencies, resumed, resyncs }
    }

    /// How many have resumed since the last time somebody heard.
    pub(crate) fn resumed(&self) -> usize {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner).resumed.len()
    }

    /// Connections are cut now.
    pub(crate) fn note_cut(&self) {
        self.cut.store(self.now(), Ordering::Relaxed);
    }

    fn now(&self) -> u64 {
        u64::try_from(self.base.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// What else is said in text.
    fn hear_other(&self, tally: &mut Tally, start: &[u8], now: u64) {
        if start.starts_with(RESUMED) {
            let cut = self.cut.load(Ordering::Relaxed);
            tally.resumed.record(Duration::from_micros(now.saturating_sub(cut)));
        }
        tally.resyncs += u64::from(start.starts_with(RESYNC));
    }

    fn hear(&self, tally: &mut Tally, seq: u64, expected: &mut u64, now: u64) {
        tally.out_of_order += u64::from(seq != *expected);
        *expected = seq + 1;
        let Some(number) = seq.checked_sub(self.first) else { return };
        let Some(index) = usize::try_from(number).ok().filter(|index| *index < self.due.len()) else { return };
        tally.delivered += 1;
        tally.reached[index] += 1;
        if number.is_multiple_of(self.every.load(Ordering::Relaxed)) {
            let due = self.due[index].load(Ordering::Relaxed);
            tally.latencies.record(Duration::from_micros(now.saturating_sub(due)));
        }
        if tally.reached[index] == self.receivers {
            self.complete.store(number + 1, Ordering::Relaxed);
            self.progress.notify_one();
        }
    }

    fn note_ended(&self) {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner).ended += 1;
    }
}

/// One socket that is listened to.
pub(crate) struct Listener {
    stream: TcpStream,
    frames: Frames,
    /// `seq` of the next message.
    expected: u64,
    audience: Arc<Audience>,
}

impl Listener {
    /// What was read from it already is heard at once.
    pub(crate) fn new(stream: std::net::TcpStream, rest: &[u8], expected: u64, audience: Arc<Audience>) -> Self {
        let mut listener = Self { stream: TcpStream::from_std(stream), frames: Frames::default(), expected, audience };
        let _goes_on = listener.take(rest);
        listener
    }

    /// Reads what is there; false if the connection has ended.
    fn read(&mut self, buffer: &mut [u8]) -> bool {
        loop {
            match self.stream.read(buffer) {
                Ok(0) => return false,
                Ok(len) => {
                    if !self.take(&buffer[..len]) {
                        return false;
                    }
                    if len < buffer.len() {
                        // Less than was asked for: nothing more is there, and what comes is told.
                        return true;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return true,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return false,
            }
        }
    }

    fn take(&mut self, bytes: &[u8]) -> bool {
        let Self { stream, frames, expected, audience } = self;
        let now = audience.now();
        let mut tally = audience.tally.lock().unwrap_or_else(PoisonError::into_inner);
        let mut goes_on = true;
        frames.feed(bytes, |sight| match (sight.opcode, sight.seq()) {
            (TEXT, Some(seq)) => audience.hear(&mut tally, seq, expected, now),
            (CLOSE, _) => goes_on = false,
            _ => {
                audience.hear_other(&mut tally, sight.start, now);
                if let Some(answer) = answer_to(sight) {
                    // It is an empty socket that this is written to; if it is broken, the next read says so.
                    let _ = stream.write(&answer);
                }
            }
        });
        goes_on
    }
}

/// What has to be said so that the socket stays open.
fn answer_to(sight: Sight<'_>) -> Option<Vec<u8>> {
    match sight {
        Sight { opcode: PING, start } => Some(from_client(PONG, start)),
        Sight { opcode: TEXT, start: b"2" } => Some(from_client(TEXT, b"3")),
        _ => None,
    }
}

/// How a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// With a close frame, as a client does that leaves.
    Clean,
    /// With a reset, as a client does that has crashed.
    Reset,
    /// Nothing is read, said or answered any more, as if the network had gone.
    Silent,
}

enum Order {
    Listen(usize, Listener),
    End(usize, Manner),
    /// All end at once, with a reset; how far each has come is answered.
    Cut(mpsc::Sender<Vec<(usize, u64)>>),
    Stop,
}

/// The thread.
#[derive(Debug)]
pub(crate) struct Receivers {
    orders: mpsc::Sender<Order>,
    waker: Waker,
    thread: JoinHandle<std::io::Result<()>>,
}

impl Receivers {
    /// Listens from now on.
    pub(crate) fn start(listeners: Vec<Listener>) -> anyhow::Result<Self> {
        let poll = Poll::new()?;
        let waker = Waker::new(poll.registry(), WAKER)?;
        let (orders, told) = mpsc::channel();
        let thread = std::thread::Builder::new().name(THREAD.to_owned());
        let thread = thread.spawn(move || Ear { poll, listeners: HashMap::new(), told }.listen());
        let receivers = Self { orders, waker, thread: thread.context("no thread")? };
        for (key, listener) in listeners.into_iter().enumerate() {
            receivers.add(key, listener)?;
        }
        Ok(receivers)
    }

    /// Listens to one more. Keys are its callers'.
    pub(crate) fn add(&self, key: usize, listener: Listener) -> anyhow::Result<()> {
        self.tell(Order::Listen(key, listener))
    }

    /// Ends one.
    pub(crate) fn end(&self, key: usize, manner: Manner) -> anyhow::Result<()> {
        self.tell(Order::End(key, manner))
    }

    /// Resets all connections at once; returns of each the `seq` that it would have heard next.
    pub(crate) fn cut(&self) -> anyhow::Result<Vec<(usize, u64)>> {
        let (answer, answered) = mpsc::channel();
        self.tell(Order::Cut(answer))?;
        answered.recv().context("the listening thread has ended")
    }

    /// Ends; all sockets are closed.
    pub(crate) fn stop(self) -> anyhow::Result<()> {
        self.tell(Order::Stop)?;
        self.thread.join().ok().context("the listening thread panicked")??;
        Ok(())
    }

    fn tell(&self, order: Order) -> anyhow::Result<()> {
        self.orders.send(order).ok().context("the listening thread has ended")?;
        Ok(self.waker.wake()?)
    }
}

struct Ear {
    poll: Poll,
    listeners: HashMap<usize, Listener>,
    told: mpsc::Receiver<Order>,
}

impl Ear {
    fn listen(mut self) -> std::io::Result<()> {
        let (mut events, mut buffer) = (Events::with_capacity(1024), vec![0; BUFFER_BYTES]);
        loop {
            match self.poll.poll(&mut events, None) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                polled => polled?,
            }
            for event in &events {
                if event.token() == WAKER {
                    if !self.obey()? {
                        return Ok(());
                    }
                    continue;
                }
                let key = event.token().0 - 1;
                let Some(listener) = self.listeners.get_mut(&key) else { continue };
                if !listener.read(&mut buffer) {
                    listener.audience.note_ended();
                    self.listeners.remove(&key);
                }
            }
        }
    }

    /// False if it is to stop.
    fn obey(&mut self) -> std::io::Result<bool> {
        while let Ok(order) = self.told.try_recv() {
            match order {
                Order::Listen(key, mut listener) => {
                    self.poll.registry().register(&mut listener.stream, Token(key + 1), Interest::READABLE)?;
                    self.listeners.insert(key, listener);
                }
                Order::End(key, manner) => self.end(key, manner)?,
                Order::Cut(answer) => {
                    let mut positions = Vec::with_capacity(self.listeners.len());
                    for (key, listener) in self.listeners.drain() {
                        positions.push((key, listener.expected));
                        listener.reset()?;
                    }
                    // Whoever asked has gone: then nobody wants to know.
                    let _ = answer.send(positions);
                }
                Order::Stop => return Ok(false),
            }
        }
        Ok(true)
    }

    fn end(&mut self, key: usize, manner: Manner) -> std::io::Result<()> {
        let Some(mut listener) = self.listeners.remove(&key) else { return Ok(()) };
        match manner {
            Manner::Reset => listener.reset(),
            Manner::Clean => {
                // It ends either way.
                let _ = listener.stream.write(&from_client(CLOSE, &1000_u16.to_be_bytes()));
                let _ = listener.stream.shutdown(Shutdown::Write);
                Ok(())
            }
            Manner::Silent => {
                self.poll.registry().deregister(&mut listener.stream)?;
                self.listeners.insert(key, listener);
                Ok(())
            }
        }
    }
}

impl Listener {
    fn reset(self) -> std::io::Result<()> {
        socket2::SockRef::from(&self.stream).set_linger(Some(Duration::ZERO))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hear(audience: &Audience, expected: &mut u64, seqs: &[u64]) {
        let mut tally = audience.tally.lock().unwrap();
        for seq in seqs {
            audience.hear(&mut tally, *seq, expected, 1_000_000);
        }
    }

    #[test]
    fn a_message_is_complete_when_all_have_it() {
        let audience = Audience::new(5, 2, 10);
        let (mut one, mut other) = (4, 4);
        hear(&audience, &mut one, &[4, 5, 6]);
        assert_eq!(audience.complete(), 0);
        hear(&audience, &mut other, &[4, 5]);
        assert_eq!(audience.complete(), 1);
        let heard = audience.heard();
        assert_eq!((heard.delivered, heard.out_of_order), (3, 0));
    }

    #[test]
    fn holes_and_repetitions_are_noted() {
        let audience = Audience::new(1, 1, 10);
        let mut expected = 1;
        hear(&audience, &mut expected, &[1, 3, 3, 4]);
        assert_eq!(audience.heard().out_of_order, 2);
    }

    #[test]
    fn latency_counts_from_when_it_was_due() {
        let audience = Audience::new(1, 1, 10);
        audience.announce(0, audience.base + Duration::from_millis(999));
        hear(&audience, &mut 1, &[1]);
        assert!((audience.heard().latencies.summary().max - 1.0).abs() < 0.01);
    }

    #[test]
    fn pings_of_both_kinds_are_answered() {
        assert!(answer_to(Sight { opcode: PING, start: b"x" }).is_some());
        assert!(answer_to(Sight { opcode: TEXT, start: b"2" }).is_some());
        assert_eq!(answer_to(Sight { opcode: TEXT, start: b"22" }), None);
    }
}
