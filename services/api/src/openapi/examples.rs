//! The golden files of the protocol, as the examples of their schemas.

use serde_json::Value;
use utoipa::Modify;
use utoipa::openapi::{OpenApi as Document, RefOr, Schema};

/// Gives schemas their examples, and answers all of their fields.
pub(super) struct Examples;

macro_rules! golden {
    ($($schema:literal: $file:literal),* $(,)?) => {
        &[$(($schema, include_str!(concat!("../../../../libs/protocol/tests/golden/v1/", $file, ".json")))),*]
    };
}

/// What clients send: schema and golden file.
pub(super) const REQUESTS: &[(&str, &str)] = golden! {
    "AddParticipantsRequest": "add_participants_request",
    "ChangeParticipantRequest": "change_participant_request",
    "ConversationChanges": "conversation_changes",
    "CreateConversationRequest": "create_conversation_request",
    "CreateWebhookRequest": "create_webhook_request",
    "DirectUploadRequest": "direct_upload_request",
    "EditMessageRequest": "edit_message_request",
    "MarkAsReadRequest": "mark_as_read_request",
    "PushSubscriptionRequest": "push_subscription_request",
    "PutUserRequest": "put_user_request",
    "RedeliverRequest": "redeliver_request",
    "ReportRequest": "report_request",
    "ReviewReportRequest": "review_report_request",
    "SendMessageRequest": "send_message_request",
    "SetPresenceRequest": "set_presence_request",
    "WebhookChanges": "webhook_changes",
};

/// What clients get: all of its fields are there always.
pub(super) const ANSWERS: &[(&str, &str)] = golden! {
    "Account": "account",
    "AdminConversation": "admin_conversation",
    "AdminReport": "admin_report",
    "AdminReportInContext": "admin_report_in_context",
    "AdminUser": "admin_user",
    "Attachment": "attachment",
    "AuditEntry": "audit_entry",
    "Block": "block",
    "Conversation": "conversation",
    "DirectUpload": "direct_upload",
    "MarkedAsRead": "marked_as_read",
    "Message": "message",
    "OwnPresence": "own_presence",
    "Page_Block": "page_of_blocks",
    "Page_Message": "page_of_messages",
    "Page_PresenceRow": "page_of_presence",
    "Participant": "participant",
    "Participants": "participants",
    "PushKey": "push_key",
    "PushSubscription": "push_subscription",
    "Redelivered": "redelivered",
    "Report": "report",
    "Unread": "unread",
    "Webhook": "webhook",
    "WebhookDelivery": "webhook_delivery",
};

/// Answers that are only shown as parts of others, or have no golden file.
const PARTS: &[&str] = &[
    "Attachment",
    "EventFrame",
    "Page_AdminConversation",
    "Page_AdminReport",
    "Page_AdminUser",
    "Page_AuditEntry",
    "Page_Conversation",
    "Page_EventFrame",
    "Page_Participant",
    "Page_Webhook",
    "Page_WebhookDelivery",
    "PresenceRow",
    "Sender",
    "Reaction",
];

impl Modify for Examples {
    fn modify(&self, document: &mut Document) {
        let schemas = &mut document.components.get_or_insert_default().schemas;
        let answers = ANSWERS.iter().map(|(name, _)| *name).chain(PARTS.iter().copied());
        for name in answers {
            if let Some(RefOr::T(Schema::Object(object))) = schemas.get_mut(name) {
                object.required = object.properties.keys().cloned().collect();
            }
        }
        let problem = &[("Problem", include_str!("../../../../libs/protocol/tests/golden/v1/problem_invalid.json"))];
        for (name, golden) in REQUESTS.iter().chain(ANSWERS).chain(problem) {
            if let Some(RefOr::T(Schema::Object(object))) = schemas.get_mut(*name) {
                object.examples = vec![read(golden)];
            }
        }
    }
}

/// The example.
pub(super) fn read(golden: &str) -> Value {
    serde_json::from_str(golden).expect("golden files are JSON")
}
