//! Drives one socket: the only place where a session meets the wire. One task, no queue; what is ready goes out together.

use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chat_auth::Verifier;
use chat_bus::Bus;
use chat_bus::asker::Pending;
use chat_bus::commands::EncodedCommand;
use chat_protocol::close::CloseCode;
use chat_protocol::error::{ErrorCode, Refusal};
use chat_protocol::frame::{Resume, ServerFrame};
use chat_protocol::ids::{ConversationId, InstanceId, Seq};
use chat_protocol::rpc::{AuthorizeResponse, EventsAfterResponse};
use futures_util::{SinkExt as _, StreamExt as _};
use rand::Rng as _;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Semaphore;
use tokio::time::{sleep_until, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error as WsError, Message, Utf8Bytes};
use tokio_util::sync::CancellationToken;

use crate::config::SocketSection;
use crate::feed::{Answer, Feed, Want};
use crate::hub::Hub;
use crate::log_access::{self, AccessError};
use crate::mailbox::{Mailbox, MailboxWaiter};
use crate::outbox::{NotTaken, Outbox};
use crate::room::{ReadError, RoomMembership};
use crate::session::{Effect, Now, Session};
use crate::upgrade::Opening;

/// How long the other end may take to answer a close frame.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);
/// How long what was said before a socket closed may take to reach the stream.
const OUTBOX_TIMEOUT: Duration = Duration::from_secs(5);
/// Events copied out of the ring at once.
const READ_CHUNK: usize = 64;
/// Bytes that are written before the socket is flushed.
const FLUSH_BYTES: usize = 64 * 1024;

/// What all sockets of a gateway share.
pub struct Shared {
    /// NATS.
    pub bus: Bus,
    /// The name of this gateway.
    pub instance: InstanceId,
    /// The conversations held here.
    pub hub: Hub,
    /// Who waits for the answer to which command.
    pub pending: Pending<MailboxWaiter>,
    /// Verifies tokens.
    pub verifier: Verifier,
    /// Settings.
    pub config: SocketSection,
    /// Places for resumes that read from the log.
    pub log_reads: Arc<Semaphore>,
    /// Cancelled when the gateway is to be left.
    pub draining: CancellationToken,
}

/// How a socket ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// With one of our codes.
    Code(CloseCode),
    /// With a code of the WebSocket protocol itself.
    Protocol(u16),
    /// The other end closed, or is gone.
    Gone,
}

/// A question to the api that is under way.
type Question<T> = Option<Pin<Box<dyn Future<Output = Result<T, AccessError>> + Send>>>;

/// The place of a socket in its conversation.
struct Reading {
    membership: RoomMembership,
    feed: Feed,
    log_epoch: i64,
}

