//! Histories made by hand: a good one, and the tools to spoil it.

use uuid::Uuid;

use super::{Invariant, check};
use crate::history::{Answer, Change, Delivery, Event, Line, Notice, Over, Proc, Request, Via, digest};

pub const CONV: Uuid = Uuid::from_u128(1000);

/// The delivery in a line.
pub fn recv(line: &Line) -> Option<&Delivery> {
    line.event.delivery()
}

/// A history of one conversation that grows line by line.
#[derive(Debug, Clone, Default)]
pub struct Story {
    pub lines: Vec<Line>,
    /// What stands in the log: position = index + 1.
    log: Vec<Delivery>,
    next: u64,
    slept_ns: u64,
}

impl Story {
    /// Users 1 and 2 on sockets 1 and 2 say five messages (seq 2 to 6; one without a name, one over REST) and read all lists.
    pub fn good() -> Self {
        let mut story = Self::default();
        story.log.push(created());
        let one = story.connect(1);
        let two = story.connect(2);
        for (conn, name) in [(one, "a"), (two, "b"), (one, "c")] {
            let op = story.invoke(conn, Some(name), name);
            story.ack(conn, op, name);
            story.show_all(name);
        }
        story.invoke(two, None, "nameless");
        story.store(2, None, "nameless");
        story.show_all("nameless");
        story.ack_nameless(two, 5);
        let op = story.invoke_rest(1, "e");
        story.store(1, Some("e"), "e");
        story.show_all("e");
        story.answer_rest(1, op, 6, true);
        story.read_lists(1);
        story.read_lists(2);
        story
    }

    /// Whether the judges find this broken.
    pub fn breaks(&self, invariant: Invariant) -> bool {
        check(&self.lines).violations.iter().any(|one| one.invariant == invariant)
    }

    /// Whether the judges find nothing.
    pub fn passes(&self) -> bool {
        check(&self.lines).violations.is_empty()
    }

    pub fn edit(&mut self, change: impl FnMut(&mut Line)) {
        self.lines.iter_mut().for_each(change);
    }

    /// A socket of this user that got `ready` with the head; its number.
    pub fn connect(&mut self, user: u64) -> u64 {
        self.connect_with(user, false)
    }

    /// The same, and it gets nothing before a resume.
    pub fn connect_waiting(&mut self, user: u64) -> u64 {
        self.connect_with(user, true)
    }

    fn connect_with(&mut self, user: u64, waits: bool) -> u64 {
        let conn = user + 10 * self.fresh();
        let op = self.fresh();
        self.push(user, Some(conn), Some(op), Event::Invoke(Request::Connect { conv: CONV, gateway: 0, waits }));
        let last_seq = self.head();
        self.push(user, Some(conn), Some(op), Event::Ok(Answer::Ready { last_seq }));
        conn
    }

    /// A message begins to be sent; its operation.
    pub fn invoke(&mut self, conn: u64, client_id: Option<&str>, content: &str) -> u64 {
        self.invoke_over(conn % 10, Some(conn), client_id, content, Over::Ws)
    }

    pub fn invoke_rest(&mut self, user: u64, client_id: &str) -> u64 {
        self.invoke_over(user, None, Some(client_id), client_id, Over::Rest)
    }

    fn invoke_over(&mut self, user: u64, conn: Option<u64>, client_id: Option<&str>, content: &str, over: Over) -> u64 {
        let op = self.fresh();
        let client_id = client_id.map(str::to_owned);
        let send = Request::Send { conv: CONV, client_id, sha256: digest(content), over };
        self.push(user, conn, Some(op), Event::Invoke(send));
        op
    }

    /// The log takes a message.
    pub fn store(&mut self, user: u64, client_id: Option<&str>, content: &str) -> i64 {
        let seq = self.head() + 1;
        self.log.push(Delivery {
            conv: CONV,
            seq,
            kind: "message_received".into(),
            id: Some(id(seq)),
            sender: Some(user),
            client_id: client_id.map(str::to_owned),
            sha256: Some(digest(content)),
            ..Delivery::default()
        });
        seq
    }

