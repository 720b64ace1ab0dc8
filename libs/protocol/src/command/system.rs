//! What machines ask for: words of the system.

use serde::{Deserialize, Serialize};

use crate::ids::{ClientId, ConversationId, UserId};
use crate::time::Timestamp;

/// Say something as the system: without a sender, and never unread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostSystemMessage {
    /// Where.
    pub conversation_id: ConversationId,
    /// Which machine; whether it is one is decided where it is stored.
    pub actor_id: UserId,
    /// The text, checked like that of any message.
    pub content: String,
    /// The machine's own id for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
    /// Not to be carried out after this, by the database's clock.
    pub not_after: Timestamp,
}
