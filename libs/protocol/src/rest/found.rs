//! What a search answers.

use serde::{Deserialize, Serialize};

use crate::message::Message;

/// A message that was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FoundMessage {
    /// The message.
    #[serde(flatten)]
    pub message: Message,
    /// A piece of its text as HTML: escaped, with `<mark>` around what was found.
    pub highlight: String,
}
