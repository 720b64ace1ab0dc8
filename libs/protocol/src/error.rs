//! The coded errors of REST and sockets, and the problem document that REST sends.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What went wrong, in the one word that clients switch on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum ErrorCode {
    /// No valid token.
    NotAuthenticated,
    /// The caller may not do this.
    PermissionDenied,
    /// One of the two has blocked the other.
    Blocked,
    /// Unknown, foreign or malformed id.
    NotFound,
    /// Bad input; `errors` says what.
    Invalid,
    /// The state of things forbids it.
    Conflict,
    /// Longer or larger than allowed.
    TooLarge,
    /// A body of a type that is not understood.
    UnsupportedMediaType,
    /// Too much, too fast.
    RateLimited,
    /// Not now; repeat later.
    Unavailable,
    /// The path is right and the method is not.
    MethodNotAllowed,
}

impl ErrorCode {
    /// Every code.
    pub const ALL: [Self; 11] = [
        Self::NotAuthenticated,
        Self::PermissionDenied,
        Self::Blocked,
        Self::NotFound,
        Self::Invalid,
        Self::Conflict,
        Self::TooLarge,
        Self::UnsupportedMediaType,
        Self::RateLimited,
        Self::Unavailable,
        Self::MethodNotAllowed,
    ];

    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotAuthenticated => "not_authenticated",
            Self::PermissionDenied => "permission_denied",
            Self::Blocked => "blocked",
            Self::NotFound => "not_found",
            Self::Invalid => "invalid",
            Self::Conflict => "conflict",
            Self::TooLarge => "too_large",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::RateLimited => "rate_limited",
            Self::Unavailable => "unavailable",
            Self::MethodNotAllowed => "method_not_allowed",
        }
    }

    /// The HTTP status that goes with it.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::NotAuthenticated => 401,
            Self::PermissionDenied | Self::Blocked => 403,
            Self::NotFound => 404,
            Self::Invalid => 400,
            Self::Conflict => 409,
            Self::TooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::RateLimited => 429,
            Self::Unavailable => 503,
            Self::MethodNotAllowed => 405,
        }
    }

    /// The status in words, as problem documents title it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::NotAuthenticated => "Not authenticated",
            Self::PermissionDenied => "Permission denied",
            Self::Blocked => "Blocked",
            Self::NotFound => "Not found",
            Self::Invalid => "Invalid input",
            Self::Conflict => "Conflict",
            Self::TooLarge => "Too large",
            Self::UnsupportedMediaType => "Unsupported media type",
            Self::RateLimited => "Rate limited",
            Self::Unavailable => "Unavailable",
            Self::MethodNotAllowed => "Method not allowed",
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Which fields were wrong, and how.
pub type FieldErrors = BTreeMap<String, Vec<String>>;

/// A request that cannot be honoured, as both transports tell it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{code}: {detail}")]
pub struct Refusal {
    /// The code.
    pub code: ErrorCode,
    /// What happened, for a developer to read.
    pub detail: String,
    /// Which fields were wrong.
    #[serde(default, skip_serializing_if = "FieldErrors::is_empty")]
    pub errors: FieldErrors,
    /// When to come back with the same, in milliseconds: where it was too much, too fast.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

impl Refusal {
    /// A refusal without field errors.
    pub fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), errors: FieldErrors::new(), retry_after_ms: None }
    }

    /// One wrong field.
    pub fn field(code: ErrorCode, field: &str, text: impl Into<String>) -> Self {
        let text = text.into();
        let errors = FieldErrors::from([(field.to_owned(), vec![text.clone()])]);
        Self { errors, ..Self::new(code, format!("{field}: {text}")) }
    }

    /// One invalid field.
    pub fn invalid(field: &str, text: impl Into<String>) -> Self {
        Self::field(ErrorCode::Invalid, field, text)
    }

    /// Too much, too fast.
    #[must_use]
    pub fn rate_limited(retry_after: Duration) -> Self {
        let retry_after_ms = u64::try_from(retry_after.as_millis()).unwrap_or(u64::MAX).saturating_add(1);
        Self { retry_after_ms: Some(retry_after_ms), ..Self::new(ErrorCode::RateLimited, "Too much, too fast.") }
    }

    /// The answer for ids that are unknown, foreign or malformed: always the same.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(ErrorCode::NotFound, "Not found.")
    }
}

/// Collects what is wrong with the fields of one request, so that all of it is told at once.
#[derive(Debug, Default)]
pub struct Validation(FieldErrors);

impl Validation {
    /// Notes that a field is wrong.
    pub fn reject(&mut self, field: &str, text: impl Into<String>) {
        self.0.entry(field.to_owned()).or_default().push(text.into());
    }

    /// The refusal, if anything was noted.
    pub fn finish(self) -> Result<(), Refusal> {
        let Some((field, texts)) = self.0.first_key_value() else { return Ok(()) };
        let detail = format!("{field}: {}", texts.join(" "));
        Err(Refusal { errors: self.0, ..Refusal::new(ErrorCode::Invalid, detail) })
    }
}

/// `application/problem+json` (RFC 9457).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// A URI that names the kind of problem.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened.
    pub detail: String,
    /// The code.
    pub code: ErrorCode,
    /// Which fields were wrong.
    #[serde(default, skip_serializing_if = "FieldErrors::is_empty")]
    #[cfg_attr(feature = "openapi", schema(inline, value_type = BTreeMap<String, Vec<String>>))]
    pub errors: FieldErrors,
    /// `unknown` when a write got no answer: it may or may not have happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// The id with which to repeat such a write safely.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// When to come back, in milliseconds: where it was too much, too fast.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self {
            kind: format!("urn:workconnect:problem:{}", refusal.code),
            title: refusal.code.title().to_owned(),
            status: refusal.code.status(),
            detail: refusal.detail,
            code: refusal.code,
            errors: refusal.errors,
            outcome: None,
            client_id: None,
            retry_after_ms: refusal.retry_after_ms,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_reads_the_same_everywhere() {
        for code in ErrorCode::ALL {
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
            assert!((400..600).contains(&code.status()));
        }
    }
}