/// One socket.
pub struct Socket<S> {
    shared: Arc<Shared>,
    conversation: ConversationId,
    stream: WebSocketStream<S>,
    session: Session,
    mailbox: Arc<Mailbox>,
    outbox: Outbox,
    entry: Question<(RoomMembership, AuthorizeResponse)>,
    membership: Option<RoomMembership>,
    reading: Option<Reading>,
    log_read: Question<(Seq, EventsAfterResponse)>,
    is_held: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Socket<S> {
    /// A socket that was just opened, with what its URL asked for.
    #[must_use]
    pub fn new(
        shared: Arc<Shared>,
        conversation: ConversationId,
        opening: Opening,
        stream: WebSocketStream<S>,
    ) -> Self {
        let config = shared.config.clone();
        let is_held = opening.is_held;
        let session = Session::new(conversation, shared.instance.clone(), config, opening, Instant::now());
        let outbox = Outbox::new(shared.bus.clone(), shared.pending.positions().clone());
        Self {
            shared,
            conversation,
            stream,
            session,
            mailbox: Arc::default(),
            outbox,
            entry: None,
            membership: None,
            reading: None,
            log_read: None,
            is_held,
        }
    }

    /// Serves the socket to its end; `token` came with the upgrade.
    pub async fn run(mut self, token: Option<String>) {
        metrics::gauge!("chat_gateway_sockets").increment(1);
        let end = self.serve(token).await;
        let label = match end {
            End::Code(code) => code.reason(),
            End::Protocol(_) => "protocol",
            End::Gone => "gone",
        };
        metrics::counter!("chat_gateway_closes_total", "reason" => label).increment(1);
        self.reading = None;
        self.say_goodbye(end).await;
        self.empty_outbox().await;
        for command in self.session.unanswered() {
            drop(self.shared.pending.forget(command));
        }
        metrics::gauge!("chat_gateway_sockets").decrement(1);
    }

    async fn serve(&mut self, token: Option<String>) -> End {
        let write_timeout = self.shared.config.write_timeout();
        let mut effects = match token {
            Some(token) => self.session.on_token(&token, &self.shared.verifier, now()),
            None => Vec::new(),
        };
        loop {
            let step = async {
                self.perform(effects).await?;
                self.deliver().await
            };
            match timeout(write_timeout, step).await {
                Ok(Ok(())) => {}
                Ok(Err(end)) => return end,
                Err(_) => return End::Code(CloseCode::SlowReader),
            }
            effects = match self.next_effects().await {
                Ok(effects) => effects,
                Err(end) => return end,
            };
        }
    }

    /// Waits for the next thing that concerns this socket.
    async fn next_effects(&mut self) -> Result<Vec<Effect>, End> {
        let deadline = self.session.next_deadline();
        tokio::select! {
            biased;
            () = self.shared.draining.cancelled() => Err(End::Code(CloseCode::Draining)),
            () = self.mailbox.woken() => Ok(Vec::new()),
            entered = answer_to(&mut self.entry) => self.on_entered(entered),
            read = answer_to(&mut self.log_read) => self.on_log_read(read).await,
            failed = self.outbox.progress() => Ok(self.on_progress(failed)),
            message = self.stream.next() => self.on_message(message),
            () = sleep_until(deadline.into()) => {
                let last_seq = self.reading.as_ref().and_then(|reading| reading.membership.room().last_seq());
                Ok(self.session.on_time(Instant::now(), last_seq))
            }
        }
    }

    fn on_message(&mut self, message: Option<Result<Message, WsError>>) -> Result<Vec<Effect>, End> {
        let message = match message {
            Some(Ok(message)) => message,
            Some(Err(error)) => return Err(end_of(&error)),
            None => return Err(End::Gone),
        };
        self.session.on_heard(Instant::now());
        match message {
            Message::Text(text) => {
                metrics::counter!("chat_gateway_frames_received_total").increment(1);
                Ok(self.session.on_text(&text, &self.shared.verifier, now()))
            }
            Message::Binary(_) => Err(End::Code(CloseCode::Protocol)),
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => Ok(Vec::new()),
            Message::Close(_) => Err(End::Gone),
        }
    }

    fn on_progress(&mut self, failed: Option<NotTaken>) -> Vec<Effect> {
        let Some(NotTaken(command)) = failed else { return Vec::new() };
        drop(self.shared.pending.forget(command));
        self.session.on_not_taken(command).map(Effect::Send).into_iter().collect()
    }

    fn on_entered(
        &mut self,
        entered: Result<(RoomMembership, AuthorizeResponse), AccessError>,
    ) -> Result<Vec<Effect>, End> {
        self.entry = None;
        let (membership, response) = entered.map_err(|error| {
            tracing::warn!(%error, "a socket could not be let in");
            End::Code(CloseCode::Unavailable)
        })?;
        self.membership = Some(membership);
        Ok(self.session.on_authorized(&response))
    }

    async fn perform(&mut self, effects: Vec<Effect>) -> Result<(), End> {
        for effect in effects {
            match effect {
                Effect::Send(frame) => self.feed(&frame).await?,
                Effect::Authorize(identity) => {
                    let (shared, mailbox) = (self.shared.clone(), self.mailbox.clone());
                    self.entry = Some(Box::pin(log_access::enter(shared, self.conversation, mailbox, *identity)));
                }
                Effect::Open { head, log_epoch } => self.open(head, log_epoch),
                Effect::Resume(asked) => self.resume(asked).await?,
                Effect::Submit(command) => {
                    let encoded = EncodedCommand::new(&command).map_err(|error| {
                        tracing::error!(%error, "a command cannot be encoded");
                        End::Code(CloseCode::Unavailable)
                    })?;
                    self.shared.pending.expect(command.id, MailboxWaiter(self.mailbox.clone()));
                    self.outbox.push(encoded);
                }
                Effect::Ping => self.send(Message::Ping(Vec::new().into())).await?,
                Effect::Close(code) => {
                    self.flush().await?;
                    return Err(End::Code(code));
                }
                Effect::Abandon => return Err(End::Gone),
            }
        }
        Ok(())
    }

    fn open(&mut self, head: Seq, log_epoch: i64) {
        let Some(membership) = self.membership.take() else { return };
        membership.room().learn_head(head);
        let feed = Feed::new(head, self.is_held, self.shared.config.max_resume_events);
        self.reading = Some(Reading { membership, feed, log_epoch });
    }

    async fn resume(&mut self, asked: Resume) -> Result<(), End> {
        let Some(reading) = &mut self.reading else { return Ok(()) };
        let head = reading.membership.room().last_seq().unwrap_or_default();
        match reading.feed.resume(asked, reading.log_epoch, head) {
            Answer::Replaying => {}
            Answer::AskLog => self.read_log(asked.after_seq),
            Answer::Resync => self.require_resync().await?,
            Answer::Busy => {
                let refusal = Refusal::new(ErrorCode::Conflict, "Another resume is under way.");
                self.feed(&ServerFrame::refused(refusal, None)).await?;
            }
        }
        Ok(())
    }

    async fn require_resync(&mut self) -> Result<(), End> {
        let Some(reading) = &self.reading else { return Ok(()) };
        metrics::counter!("chat_gateway_resumes_total", "source" => "resync").increment(1);
        let frame = ServerFrame::ResyncRequired {
            conversation_id: self.conversation,
            last_seq: reading.feed.last_seq(),
            log_epoch: reading.log_epoch,
        };
        self.feed(&frame).await
    }

    fn read_log(&mut self, after: Seq) {
        let Some(user) = self.session.reader() else { return };
        self.log_read = Some(Box::pin(log_access::read(self.shared.clone(), self.conversation, user, after)));
    }

    /// The log has answered: either with what is missing, or with how far it reaches.
    async fn on_log_read(&mut self, read: Result<(Seq, EventsAfterResponse), AccessError>) -> Result<Vec<Effect>, End> {
        self.log_read = None;
        let (after, page) = read.map_err(|error| {
            tracing::warn!(%error, "a resume could not be read from the log");
            End::Code(CloseCode::Unavailable)
        })?;
        let Some(reading) = &mut self.reading else { return Ok(Vec::new()) };
        if !page.is_participant {
            return Err(End::Code(CloseCode::NotParticipant));
        }
        let Want::Replay { after: wanted, until } = reading.feed.want() else {
            if reading.feed.resume_with_log(after, page.last_seq) == Answer::Resync {
                self.require_resync().await?;
            }
            return Ok(Vec::new());
        };
        if page.log_epoch != reading.log_epoch || wanted.next() < page.first_seq {
            reading.feed.resync();
            self.require_resync().await?;
            return Ok(Vec::new());
        }
        let missing: Vec<_> =
            page.events.into_iter().filter(|event| event.seq > wanted && event.seq <= until).collect();
        if missing.first().is_none_or(|first| first.seq != wanted.next()) {
            tracing::error!(conversation_id = %self.conversation, after = wanted.0, "the log has a hole");
            return Err(End::Code(CloseCode::Resync));
        }
        for event in missing {
            if let Some(reading) = &mut self.reading {
                reading.feed.sent_replay(event.seq);
            }
            let text: &str = event.frame.get();
            self.send(Message::Text(Utf8Bytes::from(text))).await?;
        }
        Ok(Vec::new())
    }

    /// Sends the answers and events that are there.
    async fn deliver(&mut self) -> Result<(), End> {
        for (command, outcome) in self.mailbox.take_answers() {
            self.outbox.answered(command);
            if let Some(frame) = self.session.on_answer(command, outcome) {
                self.feed(&frame).await?;
            }
        }
        let mut chunk = Vec::new();
        while self.log_read.is_none() && self.read_ring(&mut chunk)? {
            let mut unflushed = 0;
            for entry in chunk.drain(..) {
                unflushed += entry.frame.len();
                self.send(Message::Text(entry.frame)).await?;
                if unflushed > FLUSH_BYTES {
                    self.flush().await?;
                    unflushed = 0;
                }
            }
            self.finish_replay().await?;
        }
        self.flush().await
    }

    /// Takes from the ring what this reader is to get next, or asks the log where the ring does not reach back. False if
    /// there is nothing to send now.
    fn read_ring(&mut self, chunk: &mut Vec<crate::ring::Entry>) -> Result<bool, End> {
        let Some(reading) = &mut self.reading else { return Ok(false) };
        let room = reading.membership.room();
        match reading.feed.want() {
            Want::Nothing => Ok(false),
            Want::Live { after } => {
                match room.read_after(after, READ_CHUNK, chunk) {
                    Ok(()) => {}
                    Err(ReadError::Closed(code)) => return Err(End::Code(code)),
                    Err(ReadError::Overtaken) if reading.feed.overtaken(room.last_seq().unwrap_or_default()) => {
                        return Ok(true);
                    }
                    Err(ReadError::Overtaken) => return Err(End::Code(CloseCode::SlowReader)),
                }
                if let Some(last) = chunk.last() {
                    reading.feed.sent_live(last.seq);
                }
                Ok(!chunk.is_empty())
            }
            Want::Replay { after, until } if after >= until => Ok(true),
            Want::Replay { after, until } => match room.read_after(after, READ_CHUNK, chunk) {
                Ok(()) => {
                    chunk.retain(|entry| entry.seq <= until);
                    if let Some(last) = chunk.last() {
                        metrics::counter!("chat_gateway_resumes_total", "source" => "ring").increment(1);
                        reading.feed.sent_replay(last.seq);
                    }
                    Ok(!chunk.is_empty())
                }
                Err(ReadError::Closed(code)) => Err(End::Code(code)),
                Err(ReadError::Overtaken) => {
                    metrics::counter!("chat_gateway_resumes_total", "source" => "log").increment(1);
                    self.read_log(after);
                    Ok(false)
                }
            },
        }
    }

    async fn finish_replay(&mut self) -> Result<(), End> {
        let Some(reading) = &mut self.reading else { return Ok(()) };
        if !reading.feed.finish_replay() {
            return Ok(());
        }
        let frame = ServerFrame::Resumed {
            conversation_id: self.conversation,
            last_seq: reading.feed.last_seq(),
            log_epoch: reading.log_epoch,
            read_state: Vec::new(),
        };
        self.feed(&frame).await
    }

    async fn feed(&mut self, frame: &ServerFrame) -> Result<(), End> {
        let text = serde_json::to_string(frame).map_err(|error| {
            tracing::error!(%error, "a frame cannot be encoded");
            End::Code(CloseCode::Unavailable)
        })?;
        self.send(Message::text(text)).await
    }

    async fn send(&mut self, message: Message) -> Result<(), End> {
        metrics::counter!("chat_gateway_frames_sent_total").increment(1);
        self.stream.feed(message).await.map_err(|error| end_of(&error))
    }

    async fn flush(&mut self) -> Result<(), End> {
        self.stream.flush().await.map_err(|error| end_of(&error))
    }

    async fn say_goodbye(&mut self, end: End) {
        let frame = match end {
            End::Code(CloseCode::Draining) => {
                let spread = rand::rng().random_range(0..=self.shared.config.reconnect_spread_ms);
                close_frame(CloseCode::Draining.code(), format!("reconnect_after_ms={spread}"))
            }
            End::Code(code) => close_frame(code.code(), code.reason().to_owned()),
            End::Protocol(code) => close_frame(code, String::new()),
            End::Gone => return,
        };
        goodbye(&mut self.stream, frame).await;
    }

    /// What was said before the end is still stored, if the stream takes it soon.
    async fn empty_outbox(&mut self) {
        let outbox = &mut self.outbox;
        let emptied = timeout(OUTBOX_TIMEOUT, async {
            while !outbox.is_published() {
                outbox.progress().await;
            }
        });
        if emptied.await.is_err() {
            tracing::warn!("a closed socket's last messages were not taken by the stream");
        }
    }
}

/// Closes a socket that leads nowhere.
pub async fn turn_away<S: AsyncRead + AsyncWrite + Unpin>(mut stream: WebSocketStream<S>, code: CloseCode) {
    goodbye(&mut stream, close_frame(code.code(), code.reason().to_owned())).await;
}

async fn goodbye<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut WebSocketStream<S>, frame: CloseFrame) {
    let closing = async {
        if stream.close(Some(frame)).await.is_ok() {
            // Until the other end has closed too: otherwise it may never read why.
            while let Some(Ok(_)) = stream.next().await {}
        }
    };
    // Whoever does not answer in time is left alone.
    let _answered = timeout(CLOSE_TIMEOUT, closing).await;
}

/// Waits for the answer, for ever if nothing was asked.
async fn answer_to<T>(question: &mut Question<T>) -> Result<T, AccessError> {
    match question {
        Some(question) => question.await,
        None => std::future::pending().await,
    }
}

fn now() -> Now {
    Now { instant: Instant::now(), utc: chrono::Utc::now() }
}

fn close_frame(code: u16, reason: String) -> CloseFrame {
    CloseFrame { code: code.into(), reason: reason.into() }
}

fn end_of(error: &WsError) -> End {
    match error {
        WsError::Capacity(_) => End::Code(CloseCode::FrameTooLarge),
        WsError::Utf8(_) => End::Protocol(1007),
        WsError::Protocol(_) => End::Protocol(1002),
        WsError::WriteBufferFull(_) => End::Code(CloseCode::SlowReader),
        _ => End::Gone,
    }
}
