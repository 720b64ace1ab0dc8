//! Whatever stands in `?cursor=`: it does not panic, and what is read as a cursor is the one that is written back.
#![no_main]
#![allow(dead_code, reason = "these are files of the api, of which the target asks for a part")]

use libfuzzer_sys::fuzz_target;

// The file itself: the api around it would bring its servers.
#[path = "../../services/api/src/paging"]
mod paging {
    pub mod cursor;

    use std::fmt::Debug;

    use serde::Serialize;
    use serde::de::DeserializeOwned;

    use self::cursor::Cursor;

    /// As a list reads it whose rows have places of this kind.
    pub fn read<P: Serialize + DeserializeOwned + Debug + PartialEq>(text: &str) {
        if let Some(cursor) = Cursor::<P>::decode(text) {
            assert!(text.len() <= 200);
            assert_eq!(Cursor::decode(&cursor.encode()), Some(cursor));
        }
    }
}

use chat_protocol::ids::{ConversationId, Seq, UserId};
use chat_protocol::time::Timestamp;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    paging::read::<Seq>(text);
    paging::read::<UserId>(text);
    paging::read::<(Timestamp, ConversationId)>(text);
    // What a client would have to guess: the JSON behind the letters.
    let inside = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, data);
    paging::read::<Seq>(&inside);
    paging::read::<UserId>(&inside);
    paging::read::<(Timestamp, ConversationId)>(&inside);
});
