//! Frames of the WebSocket protocol, in both directions. Durable events are frames too: see [`crate::event`].

use serde::{Deserialize, Serialize};

use crate::error::{ErrorCode, Refusal};
use crate::ids::{ClientId, ConversationId, MessageId, Seq, UserId};
use crate::message::SendMessageRequest;
use crate::time::Timestamp;

/// What a client says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientFrame {
    /// Say something.
    SendMessage(SendMessageRequest),
    /// Prove who one is, or bring a fresh token.
    Authenticate(Authenticate),
    /// Ask for everything after a position.
    Resume(Resume),
    /// Ask for `pong`.
    Ping,
}

/// `resume`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Resume {
    /// The last position that the client has.
    #[serde(deserialize_with = "position")]
    pub after_seq: Seq,
    /// The life of the log in which the client learned it.
    #[serde(default)]
    pub log_epoch: Option<i64>,
}

fn position<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Seq, D::Error> {
    let seq = Seq::deserialize(deserializer)?;
    if seq.0 < 0 { Err(serde::de::Error::custom("negative position")) } else { Ok(seq) }
}

/// `authenticate`.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct Authenticate {
    /// A JWT.
    pub token: String,
}

impl std::fmt::Debug for Authenticate {
    /// Tokens do not print.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Authenticate")
    }
}

/// Why a text is no client frame.
#[derive(Debug, PartialEq, Eq)]
pub enum BadFrame {
    /// No JSON object with a known `type`: too many of these in a row close the socket.
    Unknown(Refusal),
    /// A known type with fields that do not fit.
    Invalid {
        /// What is wrong.
        refusal: Refusal,
        /// The `client_id` that the frame carried, so that the sender knows which it was.
        client_id: Option<String>,
    },
}

#[derive(Deserialize)]
struct Tag<'a> {
    #[serde(rename = "type", borrow)]
    kind: std::borrow::Cow<'a, str>,
    #[serde(default)]
    client_id: Option<serde_json::Value>,
}

impl ClientFrame {
    /// Reads one text frame.
    pub fn parse(text: &str) -> Result<Self, BadFrame> {
        let tag: Tag<'_> = serde_json::from_str(text).map_err(|_| {
            BadFrame::Unknown(Refusal::new(ErrorCode::Invalid, "A frame is a JSON object with a string `type`."))
        })?;
        let parsed = match tag.kind.as_ref() {
            "send_message" => serde_json::from_str(text).map(Self::SendMessage),
            "authenticate" => serde_json::from_str(text).map(Self::Authenticate),
            "resume" => serde_json::from_str(text).map(Self::Resume),
            "ping" => Ok(Self::Ping),
            _ => return Err(BadFrame::Unknown(Refusal::new(ErrorCode::Invalid, "Unknown `type`."))),
        };
        parsed.map_err(|error| BadFrame::Invalid {
            refusal: Refusal::new(ErrorCode::Invalid, describe(&error)),
            client_id: tag.client_id.and_then(|id| id.as_str().map(str::to_owned)),
        })
    }
}

/// What serde says, without the values: they may be what somebody wrote.
fn describe(error: &serde_json::Error) -> String {
    format!("A field is missing or of the wrong type (line {}, column {}).", error.line(), error.column())
}

