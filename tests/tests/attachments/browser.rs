//! A real Chromium, driven over its debugging protocol: pages are opened with a token, and asked what has happened in them.

use std::path::PathBuf;
use std::process::Stdio;

use chat_e2e::PATIENCE;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::fresh_dir;

/// Where distributions put it.
const PROGRAMS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// A browser with one page, which ends when it is dropped.
pub struct Browser {
    _process: Child,
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    session: Option<String>,
    last_id: u64,
    /// What happened since the last call of `open`.
    events: Vec<Value>,
}

/// What became of a page that was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opened {
    /// It is shown.
    Shown,
    /// It is saved, not shown.
    Saved,
    /// Neither.
    Failed,
}

fn program() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found =
        std::env::split_paths(&path).flat_map(|dir| PROGRAMS.map(|name| dir.join(name))).find(|file| file.is_file());
    found.expect("chromium is there: scripts/install-chromium brings it")
}

impl Browser {
    /// Starts a browser that finds `canary.test` on this port, and no other name.
    pub async fn start(canary_port: u16) -> Self {
        let profile = fresh_dir("chromium");
        let mut process = Command::new(program())
            .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"])
            .args(["--disable-extensions", "--disable-background-networking", "--disable-component-update"])
            .arg("--remote-debugging-port=0")
            .arg(format!("--user-data-dir={}", profile.display()))
            .arg(format!(
                "--host-resolver-rules=MAP canary.test 127.0.0.1:{canary_port}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
            ))
            .arg("about:blank")
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let address = timeout(PATIENCE, async {
            loop {
                let line = lines.next_line().await.unwrap().expect("the browser says where it listens");
                if let Some(address) = line.strip_prefix("DevTools listening on ") {
                    return address.to_owned();
                }
            }
        });
        let address = address.await.expect("the browser starts");
        // Its chatter must not fill the pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let (socket, _) = tokio_tungstenite::connect_async(address).await.unwrap();
        let mut browser = Self { _process: process, socket, session: None, last_id: 0, events: Vec::new() };
        browser.begin().await;
        browser
    }

    async fn begin(&mut self) {
        let page = self.call("Target.createTarget", json!({"url": "about:blank"})).await;
        self.call("Browser.setDownloadBehavior", json!({"behavior": "deny", "eventsEnabled": true})).await;
        let attached = self.call("Target.attachToTarget", json!({"targetId": page["targetId"], "flatten": true})).await;
        self.session = Some(attached["sessionId"].as_str().unwrap().to_owned());
        for domain in ["Page", "Network", "Runtime", "Debugger"] {
            self.call(&format!("{domain}.enable"), json!({})).await;
        }
    }

    /// From now on every request of the page, and of what it loads, carries this token.
    pub async fn set_token(&mut self, token: &str) {
        let headers = json!({"headers": {"Authorization": format!("Bearer {token}")}});
        self.call("Network.setExtraHTTPHeaders", headers).await;
    }

    /// Opens an address as if it were typed, and waits until it is loaded or saved.
    pub async fn open(&mut self, address: &str) -> Opened {
        self.events.clear();
        let navigated = self.call("Page.navigate", json!({"url": address})).await;
        let ends = |event: &Value| {
            matches!(
                event["method"].as_str(),
                Some("Page.loadEventFired" | "Browser.downloadWillBegin" | "Page.frameStoppedLoading")
            )
        };
        if navigated["isDownload"] == true || navigated["errorText"] == "net::ERR_ABORTED" {
            self.wait_for(|event| event["method"] == "Browser.downloadWillBegin").await;
            return Opened::Saved;
        }
        if navigated["errorText"].is_string() {
            return Opened::Failed;
        }
        self.wait_for(ends).await;
        Opened::Shown
    }

    /// The value of an expression in the page; of a promise, what it becomes.
    pub async fn value(&mut self, expression: &str) -> Value {
        let call = json!({"expression": expression, "awaitPromise": true, "returnByValue": true});
        let answer = self.call("Runtime.evaluate", call).await;
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {answer}");
        answer["result"]["value"].clone()
    }

    /// Whether the page that was opened last had scripts of its own that the browser took for such.
    pub fn has_parsed_scripts(&self) -> bool {
        let is_own = |event: &Value| {
            event["method"] == "Debugger.scriptParsed"
                && event["params"]["url"].as_str().is_some_and(|url| url.starts_with("http"))
        };
        self.events.iter().any(is_own)
    }

    async fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.last_id += 1;
        let id = self.last_id;
        let mut call = json!({"id": id, "method": method, "params": parameters});
        if let Some(session) = &self.session {
            call["sessionId"] = json!(session);
        }
        self.socket.send(Message::text(call.to_string())).await.unwrap();
        loop {
            let answer = self.next().await;
            if answer["id"] == id {
                assert!(answer["error"].is_null(), "{method}: {answer}");
                return answer["result"].clone();
            }
            self.events.push(answer);
        }
    }

    async fn wait_for(&mut self, is_awaited: impl Fn(&Value) -> bool) {
        while !self.events.iter().any(&is_awaited) {
            let event = self.next().await;
            self.events.push(event);
        }
    }

    async fn next(&mut self) -> Value {
        let message = timeout(PATIENCE, self.socket.next()).await.expect("the browser answers").unwrap().unwrap();
        serde_json::from_str(message.to_text().unwrap()).unwrap()
    }
}
