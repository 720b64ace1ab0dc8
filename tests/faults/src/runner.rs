//! Runs a scenario: a stack of its own, people who talk, a quiet start, faults, healing, silence, final reads, the judgement.

mod arena;
mod final_reads;
mod ownership;
mod report;
mod settings;

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use chat_stack::{Instances, Service, Stack, StackOptions};
use futures_util::future::try_join_all;
use tokio::sync::Mutex;
use uuid::Uuid;

pub use arena::Arena;
pub use report::Report;
pub use settings::Settings;

use crate::check::{Invariant, Violation};
use crate::client::{Api, Person};
use crate::history::Recorder;
use crate::people::{Crowd, Doors, Habits, Mood};
use crate::site::Site;

/// How long people may take to sit down.
const GATHER_LIMIT: Duration = Duration::from_secs(30);
/// How long after the last fault everything may take to be answered and read.
const QUIESCE_LIMIT: Duration = Duration::from_secs(30);
/// How long people may take to leave.
const LEAVE_LIMIT: Duration = Duration::from_secs(30);
/// How long a process may take to start again.
const START_LIMIT: Duration = Duration::from_mins(1);
/// Most conversations that are made until every worker owns one.
const MAX_CONVERSATIONS: usize = 24;

/// What is to be run. One runs at a time in a program: they would disturb each other's deadlines.
#[derive(Debug, Clone)]
pub struct Scenario {
    name: &'static str,
    seed: u64,
    people: usize,
    devices: u32,
    conversations: usize,
    instances: Instances,
    habits: Habits,
    quiet_acks: u64,
    env: Vec<(Service, String, String)>,
    site: Option<Site>,
    readers: usize,
    keeps_at: Option<PathBuf>,
}

