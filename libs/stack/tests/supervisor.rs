//! The supervisor with real servers and stand-ins for the services: see `support`.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::fs;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chat_stack::{Instances, Process, Service, Signal, Stack, StackOptions};
use tempfile::TempDir;

use crate::support::{runs, until};

struct Bench {
    programs: TempDir,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Bench {
    fn new() -> Self {
        let programs = support::programs();
        Self { programs, lines: Arc::default() }
    }

    fn order_file(&self) -> String {
        self.programs.path().join("order").display().to_string()
    }

    fn options(&self) -> StackOptions {
        let lines = Arc::clone(&self.lines);
        let mut options = StackOptions::for_tests().unwrap();
        options.bin_dir = self.programs.path().into();
        options.report = Arc::new(move |line| lines.lock().unwrap().push(line.to_owned()));
        Service::ALL.into_iter().fold(options, |options, service| options.env(service, "ORDER_FILE", self.order_file()))
    }

    fn reported(&self, text: &str) -> bool {
        self.lines.lock().unwrap().iter().any(|line| line.contains(text))
    }
}

fn pids(stack: &Stack) -> Vec<i32> {
    let services = Service::ALL.into_iter().flat_map(|service| stack.instances(service));
    let processes = services.map(|instance| &instance.process).chain([stack.nats(), stack.postgres()]);
    processes.filter_map(Process::pid).collect()
}

const LIMIT: Duration = Duration::from_secs(30);

#[tokio::test]
async fn all_start_and_stop_in_order_and_leave_nothing() {
    let bench = Bench::new();
    let stack = Stack::start(bench.options()).await.unwrap();
    let pids = pids(&stack);
    assert_eq!(pids.len(), 8);
    let program = fs::read_link(format!("/proc/{}/exe", stack.postgres().pid().unwrap())).unwrap();
    assert!(program.ends_with("postgres"), "the pid is the wrapper's: {}", program.display());
    stack.stop().await.unwrap();
    let order = fs::read_to_string(bench.order_file()).unwrap();
    let mut order: Vec<&str> = order.lines().collect();
    order[..2].sort_unstable();
    order[4..].sort_unstable();
    assert_eq!(order, ["ws-gateway-1", "ws-gateway-2", "api-1", "presence-1", "persistence-1", "persistence-2"]);
    assert!(pids.into_iter().all(|pid| !runs(pid)));
    let data_dir = stack.options().data_dir.clone();
    drop(stack);
    assert!(!data_dir.exists());
}

#[tokio::test]
async fn gateway_gets_no_database() {
    let bench = Bench::new();
    let stack = Stack::start(bench.options()).await.unwrap();
    let log = |service| fs::read_to_string(stack.instance(service, 0).unwrap().process.log_path()).unwrap();
    assert!(log(Service::Gateway).contains("has database: False"));
    assert!(log(Service::Persistence).contains("has database: True"));
    stack.stop().await.unwrap();
}

#[tokio::test]
async fn failed_start_shows_the_log_and_leaves_nothing() {
    let bench = Bench::new();
    let options = bench.options().env(Service::Api, "FAIL", "1");
    let data_dir = options.data_dir.clone();
    let error = Stack::start(options).await.err().expect("the api fails").to_string();
    assert!(error.contains("api-1 ended at its start") && error.contains("the reason is written here"), "{error}");
    assert!(!data_dir.exists());
}

#[tokio::test]
async fn killed_service_comes_back_when_restarts_are_on() {
    let bench = Bench::new();
    let mut options = bench.options();
    options.restart = true;
    let stack = Stack::start(options).await.unwrap();
    let api = &stack.instance(Service::Api, 0).unwrap().process;
    let before = api.pid().unwrap();
    api.kill(Signal::SIGKILL).await.unwrap();
    assert!(!runs(before));
    api.wait_ready(LIMIT).await.unwrap();
    assert_ne!(api.pid().unwrap(), before);
    assert!(bench.reported("api-1 died: signal: 9"));
    stack.stop().await.unwrap();
}

#[tokio::test]
async fn killed_service_stays_away_when_restarts_are_off() {
    let bench = Bench::new();
    let stack = Stack::start(bench.options()).await.unwrap();
    let api = &stack.instance(Service::Api, 0).unwrap().process;
    api.kill(Signal::SIGKILL).await.unwrap();
    assert_eq!(api.pid(), None);
    api.start(LIMIT).await.unwrap();
    assert!(api.pid().is_some());
    stack.stop().await.unwrap();
}

#[tokio::test]
async fn servers_keep_data_and_port_over_stop_kill_and_halt() {
    let bench = Bench::new();
    let mut options = bench.options();
    options.instances = Instances { gateways: 0, persistence: 0, api: 0, presence: 0 };
    let stack = Stack::start(options).await.unwrap();
    let (postgres, nats) = (stack.postgres(), stack.nats());
    let mark = stack.options().data_dir.join("postgres/cluster/mark");
    fs::write(&mark, "").unwrap();
    postgres.stop(Signal::SIGINT, LIMIT).await.unwrap();
    assert!(postgres.wait_ready(LIMIT).await.is_err());
    postgres.start(LIMIT).await.unwrap();
    for process in [postgres, nats] {
        process.kill(Signal::SIGKILL).await.unwrap();
        process.start(LIMIT).await.unwrap();
        process.kill(Signal::SIGSTOP).await.unwrap();
        assert!(process.wait_ready(Duration::from_secs(1)).await.is_err(), "a halted {} answers", process.name());
        process.kill(Signal::SIGCONT).await.unwrap();
        process.wait_ready(LIMIT).await.unwrap();
    }
    assert!(mark.exists());
    stack.stop().await.unwrap();
}

#[tokio::test]
async fn stopping_wakes_what_is_halted() {
    let bench = Bench::new();
    let stack = Stack::start(bench.options()).await.unwrap();
    let all: Vec<i32> = pids(&stack);
    stack.postgres().kill(Signal::SIGSTOP).await.unwrap();
    stack.instance(Service::Gateway, 1).unwrap().process.kill(Signal::SIGSTOP).await.unwrap();
    stack.stop().await.unwrap();
    assert!(all.into_iter().all(|pid| !runs(pid)));
}

#[tokio::test]
async fn dropped_stack_takes_its_children_along() {
    let bench = Bench::new();
    let stack = Stack::start(bench.options()).await.unwrap();
    let all = pids(&stack);
    drop(stack);
    until("the end of the children", || all.iter().all(|pid| !runs(*pid))).await;
}

#[tokio::test]
async fn second_supervisor_in_the_same_directory_is_refused() {
    let bench = Bench::new();
    let first = Stack::prepare(bench.options()).await.unwrap();
    let mut options = bench.options();
    options.data_dir.clone_from(&first.options().data_dir);
    options.remove_data = false;
    let error = Stack::prepare(options).await.err().expect("the directory is taken").to_string();
    assert!(error.contains("it runs already"), "{error}");
}
