//! One message to one push service: the request, and what the answer means.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chat_protocol::ids::ConversationId;
use chat_store::push::Subscription;
use chrono::Utc;
use p256::SecretKey;
use reqwest::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Response, StatusCode, Url};
use sha2::{Digest as _, Sha256};

use super::encryption::BrowserKeys;
use super::settings::{PushSection, Sender};
use crate::webhooks::{Webhooks, retry_after};

/// How many bytes of a hash a topic is made of: 32 characters of base64url are the most.
const TOPIC_BYTES: usize = 24;

/// The longest that a push service may want to be left alone.
const MAX_PAUSE: Duration = Duration::from_hours(1);

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The push service has it.
    Taken,
    /// The browser takes none any more.
    Gone,
    /// It is not to be tried again: the push service does not want such a message.
    Refused,
    /// It may be taken later, not before this.
    Later(Duration),
}

impl Outcome {
    /// The word for it in the metrics.
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Gone => "gone",
            Self::Refused => "refused",
            Self::Later(_) => "later",
        }
    }
}

/// A message for one browser of somebody's.
pub(super) struct Message<'a> {
    pub(super) to: &'a Subscription,
    pub(super) conversation: ConversationId,
    pub(super) text: &'a [u8],
}

/// Sends it. Never takes longer than an attempt may.
pub(super) async fn send(message: &Message<'_>, sender: &Sender, settings: &PushSection, out: &Webhooks) -> Outcome {
    let Some(keys) = BrowserKeys::read(&message.to.p256dh, &message.to.auth) else { return Outcome::Gone };
    let Ok((client, url)) = out.way_out(&message.to.endpoint) else { return Outcome::Refused };
    let authorization = sender.key.authorization(&origin(&url), &sender.subject, Utc::now());
    let request = client
        .post(url)
        .header(AUTHORIZATION, authorization)
        .header(CONTENT_TYPE, "application/octet-stream")
        .header(CONTENT_ENCODING, "aes128gcm")
        .header("TTL", settings.push_ttl_secs)
        .header("Urgency", "normal")
        .header("Topic", topic(message.to, message.conversation))
        .body(keys.encrypt(message.text, &fresh_key(), rand::random()));
    match tokio::time::timeout(out.settings.timeout(), request.send()).await {
        Ok(Ok(answer)) => judge(&answer),
        Ok(Err(_)) | Err(_) => Outcome::Later(Duration::ZERO),
    }
}

fn judge(answer: &Response) -> Outcome {
    let status = answer.status();
    match status {
        _ if status.is_success() => Outcome::Taken,
        StatusCode::NOT_FOUND | StatusCode::GONE => Outcome::Gone,
        StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => Outcome::Later(asked_pause(answer)),
        _ if status.is_server_error() => Outcome::Later(asked_pause(answer)),
        _ => Outcome::Refused,
    }
}

/// How long the push service wants to be left alone.
fn asked_pause(answer: &Response) -> Duration {
    let asked = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    asked.and_then(|value| retry_after(value, Utc::now())).unwrap_or_default().min(MAX_PAUSE)
}

/// Of what the push service still has, one message of a conversation is enough: the later one takes its place. It learns nothing from
/// the name but that.
fn topic(to: &Subscription, conversation: ConversationId) -> String {
    let hash = Sha256::new().chain_update(&to.auth).chain_update(conversation.uuid().as_bytes()).finalize();
    URL_SAFE_NO_PAD.encode(&hash[..TOPIC_BYTES])
}

fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// A key of one message. One in four thousand million draws is none.
fn fresh_key() -> SecretKey {
    loop {
        let drawn: [u8; 32] = rand::random();
        if let Ok(key) = SecretKey::from_slice(&drawn) {
            return key;
        }
    }
}
