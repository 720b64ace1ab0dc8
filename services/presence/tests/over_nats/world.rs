//! What the stories are told with. Times are a tenth or less of the real ones.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chat_bus::{Bus, NatsOptions};
use chat_presence::Config;
use chat_protocol::ids::{InstanceId, UserId};
use chat_protocol::presence::{
    ChosenStatus, DIFFS_WILDCARD, LeaseBook, LeaseReply, LeaseUpdate, LeaseWish, PresenceDiff, PresenceStatus,
    UserPresence,
};
use chat_protocol::subjects;
use chat_protocol::time::Timestamp;
use chat_runtime::clock::{Clock as _, SystemClock};
use chat_runtime::lifecycle::Lifecycle;
use chat_stack::{Process, Stack, StackOptions};
use clap::Parser as _;
use futures_util::StreamExt as _;
use tokio::sync::{Mutex, broadcast};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(20);
const TICK: Duration = Duration::from_millis(25);

pub fn user(id: i64) -> UserId {
    UserId::new(id).unwrap()
}

fn now() -> Timestamp {
    SystemClock.now().into()
}

/// A broker of one's own.
pub struct Nats(Stack);

impl Nats {
    pub async fn start() -> Self {
        let stack = Stack::prepare(StackOptions::for_tests().unwrap()).await.unwrap();
        stack.nats().start(PATIENCE).await.unwrap();
        Self(stack)
    }

    pub fn process(&self) -> &Process {
        self.0.nats()
    }

    pub async fn connect(&self, name: &str) -> Bus {
        let url = self.0.nats_url().to_owned();
        let options = NatsOptions { url, user: None, password: None, name: name.to_owned() };
        Bus::connect(&options).await.unwrap()
    }
}

/// One instance of the service, in this process.
pub struct Service(Lifecycle, Option<tokio::runtime::Runtime>);

impl Service {
    pub async fn start(nats: &Nats, name: &str) -> Self {
        let config = Config::try_parse_from([
            "presence",
            "--nats-url",
            nats.0.nats_url(),
            "--instance-id",
            name,
            "--presence-lease-ttl-ms",
            "1500",
            "--presence-grace-ms",
            "300",
            "--presence-listen-ms",
            "400",
            "--presence-flush-ms",
            "50",
        ])
        .unwrap();
        // A runtime of its own, so that it can die at once.
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let lifecycle = Lifecycle::new();
        let inside = lifecycle.clone();
        let started = runtime.spawn(async move { chat_presence::run(&config, &inside).await });
        started.await.unwrap().unwrap();
        Self(lifecycle, Some(runtime))
    }

    pub async fn wait_ready(&self) {
        self.wait_until(true).await;
    }

    pub async fn wait_not_ready(&self) {
        self.wait_until(false).await;
    }

    async fn wait_until(&self, ready: bool) {
        let waiting = async {
            while self.0.ready().is_ready() != ready {
                sleep(TICK).await;
            }
        };
        timeout(PATIENCE, waiting).await.expect("readiness changes in time");
        assert!(!self.0.stop().is_cancelled(), "no task has failed");
    }

    /// It dies without a word.
    pub fn kill(self) {
        drop(self);
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        if let Some(runtime) = self.1.take() {
            runtime.shutdown_background();
        }
    }
}

/// A gateway that does what `LeaseBook` asks of it.
pub struct Gateway {
    book: Arc<std::sync::Mutex<LeaseBook>>,
    wishes: Mutex<broadcast::Receiver<LeaseWish>>,
    task: JoinHandle<()>,
}

impl Gateway {
    pub async fn start(nats: &Nats, name: &str) -> Self {
        let name: InstanceId = name.parse().unwrap();
        let book = Arc::new(std::sync::Mutex::new(LeaseBook::new(name.clone(), now())));
        let (heard, wishes) = broadcast::channel(64);
        let bus = nats.connect(name.as_str()).await;
        let task = tokio::spawn(keep_lease(bus, name, book.clone(), heard));
        Self { book, wishes: Mutex::new(wishes), task }
    }

