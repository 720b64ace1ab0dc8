//! The document of the REST api (`OpenAPI` 3.1): made from the annotated handlers and the types on the wire, completed by what
//! holds for all of them. Beside it: its page (`docs_page`), what every call can be refused with (`problems`), the examples
//! (`examples`), parameters that calls have in common (`params`), and forms that the derivation does not find (`shapes`).

mod docs_page;
mod examples;
mod params;
mod problems;
mod shapes;

use axum::Extension;
use axum::body::Bytes;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use chat_protocol::ids::{ConversationId, Seq, UserId};
use serde::Serialize;
use utoipa::openapi::OpenApi as Document;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi, ToSchema};

pub(crate) use self::docs_page::{get_docs_file, get_docs_page};
pub(crate) use self::params::{
    AdminConversationParams, AdminReportParams, AdminUserParams, AllMessagesParams, AroundParams, AuditParams,
    DeliveryParams, HistoryParams, ListParams, PageParams, PresenceParams,
};

/// What stands above the calls.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "WorkConnect Chat",
        description = "Conversations, messages, read state and presence over REST. Paths work with and without the closing \
                       slash. Lists are walked by following `next` and `previous`. Errors are problem documents, with a `code` \
                       to switch on. What happens live comes on WebSockets, which `docs/protocol.md` describes.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    servers((url = "/", description = "Where this document comes from")),
    security(("token" = [])),
    tags(
        (name = "accounts", description = "Accounts, log-ins and tickets"),
        (name = "conversations", description = "Conversations"),
        (name = "participants", description = "Who takes part in a conversation"),
        (name = "messages", description = "Messages, and the log that they stand in"),
        (name = "blocks", description = "Between whom nothing is to pass"),
        (name = "reading", description = "What was read and what was not"),
        (name = "presence", description = "Who is here"),
        (name = "attachments", description = "Uploaded files"),
        (name = "push", description = "Browsers that are told what their people miss"),
        (name = "administration", description = "What moderators and machines do; everything leaves an entry on record"),
        (name = "document", description = "This document"),
    )
)]
struct Frame;

/// The token that all calls need but those that say otherwise.
struct BearerToken;

impl Modify for BearerToken {
    fn modify(&self, document: &mut Document) {
        let scheme = Http::builder().scheme(HttpAuthScheme::Bearer).bearer_format("JWT");
        let scheme = scheme.description(Some("A token of this service or of the marketplace")).build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(scheme));
    }
}

/// The document of these calls.
pub(crate) fn complete(calls: Document) -> Document {
    let mut document = calls;
    let mut frame = Frame::openapi();
    document.info = std::mem::take(&mut frame.info);
    document.servers = frame.servers.take();
    document.security = frame.security.take();
    document.tags = frame.tags.take();
    for modifier in [&BearerToken as &dyn Modify, &shapes::Shapes, &problems::Problems, &examples::Examples] {
        modifier.modify(&mut document);
    }
    document
}

/// The document as it is served, and as it stands in `docs/openapi.json`.
#[derive(Debug, Clone)]
pub(crate) struct DocumentText(Bytes);

impl From<&Document> for DocumentText {
    fn from(document: &Document) -> Self {
        let mut text = document.to_pretty_json().expect("documents are plain JSON");
        text.push('\n');
        Self(text.into())
    }
}

/// This document.
#[utoipa::path(
    get,
    path = "/api/schema/",
    tag = "document",
    security(()),
    responses((status = 200, description = "OpenAPI 3.1", body = Object))
)]
pub(crate) async fn get_schema(Extension(DocumentText(text)): Extension<DocumentText>) -> Response {
    ([(CONTENT_TYPE, HeaderValue::from_static("application/json"))], text).into_response()
}

/// A durable event, as a frame. Each type has fields of its own beside these; `message_received` has `message`.
#[derive(Serialize, ToSchema)]
pub(crate) struct EventFrame {
    /// Which event.
    #[serde(rename = "type")]
    kind: String,
    /// Where.
    conversation_id: ConversationId,
    /// Its position in the log.
    seq: Seq,
    /// Who caused it; null for the system.
    actor_id: Option<UserId>,
}

#[cfg(test)]
mod tests;
