//! One device in one conversation: a socket that is opened again whenever it ends, and all that goes over it.

use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

use super::{Doors, Draft, Habits, Mood, Order, Outgoing, Position, Standing};
use crate::client::{End, Person, Posted, Socket, delivery_of};
use crate::history::{Answer, Event, Over, Proc, Recorder, Request, Via, Who, digest};

/// How long a socket may take to become usable.
const READY_LIMIT: Duration = Duration::from_secs(10);
/// The first wait before a reconnect, doubled up to the longest.
const FIRST_BACKOFF: Duration = Duration::from_millis(50);
/// The longest wait before a reconnect.
const LONGEST_BACKOFF: Duration = Duration::from_secs(1);
/// From this close code on a client stays away.
const STAY_AWAY: u16 = 4500;
/// The wait before a refused message is sent again, where that is the habit.
const REFUSED_PAUSE: Duration = Duration::from_millis(100);

/// Whose seat, where, and how to reach the rest of the world.
pub struct Place {
    pub seed: u64,
    pub number: usize,
    /// The part of all messages that this seat sends.
    pub share: f64,
    pub person: Person,
    pub dev: u32,
    pub conv: Uuid,
    pub habits: Habits,
    pub doors: Doors,
    pub recorder: Arc<Recorder>,
    pub mood: watch::Receiver<Mood>,
    pub orders: mpsc::UnboundedReceiver<Order>,
    pub standing: watch::Sender<Standing>,
}

/// The socket of the moment.
struct Current {
    conn: u64,
    connect_op: u64,
    /// A resume without an answer, by its operation.
    resume_op: Option<u64>,
    /// Whether the resume is yet to be asked for when the socket is ready.
    asks_when_ready: bool,
    is_ready: bool,
    deadline: Instant,
}

impl Current {
    /// Whether everything that was missed has come.
    fn is_settled(&self) -> bool {
        self.is_ready && self.resume_op.is_none() && !self.asks_when_ready
    }
}

/// One seat.
pub struct Seat {
    place: Place,
    rng: StdRng,
    outgoing: Outgoing,
    /// What it has of the log; none before its first `ready`.
    position: Option<Position>,
    said: u64,
    /// Of a burst that was asked for while nothing could be sent.
    owed: usize,
    attempts: usize,
    is_held: bool,
    next_send: Instant,
    posts: JoinSet<(u64, Draft, Posted)>,
}

impl Seat {
    pub fn new(place: Place) -> Self {
        let rng = StdRng::seed_from_u64(place.seed);
        let attempts = place.number;
        Self {
            place,
            rng,
            outgoing: Outgoing::default(),
            position: None,
            said: 0,
            owed: 0,
            attempts,
            is_held: false,
            next_send: Instant::now(),
            posts: JoinSet::new(),
        }
    }

    /// Until everybody leaves, or until it is told to stay away.
    pub async fn run(mut self) {
        let mut backoff = FIRST_BACKOFF;
        while *self.place.mood.borrow() != Mood::Leaving {
            let opened = Instant::now();
            let end = self.sit().await;
            if opened.elapsed() > LONGEST_BACKOFF {
                backoff = FIRST_BACKOFF;
            }
            let pause = match end {
                None => break,
                Some(End::Closed(code, _)) if code >= STAY_AWAY => {
                    self.place.standing.send_modify(|standing| standing.turned_away = Some(code));
                    break;
                }
                Some(End::Closed(_, reason)) => asked_pause(&reason).unwrap_or(backoff),
                Some(End::Lost(_)) => backoff,
            };
            backoff = (backoff * 2).min(LONGEST_BACKOFF);
            let pause = pause.mul_f64(self.rng.random_range(0.8..1.2));
            self.rest_for(pause).await;
        }
        self.finish_posts().await;
    }

    /// Waits; what comes back over REST meanwhile is noted.
    async fn rest_for(&mut self, pause: Duration) {
        let until = Instant::now() + pause;
        loop {
            tokio::select! {
                () = sleep_until(until) => return,
                Some(Ok(posted)) = self.posts.join_next() => self.on_posted(posted),
            }
        }
    }

    async fn finish_posts(&mut self) {
        while let Some(Ok(posted)) = self.posts.join_next().await {
            self.on_posted(posted);
        }
        self.tell_standing(false);
    }

