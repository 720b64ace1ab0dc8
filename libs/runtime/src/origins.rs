//! Which web pages may speak with us: an exact list of origins, and what browsers are told of it (CORS). Nothing here
//! identifies anybody: there are no cookies, so no credentials are allowed either.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::header::{
    ACCEPT_RANGES, ACCESS_CONTROL_REQUEST_METHOD, AUTHORIZATION, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE,
    CONTENT_TYPE, ETAG, IF_MATCH, IF_NONE_MATCH, IF_RANGE, ORIGIN, RANGE, RETRY_AFTER,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use tower::{Layer as _, ServiceExt as _};
use tower_http::cors::{AllowOrigin, CorsLayer};

/// For how long a browser may remember what it was told.
const REMEMBERED: Duration = Duration::from_mins(10);
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// How one stands with a limit: how much at the most, how much is left, in how many seconds all of it is back.
pub const RATE_LIMIT: [HeaderName; 3] = [
    HeaderName::from_static("ratelimit-limit"),
    HeaderName::from_static("ratelimit-remaining"),
    HeaderName::from_static("ratelimit-reset"),
];

/// The origins of pages that are let in. As text: `https://app.example.com,http://localhost:3000`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origins(Arc<[HeaderValue]>);

/// Why a text is no list of origins.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an origin as browsers write it, such as https://app.example.com or http://localhost:3000")]
pub struct BadOrigin(String);

impl FromStr for Origins {
    type Err = BadOrigin;

    fn from_str(text: &str) -> Result<Self, BadOrigin> {
        let origins = text.split(',').map(str::trim).filter(|origin| !origin.is_empty());
        let parsed = origins.map(|origin| {
            let value = is_origin(origin).then(|| HeaderValue::from_str(origin).ok()).flatten();
            value.ok_or_else(|| BadOrigin(origin.to_owned()))
        });
        Ok(Self(parsed.collect::<Result<_, _>>()?))
    }
}

/// Whether a browser would write it so: scheme and host in lower case and ASCII, a port only if it is not the usual one.
fn is_origin(text: &str) -> bool {
    let Some((scheme, authority)) = text.split_once("://") else { return false };
    let is_lower = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let has_scheme = scheme.starts_with(|c: char| c.is_ascii_lowercase())
        && scheme.chars().all(|c| is_lower(c) || matches!(c, '+' | '-' | '.'));
    let (host, port) = match authority.rsplit_once(':').filter(|(_, port)| !port.ends_with(']')) {
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    };
    let is_v6 = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let has_host = match is_v6 {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.chars().all(|c| is_lower(c) || matches!(c, '.' | '-' | '_')),
    };
    let usual = match scheme {
        "http" => "80",
        "https" => "443",
        _ => "",
    };
    let is_port = |port: &str| port != usual && !port.starts_with('0') && port.parse::<u16>().is_ok();
    has_scheme && has_host && port.is_none_or(is_port)
}

impl Origins {
    /// Whether a request is let in: it names one of these, or none, because no page has sent it.
    #[must_use]
    pub fn admit(&self, headers: &HeaderMap) -> bool {
        let mut named = headers.get_all(ORIGIN).iter();
        match (named.next(), named.next()) {
            (None, _) => true,
            (Some(origin), None) => self.0.contains(origin),
            (Some(_), Some(_)) => false,
        }
    }

