//! What a nemesis has in its hands: the stack, the people, and verbs that break, heal and wait. Everything it does is in the history.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use chat_stack::{Instance, Process, Service, Signal, Stack};
use futures_util::future::{select_ok, try_join_all};
use parking_lot::Mutex;
use sqlx::PgPool;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::{START_LIMIT, ownership};
use crate::client::{Person, metric};
use crate::history::{Line, Recorder};
use crate::people::{Crowd, Doors, Order, SeatHandle, Standing};
use crate::site::Site;

/// How long the nemesis waits for what the load is to bring about.
const WAIT_LIMIT: Duration = Duration::from_mins(1);
/// How long the first messages of a burst may take to be on their way.
const BURST_LIMIT: Duration = Duration::from_secs(2);
/// A burst that is answered before anybody has seen it is repeated so often.
const MAX_BURSTS: usize = 10;
/// How often it looks at what tells nobody that it has changed.
const LOOK: Duration = Duration::from_millis(5);

/// The place of a run.
pub struct Arena {
    stack: Stack,
    site: Site,
    fenced: Mutex<BTreeSet<String>>,
    doors: Doors,
    people: Vec<Person>,
    conversations: Vec<Uuid>,
    crowd: Option<Crowd>,
    recorder: Arc<Recorder>,
    database: PgPool,
}

impl Arena {
    #[expect(clippy::too_many_arguments, reason = "the parts of an arena, each once")]
    pub(super) fn new(
        stack: Stack,
        site: Site,
        doors: Doors,
        people: Vec<Person>,
        conversations: Vec<Uuid>,
        crowd: Crowd,
        recorder: Arc<Recorder>,
        database: PgPool,
    ) -> Self {
        let fenced = Mutex::default();
        Self { stack, site, fenced, doors, people, conversations, crowd: Some(crowd), recorder, database }
    }

    /// The processes.
    #[must_use]
    pub fn stack(&self) -> &Stack {
        &self.stack
    }

    /// What it stands on.
    #[must_use]
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// This one must never be started again: another has taken its place.
    pub fn fence(&self, process: &Process) {
        self.fenced.lock().insert(process.name().to_owned());
    }

    /// Every process that may run.
    pub fn processes(&self) -> impl Iterator<Item = &Process> {
        let servers = self.stack.nats_servers().iter().chain([self.stack.postgres()]).chain(self.stack.standby());
        let services = Service::ALL.into_iter().flat_map(|service| self.stack.instances(service));
        let all = servers.chain(services.map(|instance| &instance.process));
        all.filter(|process| !self.fenced.lock().contains(process.name()))
    }

    /// The public doors.
    #[must_use]
    pub fn doors(&self) -> &Doors {
        &self.doors
    }

    /// Everybody.
    #[must_use]
    pub fn people(&self) -> &[Person] {
        &self.people
    }

    /// All conversations; everybody is in all of them.
    #[must_use]
    pub fn conversations(&self) -> &[Uuid] {
        &self.conversations
    }

    /// The database, to look at rows with.
    #[must_use]
    pub fn database(&self) -> &PgPool {
        &self.database
    }

    /// The people's seats; they are there until the final reads are done.
    #[must_use]
    pub fn crowd(&self) -> &Crowd {
        self.crowd.as_ref().expect("everybody leaves at the very end")
    }

    pub(super) fn take_crowd(&mut self) -> Option<Crowd> {
        self.crowd.take()
    }

    /// The history so far.
    #[must_use]
    pub fn recorder(&self) -> &Arc<Recorder> {
        &self.recorder
    }

    /// All seats.
    #[must_use]
    pub fn seats(&self) -> &[SeatHandle] {
        self.crowd().seats()
    }

    /// The worker that owns a conversation now.
    pub async fn owner(&self, conv: Uuid) -> Result<&Instance> {
        let owners = ownership::owners(&self.database, &[conv]).await?;
        let name = owners.keys().next().with_context(|| format!("nobody owns {conv}"))?;
        let mut workers = self.stack.instances(Service::Persistence).iter();
        workers.find(|worker| worker.process.name() == name).with_context(|| format!("there is no {name}"))
    }

    /// The conversations that a worker owns now.
    pub async fn conversations_of(&self, worker: &Instance) -> Result<Vec<Uuid>> {
        let mut owners = ownership::owners(&self.database, &self.conversations).await?;
        Ok(owners.remove(worker.process.name()).unwrap_or_default())
    }

