//! Presence: whom the caller may see, and what the caller shows.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chat_protocol::error::{Refusal, Validation};
use chat_protocol::ids::UserId;
use chat_protocol::presence::{Acquaintance, ChosenStatus, OwnPresence, PresenceRow, SetPresenceRequest};
use chat_protocol::rest::Page;
use chat_store::presence::{self as stored, AcquaintanceWindow};

use crate::app::App;
use crate::caller::Caller;
use crate::error::ApiError;
use crate::extract::{JsonBody, Params};
use crate::openapi::{PageParams, PresenceParams};
use crate::paging::{Address, Cursor, Slice, page_size};
use crate::presence;

/// The most people that one request may name.
const MAX_NAMED: usize = 500;

/// What a request for presence asks for.
#[derive(Debug, PartialEq, Eq)]
enum Asked {
    /// These people.
    Named(Vec<UserId>),
    /// A page of everyone.
    Everyone { from: Option<Cursor<UserId>>, size: usize },
}

/// Whom of those whose presence you may see is here.
#[utoipa::path(
    get,
    path = "/api/chat/presence/",
    tag = "presence",
    params(PresenceParams, PageParams),
    responses(
        (status = 200, description = "A page of them; of those named, all on one", body = Page<PresenceRow>),
    )
)]
pub(super) async fn list_presence(
    State(app): State<Arc<App>>,
    caller: Caller,
    params: Params,
    address: Address,
) -> Result<Json<Page<PresenceRow>>, ApiError> {
    let pool = app.database.pool();
    let slice = match Asked::read(&params)? {
        Asked::Named(people) => {
            let rows = app.within(stored::visible_among(pool, caller.id, &people)).await?;
            Slice::between(rows, false, false, place)
        }
        Asked::Everyone { from, size } => {
            let limit = u32::try_from(size).unwrap_or(u32::MAX).saturating_add(1);
            let rows = app.within(stored::acquaintances(pool, caller.id, window(from), limit)).await?;
            Slice::cut(rows, size, from.as_ref(), place)
        }
    };
    let people: Vec<UserId> = slice.rows.iter().map(place).collect();
    let known = presence::ask(&app, &people).await?;
    let page = slice.into_page(&address);
    let results = page.results.into_iter().map(|one| known.row(one)).collect();
    Ok(Json(Page { next: page.next, previous: page.previous, results }))
}

/// Chooses what others see of you.
#[utoipa::path(
    patch,
    path = "/api/chat/presence/",
    tag = "presence",
    request_body = SetPresenceRequest,
    responses(
        (status = 200, description = "Your own row", body = OwnPresence),
    )
)]
pub(super) async fn set_presence(
    State(app): State<Arc<App>>,
    caller: Caller,
    JsonBody(SetPresenceRequest { status }): JsonBody<SetPresenceRequest>,
) -> Result<Json<OwnPresence>, ApiError> {
    if !app.asker.bus().is_connected() {
        return Err(ApiError::Unavailable("nobody could be told"));
    }
    let chosen = app.within(stored::choose(app.database.pool(), caller.id, status)).await?;
    let (choice, last_seen) = chosen.ok_or_else(ApiError::not_found)?;
    presence::tell(&app, choice).await;
    let known = presence::ask(&app, &[caller.id]).await.ok();
    let shown = known.map(|known| known.row(Acquaintance { user_id: caller.id, last_seen }));
    Ok(Json(own(&app, caller.id, status, shown)))
}

/// The caller's own row. Who has just become invisible was seen until now.
fn own(app: &App, user_id: UserId, status: ChosenStatus, shown: Option<PresenceRow>) -> OwnPresence {
    let is_online = shown.map(|row| row.is_online);
    let last_seen = shown.and_then(|row| row.last_seen);
    if status == ChosenStatus::Invisible {
        let now = (is_online == Some(true)).then(|| app.clock.now().into());
        return OwnPresence { user_id, is_online: Some(false), last_seen: now.or(last_seen), status };
    }
    OwnPresence { user_id, is_online, last_seen, status }
}

fn place(one: &Acquaintance) -> UserId {
    one.user_id
}

fn window(from: Option<Cursor<UserId>>) -> AcquaintanceWindow {
    match from {
        Some(Cursor { place, is_backwards: true }) => AcquaintanceWindow::Before(place),
        from => AcquaintanceWindow::After(from.map(|from| from.place)),
    }
}

impl Asked {
    fn read(params: &Params) -> Result<Self, Refusal> {
        let mut wrong = Validation::default();
        let asked = match params.text("user_ids") {
            Some(text) => Self::Named(named(text, &mut wrong)),
            None => Self::Everyone { from: Cursor::read(params, &mut wrong), size: page_size(params, &mut wrong) },
        };
        wrong.finish()?;
        Ok(asked)
    }
}

fn named(text: &str, wrong: &mut Validation) -> Vec<UserId> {
    let people: Option<Vec<UserId>> = text.split(',').map(|id| id.trim().parse().ok()).collect();
    match people {
        Some(people) if people.len() <= MAX_NAMED => return people,
        Some(_) => wrong.reject("user_ids", format!("At most {MAX_NAMED} people.")),
        None => wrong.reject("user_ids", "User ids, separated by commas."),
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Asked, Refusal> {
        Asked::read(&pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    fn user(id: i64) -> UserId {
        UserId::new(id).unwrap()
    }

    #[test]
    fn people_are_named_or_everyone_is_meant() {
        assert_eq!(read(&[("user_ids", "1, 2,2")]), Ok(Asked::Named([1, 2, 2].map(user).to_vec())));
        assert_eq!(read(&[]), Ok(Asked::Everyone { from: None, size: 50 }));
        assert_eq!(read(&[("user_ids", ""), ("page_size", "7")]), Ok(Asked::Everyone { from: None, size: 7 }));
    }

    #[test]
    fn wrong_ids_are_named() {
        let too_many = vec!["1"; MAX_NAMED + 1].join(",");
        for bad in ["x", "1,x", "1,,2", ",", "0", "-1", "1;2", "9007199254740992", too_many.as_str()] {
            let refusal = read(&[("user_ids", bad)]).unwrap_err();
            assert_eq!(refusal.errors.keys().collect::<Vec<_>>(), ["user_ids"], "{bad}");
        }
        assert!(read(&[("user_ids", &vec!["1"; MAX_NAMED].join(","))]).is_ok());
        assert!(read(&[("cursor", "x")]).unwrap_err().errors.contains_key("cursor"));
    }
}
