//! What the rules and the dashboards name is there: metrics, runbooks; and promtool agrees with the numbers.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use chat_runtime::telemetry::METRICS;
use serde_json::Value;

use crate::{program, root};

const DASHBOARDS: [&str; 4] = ["overview", "gateway", "write-path", "dependencies"];

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

fn alerts() -> BTreeSet<String> {
    let rules = read("deploy/prometheus/chat.rules.yml");
    rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).map(str::to_owned).collect()
}

/// The words of a text that look like metrics of ours, without the endings that histograms have.
fn metrics_in(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != ':');
    let named = words.filter(|word| word.starts_with("chat_") && !word.contains(':'));
    let is_listed = |name: &str| METRICS.iter().any(|metric| metric.name == name);
    let base = |word: &str| {
        let endings = ["_bucket", "_count", "_sum"];
        let stripped = endings.iter().find_map(|ending| word.strip_suffix(ending)).filter(|name| is_listed(name));
        stripped.unwrap_or(word).to_owned()
    };
    named.map(base).collect()
}

#[test]
fn promtool_agrees_with_the_rules() {
    let tried = Command::new(program("promtool"))
        .current_dir(root().join("deploy/prometheus"))
        .args(["test", "rules", "chat.rules.test.yml"])
        .output()
        .expect("scripts/install-prometheus brings promtool");
    assert!(tried.status.success(), "{}", String::from_utf8_lossy(&[tried.stdout, tried.stderr].concat()));
}

#[test]
fn every_alert_is_tried_by_promtool() {
    let tests = read("deploy/prometheus/chat.rules.test.yml");
    let untried: Vec<_> = alerts().into_iter().filter(|alert| !tests.contains(&format!("\"{alert}\""))).collect();
    assert!(untried.is_empty(), "{untried:?}");
}

#[test]
fn every_alert_has_a_runbook_and_every_runbook_an_alert() {
    let dir = fs::read_dir(root().join("docs/runbooks")).unwrap();
    let files = dir.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let runbooks: BTreeSet<_> = files.map(|name| name.trim_end_matches(".md").to_owned()).collect();
    assert_eq!(runbooks, alerts());
    let rules = read("deploy/prometheus/chat.rules.yml");
    for alert in runbooks {
        assert!(rules.contains(&format!("runbook_url: docs/runbooks/{alert}.md")), "{alert}");
        let runbook = read(&format!("docs/runbooks/{alert}.md"));
        for part in
            ["What it means", "What users notice", "What to look at", "What to do", "How to know that it is over"]
        {
            assert!(runbook.contains(&format!("**{part}")), "{alert}: {part}");
        }
    }
}

#[test]
fn dashboards_have_panels_that_ask_something() {
    let recorded = read("deploy/prometheus/chat.rules.yml");
    for name in DASHBOARDS {
        let dashboard: Value = serde_json::from_str(&read(&format!("deploy/grafana/chat-{name}.json"))).unwrap();
        assert_eq!(dashboard["uid"], format!("chat-{name}"));
        for panel in dashboard["panels"].as_array().unwrap() {
            for target in panel["targets"].as_array().unwrap() {
                let expression = target["expr"].as_str().unwrap();
                let named = expression.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != ':');
                for rule in named.filter(|word| word.starts_with("chat:")) {
                    assert!(recorded.contains(&format!("record: {rule}\n")), "{rule}");
                }
            }
        }
    }
}

#[test]
fn what_rules_dashboards_and_runbooks_measure_is_listed() {
    let mut texts = vec![read("deploy/prometheus/chat.rules.yml")];
    texts.extend(DASHBOARDS.iter().map(|name| read(&format!("deploy/grafana/chat-{name}.json"))));
    texts.extend(alerts().iter().map(|alert| read(&format!("docs/runbooks/{alert}.md"))));
    let roles = ["chat_operator"];
    let listed: BTreeSet<_> = METRICS.iter().map(|metric| metric.name.to_owned()).collect();
    for text in texts {
        let named = metrics_in(&text).into_iter().filter(|name| !roles.contains(&name.as_str()));
        let unknown: Vec<_> = named.filter(|name| !listed.contains(name)).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }
}
