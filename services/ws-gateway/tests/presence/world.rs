//! What the stories are told with. Times are a tenth or less of the real ones.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_nats::Subscriber;
use chat_bus::rpc::{RpcError, RpcService};
use chat_bus::{Bus, NatsOptions};
use chat_protocol::ids::UserId;
use chat_protocol::presence::{
    Acquaintance, AcquaintancesRequest, AcquaintancesResponse, Choice, ChoicesRequest, ChoicesResponse, ChosenStatus,
    LeaseBody, LeaseUpdate, PresenceRow, PresenceSnapshot, PresenceStatus, SnapshotRequest, SnapshotResponse,
    UserPresence, UserStatusChange,
};
use chat_protocol::subjects;
use chat_runtime::lifecycle::Lifecycle;
use chat_stack::{Instances, Process, Service, Signal, Stack, StackOptions};
use chat_ws_gateway::presence::{Presence, PresenceSection, Stay, Watch};
use futures_util::StreamExt as _;
use parking_lot::Mutex;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::{Notify, watch};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(20);

pub fn user(id: i64) -> UserId {
    UserId::new(id).unwrap()
}

pub fn choice(id: i64, status: ChosenStatus, version: i64) -> Choice {
    Choice { user_id: user(id), status, version }
}

fn people(ids: impl IntoIterator<Item = i64>) -> Vec<Acquaintance> {
    ids.into_iter().map(|id| Acquaintance { user_id: user(id), last_seen: None }).collect()
}

/// A broker of one's own, and two presence services that may be started.
pub struct World(Stack);

impl World {
    pub async fn start() -> Self {
        let times = [
            ("PRESENCE_LEASE_TTL_MS", "2000"),
            ("PRESENCE_GRACE_MS", "300"),
            ("PRESENCE_LISTEN_MS", "400"),
            ("PRESENCE_FLUSH_MS", "50"),
        ];
        let options = StackOptions::for_tests().unwrap();
        let options = options.instances(Instances { gateways: 0, persistence: 0, api: 0, presence: 2 });
        let add = |options: StackOptions, (name, value)| options.env(Service::Presence, name, value);
        let stack = Stack::prepare(times.into_iter().fold(options, add)).await.unwrap();
        stack.nats().start(PATIENCE).await.unwrap();
        Self(stack)
    }

    /// The same with one presence service.
    pub async fn with_presence() -> Self {
        let world = Self::start().await;
        world.start_presence(0).await;
        world
    }

    fn presence(&self, index: usize) -> &Process {
        &self.0.instance(Service::Presence, index).unwrap().process
    }

    pub async fn start_presence(&self, index: usize) {
        self.presence(index).start(PATIENCE).await.unwrap();
    }

    pub async fn kill_presence(&self, index: usize) {
        self.presence(index).kill(Signal::SIGKILL).await.unwrap();
    }

    pub async fn kill_nats(&self) {
        self.0.nats().kill(Signal::SIGKILL).await.unwrap();
    }

    pub async fn start_nats(&self) {
        self.0.nats().start(PATIENCE).await.unwrap();
    }

    async fn connect(&self, name: &str) -> Bus {
        connect(self.0.nats_url(), name).await
    }
}

async fn connect(url: &str, name: &str) -> Bus {
    let options = NatsOptions { url: url.to_owned(), user: None, password: None, name: name.to_owned() };
    Bus::connect(&options).await.unwrap()
}

/// A way to the broker that can be cut.
pub struct Link {
    url: String,
    is_open: watch::Sender<bool>,
}

impl Link {
    pub async fn start(world: &World) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (login, broker) = world.0.nats_url().rsplit_once('@').unwrap();
        let (url, broker) = (format!("{login}@{}", listener.local_addr().unwrap()), broker.to_owned());
        let (is_open, state) = watch::channel(true);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(client, broker.clone(), state.clone()));
            }
        });
        Self { url, is_open }
    }

    pub fn cut(&self) {
        self.is_open.send_replace(false);
    }

    pub fn mend(&self) {
        self.is_open.send_replace(true);
    }
}

/// Carries one connection as long as the link is open.
async fn carry(mut client: TcpStream, broker: String, mut is_open: watch::Receiver<bool>) {
    let carrying = async {
        let mut server = TcpStream::connect(broker).await?;
        tokio::io::copy_bidirectional(&mut client, &mut server).await
    };
    tokio::select! {
        _ = carrying => {}
        _ = is_open.wait_for(|is_open| !is_open) => {}
    }
}

