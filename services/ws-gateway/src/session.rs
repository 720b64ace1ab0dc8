//! What one socket may do and what happens then: a state machine without socket, clock, NATS or SQL.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use chat_auth::{TokenError, Verifier};
use chat_protocol::close::CloseCode;
use chat_protocol::command::{Command, CommandBody, SendMessage};
use chat_protocol::error::{ErrorCode, Refusal};
use chat_protocol::frame::{BadFrame, ClientFrame, Resume, ServerFrame};
use chat_protocol::ids::{ClientId, CommandId, ConversationId, InstanceId, Seq, UserId};
use chat_protocol::limits::{MAX_BAD_FRAMES, SOCKET_COMMAND_LIFE};
use chat_protocol::message::SendMessageRequest;
use chat_protocol::reply::Outcome;
use chat_protocol::rpc::{AuthorizeResponse, Identity};
use chrono::{DateTime, Utc};

use crate::config::SocketSection;
use crate::upgrade::Opening;

/// The time, on both clocks.
#[derive(Debug, Clone, Copy)]
pub struct Now {
    /// For durations.
    pub instant: Instant,
    /// For tokens.
    pub utc: DateTime<Utc>,
}

/// What the shell around the session has to do.
#[derive(Debug, PartialEq)]
pub enum Effect {
    /// Send a frame.
    Send(ServerFrame),
    /// Ask whether this person may read the conversation.
    Authorize(Box<Identity>),
    /// The conversation may be read: from the head that `ready` told, after a first resume if one was asked for.
    Open {
        /// The head.
        head: Seq,
        /// Which life of the log it belongs to.
        log_epoch: i64,
    },
    /// Send everything after a position.
    Resume(Resume),
    /// Publish a command, after those before it.
    Submit(Box<Command>),
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
    /// The token is good; the conversation is asked for. A resume that came early waits.
    Authorizing { user: UserId, resume: Option<Resume> },
    /// May read and write.
    Open { user: UserId },
}

/// One socket of `/ws/chat/{conversation_id}/`.
#[derive(Debug)]
pub struct Session {
    conversation: ConversationId,
    instance: InstanceId,
    config: SocketSection,
    phase: Phase,
    /// What the URL asked for, until it is done.
    opening: Opening,
    token_expires: Option<Instant>,
    unanswered: HashMap<CommandId, Option<ClientId>>,
    bad_frames: u32,
    last_heard: Instant,
    next_heartbeat: Instant,
}

impl Session {
    /// A socket that was just opened.
    #[must_use]
    pub fn new(
        conversation: ConversationId,
        instance: InstanceId,
        config: SocketSection,
        opening: Opening,
        now: Instant,
    ) -> Self {
        Self {
            opening,
            conversation,
            instance,
            phase: Phase::Anonymous { until: now + config.authentication_timeout() },
            token_expires: None,
            unanswered: HashMap::new(),
            bad_frames: 0,
            last_heard: now,
            next_heartbeat: now + config.heartbeat(),
            config,
        }
    }

    /// A token came with the upgrade.
    pub fn on_token(&mut self, token: &str, verifier: &Verifier, now: Now) -> Vec<Effect> {
        let claims = match verifier.verify(token, now.utc) {
            Ok(claims) => claims,
            Err(TokenError::Expired) => return vec![Effect::Close(CloseCode::TokenExpired)],
            Err(_) => return vec![Effect::Close(CloseCode::NotAuthenticated)],
        };
        let left = (claims.expires_at - now.utc).to_std().unwrap_or(Duration::ZERO);
        match self.phase {
            Phase::Anonymous { .. } => {
                self.token_expires = now.instant.checked_add(left);
                self.phase = Phase::Authorizing { user: claims.user_id, resume: self.opening.resume.take() };
                vec![Effect::Authorize(Box::new(claims.into()))]
            }
            Phase::Authorizing { user, .. } | Phase::Open { user } if user == claims.user_id => {
                self.token_expires = now.instant.checked_add(left);
                vec![Effect::Send(ServerFrame::Authenticated { expires_at: claims.expires_at.into() })]
            }
            _ => vec![Effect::Close(CloseCode::NotAuthenticated)],
        }
    }

