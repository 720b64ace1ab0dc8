//! What one socket may do and what happens then: a state machine without socket, clock, NATS or SQL.

mod asking;
mod haste;
mod judging;
mod marking;
mod speaking;
mod typing;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chat_limits::{Bucket, Meter as _, Place};
use chat_protocol::close::CloseCode;
use chat_protocol::command::Command;
use chat_protocol::error::{ErrorCode, Refusal};
use chat_protocol::frame::{BadFrame, ClientFrame, Resume, ResumeRequest, ServerFrame, Target};
use chat_protocol::ids::{ClientId, CommandId, ConversationId, InstanceId, UserId};
use chat_protocol::limits::{MAX_BAD_FRAMES, MAX_RESUME_POSITIONS};
use chat_protocol::reply::Outcome;
use chat_protocol::rpc::{AuthorizeResponse, Identity};
use chrono::{DateTime, Utc};

use self::marking::MarkBook;
use self::typing::TypingBook;
use crate::admission::{AdmissionError, Admitted};
use crate::config::SocketSection;
use crate::limits::{FrameClass, Limits};
use crate::transport::Callback;
use crate::upgrade::{Opening, Token};

/// How long it may take to find out whether what was shown is good; then the client is to come back.
const ADMISSION_PATIENCE: Duration = Duration::from_secs(5);
/// Frames that may come before it is known where the caller takes part; the next is refused.
const MAX_EARLY_FRAMES: usize = 64;

/// The time, on both clocks.
#[derive(Debug, Clone, Copy)]
pub struct Now {
    /// For durations.
    pub instant: Instant,
    /// For tokens.
    pub utc: DateTime<Utc>,
}

/// Which path a socket came in by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// `/ws/chat/{conversation_id}/`
    Chat(ConversationId),
    /// `/ws/`: every conversation of the caller, and presence.
    All,
    /// `/ws/presence/`
    Presence,
}

impl Door {
    /// The one conversation of the socket, if it is for one.
    #[must_use]
    pub const fn conversation(self) -> Option<ConversationId> {
        match self {
            Self::Chat(conversation) => Some(conversation),
            Self::All | Self::Presence => None,
        }
    }
}

/// What the shell around the session has to do.
#[derive(Debug, PartialEq)]
pub enum Effect {
    /// Send a frame.
    Send(ServerFrame),
    /// Send a frame to a callback alone.
    Answer(Callback, ServerFrame),
    /// Tell a callback that there is nothing more to be said.
    Taken(Callback),
    /// Check a token that came in a frame.
    Verify(Token),
    /// Find out where this person may read.
    Enter(Box<Identity>),
    /// What may be read is known: from the heads that were told, after a first resume if one was asked for.
    Open {
        /// Which life of the log the positions belong to.
        log_epoch: i64,
    },
    /// Send everything of a conversation after a position.
    Resume(ConversationId, Resume),
    /// The first resume has named its conversations: the others go live.
    Release,
    /// Tell the others of a conversation whether the caller types.
    Typing(ConversationId, bool),
    /// Publish a command, after those before it.
    Submit(Box<Command>),
    /// Say that the server is there, and where the logs stand.
    Heartbeat,
    /// Ask the other end whether it lives.
    Ping,
    /// Say why, and close.
    Close(CloseCode),
    /// The other end is gone: close without a word.
    Abandon,
}

#[derive(Debug)]
enum Phase {
    /// No token yet.
    Anonymous { until: Instant },
    /// What was shown is being looked at. What came early waits.
    Admitting { until: Instant, early: Vec<ClientFrame> },
    /// The token is good; it is being found out what may be read. What came early waits.
    Entering { user: UserId, early: Vec<ClientFrame> },
    /// May read and write.
    Open { user: UserId },
}

/// What an unanswered command was about.
#[derive(Debug)]
struct Asked {
    conversation: ConversationId,
    client_id: Option<ClientId>,
    /// What is answered unless the message is found to have been stored before.
    refused: Option<Refusal>,
}

/// One socket.
#[derive(Debug)]
pub struct Session {
    door: Door,
    instance: InstanceId,
    config: Arc<SocketSection>,
    limits: Arc<Limits>,
    /// The person's place for this socket, once it is known who it is.
    place: Option<Place<UserId>>,
    /// Refusals for being too fast.
    refusals: Bucket,
    phase: Phase,
    /// What the URL asked for, until it is done.
    opening: Opening,
    token_expires: Option<Instant>,
    unanswered: HashMap<CommandId, Asked>,
    callbacks: HashMap<CommandId, Callback>,
    typing: TypingBook,
    marks: MarkBook,
    bad_frames: u32,
    last_heard: Instant,
    next_heartbeat: Instant,
}

