//! Messages: history, one of them, and saying something.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use chat_protocol::error::Refusal;
use chat_protocol::event::Event;
use chat_protocol::ids::{ClientId, ConversationId, MessageId, Seq, UserId};
use chat_protocol::message::{Message, SendMessageRequest};
use chat_protocol::rest::Page;
use chat_store::log;
use chat_store::messages::{self, Window};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::caller::{Author, Caller, ServiceCaller};
use crate::commands;
use crate::error::ApiError;
use crate::extract::{JsonBody, Params, PathId};
use crate::history::{Around, History};
use crate::openapi::{self, AroundParams, HistoryParams, PageParams};
use crate::paging::{Address, Slice};

/// The header that carries a `client_id`.
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// The messages of a conversation, newest first.
///
/// Deleted ones stay as tombstones, with `deleted_at` and without content.
#[utoipa::path(
    get,
    path = "/api/chat/conversations/{id}/messages/",
    tag = "messages",
    params(("id" = ConversationId, Path, description = "The conversation"), HistoryParams, AroundParams, PageParams),
    responses(
        (status = 200, description = "A page of them", body = Page<Message>),
    )
)]
pub(super) async fn list_messages(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(conversation): PathId<ConversationId>,
    params: Params,
    address: Address,
) -> Result<Json<Page<Message>>, ApiError> {
    let reader = Reader { app: &app, user: caller.id, conversation };
    let history = History::read(&params)?;
    let slice = match history.around() {
        Some(around) => reader.page_around(&history, around).await?,
        None => history.page(reader.read(history.window()).await?),
    };
    Ok(Json(slice.into_page(&address)))
}

/// The log, with what proves that it is whole.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LogPage {
    /// The events of the page, each as it comes on a socket.
    #[serde(flatten)]
    #[schema(value_type = Page<openapi::EventFrame>)]
    page: Page<Event>,
    /// The oldest position that the log still has.
    first_seq: Seq,
    /// The head of the log.
    last_seq: Seq,
    /// Which life of the log positions belong to.
    log_epoch: i64,
}

/// The whole log of a conversation as frames, oldest first.
#[utoipa::path(
    get,
    path = "/api/chat/conversations/{id}/events/",
    tag = "messages",
    params(("id" = ConversationId, Path, description = "The conversation"), HistoryParams, PageParams),
    responses(
        (status = 200, description = "A page of it, and the ends of the log", body = LogPage),
    )
)]
pub(super) async fn list_events(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(conversation): PathId<ConversationId>,
    params: Params,
    address: Address,
) -> Result<Json<LogPage>, ApiError> {
    LogPage::read(&app, conversation, Some(caller.id), &History::read_log(&params)?, &address).await.map(Json)
}

impl LogPage {
    /// The page that is asked for; without a reader whoever asks need not take part.
    pub(super) async fn read(
        app: &App,
        conversation: ConversationId,
        reader: Option<UserId>,
        asked: &History,
        address: &Address,
    ) -> Result<Self, ApiError> {
        let pool = app.database.pool();
        let log_epoch = app.within(log::log_epoch(pool)).await?;
        let (window, limit) = asked.window();
        let stretch = log::stretch(pool, conversation, reader, window, limit);
        let mut stretch = app.within(stretch).await?.ok_or_else(ApiError::not_found)?;
        if matches!(window, Window::Before(_)) {
            stretch.events.reverse();
        }
        let events = stretch.events.into_iter().map(|logged| logged.event).collect();
        let page = asked.page::<Event>(events).into_page(address);
        Ok(Self { page, first_seq: stretch.first_seq, last_seq: stretch.last_seq, log_epoch })
    }
}

/// Says something.
///
/// With the same `client_id` again nothing new is said: the answer is the first message. Machines speak as the system: with
/// `message_type` `system`, anywhere, and never otherwise.
#[utoipa::path(
    post,
    path = "/api/chat/conversations/{id}/send_message/",
    tag = "messages",
    params(("id" = ConversationId, Path, description = "The conversation"), ("Idempotency-Key" = Option<ClientId>, Header, description = "The same as `client_id`")),
    request_body = SendMessageRequest,
    responses(
        (status = 201, description = "It is committed", body = Message),
        (status = 200, description = "Its `client_id` was known", body = Message),
    )
)]
pub(super) async fn send_message(
    State(app): State<Arc<App>>,
    author: Author,
    PathId(conversation): PathId<ConversationId>,
    headers: HeaderMap,
    JsonBody(request): JsonBody<SendMessageRequest>,
) -> Result<(StatusCode, Json<Message>), ApiError> {
    let request = with_idempotency_key(request, &headers)?;
    let max_bytes = usize::try_from(app.limits.max_content_bytes).unwrap_or(usize::MAX);
    let pool = app.database.pool();
    let (committed, client_id, found) = match author {
        Author::Service(service) if request.is_of_the_system() => {
            let mut new = request.check_of_the_system(max_bytes)?;
            let client_id = commands::ensure_client_id(&mut new);
            let committed = commands::post_system_message(&app, service.id, conversation, new).await?;
            (committed, client_id, app.within(messages::find_posted(pool, service.id, committed.id)).await)
        }
        Author::Person(Caller { id, .. }) | Author::Service(ServiceCaller { id }) => {
            let mut new = request.check(max_bytes)?;
            let client_id = commands::ensure_client_id(&mut new);
            let committed = commands::send_message(&app, id, conversation, new).await?;
            (committed, client_id, app.within(messages::find_sent(pool, id, committed.id)).await)
        }
    };
    // It is committed: whoever repeats the request is shown it.
    let message = found.map_err(|_| ApiError::OutcomeUnknown(Some(client_id)))?.ok_or_else(ApiError::not_found)?;
    let status = if committed.is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(message)))
}

