//! CloudEvents attributes of events on NATS, in binary mode: lower-case `ce-*` headers whose values are percent-encoded. What is
//! the same for all events of a process is made once.

use async_nats::header::{HeaderMap, HeaderName};
use chat_protocol::event::{
    Event, HEADER_CE_DATASCHEMA, HEADER_CE_ID, HEADER_CE_SOURCE, HEADER_CE_SPECVERSION, HEADER_CE_SUBJECT,
    HEADER_CE_TIME, HEADER_CE_TYPE, HEADER_CONTENT_TYPE,
};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// What may not stand in a value as it is, besides what is not ASCII.
const ENCODED: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'%');

/// Which attributes events carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attributes {
    /// All of CloudEvents.
    All {
        /// `ce-source`, encoded.
        source: String,
    },
    /// `ce-id` and `ce-type` alone, which gateways need: the feed is nobody's.
    Few,
}

impl Attributes {
    /// All of them, from this source; without one, what gateways need alone.
    #[must_use]
    pub fn of(source: Option<&str>) -> Self {
        source.map_or(Self::Few, |source| Self::All { source: utf8_percent_encode(source, ENCODED).to_string() })
    }

    /// Writes what consumers need to know of an event. Ids, times and names need no encoding.
    pub(crate) fn write(&self, headers: &mut HeaderMap, id: uuid::Uuid, event: &Event) {
        let kind = event.kind();
        headers.insert(HeaderName::from_static(HEADER_CE_TYPE), kind.ce_type());
        headers.insert(HeaderName::from_static(HEADER_CE_ID), id.to_string());
        let Self::All { source } = self else { return };
        headers.insert(HeaderName::from_static(HEADER_CE_SPECVERSION), "1.0");
        headers.insert(HeaderName::from_static(HEADER_CE_SOURCE), source.as_str());
        headers.insert(HeaderName::from_static(HEADER_CE_DATASCHEMA), kind.schema_id());
        headers.insert(HeaderName::from_static(HEADER_CONTENT_TYPE), "application/json");
        headers.insert(HeaderName::from_static(HEADER_CE_SUBJECT), event.conversation_id().to_string());
        headers.insert(HeaderName::from_static(HEADER_CE_TIME), event.created_at().to_string());
    }
}

#[cfg(test)]
mod tests {
    use percent_encoding::percent_decode_str;

    use super::*;

    #[test]
    fn source_is_encoded_once_and_comes_back() {
        for (source, encoded) in [
            ("/chat", "/chat"),
            ("https://chat.example.com/eu", "https://chat.example.com/eu"),
            ("/chat für \"alle\" 100%", "/chat%20f%C3%BCr%20%22alle%22%20100%25"),
            ("a\r\nce-id: forged", "a%0D%0Ace-id:%20forged"),
        ] {
            let Attributes::All { source: written } = Attributes::of(Some(source)) else { unreachable!() };
            assert_eq!(written, encoded);
            assert_eq!(percent_decode_str(&written).decode_utf8().unwrap(), source);
        }
        assert_eq!(Attributes::of(None), Attributes::Few);
    }
}
