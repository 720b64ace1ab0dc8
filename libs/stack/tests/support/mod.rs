//! Stand-ins for the services: small Python programs that answer `/readyz`, in a directory of their own.

#![allow(dead_code, clippy::unwrap_used, reason = "not every test program uses all; a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use chat_stack::Service;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

/// Ready at once; leaves on SIGTERM, writing its name to the file that tells the order.
const SERVICE: &str = r#"#!/usr/bin/env python3
import http.server, os, signal, sys

def leave(*_):
    if "ORDER_FILE" in os.environ:
        with open(os.environ["ORDER_FILE"], "a") as order:
            order.write(os.environ["INSTANCE_ID"] + "\n")
    os._exit(0)

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass

signal.signal(signal.SIGTERM, signal.SIG_IGN if os.environ.get("IGNORE_SIGTERM") else leave)
if os.environ.get("FAIL"):
    sys.exit("the reason is written here")
print("has database:", "DATABASE_URL" in os.environ, flush=True)
host, port = os.environ["OPS_ADDR"].split(":")
http.server.HTTPServer.allow_reuse_address = True
http.server.HTTPServer((host, int(port)), Handler).serve_forever()
"#;

/// A directory with a stand-in for each service and for `chatctl`.
pub fn programs() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for service in Service::ALL {
        write_program(&dir.path().join(service.program_name()), SERVICE);
    }
    write_program(&dir.path().join("chatctl"), "#!/bin/sh\ntest -n \"$DATABASE_URL\"\n");
    dir
}

fn write_program(path: &Path, text: &str) {
    let draft = path.with_extension("draft");
    fs::write(&draft, text).unwrap();
    place(&draft, path);
    fs::remove_file(draft).unwrap();
}

/// Copies a program. Another process does: what was written here cannot be executed as long as a child that another test
/// has just forked holds the open file ("text file busy").
pub fn place(from: impl AsRef<Path>, to: &Path) {
    let copied = Command::new("install").args(["-m", "755"]).arg(from.as_ref()).arg(to).status().unwrap();
    assert!(copied.success(), "{}", to.display());
}

/// Whether the process lives.
pub fn runs(pid: i32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with('Z'))
}

/// Waits for what is to happen soon.
pub async fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !condition() {
        assert!(Instant::now() < deadline, "{what} did not happen in 30 s");
        sleep(Duration::from_millis(20)).await;
    }
}
