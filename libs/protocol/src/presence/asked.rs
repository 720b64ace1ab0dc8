//! What gateways, which have no database, learn of presence from the api: whom a person may see, and what people chose to
//! show.

use serde::{Deserialize, Serialize};

use super::ChosenStatus;
use crate::ids::UserId;
use crate::time::Timestamp;

/// The most people in one answer to [`AcquaintancesRequest`]; it stays below 512 KiB.
pub const ACQUAINTANCES_PAGE: u32 = 5000;
/// The most people in one [`ChoicesRequest`].
pub const MAX_CHOICES: usize = 2000;

/// `chat.rpc.api.acquaintances`: everyone whose presence this person may see, by id, in pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcquaintancesRequest {
    /// Who.
    pub user_id: UserId,
    /// The last person of the page before.
    #[serde(default)]
    pub after: Option<UserId>,
}

/// Somebody whose presence may be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acquaintance {
    /// Who.
    pub user_id: UserId,
    /// When the person was last here, as far as the database knows.
    #[serde(default)]
    pub last_seen: Option<Timestamp>,
}

/// The answer to [`AcquaintancesRequest`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcquaintancesResponse {
    /// At most [`ACQUAINTANCES_PAGE`], in the order of their ids.
    pub people: Vec<Acquaintance>,
    /// After whom to go on, if there are more.
    pub next: Option<UserId>,
}

/// `chat.rpc.api.choices`: what these people chose to show; at most [`MAX_CHOICES`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChoicesRequest {
    /// Whom.
    pub user_ids: Vec<UserId>,
}

/// The answer to [`ChoicesRequest`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChoicesResponse {
    /// Who is missing has never chosen.
    pub choices: Vec<Choice>,
}

/// What a person chose to show; also what `subjects::PRESENCE_STATUS` carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// Who.
    pub user_id: UserId,
    /// What.
    pub status: ChosenStatus,
    /// Grows with every choice of the person: of two the newer counts.
    pub version: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn largest_answers_are_below_512_kib() {
        let user_id = UserId::new(UserId::MAX).unwrap();
        let last_seen = Some(chrono::DateTime::<chrono::Utc>::MAX_UTC.into());
        let people = vec![Acquaintance { user_id, last_seen }; ACQUAINTANCES_PAGE as usize];
        let answer = serde_json::to_vec(&AcquaintancesResponse { people, next: Some(user_id) }).unwrap();
        assert!(answer.len() < 512 * 1024, "{}", answer.len());
        let choice = Choice { user_id, status: ChosenStatus::Invisible, version: i64::MAX };
        let answer = serde_json::to_vec(&ChoicesResponse { choices: vec![choice; MAX_CHOICES] }).unwrap();
        assert!(answer.len() < 512 * 1024, "{}", answer.len());
    }
}