    pub fn open(&self, id: i64) {
        self.book.lock().unwrap().open(user(id), ChosenStatus::Online, 0);
    }

    pub fn close(&self, id: i64) {
        self.book.lock().unwrap().close(user(id), now());
    }

    pub fn choose(&self, id: i64, status: ChosenStatus, version: i64) {
        self.book.lock().unwrap().choose(user(id), status, version);
    }

    pub async fn wait_for(&self, wish: LeaseWish) {
        let mut wishes = self.wishes.lock().await;
        let waiting = async { while wishes.recv().await.unwrap() != wish {} };
        timeout(PATIENCE, waiting).await.expect("the wish comes in time");
    }

    pub fn kill(self) {
        self.task.abort();
    }
}

async fn keep_lease(
    bus: Bus,
    name: InstanceId,
    book: Arc<std::sync::Mutex<LeaseBook>>,
    heard: broadcast::Sender<LeaseWish>,
) {
    let inbox = bus.client().new_inbox();
    let mut replies = bus.client().subscribe(inbox.clone()).await.unwrap();
    let mut ticks = tokio::time::interval(TICK);
    let mut turn = 0_u32;
    loop {
        let updates: Vec<LeaseUpdate> = tokio::select! {
            _ = ticks.tick() => {
                turn += 1;
                let mut book = book.lock().unwrap();
                let mut updates = book.take_changes(now());
                if turn.is_multiple_of(8) {
                    updates.push(book.heartbeat(now()));
                }
                updates
            }
            Some(reply) = replies.next() => {
                // The broker's own "nobody is listening" comes here too.
                let Ok(reply) = serde_json::from_slice::<LeaseReply>(&reply.payload) else { continue };
                let updates = match reply.wish {
                    LeaseWish::FullSet => book.lock().unwrap().full_set(now()),
                    LeaseWish::Refresh => Vec::new(),
                };
                // Nobody may be waiting for it.
                heard.send(reply.wish).ok();
                updates
            }
        };
        for update in updates {
            let payload = serde_json::to_vec(&update).unwrap().into();
            let subject = subjects::presence_lease(&name);
            bus.client().publish_with_reply(subject, inbox.clone(), payload).await.unwrap();
        }
    }
}

/// What others see of a statement.
fn shown(statement: &UserPresence) -> (PresenceStatus, Option<Timestamp>) {
    (statement.status, statement.last_seen)
}

/// Somebody who hears all diffs. Two instances that speak at once say the same twice; it is told once.
pub struct Watcher {
    statements: tokio::sync::mpsc::UnboundedReceiver<UserPresence>,
    told: HashMap<UserId, UserPresence>,
}

impl Watcher {
    pub async fn start(nats: &Nats) -> Self {
        let bus = nats.connect("watcher").await;
        let mut diffs = bus.client().subscribe(DIFFS_WILDCARD).await.unwrap();
        bus.flush().await.unwrap();
        let (heard, statements) = tokio::sync::mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Some(message) = diffs.next().await {
                let diff: PresenceDiff = serde_json::from_slice(&message.payload).unwrap();
                for statement in diff.users {
                    // A test that has ended hears no more.
                    heard.send(statement).ok();
                }
            }
            drop(bus);
        });
        Self { statements, told: HashMap::new() }
    }

    /// What is said of somebody next that differs from what was said last.
    pub async fn next_about(&mut self, id: i64) -> UserPresence {
        let waiting = async {
            loop {
                let statement = self.statements.recv().await.unwrap();
                let before = self.told.insert(statement.user_id, statement);
                let is_news = before.is_none_or(|before| shown(&before) != shown(&statement));
                if statement.user_id == user(id) && is_news {
                    return statement;
                }
            }
        };
        timeout(PATIENCE, waiting).await.expect("something is said in time")
    }
}