/// One message of any conversation of yours.
#[utoipa::path(
    get,
    path = "/api/chat/messages/{id}/",
    tag = "messages",
    params(("id" = MessageId, Path, description = "The message")),
    responses(
        (status = 200, description = "As it is now", body = Message),
    )
)]
pub(super) async fn get_message(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<MessageId>,
) -> Result<Json<Message>, ApiError> {
    let found = app.within(messages::find(app.database.pool(), caller.id, id)).await?;
    found.map(Json).ok_or_else(ApiError::not_found)
}

/// Somebody who reads a conversation.
struct Reader<'a> {
    app: &'a App,
    user: UserId,
    conversation: ConversationId,
}

impl Reader<'_> {
    async fn read(&self, (window, limit): (Window, u32)) -> Result<Vec<Message>, ApiError> {
        let rows = messages::list(self.app.database.pool(), self.user, self.conversation, window, limit);
        self.app.within(rows).await?.ok_or_else(ApiError::not_found)
    }

    async fn page_around(&self, history: &History, around: Around) -> Result<Slice<Message, Seq>, ApiError> {
        let middle = match around {
            Around::Position(seq) => seq,
            Around::Message(id) => self.position_of(id).await?,
        };
        let [older, newer] = history.windows_around(middle);
        Ok(history.page_around(self.read(older).await?, self.read(newer).await?))
    }

    async fn position_of(&self, id: MessageId) -> Result<Seq, ApiError> {
        let found = self.app.within(messages::find(self.app.database.pool(), self.user, id)).await?;
        let here = found.filter(|message| message.conversation_id == self.conversation);
        here.map(|message| message.seq).ok_or_else(ApiError::not_found)
    }
}

/// Takes the `client_id` from the header where the body has none; if both have one, they are the same.
fn with_idempotency_key(mut request: SendMessageRequest, headers: &HeaderMap) -> Result<SendMessageRequest, Refusal> {
    let mut keys = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(key) = keys.next() else { return Ok(request) };
    let wrong = |text: &str| Refusal::invalid("client_id", text);
    if keys.next().is_some() {
        return Err(wrong("More than one Idempotency-Key."));
    }
    let key = std::str::from_utf8(key.as_bytes()).map_err(|_| wrong("The Idempotency-Key is no UTF-8."))?;
    let key = unquoted(key.trim());
    match &request.client_id {
        Some(client_id) if *client_id != key => Err(wrong("Another one than in the Idempotency-Key.")),
        _ => {
            request.client_id = Some(key);
            Ok(request)
        }
    }
}

/// The text of a structured header's string (`"…"`, with `\` before a quote and a backslash), or the header as it is.
fn unquoted(text: &str) -> String {
    let Some(inner) = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else { return text.to_owned() };
    let mut plain = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        plain.extend(if c == '\\' { chars.next() } else { Some(c) });
    }
    plain
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn client_id(header: Option<&'static str>, body: Option<&str>) -> Result<Option<String>, Refusal> {
        let header = header.map(|key| (HeaderName::from_static(IDEMPOTENCY_KEY), HeaderValue::from_static(key)));
        let request = SendMessageRequest { client_id: body.map(str::to_owned), ..Default::default() };
        with_idempotency_key(request, &header.into_iter().collect()).map(|request| request.client_id)
    }

    #[test]
    fn idempotency_key_is_the_client_id() {
        for (header, expected) in [
            ("abc", "abc"),
            ("\"abc\"", "abc"),
            (" \"a b\" ", "a b"),
            (r#""a\"b\\c""#, r#"a"b\c"#),
            ("\"", "\""),
            ("", ""),
        ] {
            assert_eq!(client_id(Some(header), None).unwrap().as_deref(), Some(expected), "{header}");
        }
        assert_eq!(client_id(None, Some("x")).unwrap().as_deref(), Some("x"));
        assert_eq!(client_id(None, None).unwrap(), None);
        assert_eq!(client_id(Some("\"x\""), Some("x")).unwrap().as_deref(), Some("x"));
    }

    #[test]
    fn idempotency_key_that_differs_is_invalid() {
        assert!(client_id(Some("x"), Some("y")).unwrap_err().errors.contains_key("client_id"));
        let mut twice = HeaderMap::new();
        twice.append(IDEMPOTENCY_KEY, HeaderValue::from_static("a"));
        twice.append(IDEMPOTENCY_KEY, HeaderValue::from_static("a"));
        assert!(with_idempotency_key(SendMessageRequest::default(), &twice).is_err());
    }
}
