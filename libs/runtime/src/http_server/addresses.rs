//! How much may be open from one address: connections of whoever connects directly, requests and sockets of whoever comes
//! through a trusted proxy.

use std::net::IpAddr;

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, Request, Response, StatusCode};
use chat_limits::{AddressKey, Place, Places};

use super::forwarded::{ClientAddr, TrustedProxies};
use super::refusal::BODY;
use super::{ConnectionSlot, HttpLimits, PeerAddr};
use crate::ops::is_health;

/// What is known of addresses. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Addresses {
    proxies: TrustedProxies,
    places: Places<AddressKey>,
}

/// There is too much from this address already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NoPlace;

impl Addresses {
    pub(super) fn new(limits: &HttpLimits) -> Self {
        Self { proxies: limits.trusted_proxies.clone(), places: Places::new(limits.max_connections_per_address) }
    }

    /// A place for a connection; a trusted proxy needs none.
    pub(super) fn connect(&self, peer: IpAddr) -> Result<Option<Place<AddressKey>>, NoPlace> {
        if self.proxies.contains(peer.to_canonical()) { Ok(None) } else { self.take(peer).map(Some) }
    }

    /// Notes on a request whom it comes from, and what it holds as long as it, or the socket that it becomes, lives.
    pub(super) fn enter<B>(
        &self,
        request: &mut Request<B>,
        peer: PeerAddr,
        slot: &ConnectionSlot,
    ) -> Result<(), NoPlace> {
        let client = self.proxies.client_of(peer.0.ip(), request.headers());
        let mut slot = slot.clone();
        if client != peer.0.ip().to_canonical() && !is_health(request.uri().path()) {
            slot = slot.at(self.take(client)?);
        }
        let extensions = request.extensions_mut();
        extensions.insert(peer);
        extensions.insert(ClientAddr(client));
        extensions.insert(slot);
        Ok(())
    }

    fn take(&self, address: IpAddr) -> Result<Place<AddressKey>, NoPlace> {
        let place = self.places.take(address.into());
        if place.is_none() {
            metrics::counter!("chat_limits_refused_total", "class" => "connections_per_address").increment(1);
        }
        place.ok_or(NoPlace)
    }
}

impl From<NoPlace> for Response<Body> {
    fn from(_: NoPlace) -> Self {
        let mut response = Self::new(Body::from(BODY));
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(RETRY_AFTER, HeaderValue::from_static("2"));
        response
    }
}
