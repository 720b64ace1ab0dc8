//! What is looked at before any path is: which page sends a request, and how many come from its address.

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use chat_limits::{AddressKey, Bucket, Limiter};
use chat_protocol::error::{ErrorCode, Refusal};
use chat_runtime::config::{DoorSection, Switch};
use chat_runtime::http_server::ClientAddr;
use chat_runtime::ops::is_health;
use chat_runtime::origins::{Origins, cors};

use super::LimitSection;
use crate::upgrade::refuse;

/// Addresses of which it is known how many sockets they open.
const MAX_ADDRESSES: usize = 100_000;

#[derive(Debug, Clone)]
struct Doorstep {
    origins: Origins,
    openings: Arc<Limiter<AddressKey, Bucket>>,
}

/// The routes, behind the doorstep. Health is not.
pub fn guarded(routes: Router, doors: &DoorSection, section: &LimitSection) -> Router {
    let origins = doors.allowed_origins.clone().unwrap_or_default();
    let openings = match doors.limits {
        Switch::On => Limiter::new(section.opening_limit, MAX_ADDRESSES),
        Switch::Off => Limiter::off(),
    };
    let layer = origins.cors_layer();
    let doorstep = Doorstep { origins, openings: Arc::new(openings) };
    routes.layer(from_fn_with_state(doorstep, look)).layer(from_fn_with_state(layer, cors))
}

async fn look(State(doorstep): State<Doorstep>, request: Request, next: Next) -> Response {
    if is_health(request.uri().path()) {
        return next.run(request).await;
    }
    match doorstep.check(&request) {
        Ok(()) => next.run(request).await,
        Err((class, refusal)) => {
            metrics::counter!("chat_limits_refused_total", "class" => class).increment(1);
            refuse(refusal)
        }
    }
}

impl Doorstep {
    fn check(&self, request: &Request) -> Result<(), (&'static str, Refusal)> {
        if !self.origins.admit(request.headers()) {
            let detail = "Pages of this origin are not let in (ALLOWED_ORIGINS).";
            return Err(("origin", Refusal::new(ErrorCode::PermissionDenied, detail)));
        }
        // A connection of Socket.IO that goes on over several requests was counted when it was opened.
        let query = request.uri().query().unwrap_or_default();
        let goes_on =
            request.uri().path().starts_with("/socket.io") && query.split('&').any(|pair| pair.starts_with("sid="));
        let Some(ClientAddr(address)) = request.extensions().get().copied().filter(|_| !goes_on) else { return Ok(()) };
        let taken = self.openings.take(address.into(), Instant::now());
        let detail = "Too many sockets are being opened from this address; come back.";
        taken.map(|_standing| ()).map_err(|_| ("opening", Refusal::new(ErrorCode::Unavailable, detail)))
    }
}
