//! Metrics: what every service says on its operations port, what the code counts and what the documentation lists are the same.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use chat_e2e::{Rest, Service};
use chat_runtime::telemetry::{METRICS, Metric, MetricKind};
use reqwest::Method;

use crate::traced;

/// Series of one metric in one process: labels have few values.
const MAX_SERIES: usize = 300;
/// What traffic moves: these are there once somebody has said something.
const MOVED: [(Service, &str); 7] = [
    (Service::Gateway, "chat_gateway_delivery_seconds"),
    (Service::Gateway, "chat_nats_connected"),
    (Service::Gateway, "chat_commands_unanswered"),
    (Service::Persistence, "chat_persistence_waiting_commands"),
    (Service::Persistence, "chat_persistence_partitions"),
    (Service::Persistence, "chat_database_connections"),
    (Service::Api, "chat_api_http_request_duration_seconds"),
];

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// What one process says: by name its kind, its help, and its series with their labels.
#[derive(Debug, Default)]
struct Scraped {
    kind: String,
    help: String,
    series: Vec<BTreeSet<String>>,
}

fn parse(text: &str) -> BTreeMap<String, Scraped> {
    let mut metrics: BTreeMap<String, Scraped> = BTreeMap::new();
    let mut current = String::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        if let Some((name, help)) = line.strip_prefix("# HELP ").and_then(|rest| rest.split_once(' ')) {
            help.clone_into(&mut metrics.entry(name.to_owned()).or_default().help);
        } else if let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|rest| rest.split_once(' ')) {
            name.clone_into(&mut current);
            kind.clone_into(&mut metrics.entry(name.to_owned()).or_default().kind);
        } else {
            assert!(line.starts_with(&*current), "{line} stands under {current}");
            let labels =
                line.split_once('{').and_then(|(_, rest)| rest.rsplit_once('}')).map_or("", |(labels, _)| labels);
            let names = labels.split("\",").filter_map(|label| label.split_once('=')).map(|(name, _)| name.to_owned());
            metrics.entry(current.clone()).or_default().series.push(names.filter(|name| name != "le").collect());
        }
    }
    metrics
}

fn listed(name: &str) -> &'static Metric {
    METRICS.iter().find(|metric| metric.name == name).unwrap_or_else(|| panic!("{name} is not listed"))
}

#[tokio::test]
async fn what_is_scraped_is_what_is_listed() {
    let (stack, app, _) = traced().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    for gateway in [0, 1] {
        let mut socket = ben.open(gateway, &direct).await;
        socket.say("hello", &format!("m{gateway}")).await;
        socket.expect("message_sent").await;
        socket.expect("message_received").await;
        socket.close().await;
    }
    for service in Service::ALL {
        for instance in stack.instances(service) {
            let scraped = Rest::fetch(app.anon().request(Method::GET, &format!("{}/metrics", instance.ops_url))).await;
            let scraped = parse(&String::from_utf8_lossy(&scraped.bytes));
            for (name, said) in &scraped {
                let metric = listed(name);
                assert_eq!((said.kind.as_str(), said.help.as_str()), (metric.kind.as_str(), metric.help), "{name}");
                assert!(metric.of.contains(&service.name()), "{name} in {}", service.name());
                let labels: BTreeSet<_> = metric.labels.iter().map(|label| (*label).to_owned()).collect();
                assert!(said.series.iter().all(|series| *series == labels), "{name} {:?}", said.series);
                assert!(said.series.len() < MAX_SERIES, "{name}");
            }
            let is_counted = |metric: &&Metric| metric.kind == MetricKind::Counter && metric.labels.is_empty();
            let expected = METRICS.iter().filter(|metric| metric.of.contains(&service.name())).filter(is_counted);
            for metric in expected {
                assert!(scraped.contains_key(metric.name), "{} of {}", metric.name, service.name());
            }
        }
    }
    for (service, name) in MOVED {
        let mut seen = false;
        for instance in stack.instances(service) {
            let text = Rest::fetch(app.anon().request(Method::GET, &format!("{}/metrics", instance.ops_url))).await;
            seen |= parse(&String::from_utf8_lossy(&text.bytes)).contains_key(name);
        }
        assert!(seen, "{name} of {}", service.name());
    }
}

/// The names that the code of services and libraries counts by.
fn counted(dir: &Path, into: &mut BTreeSet<String>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            counted(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let code = fs::read_to_string(&path).unwrap();
            for word in ["counter!(", "gauge!(", "histogram!("] {
                let names = code.split(word).skip(1).filter_map(|rest| rest.trim_start().strip_prefix('"'));
                let names = names.filter_map(|rest| rest.split_once('"')).map(|(name, _)| name.to_owned());
                into.extend(names.filter(|name| name.starts_with("chat_")));
            }
        }
    }
}

#[test]
fn what_the_code_counts_is_what_is_listed() {
    let mut names = BTreeSet::new();
    for part in ["libs", "services"] {
        counted(&root().join(part), &mut names);
    }
    let listed: BTreeSet<_> = METRICS.iter().map(|metric| metric.name.to_owned()).collect();
    assert_eq!(names, listed, "in the code and in libs/runtime/src/telemetry/metrics.rs");
}

#[test]
fn what_is_documented_is_what_is_listed() {
    let page = fs::read_to_string(root().join("docs/observability.md")).unwrap();
    let rows = page.lines().filter(|line| line.starts_with("| `chat_"));
    let documented: BTreeSet<_> = rows.map(str::to_owned).collect();
    let shown = |metric: &Metric| {
        let labels = if metric.labels.is_empty() { String::new() } else { format!("{{{}}}", metric.labels.join(",")) };
        let of = if metric.of.len() == Service::ALL.len() { "all".to_owned() } else { metric.of.join(", ") };
        format!("| `{}{labels}` | {} | {of} | {} |", metric.name, metric.kind.as_str(), metric.help)
    };
    let listed: BTreeSet<_> = METRICS.iter().map(shown).collect();
    let (missing, left) = (listed.difference(&documented), documented.difference(&listed));
    let (missing, left): (Vec<_>, Vec<_>) = (missing.collect(), left.collect());
    assert!(missing.is_empty() && left.is_empty(), "to be added:\n{missing:#?}\nto be removed:\n{left:#?}");
}
