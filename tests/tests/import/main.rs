//! Bringing in what was said in other systems, with the operator's tool, on a stack of its own.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod django;
mod dump;
mod large;
mod others;

use std::path::PathBuf;
use std::process::{Output, Stdio};
use std::time::Duration;

use chat_e2e::{App, Stack, StackOptions, options};
use reqwest::Method;
use serde_json::Value;
use tokio::process::Command;
use tokio::sync::{Mutex, MutexGuard, OnceCell};

/// The program under test, on the database of this stack.
struct Importer {
    app: App,
    folder: PathBuf,
}

/// There is one import at a time in a database: tests take turns.
async fn importer(name: &str) -> (Importer, MutexGuard<'static, ()>) {
    static STACK: OnceCell<Stack> = OnceCell::const_new();
    static TURN: Mutex<()> = Mutex::const_new(());
    let turn = TURN.lock().await;
    let start = || async { Stack::start(options().expect("the programs are built")).await.expect("the stack starts") };
    let stack = STACK.get_or_init(start).await;
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("import").join(name);
    let _absent = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    (Importer { app: App::of(stack).unwrap(), folder }, turn)
}

impl Importer {
    fn command(&self, arguments: &[&str]) -> Command {
        let program = StackOptions::for_tests().unwrap().bin_dir.join("chatctl");
        let mut command = Command::new(program);
        command.args(["--output", "json", "import"]).args(arguments);
        command.env("DATABASE_URL", self.app.database_url()).env("JWT_SECRET", self.app.jwt_secret());
        let api = self.app.anon().request(Method::GET, "/").build().unwrap();
        command.env("API_URL", api.url().as_str());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        command
    }

    async fn run(&self, arguments: &[&str]) -> Output {
        let limit = Duration::from_mins(10);
        tokio::time::timeout(limit, self.command(arguments).output()).await.expect("chatctl ends").unwrap()
    }

    /// What it reports; it must end with this code.
    async fn report(&self, code: i32, arguments: &[&str]) -> Value {
        let output = self.run(arguments).await;
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(
            output.status.code(),
            Some(code),
            "{arguments:?}: {errors}\n{}",
            String::from_utf8_lossy(&output.stdout)
        );
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {errors}"))
    }

    /// Imports this file, whole and without a difference.
    async fn import(&self, from: &str, path: &str) -> Value {
        let report = self.report(0, &["run", "--from", from, path]).await;
        assert_no_difference(&report);
        report
    }
}

fn assert_no_difference(report: &Value) {
    let differences = report["differences"].as_object().expect("a report says what differs");
    assert!(differences.len() > 5 && differences.values().all(|count| count == 0), "{differences:?}");
}
