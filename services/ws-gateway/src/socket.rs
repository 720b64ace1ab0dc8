//! Drives one socket: the only place where a session meets the wire. One task, no queue; what is ready goes out together.

use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chat_auth::Verifier;
use chat_bus::asker::Pending;
use chat_bus::commands::EncodedCommand;
use chat_bus::rpc::{self, RpcError};
use chat_bus::{Bus, BusError};
use chat_protocol::close::CloseCode;
use chat_protocol::frame::ServerFrame;
use chat_protocol::ids::{ConversationId, InstanceId, Seq};
use chat_protocol::rpc::{AuthorizeRequest, AuthorizeResponse, Identity};
use futures_util::{SinkExt as _, StreamExt as _};
use rand::Rng as _;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{sleep_until, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error as WsError, Message};
use tokio_util::sync::CancellationToken;

use crate::config::SocketSection;
use crate::hub::Hub;
use crate::mailbox::{Mailbox, MailboxWaiter};
use crate::outbox::{Outbox, Progress};
use crate::ring::Cursor;
use crate::room::{ReadError, Room, RoomMembership};
use crate::session::{Effect, Now, Session};

/// How long the api may take to say who may read what.
const AUTHORIZE_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the other end may take to answer a close frame.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);
/// How long what was said before a socket closed may take to reach the stream.
const OUTBOX_TIMEOUT: Duration = Duration::from_secs(8);
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

type Authorization = Pin<Box<dyn Future<Output = Result<(RoomMembership, AuthorizeResponse), EntryError>> + Send>>;

