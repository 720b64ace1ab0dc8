//! Which part of a file a request asks for, and whether it has it already (RFC 9110, 13 and 14). One range at a time; what
//! cannot be understood is as if it had not been said. Pure.

use std::ops::Range;

use axum::http::HeaderMap;
use axum::http::header::{IF_NONE_MATCH, IF_RANGE, RANGE};

/// What is to be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Everything.
    Whole,
    /// A part.
    Part(Range<u64>),
    /// A part that there is not.
    Unsatisfiable,
    /// Nothing: the client has it.
    Nothing,
}

impl Wanted {
    /// Reads the conditions of a request for a file of this length.
    pub(super) fn read(headers: &HeaderMap, etag: &str, size: u64) -> Self {
        if has_it(headers, etag) {
            return Self::Nothing;
        }
        let mut ranges = headers.get_all(RANGE).iter();
        let (range, more) = (ranges.next().and_then(|value| value.to_str().ok()), ranges.next());
        let is_same = headers.get(IF_RANGE).is_none_or(|value| value.as_bytes() == etag.as_bytes());
        match range.filter(|_| more.is_none() && is_same).and_then(|range| parse(range, size)) {
            Some(range) if range.is_empty() => Self::Unsatisfiable,
            Some(range) => Self::Part(range),
            None => Self::Whole,
        }
    }
}

fn has_it(headers: &HeaderMap, etag: &str) -> bool {
    let tags = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let mut tags = tags.flat_map(|value| value.split(',')).map(str::trim);
    tags.any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

/// `bytes=1-2`, `bytes=1-` or `bytes=-2`, cut to the file; an empty range if it lies outside.
fn parse(header: &str, size: u64) -> Option<Range<u64>> {
    let (unit, range) = header.split_once('=')?;
    let (first, last) = range.trim().split_once('-')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    let number = |text: &str| -> Option<u64> {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| text.parse().unwrap_or(u64::MAX))
    };
    if first.is_empty() {
        let count = number(last)?.min(size);
        return Some(size - count..size);
    }
    let first = number(first)?;
    let end = if last.is_empty() { size } else { number(last)?.saturating_add(1).min(size) };
    if !last.is_empty() && number(last)? < first {
        return None;
    }
    Some(first.min(end)..end)
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    const ETAG: &str = "\"abc\"";

    fn read(pairs: &[(HeaderName, &'static str)], size: u64) -> Wanted {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(name.clone(), HeaderValue::from_static(value));
        }
        Wanted::read(&headers, ETAG, size)
    }

    #[test]
    fn ranges_are_cut_to_the_file() {
        for (range, expected) in [
            ("bytes=0-0", Wanted::Part(0..1)),
            ("bytes=2-5", Wanted::Part(2..6)),
            ("bytes=2-", Wanted::Part(2..10)),
            ("bytes=-3", Wanted::Part(7..10)),
            ("bytes=-30", Wanted::Part(0..10)),
            ("bytes=9-99999999999999999999999", Wanted::Part(9..10)),
            ("Bytes= 2-5", Wanted::Part(2..6)),
            ("bytes=10-", Wanted::Unsatisfiable),
            ("bytes=10-20", Wanted::Unsatisfiable),
            ("bytes=-0", Wanted::Unsatisfiable),
            ("bytes=5-2", Wanted::Whole),
            ("bytes=", Wanted::Whole),
            ("bytes=-", Wanted::Whole),
            ("bytes=a-b", Wanted::Whole),
            ("bytes=+1-2", Wanted::Whole),
            ("bytes=0-1,3-4", Wanted::Whole),
            ("items=0-1", Wanted::Whole),
            ("0-1", Wanted::Whole),
        ] {
            assert_eq!(read(&[(RANGE, range)], 10), expected, "{range}");
        }
        assert_eq!(read(&[], 10), Wanted::Whole);
        assert_eq!(read(&[(RANGE, "bytes=0-1"), (RANGE, "bytes=2-3")], 10), Wanted::Whole);
    }

    #[test]
    fn conditions_come_before_ranges() {
        for (tags, expected) in [
            ("\"abc\"", Wanted::Nothing),
            ("W/\"abc\"", Wanted::Nothing),
            ("\"x\", \"abc\"", Wanted::Nothing),
            ("*", Wanted::Nothing),
            ("\"x\"", Wanted::Part(0..2)),
            ("abc", Wanted::Part(0..2)),
        ] {
            assert_eq!(read(&[(IF_NONE_MATCH, tags), (RANGE, "bytes=0-1")], 10), expected, "{tags}");
        }
        assert_eq!(read(&[(IF_RANGE, "\"abc\""), (RANGE, "bytes=0-1")], 10), Wanted::Part(0..2));
        assert_eq!(read(&[(IF_RANGE, "\"old\""), (RANGE, "bytes=0-1")], 10), Wanted::Whole);
        assert_eq!(read(&[(IF_RANGE, "Mon, 23 Nov 2026 12:00:00 GMT"), (RANGE, "bytes=0-1")], 10), Wanted::Whole);
    }
}
