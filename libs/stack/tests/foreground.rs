//! `chat-stack run` as `make run` executes it, with stand-ins for the services.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{runs, until};

/// The program among stand-ins, with a data directory of its own.
struct Site {
    programs: TempDir,
    data_dir: TempDir,
    api_port: u16,
    ws_port: u16,
}

impl Site {
    fn new() -> Self {
        let programs = support::programs();
        support::place(env!("CARGO_BIN_EXE_chat-stack"), &programs.path().join("chat-stack"));
        // Below /var/tmp, where another user could enter too.
        let data_dir = tempfile::tempdir_in("/var/tmp").unwrap();
        fs::set_permissions(data_dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        Self { programs, data_dir, api_port: free_port(), ws_port: free_port() }
    }

    fn start(&self) -> Child {
        self.start_with(&[])
    }

    fn start_with(&self, env: &[(&str, &str)]) -> Child {
        let output = fs::File::create(self.output_file()).unwrap();
        let mut command = Command::new(self.programs.path().join("chat-stack"));
        command.args(["run", "--no-demo", "--data-dir"]).arg(self.data_dir.path());
        command.arg("--api-port").arg(self.api_port.to_string()).arg("--ws-port").arg(self.ws_port.to_string());
        command
            .envs(env.iter().copied())
            .stdin(Stdio::null())
            .stdout(output.try_clone().unwrap())
            .stderr(output)
            .spawn()
            .unwrap()
    }

    fn output_file(&self) -> PathBuf {
        self.programs.path().join("output")
    }

    fn output(&self) -> String {
        fs::read_to_string(self.output_file()).unwrap()
    }

    fn run_file(&self) -> PathBuf {
        self.data_dir.path().join("run.json")
    }

    fn run_json(&self) -> Value {
        serde_json::from_str(&fs::read_to_string(self.run_file()).unwrap()).unwrap()
    }

    async fn ready(&self, child: &mut Child) {
        let there = || {
            let ended = child.try_wait().unwrap();
            assert!(ended.is_none(), "it ended ({ended:?}): {}", self.output());
            self.run_file().exists()
        };
        until("run.json", there).await;
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn send(child: &Child, signal: Signal) {
    kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), signal).unwrap();
}

fn all_pids(run: &Value) -> Vec<i32> {
    let entries = run.as_object().unwrap().values().filter_map(|entry| entry.get("pids")?.as_array());
    entries.flatten().map(|pid| i32::try_from(pid.as_i64().unwrap()).unwrap()).collect()
}

#[tokio::test]
async fn run_file_describes_the_stack_while_it_runs() {
    let site = Site::new();
    let mut child = site.start();
    site.ready(&mut child).await;
    let run = site.run_json();
    assert_eq!(fs::metadata(site.run_file()).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(run["api"]["url"], format!("http://127.0.0.1:{}", site.api_port));
    assert_eq!(run["ws_gateway"]["url"], format!("ws://127.0.0.1:{}", site.ws_port));
    assert_eq!(run["ws_gateway"]["instances"].as_array().unwrap().len(), 2);
    assert_eq!(run["ws_gateway"]["ops_url"], run["ws_gateway"]["instances"][0]["ops_url"]);
    assert_eq!(run["persistence"]["url"], Value::Null);
    assert_eq!(run["jwt_secret"].as_str().unwrap().len(), 64);
    let pids = all_pids(&run);
    assert_eq!(pids.len(), 8);
    send(&child, Signal::SIGINT);
    assert!(child.wait().unwrap().success());
    assert!(!site.run_file().exists() && pids.into_iter().all(|pid| !runs(pid)));
    assert!(site.output().ends_with("all stopped\n"), "{}", site.output());
}

#[tokio::test]
async fn restarted_service_gets_into_the_run_file() {
    let site = Site::new();
    let mut child = site.start();
    site.ready(&mut child).await;
    let before = site.run_json()["api"]["pids"][0].as_i64().unwrap();
    kill(Pid::from_raw(i32::try_from(before).unwrap()), Signal::SIGKILL).unwrap();
    until("a new pid", || site.run_json()["api"]["pids"][0].as_i64().is_some_and(|pid| pid != before)).await;
    assert!(site.output().contains("api-1 died: signal: 9"), "{}", site.output());
    send(&child, Signal::SIGTERM);
    assert!(child.wait().unwrap().success());
}

#[tokio::test]
async fn second_start_finds_data_and_secrets() {
    let site = Site::new();
    let mut secrets = Vec::new();
    for _ in 0..2 {
        let mut child = site.start();
        site.ready(&mut child).await;
        let run = site.run_json();
        let password = run["postgres"]["url"].as_str().unwrap().rsplit_once(':').unwrap().0.to_owned();
        secrets.push((run["jwt_secret"].clone(), password));
        send(&child, Signal::SIGINT);
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(secrets[0], secrets[1]);
    assert!(!site.output().contains("making a new database cluster"));
}

#[tokio::test]
async fn killed_supervisor_takes_its_children_along() {
    let site = Site::new();
    let mut child = site.start();
    site.ready(&mut child).await;
    let pids = all_pids(&site.run_json());
    send(&child, Signal::SIGKILL);
    child.wait().unwrap();
    until("the end of the children", || pids.iter().all(|pid| !runs(*pid))).await;
}

#[tokio::test]
async fn leftovers_of_a_killed_run_are_stopped_at_the_next_start() {
    let site = Site::new();
    let mut child = site.start();
    site.ready(&mut child).await;
    let run_text = fs::read_to_string(site.run_file()).unwrap();
    let run = site.run_json();
    let postgres = i32::try_from(run["postgres"]["pids"][0].as_i64().unwrap()).unwrap();
    // A halted process does not act on its parent's death.
    kill(Pid::from_raw(postgres), Signal::SIGSTOP).unwrap();
    send(&child, Signal::SIGKILL);
    child.wait().unwrap();
    assert!(runs(postgres));
    let mut child = site.start();
    until("the new run file", || fs::read_to_string(site.run_file()).is_ok_and(|text| text != run_text)).await;
    assert!(!runs(postgres));
    assert!(site.output().contains("postgres: left over from a killed run"), "{}", site.output());
    send(&child, Signal::SIGINT);
    assert!(child.wait().unwrap().success());
}

#[tokio::test]
async fn busy_public_port_is_one_clear_line() {
    let site = Site::new();
    let _other = TcpListener::bind(("127.0.0.1", site.ws_port)).unwrap();
    let mut child = site.start();
    assert_eq!(child.wait().unwrap().code(), Some(1));
    let expected = "is in use: stop what listens there, or choose another with WS_PORT=PORT\n";
    assert_eq!(site.output().lines().count(), 1);
    assert!(site.output().ends_with(expected), "{}", site.output());
}

#[tokio::test]
async fn signal_during_the_start_stops_what_runs() {
    let site = Site::new();
    let mut child = site.start();
    until("the start of NATS", || site.output().contains("nats: starting")).await;
    send(&child, Signal::SIGINT);
    assert!(child.wait().unwrap().success());
    assert!(site.output().ends_with("all stopped\n"), "{}", site.output());
    let left = fs::read_dir(site.data_dir.path().join("pid")).unwrap().count();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn second_signal_ends_it_at_once() {
    let site = Site::new();
    let mut child = site.start_with(&[("IGNORE_SIGTERM", "1")]);
    site.ready(&mut child).await;
    let pids = all_pids(&site.run_json());
    send(&child, Signal::SIGINT);
    // One that comes right after the first counts as the same.
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    send(&child, Signal::SIGINT);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(site.output().ends_with("killed everything\n"), "{}", site.output());
    until("the end of the children", || pids.iter().all(|pid| !runs(*pid))).await;
}