    /// The log takes a named message and its sender is told so.
    pub fn ack(&mut self, conn: u64, op: u64, name: &str) {
        let seq = self.store(conn % 10, Some(name), name);
        self.ack_at(conn, op, seq);
    }

    /// The sender is told a position.
    pub fn ack_at(&mut self, conn: u64, op: u64, seq: i64) {
        self.push(
            conn % 10,
            Some(conn),
            Some(op),
            Event::Ok(Answer::Sent { conv: CONV, id: id(seq), seq, is_new: None }),
        );
    }

    pub fn answer_rest(&mut self, user: u64, op: u64, seq: i64, is_new: bool) {
        let answer = Answer::Sent { conv: CONV, id: id(seq), seq, is_new: Some(is_new) };
        self.push(user, None, Some(op), Event::Ok(answer));
    }

    pub fn ack_nameless(&mut self, conn: u64, seq: i64) {
        self.push(conn % 10, Some(conn), None, Event::Ok(Answer::Sent { conv: CONV, id: id(seq), seq, is_new: None }));
    }

    /// The send gets no answer any more.
    pub fn lose(&mut self, conn: u64, op: u64) {
        self.push(conn % 10, Some(conn), Some(op), Event::Info { reason: "lost".into() });
    }

    pub fn refuse(&mut self, conn: u64, op: u64) {
        self.push(conn % 10, Some(conn), Some(op), Event::Fail { code: "unavailable".into() });
    }

    /// Sockets 11 and 32 (those of the good story) get the newest event.
    fn show_all(&mut self, _name: &str) {
        let head = self.head();
        let conns: Vec<u64> = self.sockets();
        for conn in conns {
            self.show(conn, head, Via::Live);
        }
    }

    /// The sockets that are there, in the order of their opening.
    pub fn sockets(&self) -> Vec<u64> {
        let opened = self.lines.iter().filter(|line| matches!(line.event, Event::Ok(Answer::Ready { .. })));
        opened.filter_map(|line| line.conn).collect()
    }

    /// A socket gets an event.
    pub fn show(&mut self, conn: u64, seq: i64, via: Via) {
        let event = self.seen(seq, via);
        self.push(conn % 10, Some(conn), None, event);
    }

    pub fn close(&mut self, conn: u64) {
        self.push(conn % 10, Some(conn), None, Event::Closed { code: Some(4001), reason: String::new() });
    }

    pub fn invoke_resume(&mut self, conn: u64, after_seq: i64) {
        let op = conn + 1_000_000;
        self.push(conn % 10, Some(conn), Some(op), Event::Invoke(Request::Resume { conv: CONV, after_seq }));
    }

    pub fn end_resume(&mut self, conn: u64, last_seq: i64) {
        self.push(conn % 10, Some(conn), Some(conn + 1_000_000), Event::Ok(Answer::Resumed { last_seq }));
    }

    pub fn end_with_resync(&mut self, conn: u64, last_seq: i64) {
        self.push(conn % 10, Some(conn), Some(conn + 1_000_000), Event::Ok(Answer::Resync { last_seq }));
    }

    /// A user reads every list to its end.
    pub fn read_lists(&mut self, user: u64) {
        for via in Via::LISTS {
            let list = self.invoke_read(user, via);
            self.show_rows(list, via, self.head());
            self.end_read(list);
        }
    }

    /// User and operation of a list that begins to be read.
    pub fn invoke_read(&mut self, user: u64, via: Via) -> (u64, u64) {
        let op = self.fresh();
        self.push(user, None, Some(op), Event::Invoke(Request::Read { conv: CONV, via, after_seq: 0 }));
        (user, op)
    }

    /// The rows up to a position, in the list's order.
    pub fn show_rows(&mut self, (user, op): (u64, u64), via: Via, last_seq: i64) {
        let mut seqs: Vec<i64> = (1..=last_seq).collect();
        if via.is_backwards() {
            seqs.reverse();
        }
        for seq in seqs {
            let event = self.seen(seq, via);
            if !via.is_whole_log() && event.delivery().is_some_and(|seen| !seen.is_message()) {
                continue;
            }
            self.push(user, None, Some(op), event);
        }
    }