/// Why a conversation could not be entered.
#[derive(Debug, thiserror::Error)]
enum EntryError {
    #[error(transparent)]
    Bus(#[from] BusError),
    #[error(transparent)]
    Rpc(#[from] RpcError),
}

/// The place of a socket in its conversation.
struct Reading {
    membership: RoomMembership,
    cursor: Cursor,
    /// Everything up to here needs no sending.
    sent: Seq,
}

/// One socket.
pub struct Socket<S> {
    shared: Arc<Shared>,
    conversation: ConversationId,
    stream: WebSocketStream<S>,
    session: Session,
    mailbox: Arc<Mailbox>,
    outbox: Outbox,
    authorization: Option<Authorization>,
    reading: Option<Reading>,
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Socket<S> {
    /// A socket that was just opened.
    #[must_use]
    pub fn new(shared: Arc<Shared>, conversation: ConversationId, stream: WebSocketStream<S>) -> Self {
        let session = Session::new(conversation, shared.instance.clone(), shared.config.clone(), Instant::now());
        let outbox = Outbox::new(shared.bus.clone());
        Self {
            shared,
            conversation,
            stream,
            session,
            mailbox: Arc::default(),
            outbox,
            authorization: None,
            reading: None,
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
            entered = wait_for(&mut self.authorization) => self.on_entered(entered),
            progress = self.outbox.progress() => Ok(self.on_progress(progress)),
            message = self.stream.next() => self.on_message(message),
            () = sleep_until(deadline.into()) => {
                let last_seq = self.reading.as_ref().map(|reading| reading.sent);
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

    fn on_progress(&mut self, progress: Progress) -> Vec<Effect> {
        let Progress::NotTaken(command) = progress else { return Vec::new() };
        drop(self.shared.pending.forget(command));
        self.session.on_not_taken(command).map(Effect::Send).into_iter().collect()
    }

    fn on_entered(
        &mut self,
        entered: Result<(RoomMembership, AuthorizeResponse), EntryError>,
    ) -> Result<Vec<Effect>, End> {
        self.authorization = None;
        let (membership, response) = entered.map_err(|error| {
            tracing::warn!(%error, "a socket could not be let in");
            End::Code(CloseCode::Unavailable)
        })?;
        let effects = self.session.on_authorized(&response);
        if let [Effect::Send(ServerFrame::Ready { last_seq: Some(head), .. })] = effects.as_slice() {
            let room = membership.room();
            room.learn_head(*head);
            let cursor = room.cursor_after(*head).ok_or(End::Code(CloseCode::SlowReader))?;
            self.reading = Some(Reading { membership, cursor, sent: *head });
        }
        Ok(effects)
    }

    async fn perform(&mut self, effects: Vec<Effect>) -> Result<(), End> {
        for effect in effects {
            match effect {
                Effect::Send(frame) => self.feed(&frame).await?,
                Effect::Authorize(identity) => self.authorization = Some(self.enter(*identity)),
                Effect::Submit(command) => {
                    let encoded = EncodedCommand::new(&command).map_err(|error| {
                        tracing::error!(%error, "a command cannot be encoded");
                        End::Code(CloseCode::Unavailable)
                    })?;
                    self.shared.pending.expect(command.id, MailboxWaiter(self.mailbox.clone()));
                    self.outbox.push(encoded);
                }
                Effect::Ping => self.stream.feed(Message::Ping(Vec::new().into())).await.map_err(|e| end_of(&e))?,
                Effect::Close(code) => {
                    self.flush().await?;
                    return Err(End::Code(code));
                }
                Effect::Abandon => return Err(End::Gone),
            }
        }
        Ok(())
    }

    /// First the subscription, then, on the same connection, the question: what happens in between is in the ring.
    fn enter(&self, identity: Identity) -> Authorization {
        let (shared, conversation, mailbox) = (self.shared.clone(), self.conversation, self.mailbox.clone());
        Box::pin(async move {
            let room: Arc<Room> = shared.hub.room(conversation).await?;
            let membership = room.join(mailbox);
            let request = AuthorizeRequest { identity, conversation_ids: vec![conversation] };
            let response = rpc::call(&shared.bus, "api", "authorize", &request, AUTHORIZE_TIMEOUT).await?;
            Ok((membership, response))
        })
    }

    /// Sends the answers and events that are there.
    async fn deliver(&mut self) -> Result<(), End> {
        for (command, outcome) in self.mailbox.take_answers() {
            if let Some(frame) = self.session.on_answer(command, outcome) {
                self.feed(&frame).await?;
            }
        }
        let mut chunk = Vec::new();
        let mut unflushed = 0;
        while let Some(reading) = &mut self.reading {
            reading.membership.room().read(&mut reading.cursor, READ_CHUNK, &mut chunk).map_err(
                |error| match error {
                    ReadError::Overtaken => End::Code(CloseCode::SlowReader),
                    ReadError::Closed(code) => End::Code(code),
                },
            )?;
            if chunk.is_empty() {
                break;
            }
            for entry in chunk.drain(..) {
                if entry.seq <= reading.sent {
                    continue;
                }
                reading.sent = entry.seq;
                unflushed += entry.frame.len();
                self.stream.feed(Message::Text(entry.frame)).await.map_err(|error| end_of(&error))?;
                metrics::counter!("chat_gateway_deliveries_total").increment(1);
                if unflushed > FLUSH_BYTES {
                    self.stream.flush().await.map_err(|error| end_of(&error))?;
                    unflushed = 0;
                }
            }
        }
        self.flush().await
    }

    async fn feed(&mut self, frame: &ServerFrame) -> Result<(), End> {
        let text = serde_json::to_string(frame).map_err(|error| {
            tracing::error!(%error, "a frame cannot be encoded");
            End::Code(CloseCode::Unavailable)
        })?;
        self.stream.feed(Message::text(text)).await.map_err(|error| end_of(&error))
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
            while !outbox.is_empty() {
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

/// Waits for what may not have begun.
async fn wait_for(
    authorization: &mut Option<Authorization>,
) -> Result<(RoomMembership, AuthorizeResponse), EntryError> {
    match authorization {
        Some(authorization) => authorization.await,
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
