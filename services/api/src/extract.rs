//! What handlers take from a request: the ids in its path, the parameters of its query, the object in its body. Every
//! way in which one of them can be wrong ends in a coded error that names the field.

use std::collections::BTreeMap;
use std::error::Error;
use std::str::FromStr;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use chat_protocol::error::{ErrorCode, Refusal, Validation};
use http_body_util::LengthLimitError;
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use serde_path_to_error::Segment;

use crate::app::App;
use crate::error::ApiError;

/// The id in the path; a malformed one is not found, like an unknown one.
pub(crate) struct PathId<T>(pub(crate) T);

impl<T: FromStr> FromRequestParts<Arc<App>> for PathId<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let path = Path::<String>::from_request_parts(parts, app).await;
        let Path(text) = path.map_err(|_| ApiError::not_found())?;
        text.parse().map(Self).map_err(|_| ApiError::not_found())
    }
}

/// The two ids in the path, alike.
pub(crate) struct PathIds<A, B>(pub(crate) A, pub(crate) B);

impl<A: FromStr, B: FromStr> FromRequestParts<Arc<App>> for PathIds<A, B> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let path = Path::<(String, String)>::from_request_parts(parts, app).await;
        let Path((one, other)) = path.map_err(|_| ApiError::not_found())?;
        one.parse().ok().zip(other.parse().ok()).map(|(a, b)| Self(a, b)).ok_or_else(ApiError::not_found)
    }
}

/// The parameters of the query. An empty one counts as not given; of several with one name the last counts.
#[derive(Debug, Default)]
pub(crate) struct Params(BTreeMap<String, String>);

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiError> {
        let pairs = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri);
        let Query(pairs) = pairs.map_err(|_| Refusal::new(ErrorCode::Invalid, "The query cannot be read."))?;
        if let Some((name, _)) = pairs.iter().find(|(_, value)| value.contains('\0')) {
            return Err(Refusal::invalid(name, "No NUL characters.").into());
        }
        Ok(Self::from_iter(pairs))
    }
}

impl FromIterator<(String, String)> for Params {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        Self(pairs.into_iter().filter(|(_, value)| !value.is_empty()).collect())
    }
}

impl Params {
    /// The text of a parameter.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A parameter that has a form of its own; notes it if it does not fit.
    pub(crate) fn parsed<T: FromStr>(&self, name: &str, form: &str, wrong: &mut Validation) -> Option<T> {
        let parsed = self.text(name)?.parse().ok();
        if parsed.is_none() {
            wrong.reject(name, form);
        }
        parsed
    }

    /// A parameter that is one of a few words; notes it if it is another.
    pub(crate) fn word<T: DeserializeOwned>(&self, name: &str, form: &str, wrong: &mut Validation) -> Option<T> {
        let known = serde_json::from_value(self.text(name)?.into()).ok();
        if known.is_none() {
            wrong.reject(name, form);
        }
        known
    }

    /// A parameter that is `true` or `false` (or `1` or `0`).
    pub(crate) fn flag(&self, name: &str, wrong: &mut Validation) -> Option<bool> {
        match self.text(name)?.to_ascii_lowercase().as_str() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => {
                wrong.reject(name, "true or false.");
                None
            }
        }
    }
}

/// The JSON object in the body.
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Arc<App>> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, ApiError> {
        check_content_type(request.headers())?;
        Ok(Self(parse_object(&read_body(request, app).await?)?))
    }
}

/// The JSON object in the body, or what stands for it where there is no body; its type is not looked at then.
pub(crate) struct OptionalJsonBody<T>(pub(crate) T);

impl<T: DeserializeOwned + Default> FromRequest<Arc<App>> for OptionalJsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, ApiError> {
        let is_json = check_content_type(request.headers());
        let body = read_body(request, app).await?;
        if body.is_empty() {
            return Ok(Self(T::default()));
        }
        is_json?;
        Ok(Self(parse_object(&body)?))
    }
}

/// The whole body, if it is not too large and does not take too long.
async fn read_body(request: Request, app: &App) -> Result<Bytes, Refusal> {
    let body = axum::body::to_bytes(request.into_body(), app.max_body_bytes);
    let Ok(body) = tokio::time::timeout(app.body_timeout, body).await else {
        return Err(Refusal::new(ErrorCode::Invalid, "The body did not arrive in time."));
    };
    body.map_err(|error| incomplete_body(&error, app.max_body_bytes))
}

fn check_content_type(headers: &HeaderMap<HeaderValue>) -> Result<(), Refusal> {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_json = essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"));
    let refusal = || Refusal::new(ErrorCode::UnsupportedMediaType, "The body must be application/json.");
    is_json.then_some(()).ok_or_else(refusal)
}

fn incomplete_body(error: &axum::Error, max_bytes: usize) -> Refusal {
    if error.source().is_some_and(<dyn Error>::is::<LengthLimitError>) {
        Refusal::new(ErrorCode::TooLarge, format!("A body has at most {max_bytes} bytes."))
    } else {
        Refusal::new(ErrorCode::Invalid, "The body did not arrive.")
    }
}

