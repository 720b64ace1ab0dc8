//! The web page: a folder of built files at the root of the public port, with a policy under which it asks no outside host and runs
//! nothing but its own scripts. Nothing here needs a token, and nothing is served unless a folder is named.

pub(crate) mod settings;

use std::path::Path;

use anyhow::Context as _;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use serde::Serialize;
use tower::ServiceExt as _;
use tower_http::services::ServeDir;

use self::settings::{DemoPeople, WebSection, WsOrigin};

/// Where the page learns what it cannot know when it is built.
const CONFIG_PATH: &str = "/web-config.json";
/// What the page's addresses that are no files all show.
const INDEX: &str = "/index.html";
/// The names of files in it change with what they hold.
const HASHED: &str = "/assets/";

const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// What the page may use of its browser: the microphone, for voice messages.
const PERMISSIONS: HeaderValue = HeaderValue::from_static(
    "microphone=(self), camera=(), display-capture=(), geolocation=(), payment=(), usb=(), serial=()",
);

/// A folder that is served.
#[derive(Debug)]
pub(crate) struct Web {
    files: ServeDir,
    policy: HeaderValue,
    config: Bytes,
}

/// What the page is told.
#[derive(Debug, Serialize)]
struct PageConfig<'a> {
    /// Without it, where the page came from.
    ws_url: Option<&'a WsOrigin>,
    /// Whether one may register and log in here.
    accounts: bool,
    demo_people: &'a DemoPeople,
}

impl Web {
    /// Looks whether the folder holds a page; none if none is named.
    pub(crate) fn open(section: &WebSection, has_accounts: bool) -> anyhow::Result<Option<Self>> {
        let Some(dir) = &section.web_dir else { return Ok(None) };
        anyhow::ensure!(dir.join("index.html").is_file(), "WEB_DIR: there is no index.html in {}", dir.display());
        let nobody = DemoPeople::default();
        let config = PageConfig {
            ws_url: section.web_ws_url.as_ref(),
            accounts: has_accounts,
            demo_people: section.web_demo_people.as_ref().unwrap_or(&nobody),
        };
        let config = serde_json::to_vec(&config).context("WEB_DEMO_PEOPLE")?.into();
        Ok(Some(Self { files: files(dir), policy: policy(section.web_ws_url.as_ref())?, config }))
    }

    /// The answer to a request that is no call of the api; none if the page has nothing there.
    pub(crate) async fn find(&self, request: Request) -> Option<Response> {
        let path = request.uri().path().to_owned();
        let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
        if !is_read || path == "/api" || path.starts_with("/api/") {
            return None;
        }
        let mut response = if path == CONFIG_PATH {
            ([(CONTENT_TYPE, "application/json")], self.config.clone()).into_response()
        } else {
            self.file(request).await?
        };
        let is_hashed = path.starts_with(HASHED);
        let kept = if is_hashed { "public, max-age=31536000, immutable" } else { "no-cache" };
        self.protect(response.headers_mut());
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static(kept));
        Some(response)
    }

    /// The file at this address, or else the page, if somebody opens a place within it.
    async fn file(&self, mut request: Request) -> Option<Response> {
        if request.uri().path() == "/" {
            *request.uri_mut() = Uri::from_static(INDEX);
        }
        let mut again = Request::new(Body::empty());
        *again.method_mut() = request.method().clone();
        *again.uri_mut() = Uri::from_static(INDEX);
        *again.headers_mut() = request.headers().clone();
        let is_place = is_place(request.uri().path(), request.headers());
        match self.read(request).await {
            None if is_place => self.read(again).await,
            found => found,
        }
    }

    async fn read(&self, request: Request) -> Option<Response> {
        let Ok(response) = self.files.clone().oneshot(request).await;
        let status = response.status();
        let is_there =
            status.is_success() || matches!(status, StatusCode::NOT_MODIFIED | StatusCode::RANGE_NOT_SATISFIABLE);
        is_there.then(|| response.map(Body::new))
    }

    fn protect(&self, headers: &mut HeaderMap) {
        headers.insert(CONTENT_SECURITY_POLICY, self.policy.clone());
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
        headers.insert(PERMISSIONS_POLICY, PERMISSIONS);
        headers.insert(OPENER_POLICY, HeaderValue::from_static("same-origin"));
        headers.insert(RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
    }
}

/// Directories are never shown, and files that were compressed beforehand go out so.
fn files(dir: &Path) -> ServeDir {
    let files = ServeDir::new(dir).append_index_html_on_directories(false).redirect_to_trailing_slash(false);
    files.precompressed_br().precompressed_gzip()
}

/// Whether it is a place within the page that a browser was sent to, and no file.
fn is_place(path: &str, headers: &HeaderMap) -> bool {
    let shows_pages =
        headers.get_all(ACCEPT).iter().any(|accept| accept.as_bytes().windows(9).any(|part| part == b"text/html"));
    shows_pages && !path.starts_with(HASHED) && path.rsplit('/').next().is_some_and(|last| !last.contains('.'))
}

/// The page runs its own scripts, shows what it was given, talks to where it came from and to the gateways, and is framed by itself alone.
fn policy(gateway: Option<&WsOrigin>) -> anyhow::Result<HeaderValue> {
    let gateway = gateway.map(|origin| format!(" {}", origin.as_str())).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' blob: data:; media-src blob:; \
         connect-src 'self'{gateway}; worker-src 'self'; manifest-src 'self'; frame-src 'self'; frame-ancestors 'self'; \
         base-uri 'none'; form-action 'self'; object-src 'none'"
    );
    HeaderValue::from_str(&policy).context("WEB_WS_URL")
}

#[cfg(test)]
mod tests;
