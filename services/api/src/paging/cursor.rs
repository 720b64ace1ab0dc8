//! A cursor, which means nothing to clients: JSON in base64. Pure.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The longest cursor that is looked at, in characters.
const MAX_CURSOR_CHARS: usize = 200;

/// Where a page begins: next to a row (which is not on it), and in which direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cursor<P> {
    /// The row's place in the list.
    #[serde(rename = "p")]
    pub(crate) place: P,
    /// Towards the beginning of the list.
    #[serde(rename = "b")]
    pub(crate) is_backwards: bool,
}

impl<P: Serialize + DeserializeOwned> Cursor<P> {
    pub(super) fn decode(text: &str) -> Option<Self> {
        let short = Some(text).filter(|text| text.len() <= MAX_CURSOR_CHARS)?;
        let json = URL_SAFE_NO_PAD.decode(short).ok()?;
        serde_json::from_slice(&json).ok()
    }

    pub(super) fn encode(&self) -> String {
        let json = serde_json::to_vec(self).expect("places are plain JSON");
        URL_SAFE_NO_PAD.encode(json)
    }
}