impl Session {
    /// A socket that was just opened.
    #[must_use]
    pub fn new(
        door: Door,
        instance: InstanceId,
        config: Arc<SocketSection>,
        limits: Arc<Limits>,
        opening: Opening,
        now: Instant,
    ) -> Self {
        Self {
            limits,
            place: None,
            refusals: Bucket::new(now),
            opening,
            door,
            instance,
            phase: Phase::Anonymous { until: now + config.authentication_timeout() },
            token_expires: None,
            unanswered: HashMap::new(),
            callbacks: HashMap::new(),
            typing: TypingBook::default(),
            marks: MarkBook::new(config.mark_folding()),
            bad_frames: 0,
            last_heard: now,
            next_heartbeat: now + config.heartbeat(),
            config,
        }
    }

    /// Something was shown that has to be looked at; [`on_admitted`](Self::on_admitted) follows.
    pub fn on_credential(&mut self) {
        if let Phase::Anonymous { until } = self.phase {
            self.phase = Phase::Admitting { until: until + ADMISSION_PATIENCE, early: Vec::new() };
        }
    }

    /// Whether nobody has come in by this socket yet.
    #[must_use]
    pub fn is_anonymous(&self) -> bool {
        matches!(self.phase, Phase::Anonymous { .. } | Phase::Admitting { .. })
    }

    /// What was shown was found good or not.
    pub fn on_admitted(&mut self, admitted: Result<Admitted, AdmissionError>, now: Now) -> Vec<Effect> {
        let admitted = match admitted {
            Ok(admitted) => admitted,
            Err(error) => return vec![Effect::Close(error.close_code())],
        };
        let left = (admitted.expires_at - now.utc).to_std().unwrap_or(Duration::ZERO);
        let user = admitted.identity.user_id;
        match &mut self.phase {
            Phase::Anonymous { .. } | Phase::Admitting { .. } => {
                self.place = self.limits.seat(user);
                if self.place.is_none() {
                    return vec![Effect::Close(CloseCode::TooManySockets)];
                }
                self.token_expires = now.instant.checked_add(left);
                let before = std::mem::replace(&mut self.phase, Phase::Entering { user, early: Vec::new() });
                let mut effects = vec![Effect::Enter(Box::new(admitted.identity))];
                if let Phase::Admitting { early, .. } = before {
                    effects.extend(early.into_iter().flat_map(|frame| self.on_frame(frame, now)).collect::<Vec<_>>());
                }
                effects
            }
            Phase::Entering { user: known, .. } | Phase::Open { user: known } if *known == user => {
                self.token_expires = now.instant.checked_add(left);
                vec![Effect::Send(ServerFrame::Authenticated { expires_at: admitted.expires_at.into() })]
            }
            _ => vec![Effect::Close(CloseCode::NotAuthenticated)],
        }
    }

    /// The api has said where the person may read.
    pub fn on_authorized(&mut self, response: &AuthorizeResponse, now: Now) -> Vec<Effect> {
        let Phase::Entering { user, early } = &mut self.phase else { return Vec::new() };
        let (user, early) = (*user, std::mem::take(early));
        let last_seq = match self.door {
            Door::Chat(conversation) => {
                let membership = response.memberships.iter().find(|one| one.conversation_id == conversation);
                let Some(membership) = membership.filter(|one| one.is_participant) else {
                    return vec![Effect::Close(CloseCode::NoSuchConversation)];
                };
                Some(membership.last_seq)
            }
            Door::All | Door::Presence => None,
        };
        self.phase = Phase::Open { user };
        let ready = ServerFrame::Ready {
            user_id: user,
            conversation_id: self.door.conversation(),
            last_seq,
            log_epoch: response.log_epoch,
            heartbeat_seconds: self.config.heartbeat().as_secs(),
        };
        let mut effects = vec![Effect::Send(ready), Effect::Open { log_epoch: response.log_epoch }];
        if let Some(refusal) = self.opening.refusal.take() {
            effects.push(Effect::Send(ServerFrame::refused(self.door.conversation(), refusal, None)));
        }
        match (self.door.conversation(), self.opening.resume.take()) {
            (Some(conversation), Some(resume)) => effects.push(Effect::Resume(conversation, resume)),
            (None, Some(_)) => {
                let refusal = Refusal::invalid("after_seq", "Only on the socket of one conversation.");
                effects.extend(self.refuse(None, refusal, None));
            }
            (_, None) => {}
        }
        for frame in early {
            effects.extend(self.on_frame(frame, now));
        }
        effects
    }

    /// Who is reading, once that is known to be allowed.
    #[must_use]
    pub fn reader(&self) -> Option<UserId> {
        match self.phase {
            Phase::Open { user } => Some(user),
            _ => None,
        }
    }