impl Scenario {
    /// Four people in three conversations, two gateways, two workers, 200 messages a second. The seed comes from `SEED`, else it is new.
    #[must_use]
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            seed: Settings::read().seed.unwrap_or_else(rand::random),
            people: 4,
            devices: 1,
            conversations: 3,
            instances: Instances { gateways: 2, persistence: 2, api: 1, presence: 0 },
            habits: Habits::default(),
            quiet_acks: 100,
            env: Vec::new(),
            site: None,
            readers: usize::MAX,
            keeps_at: None,
        }
    }

    /// The seed, for further chances of a nemesis.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// How many people; each sits in every conversation.
    #[must_use]
    pub fn people(mut self, people: usize) -> Self {
        self.people = people;
        self
    }

    /// How many devices each of them has.
    #[must_use]
    pub fn devices(mut self, devices: u32) -> Self {
        self.devices = devices;
        self
    }

    /// How many conversations at least; more are made until every worker owns one.
    #[must_use]
    pub fn conversations(mut self, conversations: usize) -> Self {
        self.conversations = conversations;
        self
    }

    /// How many gateways.
    #[must_use]
    pub fn gateways(mut self, gateways: u16) -> Self {
        self.instances.gateways = gateways;
        self
    }

    /// How many persistence workers.
    #[must_use]
    pub fn workers(mut self, workers: u16) -> Self {
        self.instances.persistence = workers;
        self
    }

    /// How many instances know who is there; none without a word.
    #[must_use]
    pub fn presence(mut self, presence: u16) -> Self {
        self.instances.presence = presence;
        self
    }

    /// Messages a second, all people together.
    #[must_use]
    pub fn rate(mut self, rate: f64) -> Self {
        self.habits.rate = rate;
        self
    }

    /// What had no answer when its socket ended is sent again, as a client library does. Otherwise nobody resends by hand.
    #[must_use]
    pub fn resends(mut self) -> Self {
        self.habits.resends = true;
        self
    }

    /// How many of a hundred messages have no `client_id`.
    #[must_use]
    pub fn nameless(mut self, percent: u32) -> Self {
        self.habits.nameless_percent = percent;
        self
    }

    /// How many of a hundred messages go over REST.
    #[must_use]
    pub fn over_rest(mut self, percent: u32) -> Self {
        self.habits.rest_percent = percent;
        self
    }

    /// How many of a hundred answered messages are sent once more.
    #[must_use]
    pub fn repeats(mut self, percent: u32) -> Self {
        self.habits.repeat_percent = percent;
        self
    }

    /// What every message says, for failpoints that look for it.
    #[must_use]
    pub fn saying(mut self, text: &'static str) -> Self {
        self.habits.saying = text;
        self
    }

    /// Length of the contents, bytes.
    #[must_use]
    pub fn content_bytes(mut self, bytes: Range<usize>) -> Self {
        self.habits.content_bytes = bytes;
        self
    }

    /// The first seat asks the kernel for so small a buffer for what its first socket receives.
    #[must_use]
    pub fn narrow_seat(mut self, bytes: u32) -> Self {
        self.habits.narrow_seat = Some(bytes);
        self
    }

    /// Acknowledged messages before the nemesis begins.
    #[must_use]
    pub fn quiet_acks(mut self, acks: u64) -> Self {
        self.quiet_acks = acks;
        self
    }

    /// One more variable for all instances of a service.
    #[must_use]
    pub fn env(mut self, service: Service, name: &str, value: impl Into<String>) -> Self {
        self.env.push((service, name.to_owned(), value.into()));
        self
    }

    /// With this seed, whatever the environment says.
    #[must_use]
    pub fn seeded(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// In the shape of production, on hosts, disks and clocks that can be broken.
    #[must_use]
    pub fn on(mut self, site: Site) -> Self {
        self.site = Some(site);
        self
    }

    /// Only so many people read every list at the end.
    #[must_use]
    pub fn readers(mut self, readers: usize) -> Self {
        self.readers = readers;
        self
    }

    /// History and logs are kept there, if they are.
    #[must_use]
    pub fn keeping_at(mut self, dir: PathBuf) -> Self {
        self.keeps_at = Some(dir);
        self
    }

    /// With what breaks things while people talk.
    pub fn nemesis<F: AsyncFnOnce(&Arena) -> Result<()>>(self, nemesis: F) -> Attack<F> {
        Attack { scenario: self, nemesis }
    }

    /// Without faults.
    pub async fn run(self) -> Result<Report> {
        let acks = self.quiet_acks * 4;
        self.nemesis(async |arena| arena.more_acks(acks).await).run().await
    }

    fn options(&self) -> Result<StackOptions> {
        let mut options = match &self.site {
            Some(site) => site.options()?,
            None => StackOptions::for_tests()?.instances(self.instances),
        };
        options.log_filter = Some("info".to_owned());
        // The longest campaign outlives a quarter of an hour.
        options = options.env(Service::Api, "ACCESS_TOKEN_TTL_SECS", "86400");
        let env = self.env.iter();
        Ok(env.fold(options, |options, (service, name, value)| options.env(*service, name, value.clone())))
    }
}

/// A scenario with its nemesis.
#[derive(Debug)]
pub struct Attack<F> {
    scenario: Scenario,
    nemesis: F,
}

impl<F: AsyncFnOnce(&Arena) -> Result<()>> Attack<F> {
    /// Runs it. An error means that it could not be judged; what was broken stands in the report.
    pub async fn run(self) -> Result<Report> {
        static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());
        let _turn = ONE_AT_A_TIME.lock().await;
        let Self { scenario, nemesis } = self;
        println!("{}: SEED={}", scenario.name, scenario.seed);
        let begun = Instant::now();
        let stack = start(&scenario).await?;
        let mut phases = vec![("start", begun.elapsed())];
        let arena = set_up(&scenario, stack).await?;
        phases.push(("gathering", begun.elapsed()));
        let attacked = attack(&scenario, &arena, nemesis).await;
        phases.push(("load", begun.elapsed()));
        let (found, arena) = finish(arena, scenario.readers).await;
        phases.push(("silence and final reads", begun.elapsed()));
        let report = Report::new(&scenario, &arena, found, phases);
        arena.stack().stop().await?;
        arena.site().dismantle();
        if attacked.is_err() {
            report.save()?;
        }
        attacked.with_context(|| format!("{} (SEED={}): the nemesis failed", scenario.name, scenario.seed))?;
        println!("{report}");
        Ok(report)
    }
}

