//! The text that a browser is told. Pure.

use chat_protocol::ids::ConversationId;
use chat_protocol::rest::PushNotice;
use chat_store::push::Notice;

/// The most of a message that is told, in characters.
const MAX_SHOWN_CHARS: usize = 200;

/// What is told, as JSON. It fits into one push message, because titles and names are bounded.
pub(super) fn encode(conversation: ConversationId, notice: Notice, shows_text: bool) -> Vec<u8> {
    let Notice { kind, title, sender_name, message_id, content, created_at, unread_count } = notice;
    let told = PushNotice {
        kind: "message.missed".to_owned(),
        conversation_id: conversation,
        conversation_kind: kind,
        title,
        sender_name,
        message_id,
        text: (shows_text && !content.is_empty()).then(|| content.chars().take(MAX_SHOWN_CHARS).collect()),
        unread_count,
        created_at: created_at.into(),
    };
    serde_json::to_vec(&told).expect("a notice is plain data")
}

#[cfg(test)]
mod tests {
    use chat_protocol::ids::MessageId;
    use chat_protocol::limits::{MAX_NAME_CHARS, MAX_TITLE_CHARS};
    use chat_protocol::rest::ConversationKind;
    use chrono::DateTime;
    use serde_json::Value;

    use super::super::encryption::MAX_TEXT_BYTES;
    use super::*;

    fn told(content: &str, shows_text: bool) -> Value {
        let notice = Notice {
            kind: ConversationKind::Group,
            // What JSON makes longest.
            title: Some("\u{1}".repeat(MAX_TITLE_CHARS)),
            sender_name: "\u{1}".repeat(MAX_NAME_CHARS),
            message_id: MessageId::generate(),
            content: content.to_owned(),
            created_at: DateTime::UNIX_EPOCH,
            unread_count: 1000,
        };
        let bytes = encode(ConversationId::generate(), notice, shows_text);
        assert!(bytes.len() <= MAX_TEXT_BYTES, "{}", bytes.len());
        serde_json::from_slice(&bytes).unwrap()
    }

    #[test]
    fn text_is_told_only_where_it_is_wanted_and_not_at_any_length() {
        assert_eq!(told("Hello!", false).get("text"), None);
        assert_eq!(told("Hello!", true)["text"], "Hello!");
        assert_eq!(told("", true).get("text"), None, "of attachments alone");
        assert_eq!(told(&"\u{1}".repeat(16 * 1024), true)["text"], "\u{1}".repeat(MAX_SHOWN_CHARS));
        assert_eq!(told("Hello!", true)["type"], "message.missed");
    }
}
