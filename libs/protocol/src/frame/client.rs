//! What clients say.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;

use crate::error::{ErrorCode, Refusal};
use crate::ids::{ConversationId, Seq};
use crate::message::SendMessageRequest;
use crate::rest::MarkAsReadRequest;

/// What a client says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientFrame {
    /// Say something.
    SendMessage(Target, SendMessageRequest),
    /// Mark messages as read.
    MarkAsRead(Target, MarkAsReadRequest),
    /// One has begun to type, or still does.
    TypingStart(Target),
    /// One has stopped.
    TypingStop(Target),
    /// Prove who one is, or bring a fresh token.
    Authenticate(Authenticate),
    /// Ask for everything after a position.
    Resume(ResumeRequest),
    /// Ask for `pong`.
    Ping,
}

/// The conversation that a frame names; on `/ws/chat/{id}/` it need name none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// None.
    Absent,
    /// This one.
    Conversation(ConversationId),
    /// What is no id.
    Malformed,
}

/// `resume`, as it is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ResumeRequest {
    /// On `/ws/chat/{id}/`: the last position that the client has.
    #[serde(default, deserialize_with = "optional_position")]
    pub after_seq: Option<Seq>,
    /// On `/ws/`: the last positions, by conversation.
    #[serde(default, deserialize_with = "optional_positions")]
    pub positions: Option<BTreeMap<String, Seq>>,
    /// The life of the log in which the client learned them.
    #[serde(default)]
    pub log_epoch: Option<i64>,
}

/// `resume` of one conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resume {
    /// The last position that the client has.
    pub after_seq: Seq,
    /// The life of the log in which the client learned it.
    pub log_epoch: Option<i64>,
}

fn optional_position<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Seq>, D::Error> {
    let seq = Option::<Seq>::deserialize(deserializer)?;
    if seq.is_some_and(|seq| seq.0 < 0) { Err(serde::de::Error::custom("negative position")) } else { Ok(seq) }
}

fn optional_positions<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<BTreeMap<String, Seq>>, D::Error> {
    let positions = Option::<BTreeMap<String, Seq>>::deserialize(deserializer)?;
    let is_negative = positions.iter().flatten().any(|(_, seq)| seq.0 < 0);
    if is_negative { Err(serde::de::Error::custom("negative position")) } else { Ok(positions) }
}

/// `authenticate`.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
    kind: Cow<'a, str>,
    #[serde(default)]
    client_id: Option<serde_json::Value>,
    #[serde(default)]
    conversation_id: Option<serde_json::Value>,
}

impl Tag<'_> {
    fn target(&self) -> Target {
        match &self.conversation_id {
            None | Some(serde_json::Value::Null) => Target::Absent,
            Some(id) => id.as_str().and_then(|id| id.parse().ok()).map_or(Target::Malformed, Target::Conversation),
        }
    }
}

impl ClientFrame {
    /// Reads one text frame.
    pub fn parse(text: &str) -> Result<Self, BadFrame> {
        let tag: Tag<'_> = serde_json::from_str(text).map_err(|_| {
            BadFrame::Unknown(Refusal::new(ErrorCode::Invalid, "A frame is a JSON object with a string `type`."))
        })?;
        let parsed = match tag.kind.as_ref() {
            "send_message" => serde_json::from_str(text).map(|request| Self::SendMessage(tag.target(), request)),
            "mark_as_read" => serde_json::from_str(text).map(|request| Self::MarkAsRead(tag.target(), request)),
            "typing_start" => Ok(Self::TypingStart(tag.target())),
            "typing_stop" => Ok(Self::TypingStop(tag.target())),
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_seeds_frame_is_read() {
        let frame =
            ClientFrame::parse(r#"{"type": "send_message", "content": "Hello!", "message_type": "text"}"#).unwrap();
        let ClientFrame::SendMessage(Target::Absent, request) = frame else { panic!("{frame:?}") };
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
    fn frames_may_name_their_conversation() {
        let id = ConversationId::generate();
        for (named, target) in [
            (format!(r#""{id}""#), Target::Conversation(id)),
            ("null".to_owned(), Target::Absent),
            (r#""x""#.to_owned(), Target::Malformed),
            ("7".to_owned(), Target::Malformed),
        ] {
            let frame = ClientFrame::parse(&format!(r#"{{"type":"typing_start","conversation_id":{named}}}"#));
            assert_eq!(frame, Ok(ClientFrame::TypingStart(target)), "{named}");
        }
    }

    #[test]
    fn bad_positions_are_refused() {
        for bad in [
            r#"{"type":"resume","after_seq":-1}"#,
            r#"{"type":"resume","after_seq":"1"}"#,
            r#"{"type":"resume","positions":{"a":-1}}"#,
            r#"{"type":"resume","positions":[]}"#,
        ] {
            assert!(matches!(ClientFrame::parse(bad), Err(BadFrame::Invalid { .. })), "{bad}");
        }
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
            let Ok(ClientFrame::SendMessage(_, request)) = ClientFrame::parse(&text) else { panic!() };
            prop_assert_eq!(request.content, Some(content));
            prop_assert_eq!(request.client_id, Some(client_id));
        }
    }
}