    /// One socket, from its opening to its end; none if it was closed from here for good.
    async fn sit(&mut self) -> Option<End> {
        let gateway = self.attempts % self.place.doors.gateways.len().max(1);
        self.attempts += 1;
        let conn = self.place.recorder.fresh_id();
        let (mut current, query, waits) = self.plan_entry(conn);
        let connect = Request::Connect { conv: self.place.conv, gateway, waits };
        self.note(Some(conn), Some(current.connect_op), Event::Invoke(connect));
        if let (Some(op), Some(position)) = (current.resume_op, &self.position) {
            let resume = Request::Resume { conv: self.place.conv, after_seq: position.whole() };
            self.note(Some(conn), Some(op), Event::Invoke(resume));
        }
        let url = self.place.doors.gateways.get(gateway).cloned().unwrap_or_default();
        let url = format!("{url}/ws/chat/{}/{query}", self.place.conv);
        let buffer = self.place.habits.narrow_seat.filter(|_| self.place.number == 0 && self.position.is_none());
        let opened = Socket::open(&url, &self.place.person.token, buffer).await;
        let mut socket = match opened {
            Ok(socket) => socket,
            Err(error) => {
                let code = format!("{error:#}");
                self.note(Some(conn), Some(current.connect_op), Event::Fail { code: code.clone() });
                return Some(End::Lost(code));
            }
        };
        self.place.standing.send_modify(|standing| {
            standing.gateway = gateway;
            standing.sockets += 1;
        });
        let end = self.serve(&mut socket, &mut current).await;
        self.note_end(&current, end.as_ref());
        if end.is_none() {
            socket.close().await;
        }
        end
    }

    /// A first socket just goes live. Later ones resume: by a frame, by a frame before which nothing comes, or by the address.
    fn plan_entry(&mut self, conn: u64) -> (Current, String, bool) {
        let recorder = &self.place.recorder;
        let mut current = Current {
            conn,
            connect_op: recorder.fresh_id(),
            resume_op: None,
            asks_when_ready: false,
            is_ready: false,
            deadline: Instant::now() + READY_LIMIT,
        };
        let Some(position) = &self.position else { return (current, String::new(), false) };
        match self.rng.random_range(0..3) {
            0 => {
                current.resume_op = Some(recorder.fresh_id());
                (current, format!("?after_seq={}", position.whole()), false)
            }
            way => {
                current.asks_when_ready = true;
                let waits = way == 1;
                let query = if waits { "?live=after_resume" } else { "" };
                (current, query.to_owned(), waits)
            }
        }
    }

    async fn serve(&mut self, socket: &mut Socket, current: &mut Current) -> Option<End> {
        loop {
            self.tell_standing(current.is_settled());
            let may_send = self.may_send(current);
            let step = tokio::select! {
                frame = socket.next(), if !self.is_held => match frame {
                    Ok(frame) => self.on_frame(socket, current, &frame).await,
                    Err(end) => Err(end),
                },
                () = sleep_until(self.next_send), if may_send => self.say(socket, current).await,
                Some(order) = self.place.orders.recv() => self.obey(socket, current, order).await,
                Some(Ok(posted)) = self.posts.join_next() => {
                    self.on_posted(posted);
                    Ok(())
                }
                () = sleep_until(current.deadline), if !current.is_settled() => {
                    Err(End::Lost("not usable in time".to_owned()))
                }
                _ = self.place.mood.changed() => match *self.place.mood.borrow() {
                    Mood::Leaving => return None,
                    Mood::Silent | Mood::Talking => Ok(()),
                },
            };
            if let Err(end) = step {
                return Some(end);
            }
        }
    }

    fn may_send(&self, current: &Current) -> bool {
        let talks = self.place.habits.rate > 0.0 && *self.place.mood.borrow() == Mood::Talking;
        let has_room = self.outgoing.unanswered() < self.place.habits.window;
        current.is_settled() && has_room && (talks || self.outgoing.queued() > 0)
    }

