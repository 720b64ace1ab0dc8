//! The operations port: is the process alive, does it want traffic, what does it measure. Never open to the public;
//! public ports carry [`health_router`] alone.

mod history;
mod plots;
mod process;
mod status;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use metrics_exporter_prometheus::PrometheusHandle;
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use self::history::History;
use self::process::ProcessMeter;
use crate::config::OpsSection;
use crate::http_server::{self, HttpLimits};
use crate::lifecycle::Readiness;

/// What the operations port shows.
#[derive(Debug)]
pub struct Ops {
    /// The name of the service.
    pub service: &'static str,
    /// The name of this process, if it was given one.
    pub instance: Option<String>,
    /// Peers and limits.
    pub section: OpsSection,
    /// Whether the process wants traffic.
    pub readiness: Readiness,
    /// What it measures.
    pub metrics: PrometheusHandle,
}

/// Serves `/healthz`, `/readyz`, `/metrics` and `/status` until `stop`.
pub async fn serve(listener: TcpListener, ops: Ops, stop: CancellationToken) -> anyhow::Result<()> {
    let Ops { service, instance, section, readiness, metrics } = ops;
    let meter = ProcessMeter::start(readiness.clone(), section.memory_limit_bytes);
    let history = History::new(service, instance, readiness.clone());
    let router = health_router(readiness)
        .merge(metrics_router(metrics.clone(), meter.clone()))
        .merge(status::router(history.clone(), section.status_peers));
    let limits = HttpLimits { max_connections: 64, ..HttpLimits::default() };
    tokio::select! {
        served = http_server::serve(listener, router, limits, stop) => served,
        () = keep_up(metrics, meter, history) => Ok(()),
    }
}

/// Whether this is a path of [`health_router`], which is answered to everybody at any time.
#[must_use]
pub fn is_health(path: &str) -> bool {
    matches!(path, "/healthz" | "/readyz")
}

/// `/healthz` (200 as long as the process runs) and `/readyz` (200 or 503 with the conditions).
pub fn health_router(readiness: Readiness) -> Router {
    Router::new().route("/healthz", get(get_health)).route("/readyz", get(get_readiness)).with_state(readiness)
}

fn metrics_router(metrics: PrometheusHandle, meter: ProcessMeter) -> Router {
    Router::new().route("/metrics", get(get_metrics)).with_state((metrics, meter))
}

/// Measures the process and keeps its history. Rendering folds old samples of histograms, so memory stays flat when nobody scrapes.
async fn keep_up(metrics: PrometheusHandle, meter: ProcessMeter, history: History) {
    loop {
        tokio::time::sleep(history::STEP).await;
        meter.measure();
        metrics.run_upkeep();
        history.note(&metrics.render());
    }
}

async fn get_health() -> impl IntoResponse {
    Json(json!({"status": "ok"}))
}

async fn get_readiness(State(readiness): State<Readiness>) -> Response {
    let snapshot = readiness.snapshot();
    let status = if snapshot.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(snapshot)).into_response()
}

async fn get_metrics(State((metrics, meter)): State<(PrometheusHandle, ProcessMeter)>) -> impl IntoResponse {
    meter.measure();
    let content_type = "text/plain; version=0.0.4; charset=utf-8";
    ([(CONTENT_TYPE, content_type)], metrics.render())
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::Request;
    use http_body_util::BodyExt as _;
    use metrics_exporter_prometheus::PrometheusBuilder;
    use serde_json::Value;
    use tower::ServiceExt as _;

    use super::*;

    async fn get_json(router: Router, path: &str) -> (StatusCode, Value) {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = router.oneshot(request).await.unwrap();
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test]
    async fn health_is_ok_even_when_not_ready() {
        let readiness = Readiness::default();
        readiness.set("nats", false);
        let (status, body) = get_json(health_router(readiness), "/healthz").await;
        assert_eq!((status, body), (StatusCode::OK, json!({"status": "ok"})));
    }

    #[tokio::test]
    async fn readiness_names_its_conditions() {
        let readiness = Readiness::default();
        readiness.set("nats", true);
        readiness.set("database", false);
        let (status, body) = get_json(health_router(readiness.clone()), "/readyz").await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        let conditions = json!({"database": false, "nats": true});
        let expected = json!({"ready": false, "stopping": false, "conditions": conditions});
        assert_eq!(body, expected);
        readiness.set("database", true);
        let (status, _) = get_json(health_router(readiness), "/readyz").await;
        assert_eq!(status, StatusCode::OK);
    }

    #[tokio::test]
    async fn metrics_are_rendered() {
        let recorder = PrometheusBuilder::new().build_recorder();
        metrics::with_local_recorder(&recorder, || metrics::counter!("probes_total").increment(1));
        let request = Request::get("/metrics").body(Body::empty()).unwrap();
        let router = metrics_router(recorder.handle(), ProcessMeter::start(Readiness::default(), None));
        let response = router.oneshot(request).await.unwrap();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert!(String::from_utf8_lossy(&body).contains("probes_total 1"));
    }
}
