//! The history, sorted by what the judges ask for.

use std::collections::{BTreeMap, HashMap};

use uuid::Uuid;

use crate::history::{Answer, Change, Delivery, Event, Line, Notice, Over, Request, Via};

/// What makes two sends the same message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key<'a> {
    /// Where.
    pub conv: Uuid,
    /// Who.
    pub user: u64,
    /// The `client_id`.
    pub client_id: Option<&'a str>,
    /// The content's digest where there is no `client_id`: contents are all different.
    pub sha256: Option<&'a str>,
}

impl<'a> Key<'a> {
    /// By its name, if it has one, else by its content.
    pub fn new(conv: Uuid, user: u64, client_id: Option<&'a str>, sha256: &'a str) -> Self {
        Self { conv, user, client_id, sha256: client_id.is_none().then_some(sha256) }
    }

    /// That of a message that was seen; none for other events.
    pub fn of(delivery: &'a Delivery) -> Option<Self> {
        let sha256 = delivery.sha256.as_deref()?;
        Some(Self::new(delivery.conv, delivery.sender?, delivery.client_id.as_deref(), sha256))
    }

    /// For reports.
    pub fn name(&self) -> String {
        let name = self.client_id.map_or_else(
            || self.sha256.map(|sha| sha.chars().take(8).collect::<String>()).unwrap_or_default(),
            str::to_owned,
        );
        format!("{name} of user {}", self.user)
    }
}

/// Whose device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Device {
    pub user: u64,
    pub dev: u32,
}

/// How a send ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Stored.
    Sent {
        /// The message.
        id: Uuid,
        /// Its position.
        seq: i64,
        /// When its sender knew.
        at_ns: u64,
        /// Whether the sender was told that it is new, if anything was said about that.
        is_new: Option<bool>,
    },
    /// Not stored.
    Refused,
    /// Perhaps stored.
    Unknown,
}

/// One send.
#[derive(Debug, Clone)]
pub struct Send<'a> {
    pub key: Key<'a>,
    pub sha256: &'a str,
    pub over: Over,
    pub conn: Option<u64>,
    pub invoked_ns: u64,
    pub outcome: Outcome,
    /// Whether it ended as unknown because its socket did.
    pub is_open: bool,
}

/// One operation that is no send: a change, a question, a file.
#[derive(Debug, Clone)]
pub struct Op<'a> {
    pub user: u64,
    pub request: &'a Request,
    pub invoked_ns: u64,
    /// When it was answered, and how.
    pub answer: Option<(u64, &'a Answer)>,
    /// Why it was refused.
    pub refused: Option<&'a str>,
    /// Whether it has not ended.
    pub is_open: bool,
}

impl Op<'_> {
    /// When it was done for certain; never, as far as anybody knows, if it was not answered.
    pub fn done_ns(&self) -> u64 {
        self.answer.map_or(u64::MAX, |(at_ns, _)| at_ns)
    }

    /// How it ended, for counts.
    pub fn kind(&self) -> &'static str {
        match (self.answer, self.refused) {
            (Some((_, Answer::Done)), _) => "changed",
            (Some((_, Answer::Unread { .. })), _) => "counted",
            (Some((_, Answer::Found { .. })), _) => "searched",
            (Some((_, Answer::Uploaded { .. })), _) => "uploaded",
            (Some((_, Answer::Fetched { .. })), _) => "fetched",
            (Some(_), _) => "answered",
            (None, Some(_)) => "refused",
            (None, None) => "unknown",
        }
    }

    /// Whether it may have been done.
    pub fn was_possible(&self) -> bool {
        self.refused.is_none()
    }
}

/// A list read over REST, or what a resume brought.
#[derive(Debug, Clone)]
pub struct View<'a> {
    pub who: String,
    pub device: Device,
    pub conv: Uuid,
    pub via: Via,
    pub after_seq: i64,
    pub began_ns: u64,
    pub rows: Vec<&'a Delivery>,
    /// First and last position as the answer tells them; none while it is not complete.
    pub answer: Option<(Option<i64>, Option<i64>)>,
    /// Why it failed.
    pub failure: Option<String>,
}

/// An acknowledgement that fits no send.
#[derive(Debug, Clone, Copy)]
pub struct StrayAck {
    pub conv: Uuid,
    pub seq: i64,
}

