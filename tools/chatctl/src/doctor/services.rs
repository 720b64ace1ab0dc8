//! The services by their operations ports: whether they are ready, of one version, and have room for files.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::{Doctor, Findings, State};

const AREA: &str = "services";
/// How long one answer may take.
const LOOK: Duration = Duration::from_secs(3);
/// What has to be there at least once.
const NEEDED: [&str; 4] = ["api", "ws-gateway", "persistence", "presence"];

pub(super) async fn check(doctor: &Doctor, findings: &mut Findings) {
    let ports = match ports(doctor) {
        Ok(ports) => ports,
        Err(error) => {
            return findings.failed(
                AREA,
                "run file",
                format!("{error:#}"),
                "Is everything running? `make run` writes it when all is ready",
            );
        }
    };
    if ports.is_empty() {
        return findings.skipped(
            AREA,
            "ready",
            "Give --services with the operations ports (OPS_ADDR), or --run-file .data/run.json",
        );
    }
    let client = reqwest::Client::builder().timeout(LOOK).build();
    let Ok(client) = client else { return };
    let mut versions: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut seen = Vec::new();
    for port in &ports {
        if let Some((service, version)) = look(&client, port, findings).await {
            versions.entry(version).or_default().push(service.clone());
            seen.push(service);
        }
    }
    let described: Vec<_> = versions.iter().map(|(version, of)| format!("{version}: {}", of.join(", "))).collect();
    findings.expect(
        versions.len() <= 1,
        State::Degraded,
        (AREA, "versions"),
        described.join("; "),
        "An upgrade is not finished: restart the older ones (persistence first, gateways last)",
    );
    let missing: Vec<_> = NEEDED.iter().filter(|name| !seen.iter().any(|service| service == *name)).copied().collect();
    findings.expect(
        missing.is_empty(),
        State::Degraded,
        (AREA, "complete"),
        if missing.is_empty() { "all four".to_owned() } else { format!("not seen: {}", missing.join(", ")) },
        "Start them, or name their operations ports too",
    );
}

/// Readiness and version of one; its name and version where it says so.
async fn look(client: &reqwest::Client, port: &str, findings: &mut Findings) -> Option<(String, String)> {
    let base = port.trim_end_matches('/');
    let text = async |path: &str| client.get(format!("{base}{path}")).send().await?.text().await;
    let metrics = match text("/metrics").await {
        Ok(metrics) => metrics,
        Err(error) => {
            findings.failed(
                AREA,
                base,
                error.without_url().to_string(),
                "It is not running, or this is not its OPS_ADDR",
            );
            return None;
        }
    };
    let (service, version) = build_of(&metrics)?;
    let state: Value = text("/readyz").await.ok().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let conditions = state["conditions"].as_object().into_iter().flatten();
    let missing: Vec<_> =
        conditions.filter(|(_, holds)| *holds == &Value::Bool(false)).map(|(name, _)| name.clone()).collect();
    let is_ready = state["ready"].as_bool().unwrap_or(false);
    let seen = if is_ready {
        format!("{service} {version} is ready")
    } else {
        format!("{service} {version} is not ready: {}", missing.join(", "))
    };
    findings.expect(
        is_ready,
        State::Failed,
        (AREA, base),
        seen,
        "docs/operations.md, Health, says what each condition means; its log says more",
    );
    Some((service, version))
}

fn build_of(metrics: &str) -> Option<(String, String)> {
    let line = metrics.lines().find(|line| line.starts_with("chat_build_info{"))?;
    let label = |name: &str| Some(line.split_once(&format!("{name}=\""))?.1.split('"').next()?.to_owned());
    Some((label("service")?, label("version")?))
}

fn ports(doctor: &Doctor) -> anyhow::Result<Vec<String>> {
    let mut ports = doctor.services.clone();
    if let Some(file) = &doctor.run_file {
        let run: Value = serde_json::from_str(&std::fs::read_to_string(file)?)?;
        for service in ["api", "ws_gateway", "persistence", "presence"] {
            let instances = run[service]["instances"].as_array().into_iter().flatten();
            ports.extend(instances.filter_map(|instance| instance["ops_url"].as_str()).map(str::to_owned));
        }
    }
    Ok(ports)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_is_read_from_the_metrics() {
        let metrics = "# TYPE x gauge\nchat_build_info{service=\"api\",version=\"1.2.3\"} 1\n";
        assert_eq!(build_of(metrics), Some(("api".to_owned(), "1.2.3".to_owned())));
        assert_eq!(build_of("nothing"), None);
    }
}
