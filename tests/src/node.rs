//! The real Socket.IO client, in a Node.js process of `tests/node/`. Everything is awaited, nothing longer than [`PATIENCE`].

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

use crate::PATIENCE;

/// Sockets of the real client, each with a name. They end with the value.
pub struct Node {
    _process: Child,
    stdin: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
    /// What happened while something else was waited for.
    kept: VecDeque<Value>,
    next_callback: u64,
}

/// Where the client is installed.
fn dir() -> PathBuf {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("node");
    assert!(dir.join("node_modules/socket.io-client").is_dir(), "scripts/install-node brings the client");
    dir
}

/// The program that runs JavaScript: the one that was brought, else the one in `PATH`.
#[must_use]
pub fn node_program() -> PathBuf {
    let brought = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.tools/node/bin/node");
    if brought.is_file() { brought } else { PathBuf::from("node") }
}

fn spawn(arguments: &[&str]) -> Child {
    let mut command = Command::new(node_program());
    command.current_dir(dir()).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
    command.spawn().expect("node is there: scripts/install-node brings it")
}

impl Node {
    /// No socket yet.
    pub async fn start() -> Self {
        let mut process = spawn(&["client.mjs"]);
        let stdin = process.stdin.take().expect("its input is ours");
        let lines = BufReader::new(process.stdout.take().expect("its output is ours")).lines();
        let mut node = Self { _process: process, stdin, lines, kept: VecDeque::new(), next_callback: 0 };
        node.until("it starts", |line| line["event"] == "started").await;
        node
    }

    /// Opens a socket: `open` has `url`, and may have `options`, `auth` and `follow`.
    pub async fn open(&mut self, socket: &str, mut open: Value) {
        open["command"] = json!("open");
        open["socket"] = json!(socket);
        self.tell(&open).await;
    }

    /// Sends an event.
    pub async fn emit(&mut self, socket: &str, event: &str, frame: Value) {
        self.tell(&json!({"command": "emit", "socket": socket, "event": event, "frame": frame})).await;
    }

    /// Sends an event and waits for what its callback is given.
    pub async fn ask(&mut self, socket: &str, event: &str, frame: Value) -> Value {
        let callback = self.next_callback;
        self.next_callback += 1;
        let emit = json!({"command": "emit", "socket": socket, "event": event, "frame": frame, "callback": callback});
        self.tell(&emit).await;
        let is_answer = |line: &Value| line["event"] == "callback" && line["callback"] == callback;
        self.until("the callback is called", is_answer).await["answer"].take()
    }

    /// What carries the socket now.
    pub async fn transport(&mut self, socket: &str) -> String {
        self.tell(&json!({"command": "transport", "socket": socket})).await;
        self.expect(socket, "transport").await["transport"].as_str().expect("a name").to_owned()
    }

    /// Opens a socket again that was closed.
    pub async fn connect(&mut self, socket: &str) {
        self.tell(&json!({"command": "connect", "socket": socket})).await;
    }

    /// Closes a socket from this side.
    pub async fn close(&mut self, socket: &str) {
        self.tell(&json!({"command": "close", "socket": socket})).await;
        self.expect(socket, "closed").await;
    }

    /// The next event of this name on a socket; the others are kept for later.
    pub async fn expect(&mut self, socket: &str, event: &str) -> Value {
        self.until(&format!("{event} comes on {socket}"), |line| line["socket"] == socket && line["event"] == event)
            .await
    }

    /// The argument of the next event of this name on a socket.
    pub async fn frame(&mut self, socket: &str, event: &str) -> Value {
        self.expect(socket, event).await["frame"].take()
    }

    /// Takes what came on a socket and nobody waited for.
    pub fn kept(&mut self, socket: &str) -> Vec<Value> {
        let (own, others): (VecDeque<_>, _) = self.kept.drain(..).partition(|line| line["socket"] == socket);
        self.kept = others;
        own.into()
    }

    async fn tell(&mut self, command: &Value) {
        let line = format!("{command}\n");
        timeout(PATIENCE, self.stdin.write_all(line.as_bytes())).await.expect("in time").expect("node listens");
    }

    async fn until(&mut self, what: &str, is_it: impl Fn(&Value) -> bool) -> Value {
        if let Some(index) = self.kept.iter().position(&is_it) {
            return self.kept.remove(index).expect("the index is inside");
        }
        let wait = async {
            loop {
                let line = self.lines.next_line().await.expect("node writes text").expect("node goes on");
                let line: Value = serde_json::from_str(&line).expect("a line of JSON");
                if is_it(&line) {
                    return line;
                }
                self.kept.push_back(line);
            }
        };
        let waited = timeout(PATIENCE, wait).await;
        waited.unwrap_or_else(|_| {
            let came: Vec<_> = self.kept.iter().filter(|line| line["event"] != "heartbeat").collect();
            panic!("not before {PATIENCE:?}: {what}; {came:?}")
        })
    }
}

/// Runs a program in JavaScript that may import the client, until it ends by itself; what it wrote.
pub async fn run_node(program: &str) -> String {
    let run = spawn(&["--input-type=module", "--eval", program]).wait_with_output();
    let output = timeout(PATIENCE, run).await.expect("it ends in time").expect("it runs");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("it writes text")
}
