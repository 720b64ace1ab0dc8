//! Logging in, going on, logging out.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chat_auth::{Bearer, RefreshToken, TokenError};
use chat_protocol::ids::FamilyId;
use chat_protocol::rest::Account;
use chat_store::accounts;
use chat_store::token_families::IssuedToken;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::accounts::AccountsOpen;
use crate::app::App;
use crate::error::ApiError;
use crate::extract::JsonBody;
use crate::families;
use crate::limits::Client;

/// The body of `POST token/`.
#[derive(Deserialize, ToSchema)]
pub(in crate::routes) struct TokenRequest {
    /// In any case of letters.
    username: String,
    #[schema(format = Password)]
    password: String,
}

/// The body of `POST token/refresh/` and of `POST logout/`.
#[derive(Deserialize, ToSchema)]
pub(in crate::routes) struct RefreshRequest {
    /// The newest refresh token of the log-in.
    refresh: String,
}

/// The answer to `POST token/` and to `POST token/refresh/`.
#[derive(Serialize, ToSchema)]
pub(in crate::routes) struct Tokens {
    /// For `Authorization: Bearer` and for sockets.
    access: String,
    /// For the next pair.
    refresh: String,
}

/// Logs in.
#[utoipa::path(
    post,
    path = "/api/auth/token/",
    tag = "accounts",
    security(()),
    request_body = TokenRequest,
    responses(
        (status = 200, description = "A pair of tokens", body = Tokens),
        (status = 401, description = "Wrong username or password"),
        (status = 404, description = "There are no accounts here: others say who people are"),
    )
)]
pub(in crate::routes) async fn create_token(
    State(app): State<Arc<App>>,
    _: AccountsOpen,
    client: Client,
    JsonBody(request): JsonBody<TokenRequest>,
) -> Result<Json<Tokens>, ApiError> {
    let attempt = app.rates.begin_log_in(client, &request.username)?;
    let logged_in = log_in(&app, request).await;
    if !matches!(logged_in, Err(ApiError::WrongCredentials)) {
        attempt.forgive();
    }
    logged_in.map(Json)
}

async fn log_in(app: &App, request: TokenRequest) -> Result<Tokens, ApiError> {
    if request.username.contains('\0') {
        return Err(ApiError::WrongCredentials);
    }
    let found = app.within(accounts::find_credentials(app.database.pool(), &request.username)).await?;
    let (account, hash) = found.map(|found| (found.account, found.password_hash)).unzip();
    let is_right = app.passwords.verify(request.password, hash).await?;
    let account = account.filter(|_| is_right).ok_or(ApiError::WrongCredentials)?;
    let (family, first) = families::begin(app, account.id).await?;
    Ok(tokens(app, account, family, first))
}

/// Goes on: a fresh pair of tokens for a refresh token, which is used up by it.
///
/// The same again within 30 s gets the same answer; later it ends the log-in.
#[utoipa::path(
    post,
    path = "/api/auth/token/refresh/",
    tag = "accounts",
    security(()),
    request_body = RefreshRequest,
    responses(
        (status = 200, description = "A pair of tokens", body = Tokens),
        (status = 401, description = "Not a good refresh token"),
        (status = 404, description = "There are no accounts here: others say who people are"),
    )
)]
pub(in crate::routes) async fn refresh_token(
    State(app): State<Arc<App>>,
    _: AccountsOpen,
    JsonBody(request): JsonBody<RefreshRequest>,
) -> Result<Json<Tokens>, ApiError> {
    let token = app.refresh_tokens.verify(&request.refresh, app.clock.now())?;
    let successor = families::go_on(&app, token).await?;
    let account = app.within(accounts::find(app.database.pool(), token.user_id)).await?;
    let account = account.ok_or(TokenError::Invalid("of nobody"))?;
    Ok(Json(tokens(&app, account, token.family, successor)))
}

/// Logs out: the tokens of this log-in are refused everywhere within 2 s, and its sockets close.
#[utoipa::path(
    post,
    path = "/api/auth/logout/",
    tag = "accounts",
    security(()),
    request_body = RefreshRequest,
    responses(
        (status = 204, description = "Logged out"),
        (status = 401, description = "Not a good refresh token"),
        (status = 404, description = "There are no accounts here: others say who people are"),
    )
)]
pub(in crate::routes) async fn log_out(
    State(app): State<Arc<App>>,
    _: AccountsOpen,
    JsonBody(request): JsonBody<RefreshRequest>,
) -> Result<StatusCode, ApiError> {
    let token = app.refresh_tokens.verify(&request.refresh, app.clock.now())?;
    families::end(&app, token).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Both tokens, made at the same moment: asked for again, they are the same.
fn tokens(app: &App, account: Account, family: FamilyId, refresh: IssuedToken) -> Tokens {
    let IssuedToken { id, issued_at, expires_at } = refresh;
    let Account { id: user_id, name, role, avatar_url, .. } = account;
    let refresh = app.refresh_tokens.sign(&RefreshToken { id, family, user_id, issued_at, expires_at });
    let bearer = Bearer { user_id, name, role, avatar_url, family: Some(family) };
    Tokens { access: app.signer.access_token(&bearer, issued_at, app.signer.access_ttl()), refresh }
}