    /// The api has said whether the person may read the conversation.
    pub fn on_authorized(&mut self, response: &AuthorizeResponse) -> Vec<Effect> {
        let Phase::Authorizing { user, resume } = self.phase else { return Vec::new() };
        let membership = response.memberships.iter().find(|one| one.conversation_id == self.conversation);
        let Some(membership) = membership.filter(|one| one.is_participant) else {
            return vec![Effect::Close(CloseCode::NoSuchConversation)];
        };
        self.phase = Phase::Open { user };
        let ready = ServerFrame::Ready {
            user_id: user,
            conversation_id: Some(self.conversation),
            last_seq: Some(membership.last_seq),
            log_epoch: response.log_epoch,
            heartbeat_seconds: self.config.heartbeat().as_secs(),
        };
        let open = Effect::Open { head: membership.last_seq, log_epoch: response.log_epoch };
        let conversation = Some(self.conversation);
        let refused = self.opening.refusal.take();
        let refused = refused.map(|refusal| Effect::Send(ServerFrame::refused(conversation, refusal, None)));
        [Effect::Send(ready), open].into_iter().chain(refused).chain(resume.map(Effect::Resume)).collect()
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
    pub fn on_text(&mut self, text: &str, verifier: &Verifier, now: Now) -> Vec<Effect> {
        match ClientFrame::parse(text) {
            Ok(frame) => {
                self.bad_frames = 0;
                self.on_frame(frame, verifier, now)
            }
            Err(BadFrame::Unknown(refusal)) => {
                self.bad_frames += 1;
                if self.bad_frames >= MAX_BAD_FRAMES {
                    return vec![Effect::Close(CloseCode::Protocol)];
                }
                self.refuse(refusal, None)
            }
            Err(BadFrame::Invalid { refusal, client_id }) => {
                self.bad_frames = 0;
                self.refuse(refusal, client_id)
            }
        }
    }

    fn on_frame(&mut self, frame: ClientFrame, verifier: &Verifier, now: Now) -> Vec<Effect> {
        match (frame, &mut self.phase) {
            (ClientFrame::Authenticate(frame), _) => self.on_token(&frame.token, verifier, now),
            (ClientFrame::Ping, _) => vec![Effect::Send(ServerFrame::Pong)],
            (_, Phase::Anonymous { .. }) => vec![Effect::Close(CloseCode::NotAuthenticated)],
            (ClientFrame::Resume(asked), phase) => {
                let Some(after_seq) = asked.after_seq else {
                    return self.refuse(Refusal::invalid("after_seq", "This field is required."), None);
                };
                let asked = Resume { after_seq, log_epoch: asked.log_epoch };
                match phase {
                    Phase::Authorizing { resume, .. } => {
                        *resume = Some(asked);
                        Vec::new()
                    }
                    _ => vec![Effect::Resume(asked)],
                }
            }
            (ClientFrame::MarkAsRead(..) | ClientFrame::TypingStart(_) | ClientFrame::TypingStop(_), _) => Vec::new(),
            (ClientFrame::SendMessage(_, request), Phase::Authorizing { user, .. } | Phase::Open { user }) => {
                let user = *user;
                self.send_message(user, request, now.utc)
            }
        }
    }

    fn send_message(&mut self, user: UserId, request: SendMessageRequest, now: DateTime<Utc>) -> Vec<Effect> {
        let client_id = request.client_id.clone();
        let message = match request.check(self.config.max_content_bytes as usize) {
            Ok(message) if message.attachment_ids.is_empty() => message,
            Ok(_) => return self.refuse(Refusal::invalid("attachment_ids", "No such attachment."), client_id),
            Err(refusal) => return self.refuse(refusal, client_id),
        };
        if self.unanswered.len() >= self.config.max_unanswered as usize {
            let refusal = Refusal::new(ErrorCode::Unavailable, "Too many messages wait for their answer.");
            return self.refuse(refusal, client_id);
        }
        let id = CommandId::generate();
        self.unanswered.insert(id, message.client_id.clone());
        let body = CommandBody::SendMessage(SendMessage {
            conversation_id: self.conversation,
            sender_id: user,
            message,
            not_after: (now + SOCKET_COMMAND_LIFE).into(),
        });
        vec![Effect::Submit(Box::new(Command { id, reply_to: self.instance.clone(), body }))]
    }

    /// Bad requests are told to those who are known; to anybody else the door stays shut.
    fn refuse(&self, refusal: Refusal, client_id: Option<String>) -> Vec<Effect> {
        if matches!(self.phase, Phase::Anonymous { .. }) {
            return vec![Effect::Close(CloseCode::NotAuthenticated)];
        }
        vec![Effect::Send(ServerFrame::refused(Some(self.conversation), refusal, client_id))]
    }

    /// A command was answered.
    pub fn on_answer(&mut self, command: CommandId, outcome: Outcome) -> Option<ServerFrame> {
        let client_id = self.unanswered.remove(&command)?;
        Some(match outcome {
            Outcome::MessageStored { id, seq, created_at, .. } => {
                ServerFrame::MessageSent { conversation_id: self.conversation, client_id, id, seq, created_at }
            }
            Outcome::Refused(refusal) => {
                ServerFrame::refused(Some(self.conversation), refusal, client_id.map(|id| id.to_string()))
            }
            Outcome::ConversationStored { .. } | Outcome::Done | Outcome::MarkedAsRead { .. } => return None,
        })
    }

    /// A command was not taken by the stream and never will be.
    pub fn on_not_taken(&mut self, command: CommandId) -> Option<ServerFrame> {
        let refusal = Refusal::new(ErrorCode::Unavailable, "The message was not accepted; send it again later.");
        self.on_answer(command, Outcome::Refused(refusal))
    }

    /// The commands that nobody has answered yet.
    pub fn unanswered(&self) -> impl Iterator<Item = CommandId> + '_ {
        self.unanswered.keys().copied()
    }

    /// When [`on_time`](Self::on_time) is to be called next.
    #[must_use]
    pub fn next_deadline(&self) -> Instant {
        let mut next = self.next_heartbeat.min(self.last_heard + self.config.silence_limit());
        if let Phase::Anonymous { until } = self.phase {
            next = next.min(until);
        }
        self.token_expires.map_or(next, |expires| next.min(expires))
    }

    /// Time has passed. `last_seq` is the newest position that was sent.
    pub fn on_time(&mut self, now: Instant, last_seq: Option<Seq>) -> Vec<Effect> {
        if now >= self.last_heard + self.config.silence_limit() {
            return vec![Effect::Abandon];
        }
        if matches!(self.phase, Phase::Anonymous { until } if now >= until) {
            return vec![Effect::Close(CloseCode::AuthenticationTimeout)];
        }
        if self.token_expires.is_some_and(|expires| now >= expires) {
            return vec![Effect::Close(CloseCode::TokenExpired)];
        }
        if now < self.next_heartbeat {
            return Vec::new();
        }
        self.next_heartbeat = now + self.config.heartbeat();
        let mut effects = vec![Effect::Ping];
        if matches!(self.phase, Phase::Open { .. }) {
            effects.push(Effect::Send(ServerFrame::Heartbeat {
                conversation_id: Some(self.conversation),
                last_seq,
                heads: None,
                more: false,
            }));
        }
        effects
    }
}

#[cfg(test)]
mod tests;
