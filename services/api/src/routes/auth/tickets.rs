//! Tickets: for browsers, which cannot give a socket a header.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chat_auth::Ticket;
use chat_protocol::ids::TokenId;
use chat_protocol::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::caller::CallerClaims;

/// The answer to `POST ticket/`.
#[derive(Serialize, ToSchema)]
pub(in crate::routes) struct IssuedTicket {
    /// For `?ticket=` in the address of a socket.
    ticket: String,
    /// Until when it is good.
    expires_at: Timestamp,
}

/// Makes a one-time ticket for a socket, good for 30 s.
#[utoipa::path(
    post,
    path = "/api/auth/ticket/",
    tag = "accounts",
    responses(
        (status = 201, description = "For `?ticket=`", body = IssuedTicket),
    )
)]
pub(in crate::routes) async fn create_ticket(
    State(app): State<Arc<App>>,
    CallerClaims(claims): CallerClaims,
) -> (StatusCode, Json<IssuedTicket>) {
    let ticket = Ticket::new(TokenId::generate(), claims, app.clock.now());
    let answer = IssuedTicket { ticket: app.tickets.sign(&ticket), expires_at: ticket.expires_at.into() };
    (StatusCode::CREATED, Json(answer))
}
