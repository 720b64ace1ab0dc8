//! Tickets: for browsers, which cannot give a socket a header.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chat_auth::Ticket;
use chat_protocol::ids::TokenId;
use chat_protocol::time::Timestamp;
use serde::Serialize;

use crate::app::App;
use crate::caller::CallerClaims;

/// The answer to `POST ticket/`.
#[derive(Serialize)]
pub(in crate::routes) struct IssuedTicket {
    ticket: String,
    expires_at: Timestamp,
}

/// `POST /api/auth/ticket/`
pub(in crate::routes) async fn create_ticket(
    State(app): State<Arc<App>>,
    CallerClaims(claims): CallerClaims,
) -> (StatusCode, Json<IssuedTicket>) {
    let ticket = Ticket::new(TokenId::generate(), claims, app.clock.now());
    let answer = IssuedTicket { ticket: app.tickets.sign(&ticket), expires_at: ticket.expires_at.into() };
    (StatusCode::CREATED, Json(answer))
}
