//! Webhooks: where events are posted to, and what became of each.

use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;

use crate::error::Validation;
use crate::event::EventKind;
use crate::ids::{ConversationId, DeliveryId, Seq, WebhookId};
use crate::limits::{MAX_URL_BYTES, MAX_WEBHOOK_DESCRIPTION_CHARS};
use crate::rest::is_text_up_to;
use crate::time::Timestamp;

/// The type of what somebody has missed: unread for a while by a person who is not there.
pub const MESSAGE_MISSED: &str = "message.missed";
/// The type of the event that an administrator sends to try an endpoint.
pub const WEBHOOK_TEST: &str = "webhook.test";

/// Why an endpoint gets nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum DisabledReason {
    /// An administrator wanted it so.
    Requested,
    /// It answered 410.
    Gone,
    /// Nothing could be delivered for a long time.
    Failing,
}

/// An endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// Where events are posted to.
    pub url: String,
    /// Which types; null: all.
    pub events: Option<Vec<String>>,
    /// What it is for.
    pub description: String,
    /// `whsec_` and the key in base64: when it was just made or made anew. It is not shown again.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub secret: Option<WebhookSecret>,
    /// Until when the secret before signs beside it.
    pub previous_secret_until: Option<Timestamp>,
    /// Whether it gets anything.
    pub enabled: bool,
    /// Why not.
    pub disabled_reason: Option<DisabledReason>,
    /// Since when.
    pub disabled_at: Option<Timestamp>,
    /// Since when nothing has been delivered, although it was tried.
    pub failing_since: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A secret on its way to or from whoever keeps it. Its `Debug` prints nothing of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WebhookSecret(pub String);

impl std::fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

/// The body of `POST webhooks/`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreateWebhookRequest {
    /// Where events are posted to.
    pub url: String,
    /// Which types; all, if it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<Vec<String>>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// `whsec_` and 24 to 64 bytes in base64; drawn, if it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub secret: Option<WebhookSecret>,
}

impl CreateWebhookRequest {
    /// Notes what is wrong with it, as far as that can be known without the operator's settings.
    pub fn check(&self, wrong: &mut Validation) {
        check_url(&self.url, wrong);
        check_events(self.events.as_deref(), wrong);
        check_description(&self.description, wrong);
    }
}

/// The body of `PATCH webhooks/{id}/`: what is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WebhookChanges {
    /// Where events are posted to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Which types; null: all.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Vec<String>>))]
    pub events: Option<Option<Vec<String>>>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether it gets anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
}

/// A field that is there, `null` included.
#[allow(clippy::option_option, reason = "absent, null and a value are three things")]
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl WebhookChanges {
    /// Notes what is wrong with it, as far as that can be known without the operator's settings.
    pub fn check(&self, wrong: &mut Validation) {
        if let Some(url) = &self.url {
            check_url(url, wrong);
        }
        check_events(self.events.as_ref().and_then(Option::as_deref), wrong);
        check_description(self.description.as_deref().unwrap_or_default(), wrong);
    }
}

/// What became of an event for an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum DeliveryStatus {
    /// It is tried, now or later.
    Waiting,
    /// The endpoint has taken it.
    Delivered,
    /// It is not tried any more, unless somebody wants it.
    Failed,
}

/// An event for an endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WebhookDelivery {
    /// Its number; grows with time.
    pub id: DeliveryId,
    /// The event: the `webhook-id`, the same at every attempt.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = Uuid))]
    pub event_id: Uuid,
    /// Which event.
    #[serde(rename = "type")]
    pub kind: String,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// Where.
    pub conversation_id: Option<ConversationId>,
    /// Its position in the log.
    pub seq: Option<Seq>,
    /// What became of it.
    pub status: DeliveryStatus,
    /// How often it was tried since it was last begun.
    pub attempts: i16,
    /// When it was last tried.
    pub last_attempt_at: Option<Timestamp>,
    /// The status of the last answer.
    pub response_status: Option<i16>,
    /// What was wrong with the last attempt.
    pub error: Option<String>,
    /// When it is tried again; null once it is not.
    pub next_attempt_at: Option<Timestamp>,
}

/// The body of `POST webhooks/{id}/redeliver/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RedeliverRequest {
    /// What happened since then and could not be delivered is tried again.
    pub since: Timestamp,
}

/// How much of that there was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Redelivered {
    /// How many events are tried again.
    pub redelivered: u64,
    /// Whether there are more: ask again.
    pub has_more: bool,
}

/// Every type that an endpoint can be told of.
fn types() -> impl Iterator<Item = &'static str> {
    EventKind::ALL.into_iter().map(EventKind::ce_type).chain([MESSAGE_MISSED, WEBHOOK_TEST])
}

fn check_url(url: &str, wrong: &mut Validation) {
    if url.len() > MAX_URL_BYTES {
        wrong.reject("url", format!("At most {MAX_URL_BYTES} bytes."));
    }
}

fn check_events(events: Option<&[String]>, wrong: &mut Validation) {
    let Some(events) = events else { return };
    if events.is_empty() {
        wrong.reject("events", "At least one; for all of them, leave it out.");
    }
    if events.iter().any(|named| types().all(|known| known != named)) {
        let known: Vec<_> = types().collect();
        wrong.reject("events", format!("Some of {}.", known.join(", ")));
    }
}

fn check_description(description: &str, wrong: &mut Validation) {
    if !is_text_up_to(description, MAX_WEBHOOK_DESCRIPTION_CHARS) {
        wrong.reject("description", format!("At most {MAX_WEBHOOK_DESCRIPTION_CHARS} characters, without NUL."));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong_fields(check: impl FnOnce(&mut Validation)) -> Vec<String> {
        let mut wrong = Validation::default();
        check(&mut wrong);
        wrong.finish().err().map(|refusal| refusal.errors.into_keys().collect()).unwrap_or_default()
    }

    #[test]
    fn only_known_types_can_be_asked_for() {
        let request = |events: &[&str]| CreateWebhookRequest {
            url: "https://example.com/".into(),
            events: Some(events.iter().map(|&name| name.to_owned()).collect()),
            description: String::new(),
            secret: None,
        };
        assert_eq!(
            wrong_fields(|wrong| request(&["chat.message_received.v1", "message.missed"]).check(wrong)),
            [""; 0]
        );
        for bad in [&[][..], &["message_received"], &["chat.message_received.v2"], &["webhook.test", ""]] {
            assert_eq!(wrong_fields(|wrong| request(bad).check(wrong)), ["events"], "{bad:?}");
        }
    }

    #[test]
    fn what_is_too_long_is_named() {
        let changes = WebhookChanges {
            url: Some("x".repeat(3000)),
            description: Some("é".repeat(1000)),
            events: Some(None),
            enabled: None,
        };
        assert_eq!(wrong_fields(|wrong| changes.check(wrong)), ["description", "url"]);
    }

    #[test]
    fn secrets_do_not_print() {
        assert!(!format!("{:?}", WebhookSecret("whsec_canary".into())).contains("canary"));
    }
}