/// The history by what is asked of it.
#[derive(Debug, Default)]
pub struct Index<'a> {
    pub sends: Vec<Send<'a>>,
    pub views: Vec<View<'a>>,
    pub stray_acks: Vec<StrayAck>,
    pub ops: Vec<Op<'a>>,
    /// Everything else that sockets told.
    pub notices: Vec<(&'a Line, &'a Notice)>,
    /// The messages that somebody tried to edit or delete.
    pub changed: HashMap<Uuid, Vec<usize>>,
    /// When something was broken or healed.
    pub faults: Vec<u64>,
    /// What processes used, in order.
    pub measured: BTreeMap<&'a str, Vec<(u64, u64)>>,
    /// The last line's time.
    pub end_ns: u64,
    /// All lines of a socket, in order.
    pub sockets: BTreeMap<u64, Vec<&'a Line>>,
    /// Every delivery, in order.
    pub deliveries: Vec<(&'a Line, &'a Delivery)>,
    /// What was first seen at a position.
    pub log: HashMap<(Uuid, i64), &'a Delivery>,
    send_of_op: HashMap<u64, usize>,
    view_of_op: HashMap<u64, usize>,
    op_of_id: HashMap<u64, usize>,
}

impl<'a> Index<'a> {
    /// Sorts the lines.
    pub fn new(lines: &'a [Line]) -> Self {
        let mut index = Self::default();
        for line in lines {
            if let Some(conn) = line.conn {
                index.sockets.entry(conn).or_default().push(line);
            }
            index.take(line);
        }
        index.settle_nameless(lines);
        index.end_ns = lines.last().map_or(0, |line| line.t_ns);
        index
    }

    fn take(&mut self, line: &'a Line) {
        match &line.event {
            Event::Invoke(request) => self.invoke(line, request),
            Event::Recv(delivery) => {
                self.deliveries.push((line, delivery));
                self.log.entry((delivery.conv, delivery.seq)).or_insert(delivery);
                if let Some(view) = line.op_id.and_then(|op| self.view_of_op.get(&op)) {
                    self.views[*view].rows.push(delivery);
                }
            }
            Event::Ok(Answer::Sent { id, seq, is_new, .. }) => {
                let outcome = Outcome::Sent { id: *id, seq: *seq, at_ns: line.t_ns, is_new: *is_new };
                self.end_send(line.op_id, outcome);
            }
            Event::Ok(Answer::Read { first_seq, last_seq }) => {
                self.end_view(line.op_id, |view| view.answer = Some((*first_seq, *last_seq)));
            }
            Event::Ok(Answer::Resumed { last_seq }) => self.end_resume(line, *last_seq),
            Event::Fail { code } => {
                self.end_send(line.op_id, Outcome::Refused);
                self.end_op(line, |op| op.refused = Some(code));
                self.end_view(line.op_id, |view| view.failure = Some(code.clone()));
            }
            Event::Info { reason } => {
                self.end_send(line.op_id, Outcome::Unknown);
                self.end_op(line, |_| ());
                self.end_view(line.op_id, |view| view.failure = Some(reason.clone()));
            }
            Event::Told(notice) => self.notices.push((line, notice)),
            Event::Ok(answer) => self.end_op(line, |op| op.answer = Some((line.t_ns, answer))),
            Event::Nemesis { .. } => self.faults.push(line.t_ns),
            Event::Measured { process, rss_kib, files } => {
                self.measured.entry(process).or_default().push((*rss_kib, *files));
            }
            Event::Closed { .. } => {}
        }
    }

    fn invoke(&mut self, line: &'a Line, request: &'a Request) {
        let device = Device { user: line.user.unwrap_or_default(), dev: line.dev.unwrap_or_default() };
        let mut began_ns = line.t_ns;
        let (conv, via, after_seq) = match request {
            Request::Send { conv, client_id, sha256, over } => {
                let key = Key::new(*conv, line.user.unwrap_or_default(), client_id.as_deref(), sha256);
                self.send_of_op.extend(line.op_id.map(|op| (op, self.sends.len())));
                self.sends.push(Send {
                    key,
                    sha256,
                    over: *over,
                    conn: line.conn,
                    invoked_ns: line.t_ns,
                    outcome: Outcome::Unknown,
                    is_open: true,
                });
                return;
            }
            Request::Read { conv, via, after_seq } => (*conv, *via, *after_seq),
            Request::Resume { conv, after_seq } => {
                // What was acknowledged before its socket was asked for must be in it; what came after may follow live.
                let socket = line.conn.and_then(|conn| self.sockets.get(&conn)).and_then(|lines| lines.first());
                began_ns = socket.map_or(line.t_ns, |first| first.t_ns);
                (*conv, Via::Resume, *after_seq)
            }
            Request::Connect { .. } => return,
            _ => return self.invoke_op(line, request),
        };
        self.view_of_op.extend(line.op_id.map(|op| (op, self.views.len())));
        self.views.push(View {
            who: format!("user {}.{}", device.user, device.dev),
            device,
            conv,
            via,
            after_seq,
            began_ns,
            rows: Vec::new(),
            answer: None,
            failure: None,
        });
    }

    fn invoke_op(&mut self, line: &'a Line, request: &'a Request) {
        let number = self.ops.len();
        self.op_of_id.extend(line.op_id.map(|op| (op, number)));
        if let Request::Change { change: Change::Edit { id, .. } | Change::Delete { id }, .. } = request {
            self.changed.entry(*id).or_default().push(number);
        }
        let (user, invoked_ns) = (line.user.unwrap_or_default(), line.t_ns);
        self.ops.push(Op { user, request, invoked_ns, answer: None, refused: None, is_open: true });
    }

