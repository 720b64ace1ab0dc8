//! Whatever a client sends: the decoder does not panic, what it accepts is within the limits, and what it refuses it does not repeat.
#![no_main]

use chat_protocol::command::{CommandBody, CommandKind};
use chat_protocol::error::{ErrorCode, Refusal};
use chat_protocol::frame::{BadFrame, ClientFrame, ServerFrame};
use chat_protocol::ids::ClientId;
use chat_protocol::limits::{MAX_ATTACHMENTS, MAX_CONTENT_BYTES, MAX_FRAME_BYTES};
use chat_protocol::message::{MessageType, SendMessageRequest};
use chat_protocol::rest::CreateConversationRequest;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match ClientFrame::parse(text) {
        Ok(ClientFrame::SendMessage(_, request)) => check_message(request),
        Ok(ClientFrame::MarkAsRead(..) | ClientFrame::TypingStart(_) | ClientFrame::TypingStop(_)) => {}
        Ok(ClientFrame::Resume(resume)) => {
            let named = resume.positions.iter().flatten().map(|(_, after)| *after);
            assert!(named.chain(resume.after_seq).all(|after| after.0 >= 0));
        }
        Ok(ClientFrame::Authenticate(frame)) => assert_eq!(format!("{frame:?}"), "Authenticate"),
        Ok(ClientFrame::Ping) => {}
        Err(BadFrame::Unknown(refusal)) => check_refusal(refusal, None),
        Err(BadFrame::Invalid { refusal, client_id }) => check_refusal(refusal, client_id),
    }
    // The other bodies that clients send.
    if let Ok(request) = serde_json::from_str::<SendMessageRequest>(text) {
        check_message(request);
    }
    if let Ok(request) = serde_json::from_str::<CreateConversationRequest>(text) {
        let owner = "1".parse().expect("an id");
        match request.check(owner, 1000) {
            Ok(new) => {
                assert!(new.participants.len() >= 2 && new.participants.contains(&owner));
                assert!(new.participants.windows(2).all(|pair| pair[0] < pair[1]));
            }
            Err(refusal) => check_refusal(refusal, None),
        }
    }
    for kind in CommandKind::ALL {
        if let Ok(body) = CommandBody::decode(kind, data) {
            let again = CommandBody::decode(kind, &body.encode().expect("a decoded body is encoded"));
            assert_eq!(again.expect("an encoded body is decoded"), body);
        }
    }
});

fn check_message(request: SendMessageRequest) {
    let sent = request.clone();
    match request.check(MAX_CONTENT_BYTES) {
        Ok(message) => {
            assert_eq!(Some(&message.content), sent.content.as_ref().or(Some(&String::new())));
            assert!(message.content.len() <= MAX_CONTENT_BYTES && !message.content.contains('\0'));
            assert!(!message.content.trim().is_empty() || !message.attachment_ids.is_empty());
            assert!(message.attachment_ids.len() <= MAX_ATTACHMENTS);
            assert_ne!(message.message_type, MessageType::System);
            let chars = message.client_id.as_ref().map_or(1, |id| id.as_str().chars().count());
            assert!((1..=ClientId::MAX_CHARS).contains(&chars));
        }
        Err(refusal) => {
            assert!(refusal.code == ErrorCode::TooLarge || refusal.code == ErrorCode::Invalid);
            assert!(!refusal.errors.is_empty());
            check_refusal(refusal, sent.client_id);
        }
    }
}

/// The answer fits a frame, for as long as the client's own id does: it is all that is repeated.
fn check_refusal(refusal: Refusal, client_id: Option<String>) {
    assert!(refusal.detail.len() < 500, "{}", refusal.detail);
    let repeated = client_id.as_ref().map_or(0, |id| 6 * id.len());
    let frame = serde_json::to_string(&ServerFrame::refused(None, refusal, client_id)).expect("frames are JSON");
    assert!(frame.len() < 4096 + repeated && (repeated > 0 || frame.len() < MAX_FRAME_BYTES));
}
