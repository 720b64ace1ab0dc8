//! What a request under `/socket.io/` asks for, and how Engine.IO answers.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, Response, StatusCode};

use super::sid::Sid;

/// The version of Engine.IO that is spoken here.
const VERSION: &str = "4";

/// What is wrong with a request, as Engine.IO numbers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EngineError {
    /// Neither polling nor a WebSocket.
    TransportUnknown = 0,
    /// No connection has this id.
    SessionUnknown = 1,
    /// A connection begins with GET.
    BadHandshakeMethod = 2,
    /// Out of order, or not understood.
    BadRequest = 3,
    /// Another version.
    VersionUnsupported = 5,
}

impl EngineError {
    /// All of them.
    const ALL: [Self; 5] = [
        Self::TransportUnknown,
        Self::SessionUnknown,
        Self::BadHandshakeMethod,
        Self::BadRequest,
        Self::VersionUnsupported,
    ];

    /// Its number on the wire.
    pub(super) const fn number(self) -> u8 {
        self as u8
    }

    /// The error of a number.
    pub(super) fn of(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|error| error.number() == number)
    }

    const fn message(self) -> &'static str {
        match self {
            Self::TransportUnknown => "Transport unknown",
            Self::SessionUnknown => "Session ID unknown",
            Self::BadHandshakeMethod => "Bad handshake method",
            Self::BadRequest => "Bad request",
            Self::VersionUnsupported => "Unsupported protocol version",
        }
    }

    /// As an HTTP answer.
    pub(super) fn response(self) -> Response<Body> {
        let body = serde_json::json!({"code": self.number(), "message": self.message()}).to_string();
        answer(StatusCode::BAD_REQUEST, "application/json", body)
    }
}

/// How a client wants its connection to be carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transport {
    /// By requests.
    Polling,
    /// By a WebSocket.
    WebSocket,
}

/// What the query of a request says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Asked {
    /// How the connection is to be carried.
    pub(super) transport: Transport,
    /// Which connection; none for a new one.
    pub(super) sid: Option<Sid>,
}

impl Asked {
    /// Reads a query.
    pub(super) fn read(query: &str) -> Result<Self, EngineError> {
        let value = |wanted: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.find(|(name, _)| *name == wanted).map(|(_, value)| value)
        };
        let transport = match value("transport") {
            Some("polling") => Transport::Polling,
            Some("websocket") => Transport::WebSocket,
            _ => return Err(EngineError::TransportUnknown),
        };
        if value("EIO") != Some(VERSION) {
            return Err(EngineError::VersionUnsupported);
        }
        let sid = value("sid").map(|sid| sid.parse().map_err(|_| EngineError::SessionUnknown)).transpose()?;
        Ok(Self { transport, sid })
    }
}

/// Packets for a client.
pub(super) fn payload(packets: String) -> Response<Body> {
    answer(StatusCode::OK, "text/plain; charset=UTF-8", packets)
}

/// What a client brought was heard.
pub(super) fn heard() -> Response<Body> {
    answer(StatusCode::OK, "text/html", "ok".to_owned())
}

fn answer(status: StatusCode, content_type: &'static str, body: String) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::super::sid::GatewayRun;
    use super::*;

    #[test]
    fn query_says_how_and_which() {
        let sid = Sid::draw(GatewayRun::draw());
        let new = Asked { transport: Transport::Polling, sid: None };
        assert_eq!(Asked::read("EIO=4&transport=polling&t=abc"), Ok(new));
        let known = Asked { transport: Transport::WebSocket, sid: Some(sid) };
        assert_eq!(Asked::read(&format!("sid={sid}&EIO=4&transport=websocket")), Ok(known));
        for (bad, error) in [
            ("", EngineError::TransportUnknown),
            ("EIO=4&transport=smoke", EngineError::TransportUnknown),
            ("EIO=3&transport=polling", EngineError::VersionUnsupported),
            ("transport=polling", EngineError::VersionUnsupported),
            ("EIO=4&transport=polling&sid=x", EngineError::SessionUnknown),
            ("EIO=4&transport=polling&sid=", EngineError::SessionUnknown),
        ] {
            assert_eq!(Asked::read(bad), Err(error), "{bad}");
        }
    }

    #[test]
    fn errors_are_known_by_their_numbers() {
        for error in EngineError::ALL {
            assert_eq!(EngineError::of(error.number()), Some(error));
        }
        assert_eq!(EngineError::of(4), None);
    }
}
