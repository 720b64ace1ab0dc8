//! Somebody who runs `chatctl` on the stack of this program.

use std::process::{Output, Stdio};

use chat_e2e::{App, PATIENCE, Role, Service, Stack, StackOptions, options};
use serde_json::Value;
use tokio::process::Command;
use tokio::sync::OnceCell;
use tokio::time::timeout;

/// An operator, with the rights of one.
pub struct Operator {
    pub app: App,
    pub stack: &'static Stack,
    variables: Vec<(&'static str, String)>,
}

impl Operator {
    /// On the stack that the tests of this program share: its background work is quick.
    pub async fn new() -> Self {
        static STACK: OnceCell<Stack> = OnceCell::const_new();
        let start = || async {
            let options = options()?.env(Service::Api, "ATTACHMENT_SWEEP_MS", "200").env(
                Service::Persistence,
                "IDLE_ADVANCE_MS",
                "300",
            );
            Stack::start(options).await
        };
        let stack = STACK.get_or_try_init(start).await.unwrap();
        let app = App::of(stack).unwrap();
        let objects = stack.options().data_dir.join("attachments").display().to_string();
        let variables = vec![
            ("DATABASE_URL", stack.role_url(Role::Owner).unwrap().to_owned()),
            ("NATS_URL", app.operator_url().to_owned()),
            ("ATTACHMENTS_DIR", objects),
            ("JWT_SECRET", app.jwt_secret().to_owned()),
        ];
        Self { app, stack, variables }
    }

    /// The same, with one variable other than it should be.
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.variables.retain(|(known, _)| *known != name);
        self.variables.push((name, value.into()));
        self
    }

    /// Runs `chatctl`, whatever comes of it.
    pub async fn run(&self, arguments: &[&str]) -> Output {
        let program = StackOptions::for_tests().unwrap().bin_dir.join("chatctl");
        let mut command = Command::new(program);
        command.args(arguments).env_clear().envs(self.variables.iter().map(|(name, value)| (name, value)));
        let output = command.stdin(Stdio::null()).kill_on_drop(true).output();
        timeout(PATIENCE * 3, output).await.expect("chatctl ends").expect("chatctl runs")
    }

    /// What it prints; it must succeed.
    pub async fn ask(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments).await;
        assert!(output.status.success(), "{arguments:?}: {}", said(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// The same as JSON.
    pub async fn ask_json(&self, arguments: &[&str]) -> Value {
        let arguments: Vec<_> = ["--output", "json"].into_iter().chain(arguments.iter().copied()).collect();
        serde_json::from_str(&self.ask(&arguments).await).unwrap()
    }
}

/// What a run has said on both channels.
pub fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
