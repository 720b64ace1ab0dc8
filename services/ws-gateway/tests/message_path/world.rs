//! The world around: who does what next, what is lost on the way, who dies; and in the end, whether the promises were kept.

use std::collections::VecDeque;

use super::chance::Chance;
use super::reader::{Gateway, Reader, entry};
use super::sender::Sender;
use super::store::{Command, Fence, Reply, Store};

const SENDERS: usize = 3;
const READERS: usize = 3;
const GATEWAYS: usize = 2;
const WORKERS: usize = 2;
/// Commands that a worker takes at once.
const BATCH: usize = 4;
/// Rounds without faults after which everything must be answered and read.
const HEALED_WITHIN: u32 = 200;

/// What is done wrong on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mistake {
    None,
    AckBeforeCommit,
    NoUniqueKey,
    DedupeWithoutSender,
    NoFence,
    NoHoleFilled,
    NoHeads,
    ResumeFromN,
    SilentDrop,
    OutboxAtOnce,
}

impl Mistake {
    pub const ALL: [Self; 9] = [
        Self::AckBeforeCommit,
        Self::NoUniqueKey,
        Self::DedupeWithoutSender,
        Self::NoFence,
        Self::NoHoleFilled,
        Self::NoHeads,
        Self::ResumeFromN,
        Self::SilentDrop,
        Self::OutboxAtOnce,
    ];
}

/// What is on its way.
#[derive(Debug, Clone, Copy)]
enum Parcel {
    Reply(Reply),
    Event { gateway: usize, seq: i64 },
    Head { gateway: usize, head: i64 },
}

/// A worker: owner as far as it knows, and the batch that it has read and not committed.
#[derive(Debug, Default)]
struct Worker {
    fence: Option<Fence>,
    batch: Vec<Command>,
}

/// Counted faults: parcels lost, doubled; publications unanswered; sockets cut; gateways, workers dead; workers halted; claims.
pub type Faults = [u32; 8];

/// The log, the faults, the answers of each sender.
pub type Summary = (Vec<Command>, Faults, Vec<Vec<(u32, i64)>>);

pub struct World {
    chance: Chance,
    mistake: Mistake,
    is_healed: bool,
    is_silent: bool,
    next_id: u64,
    stream: Vec<Command>,
    store: Store,
    workers: Vec<Worker>,
    gateways: Vec<Gateway>,
    senders: Vec<Sender>,
    readers: Vec<Reader>,
    parcels: VecDeque<Parcel>,
    faults: Faults,
}

impl World {
    pub fn new(seed: u64, mistake: Mistake) -> Self {
        Self {
            chance: Chance::new(seed),
            mistake,
            is_healed: false,
            is_silent: false,
            next_id: 0,
            stream: Vec::new(),
            store: Store::new(mistake),
            workers: (0..WORKERS).map(|_| Worker::default()).collect(),
            gateways: (0..GATEWAYS).map(|_| Gateway::new()).collect(),
            senders: (0..SENDERS).map(Sender::new).collect(),
            readers: (0..READERS).map(|number| Reader::new(number % GATEWAYS)).collect(),
            parcels: VecDeque::new(),
            faults: Faults::default(),
        }
    }

    pub fn faults(&self) -> Faults {
        self.faults
    }

    pub fn summary(&self) -> Summary {
        let answers = self.senders.iter().map(|sender| sender.answered.clone()).collect();
        (self.store.log.clone(), self.faults, answers)
    }

    /// Nobody says anything new.
    pub fn fall_silent(&mut self) {
        self.is_silent = true;
    }

    /// One thing happens.
    pub fn step(&mut self) -> Result<(), String> {
        match self.chance.below(100) {
            0..14 => self.say(),
            14..32 => self.publish(),
            32..46 => self.work(),
            46..62 => self.deliver(),
            62..82 => return self.read(),
            82..86 => self.tell_heads(),
            86..90 => self.fill(),
            90..93 => self.cut(),
            93..95 => self.lose_worker(),
            95..96 => self.lose_gateway(),
            96..98 => self.claim(),
            _ => self.doubt(),
        }
        Ok(())
    }

    fn fault(&mut self, percent: usize, which: usize) -> bool {
        let strikes = !self.is_healed && self.chance.percent(percent);
        self.faults[which] += u32::from(strikes);
        strikes
    }

