//! The page of the document: Swagger UI, from this program alone. Nothing on it comes from an outside host, nor may it ask one.

use std::sync::{Arc, LazyLock};

use axum::http::HeaderValue;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::response::{IntoResponse, Response};
use utoipa_swagger_ui::{Config, serve};

use crate::error::ApiError;
use crate::extract::PathId;

/// Where the page is, and its files below it.
const HOME: &str = "/api/docs/";
/// The page runs its own scripts, and talks to where it came from.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// `validator_url`: the page would have the document checked by a service elsewhere.
static CONFIG: LazyLock<Arc<Config<'static>>> =
    LazyLock::new(|| Arc::new(Config::from("/api/schema/").validator_url("none").persist_authorization(false)));

/// `GET /api/docs/`
pub(crate) async fn get_docs_page() -> Result<Response, ApiError> {
    file("index.html")
}

/// `GET /api/docs/{file}`
pub(crate) async fn get_docs_file(PathId(name): PathId<String>) -> Result<Response, ApiError> {
    file(&name)
}

fn file(name: &str) -> Result<Response, ApiError> {
    let found = serve(name, Arc::clone(&CONFIG)).ok().flatten().filter(|_| !name.is_empty());
    let file = found.ok_or_else(ApiError::not_found)?;
    let bytes = if name == "index.html" { with_whole_addresses(&file.bytes).into() } else { file.bytes.into_owned() };
    let content_type = HeaderValue::from_str(&file.content_type);
    let content_type = content_type.unwrap_or(HeaderValue::from_static("application/octet-stream"));
    let headers = [
        (CONTENT_TYPE, content_type),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    Ok((headers, bytes).into_response())
}

/// All links of the page are relative, and it is found with and without the closing slash.
fn with_whole_addresses(page: &[u8]) -> String {
    let page = String::from_utf8_lossy(page);
    let page = page.replace("=\"./", "=\"");
    page.replace(" href=\"", &format!(" href=\"{HOME}")).replace(" src=\"", &format!(" src=\"{HOME}"))
}
