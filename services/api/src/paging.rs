//! Pages of lists: their size, where they begin (a cursor that means nothing to clients), and the addresses of their
//! neighbours. Pure but for reading the request's own address.

mod cursor;

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::header::HOST;
use axum::http::request::Parts;
use axum::http::uri::Authority;
use chat_protocol::error::Validation;
use chat_protocol::limits::PAGE_SIZE;
use chat_protocol::rest::Page;
use chat_runtime::http_server::Encrypted;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub(crate) use self::cursor::Cursor;
use crate::extract::Params;

/// `page_size`: 1 to 200; more is cut, anything else is wrong.
pub(crate) fn page_size(params: &Params, wrong: &mut Validation) -> usize {
    let (default, max) = PAGE_SIZE;
    let (default, max) = (default as usize, max as usize);
    let Some(text) = params.text("page_size") else { return default };
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let size = if is_number { text.parse().unwrap_or(max) } else { 0 };
    if size == 0 {
        wrong.reject("page_size", format!("A number from 1 to {max}."));
    }
    size.clamp(1, max)
}

impl<P: Serialize + DeserializeOwned> Cursor<P> {
    /// The cursor in the query, if there is one.
    pub(crate) fn read(params: &Params, wrong: &mut Validation) -> Option<Self> {
        let text = params.text("cursor")?;
        let decoded = Self::decode(text);
        if decoded.is_none() {
            wrong.reject("cursor", "Not a cursor of this list.");
        }
        decoded
    }
}

/// A page with the cursors of its neighbours.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Slice<T, P> {
    pub(crate) rows: Vec<T>,
    pub(crate) next: Option<Cursor<P>>,
    pub(crate) previous: Option<Cursor<P>>,
}

impl<T, P> Slice<T, P> {
    /// Cuts what was read for a page: up to one row more than `size`, in the order of the list, beginning at `from`.
    pub(crate) fn cut(mut rows: Vec<T>, size: usize, from: Option<&Cursor<P>>, place: impl Fn(&T) -> P) -> Self {
        let is_backwards = from.is_some_and(|cursor| cursor.is_backwards);
        let surplus = rows.len().saturating_sub(size);
        let has_more = surplus > 0;
        if is_backwards {
            rows.drain(..surplus);
        } else {
            rows.truncate(size);
        }
        let (has_next, has_previous) = if is_backwards { (true, has_more) } else { (has_more, from.is_some()) };
        Self::between(rows, has_previous, has_next, place)
    }

    /// A page of which it is known whether it has neighbours.
    pub(crate) fn between(rows: Vec<T>, has_previous: bool, has_next: bool, place: impl Fn(&T) -> P) -> Self {
        let cursor = |row: &T, is_backwards| Cursor { place: place(row), is_backwards };
        let next = rows.last().filter(|_| has_next).map(|row| cursor(row, false));
        let previous = rows.first().filter(|_| has_previous).map(|row| cursor(row, true));
        Self { rows, next, previous }
    }
}

impl<T, P: Serialize + DeserializeOwned> Slice<T, P> {
    /// The page as it is answered.
    pub(crate) fn into_page(self, address: &Address) -> Page<T> {
        let link = |cursor: &Cursor<P>| address.with_cursor(&cursor.encode());
        Page { next: self.next.as_ref().map(link), previous: self.previous.as_ref().map(link), results: self.rows }
    }
}

/// The address of the request as the client wrote it, without the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    /// Scheme, host and path.
    base: String,
    /// The other parameters, as they were written.
    params: Vec<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Address {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let params = parts.uri.query().unwrap_or_default().split('&');
        let params = params.filter(|pair| !pair.is_empty() && *pair != "cursor" && !pair.starts_with("cursor="));
        let scheme = if parts.extensions.get::<Encrypted>().is_some() { "https" } else { "http" };
        let base = format!("{scheme}://{}{}", host(parts), parts.uri.path());
        Ok(Self { base, params: params.map(str::to_owned).collect() })
    }
}

impl Address {
    fn with_cursor(&self, cursor: &str) -> String {
        let mut url = format!("{}?", self.base);
        for pair in &self.params {
            url.push_str(pair);
            url.push('&');
        }
        url.push_str("cursor=");
        url.push_str(cursor);
        url
    }
}