    /// What browsers are told; for [`cors`].
    pub fn cors_layer(&self) -> CorsLayer {
        let origins = self.clone();
        CorsLayer::new()
            .allow_origin(AllowOrigin::predicate(move |_, parts| origins.admit(&parts.headers)))
            .allow_methods([Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
            .allow_headers([
                AUTHORIZATION,
                CONTENT_TYPE,
                IDEMPOTENCY_KEY,
                IF_MATCH,
                IF_NONE_MATCH,
                IF_RANGE,
                RANGE,
                REQUEST_ID,
            ])
            .expose_headers(
                [ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, ETAG, RETRY_AFTER, REQUEST_ID]
                    .into_iter()
                    .chain(RATE_LIMIT)
                    .collect::<Vec<_>>(),
            )
            .max_age(REMEMBERED)
    }
}

/// Middleware: answers preflights, and tells browsers what pages may see. Any other `OPTIONS` is a request like others.
pub async fn cors(State(layer): State<CorsLayer>, request: Request, next: Next) -> Response {
    let is_preflight = request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    if request.method() == Method::OPTIONS && !is_preflight {
        return next.run(request).await;
    }
    layer.layer(next).oneshot(request).await.into_response()
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;

    use super::*;

    const LISTED: &str =
        "https://app.example.com, http://localhost:3000,http://[::1]:3000,https://xn--bcher-kva.example";

    fn origins() -> Origins {
        LISTED.parse().unwrap()
    }

    async fn ask(method: &str, headers: &[(&str, &str)]) -> Response {
        let router = Router::new().route("/", get(async || "answer"));
        let router = router.layer(from_fn_with_state(origins().cors_layer(), cors));
        let mut request = Request::builder().method(method).uri("/");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    #[test]
    fn list_is_as_browsers_write_origins() {
        for bad in [
            "*",
            "null",
            "app.example.com",
            "https://app.example.com/",
            "https://App.example.com",
            "HTTPS://app.example.com",
            "https://app.example.com:443",
            "http://app.example.com:80",
            "https://app.example.com:0443",
            "https://app.example.com:99999",
            "https://*.example.com",
            "https://bücher.example",
            "https://user@app.example.com",
            "https://",
            "https://app.example.com:",
        ] {
            assert!(bad.parse::<Origins>().is_err(), "{bad}");
        }
        assert_eq!("".parse(), Ok(Origins::default()));
        assert_eq!(origins().0.len(), 4);
    }

    #[test]
    fn only_what_is_listed_is_let_in() {
        let admit = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(ORIGIN, HeaderValue::from_str(value).unwrap());
            }
            origins().admit(&headers)
        };
        assert!(admit(&[]));
        for good in LISTED.split(',').map(str::trim) {
            assert!(admit(&[good]), "{good}");
            assert!(!admit(&[good, good]), "two headers");
        }
        for bad in
            ["", "null", "http://app.example.com", "https://app.example.com.evil.example", "https://APP.example.com"]
        {
            assert!(!admit(&[bad]), "{bad}");
        }
    }

    #[tokio::test]
    async fn preflight_of_a_listed_page_is_answered() {
        let preflight = |origin| [("origin", origin), ("access-control-request-method", "PATCH")];
        let answer = ask("OPTIONS", &preflight("http://localhost:3000")).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["access-control-allow-origin"], "http://localhost:3000");
        let allowed = answer.headers()["access-control-allow-headers"].to_str().unwrap().to_owned();
        assert!(allowed.contains("authorization") && allowed.contains("idempotency-key"), "{allowed}");
        assert!(answer.headers()["access-control-allow-methods"].to_str().unwrap().contains("PATCH"));
        assert!(!answer.headers().contains_key("access-control-allow-credentials"));
        let foreign = ask("OPTIONS", &preflight("https://evil.example")).await;
        assert!(!foreign.headers().contains_key("access-control-allow-origin"));
    }

    #[tokio::test]
    async fn answers_say_on_what_they_depend() {
        let answer = ask("GET", &[("origin", "https://app.example.com")]).await;
        assert_eq!(answer.headers()["access-control-allow-origin"], "https://app.example.com");
        let exposed = answer.headers()["access-control-expose-headers"].to_str().unwrap().to_owned();
        for name in ["retry-after", "ratelimit-remaining", "etag", "content-range"] {
            assert!(exposed.contains(name), "{exposed}");
        }
        for origin in [&[][..], &[("origin", "https://evil.example")]] {
            let answer = ask("GET", origin).await;
            assert!(!answer.headers().contains_key("access-control-allow-origin"));
            assert!(answer.headers()["vary"].to_str().unwrap().contains("origin"));
        }
        assert_eq!(ask("OPTIONS", &[]).await.status(), 405, "no preflight");
    }
}
