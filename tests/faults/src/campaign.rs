//! A campaign: runs in the shape of production, one after the other, each with faults drawn from the seed, each judged; then a report.

mod deck;
mod outcome;
mod page;
mod sum;
mod timing;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::Args;
use parking_lot::Mutex;
use rand::SeedableRng;
use rand::rngs::StdRng;

pub use deck::Deck;
pub use outcome::{FaultOutcome, RunOutcome, Series};
pub use sum::sum;

use crate::nemesis::{self, Abilities, Fault, Strike};
use crate::runner::{Arena, Report, Scenario};
use crate::site::{Clocks, Disks, Faketime, Network, Site, enter_own_namespaces};

/// Messages a second, all people together.
const RATE: f64 = 250.0;

/// What kind of campaign.
#[derive(Debug, Clone, Args)]
pub struct Plan {
    /// Seed of all chances; printed. Without it a new one
    #[arg(long, env = "SEED")]
    pub seed: Option<u64>,
    /// How long runs are begun, minutes
    #[arg(long, env = "FAULTS_MINUTES", default_value_t = 10.0)]
    pub minutes: f64,
    /// At most so many runs
    #[arg(long, env = "FAULTS_RUNS", default_value_t = usize::MAX, hide_default_value = true)]
    pub runs: usize,
    /// How many seconds of faults a run has
    #[arg(long, env = "FAULTS_SECONDS_A_RUN", default_value_t = 40)]
    pub seconds: u64,
    /// No fault that takes longer, seconds
    #[arg(long, env = "FAULTS_LONGEST", default_value_t = u64::MAX, hide_default_value = true)]
    pub longest: u64,
    /// Only faults whose name contains one of these, separated by commas
    #[arg(long, env = "FAULTS_ONLY", default_value = "", hide_default_value = true)]
    pub only: String,
    /// How many times as long deadlines are on this machine
    #[arg(long, env = "FAULTS_PATIENCE", default_value_t = 1.0)]
    pub patience: f64,
    /// Where outcomes are added, one line a run [default: target/faults/campaign.jsonl]
    #[arg(long, env = "FAULTS_RESULTS")]
    pub results: Option<PathBuf>,
}

/// What the machine can do, found out once.
#[derive(Debug)]
struct Ground {
    network: Option<Arc<Network>>,
    faketime: Option<Faketime>,
    notes: Vec<String>,
}

impl Ground {
    /// Starts this program again in namespaces of its own, if that is possible; says what is not.
    fn find() -> Self {
        let mut notes = Vec::new();
        let network = enter_own_namespaces().and_then(|()| {
            let made = Network::make().and_then(|network| network.try_out().map(|()| network));
            made.map_err(|error| format!("{error:#}"))
        });
        let network =
            network.map_err(|why| notes.push(format!("no hosts of their own, no disks, no partitions: {why}")));
        let faketime = Faketime::find();
        if faketime.is_none() {
            notes.push("no clocks that jump: libfaketime is not there".to_owned());
        }
        Self { network: network.ok().map(Arc::new), faketime, notes }
    }

    fn abilities(&self) -> Abilities {
        let inside = self.network.is_some();
        Abilities { network: inside, disks: inside, clocks: self.faketime.is_some() }
    }

    /// What a run with these faults stands on: disks and clocks of their own only where they are needed.
    fn site(&self, faults: &[Fault], dir: &Path) -> Result<Site> {
        let needs = |need: fn(Abilities) -> bool| faults.iter().any(|fault| need(fault.needs()));
        let faketime = self.faketime.clone().filter(|_| needs(|needs| needs.clocks));
        let clocks = faketime.map(|library| Clocks::make(library, &dir.join("clocks")).map(Arc::new)).transpose()?;
        let disks = needs(|needs| needs.disks).then(|| Arc::new(Disks::default()));
        Ok(Site { network: self.network.clone(), disks, clocks })
    }
}