    /// Anything came from the other end.
    pub fn on_heard(&mut self, now: Instant) {
        self.last_heard = now;
    }

    /// A text frame came.
    pub fn on_text(&mut self, text: &str, now: Now) -> Vec<Effect> {
        match ClientFrame::parse(text) {
            Ok(frame) => {
                self.bad_frames = 0;
                self.on_frame(frame, now)
            }
            Err(BadFrame::Unknown(refusal)) => {
                self.bad_frames += 1;
                if self.bad_frames >= MAX_BAD_FRAMES {
                    return vec![Effect::Close(CloseCode::Protocol)];
                }
                self.refuse_frame(refusal, None, now)
            }
            Err(BadFrame::Invalid { refusal, client_id }) => {
                self.bad_frames = 0;
                self.refuse_frame(refusal, client_id, now)
            }
        }
    }

    fn on_frame(&mut self, frame: ClientFrame, now: Now) -> Vec<Effect> {
        if let Err(refusal) = self.take(FrameClass::of(&frame), now.instant) {
            return self.refuse_hasty_frame(frame, refusal, now.instant);
        }
        let user = match (&frame, &mut self.phase) {
            (ClientFrame::Ping, _) => return vec![Effect::Send(ServerFrame::Pong)],
            (_, Phase::Admitting { early, .. }) if early.len() < MAX_EARLY_FRAMES => {
                early.push(frame);
                return Vec::new();
            }
            (_, Phase::Admitting { .. }) => return vec![Effect::Close(CloseCode::NotAuthenticated)],
            (ClientFrame::Authenticate(frame), _) => return vec![Effect::Verify(Token(frame.token.clone()))],
            (_, Phase::Anonymous { .. }) => return vec![Effect::Close(CloseCode::NotAuthenticated)],
            (ClientFrame::Resume(_) | ClientFrame::TypingStart(_), Phase::Entering { early, .. }) => {
                if early.len() < MAX_EARLY_FRAMES {
                    early.push(frame);
                    return Vec::new();
                }
                return self.refuse(None, Refusal::new(ErrorCode::Unavailable, "Wait for `ready`."), None);
            }
            (_, Phase::Entering { user, .. } | Phase::Open { user }) => *user,
        };
        match frame {
            ClientFrame::Resume(asked) => self.resume(asked),
            ClientFrame::SendMessage(target, request) => self.send_message(user, target, request, now),
            ClientFrame::MarkAsRead(target, request) => self.mark_as_read(user, target, request, now),
            ClientFrame::TypingStart(target) => self.set_typing(target, true, now.instant),
            ClientFrame::TypingStop(target) => self.set_typing(target, false, now.instant),
            ClientFrame::Authenticate(_) | ClientFrame::Ping => Vec::new(),
        }
    }

    fn resume(&mut self, asked: ResumeRequest) -> Vec<Effect> {
        let ResumeRequest { after_seq, positions, log_epoch } = asked;
        match self.door {
            Door::Chat(conversation) => match after_seq {
                Some(after_seq) => vec![Effect::Resume(conversation, Resume { after_seq, log_epoch })],
                None => self.refuse(None, Refusal::invalid("after_seq", "This field is required."), None),
            },
            Door::All => match positions {
                Some(positions) if positions.len() <= MAX_RESUME_POSITIONS => {
                    let named = positions.into_iter().map(|(id, after_seq)| match id.parse() {
                        Ok(conversation) => Effect::Resume(conversation, Resume { after_seq, log_epoch }),
                        Err(_) => Effect::Send(ServerFrame::refused(None, Refusal::not_found(), None)),
                    });
                    named.chain([Effect::Release]).collect()
                }
                Some(_) => {
                    let refusal = Refusal::invalid("positions", format!("At most {MAX_RESUME_POSITIONS} a frame."));
                    self.refuse(None, refusal, None)
                }
                None => self.refuse(None, Refusal::invalid("positions", "This field is required."), None),
            },
            Door::Presence => self.refuse(None, not_here(), None),
        }
    }

    fn set_typing(&mut self, target: Target, is_typing: bool, now: Instant) -> Vec<Effect> {
        let conversation = match self.conversation(target) {
            Ok(conversation) => conversation,
            Err(refusal) => return self.refuse(None, refusal, None),
        };
        let is_news = if is_typing { self.typing.start(conversation, now) } else { self.typing.stop(conversation) };
        is_news.then_some(Effect::Typing(conversation, is_typing)).into_iter().collect()
    }

    /// The caller turned out not to take part there: nothing of its typing is kept.
    pub fn forget_typing(&mut self, conversation: ConversationId) {
        self.typing.stop(conversation);
    }

