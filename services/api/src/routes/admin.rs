//! What moderators and machines do, from outside of conversations: a router of its own, whose handlers ask for an authority.

mod audit;
mod authority;
mod conversations;
mod reports;
mod users;
mod webhooks;

use std::sync::Arc;

use chat_protocol::error::{Refusal, Validation};
use chat_store::admin::Window;
use serde::Serialize;
use serde::de::DeserializeOwned;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::extract::Params;
use crate::paging::{Cursor, page_size};

/// Every call under `/api/admin/`.
pub(super) fn table() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(users::list_users))
        .routes(routes!(users::get_user, users::put_user))
        .routes(routes!(reports::list_reports))
        .routes(routes!(reports::get_report, reports::review_report))
        .routes(routes!(conversations::list_all_conversations))
        .routes(routes!(conversations::get_any_conversation))
        .routes(routes!(conversations::list_messages_of_any))
        .routes(routes!(conversations::list_events_of_any))
        .routes(routes!(conversations::moderate_message))
        .routes(routes!(audit::list_audit))
        .routes(routes!(webhooks::list_webhooks, webhooks::create_webhook))
        .routes(routes!(webhooks::get_webhook, webhooks::change_webhook, webhooks::delete_webhook))
        .routes(routes!(webhooks::rotate_secret))
        .routes(routes!(webhooks::test_webhook))
        .routes(routes!(webhooks::list_deliveries))
        .routes(routes!(webhooks::redeliver))
        .routes(routes!(webhooks::redeliver_failed))
}

/// Which page of a list with a key is asked for.
#[derive(Debug)]
struct Asked<K> {
    from: Option<Cursor<K>>,
    size: usize,
}

impl<K: Serialize + DeserializeOwned + Copy> Asked<K> {
    fn read(params: &Params, mut wrong: Validation) -> Result<Self, Refusal> {
        let asked = Self { from: Cursor::read(params, &mut wrong), size: page_size(params, &mut wrong) };
        wrong.finish()?;
        Ok(asked)
    }

    fn window(&self) -> Window<K> {
        match self.from {
            Some(Cursor { place, is_backwards: true }) => Window::Back(place),
            from => Window::Onward(from.map(|from| from.place)),
        }
    }

    /// One row more than is shown, to know whether there is more.
    fn limit(&self) -> u32 {
        u32::try_from(self.size).unwrap_or(u32::MAX).saturating_add(1)
    }
}