/// The host that the client meant: `:authority` of HTTP/2, else `Host`.
fn host(parts: &Parts) -> String {
    let from_header = || parts.headers.get(HOST)?.to_str().ok()?.parse::<Authority>().ok();
    let authority = parts.uri.authority().cloned().or_else(from_header);
    authority.map_or_else(|| "localhost".to_owned(), |authority| authority.to_string())
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn params(pairs: &[(&str, &str)]) -> Params {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn page_size_is_cut_to_200_and_at_least_1() {
        let size = |text: &str| {
            let mut wrong = Validation::default();
            let size = page_size(&params(&[("page_size", text)]), &mut wrong);
            wrong.finish().map(|()| size)
        };
        assert_eq!(page_size(&params(&[]), &mut Validation::default()), 50);
        for (text, expected) in [("1", 1), ("007", 7), ("200", 200), ("201", 200), ("99999999999999999999999", 200)] {
            assert_eq!(size(text), Ok(expected), "{text}");
        }
        for bad in ["0", "-1", "+1", "1.5", "x", " 1", "1e2", "١"] {
            assert!(size(bad).unwrap_err().errors.contains_key("page_size"), "{bad}");
        }
    }

    #[test]
    fn cursor_survives_and_nothing_else_is_one() {
        let cursor = Cursor { place: 7_i64, is_backwards: true };
        assert_eq!(Cursor::decode(&cursor.encode()), Some(cursor));
        for bad in ["x", "%", "bm8", &"A".repeat(1000), "eyJwIjo3fQ", "eyJwIjoiNyIsImIiOnRydWV9"] {
            let mut wrong = Validation::default();
            assert_eq!(Cursor::<i64>::read(&params(&[("cursor", bad)]), &mut wrong), None, "{bad}");
            assert!(wrong.finish().unwrap_err().errors.contains_key("cursor"));
        }
    }

    #[test]
    fn pages_lead_through_the_list_and_back() {
        let list: Vec<i64> = (1..=7).collect();
        let read = |from: Option<&Cursor<i64>>| {
            let rows: Vec<i64> = match from {
                None => list.iter().copied().take(4).collect(),
                Some(Cursor { place, is_backwards: false }) => {
                    list.iter().copied().filter(|row| row > place).take(4).collect()
                }
                Some(Cursor { place, is_backwards: true }) => {
                    let mut rows: Vec<_> = list.iter().rev().copied().filter(|row| row < place).take(4).collect();
                    rows.reverse();
                    rows
                }
            };
            Slice::cut(rows, 3, from, |row| *row)
        };
        let first = read(None);
        assert_eq!((&first.rows[..], first.previous), (&[1, 2, 3][..], None));
        let second = read(first.next.as_ref());
        assert_eq!(second.rows, [4, 5, 6]);
        let third = read(second.next.as_ref());
        assert_eq!((&third.rows[..], third.next), (&[7][..], None));
        let back = read(third.previous.as_ref());
        assert_eq!(back.rows, [4, 5, 6]);
        let start = read(back.previous.as_ref());
        assert_eq!((&start.rows[..], start.previous), (&[1, 2, 3][..], None));
        assert!(start.next.is_some());
    }

    #[tokio::test]
    async fn links_keep_everything_but_the_cursor() {
        let request = Request::get("/api/x/?search=a%26b&cursor=old&page_size=2").header(HOST, "chat.test:8000");
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        let Ok(address) = Address::from_request_parts(&mut parts, &()).await;
        assert_eq!(address.with_cursor("new"), "http://chat.test:8000/api/x/?search=a%26b&page_size=2&cursor=new");
    }

    #[tokio::test]
    async fn odd_host_is_not_echoed() {
        let (mut parts, ()) = Request::get("/x/").header(HOST, "a b\"<").body(()).unwrap().into_parts();
        let Ok(address) = Address::from_request_parts(&mut parts, &()).await;
        assert_eq!(address.with_cursor("c"), "http://localhost/x/?cursor=c");
    }
}