/// What the server says to one socket, besides events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerFrame {
    /// The first frame.
    Ready {
        /// Who the caller is.
        user_id: UserId,
        /// On `/ws/chat/{id}/`: where.
        #[serde(skip_serializing_if = "Option::is_none")]
        conversation_id: Option<ConversationId>,
        /// On `/ws/chat/{id}/`: the head; what comes after it comes live.
        #[serde(skip_serializing_if = "Option::is_none")]
        last_seq: Option<Seq>,
        /// Which life of the log positions belong to.
        log_epoch: i64,
        /// How often `heartbeat` comes.
        heartbeat_seconds: u64,
    },
    /// The sender's message is committed.
    MessageSent {
        /// Where.
        conversation_id: ConversationId,
        /// The sender's own id for it, if one was given.
        client_id: Option<ClientId>,
        /// The message.
        id: MessageId,
        /// Its position.
        seq: Seq,
        /// When it was stored.
        created_at: Timestamp,
    },
    /// A fresh token was taken.
    Authenticated {
        /// Until when it is good.
        expires_at: Timestamp,
    },
    /// Something was refused; the socket stays open.
    Error {
        /// Where.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        conversation_id: Option<ConversationId>,
        /// The code.
        code: ErrorCode,
        /// What happened.
        detail: String,
        /// Which message it was about.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        client_id: Option<String>,
        /// Which fields were wrong.
        #[serde(default, skip_serializing_if = "crate::error::FieldErrors::is_empty")]
        errors: crate::error::FieldErrors,
    },
    /// The answer to `ping`.
    Pong,
    /// Everything that was missing has been sent; from here on it goes on live.
    Resumed {
        /// Where.
        conversation_id: ConversationId,
        /// Everything up to here has been sent or was known.
        last_seq: Seq,
        /// Which life of the log positions belong to.
        log_epoch: i64,
        /// How far each person has read.
        read_state: Vec<serde_json::Value>,
    },
    /// What was asked for cannot be brought: reload this conversation over REST.
    ResyncRequired {
        /// Where.
        conversation_id: ConversationId,
        /// The head; what comes after it comes live.
        last_seq: Seq,
        /// Which life of the log positions belong to.
        log_epoch: i64,
    },
    /// The server is there; where the log is.
    Heartbeat {
        /// On `/ws/chat/{id}/`: where.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        conversation_id: Option<ConversationId>,
        /// On `/ws/chat/{id}/`: the head.
        #[serde(skip_serializing_if = "Option::is_none")]
        last_seq: Option<Seq>,
    },
}

impl ServerFrame {
    /// A refusal as a frame.
    #[must_use]
    pub fn refused(conversation_id: Option<ConversationId>, refusal: Refusal, client_id: Option<String>) -> Self {
        let Refusal { code, detail, errors } = refusal;
        Self::Error { conversation_id, code, detail, client_id, errors }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_seeds_frame_is_read() {
        let frame =
            ClientFrame::parse(r#"{"type": "send_message", "content": "Hello!", "message_type": "text"}"#).unwrap();
        let ClientFrame::SendMessage(request) = frame else { panic!("{frame:?}") };
        assert_eq!((request.content.as_deref(), request.message_type.as_deref()), (Some("Hello!"), Some("text")));
    }

    #[test]
    fn what_means_nothing_is_told_apart_from_what_is_wrong() {
        for nothing in ["", "x", "[]", "1", "null", "{}", r#"{"type":1}"#, r#"{"type":"shout"}"#, r#"{"type":"ready"}"#]
        {
            assert!(matches!(ClientFrame::parse(nothing), Err(BadFrame::Unknown(_))), "{nothing}");
        }
        let wrong = ClientFrame::parse(r#"{"type":"send_message","content":5,"client_id":"a"}"#).unwrap_err();
        assert!(matches!(wrong, BadFrame::Invalid { client_id: Some(id), .. } if id == "a"));
    }

    #[test]
    fn type_comes_first() {
        let text = serde_json::to_string(&ServerFrame::Pong).unwrap();
        assert_eq!(text, r#"{"type":"pong"}"#);
    }

    #[test]
    fn errors_do_not_repeat_what_was_sent() {
        let Err(BadFrame::Invalid { refusal, .. }) =
            ClientFrame::parse(r#"{"type":"authenticate","token":{"secret-canary":1}}"#)
        else {
            panic!()
        };
        assert!(!refusal.detail.contains("canary"));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC{0,200}") {
            let _ = ClientFrame::parse(&text);
        }

        #[test]
        fn content_survives_the_frame(content in "\\PC{0,200}", client_id in "[a-z0-9]{1,20}") {
            let text = serde_json::json!({"type": "send_message", "content": content, "client_id": client_id}).to_string();
            let Ok(ClientFrame::SendMessage(request)) = ClientFrame::parse(&text) else { panic!() };
            prop_assert_eq!(request.content, Some(content));
            prop_assert_eq!(request.client_id, Some(client_id));
        }
    }
}
