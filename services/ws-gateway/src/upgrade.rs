//! From an HTTP request to a socket: what must be right for the upgrade, and the answer to it.

use axum::body::Body;
use axum::http::header::{
    AUTHORIZATION, CONNECTION, RETRY_AFTER, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL,
    SEC_WEBSOCKET_VERSION, UPGRADE,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode};
use chat_protocol::error::{ErrorCode, Problem, Refusal};
use chat_protocol::frame::Resume;
use chat_protocol::ids::Seq;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use chat_protocol::limits::MAX_FRAME_BYTES;

/// The subprotocol whose partner is a token.
const BEARER: &str = "bearer";
/// Read at once from a socket, in bytes: little, because it is held by every one of them.
const READ_BUFFER_BYTES: usize = 4 * 1024;
/// Gathered before it is written, in bytes.
const WRITE_BUFFER_BYTES: usize = 16 * 1024;
/// May wait for a slow reader, in bytes; frames beyond it close the socket.
const MAX_WRITE_BUFFER_BYTES: usize = 1024 * 1024;

/// What a valid handshake says.
#[derive(Debug, PartialEq, Eq)]
pub struct Handshake {
    accept: String,
    speaks_bearer: bool,
    /// The token, if one came in the header or the subprotocol.
    pub token: Option<Token>,
}

/// A token that does not print.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(pub String);

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token")
    }
}

impl Handshake {
    /// Reads the request for an upgrade.
    pub fn read(method: &Method, headers: &HeaderMap) -> Result<Self, Refusal> {
        let wrong = |what: &str| Refusal::new(ErrorCode::Invalid, format!("This is a WebSocket: {what}."));
        if method != Method::GET {
            return Err(Refusal::new(ErrorCode::MethodNotAllowed, "This is a WebSocket: use GET."));
        }
        if !has_token(headers, &CONNECTION, "upgrade") || !has_token(headers, &UPGRADE, "websocket") {
            return Err(wrong("ask for an upgrade to websocket"));
        }
        if headers.get(SEC_WEBSOCKET_VERSION).map(HeaderValue::as_bytes) != Some(b"13") {
            return Err(wrong("version 13"));
        }
        let key = headers.get(SEC_WEBSOCKET_KEY).ok_or_else(|| wrong("Sec-WebSocket-Key is missing"))?;
        let subprotocols = subprotocols(headers);
        let speaks_bearer = subprotocols.first().is_some_and(|first| *first == BEARER);
        let from_subprotocol = subprotocols.get(1).filter(|_| speaks_bearer).map(|token| (*token).to_owned());
        let token = bearer_header(headers).or(from_subprotocol).map(Token);
        Ok(Self { accept: derive_accept_key(key.as_bytes()), speaks_bearer, token })
    }

    /// The answer that makes the connection a socket.
    #[must_use]
    pub fn accept(&self) -> Response<Body> {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        if let Ok(accept) = HeaderValue::from_str(&self.accept) {
            headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
        }
        if self.speaks_bearer {
            headers.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(BEARER));
        }
        response
    }
}

/// What the URL of a socket asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Opening {
    /// `after_seq` (and `log_epoch`): resume at once.
    pub resume: Option<Resume>,
    /// `live=after_resume`: nothing live comes before the first resume is done.
    pub is_held: bool,
    /// What was wrong with it: told once the socket is open.
    pub refusal: Option<Refusal>,
}

impl Opening {
    /// Reads the query; what it does not know it ignores.
    #[must_use]
    pub fn read(query: &str) -> Self {
        Self::of(query.split('&').filter_map(|pair| pair.split_once('=')))
    }

    /// Reads names and values; what it does not know it ignores.
    pub fn of<'a>(asked: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let (mut opening, mut log_epoch) = (Self::default(), None);
        for (name, value) in asked {
            let position = value.parse().ok().filter(|number| *number >= 0);
            match (name, position) {
                ("after_seq", Some(after)) => opening.resume = Some(Resume { after_seq: Seq(after), log_epoch: None }),
                ("log_epoch", Some(epoch)) => log_epoch = Some(epoch),
                ("after_seq" | "log_epoch", None) => {
                    opening.refusal = Some(Refusal::invalid(name, "A whole number from 0 on."));
                }
                ("live", _) => opening.is_held = value == "after_resume",
                _ => {}
            }
        }
        if let Some(resume) = &mut opening.resume {
            resume.log_epoch = log_epoch;
        }
        opening.is_held |= opening.resume.is_some();
        opening
    }
}