    fn end_op(&mut self, line: &Line, change: impl FnOnce(&mut Op<'a>)) {
        if let Some(op) = line.op_id.and_then(|op| self.op_of_id.get(&op)) {
            self.ops[*op].is_open = false;
            change(&mut self.ops[*op]);
        }
    }

    /// What somebody tried to make of a message, in the order in which it was asked for.
    pub fn changes_of(&self, id: Uuid) -> impl Iterator<Item = (&Op<'a>, &'a Change)> {
        let ops = self.changed.get(&id).into_iter().flatten().map(|number| &self.ops[*number]);
        ops.filter_map(|op| match op.request {
            Request::Change { change, .. } => Some((op, change)),
            _ => None,
        })
    }

    /// Whether nothing was broken or healed for so long before a time.
    pub fn is_quiet(&self, at_ns: u64, for_ns: u64) -> bool {
        let next = self.faults.partition_point(|fault| *fault <= at_ns);
        next.checked_sub(1).is_none_or(|last| at_ns - self.faults[last] > for_ns)
    }

    /// Whether a message may have this text because somebody changed it.
    pub fn may_read(&self, id: Option<Uuid>, sha256: Option<&str>) -> bool {
        let mut changes = id.into_iter().flat_map(|id| self.changes_of(id)).filter(|(op, _)| op.was_possible());
        changes.any(|(_, change)| match change {
            Change::Edit { sha256: text, .. } => Some(text.as_str()) == sha256,
            Change::Delete { .. } => sha256.is_none(),
            Change::Add { .. } | Change::Remove { .. } | Change::Block { .. } => false,
        })
    }

    fn end_send(&mut self, op_id: Option<u64>, outcome: Outcome) {
        if let Some(send) = op_id.and_then(|op| self.send_of_op.get(&op)) {
            let send = &mut self.sends[*send];
            (send.outcome, send.is_open) = (outcome, false);
        }
    }

    /// What a resume shows is all that its socket was sent after the position, before or because of it.
    fn end_resume(&mut self, line: &Line, last_seq: i64) {
        let sent = line.conn.and_then(|conn| self.sockets.get(&conn)).into_iter().flatten();
        let sent: Vec<&'a Delivery> = sent.filter_map(|line| line.event.delivery()).collect();
        self.end_view(line.op_id, |view| {
            view.rows = sent.into_iter().filter(|row| row.seq > view.after_seq).collect();
            view.answer = Some((None, Some(last_seq)));
        });
    }

    fn end_view(&mut self, op_id: Option<u64>, change: impl FnOnce(&mut View<'a>)) {
        if let Some(view) = op_id.and_then(|op| self.view_of_op.get(&op)) {
            change(&mut self.views[*view]);
        }
    }

    /// The answer to a message without a `client_id` names the position alone: what stands there says which it was.
    fn settle_nameless(&mut self, lines: &'a [Line]) {
        let mut nameless: HashMap<(Option<u64>, &str), usize> = HashMap::new();
        for (number, send) in self.sends.iter().enumerate().filter(|(_, send)| send.key.client_id.is_none()) {
            nameless.insert((send.conn, send.sha256), number);
        }
        for line in lines.iter().filter(|line| line.op_id.is_none()) {
            let Event::Ok(Answer::Sent { conv, id, seq, .. }) = &line.event else { continue };
            let sha256 = self.log.get(&(*conv, *seq)).and_then(|delivery| delivery.sha256.as_deref());
            match sha256.and_then(|sha256| nameless.get(&(line.conn, sha256))) {
                Some(number) => {
                    let outcome = Outcome::Sent { id: *id, seq: *seq, at_ns: line.t_ns, is_new: None };
                    let send = &mut self.sends[*number];
                    (send.outcome, send.is_open) = (outcome, false);
                }
                None => self.stray_acks.push(StrayAck { conv: *conv, seq: *seq }),
            }
        }
    }

    /// All sends of each message, in order.
    pub fn by_key(&self) -> HashMap<Key<'a>, Vec<&Send<'a>>> {
        let mut keys: HashMap<Key<'a>, Vec<&Send<'a>>> = HashMap::new();
        for send in &self.sends {
            keys.entry(send.key).or_default().push(send);
        }
        keys
    }

    /// Where each message stands, as acknowledged or as seen.
    pub fn positions(&self) -> HashMap<Key<'a>, i64> {
        let seen = self.log.values().filter_map(|delivery| Some((Key::of(delivery)?, delivery.seq)));
        let acked = self.sends.iter().filter_map(|send| match send.outcome {
            Outcome::Sent { seq, .. } => Some((send.key, seq)),
            Outcome::Refused | Outcome::Unknown => None,
        });
        seen.chain(acked).collect()
    }
}
