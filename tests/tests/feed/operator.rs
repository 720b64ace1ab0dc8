//! Who has the feed for the time of a test, and runs `chatctl` on it.

use std::process::Output;

use chat_bus::{Bus, NatsOptions};
use chat_e2e::{App, PATIENCE, Role, StackOptions, shared_stack};
use chat_protocol::subjects::EVENTS_STREAM;
use tokio::process::Command;
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::timeout;

/// The stack has one feed, and consumers whose names are fixed.
static FEED: Mutex<()> = Mutex::const_new(());

/// The feed, for one test at a time.
pub struct Feed {
    /// The stack as people see it.
    pub app: App,
    /// Where NATS is, without a user.
    pub nats_address: String,
    /// The password of the user `reader`.
    pub reader_password: String,
    _alone: MutexGuard<'static, ()>,
}

impl Feed {
    /// Waits until no other test has it.
    pub async fn take() -> Self {
        let alone = FEED.lock().await;
        let stack = shared_stack().await;
        let (_, address) = stack.nats_url().rsplit_once('@').expect("the URL names a user");
        Self {
            app: App::shared().await,
            nats_address: format!("nats://{address}"),
            reader_password: stack.nats_password("reader").unwrap().to_owned(),
            _alone: alone,
        }
    }

    /// Makes a consumer anew, to begin where these options say.
    pub async fn create(&self, name: &str, options: &[&str]) {
        // There may be none.
        let _ = self.operate(&["feed", "remove", name]).await;
        let made = self.operate(&["feed", "create", name].iter().chain(options).copied().collect::<Vec<_>>()).await;
        assert!(made.status.success(), "{}", said(&made));
    }

    /// Runs `chatctl` as an operator.
    pub async fn operate(&self, arguments: &[&str]) -> Output {
        chatctl(arguments, &[("NATS_URL", self.app.operator_url())]).await
    }

    /// Publishes again from the database, as persistence does; what it said.
    pub async fn republish(&self, arguments: &[&str]) -> String {
        let stack = shared_stack().await;
        let nats = stack.nats_url_as("persistence").unwrap();
        let database = stack.role_url(Role::Persistence).unwrap();
        let arguments: Vec<_> = ["republish", "--rate", "100000"].iter().chain(arguments).copied().collect();
        let done = chatctl(&arguments, &[("NATS_URL", &nats), ("DATABASE_URL", database)]).await;
        assert!(done.status.success(), "{}", said(&done));
        said(&done)
    }

    /// Somebody who may everything on NATS.
    pub async fn developer(&self) -> Bus {
        let url = shared_stack().await.nats_url().to_owned();
        Bus::connect(&NatsOptions { url, user: None, password: None, name: "test".to_owned() }).await.unwrap()
    }

    /// The stream is lost, with all consumers.
    pub async fn lose_stream(&self) {
        self.developer().await.jetstream().delete_stream(EVENTS_STREAM).await.unwrap();
    }
}

async fn chatctl(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let program = StackOptions::for_tests().unwrap().bin_dir.join("chatctl");
    let run = Command::new(program).args(arguments).envs(environment.iter().copied()).kill_on_drop(true).output();
    timeout(PATIENCE * 3, run).await.expect("chatctl ends in time").expect("chatctl runs")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
