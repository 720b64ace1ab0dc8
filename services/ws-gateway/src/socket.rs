//! Drives one socket: the only place where a session meets the wire. One task, no queue; what is ready goes out together.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use chat_bus::Bus;
use chat_bus::asker::Pending;
use chat_bus::commands::EncodedCommand;
use chat_bus::moderation::Moderator;
use chat_bus::revocations::RevocationWatch;
use chat_protocol::close::CloseCode;
use chat_protocol::command::Command;
use chat_protocol::frame::ServerFrame;
use chat_protocol::ids::{ConversationId, InstanceId};
use chat_runtime::traces::Span;
use chat_websocket::Frame;
use rand::Rng as _;
use tokio::sync::Semaphore;
use tokio::time::{sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use crate::admission::{Admission, AdmissionError, Admitted, Credential};
use crate::alarms::{Alarms, Next};
use crate::arrival::Written;
use crate::asking::Asking;
use crate::batch::Batch;
use crate::clearance::Clearance;
use crate::closing::End;
use crate::company::Company;
use crate::config::SocketSection;
use crate::hub::Hub;
use crate::limits::Limits;
use crate::mailbox::{Mailbox, MailboxWaiter};
use crate::moderation::{Desk, Judged};
use crate::outbox::{Line, NotTaken, Outbox};
use crate::people::People;
use crate::presence::Presence;
use crate::questions::{Answer, Questions};
use crate::seats::Seats;
use crate::session::{Door, Effect, Now, Session};
use crate::spans::Spans;
use crate::transport::{Callback, Said, Transport};
use crate::upgrade::{Opening, Token};

/// How long a socket that is to be left waits for the answers to what was said on it.
const DRAIN_PATIENCE: Duration = Duration::from_secs(2);
/// How long what was said before a socket closed may take to reach the stream.
const OUTBOX_TIMEOUT: Duration = Duration::from_secs(5);

/// The answer to a callback that has nothing to learn but that its frame was taken.
const TAKEN: &str = r#"{"type":"taken"}"#;

/// What all sockets of a gateway share.
pub struct Shared {
    /// NATS.
    pub bus: Bus,
    /// The way to the stream of commands.
    pub line: Arc<Line>,
    /// The name of this gateway.
    pub instance: InstanceId,
    /// The conversations held here.
    pub hub: Hub,
    /// The people whose news are followed here.
    pub people: People,
    /// Who is here, and who is seen.
    pub presence: Presence,
    /// Who waits for the answer to which command.
    pub pending: Pending<MailboxWaiter>,
    /// What is asked together.
    pub asking: Asking,
    /// Lets people in.
    pub admission: Admission,
    /// Whether anything that comes from NATS may be told.
    pub clearance: Clearance,
    /// How much one person may do.
    pub limits: Arc<Limits>,
    /// Who is asked before words are accepted, if anybody is.
    pub moderator: Option<Arc<Moderator>>,
    /// Settings.
    pub config: Arc<SocketSection>,
    /// Places for reads from the log and of whole lists.
    pub log_reads: Arc<Semaphore>,
    /// Cancelled when the gateway is to be left.
    pub draining: CancellationToken,
}

/// One socket, whatever it speaks through.
pub(crate) struct Socket<T> {
    pub(crate) shared: Arc<Shared>,
    pub(crate) door: Door,
    transport: T,
    pub(crate) session: Session,
    pub(crate) mailbox: Arc<Mailbox>,
    /// What the moderator is asked about, on its way to the outbox.
    desk: Desk,
    pub(crate) outbox: Outbox,
    /// What is recorded of this socket.
    pub(crate) spans: Spans,
    /// What was given to the transport and is not flushed.
    pub(crate) written: Written,
    pub(crate) questions: Questions,
    pub(crate) seats: Seats,
    pub(crate) company: Company,
    /// Ends the socket with its token.
    revocation: RevocationWatch,
    /// Whether that is another token than before.
    is_token_new: bool,
    /// Whether nothing that comes from NATS may be told.
    is_held_back: bool,
    /// Answers that came while it was so.
    held_answers: Vec<Answer>,
    /// Rooms that were not looked at yet, because there was so much in others.
    pub(crate) rooms_left: VecDeque<ConversationId>,
    /// Whether nothing live goes out before the first resume.
    pub(crate) is_held: bool,
    /// How long the last flush took: long, if the other end does not read.
    pub(crate) last_write: Duration,
}

impl<T: Transport> Socket<T> {
    /// A socket that was just opened, with what its URL asked for.
    pub(crate) fn new(shared: Arc<Shared>, door: Door, opening: Opening, transport: T) -> Self {
        let config = Arc::clone(&shared.config);
        let is_held = opening.is_held;
        let limits = Arc::clone(&shared.limits);
        let session = Session::new(door, shared.instance.clone(), config, limits, opening, Instant::now());
        let outbox = Outbox::new(Arc::clone(&shared.line));
        let desk = Desk::new(shared.moderator.clone());
        Self {
            shared,
            door,
            transport,
            session,
            mailbox: Arc::default(),
            desk,
            outbox,
            spans: Spans::default(),
            written: Written::default(),
            questions: Questions::default(),
            seats: Seats::default(),
            company: Company::default(),
            revocation: RevocationWatch::of_nothing(),
            is_token_new: false,
            is_held_back: false,
            held_answers: Vec::new(),
            rooms_left: VecDeque::new(),
            is_held,
            last_write: Duration::ZERO,
        }
    }

    /// The same with what is recorded of its way in.
    pub(crate) fn connecting(mut self, span: Option<Span>) -> Self {
        self.spans.connect(span);
        self
    }

    /// Serves the socket to its end; the credential came with the upgrade. In a box: a future holds what it was called with twice.
    pub(crate) async fn run(mut self: Box<Self>, credential: Option<Credential>) {
        metrics::gauge!("chat_gateway_sockets").increment(1);
        metrics::counter!("chat_gateway_opened_total").increment(1);
        let end = self.serve(credential).await;
        metrics::counter!("chat_gateway_closes_total", "reason" => end.label()).increment(1);
        let last_words = self.session.on_end(now());
        if self.perform_rarely(last_words).await.is_ok() && end == End::Code(CloseCode::Draining) {
            Box::pin(self.await_answers()).await;
        }
        self.seats = Seats::default();
        self.company = Company::default();
        Box::pin(self.say_goodbye(end)).await;
        Box::pin(self.empty_outbox()).await;
        for command in self.session.unanswered() {
            drop(self.shared.pending.forget(command));
        }
        metrics::gauge!("chat_gateway_sockets").decrement(1);
    }

    async fn serve(&mut self, credential: Option<Credential>) -> End {
        let write_timeout = self.shared.config.write_timeout();
        if let Some(credential) = credential {
            self.admit(credential);
        }
        let mut effects = Vec::new();
        let mut alarms = pin!(Alarms::new(&self.shared.draining));
        loop {
            match within(write_timeout, pin!(self.step(effects))).await {
                Some(Ok(())) => {}
                Some(Err(end)) => return end,
                None => return End::Code(CloseCode::SlowReader),
            }
            if std::mem::take(&mut self.is_token_new) {
                alarms.as_mut().watch(&self.revocation);
            }
            let next = if self.is_quiet() {
                self.next_of_few(alarms.as_mut()).await
            } else {
                // What is rare takes memory while it lasts.
                Box::pin(self.next_of_all(alarms.as_mut())).await
            };
            effects = match next {
                Ok(effects) => effects,
                Err(end) => return end,
            };
        }
    }

    async fn step(&mut self, effects: Vec<Effect>) -> Result<(), End> {
        self.perform_rarely(effects).await?;
        self.is_held_back = !self.may_tell()?;
        if self.is_held_back { self.flush().await } else { self.deliver().await }
    }

    /// Whether what comes from NATS may be told now. If so, and the token was revoked before, it is known here by now: that ends
    /// the socket.
    pub(crate) fn may_tell(&self) -> Result<bool, End> {
        let is_given = self.shared.clearance.is_given();
        if self.revocation.is_revoked() {
            return Err(End::Code(CloseCode::TokenExpired));
        }
        Ok(is_given)
    }

    /// An answer waits for the clearance, unless it says whether somebody is let in at all.
    async fn on_any_answer(&mut self, answer: Answer) -> Result<Vec<Effect>, End> {
        if matches!(answer, Answer::Admitted(_)) || self.may_tell()? {
            return self.on_answer(answer).await;
        }
        self.held_answers.push(answer);
        Ok(Vec::new())
    }

    async fn on_clearance(&mut self) -> Result<Vec<Effect>, End> {
        let mut effects = Vec::new();
        for answer in std::mem::take(&mut self.held_answers) {
            effects.extend(self.on_any_answer(answer).await?);
        }
        Ok(effects)
    }

    /// Whether nothing is under way: then only few things can happen next.
    fn is_quiet(&self) -> bool {
        !self.is_held_back && self.questions.is_empty() && self.desk.is_empty() && self.outbox.is_empty()
    }

    /// Waits for the next thing that concerns a quiet socket. As long as only news come, nothing else is looked at.
    async fn next_of_few(&mut self, mut alarms: Pin<&mut Alarms>) -> Result<Vec<Effect>, End> {
        let deadline = self.company.next_deadline(self.session.next_deadline());
        alarms.as_mut().expect(deadline.into());
        let next = poll_fn(|cx| {
            let signals = self.mailbox.look(cx);
            if signals.has_other() || !alarms.is_armed() {
                let transport = |cx: &mut Context<'_>| self.transport.poll_receive(cx);
                if let Poll::Ready(next) = alarms.as_mut().poll(&self.mailbox, transport) {
                    if signals.has_news() {
                        self.mailbox.keep_news();
                    }
                    return Poll::Ready(next);
                }
            }
            if signals.has_news() { Poll::Ready(Next::News) } else { Poll::Pending }
        });
        match next.await {
            Next::News => Ok(Vec::new()),
            Next::Draining => Err(End::Code(CloseCode::Draining)),
            Next::Revoked => Err(End::Code(CloseCode::TokenExpired)),
            Next::Time => self.on_any_time(),
            Next::Said(said) => Ok(self.on_said(&said?)),
        }
    }

    fn on_any_time(&mut self) -> Result<Vec<Effect>, End> {
        self.on_company_time()?;
        self.session.on_heard(self.transport.heard_at());
        Ok(self.session.on_time(now()))
    }

    /// Waits for the next thing that concerns this socket.
    async fn next_of_all(&mut self, alarms: Pin<&mut Alarms>) -> Result<Vec<Effect>, End> {
        alarms.disarm();
        let deadline = self.company.next_deadline(self.session.next_deadline());
        let clearance = &self.shared.clearance;
        tokio::select! {
            biased;
            () = self.shared.draining.cancelled() => Err(End::Code(CloseCode::Draining)),
            () = self.revocation.revoked() => Err(End::Code(CloseCode::TokenExpired)),
            () = clearance.overdue(), if self.is_held_back && self.revocation.has_family() => {
                Err(End::Code(CloseCode::Unavailable))
            }
            () = clearance.given(), if self.is_held_back => self.on_clearance().await,
            () = sleep_until(deadline.into()) => self.on_any_time(),
            () = self.mailbox.woken() => Ok(Vec::new()),
            answer = self.questions.next() => self.on_any_answer(answer).await,
            judged = self.desk.next() => Ok(self.on_judged(judged)?.into_iter().collect()),
            failed = self.outbox.progress() => Ok(self.on_progress(failed)),
            said = poll_fn(|cx| self.transport.poll_receive(cx)) => Ok(self.on_said(&said?)),
        }
    }

    fn on_said(&mut self, said: &Said) -> Vec<Effect> {
        metrics::counter!("chat_gateway_frames_received_total").increment(1);
        self.spans.heard(&said.frame);
        match said.callback {
            Some(callback) => self.session.on_question(&said.frame, callback, now()),
            None => self.session.on_text(&said.frame, now()),
        }
    }

    /// A message that was judged goes on its way, or its sender hears that it does not.
    fn on_judged(&mut self, judged: Judged) -> Result<Option<Effect>, End> {
        let Judged { command, refusal } = judged;
        let id = command.id;
        let effect = match refusal {
            Some(refusal) => self.session.on_refused(command, refusal),
            None => Some(Effect::Submit(command)),
        };
        let Some(Effect::Submit(command)) = effect else {
            self.spans.gave_up(id);
            return Ok(effect);
        };
        self.submit(&command)?;
        Ok(None)
    }

    fn submit(&mut self, command: &Command) -> Result<(), End> {
        let encoded = EncodedCommand::new(command).map_err(|error| {
            tracing::error!(%error, "a command cannot be encoded");
            End::Code(CloseCode::Unavailable)
        })?;
        let encoded = encoded.traced(self.spans.place_of(command.id).as_ref());
        self.shared.pending.expect(command.id, MailboxWaiter(self.mailbox.clone()));
        self.outbox.push(encoded);
        Ok(())
    }

    fn on_progress(&mut self, failed: Option<NotTaken>) -> Vec<Effect> {
        let Some(NotTaken(command)) = failed else { return Vec::new() };
        drop(self.shared.pending.forget(command));
        self.spans.gave_up(command);
        metrics::counter!("chat_gateway_commands_given_up_total").increment(1);
        let frame = self.session.on_not_taken(command);
        frame.map(|frame| self.session.to_asker(command, frame)).into_iter().collect()
    }

    /// Performs them, if there are any, in memory that is held no longer.
    pub(crate) async fn perform_rarely(&mut self, effects: Vec<Effect>) -> Result<(), End> {
        if effects.is_empty() { Ok(()) } else { Box::pin(self.perform(effects)).await }
    }

    async fn perform(&mut self, effects: Vec<Effect>) -> Result<(), End> {
        let mut effects = VecDeque::from(effects);
        while let Some(effect) = effects.pop_front() {
            match effect {
                Effect::Send(frame) => self.feed(&frame).await?,
                Effect::Answer(callback, frame) => self.answer(callback, encode(&frame)?).await?,
                Effect::Taken(callback) => self.answer(callback, TAKEN.into()).await?,
                Effect::Verify(token) => effects.extend(self.verify(token)),
                Effect::Enter(identity) => {
                    self.company.identity = Some(identity.clone());
                    self.questions.enter(&self.shared, self.door, self.mailbox.clone(), *identity);
                }
                Effect::Open { log_epoch } => {
                    self.spans.connected();
                    self.open(log_epoch).await?;
                }
                Effect::Resume(conversation, asked) => self.resume(conversation, asked).await?,
                Effect::Release => self.release(),
                Effect::Typing(conversation, is_typing) => self.tell_typing(conversation, is_typing).await?,
                Effect::Submit(mut command) => {
                    self.seats.name_head(&mut command.body);
                    self.spans.submitted(&command);
                    if let Some(command) = self.desk.take(command) {
                        self.submit(&command)?;
                    }
                }
                Effect::Heartbeat => self.send_heartbeat().await?,
                Effect::Ping => self.transport.ping().await?,
                Effect::Close(code) => {
                    self.flush().await?;
                    return Err(End::Code(code));
                }
                Effect::Abandon => return Err(End::Gone),
            }
        }
        Ok(())
    }

    fn admit(&mut self, credential: Credential) {
        self.session.on_credential();
        self.questions.admit(&self.shared, credential);
    }

    /// A token came in a frame: the first one opens the door, a later one keeps it open.
    fn verify(&mut self, token: Token) -> Vec<Effect> {
        if self.session.is_anonymous() {
            self.admit(Credential::Token(token.0));
            return Vec::new();
        }
        match self.shared.admission.verify_token(&token.0, now().utc) {
            // The first token of a new key, perhaps: that is found out while the socket goes on.
            Err(AdmissionError::UnknownKey) if !self.questions.is_admitting => {
                self.questions.admit(&self.shared, Credential::Token(token.0));
                Vec::new()
            }
            verdict => self.on_admitted(verdict),
        }
    }

    pub(crate) fn on_admitted(&mut self, admitted: Result<Admitted, AdmissionError>) -> Vec<Effect> {
        let origin = admitted.as_ref().ok().map(Admitted::origin);
        let effects = self.session.on_admitted(admitted, now());
        if let (Some(origin), false) = (origin, effects.iter().any(|effect| matches!(effect, Effect::Close(_)))) {
            self.revocation = self.shared.admission.watch(origin);
            self.is_token_new = true;
        }
        effects
    }

    pub(crate) async fn feed(&mut self, frame: &ServerFrame) -> Result<(), End> {
        self.send(encode(frame)?).await
    }

    async fn answer(&mut self, callback: Callback, frame: Frame) -> Result<(), End> {
        self.written.add_frames(1);
        self.transport.answer(callback, frame).await
    }

    pub(crate) async fn send(&mut self, frame: Frame) -> Result<(), End> {
        self.written.add_frames(1);
        self.transport.feed(frame).await
    }

    /// Sends the first `count` events of a batch.
    pub(crate) async fn send_batch(&mut self, batch: &Batch, count: usize) -> Result<(), End> {
        self.written.add_frames(count as u64);
        self.transport.feed_batch(batch, count).await
    }

    pub(crate) async fn flush(&mut self) -> Result<(), End> {
        let mut flush = pin!(self.transport.flush());
        self.last_write = if let Some(flushed) = at_once(flush.as_mut()).await {
            flushed?;
            Duration::ZERO
        } else {
            let begun = Instant::now();
            flush.await?;
            begun.elapsed()
        };
        self.written.flushed();
        Ok(())
    }

    /// Before the gateway is left: what was said gets its answer, if that comes soon. Nothing new is heard.
    async fn await_answers(&mut self) {
        let answering = async {
            while self.session.unanswered().next().is_some() {
                let effects = tokio::select! {
                    () = self.mailbox.woken() => None,
                    judged = self.desk.next() => self.on_judged(judged).ok().flatten(),
                    _ = self.outbox.progress() => None,
                };
                if self.may_tell() != Ok(true) || self.perform_rarely(effects.into_iter().collect()).await.is_err() {
                    return;
                }
                if self.deliver().await.is_err() {
                    return;
                }
            }
        };
        // Whoever got no answer asks the next gateway, with the same client_id.
        let _in_time = timeout(DRAIN_PATIENCE, answering).await;
    }

    async fn say_goodbye(&mut self, end: End) {
        let reason = match end {
            End::Code(CloseCode::Draining) => {
                let spread = rand::rng().random_range(0..=self.shared.config.reconnect_spread_ms);
                format!("reconnect_after_ms={spread}")
            }
            End::Code(code) => code.reason().to_owned(),
            End::Protocol(_) | End::Gone => String::new(),
        };
        self.transport.close(end, reason).await;
    }

    /// What was said before the end is still stored, if the stream takes it soon.
    async fn empty_outbox(&mut self) {
        let emptied = timeout(OUTBOX_TIMEOUT, async {
            while !(self.desk.is_empty() && self.outbox.is_published()) {
                tokio::select! {
                    // Whoever is gone hears of no refusal.
                    judged = self.desk.next() => drop(self.on_judged(judged)),
                    _ = self.outbox.progress() => {}
                }
            }
        });
        if emptied.await.is_err() {
            tracing::warn!("a closed socket's last messages were not taken by the stream");
        }
    }
}

/// The outcome of a future that has one without waiting.
async fn at_once<F: Future>(mut future: Pin<&mut F>) -> Option<F::Output> {
    match poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await {
        Poll::Ready(outcome) => Some(outcome),
        Poll::Pending => None,
    }
}

/// The outcome of a future that has one in time. The clock is only asked if it has to wait.
async fn within<F: Future>(limit: Duration, mut future: Pin<&mut F>) -> Option<F::Output> {
    match at_once(future.as_mut()).await {
        Some(outcome) => Some(outcome),
        None => timeout(limit, future).await.ok(),
    }
}

fn encode(frame: &ServerFrame) -> Result<Frame, End> {
    let text = serde_json::to_string(frame).map_err(|error| {
        tracing::error!(%error, "a frame cannot be encoded");
        End::Code(CloseCode::Unavailable)
    })?;
    Ok(text.into())
}

/// The time, on both clocks.
pub(crate) fn now() -> Now {
    Now { instant: Instant::now(), utc: chrono::Utc::now() }
}

#[cfg(test)]
mod sizes;