/// Reads a JSON object. Lists, which serde would take for objects without names, are refused.
fn parse_object<T: DeserializeOwned>(json: &[u8]) -> Result<T, Refusal> {
    if json.trim_ascii_start().first() != Some(&b'{') {
        return Err(Refusal::new(ErrorCode::Invalid, "The body must be a JSON object."));
    }
    let mut reader = serde_json::Deserializer::from_slice(json);
    let object = serde_path_to_error::deserialize(&mut reader).map_err(|error| misfit(&error, json))?;
    reader.end().map_err(|error| no_json(&error))?;
    Ok(object)
}

/// What is wrong with which field, without the value: it may be what somebody wrote.
fn misfit(error: &serde_path_to_error::Error<serde_json::Error>, json: &[u8]) -> Refusal {
    let inner = error.inner();
    // A number where one of a few words belongs is told as a mistake of the JSON, which it is not.
    if inner.classify() != Category::Data && serde_json::from_slice::<serde_json::Value>(json).is_err() {
        return no_json(inner);
    }
    let within = error.path().iter().find_map(|segment| match segment {
        Segment::Map { key } => Some(key.as_str()),
        _ => None,
    });
    let text = inner.to_string();
    let missing = text.strip_prefix("missing field `").and_then(|rest| rest.split('`').next());
    match (within, missing) {
        (None, Some(missing)) => Refusal::invalid(missing, "This field is required."),
        (Some(field), Some(missing)) => Refusal::invalid(field, format!("{missing}: this field is required.")),
        (Some(field), None) => Refusal::invalid(field, "Of the wrong type or form."),
        (None, None) => Refusal::new(ErrorCode::Invalid, "The body is of the wrong form."),
    }
}

fn no_json(error: &serde_json::Error) -> Refusal {
    let detail = format!("The body is no JSON (line {}, column {}).", error.line(), error.column());
    Refusal::new(ErrorCode::Invalid, detail)
}

#[cfg(test)]
mod tests {
    use chat_protocol::message::SendMessageRequest;
    use chat_protocol::rest::CreateConversationRequest;

    use super::*;

    fn wrong_field<T: DeserializeOwned + std::fmt::Debug>(json: &str) -> (String, String) {
        let refusal = parse_object::<T>(json.as_bytes()).unwrap_err();
        assert_eq!(refusal.code, ErrorCode::Invalid);
        let (field, texts) = refusal.errors.first_key_value().expect("a field is named");
        (field.clone(), texts.join(" "))
    }

    #[test]
    fn wrong_field_is_named() {
        for (json, field) in [
            (r#"{"participant_ids": ["2"]}"#, "participant_ids"),
            (r#"{"participant_ids": [0]}"#, "participant_ids"),
            (r#"{"participant_ids": "2"}"#, "participant_ids"),
            ("{}", "participant_ids"),
            (r#"{"participant_ids": [2], "kind": "canary"}"#, "kind"),
            (r#"{"participant_ids": [2], "kind": 5}"#, "kind"),
            (r#"{"participant_ids": [2], "metadata": []}"#, "metadata"),
            (r#"{"participant_ids": [2], "job": {"title": "t"}}"#, "job"),
            (r#"{"participant_ids": [2], "job": {"id": 1, "title": 7}}"#, "job"),
        ] {
            let (named, text) = wrong_field::<CreateConversationRequest>(json);
            assert_eq!(named, field, "{json}");
            assert!(!text.contains("canary"));
        }
        assert_eq!(wrong_field::<SendMessageRequest>(r#"{"content": 5}"#).0, "content");
    }

    #[test]
    fn what_is_no_json_object_is_invalid() {
        for bad in
            ["", " ", "x", "[]", "[[2]]", "null", "5", "{", r#"{"content": "a"} x"#, "{\"content\": \"\\ud800\"}"]
        {
            let refusal = parse_object::<SendMessageRequest>(bad.as_bytes()).unwrap_err();
            assert_eq!(refusal.code, ErrorCode::Invalid, "{bad}");
        }
        assert!(parse_object::<SendMessageRequest>(b" {\"content\": \"a\", \"unknown\": 1} ").is_ok());
    }

    #[test]
    fn content_type_is_json() {
        let check = |value: &'static str| {
            check_content_type(&HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(value))])).is_ok()
        };
        for good in ["application/json", "Application/JSON; charset=utf-8", "application/vnd.api+json"] {
            assert!(check(good), "{good}");
        }
        for bad in ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonx"] {
            assert!(!check(bad), "{bad}");
        }
        assert!(check_content_type(&HeaderMap::new()).is_err());
    }

    #[test]
    fn flags_are_true_or_false() {
        let params = Params::from_iter(
            [("a", "True"), ("b", "0"), ("c", "yes"), ("d", "")]
                .map(|(name, value)| (name.to_owned(), value.to_owned())),
        );
        let mut wrong = Validation::default();
        let read = ["a", "b", "c", "d", "e"].map(|name| params.flag(name, &mut wrong));
        assert_eq!(read, [Some(true), Some(false), None, None, None]);
        let refusal = wrong.finish().unwrap_err();
        assert_eq!(refusal.errors.keys().collect::<Vec<_>>(), ["c"]);
    }
}
