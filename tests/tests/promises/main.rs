//! The promises under failures that come to the very spot: each is a scenario that says whether the promise was kept. Scenarios run
//! twice: with the services as they are, and with one mistake switched on that the scenario must notice.

mod changes;
mod full;
mod lost_answers;
mod lost_events;
mod mutants;
mod order;
mod poison;
mod presence;
mod removal_cut_off;
mod resume;
mod revocations;
mod revocations_cut_off;
mod revocations_users;
mod together;

use std::fmt;
use std::sync::Arc;

use chat_e2e::{
    App, Instances, PATIENCE, Process, Relay, Service, Signal, Socket, Stack, StackOptions, User, counter, options,
};
use chat_protocol::partition::Partition;
use serde_json::{Value, json};
use tokio::sync::{Mutex, MutexGuard, OnceCell};
use tokio::time::timeout;

/// One test at a time: deadlines are measured.
static TURN: Mutex<()> = Mutex::const_new(());
/// What a service logs whose build has failpoints, and some are on.
const FAILS_ON_PURPOSE: &str = "this build fails on purpose";
/// Events that the rings of these tests hold.
const RING_EVENTS: usize = 32;
/// Events that a resume of these tests brings at the most.
const MAX_RESUME_EVENTS: i64 = 150;

/// A promise was broken: how.
#[derive(Debug)]
struct Violation(String);

/// Whether a promise was kept.
type Kept = Result<(), Violation>;

/// Kept if the condition holds.
fn ensure(condition: bool, otherwise: impl fmt::Display) -> Kept {
    if condition { Ok(()) } else { Err(Violation(otherwise.to_string())) }
}

/// Two people with a conversation, while no other test runs.
struct Scene {
    stack: Arc<Stack>,
    app: App,
    ada: User,
    ben: User,
    direct: String,
    _turn: MutexGuard<'static, ()>,
}

impl Scene {
    /// On a stack that nobody breaks for long; events with `lost on its way` do not reach its gateways.
    async fn shared() -> Self {
        static STACK: OnceCell<Arc<Stack>> = OnceCell::const_new();
        let turn = TURN.lock().await;
        let options = failing(small_rings(), Service::Gateway, "gateway.lose_event=return");
        let stack = STACK.get_or_init(|| async { Arc::new(start(options).await) }).await;
        Self::of(stack.clone(), turn).await
    }

    /// On a stack of its own.
    async fn on(options: StackOptions) -> Self {
        let turn = TURN.lock().await;
        Self::of(Arc::new(start(options).await), turn).await
    }

    /// On a stack of its own, in which a service's way to NATS can be broken.
    async fn relayed(service: Service, options: StackOptions) -> (Relay, Self) {
        let turn = TURN.lock().await;
        let failing = failing_services(&options);
        let (relay, stack) = Relay::before(service, options).await.expect("the stack starts");
        assert_fails_on_purpose(&stack, &failing);
        (relay, Self::of(Arc::new(stack), turn).await)
    }

    async fn of(stack: Arc<Stack>, turn: MutexGuard<'static, ()>) -> Self {
        let app = App::of(&stack).expect("a started stack has addresses");
        let [ada, ben] = app.users(["Ada", "Ben"]).await;
        let direct = ada.direct_with(&ben).await;
        Self { stack, app, ada, ben, direct, _turn: turn }
    }

    /// Ends a stack of one's own; whatever still runs of it ends in order.
    async fn strike(self) {
        self.stack.stop().await.expect("the stack stops");
    }

    fn apis(&self) -> impl Iterator<Item = &Process> {
        self.stack.instances(Service::Api).iter().map(|instance| &instance.process)
    }

    /// Nobody answers questions about logs.
    async fn halt_apis(&self) {
        for api in self.apis() {
            halt(api).await;
        }
    }

    /// The halted apis answer again.
    async fn go_on_with_apis(&self) {
        for api in self.apis() {
            go_on(api).await;
        }
    }

    fn workers(&self) -> impl Iterator<Item = &Process> {
        self.stack.instances(Service::Persistence).iter().map(|instance| &instance.process)
    }

    /// The worker that holds the conversation's partition.
    async fn owner(&self) -> &Process {
        let mut database = self.app.database().await;
        let owner = database.owner_of(self.partition()).await.expect("somebody owns the partition");
        database.close().await;
        // A process has the name of its instance, and digits of its own.
        let is_owner = |worker: &&Process| owner.starts_with(&format!("{}-", worker.name()));
        self.workers().find(is_owner).expect("the owner is one of the workers")
    }

