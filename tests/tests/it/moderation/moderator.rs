//! Moderators: the example in `examples/moderation`, as a process; and one that answers what a test wants.

use std::future::Future;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use async_nats::ConnectOptions;
use async_nats::client::RequestErrorKind;
use async_nats::service::ServiceExt as _;
use chat_e2e::{PATIENCE, Stack};
use chat_protocol::permissions::NatsUser;
use futures_util::StreamExt as _;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::task::{JoinHandle, yield_now};
use tokio::time::timeout;

/// The example, which refuses `spam` and blanks `darn`.
pub struct WordFilter(Child);

impl WordFilter {
    /// Starts it and waits until it judges.
    pub async fn start(stack: &Stack) -> Result<Self> {
        let mut command = Command::new(program()?);
        command.args(["--refuse", "spam,scam", "--blank", "darn"]).stdout(Stdio::piped()).kill_on_drop(true);
        let login = [("NATS_URL", address(stack)?), ("NATS_PASSWORD", password(stack)?)];
        command.envs(login);
        let mut process = command.spawn().context("the example is built")?;
        let mut lines = BufReader::new(process.stdout.take().context("its output is ours")?).lines();
        let first = timeout(PATIENCE, lines.next_line()).await??;
        assert_eq!(first.as_deref(), Some("judging"));
        until_somebody_judges(stack).await?;
        Ok(Self(process))
    }

    /// Kills it.
    pub async fn kill(mut self) {
        self.0.kill().await.expect("it can be killed");
    }
}

/// Waits until the broker knows of a moderator: asks about harmless words until there is somebody, who need not answer.
async fn until_somebody_judges(stack: &Stack) -> Result<()> {
    let login = stack.nats_url().split_once("://").and_then(|(_, rest)| rest.rsplit_once('@')).context("a login")?.0;
    let (user, password) = login.split_once(':').context("the login has a password")?;
    let login = ConnectOptions::with_user_and_password(user.to_owned(), password.to_owned());
    let client = login.connect(address(stack)?).await?;
    let asking = async {
        loop {
            let asked = client.request("chat.rpc.moderation.check", r#"{"content": "0"}"#.into());
            match timeout(Duration::from_millis(100), asked).await {
                Ok(Err(error)) if error.kind() == RequestErrorKind::NoResponders => yield_now().await,
                _ => return,
            }
        }
    };
    Ok(timeout(PATIENCE, asking).await?)
}

/// Where NATS is, whoever one is there.
fn address(stack: &Stack) -> Result<String> {
    let (_, address) = stack.nats_url().rsplit_once('@').context("the URL names a user")?;
    Ok(address.to_owned())
}

fn password(stack: &Stack) -> Result<String> {
    Ok(stack.nats_password(NatsUser::Moderator.name())?.to_owned())
}

/// Beside this program's directory, where cargo puts what it builds.
fn program() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let built = own.parent().and_then(|dir| dir.parent()).context("tests run where they are built")?;
    Ok(built.join("word-filter"))
}

/// A moderator whose verdicts are the test's.
pub struct Fake {
    _connection: async_nats::Client,
    task: JoinHandle<()>,
}

impl Fake {
    /// Judges by `verdict`, any number of messages at once.
    pub async fn start<Judged>(stack: &Stack, verdict: impl Fn(Value) -> Judged + Send + 'static) -> Result<Self>
    where
        Judged: Future<Output = Value> + Send + 'static,
    {
        let user = NatsUser::Moderator.name().to_owned();
        let login = ConnectOptions::with_user_and_password(user, password(stack)?);
        let connection = login.connect(address(stack)?).await?;
        let service = connection.service_builder().start("chat-moderation", "0.0.1").await;
        let service = service.map_err(anyhow::Error::from_boxed)?;
        let mut questions = service.endpoint("chat.rpc.moderation.check").await.map_err(anyhow::Error::from_boxed)?;
        let task = tokio::spawn(async move {
            let _service = service;
            while let Some(question) = questions.next().await {
                let words = serde_json::from_slice(&question.message.payload).expect("questions are JSON");
                let verdict = verdict(words);
                tokio::spawn(async move {
                    let verdict = verdict.await.to_string();
                    // Whoever asked may be gone.
                    let _late = question.respond(Ok(verdict.into())).await;
                });
            }
        });
        until_somebody_judges(stack).await?;
        Ok(Self { _connection: connection, task })
    }

    /// Judges nothing any more.
    pub fn stop(self) {
        self.task.abort();
    }
}

/// How many questions were looked at at once, at the most.
#[derive(Clone, Default)]
pub struct Busiest(Arc<[AtomicUsize; 2]>);

/// A question that is being looked at.
pub struct Here(Busiest);

impl Busiest {
    /// One more question, until the answer.
    pub fn come_in(&self) -> Here {
        let [now, most] = &*self.0;
        most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        Here(self.clone())
    }

    /// At the most.
    pub fn most(&self) -> usize {
        self.0[1].load(Ordering::SeqCst)
    }
}

impl Drop for Here {
    fn drop(&mut self) {
        self.0.0[0].fetch_sub(1, Ordering::SeqCst);
    }
}