    /// How many commands a worker has answered since it started.
    pub async fn committed(&self, worker: &Instance) -> Result<f64> {
        metric(&worker.ops_url, "chat_persistence_commands_total").await
    }

    /// Each worker commits something: waits until all counters have risen.
    pub async fn await_commits_of_all(&self) -> Result<()> {
        for worker in self.stack.instances(Service::Persistence) {
            let before = self.committed(worker).await?;
            self.await_commit_after(worker, before).await?;
        }
        Ok(())
    }

    /// A worker commits more than it had: waits until its counter is above.
    pub async fn await_commit_after(&self, worker: &Instance, before: f64) -> Result<()> {
        let what = format!("{} commits", worker.process.name());
        self.until(&what, async || Ok(self.committed(worker).await.is_ok_and(|now| now > before))).await
    }

    /// Kills a process.
    pub async fn kill(&self, victim: &Process) -> Result<u64> {
        self.signal(victim, Signal::SIGKILL).await
    }

    /// Halts a process, and wakes it after so long.
    pub async fn halt_for(&self, victim: &Process, pause: Duration) -> Result<u64> {
        let at = self.signal(victim, Signal::SIGSTOP).await?;
        sleep(pause).await;
        self.signal(victim, Signal::SIGCONT).await?;
        Ok(at)
    }

    /// Signals a process; when that was, in the history's time.
    pub async fn signal(&self, victim: &Process, signal: Signal) -> Result<u64> {
        let at = self.recorder.note_nemesis(signal.as_str(), victim.name());
        victim.kill(signal).await?;
        Ok(at)
    }

    /// Asks a process to stop and waits; how long it took, if it did so by itself.
    pub async fn terminate(&self, victim: &Process, grace: Duration) -> Result<Option<Duration>> {
        self.recorder.note_nemesis("SIGTERM", victim.name());
        let begun = Instant::now();
        let by_itself = victim.stop(Signal::SIGTERM, grace).await?;
        Ok(by_itself.then(|| begun.elapsed()))
    }

    /// Starts what was killed or stopped.
    pub async fn start(&self, process: &Process) -> Result<u64> {
        let at = self.recorder.note_nemesis("start", process.name());
        process.start(START_LIMIT).await?;
        Ok(at)
    }

    /// Wakes everything that is halted, starts everything that is gone.
    pub async fn heal(&self) -> Result<()> {
        self.site.heal()?;
        for process in self.processes().filter(|process| is_halted(process)) {
            self.signal(process, Signal::SIGCONT).await?;
        }
        let is_server =
            |process: &Process| process.name().starts_with("nats") || process.name().starts_with("postgres");
        for servers in [true, false] {
            let gone = self.processes().filter(|process| process.pid().is_none() && is_server(process) == servers);
            // Together: none of a cluster of NATS is ready alone.
            try_join_all(gone.map(|process| self.start(process))).await?;
        }
        Ok(())
    }

    /// Lets the load run on.
    pub async fn load_for(&self, time: Duration) {
        sleep(time).await;
    }

    /// Waits until so many more messages are acknowledged.
    pub async fn more_acks(&self, count: u64) -> Result<()> {
        let wanted = self.crowd().acked() + count;
        let what = format!("{count} more acknowledgements");
        self.until(&what, async || Ok(self.crowd().acked() >= wanted)).await
    }

    /// Every seat of these conversations sends so many messages at once; returns when the first of them are on their way, unanswered.
    pub async fn burst_in(&self, conversations: &[Uuid], count: usize) -> Result<()> {
        let seats: Vec<&SeatHandle> = conversations.iter().flat_map(|conv| self.crowd().seats_in(*conv)).collect();
        ensure!(!seats.is_empty() && count > 0, "nobody to send a burst");
        for _ in 0..MAX_BURSTS {
            for seat in &seats {
                seat.tell(Order::Burst(count));
            }
            // All of a seat's burst goes out before it looks at an answer.
            let under_way = |standing: &Standing| standing.unanswered >= count.div_ceil(2);
            let waits = seats.iter().map(|seat| Box::pin(seat.wait_for(BURST_LIMIT, under_way)));
            if select_ok(waits).await.is_ok() {
                return Ok(());
            }
        }
        bail!("no burst of {MAX_BURSTS} was seen under way")
    }

    /// Every seat sends so many messages at once.
    pub async fn burst(&self, count: usize) -> Result<()> {
        self.burst_in(&self.conversations, count).await
    }

