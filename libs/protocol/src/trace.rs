//! Where in a trace something was asked for (W3C Trace Context): what travels in frames, and in the headers of requests,
//! commands and events. Pure; who begins and ends spans is the runtime's business.

use std::fmt;

use serde::Deserialize;
use serde_json::value::RawValue;

/// Field of a frame and header of requests, commands and events: trace, span and whether it is sampled.
pub const TRACEPARENT: &str = "traceparent";
/// Field and header beside it: what tracing systems keep for themselves, passed on as it is.
pub const TRACESTATE: &str = "tracestate";

/// The length of a `traceparent` of version 00.
const TRACEPARENT_LEN: usize = 55;
/// The longest `tracestate` that is passed on, in bytes.
const MAX_TRACESTATE_BYTES: usize = 512;
/// The flag of a sampled trace.
const SAMPLED: u8 = 1;

/// A place in a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceContext {
    trace_id: u128,
    span_id: u64,
    flags: u8,
    state: Option<Box<str>>,
}

impl TraceContext {
    /// A place; none without trace or span.
    #[must_use]
    pub fn new(trace_id: u128, span_id: u64, is_sampled: bool, state: &str) -> Option<Self> {
        let state = (!state.is_empty()).then(|| state.into());
        (trace_id != 0 && span_id != 0).then_some(Self { trace_id, span_id, flags: u8::from(is_sampled), state })
    }

    /// Reads what somebody says; none if it is no `traceparent`, which is no error. A bad `tracestate` is left out.
    #[must_use]
    pub fn parse(traceparent: &str, tracestate: Option<&str>) -> Option<Self> {
        let is_later = |version: u64| version != 0 && traceparent.as_bytes().get(TRACEPARENT_LEN) == Some(&b'-');
        let known = traceparent.get(..TRACEPARENT_LEN)?;
        let mut parts = known.split('-');
        let version = hex(parts.next()?, 2)?;
        if version == 0xff || (traceparent.len() > TRACEPARENT_LEN && !is_later(version)) {
            return None;
        }
        let trace = parts.next()?;
        let (high, low) = (hex(trace.get(..16)?, 16)?, hex(trace.get(16..)?, 16)?);
        let span_id = hex(parts.next()?, 16)?;
        let flags = hex(parts.next()?, 2)?;
        let state = tracestate.filter(|state| is_fit(state)).unwrap_or_default();
        Self::new(u128::from(high) << 64 | u128::from(low), span_id, flags & u64::from(SAMPLED) != 0, state)
    }

    /// Reads the optional fields of a frame. A frame without them costs one look for the name.
    #[must_use]
    pub fn of_frame(frame: &str) -> Option<Self> {
        if !frame.contains(TRACEPARENT) {
            return None;
        }
        let fields: Fields<'_> = serde_json::from_str(frame).ok()?;
        let text = |field: Option<&RawValue>| serde_json::from_str::<String>(field?.get()).ok();
        Self::parse(&text(fields.traceparent)?, text(fields.tracestate).as_deref())
    }

    /// The trace.
    #[must_use]
    pub const fn trace_id(&self) -> u128 {
        self.trace_id
    }

    /// The span within it.
    #[must_use]
    pub const fn span_id(&self) -> u64 {
        self.span_id
    }

    /// Whether whoever was there before records it.
    #[must_use]
    pub const fn is_sampled(&self) -> bool {
        self.flags & SAMPLED != 0
    }

    /// The `tracestate`.
    #[must_use]
    pub fn state(&self) -> Option<&str> {
        self.state.as_deref()
    }
}

impl fmt::Display for TraceContext {
    /// The `traceparent`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{:032x}-{:016x}-{:02x}", self.trace_id, self.span_id, self.flags)
    }
}

/// The fields of a frame that name a place in a trace; whatever they are, the frame is good.
#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow, default)]
    traceparent: Option<&'a RawValue>,
    #[serde(borrow, default)]
    tracestate: Option<&'a RawValue>,
}

fn hex(text: &str, digits: usize) -> Option<u64> {
    let is_hex = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    (text.len() == digits && is_hex).then(|| u64::from_str_radix(text, 16).ok())?
}

fn is_fit(state: &str) -> bool {
    state.len() <= MAX_TRACESTATE_BYTES && state.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn place_comes_back_as_it_was_said() {
        let place = TraceContext::parse(GOOD, Some("vendor=1")).unwrap();
        assert_eq!((place.to_string(), place.is_sampled(), place.state()), (GOOD.to_owned(), true, Some("vendor=1")));
        let not_sampled = GOOD.replace("-01", "-00");
        assert!(!TraceContext::parse(&not_sampled, None).unwrap().is_sampled());
    }

    #[test]
    fn later_version_may_say_more() {
        for (more, is_read) in [("", true), ("-what-comes", true), ("what-comes", false)] {
            assert_eq!(
                TraceContext::parse(&GOOD.replacen("00", "cc", 1).replace("-01", &format!("-01{more}")), None)
                    .is_some(),
                is_read
            );
        }
        assert_eq!(TraceContext::parse(&format!("{GOOD}-more"), None), None);
        assert_eq!(TraceContext::parse(&GOOD.replacen("00", "ff", 1), None), None);
    }

    #[test]
    fn garbage_is_nothing() {
        let no_trace = format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32));
        let no_span = format!("00-4bf92f3577b34da6a3ce929d0e0e4736-{}-01", "0".repeat(16));
        for bad in
            ["", "x", &no_trace, &no_span, &GOOD.to_uppercase(), &GOOD.replace('-', "_"), &GOOD[1..], &GOOD[..54]]
        {
            assert_eq!(TraceContext::parse(bad, None), None, "{bad}");
        }
        let long = "x".repeat(MAX_TRACESTATE_BYTES + 1);
        for bad in [long.as_str(), "a\nb", "ä"] {
            assert_eq!(TraceContext::parse(GOOD, Some(bad)).unwrap().state(), None);
        }
    }

    #[test]
    fn frames_name_their_place_or_none_and_are_good_all_the_same() {
        let named = format!(r#"{{"type":"send_message","traceparent":"{GOOD}","tracestate":"a=b","content":"x"}}"#);
        assert_eq!(TraceContext::of_frame(&named), TraceContext::parse(GOOD, Some("a=b")));
        for none in [
            r#"{"type":"ping"}"#,
            r#"{"traceparent":5}"#,
            r#"{"traceparent":null}"#,
            r#"{"content":"traceparent"}"#,
            "traceparent",
        ] {
            assert_eq!(TraceContext::of_frame(none), None, "{none}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "\\PC{0,80}", state in "\\PC{0,20}") {
            let _ = TraceContext::parse(&text, Some(&state));
        }

        #[test]
        fn every_place_survives_its_text(trace in 1_u128.., span in 1_u64.., is_sampled: bool) {
            let place = TraceContext::new(trace, span, is_sampled, "").unwrap();
            prop_assert_eq!(TraceContext::parse(&place.to_string(), None), Some(place));
        }
    }
}
