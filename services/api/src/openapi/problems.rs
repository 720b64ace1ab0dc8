//! What every call can be refused with follows from what it takes; handlers name only what is theirs.

use std::collections::BTreeMap;

use chat_protocol::error::{ErrorCode, Problem};
use utoipa::openapi::path::{Operation, Parameter, ParameterIn};
use utoipa::openapi::{Content, Header, OpenApi as Document, PathItem, Ref, RefOr, Response};
use utoipa::{Modify, PartialSchema as _, ToSchema as _};

/// Gives every call its problems.
pub(super) struct Problems;

impl Modify for Problems {
    fn modify(&self, document: &mut Document) {
        let schemas = &mut document.components.get_or_insert_default().schemas;
        let mut used = Vec::new();
        Problem::schemas(&mut used);
        schemas.extend(used);
        schemas.insert(Problem::name().into_owned(), Problem::schema());
        for (path, item) in &mut document.paths.paths {
            for operation in operations(item) {
                for code in problems_of(path, operation) {
                    operation.responses.responses.entry(code.status().to_string()).or_insert_with(|| response(code));
                }
                operation.responses.responses.iter_mut().for_each(|(status, answer)| complete(status, answer));
            }
        }
    }
}

/// The calls of a path.
pub(super) fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem { get, put, post, delete, patch, .. } = item;
    [get, put, post, delete, patch].into_iter().filter_map(Option::as_mut)
}

fn problems_of(path: &str, operation: &Operation) -> Vec<ErrorCode> {
    let is_public = operation.security.is_some();
    let in_query = operation.parameters.iter().flatten().any(is_in_query);
    let has_body = operation.request_body.is_some();
    let is_static = is_public && !has_body;
    [
        (!is_public, ErrorCode::NotAuthenticated),
        (path.starts_with("/api/admin/"), ErrorCode::PermissionDenied),
        (path.contains('{') || path == "/api/chat/messages/", ErrorCode::NotFound),
        (in_query || has_body, ErrorCode::Invalid),
        (has_body, ErrorCode::TooLarge),
        (has_body, ErrorCode::UnsupportedMediaType),
        (true, ErrorCode::RateLimited),
        (!is_static, ErrorCode::Unavailable),
    ]
    .into_iter()
    .filter_map(|(applies, code)| applies.then_some(code))
    .collect()
}

fn is_in_query(parameter: &RefOr<Parameter>) -> bool {
    matches!(parameter, RefOr::T(parameter) if parameter.parameter_in == ParameterIn::Query)
}

fn response(code: ErrorCode) -> RefOr<Response> {
    let description = match code {
        ErrorCode::NotFound => "Unknown, foreign or malformed id",
        ErrorCode::Unavailable => "Not now; with `outcome` `unknown` it may have been done or not",
        code => code.title(),
    };
    Response::new(description).into()
}

/// A refusal has a problem document, and the headers that go with its status.
fn complete(status: &str, answer: &mut RefOr<Response>) {
    let RefOr::T(response) = answer else { return };
    if status.starts_with('2') {
        return;
    }
    let problem = Ref::from_schema_name(Problem::name());
    let content = Content::builder().schema(Some(problem)).build();
    response.content.entry("application/problem+json".to_owned()).or_insert_with(|| content.into());
    let headers = match status {
        "401" => BTreeMap::from([("WWW-Authenticate".to_owned(), header("What is asked for"))]),
        "429" => BTreeMap::from([
            ("Retry-After".to_owned(), header("When to come back, in seconds")),
            ("RateLimit-Limit".to_owned(), header("How many calls of this kind there may be at once")),
            ("RateLimit-Remaining".to_owned(), header("How many are left")),
            ("RateLimit-Reset".to_owned(), header("In how many seconds all of them are back")),
        ]),
        "503" => BTreeMap::from([("Retry-After".to_owned(), header("When to come back, in seconds"))]),
        _ => BTreeMap::new(),
    };
    response.headers.extend(headers);
}

fn header(description: &str) -> RefOr<Header> {
    Header::builder().schema(Some(String::schema())).description(Some(description)).build().into()
}