    /// Waits for something that tells nobody when it happens.
    pub async fn until(&self, what: &str, mut condition: impl AsyncFnMut() -> Result<bool>) -> Result<()> {
        let waited = timeout(WAIT_LIMIT, async {
            while !condition().await? {
                sleep(LOOK).await;
            }
            anyhow::Ok(())
        });
        waited.await.with_context(|| format!("{what}: not within {} s", WAIT_LIMIT.as_secs()))?
    }

    /// Waits until a process has logged something.
    pub async fn until_logged(&self, process: &Process, text: &str) -> Result<()> {
        let what = format!("{} logs {text:?}", process.name());
        self.until(&what, async || Ok(log_of(process).contains(text))).await
    }

    /// Waits until everything is answered and every socket has its conversation's head.
    pub(super) async fn quiesce(&self, limit: Duration) -> Result<()> {
        let deadline = Instant::now() + limit;
        let left = || deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        for seat in self.seats() {
            let still =
                |now: &Standing| now.turned_away.is_some() || (now.is_open && now.unanswered + now.elsewhere == 0);
            let standing = seat.wait_for(left(), still).await.context("unanswered")?;
            ensure!(standing.turned_away.is_none(), "user {} was turned away: {standing:?}", seat.user);
        }
        let reader = self.people.first().context("nobody there")?;
        for conv in &self.conversations {
            let head = self.doors.api.head(reader, *conv).await?;
            for seat in self.crowd().seats_in(*conv) {
                seat.wait_for(left(), |standing| standing.is_open && standing.position >= head)
                    .await
                    .with_context(|| format!("behind the head {head}"))?;
            }
        }
        Ok(())
    }

    /// Where NATS keeps its streams.
    #[must_use]
    pub fn nats_store(&self) -> PathBuf {
        self.stack.options().data_dir.join("nats")
    }

    /// Copies NATS' streams as they lie on the disk now, while the server is halted; the copy's place.
    pub async fn copy_nats_store(&self) -> Result<PathBuf> {
        let copy = self.stack.options().data_dir.join("nats.copy");
        self.signal(self.stack.nats(), Signal::SIGSTOP).await?;
        let copied = copy_dir(&self.nats_store(), &copy);
        self.signal(self.stack.nats(), Signal::SIGCONT).await?;
        copied.map(|()| copy)
    }

    /// Kills NATS, puts a copy in the place of its streams, starts it.
    pub async fn put_back_nats_store(&self, copy: &Path) -> Result<u64> {
        let nats = self.stack.nats();
        let at = self.kill(nats).await?;
        self.recorder.note_nemesis("put back an older store", nats.name());
        let store = self.nats_store();
        fs::remove_dir_all(&store).context("cannot remove the store of NATS")?;
        fs::rename(copy, &store).context("cannot put the copy in its place")?;
        self.start(nats).await?;
        Ok(at)
    }

    /// Deletes a stream.
    pub async fn delete_stream(&self, name: &str) -> Result<u64> {
        let (_, address) = self.stack.nats_url().rsplit_once('@').context("the URL of NATS names a user")?;
        let password = self.stack.nats_password("developer")?.to_owned();
        let login = async_nats::ConnectOptions::with_user_and_password("developer".to_owned(), password);
        let client = login.connect(address).await.context("cannot connect to NATS")?;
        let at = self.recorder.note_nemesis("delete", name);
        let deleted = async_nats::jetstream::new(client).delete_stream(name).await;
        ensure!(deleted.context("the stream cannot be deleted")?.success, "{name} was not deleted");
        Ok(at)
    }

    pub(super) fn lines(&self) -> Vec<Line> {
        self.recorder.with_lines(<[Line]>::to_vec)
    }
}

/// What a process has written so far.
pub(super) fn log_of(process: &Process) -> String {
    String::from_utf8_lossy(&fs::read(process.log_path()).unwrap_or_default()).into_owned()
}

fn is_halted(process: &Process) -> bool {
    let stat = process.pid().and_then(|pid| fs::read_to_string(format!("/proc/{pid}/stat")).ok());
    stat.and_then(|stat| stat.rsplit_once(") ").map(|(_, rest)| rest.starts_with('T'))).unwrap_or_default()
}

fn copy_dir(from: &Path, to: &Path) -> Result<()> {
    let status = std::process::Command::new("cp").arg("-a").args([from, to]).status().context("cannot run cp")?;
    if !status.success() {
        bail!("cannot copy {}", from.display());
    }
    Ok(())
}