    /// The conversation that a frame is about.
    fn conversation(&self, target: Target) -> Result<ConversationId, Refusal> {
        match (self.door, target) {
            (Door::Chat(conversation), Target::Absent) | (Door::All, Target::Conversation(conversation)) => {
                Ok(conversation)
            }
            (Door::Chat(conversation), Target::Conversation(named)) if conversation == named => Ok(conversation),
            (Door::Chat(_), _) => Err(Refusal::invalid("conversation_id", "This socket is for another conversation.")),
            (Door::All, Target::Absent) => Err(Refusal::invalid("conversation_id", "This field is required.")),
            (Door::All, Target::Malformed) => Err(Refusal::not_found()),
            (Door::Presence, _) => Err(not_here()),
        }
    }

    /// Bad requests are told to those who are known; to anybody else the door stays shut.
    fn refuse(&self, conversation: Option<ConversationId>, refusal: Refusal, client_id: Option<String>) -> Vec<Effect> {
        if self.is_anonymous() {
            return vec![Effect::Close(CloseCode::NotAuthenticated)];
        }
        let conversation = conversation.or(self.door.conversation());
        vec![Effect::Send(ServerFrame::refused(conversation, refusal, client_id))]
    }

    /// A command was answered.
    pub fn on_answer(&mut self, command: CommandId, outcome: Outcome) -> Option<ServerFrame> {
        let Asked { conversation, client_id, refused } = self.unanswered.remove(&command)?;
        match judging::with_refusal(outcome, refused) {
            Outcome::MessageStored { id, seq, created_at, .. } => {
                Some(ServerFrame::MessageSent { conversation_id: conversation, client_id, id, seq, created_at })
            }
            Outcome::Refused(refusal) => {
                Some(ServerFrame::refused(Some(conversation), refusal, client_id.map(|id| id.to_string())))
            }
            Outcome::ConversationStored { .. } | Outcome::Done | Outcome::MarkedAsRead { .. } => None,
        }
    }

    /// A command was not taken by the stream and never will be.
    pub fn on_not_taken(&mut self, command: CommandId) -> Option<ServerFrame> {
        let refusal = Refusal::new(ErrorCode::Unavailable, "This was not accepted; send it again later.");
        self.unanswered.get_mut(&command)?.refused = None;
        self.on_answer(command, Outcome::Refused(refusal))
    }

    /// The commands that nobody has answered yet.
    pub fn unanswered(&self) -> impl Iterator<Item = CommandId> + '_ {
        self.unanswered.keys().copied()
    }

    /// When [`on_time`](Self::on_time) is to be called next.
    #[must_use]
    pub fn next_deadline(&self) -> Instant {
        let anonymous = match self.phase {
            Phase::Anonymous { until } | Phase::Admitting { until, .. } => Some(until),
            _ => None,
        };
        let optional = [anonymous, self.token_expires, self.typing.next_deadline(), self.marks_deadline()];
        let always = self.next_heartbeat.min(self.last_heard + self.config.silence_limit());
        optional.into_iter().flatten().fold(always, Instant::min)
    }

    /// Time has passed.
    pub fn on_time(&mut self, now: Now) -> Vec<Effect> {
        let instant = now.instant;
        if instant >= self.last_heard + self.config.silence_limit() {
            return vec![Effect::Abandon];
        }
        match self.phase {
            Phase::Anonymous { until } if instant >= until => {
                return vec![Effect::Close(CloseCode::AuthenticationTimeout)];
            }
            Phase::Admitting { until, .. } if instant >= until => return vec![Effect::Close(CloseCode::Unavailable)],
            _ => {}
        }
        if self.token_expires.is_some_and(|expires| instant >= expires) {
            return vec![Effect::Close(CloseCode::TokenExpired)];
        }
        let over = self.typing.expire(instant).into_iter().map(|conversation| Effect::Typing(conversation, false));
        let mut effects: Vec<_> = over.collect();
        effects.extend(self.submit_due_marks(now));
        if instant >= self.next_heartbeat {
            self.next_heartbeat = instant + self.config.heartbeat();
            effects.push(Effect::Ping);
            if matches!(self.phase, Phase::Open { .. }) {
                effects.push(Effect::Heartbeat);
            }
        }
        effects
    }

    /// The socket ends: what was read is still told, and nobody types any more.
    pub fn on_end(&mut self, now: Now) -> Vec<Effect> {
        let mut effects = self.submit_all_marks(now);
        effects.extend(self.typing.end().into_iter().map(|conversation| Effect::Typing(conversation, false)));
        effects
    }
}

fn not_here() -> Refusal {
    Refusal::new(ErrorCode::Invalid, "Not on this socket.")
}

#[cfg(test)]
mod tests;
