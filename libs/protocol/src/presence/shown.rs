//! Presence as clients see it: rows, and the two frames that carry them.

use serde::de::IntoDeserializer as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::{ChosenStatus, PresenceStatus};
use crate::ids::UserId;
use crate::time::Timestamp;

/// The most people in one [`PresenceSnapshot`]: it stays below 100 KiB, and so below the largest frame.
pub const MAX_SNAPSHOT_ROWS: usize = 500;

/// What is shown of one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PresenceRow {
    /// Who.
    pub user_id: UserId,
    /// Whether the person is here.
    pub is_online: bool,
    /// When the person was last here; null for who is here now, and for who never was.
    pub last_seen: Option<Timestamp>,
    /// The same in more detail.
    pub status: PresenceStatus,
}

impl PresenceRow {
    /// The row of somebody with this status, seen last at `last_seen` at the earliest.
    #[must_use]
    pub fn new(user_id: UserId, status: PresenceStatus, last_seen: Option<Timestamp>) -> Self {
        let is_online = status.is_online();
        Self { user_id, is_online, last_seen: last_seen.filter(|_| !is_online), status }
    }
}

/// What a person sees of oneself after a choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OwnPresence {
    /// The caller.
    pub user_id: UserId,
    /// Whether others see the caller; null where that is not known.
    pub is_online: Option<bool>,
    /// When others last saw the caller; null while they do.
    pub last_seen: Option<Timestamp>,
    /// What was chosen.
    pub status: ChosenStatus,
}

/// `PATCH presence/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetPresenceRequest {
    /// What to show.
    #[serde(deserialize_with = "chosen_status")]
    pub status: ChosenStatus,
}

/// First the text, then what it means: of anything but a text the error then says that it is of the wrong type.
fn chosen_status<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ChosenStatus, D::Error> {
    let text = String::deserialize(deserializer)?;
    ChosenStatus::deserialize(text.into_deserializer())
}

/// The first frame about presence on a socket: everyone whom the caller may see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename = "presence_snapshot")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PresenceSnapshot {
    /// At most [`MAX_SNAPSHOT_ROWS`].
    pub users: Vec<PresenceRow>,
    /// Whether another part follows.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
}

/// Something about one person has changed, or the caller may see the person from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename = "user_status_change")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UserStatusChange {
    /// How it is now.
    #[serde(flatten)]
    pub row: PresenceRow,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::MAX_FRAME_BYTES;

    #[test]
    fn type_comes_first_and_rows_do_not_name_the_last_visit_of_who_is_here() {
        let seen = "2026-11-23T09:10:42.334689Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap().into();
        let row = PresenceRow::new(UserId::new(7).unwrap(), PresenceStatus::Away, Some(seen));
        let text = serde_json::to_string(&UserStatusChange { row }).unwrap();
        let expected = r#"{"type":"user_status_change","user_id":7,"is_online":true,"last_seen":null,"status":"away"}"#;
        assert_eq!(text, expected);
        let row = PresenceRow::new(UserId::new(7).unwrap(), PresenceStatus::Offline, Some(seen));
        let text = serde_json::to_string(&PresenceSnapshot { users: vec![row], more: false }).unwrap();
        assert!(
            text.starts_with(r#"{"type":"presence_snapshot","users":[{"user_id":7,"is_online":false,"last_seen":"2"#)
        );
        assert!(text.ends_with("]}"), "`more` is there only if more comes");
    }

    #[test]
    fn largest_snapshot_is_below_100_kib() {
        let seen = chrono::DateTime::<chrono::Utc>::MAX_UTC.into();
        let row = PresenceRow::new(UserId::new(UserId::MAX).unwrap(), PresenceStatus::Offline, Some(seen));
        let frame = PresenceSnapshot { users: vec![row; MAX_SNAPSHOT_ROWS], more: true };
        let bytes = serde_json::to_vec(&frame).unwrap().len();
        assert!(bytes < MAX_FRAME_BYTES.min(100 * 1024), "{bytes}");
    }
}