/// The presence of one gateway, in a runtime of its own, so that it can die at once.
pub struct Gateway {
    presence: Presence,
    lifecycle: Lifecycle,
    bus: Bus,
    leases: tokio::sync::Mutex<Subscriber>,
    runtime: Option<Runtime>,
}

impl Gateway {
    pub async fn start(world: &World, name: &str) -> Self {
        Self::start_at(world, world.0.nats_url(), name).await
    }

    /// One that reaches the broker over this link.
    pub async fn start_over(world: &World, link: &Link, name: &str) -> Self {
        Self::start_at(world, &link.url, name).await
    }

    async fn start_at(world: &World, url: &str, name: &str) -> Self {
        let instance = name.parse().unwrap();
        let bus = world.connect("observer").await;
        let leases = bus.client().subscribe(subjects::presence_lease(&instance)).await.unwrap();
        bus.flush().await.unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let lifecycle = Lifecycle::new();
        let (inside, url) = (lifecycle.clone(), url.to_owned());
        let started = runtime.spawn(async move {
            let bus = connect(&url, instance.as_str()).await;
            let section = PresenceSection { presence_lease_interval_ms: 150 };
            Presence::start(&bus, &instance, &section, &inside)
        });
        let presence = started.await.unwrap();
        Self { presence, lifecycle, bus, leases: tokio::sync::Mutex::new(leases), runtime: Some(runtime) }
    }

    pub fn enter(&self, id: i64) -> Stay {
        self.enter_as(id, ChosenStatus::Online, 0)
    }

    pub fn enter_as(&self, id: i64, status: ChosenStatus, version: i64) -> Stay {
        self.presence.enter(user(id), status, version)
    }

    pub fn watch(&self, ids: impl IntoIterator<Item = i64>) -> Watcher {
        let news = Arc::new(Notify::new());
        let wake = news.clone();
        let watch = self.presence.watch(user(1000), &people(ids), move || wake.notify_one());
        Watcher { watch, news, known: HashMap::new(), has_snapshot: false, is_in_doubt: false }
    }

    /// All gateways hear of a choice.
    pub async fn choose(&self, choice: Choice) {
        let payload = serde_json::to_vec(&choice).unwrap().into();
        self.bus.client().publish(subjects::PRESENCE_STATUS, payload).await.unwrap();
        self.bus.flush().await.unwrap();
    }

    pub async fn acquaintances(&self, id: i64) -> Vec<Acquaintance> {
        timeout(PATIENCE, self.presence.acquaintances(user(id))).await.expect("they are read in time")
    }

    /// Waits for an update of this gateway's lease.
    pub async fn next_lease(&self, is_wanted: impl Fn(&LeaseBody) -> bool) {
        let mut leases = self.leases.lock().await;
        let waiting = async {
            loop {
                let message = leases.next().await.unwrap();
                let update: LeaseUpdate = serde_json::from_slice(&message.payload).unwrap();
                if is_wanted(&update.body) {
                    return;
                }
            }
        };
        timeout(PATIENCE, waiting).await.expect("the lease is updated in time");
    }

    pub fn stop(&self) {
        self.lifecycle.request_stop();
        self.lifecycle.tracker().close();
    }

    /// Waits until nothing of it runs any more.
    pub async fn stopped(&self) {
        timeout(PATIENCE, self.lifecycle.tracker().wait()).await.expect("it stops in time");
    }

