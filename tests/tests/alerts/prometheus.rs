//! A real Prometheus, which watches the operations ports of a stack once a second.

use std::collections::BTreeSet;
use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::process::Stdio;
use std::time::Duration;

use chat_e2e::{Service, Stack};
use serde_json::{Value, json};
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use crate::{program, root, stretched};

/// How long an alert may take on a busy machine; that of certificates waits for a minute by itself.
const LIMIT: Duration = Duration::from_mins(3);
/// How often it is asked what fires.
const ASK: Duration = Duration::from_millis(200);

/// The server; it ends with this.
pub struct Prometheus {
    url: String,
    _process: Child,
}

impl Prometheus {
    /// Starts one with the rules of this repository, in the stack's directory, and waits until all processes are watched.
    pub async fn watching(stack: &Stack) -> Self {
        let dir = stack.options().data_dir.join("prometheus");
        fs::create_dir_all(&dir).unwrap();
        let rules = fs::read_to_string(root().join("deploy/prometheus/chat.rules.yml")).unwrap();
        fs::write(dir.join("chat.rules.yml"), stretched::rules(&rules)).unwrap();
        let instances = Service::ALL.into_iter().flat_map(|service| stack.instances(service));
        let targets: Vec<_> = instances.map(|instance| instance.ops_url.replace("http://", "")).collect();
        let config = json!({
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
            "rule_files": ["chat.rules.yml"],
            "scrape_configs": [{"job_name": "chat", "static_configs": [{"targets": targets}]}],
        });
        fs::write(dir.join("prometheus.yml"), config.to_string()).unwrap();
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let process = Command::new(program("prometheus"))
            .current_dir(&dir)
            .args(["--config.file=prometheus.yml", "--storage.tsdb.path=data", "--log.level=warn"])
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .stderr(Stdio::from(fs::File::create(dir.join("log")).unwrap()))
            .kill_on_drop(true)
            .spawn()
            .expect("scripts/install-prometheus brings it");
        let this = Self { url: format!("http://127.0.0.1:{port}"), _process: process };
        let expected = targets.len();
        let watching = async {
            while this.ask("query?query=count(up==1)").await["result"][0]["value"][1] != json!(expected.to_string()) {
                sleep(ASK).await;
            }
        };
        timeout(LIMIT, watching).await.expect("all processes are scraped");
        this
    }

    async fn ask(&self, what: &str) -> Value {
        let Ok(answer) = reqwest::get(format!("{}/api/v1/{what}", self.url)).await else { return Value::Null };
        answer.json::<Value>().await.map(|mut body| body["data"].take()).unwrap_or_default()
    }

    /// What fires now.
    pub async fn firing(&self) -> BTreeSet<String> {
        let found = self.ask("alerts").await;
        let alerts = found["alerts"].as_array().into_iter().flatten();
        let firing = alerts.filter(|alert| alert["state"] == "firing");
        firing.map(|alert| alert["labels"]["alertname"].as_str().unwrap().to_owned()).collect()
    }

    /// Waits until each of these has fired, whether or not it still does.
    pub async fn fires(&self, alerts: &[&str]) {
        let mut missing: BTreeSet<_> = alerts.iter().map(|alert| (*alert).to_owned()).collect();
        let waiting = async {
            while !missing.is_empty() {
                for alert in self.firing().await {
                    missing.remove(&alert);
                }
                sleep(ASK).await;
            }
        };
        let in_time = timeout(LIMIT, waiting).await;
        assert!(in_time.is_ok(), "these do not fire: {missing:?}; these do: {:?}", self.firing().await);
        println!("fired: {}", alerts.join(", "));
    }

    /// Waits until none of these fires.
    pub async fn rests(&self, alerts: &[&str]) {
        let waiting = async {
            while self.firing().await.iter().any(|alert| alerts.contains(&alert.as_str())) {
                sleep(ASK).await;
            }
        };
        timeout(LIMIT, waiting).await.unwrap_or_else(|_| panic!("these do not end: {alerts:?}"));
    }
}
