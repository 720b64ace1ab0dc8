//! Browsers that want to be told what their person misses (Web Push), and what they are told.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use crate::error::{Refusal, Validation};
use crate::ids::{ConversationId, MessageId, PushSubscriptionId};
use crate::limits::MAX_URL_BYTES;
use crate::rest::ConversationKind;
use crate::time::Timestamp;

/// The longest key that a browser gives, in characters of base64.
const MAX_KEY_CHARS: usize = 128;

/// What browsers subscribe with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PushKey {
    /// `applicationServerKey`: a point of the curve P-256, uncompressed, in base64url.
    pub public_key: String,
}

/// What the browser's `PushSubscription` is as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PushSubscriptionRequest {
    /// Where the browser's push service takes messages for it.
    pub endpoint: String,
    /// What messages are encrypted with.
    pub keys: PushKeys,
    /// When it ends, in milliseconds since 1970, if that is known.
    #[serde(default, rename = "expirationTime", skip_serializing_if = "Option::is_none")]
    pub expiration_time: Option<i64>,
}

/// What messages for a browser are encrypted with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PushKeys {
    /// The browser's public key, a point of the curve P-256, uncompressed, in base64url.
    pub p256dh: String,
    /// 16 bytes in base64url.
    pub auth: String,
}

/// A subscription whose form is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPushSubscription {
    /// Where.
    pub endpoint: String,
    /// The browser's public key.
    pub p256dh: Vec<u8>,
    /// Its secret.
    pub auth: Vec<u8>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
}

impl PushSubscriptionRequest {
    /// Checks the form. Whether the key is a point, and where the endpoint leads, is looked at later.
    pub fn check(self) -> Result<NewPushSubscription, Refusal> {
        let mut wrong = Validation::default();
        if self.endpoint.len() > MAX_URL_BYTES {
            wrong.reject("endpoint", format!("At most {MAX_URL_BYTES} bytes."));
        }
        let mut decode = |field: &str, text: &str, length: usize| {
            let bytes = decode_base64(text).filter(|bytes| bytes.len() == length);
            bytes.unwrap_or_else(|| {
                wrong.reject(field, format!("{length} bytes in base64url."));
                Vec::new()
            })
        };
        let (p256dh, auth) = (decode("keys.p256dh", &self.keys.p256dh, 65), decode("keys.auth", &self.keys.auth, 16));
        let expires_at = self.expiration_time.and_then(|millis| {
            let moment = chrono::DateTime::from_timestamp_millis(millis);
            moment.map(Timestamp::new).or_else(|| {
                wrong.reject("expirationTime", "Milliseconds since 1970.");
                None
            })
        });
        wrong.finish()?;
        Ok(NewPushSubscription { endpoint: self.endpoint, p256dh, auth, expires_at })
    }
}

/// Both alphabets, with and without padding: browsers have used each of them.
fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=');
    let is_short = text.len() <= MAX_KEY_CHARS;
    URL_SAFE_NO_PAD.decode(text).or_else(|_| STANDARD_NO_PAD.decode(text)).ok().filter(|_| is_short)
}

/// A browser that somebody wants to be told in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PushSubscription {
    /// Its id.
    pub id: PushSubscriptionId,
    /// The browser's push service: scheme and host of its address alone, because the whole address is a secret.
    pub service: String,
    /// When it ends, if that is known.
    pub expires_at: Option<Timestamp>,
    /// Since when.
    pub created_at: Timestamp,
}

/// What a browser is told, once it has decrypted it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushNotice {
    /// Always `message.missed`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Where.
    pub conversation_id: ConversationId,
    /// What the conversation is.
    pub conversation_kind: ConversationKind,
    /// What it is called; of a direct one what the other person is called.
    pub title: Option<String>,
    /// What the sender of the newest message that was missed is called.
    pub sender_name: String,
    /// The newest message that was missed.
    pub message_id: MessageId,
    /// The beginning of its text, where the operator wants it to be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// How many are unread there, up to 1,000.
    pub unread_count: i32,
    /// When the newest was stored.
    pub created_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    const P256DH: &str = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
    const AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";

    fn request(p256dh: &str, auth: &str, expiration_time: Option<i64>) -> PushSubscriptionRequest {
        let keys = PushKeys { p256dh: p256dh.to_owned(), auth: auth.to_owned() };
        PushSubscriptionRequest { endpoint: "https://push.example.net/x".to_owned(), keys, expiration_time }
    }

    #[test]
    fn keys_are_read_in_either_alphabet() {
        let plain = request(P256DH, AUTH, None).check().unwrap();
        assert_eq!((plain.p256dh.len(), plain.auth.len(), plain.expires_at), (65, 16, None));
        let standard = |text: &str| text.replace('-', "+").replace('_', "/");
        let padded = request(&format!("{}=", standard(P256DH)), &format!("{}==", standard(AUTH)), Some(0)).check();
        assert_eq!(padded.unwrap().p256dh, plain.p256dh);
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let refusal = PushSubscriptionRequest { endpoint: "x".repeat(3000), ..request("?", "AA", Some(i64::MAX)) };
        let errors = refusal.check().unwrap_err().errors;
        assert_eq!(errors.keys().collect::<Vec<_>>(), ["endpoint", "expirationTime", "keys.auth", "keys.p256dh"]);
    }
}