    async fn on_frame(&mut self, socket: &mut Socket, current: &mut Current, frame: &Value) -> Result<(), End> {
        let last_seq = frame["last_seq"].as_i64();
        match (frame["type"].as_str().unwrap_or_default(), last_seq) {
            ("ready", Some(last_seq)) => self.on_ready(socket, current, last_seq).await?,
            ("resumed", Some(last_seq)) => {
                let op = current.resume_op.take();
                self.note(Some(current.conn), op, Event::Ok(Answer::Resumed { last_seq }));
                self.come_back(socket, current).await?;
            }
            ("resync_required", Some(last_seq)) => {
                let op = current.resume_op.take();
                self.note(Some(current.conn), op, Event::Ok(Answer::Resync { last_seq }));
                self.reload().await?;
                self.come_back(socket, current).await?;
            }
            ("message_sent", _) => self.on_sent(socket, current, frame).await?,
            ("error", _) => self.on_error(current, frame),
            _ => self.on_event(current, frame),
        }
        Ok(())
    }

    async fn on_ready(&mut self, socket: &mut Socket, current: &mut Current, last_seq: i64) -> Result<(), End> {
        current.is_ready = true;
        self.note(Some(current.conn), Some(current.connect_op), Event::Ok(Answer::Ready { last_seq }));
        if !current.asks_when_ready {
            if self.position.is_none() {
                self.position = Some(Position::up_to(last_seq));
            }
            return Ok(());
        }
        current.asks_when_ready = false;
        let after_seq = self.position.as_ref().map_or(0, Position::whole);
        let op = self.place.recorder.fresh_id();
        current.resume_op = Some(op);
        let resume = Request::Resume { conv: self.place.conv, after_seq };
        self.note(Some(current.conn), Some(op), Event::Invoke(resume));
        socket.send(&json!({"type": "resume", "after_seq": after_seq})).await
    }

    /// Nothing is missing any more: what had no answer goes out again, then what is repeated on purpose.
    async fn come_back(&mut self, socket: &mut Socket, current: &Current) -> Result<(), End> {
        while self.outgoing.unanswered() < self.place.habits.window {
            let Some(draft) = self.outgoing.next_queued() else { break };
            self.send(socket, current, draft).await?;
        }
        for draft in self.outgoing.take_kept() {
            self.send(socket, current, draft).await?;
        }
        self.pay(socket, current).await
    }

    /// Sends the rest of a burst.
    async fn pay(&mut self, socket: &mut Socket, current: &Current) -> Result<(), End> {
        while self.owed > 0 {
            self.owed -= 1;
            let draft = self.draft();
            self.send(socket, current, draft).await?;
        }
        Ok(())
    }

    /// Reads over REST what the resume could not bring.
    async fn reload(&mut self) -> Result<(), End> {
        let (conv, recorder) = (self.place.conv, Arc::clone(&self.place.recorder));
        let after_seq = self.position.as_ref().map_or(0, Position::whole);
        let op = recorder.fresh_id();
        let read = Request::Read { conv, via: Via::EventsFwd, after_seq };
        self.note_as(Proc::Reader, None, Some(op), Event::Invoke(read));
        let list = self.place.doors.api.read_list(&self.place.person, conv, Via::EventsFwd, after_seq).await;
        let list = list.map_err(|error| {
            self.note_as(Proc::Reader, None, Some(op), Event::Info { reason: format!("{error:#}") });
            End::Lost(format!("cannot reload: {error:#}"))
        })?;
        for row in list.rows {
            self.position.get_or_insert_default().add(row.seq);
            self.note_as(Proc::Reader, None, Some(op), Event::Recv(row));
        }
        let answer = Answer::Read { first_seq: list.first_seq, last_seq: list.last_seq };
        self.note_as(Proc::Reader, None, Some(op), Event::Ok(answer));
        Ok(())
    }

    fn on_event(&mut self, current: &Current, frame: &Value) {
        let via = if current.resume_op.is_some() { Via::Resume } else { Via::Live };
        if let Some(delivery) = delivery_of(self.place.conv, frame, via) {
            self.position.get_or_insert_default().add(delivery.seq);
            self.note(Some(current.conn), None, Event::Recv(delivery));
        }
    }