/// Runs a campaign; whether everything was kept. To be called outside of any runtime: it may start the program again.
pub fn run(plan: &Plan) -> Result<bool> {
    let seed = plan.seed.unwrap_or_else(|| u64::from(rand::random::<u32>()));
    let ground = Ground::find();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.context("no runtime")?.block_on(run_all(plan, seed, &ground))
}

async fn run_all(plan: &Plan, seed: u64, ground: &Ground) -> Result<bool> {
    let base = target_dir()?.join("faults");
    let dir = base.join(seed.to_string());
    fs::create_dir_all(&dir).with_context(|| format!("cannot create {}", dir.display()))?;
    let results = plan.results.clone().unwrap_or_else(|| base.join("campaign.jsonl"));
    println!("faults: SEED={seed}, about {} minutes", plan.minutes);
    ground.notes.iter().for_each(|note| println!("faults: {note}"));
    let mut deck = Deck::new(seed, ground.abilities(), &plan.only, plan.longest);
    let begun = Instant::now();
    let mut outcomes = Vec::new();
    for number in 0..plan.runs {
        let faults = deck.deal(plan.seconds);
        if faults.is_empty() || (number > 0 && begun.elapsed().as_secs_f64() > plan.minutes * 60.0) {
            break;
        }
        let outcome = one_run(plan, ground, seed, number, &faults, &dir).await;
        let outcome = outcome.unwrap_or_else(|error| RunOutcome::broken(seed, number, &faults, &error));
        println!("{}", outcome.line());
        outcome.append(&results)?;
        outcomes.push(outcome);
        fs::write(dir.join("report.html"), page::page(seed, &ground.notes, &outcomes)).context("no page")?;
    }
    let text = sum(&outcomes);
    fs::write(dir.join("report.txt"), &text).context("no report")?;
    println!("{text}\nfaults: {}", dir.join("report.html").display());
    Ok(outcomes.iter().all(RunOutcome::is_kept))
}

async fn one_run(
    plan: &Plan,
    ground: &Ground,
    seed: u64,
    number: usize,
    faults: &[Fault],
    dir: &Path,
) -> Result<RunOutcome> {
    let own_seed = seed.wrapping_mul(1_000).wrapping_add(number as u64);
    let dir = dir.join(format!("run-{number}"));
    fs::create_dir_all(&dir).with_context(|| format!("cannot create {}", dir.display()))?;
    let site = ground.site(faults, &dir)?;
    let scenario = Scenario::new("campaign").seeded(own_seed).on(site.clone()).keeping_at(dir).readers(2);
    // Everything has a name: which of several nameless messages was refused cannot be told.
    let scenario = scenario.people(5).devices(2).rate(RATE).repeats(5).over_rest(5).resends();
    let (strikes, trouble) = (Mutex::new(Vec::<Strike>::new()), Mutex::new(Vec::new()));
    let begun = Instant::now();
    let attack = scenario.nemesis(async |arena: &Arena| {
        let mut rng = StdRng::seed_from_u64(own_seed);
        for fault in faults {
            match nemesis::strike(*fault, arena, &mut rng).await {
                Ok(strike) => strikes.lock().push(strike),
                Err(error) => {
                    trouble.lock().push(format!("{error:#}"));
                    break;
                }
            }
            arena.load_for(Duration::from_millis(500)).await;
        }
        Ok(())
    });
    let report = attack.run().await;
    let report: Report = report?;
    let outcome =
        RunOutcome::of(seed, number, begun.elapsed(), &report, &strikes.lock(), &trouble.lock(), plan.patience);
    if !outcome.is_kept() || !outcome.is_valid() {
        report.save()?;
    }
    Ok(outcome)
}

/// Reads outcomes back.
pub fn read_outcomes(path: &Path) -> Result<Vec<RunOutcome>> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let lines = text.lines().filter(|line| !line.is_empty());
    lines.map(|line| serde_json::from_str(line).context("a line is no outcome")).collect()
}

/// The directory of this program's profile, then up: `target`.
fn target_dir() -> Result<PathBuf> {
    let program = std::env::current_exe().context("this program's own path is unknown")?;
    program.ancestors().nth(2).map(Path::to_owned).context("this program has no directory")
}
