//! Requests between services over NATS micro services (`$SRV`): JSON in, JSON out.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_nats::service::{NATS_SERVICE_ERROR, NATS_SERVICE_ERROR_CODE, Service, ServiceExt as _};
use chat_protocol::subjects;
use futures_util::StreamExt as _;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::{Bus, BusError};

/// Requests of one endpoint that are answered at once; further ones wait.
const CONCURRENCY: usize = 256;

/// Why a request was not answered with a result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RpcError {
    /// Nobody there, no answer in time, or the answering service cannot now. Repeat with backoff.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// The request or the answer made no sense: repeating will not help.
    #[error("invalid: {0}")]
    Invalid(String),
    /// The person on whose behalf it was asked is not let in.
    #[error("refused: {0}")]
    Refused(String),
}

impl RpcError {
    const fn code(&self) -> usize {
        match self {
            Self::Unavailable(_) => 503,
            Self::Invalid(_) => 400,
            Self::Refused(_) => 401,
        }
    }
}

/// A service that answers requests. Stops answering when dropped.
pub struct RpcService {
    service: Service,
    name: &'static str,
}

impl RpcService {
    /// Registers the service, so that `nats micro ls` shows it.
    pub async fn start(bus: &Bus, name: &'static str, version: &str) -> Result<Self, BusError> {
        let service =
            bus.client().service_builder().start(format!("chat-{name}"), version).await.map_err(BusError::client)?;
        Ok(Self { service, name })
    }

    /// Answers one endpoint until `stop`.
    pub async fn serve<Request, Response, Answer>(
        &self,
        endpoint: &'static str,
        stop: CancellationToken,
        handler: impl Fn(Request) -> Answer + Send + Sync + 'static,
    ) -> Result<(), BusError>
    where
        Request: DeserializeOwned + Send + 'static,
        Response: Serialize,
        Answer: Future<Output = Result<Response, RpcError>> + Send + 'static,
    {
        let subject = subjects::rpc(self.name, endpoint);
        let builder = self.service.endpoint_builder().name(endpoint);
        let mut requests = builder.add(subject).await.map_err(BusError::client)?;
        let (handler, places) = (Arc::new(handler), Arc::new(Semaphore::new(CONCURRENCY)));
        loop {
            let request = tokio::select! {
                () = stop.cancelled() => return Ok(()),
                request = requests.next() => request,
            };
            let Some(request) = request else { return Ok(()) };
            let Ok(place) = places.clone().acquire_owned().await else { return Ok(()) };
            let handler = handler.clone();
            tokio::spawn(async move {
                let answer = match serde_json::from_slice(&request.message.payload) {
                    Ok(decoded) => handler(decoded).await.and_then(|response| {
                        serde_json::to_vec(&response).map_err(|error| RpcError::Invalid(error.to_string()))
                    }),
                    Err(error) => Err(RpcError::Invalid(error.to_string())),
                };
                let answer = answer.map(Into::into).map_err(|error| async_nats::service::error::Error {
                    code: error.code(),
                    status: error.to_string(),
                });
                if let Err(error) = request.respond(answer).await {
                    tracing::warn!(%error, "an answer could not be sent");
                }
                drop(place);
            });
        }
    }
}

/// Asks an endpoint and waits for its answer.
pub async fn call<Request: Serialize + Sync, Response: DeserializeOwned>(
    bus: &Bus,
    service: &'static str,
    endpoint: &'static str,
    request: &Request,
    wait: Duration,
) -> Result<Response, RpcError> {
    let payload = serde_json::to_vec(request).map_err(|error| RpcError::Invalid(error.to_string()))?;
    let asked = bus.client().request(subjects::rpc(service, endpoint), payload.into());
    let answer = tokio::time::timeout(wait, asked)
        .await
        .map_err(|_| RpcError::Unavailable("no answer in time".to_owned()))?
        .map_err(|error| RpcError::Unavailable(error.to_string()))?;
    if let Some(headers) = &answer.headers
        && let Some(code) = headers.get(NATS_SERVICE_ERROR_CODE)
    {
        let reason = headers.get(NATS_SERVICE_ERROR).map(ToString::to_string).unwrap_or_default();
        return Err(match code.as_str() {
            "400" => RpcError::Invalid(reason),
            "401" => RpcError::Refused(reason),
            _ => RpcError::Unavailable(reason),
        });
    }
    serde_json::from_slice(&answer.payload).map_err(|error| RpcError::Invalid(error.to_string()))
}