    fn say(&mut self) {
        if self.is_silent {
            return;
        }
        let number = self.chance.below(SENDERS);
        self.next_id += 1;
        self.senders[number].say(self.next_id);
    }

    /// The stream takes a command; whether the gateway hears of it is another question.
    fn publish(&mut self) {
        let number = self.chance.below(SENDERS);
        let next = if self.mistake == Mistake::OutboxAtOnce {
            let waiting: Vec<Command> =
                self.senders[number].outbox.iter().filter(|(_, taken)| !taken).map(|(command, _)| *command).collect();
            let place = self.chance.below(waiting.len());
            waiting.get(place).copied()
        } else {
            self.senders[number].next()
        };
        let Some(command) = next else { return };
        if self.fault(8, 2) {
            // It may have been taken, and is offered again.
            if self.chance.percent(50) {
                self.stream.push(command);
            }
            return;
        }
        self.stream.push(command);
        self.senders[number].taken(command.id);
    }

    /// Nothing was heard of what was taken: a gateway asks again.
    fn doubt(&mut self) {
        let number = self.chance.below(SENDERS);
        self.senders[number].doubt();
    }

    fn claim(&mut self) {
        self.faults[7] += 1;
        let worker = self.chance.below(WORKERS);
        // The one that was owner before does not know yet.
        let fence = self.store.claim();
        self.workers[worker] = Worker { fence: Some(fence), batch: Vec::new() };
    }

    /// A worker reads a batch, or commits what it has read; it may be halted for long in between.
    fn work(&mut self) {
        if self.workers.iter().all(|worker| worker.fence.is_none()) {
            self.claim();
        }
        let number = self.chance.below(WORKERS);
        let Some(fence) = self.workers[number].fence else { return };
        if self.workers[number].batch.is_empty() {
            let batch: Vec<Command> = self.stream.iter().skip(fence.from_pos).take(BATCH).copied().collect();
            if self.mistake == Mistake::AckBeforeCommit {
                let head = self.store.head();
                let early =
                    batch.iter().zip(1..).map(|(command, place)| Reply { command: *command, seq: head + place });
                self.parcels.extend(early.map(Parcel::Reply));
            }
            self.workers[number].batch = batch;
            return;
        }
        if self.fault(10, 6) {
            return;
        }
        let batch = std::mem::take(&mut self.workers[number].batch);
        let before = self.store.head();
        match self.store.commit(fence, &batch) {
            Some(replies) => {
                let fence = Fence { from_pos: fence.from_pos + batch.len(), ..fence };
                self.workers[number].fence = Some(fence);
                // Dead between the commit and the answers: nobody hears of it.
                if self.fault(6, 5) {
                    self.workers[number] = Worker::default();
                    return;
                }
                self.parcels.extend(replies.into_iter().map(Parcel::Reply));
                for seq in before + 1..=self.store.head() {
                    self.parcels.extend((0..GATEWAYS).map(|gateway| Parcel::Event { gateway, seq }));
                }
            }
            None => self.workers[number] = Worker::default(),
        }
    }

    fn lose_worker(&mut self) {
        if !self.is_healed {
            let number = self.chance.below(WORKERS);
            self.faults[5] += 1;
            self.workers[number] = Worker::default();
        }
    }

    /// Parcels come in any order, twice, or not at all.
    fn deliver(&mut self) {
        for _ in 0..3 {
            let place = if self.is_healed { 0 } else { self.chance.below(self.parcels.len().min(6)) };
            let Some(parcel) = self.parcels.remove(place) else { return };
            if self.fault(10, 0) {
                continue;
            }
            if self.fault(5, 1) {
                self.parcels.push_back(parcel);
            }
            match parcel {
                Parcel::Reply(reply) => self.senders[reply.command.sender].hear(reply),
                Parcel::Event { gateway, seq } => self.gateways[gateway].hear(entry(&self.store, seq)),
                Parcel::Head { gateway, head } if self.mistake != Mistake::NoHeads => {
                    self.gateways[gateway].hear_head(head);
                }
                Parcel::Head { .. } => {}
            }
        }
    }