    async fn on_sent(&mut self, socket: &mut Socket, current: &Current, frame: &Value) -> Result<(), End> {
        let id = frame["id"].as_str().and_then(|id| id.parse().ok());
        let (Some(id), Some(seq)) = (id, frame["seq"].as_i64()) else {
            return Err(End::Lost(format!("message_sent without id or seq: {frame}")));
        };
        let answer = Event::Ok(Answer::Sent { conv: self.place.conv, id, seq, is_new: None });
        let Some(client_id) = frame["client_id"].as_str() else {
            self.outgoing.answered_nameless();
            self.note(Some(current.conn), None, answer);
            self.count_ack();
            return Ok(());
        };
        let Some((op, draft)) = self.outgoing.answered(client_id) else {
            return Err(End::Lost(format!("an answer to what was not asked: {frame}")));
        };
        self.note(Some(current.conn), Some(op), answer);
        self.count_ack();
        if self.chance(self.place.habits.repeat_percent) {
            self.repeat(socket, current, draft).await?;
        }
        Ok(())
    }

    fn on_error(&mut self, current: &Current, frame: &Value) {
        let code = frame["code"].as_str().unwrap_or("error").to_owned();
        let client_id = frame["client_id"].as_str();
        let Some((op, draft)) = client_id.and_then(|client_id| self.outgoing.answered(client_id)) else {
            self.outgoing.answered_nameless();
            return;
        };
        self.note(Some(current.conn), Some(op), Event::Fail { code });
        if self.place.habits.resends {
            self.outgoing.queue(draft);
            self.next_send = Instant::now() + REFUSED_PAUSE;
        }
    }

    /// Says what is queued, else something new.
    async fn say(&mut self, socket: &mut Socket, current: &Current) -> Result<(), End> {
        let talks = *self.place.mood.borrow() == Mood::Talking && self.place.habits.rate > 0.0;
        if talks {
            let mean = 1.0 / (self.place.habits.rate * self.place.share);
            // Exponential gaps: people do not speak in step.
            let gap = -mean * (1.0 - self.rng.random_range(0.0..1.0_f64)).ln();
            self.next_send = Instant::now() + Duration::from_secs_f64(gap.min(5.0));
        }
        match self.outgoing.next_queued() {
            Some(draft) => self.send(socket, current, draft).await,
            None => self.say_new(socket, current).await,
        }
    }

    async fn say_new(&mut self, socket: &mut Socket, current: &Current) -> Result<(), End> {
        let draft = self.draft();
        if draft.client_id.is_some() && self.chance(self.place.habits.rest_percent) {
            self.post(draft);
            return Ok(());
        }
        // Some are sent twice in one breath.
        let is_doubled = draft.client_id.is_some() && self.chance(self.place.habits.repeat_percent / 4);
        if is_doubled {
            self.send(socket, current, draft.clone()).await?;
        }
        self.send(socket, current, draft).await
    }

    /// An answered message once more: at once, over REST with another text, or after the next reconnect.
    async fn repeat(&mut self, socket: &mut Socket, current: &Current, mut draft: Draft) -> Result<(), End> {
        match self.rng.random_range(0..3) {
            0 => self.send(socket, current, draft).await,
            1 => {
                draft.content.push_str(" (repeated)");
                self.post(draft);
                Ok(())
            }
            _ => {
                self.outgoing.keep(draft);
                Ok(())
            }
        }
    }

    fn draft(&mut self) -> Draft {
        self.said += 1;
        let Place { person, dev, number, habits, seed, .. } = &self.place;
        let name = format!("{}-{dev}-{number}-{}", person.id, self.said);
        let length = self.rng.random_range(habits.content_bytes.clone());
        let mut content = format!("{seed}-{name} {} ", habits.saying);
        while content.len() < length {
            content.push('x');
        }
        let is_nameless = self.rng.random_range(0..100) < habits.nameless_percent;
        Draft { client_id: (!is_nameless).then_some(name), content }
    }

    async fn send(&mut self, socket: &mut Socket, current: &Current, draft: Draft) -> Result<(), End> {
        let op = self.place.recorder.fresh_id();
        let mut frame = json!({"type": "send_message", "content": draft.content});
        if let Some(client_id) = &draft.client_id {
            frame["client_id"] = json!(client_id);
        }
        self.note_send(Some(current.conn), op, &draft, Over::Ws);
        self.outgoing.sent(op, draft);
        socket.send(&frame).await
    }

