//! Ids as newtypes. Only their constructors accept text, so an id that exists is well formed wherever it travels.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;

/// Why a text is not an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed {0}")]
pub struct InvalidId(pub &'static str);

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident, $label:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String, format = Uuid))]
        pub struct $name(Uuid);

        impl $name {
            /// A new id (UUID version 7: it sorts by the time of its making).
            #[must_use]
            pub fn generate() -> Self {
                Self(Uuid::now_v7())
            }

            /// The id that has these 128 bits.
            #[must_use]
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The bits.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            /// Accepts the hyphenated form alone, in either case.
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                if text.len() != 36 {
                    return Err(InvalidId($label));
                }
                Uuid::try_parse(text).map(Self).map_err(|_| InvalidId($label))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0.hyphenated(), f)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

uuid_id!(
    /// A conversation.
    ConversationId,
    "conversation id"
);
uuid_id!(
    /// A message; equal to the id of the command that sent it.
    MessageId,
    "message id"
);
uuid_id!(
    /// One command, made once by gateway or api and kept over every repetition.
    CommandId,
    "command id"
);
uuid_id!(
    /// An uploaded file.
    AttachmentId,
    "attachment id"
);
uuid_id!(
    /// What somebody has reported.
    ReportId,
    "report id"
);
uuid_id!(
    /// What a log-in begins, each refresh goes on with and a log-out ends: the `fam` of its tokens.
    FamilyId,
    "token family"
);
uuid_id!(
    /// One refresh token or one ticket: its `jti`.
    TokenId,
    "token id"
);

uuid_id!(
    /// An address that events are posted to.
    WebhookId,
    "webhook id"
);
uuid_id!(
    /// A browser that somebody wants to be told in.
    PushSubscriptionId,
    "push subscription id"
);

/// An event for a webhook: its number, which grows with time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = i64, minimum = 1))]
pub struct DeliveryId(pub i64);

impl FromStr for DeliveryId {
    type Err = InvalidId;

    /// Accepts plain decimal digits.
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        plain.then(|| text.parse().ok()).flatten().map(Self).ok_or(InvalidId("delivery id"))
    }
}

impl From<CommandId> for MessageId {
    /// A stored message carries the id of its command.
    fn from(id: CommandId) -> Self {
        Self(id.0)
    }
}

/// A user: an integer from 1 to 2^53-1, so that every JSON reader keeps it exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = i64, minimum = 1, maximum = 9_007_199_254_740_991_i64))]
pub struct UserId(i64);

impl UserId {
    /// The largest user id, 2^53-1.
    pub const MAX: i64 = (1 << 53) - 1;

    /// The id, if the number is in range.
    #[must_use]
    pub const fn new(id: i64) -> Option<Self> {
        if id >= 1 && id <= Self::MAX { Some(Self(id)) } else { None }
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }
}

impl FromStr for UserId {
    type Err = InvalidId;

    /// Accepts plain decimal digits without sign, blank or leading zero.
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let plain = !text.is_empty() && !text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit());
        plain.then(|| text.parse().ok()).flatten().and_then(Self::new).ok_or(InvalidId("user id"))
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl<'de> Deserialize<'de> for UserId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = i64::deserialize(deserializer)?;
        Self::new(number).ok_or_else(|| serde::de::Error::custom("malformed user id"))
    }
}

/// What a sender calls a message: 1 to 128 characters, unique per sender and conversation.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String, min_length = 1, max_length = 128))]
pub struct ClientId(String);

impl ClientId {
    /// The longest client id, in characters.
    pub const MAX_CHARS: usize = 128;

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ClientId {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        let chars = text.chars().take(Self::MAX_CHARS + 1).count();
        if chars == 0 || chars > Self::MAX_CHARS || text.contains('\0') {
            return Err(InvalidId("client_id"));
        }
        Ok(Self(text))
    }
}

impl FromStr for ClientId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        Self::try_from(text.to_owned())
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ClientId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::try_from(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// The position of a durable event in its conversation's log: 1, 2, 3, … without holes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = i64, minimum = 0))]
pub struct Seq(pub i64);

impl Seq {
    /// The position after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// The name of one running process of a service; one token of a NATS subject.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct InstanceId(String);

impl InstanceId {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for InstanceId {
    type Err = InvalidId;

    /// Accepts 1 to 64 of `A-Z a-z 0-9 _ -`: nothing that NATS gives a meaning to.
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let token =
            (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        token.then(|| Self(text.to_owned())).ok_or(InvalidId("instance id"))
    }
}

impl fmt::Display for InstanceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for InstanceId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn user_id_is_plain_decimal_in_range() {
        for good in ["1", "42", "9007199254740991"] {
            assert_eq!(good.parse::<UserId>().unwrap().to_string(), good);
        }
        for bad in
            ["", "0", "-1", "+1", "01", " 1", "1 ", "1e3", "1.0", "9007199254740992", "99999999999999999999", "١"]
        {
            assert!(bad.parse::<UserId>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn uuid_id_is_hyphenated_alone() {
        let id = ConversationId::generate();
        assert_eq!(id.to_string().parse(), Ok(id));
        assert!(id.uuid().simple().to_string().parse::<ConversationId>().is_err());
        assert!(format!("{{{id}}}").parse::<ConversationId>().is_err());
        assert!(format!("urn:uuid:{id}").parse::<ConversationId>().is_err());
    }

    #[test]
    fn client_id_counts_characters() {
        assert!("é".repeat(128).parse::<ClientId>().is_ok());
        assert!("é".repeat(129).parse::<ClientId>().is_err());
        assert!("".parse::<ClientId>().is_err());
        assert!("a\0b".parse::<ClientId>().is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_an_id_that_prints_otherwise(text in ".{0,80}") {
            if let Ok(id) = text.parse::<ConversationId>() {
                prop_assert_eq!(id.to_string(), text.to_lowercase());
            }
            if let Ok(id) = text.parse::<UserId>() {
                prop_assert_eq!(id.to_string(), text.clone());
            }
            if let Ok(id) = text.parse::<InstanceId>() {
                prop_assert!(!id.as_str().contains(['.', '*', '>', ' ', '\r', '\n', '$']));
            }
        }

        #[test]
        fn ids_survive_json(number in 1..=UserId::MAX, bits: u128) {
            let user = UserId::new(number).unwrap();
            prop_assert_eq!(serde_json::from_str::<UserId>(&serde_json::to_string(&user).unwrap()).unwrap(), user);
            let message = MessageId::from_uuid(Uuid::from_u128(bits));
            prop_assert_eq!(serde_json::from_str::<MessageId>(&serde_json::to_string(&message).unwrap()).unwrap(), message);
        }
    }
}