    fn tell_heads(&mut self) {
        let head = self.store.head();
        self.parcels.extend((0..GATEWAYS).map(|gateway| Parcel::Head { gateway, head }));
    }

    fn fill(&mut self) {
        let number = self.chance.below(GATEWAYS);
        if self.mistake != Mistake::NoHoleFilled {
            self.gateways[number].fill(&self.store);
        }
    }

    fn read(&mut self) -> Result<(), String> {
        for number in 0..READERS {
            self.read_one(number)?;
        }
        Ok(())
    }

    fn read_one(&mut self, number: usize) -> Result<(), String> {
        let is_held = self.chance.percent(50);
        let is_slow = !self.is_healed && self.chance.percent(60);
        let reader = &mut self.readers[number];
        let gateway = &mut self.gateways[reader.gateway];
        if !reader.is_open() {
            reader.connect(gateway, &self.store, is_held);
        }
        if is_slow { Ok(()) } else { reader.pump(gateway, &self.store, self.mistake) }
    }

    fn cut(&mut self) {
        if self.is_healed {
            return;
        }
        self.faults[3] += 1;
        let (reader, sender) = (self.chance.below(READERS), self.chance.below(SENDERS));
        self.readers[reader].cut();
        self.readers[reader].gateway = self.chance.below(GATEWAYS);
        let next_id = &mut self.next_id;
        self.senders[sender].reconnect(|| {
            *next_id += 1;
            *next_id
        });
    }

    fn lose_gateway(&mut self) {
        if self.is_healed {
            return;
        }
        self.faults[4] += 1;
        let number = self.chance.below(GATEWAYS);
        self.gateways[number] = Gateway::new();
        let orphans = self.readers.iter_mut().filter(|reader| reader.gateway == number);
        orphans.for_each(|reader| {
            reader.cut();
            reader.gateway = (number + 1) % GATEWAYS;
        });
    }

    /// Without faults everything comes to its end, without anybody's help.
    pub fn heal(&mut self) -> Result<(), String> {
        self.is_healed = true;
        self.workers.iter_mut().for_each(|worker| *worker = Worker::default());
        for _ in 0..HEALED_WITHIN {
            (0..SENDERS).for_each(|_| self.publish());
            (0..WORKERS * 2).for_each(|_| self.work());
            self.tell_heads();
            while !self.parcels.is_empty() {
                self.deliver();
            }
            (0..GATEWAYS).for_each(|_| self.fill());
            self.read()?;
            if self.stream.len() <= self.store.stored_pos {
                // What was answered by a worker that died is asked for again.
                self.senders.iter_mut().for_each(Sender::doubt);
            }
            if self.is_over() {
                return Ok(());
            }
        }
        Ok(())
    }

    fn is_over(&self) -> bool {
        self.senders.iter().all(|sender| sender.outbox.is_empty())
            && self.readers.iter().all(|reader| reader.is_open() && reader.judge(&self.store).is_ok())
    }

    /// Everything answered, kept, once, in the order in which each said it, and read by everybody.
    pub fn judge(&self) -> Result<(), String> {
        if self.store.went_back {
            return Err("a position was given back".to_owned());
        }
        for sender in &self.senders {
            if let Some((command, _)) = sender.outbox.front() {
                return Err(format!("{command:?} was never answered"));
            }
            let mut places: Vec<(u32, i64)> = Vec::new();
            for (name, seq) in &sender.answered {
                let stored = usize::try_from(*seq - 1).ok().and_then(|at| self.store.log.get(at));
                if stored.map(|stored| (stored.sender, stored.client_id)) != Some((sender.number, *name)) {
                    return Err(format!("message {name} of {} was answered with seq {seq}: {stored:?}", sender.number));
                }
                places.push((*name, *seq));
            }
            places.sort_unstable();
            if places.windows(2).any(|pair| pair[0].1 >= pair[1].1) {
                return Err(format!("the messages of {} stand at {places:?}", sender.number));
            }
            let count = self.store.log.iter().filter(|stored| stored.sender == sender.number).count();
            if count != sender.said() as usize {
                return Err(format!("{} said {} messages and {count} are stored", sender.number, sender.said()));
            }
        }
        self.readers.iter().try_for_each(|reader| reader.judge(&self.store))
    }
}