    /// It dies without a word.
    pub fn kill(self) {
        drop(self);
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// A socket that is told of presence.
pub struct Watcher {
    watch: Watch,
    news: Arc<Notify>,
    known: HashMap<UserId, PresenceRow>,
    has_snapshot: bool,
    is_in_doubt: bool,
}

impl Watcher {
    pub fn set_people(&self, ids: impl IntoIterator<Item = i64>) {
        self.watch.set_people(&people(ids));
    }

    /// Whether whom the person may see is to be read again, since the last call.
    pub fn take_doubt(&mut self) -> bool {
        self.take_news();
        std::mem::take(&mut self.is_in_doubt)
    }

    pub fn has_snapshot(&mut self) -> bool {
        self.take_news();
        self.has_snapshot
    }

    fn take_news(&mut self) {
        let Some(news) = self.watch.take_news() else { return };
        self.is_in_doubt |= news.is_in_doubt;
        for frame in news.frames {
            if let Ok(part) = serde_json::from_str::<PresenceSnapshot>(&frame) {
                assert!(!std::mem::replace(&mut self.has_snapshot, true), "one snapshot");
                self.known = part.users.iter().map(|row| (row.user_id, *row)).collect();
            } else {
                let row = serde_json::from_str::<UserStatusChange>(&frame).unwrap().row;
                assert!(self.has_snapshot, "the snapshot comes first");
                let before = self.known.insert(row.user_id, row);
                assert_ne!(before, Some(row), "nothing is told twice");
            }
        }
    }

    /// Waits for the snapshot; returns the statuses in it, by id.
    pub async fn snapshot(&mut self) -> Vec<(i64, PresenceStatus)> {
        let waiting = async {
            while !self.has_snapshot() {
                self.news.notified().await;
            }
        };
        timeout(PATIENCE, waiting).await.expect("the snapshot comes in time");
        let mut rows: Vec<_> = self.known.values().map(|row| (row.user_id.get(), row.status)).collect();
        rows.sort_unstable();
        rows
    }

    /// What was told of somebody last.
    pub fn status(&self, id: i64) -> Option<PresenceStatus> {
        self.known.get(&user(id)).map(|row| row.status)
    }

    /// Takes changes until somebody is told to have this status.
    pub async fn until(&mut self, id: i64, status: PresenceStatus) -> PresenceRow {
        timeout(PATIENCE, async {
            loop {
                self.take_news();
                match self.known.get(&user(id)) {
                    Some(row) if row.status == status => return *row,
                    _ => self.news.notified().await,
                }
            }
        })
        .await
        .unwrap_or_else(|_| panic!("{id} is not told to be {status:?}"))
    }
}

/// An api that answers what gateways ask about presence: somebody has five acquaintances, two a page.
pub struct Api(Arc<Answers>);

#[derive(Default)]
struct Answers {
    choices: Mutex<HashMap<UserId, Choice>>,
    asked_after: Mutex<Vec<Option<UserId>>>,
    fails_first: AtomicBool,
}

impl Api {
    pub async fn start(world: &World) -> Self {
        let bus = world.connect("api").await;
        let service = Arc::new(RpcService::start(&bus, "api", "0.0.0").await.unwrap());
        let answers = Arc::new(Answers::default());
        let (choosing, serving) = (answers.clone(), service.clone());
        tokio::spawn(async move {
            let answer = move |request| {
                let answer = choosing.choices(&request);
                async move { Ok(answer) }
            };
            serving.serve("choices", CancellationToken::new(), answer).await
        });
        let meeting = answers.clone();
        tokio::spawn(async move {
            let answer = move |request| {
                let answer = meeting.acquaintances(request);
                async move { answer }
            };
            service.serve("acquaintances", CancellationToken::new(), answer).await
        });
        Self(answers)
    }

    pub fn chosen(&self, choice: Choice) {
        self.0.choices.lock().insert(choice.user_id, choice);
    }

    pub fn fails_first(&self) {
        self.0.fails_first.store(true, Ordering::Relaxed);
    }

    pub fn asked_after(&self) -> Vec<Option<UserId>> {
        self.0.asked_after.lock().clone()
    }
}

impl Answers {
    fn choices(&self, request: &ChoicesRequest) -> ChoicesResponse {
        let choices = self.choices.lock();
        ChoicesResponse { choices: request.user_ids.iter().filter_map(|id| choices.get(id).copied()).collect() }
    }

    fn acquaintances(&self, request: AcquaintancesRequest) -> Result<AcquaintancesResponse, RpcError> {
        self.asked_after.lock().push(request.after);
        if self.fails_first.swap(false, Ordering::Relaxed) {
            return Err(RpcError::Unavailable("not yet".to_owned()));
        }
        let after = request.after.map_or(0, UserId::get);
        let people = people((after + 1..=5).take(2));
        let next = people.last().map(|last| last.user_id).filter(|_| after + 2 < 5);
        Ok(AcquaintancesResponse { people, next })
    }
}

/// A presence service that does not answer the first question about people, and then says that all are away.
pub async fn start_hesitant_presence(world: &World) {
    let bus = world.connect("presence").await;
    let service = RpcService::start(&bus, "presence", "0.0.0").await.unwrap();
    let has_hesitated = AtomicBool::new(false);
    tokio::spawn(async move {
        let answer = move |request: SnapshotRequest| {
            let hesitates = !has_hesitated.swap(true, Ordering::Relaxed);
            let as_of = chrono::DateTime::UNIX_EPOCH.into();
            let away = |user_id| UserPresence { user_id, status: PresenceStatus::Away, last_seen: None, as_of };
            let users = request.user_ids.into_iter().map(away).collect();
            let answer = if hesitates { Err(RpcError::Unavailable("not yet".to_owned())) } else { Ok(users) };
            async move { answer.map(|users| SnapshotResponse { users }) }
        };
        service.serve("snapshot", CancellationToken::new(), answer).await
    });
    bus.flush().await.unwrap();
}