    fn partition(&self) -> u8 {
        Partition::of_conversation(self.direct.parse().expect("an id")).get()
    }

    /// What a gateway, counted from 0, has counted.
    async fn counted(&self, gateway: usize, name: &str, label: Option<&str>) -> u64 {
        counter(&self.stack.instances(Service::Gateway)[gateway], name, label).await
    }

    /// How many messages say this.
    async fn count_content(&self, content: &str) -> i64 {
        let mut database = self.app.database().await;
        let count = database.count_content(content).await;
        database.close().await;
        count
    }

    /// Ada says so many things through a gateway and has the answers.
    async fn fill(&self, gateway: usize, count: usize) {
        let mut socket = self.ada.open(gateway, &self.direct).await;
        let frames: Vec<_> = (0..count).map(|number| said(&format!("filling {number}"), None)).collect();
        // More at once could overtake Ada herself.
        for burst in frames.chunks(RING_EVENTS / 2) {
            socket.send_all(burst.iter().cloned()).await;
            for _ in burst {
                socket.expect("message_sent").await;
            }
        }
        socket.close().await;
    }
}

/// The frame that says something.
fn said(content: &str, client_id: Option<&str>) -> Value {
    json!({"type": "send_message", "content": content, "client_id": client_id})
}

/// The position of an event's frame; none for other frames.
fn seq_of(frame: &Value) -> Option<i64> {
    match frame["type"].as_str() {
        Some("message_received") => frame["message"]["seq"].as_i64(),
        Some("conversation_created") => frame["seq"].as_i64(),
        _ => None,
    }
}

/// The next message of the conversation on a socket.
async fn next_message(socket: &mut Socket) -> Value {
    socket.messages(1).await.remove(0)
}

/// Whether the process was stopped by a signal and not yet continued.
fn is_halted(process: &Process) -> bool {
    let stat = process.pid().and_then(|pid| std::fs::read_to_string(format!("/proc/{pid}/stat")).ok());
    stat.and_then(|stat| stat.rsplit_once(") ").map(|(_, rest)| rest.starts_with('T'))).unwrap_or_default()
}

/// Halts a process: when this returns, it stands still.
async fn halt(process: &Process) {
    process.kill(Signal::SIGSTOP).await.expect("a running process can be halted");
    let halted = async {
        while !is_halted(process) {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, halted).await.expect("it stands still");
}

/// Lets a halted process go on.
async fn go_on(process: &Process) {
    assert!(is_halted(process), "it was halted all the time");
    process.kill(Signal::SIGCONT).await.expect("a halted process can go on");
}

fn small_rings() -> StackOptions {
    let options = options().expect("the programs' place is known");
    options
        .env(Service::Gateway, "RING_EVENTS", RING_EVENTS.to_string())
        .env(Service::Gateway, "MAX_RESUME_EVENTS", MAX_RESUME_EVENTS.to_string())
        .env(Service::Gateway, "HOLE_TIMEOUT_MS", "3000")
}

/// So many workers, on otherwise ordinary stacks.
fn workers(persistence: u16) -> StackOptions {
    let options = options().expect("the programs' place is known");
    options.instances(Instances { persistence, presence: 0, ..Instances::default() })
}

/// With failpoints of a service.
fn failing(options: StackOptions, service: Service, points: &str) -> StackOptions {
    options.env(service, "FAILPOINTS", points)
}

/// Starts a stack, and makes sure that the failpoints that it was given are there.
async fn start(options: StackOptions) -> Stack {
    let failing = failing_services(&options);
    let stack = Stack::start(options).await.expect("the stack starts");
    assert_fails_on_purpose(&stack, &failing);
    stack
}

fn failing_services(options: &StackOptions) -> Vec<Service> {
    options.service_env.iter().filter(|(_, name, _)| name == "FAILPOINTS").map(|(service, ..)| *service).collect()
}

fn assert_fails_on_purpose(stack: &Stack, failing: &[Service]) {
    for instance in failing.iter().flat_map(|service| stack.instances(*service)) {
        let log = std::fs::read_to_string(instance.process.log_path()).expect("a running process has a log");
        let name = instance.process.name();
        assert!(log.contains(FAILS_ON_PURPOSE), "{name} was built without failpoints: use make test");
    }
}