    fn post(&mut self, draft: Draft) {
        let op = self.place.recorder.fresh_id();
        self.note_send(None, op, &draft, Over::Rest);
        let (api, person, conv) = (self.place.doors.api.clone(), self.place.person.clone(), self.place.conv);
        self.posts.spawn(async move {
            let client_id = draft.client_id.clone().unwrap_or_default();
            let posted = api.post_message(&person, conv, &client_id, &draft.content).await;
            (op, draft, posted)
        });
    }

    fn on_posted(&mut self, (op, draft, posted): (u64, Draft, Posted)) {
        let conv = self.place.conv;
        let (event, is_settled) = match posted {
            Posted::Stored { id, seq, is_new } => {
                self.count_ack();
                (Event::Ok(Answer::Sent { conv, id, seq, is_new: Some(is_new) }), true)
            }
            Posted::Refused(code) => (Event::Fail { code }, false),
            Posted::Unknown(reason) => (Event::Info { reason }, false),
        };
        self.note(None, Some(op), event);
        if !is_settled && self.place.habits.resends {
            self.outgoing.queue(draft);
        }
    }

    async fn obey(&mut self, socket: &mut Socket, current: &Current, order: Order) -> Result<(), End> {
        match order {
            Order::Burst(count) => {
                self.owed += count;
                if current.is_settled() {
                    self.pay(socket, current).await?;
                }
            }
            Order::Hold => self.is_held = true,
            Order::Release => self.is_held = false,
            Order::Cut => return Err(End::Lost("cut from here".to_owned())),
        }
        Ok(())
    }

    fn note_end(&mut self, current: &Current, end: Option<&End>) {
        let (code, reason) = match end {
            Some(End::Closed(code, reason)) => (Some(*code), reason.clone()),
            Some(End::Lost(reason)) => (None, reason.clone()),
            None => (Some(1000), "left".to_owned()),
        };
        self.note(Some(current.conn), None, Event::Closed { code, reason });
        if end.is_some() {
            let (named, nameless) = self.outgoing.lose();
            let lost = || Event::Info { reason: "the socket has ended".to_owned() };
            for op in nameless {
                self.note(Some(current.conn), Some(op), lost());
            }
            for (op, _) in &named {
                self.note(Some(current.conn), Some(*op), lost());
            }
            if self.place.habits.resends {
                self.outgoing.queue_lost(named.into_iter().map(|(_, draft)| draft).collect());
            }
        }
        self.tell_standing(false);
    }

    fn tell_standing(&self, is_open: bool) {
        self.place.standing.send_if_modified(|standing| {
            let position = self.position.as_ref().map_or(0, Position::whole);
            let unanswered = self.outgoing.unanswered();
            let elsewhere = self.outgoing.queued() + self.posts.len() + self.owed;
            let before = (standing.is_open, standing.position, standing.unanswered, standing.elsewhere);
            (standing.is_open, standing.position) = (is_open, position);
            (standing.unanswered, standing.elsewhere) = (unanswered, elsewhere);
            before != (is_open, position, unanswered, elsewhere)
        });
    }

    fn count_ack(&self) {
        self.place.standing.send_modify(|standing| standing.acked += 1);
    }

    fn chance(&mut self, percent: u32) -> bool {
        percent > 0 && self.rng.random_range(0..100) < percent
    }

    fn note_send(&self, conn: Option<u64>, op: u64, draft: &Draft, over: Over) {
        let sha256 = digest(&draft.content);
        let send = Request::Send { conv: self.place.conv, client_id: draft.client_id.clone(), sha256, over };
        self.note(conn, Some(op), Event::Invoke(send));
    }

    fn note(&self, conn: Option<u64>, op: Option<u64>, event: Event) {
        self.note_as(Proc::People, conn, op, event);
    }

    fn note_as(&self, proc: Proc, conn: Option<u64>, op: Option<u64>, event: Event) {
        let who = Who { user: self.place.person.id, dev: self.place.dev, conn };
        self.place.recorder.note(proc, who, op, event);
    }
}

/// `reconnect_after_ms=N`.
fn asked_pause(reason: &str) -> Option<Duration> {
    let millis = reason.strip_prefix("reconnect_after_ms=")?.parse().ok()?;
    Some(Duration::from_millis(millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asked_pause_is_read() {
        assert_eq!(asked_pause("reconnect_after_ms=120"), Some(Duration::from_millis(120)));
        assert_eq!(asked_pause("too slow"), None);
    }
}