async fn start(scenario: &Scenario) -> Result<Stack> {
    let stack = Stack::prepare(scenario.options()?).await?;
    let furnished = scenario.site.as_ref().map_or(Ok(()), |site| site.furnish(&stack.options().data_dir));
    let launched = match furnished {
        Ok(()) => stack.launch().await,
        Err(error) => Err(error),
    };
    match launched {
        Ok(()) => Ok(stack),
        Err(error) => {
            stack.stop().await?;
            Err(error)
        }
    }
}

async fn set_up(scenario: &Scenario, stack: Stack) -> Result<Arena> {
    let api = Api::in_turn(stack.instances(Service::Api).iter().filter_map(|api| api.url.clone()));
    let database = ownership::connect(stack.database_url()).await?;
    ownership::await_shares(&database, stack.instances(Service::Persistence).len()).await?;
    let names = (0..scenario.people).map(|number| format!("person-{number}"));
    let people = try_join_all(names.map(|name| {
        let api = api.clone();
        async move { api.register(&name).await }
    }))
    .await?;
    let gateways = stack.instances(Service::Gateway).iter().filter_map(|gateway| gateway.url.clone()).collect();
    let doors = Doors { api, gateways };
    let conversations = make_conversations(scenario, &doors.api, &people, &database, &stack).await?;
    let recorder = Arc::new(Recorder::default());
    let Scenario { seed, devices, habits, .. } = scenario;
    let crowd = Crowd::gather(*seed, habits, &doors, &people, *devices, &conversations, &recorder);
    for seat in crowd.seats() {
        seat.wait_for(GATHER_LIMIT, |standing| standing.is_open).await?;
    }
    let site = scenario.site.clone().unwrap_or_default();
    Ok(Arena::new(stack, site, doors, people, conversations, crowd, recorder, database))
}

async fn make_conversations(
    scenario: &Scenario,
    api: &Api,
    people: &[Person],
    database: &sqlx::PgPool,
    stack: &Stack,
) -> Result<Vec<Uuid>> {
    let (owner, others) = people.split_first().context("nobody there")?;
    let others: Vec<u64> = others.iter().map(|person| person.id).collect();
    let workers = stack.instances(Service::Persistence).len();
    let mut made = Vec::new();
    while made.len() < MAX_CONVERSATIONS {
        made.push(api.create_group(owner, &others).await?);
        if made.len() >= scenario.conversations && ownership::owners(database, &made).await?.len() >= workers {
            break;
        }
    }
    Ok(made)
}

async fn attack<F: AsyncFnOnce(&Arena) -> Result<()>>(scenario: &Scenario, arena: &Arena, nemesis: F) -> Result<()> {
    arena.crowd().set_mood(Mood::Talking);
    arena.more_acks(scenario.quiet_acks).await.context("at the quiet start")?;
    nemesis(arena).await?;
    arena.heal().await
}

/// Silence, until everything is answered and read by everybody; then the final reads, and everybody leaves.
async fn finish(mut arena: Arena, readers: usize) -> (Vec<Violation>, Arena) {
    let mut found = Vec::new();
    let mut note = |what: &str, result: Result<()>| {
        if let Err(error) = result {
            let detail = format!("{what}: {error:#}");
            found.push(Violation { invariant: Invariant::Liveness, conv: None, detail });
        }
    };
    arena.crowd().set_mood(Mood::Silent);
    note("healing", arena.heal().await);
    note("silence", arena.quiesce(QUIESCE_LIMIT).await);
    note("final reads", final_reads::read_everything(&arena, readers).await);
    if let Some(crowd) = arena.take_crowd() {
        note("leaving", crowd.leave(LEAVE_LIMIT).await);
    }
    (found, arena)
}
