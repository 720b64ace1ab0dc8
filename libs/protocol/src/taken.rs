//! What instances tell each other of the limits that they keep together, on `chat.limits.{instance}`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The most keys of one limit in one message.
pub const MAX_TAKEN_KEYS: usize = 2000;

/// What was taken on one instance since it last said so. A message that gets lost lets somebody have a little more.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// By limit: keys (a user's id, or the hash of something longer), and how much; what is negative was given back.
    pub taken: BTreeMap<String, Vec<(u64, i32)>>,
}