/// The limits of a socket.
#[must_use]
pub fn socket_config() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(WRITE_BUFFER_BYTES)
        .max_write_buffer_size(MAX_WRITE_BUFFER_BYTES)
        .max_message_size(Some(MAX_FRAME_BYTES))
        .max_frame_size(Some(MAX_FRAME_BYTES))
}

/// A refusal as an HTTP answer.
#[must_use]
pub fn refuse(refusal: Refusal) -> Response<Body> {
    let problem = Problem::from(refusal);
    let mut response = Response::new(Body::from(serde_json::to_vec(&problem).unwrap_or_default()));
    *response.status_mut() = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::BAD_REQUEST);
    let headers = response.headers_mut();
    headers.insert("content-type", HeaderValue::from_static("application/problem+json"));
    if problem.code == ErrorCode::Unavailable {
        headers.insert(RETRY_AFTER, HeaderValue::from_static("2"));
    }
    if problem.code == ErrorCode::MethodNotAllowed {
        headers.insert("allow", HeaderValue::from_static("GET"));
    }
    response
}

fn has_token(headers: &HeaderMap, name: &HeaderName, wanted: &str) -> bool {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|token| token.trim().eq_ignore_ascii_case(wanted))
}

fn subprotocols(headers: &HeaderMap) -> Vec<&str> {
    let values = headers.get_all(SEC_WEBSOCKET_PROTOCOL).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim).collect()
}

fn bearer_header(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let fixed = [
            ("connection", "keep-alive, Upgrade"),
            ("upgrade", "WebSocket"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ];
        for (name, value) in fixed.iter().chain(pairs) {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    fn token(pairs: &[(&'static str, &'static str)]) -> Option<String> {
        Handshake::read(&Method::GET, &headers(pairs)).unwrap().token.map(|token| token.0)
    }

    #[test]
    fn accept_key_is_the_one_of_the_rfc() {
        let handshake = Handshake::read(&Method::GET, &headers(&[])).unwrap();
        assert_eq!(handshake.accept().headers()[SEC_WEBSOCKET_ACCEPT], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn token_comes_by_header_or_subprotocol() {
        assert_eq!(token(&[]), None);
        assert_eq!(token(&[("authorization", "Bearer abc")]).as_deref(), Some("abc"));
        assert_eq!(token(&[("sec-websocket-protocol", "bearer, abc")]).as_deref(), Some("abc"));
        assert_eq!(token(&[("sec-websocket-protocol", "chat, abc")]), None);
        assert_eq!(token(&[("authorization", "Basic abc")]), None);
    }

    #[test]
    fn subprotocol_is_answered_without_the_token() {
        let handshake = Handshake::read(&Method::GET, &headers(&[("sec-websocket-protocol", "bearer, abc")])).unwrap();
        assert_eq!(handshake.accept().headers()[SEC_WEBSOCKET_PROTOCOL], "bearer");
        assert!(!format!("{handshake:?}").contains("abc"));
    }

    #[test]
    fn url_may_ask_for_a_resume() {
        let opening = Opening::read("x=1&after_seq=7&log_epoch=2");
        let resume = Resume { after_seq: Seq(7), log_epoch: Some(2) };
        assert_eq!(opening, Opening { resume: Some(resume), is_held: true, refusal: None });
        assert!(Opening::read("live=after_resume").is_held);
        assert_eq!(Opening::read(""), Opening::default());
        for bad in ["after_seq=", "after_seq=-1", "after_seq=1.5", "after_seq=x"] {
            assert!(Opening::read(bad).refusal.is_some(), "{bad}");
        }
    }

    #[test]
    fn what_is_no_upgrade_is_told_so() {
        assert_eq!(Handshake::read(&Method::POST, &headers(&[])).unwrap_err().code, ErrorCode::MethodNotAllowed);
        for missing in ["connection", "upgrade", "sec-websocket-version", "sec-websocket-key"] {
            let mut headers = headers(&[]);
            headers.remove(missing);
            assert_eq!(Handshake::read(&Method::GET, &headers).unwrap_err().code, ErrorCode::Invalid, "{missing}");
        }
    }
}