    pub fn end_read(&mut self, (user, op): (u64, u64)) {
        self.push(user, None, Some(op), Event::Ok(Answer::Read { first_seq: None, last_seq: None }));
    }

    /// What another story tells, behind what this one has told.
    pub fn append(&mut self, other: Self) {
        let begin = self.lines.len() as u64 * 10;
        self.lines.extend(other.lines.into_iter().map(|line| Line { t_ns: line.t_ns + begin, ..line }));
        self.log = other.log;
        self.next += other.next + 1_000;
    }

    /// Time passes.
    pub fn sleep(&mut self, seconds: u64) {
        self.slept_ns += seconds * 1_000_000_000;
    }

    /// Somebody asks for something; the operation.
    pub fn ask(&mut self, user: u64, request: Request) -> u64 {
        let op = self.fresh();
        self.push(user, None, Some(op), Event::Invoke(request));
        op
    }

    /// It is answered.
    pub fn answer(&mut self, user: u64, op: u64, answer: Answer) {
        self.push(user, None, Some(op), Event::Ok(answer));
    }

    /// It is refused.
    pub fn deny(&mut self, user: u64, op: u64, code: &str) {
        self.push(user, None, Some(op), Event::Fail { code: code.into() });
    }

    /// Somebody asks for a change, the log takes it, both sockets of the good story see it, and it is answered; its position.
    pub fn change(&mut self, user: u64, change: &Change) -> i64 {
        let op = self.ask(user, Request::Change { conv: CONV, change: change.clone() });
        let seq = self.log_change(change);
        self.show_all("");
        self.answer(user, op, Answer::Done);
        seq
    }

    /// The log takes a change.
    pub fn log_change(&mut self, change: &Change) -> i64 {
        let seq = self.head() + 1;
        let event = |kind: &str| Delivery { conv: CONV, seq, kind: kind.into(), ..Delivery::default() };
        let event = match change {
            Change::Edit { id, sha256 } => {
                Delivery { id: Some(*id), sha256: Some(sha256.clone()), ..event("message_edited") }
            }
            Change::Delete { id } => Delivery { id: Some(*id), ..event("message_deleted") },
            Change::Add { user } => Delivery { users: vec![*user], ..event("participant_added") },
            Change::Remove { user } => Delivery { users: vec![*user], ..event("participant_removed") },
            Change::Block { .. } => event("conversation_updated"),
        };
        self.log.push(event);
        seq
    }

    /// What a message reads from now on, in lists that show it as it is.
    pub fn rewrite(&mut self, seq: i64, sha256: Option<String>) {
        self.log[usize::try_from(seq - 1).unwrap()].sha256 = sha256;
    }

    /// A socket is told something that takes no place in the log.
    pub fn tell(&mut self, conn: u64, notice: Notice) {
        self.push(conn % 10, Some(conn), None, Event::Told(notice));
    }

    /// Something is broken.
    pub fn strike(&mut self) {
        self.push(0, None, None, Event::Nemesis { action: "kill".into(), target: "gateway-1".into() });
    }

    /// What broke, for looking at.
    pub fn broken(&self) -> Vec<Invariant> {
        let mut broken: Vec<_> = check(&self.lines).violations.iter().map(|one| one.invariant).collect();
        broken.dedup();
        broken
    }

    pub fn head(&self) -> i64 {
        i64::try_from(self.log.len()).unwrap()
    }

    fn seen(&self, seq: i64, via: Via) -> Event {
        let event = &self.log[usize::try_from(seq - 1).unwrap()];
        Event::Recv(Delivery { via, ..event.clone() })
    }

    fn fresh(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn push(&mut self, user: u64, conn: Option<u64>, op_id: Option<u64>, event: Event) {
        let t_ns = self.lines.len() as u64 * 10 + self.slept_ns;
        self.lines.push(Line { t_ns, proc: Proc::People, user: Some(user), dev: Some(0), conn, op_id, event });
    }
}

fn created() -> Delivery {
    Delivery { conv: CONV, seq: 1, kind: "conversation_created".into(), users: vec![1, 2, 3], ..Delivery::default() }
}

pub fn id(seq: i64) -> Uuid {
    Uuid::from_u128(u128::try_from(seq).unwrap())
}
