//! One event as one line. What people said and changed is left out unless it is asked for.

use chat_bus::events::ReceivedEvent;
use chat_protocol::ids::UserId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The fields of a frame that say nothing of what was said.
const FRAME: [&str; 5] = ["type", "conversation_id", "seq", "actor_id", "created_at"];

/// An event, as far as it is printed.
#[derive(Debug, Serialize)]
pub(crate) struct Line {
    time: String,
    kind: String,
    conversation_id: String,
    seq: i64,
    actor_id: Option<UserId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<Map<String, Value>>,
}

/// A frame, as every event has it.
#[derive(Debug, Deserialize)]
struct Frame {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    actor_id: Option<UserId>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl Line {
    /// Reads the frame; none if it is none.
    pub(crate) fn read(event: &ReceivedEvent) -> Option<Self> {
        let Frame { kind, actor_id, rest } = serde_json::from_slice(&event.frame).ok()?;
        // A message says itself when it was stored.
        let time = rest.get("created_at").or_else(|| rest.get("message")?.get("created_at"));
        let time = time.and_then(Value::as_str).unwrap_or("-").to_owned();
        let content = rest.into_iter().filter(|(name, _)| !FRAME.contains(&name.as_str())).collect();
        let conversation_id = event.conversation_id.to_string();
        Some(Self { time, kind, conversation_id, seq: event.seq.0, actor_id, content: Some(content) })
    }

    /// For people. JSON escapes whatever a terminal would obey.
    pub(crate) fn text(self, with_content: bool) -> String {
        let actor = self.actor_id.map_or_else(|| "-".to_owned(), |id| id.to_string());
        let Self { time, kind, conversation_id, seq, content, .. } = self;
        let content = content.filter(|_| with_content).map(|content| format!(" {}", escaped(&Value::Object(content))));
        format!("{time} {kind} {conversation_id} seq={seq} actor={actor}{}", content.unwrap_or_default())
    }

    /// For programs.
    pub(crate) fn json(mut self, with_content: bool) -> String {
        self.content = self.content.filter(|_| with_content);
        serde_json::to_string(&self).expect("a line is plain JSON")
    }
}

/// JSON in which control characters, those of C1 and of bidirectional text included, are escaped.
fn escaped(value: &Value) -> String {
    let is_odd = |c: char| {
        c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let escape = |c: char| if is_odd(c) { format!("\\u{:04x}", u32::from(c)) } else { c.to_string() };
    value.to_string().chars().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use chat_protocol::event::EventFacts;
    use chat_protocol::ids::{ConversationId, Seq};
    use serde_json::json;

    use super::*;

    const ID: &str = "01a207ab-8f4e-7128-a65e-ab007adeb3cd";
    const AT: &str = "2026-11-23T09:10:42.334689Z";

    fn line(frame: &Value) -> Option<Line> {
        let conversation_id: ConversationId = ID.parse().unwrap();
        let frame = frame.to_string().into();
        Line::read(&ReceivedEvent {
            conversation_id,
            seq: Seq(42),
            kind: None,
            facts: EventFacts::default(),
            id: None,
            trace: None,
            frame,
        })
    }

    fn said(content: &str) -> Value {
        json!({"type": "message_received", "conversation_id": ID, "seq": 42, "actor_id": 7,
               "message": {"content": content, "created_at": AT}})
    }

    #[test]
    fn line_has_no_content_unless_it_is_asked_for() {
        let expected = format!("{AT} message_received {ID} seq=42 actor=7");
        assert_eq!(line(&said("canary")).unwrap().text(false), expected);
        assert!(line(&said("canary")).unwrap().text(true).starts_with(&format!("{expected} {{\"message\":{{")));
        let json: Value = serde_json::from_str(&line(&said("canary")).unwrap().json(false)).unwrap();
        let expected = json!({"time": AT, "kind": "message_received", "conversation_id": ID, "seq": 42, "actor_id": 7});
        assert_eq!(json, expected);
        assert!(line(&said("canary")).unwrap().json(true).contains("canary"));
    }

    #[test]
    fn what_a_terminal_would_obey_is_escaped() {
        let text = line(&said("\u{1b}[2J\n\u{9b}31m\u{202e}é")).unwrap().text(true);
        assert!(text.contains(r"\u001b[2J\n\u009b31m\u202eé") && !text.chars().any(char::is_control), "{text}");
    }

    #[test]
    fn other_events_are_read_and_what_is_none_is_not() {
        let updated = json!({"type": "coffee_brewed", "conversation_id": ID, "seq": 42, "actor_id": null, "created_at": AT, "cup": 1});
        assert_eq!(line(&updated).unwrap().text(true), format!("{AT} coffee_brewed {ID} seq=42 actor=- {{\"cup\":1}}"));
        assert!(line(&json!([])).is_none() && line(&json!({"seq": 1})).is_none());
    }
}
