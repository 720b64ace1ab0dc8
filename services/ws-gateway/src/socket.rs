//! Drives one socket: the only place where a session meets the wire. One task, no queue; what is ready goes out together.

use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chat_auth::Verifier;
use chat_bus::Bus;
use chat_bus::asker::Pending;
use chat_bus::commands::EncodedCommand;
use chat_protocol::close::CloseCode;
use chat_protocol::frame::ServerFrame;
use chat_protocol::ids::{ConversationId, InstanceId, Seq};
use chat_protocol::rpc::{AuthorizeResponse, EventsAfterResponse, FramedEvent};
use futures_util::{SinkExt as _, StreamExt as _};
use rand::Rng as _;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Semaphore;
use tokio::time::{sleep_until, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Error as WsError, Message};
use tokio_util::sync::CancellationToken;

use crate::closing::{End, close_frame, goodbye};
use crate::config::SocketSection;
use crate::delivery::Reading;
use crate::hub::Hub;
use crate::log_access::{self, AccessError};
use crate::mailbox::{Mailbox, MailboxWaiter};
use crate::outbox::{NotTaken, Outbox};
use crate::room::RoomMembership;
use crate::session::{Effect, Now, Session};
use crate::upgrade::Opening;

/// How long a socket that is to be left waits for the answers to what was said on it.
const DRAIN_PATIENCE: Duration = Duration::from_secs(2);
/// How long what was said before a socket closed may take to reach the stream.
const OUTBOX_TIMEOUT: Duration = Duration::from_secs(5);

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

/// A question to the api that is under way.
pub(crate) type Question<T> = Option<Pin<Box<dyn Future<Output = Result<T, AccessError>> + Send>>>;

/// One socket.
pub struct Socket<S> {
    pub(crate) shared: Arc<Shared>,
    pub(crate) conversation: ConversationId,
    stream: WebSocketStream<S>,
    pub(crate) session: Session,
    pub(crate) mailbox: Arc<Mailbox>,
    pub(crate) outbox: Outbox,
    entry: Question<(RoomMembership, AuthorizeResponse)>,
    pub(crate) membership: Option<RoomMembership>,
    pub(crate) reading: Option<Reading>,
    pub(crate) log_read: Question<(Seq, EventsAfterResponse)>,
    pub(crate) is_held: bool,
    /// A page of the log that is still to be sent.
    pub(crate) page: Vec<FramedEvent>,
    /// How long the last flush took: long, if the other end does not read.
    pub(crate) last_write: Duration,
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
            page: Vec::new(),
            last_write: Duration::ZERO,
        }
    }

    /// Serves the socket to its end; `token` came with the upgrade.
    pub async fn run(mut self, token: Option<String>) {
        metrics::gauge!("chat_gateway_sockets").increment(1);
        let end = self.serve(token).await;
        metrics::counter!("chat_gateway_closes_total", "reason" => end.label()).increment(1);
        if end == End::Code(CloseCode::Draining) {
            self.await_answers().await;
        }
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
            Some(Err(error)) => return Err(error.into()),
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

    pub(crate) async fn feed(&mut self, frame: &ServerFrame) -> Result<(), End> {
        let text = serde_json::to_string(frame).map_err(|error| {
            tracing::error!(%error, "a frame cannot be encoded");
            End::Code(CloseCode::Unavailable)
        })?;
        self.send(Message::text(text)).await
    }

    pub(crate) async fn send(&mut self, message: Message) -> Result<(), End> {
        metrics::counter!("chat_gateway_frames_sent_total").increment(1);
        Ok(self.stream.feed(message).await?)
    }

    pub(crate) async fn flush(&mut self) -> Result<(), End> {
        let begun = Instant::now();
        self.stream.flush().await?;
        self.last_write = begun.elapsed();
        Ok(())
    }

    /// Before the gateway is left: what was said gets its answer, if that comes soon. Nothing new is heard.
    async fn await_answers(&mut self) {
        let answering = async {
            while self.session.unanswered().next().is_some() {
                tokio::select! {
                    () = self.mailbox.woken() => {}
                    _ = self.outbox.progress() => {}
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
