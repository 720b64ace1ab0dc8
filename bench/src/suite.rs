//! `chat-bench suite`, which `make bench` runs: every scenario against servers of its own, several times in turn, with the floors
//! between them; then medians, a page and plots. It judges no figure, but something lost is a failure.

mod page;
mod peers;
mod plots;
mod results;
mod scenarios;
mod stand;
mod targets;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use clap::Args;
use serde_json::Value;
use tokio::process::Command;
use tokio::time::timeout;

use self::peers::Peer;
use self::results::{Machine, Outcome, Results};
use self::scenarios::{SCENARIOS, Scenario, Stand};
use self::stand::{Servers, System};

/// How much longer than it says a scenario may take, before it is ended.
const PATIENCE: Duration = Duration::from_mins(4);

#[derive(Debug, Args)]
pub(crate) struct Suite {
    /// How often each scenario is run; what is written down is the median
    #[arg(long, env, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=20))]
    rounds: u32,
    /// Only scenarios whose names begin like that; the results of others stay as they are
    #[arg(long, env, value_delimiter = ',')]
    only: Vec<String>,
    /// The folder with the peers; without it they are left out
    #[arg(long, env)]
    peers: Option<PathBuf>,
    /// How messages of many conversations of the peers are counted: where everything goes that is made on the way
    #[arg(long, default_value = ".data/bench")]
    work_dir: PathBuf,
    /// Where the results go
    #[arg(long, default_value = "docs/performance")]
    out: PathBuf,
    /// Measure nothing: the page and the plots of the results that are there
    #[arg(long)]
    page_only: bool,
    /// Name the scenarios, and how long they take
    #[arg(long)]
    list: bool,
}

/// One scenario on one system.
type Name = String;

/// What was found until now.
#[derive(Default)]
struct Found {
    runs: BTreeMap<Name, Vec<Value>>,
    commands: BTreeMap<Name, String>,
    trouble: Vec<String>,
}

impl Suite {
    /// Exit code 1: something was lost, or could not be measured.
    pub(crate) async fn run(mut self) -> anyhow::Result<ExitCode> {
        // Set but empty counts as not set.
        self.only.retain(|name| !name.is_empty());
        self.peers = self.peers.filter(|path| !path.as_os_str().is_empty());
        if self.list {
            for one in SCENARIOS {
                let named = if one.is_large { " (only where ONLY names it)" } else { "" };
                println!("{:<24}{:>5} s  {}{named}", one.name, one.seconds, one.about);
            }
            return Ok(ExitCode::SUCCESS);
        }
        let results_file = self.out.join("results.json");
        let mut results = Results::read(&results_file)?;
        let mut trouble = Vec::new();
        if !self.page_only {
            let found = self.measure().await?;
            trouble = found.trouble;
            results.machine = Machine::look()?;
            for (name, runs) in found.runs {
                let command = found.commands.get(&name).cloned().unwrap_or_default();
                results.scenarios.insert(name, Outcome::of(command, &runs));
            }
            results.write(&results_file)?;
        }
        page::write(&self.out, &results)?;
        plots::draw(&self.out, &results)?;
        println!("{}", page::targets(&results));
        println!("results: {}", self.out.display());
        for one in &trouble {
            println!("trouble: {one}");
        }
        Ok(if trouble.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    async fn measure(&self) -> anyhow::Result<Found> {
        let chosen: Vec<&Scenario> = SCENARIOS.iter().filter(|one| self.is_wanted(one)).collect();
        let peers = self.peers()?;
        ensure!(!chosen.is_empty() || !peers.is_empty(), "no scenario is named like that: see --list");
        self.announce(&chosen, &peers);
        std::fs::create_dir_all(&self.work_dir)?;
        let mut found = Found::default();
        for round in 1..=self.rounds {
            for stand in Stand::ALL {
                let here: Vec<&Scenario> = chosen.iter().copied().filter(|one| one.stand == stand).collect();
                if here.is_empty() {
                    continue;
                }
                println!("round {round} of {}: {}", self.rounds, stand.about());
                let together = if stand == Stand::Fresh { 1 } else { here.len() };
                for some in here.chunks(together) {
                    let servers = Servers::start(&self.work_dir, stand.instances()).await?;
                    for scenario in some {
                        let system = System::stack(&servers);
                        found.note(&self.work_dir, scenario.name, scenario, &system).await;
                    }
                    servers.stop().await?;
                }
            }
            for peer in &peers {
                println!("round {round} of {}: {} alone", self.rounds, peer.name());
                let servers = Servers::start(&self.work_dir, Stand::NONE).await?;
                match peer.start(&servers).await {
                    Ok(running) => {
                        let name = format!("many@{}", peer.name());
                        found.note(&self.work_dir, &name, scenarios::many(), &running.system).await;
                        running.stop().await?;
                    }
                    Err(error) => found.trouble.push(format!("{} does not start: {error:#}", peer.name())),
                }
                servers.stop().await?;
            }
        }
        Ok(found)
    }

    /// Large ones by their whole names alone.
    fn is_wanted(&self, scenario: &Scenario) -> bool {
        if scenario.is_large {
            return self.only.iter().any(|wanted| wanted == scenario.name);
        }
        self.is_chosen(scenario.name)
    }

    fn is_chosen(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|wanted| name.starts_with(wanted.as_str()))
    }

    fn peers(&self) -> anyhow::Result<Vec<Peer>> {
        let Some(folder) = &self.peers else { return Ok(Vec::new()) };
        let folder = std::path::absolute(folder)?;
        let work_dir = std::path::absolute(&self.work_dir)?.join("peers");
        let known = Peer::all(&folder, &work_dir)?;
        Ok(known.into_iter().filter(|peer| self.is_chosen(&format!("many@{}", peer.name()))).collect())
    }

    fn announce(&self, chosen: &[&Scenario], peers: &[Peer]) {
        let own: u64 = chosen.iter().map(|one| one.seconds).sum();
        let fresh = chosen.iter().filter(|one| one.stand == Stand::Fresh).count();
        let stands = fresh + Stand::ALL.iter().filter(|stand| chosen.iter().any(|one| one.stand == **stand)).count();
        let all = own + 15 * u64::try_from(stands).unwrap_or(0) + peers.len() as u64 * (scenarios::many().seconds + 30);
        let minutes = (all * u64::from(self.rounds)).div_ceil(60);
        println!(
            "{} scenarios and {} peers, {} rounds: about {minutes} minutes. Nothing else should run on this machine meanwhile.",
            chosen.len(),
            peers.len(),
            self.rounds
        );
    }
}

impl Found {
    /// Runs a scenario; what goes wrong is kept, and the others go on.
    async fn note(&mut self, work_dir: &Path, name: &str, scenario: &Scenario, system: &System) {
        println!("  {name}: about {} s", scenario.seconds);
        self.commands.insert(name.to_owned(), scenario.args.join(" "));
        let begun = Instant::now();
        match run(work_dir, name, scenario, system).await {
            Ok((figures, is_whole)) => {
                println!("  {name}: {:.0} s", begun.elapsed().as_secs_f64());
                if !is_whole {
                    self.trouble.push(format!("{name}: something was lost; see the log beside the data"));
                }
                self.runs.entry(name.to_owned()).or_default().push(figures);
            }
            Err(error) => {
                println!("  {name}: failed: {error:#}");
                self.trouble.push(format!("{name}: {error:#}"));
            }
        }
    }
}

/// One run of this program as a process of its own; returns its figures, and whether nothing was lost.
async fn run(work_dir: &Path, name: &str, scenario: &Scenario, system: &System) -> anyhow::Result<(Value, bool)> {
    let json = work_dir.join("figures.json");
    // There is none before the first.
    let _none = std::fs::remove_file(&json);
    let log = std::fs::File::create(work_dir.join(format!("{name}.log")))?;
    let mut command = Command::new(std::env::current_exe()?);
    command.args(scenario.args).args(system.arguments()).arg("--json").arg(&json);
    command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).kill_on_drop(true);
    let limit = Duration::from_secs(scenario.seconds) + PATIENCE;
    let status = timeout(limit, command.status()).await.context("it does not end")??;
    let Ok(text) = std::fs::read_to_string(&json) else {
        bail!("no figures ({status}); see {name}.log in the working directory")
    };
    Ok((serde_json::from_str(&text)?, status.success()))
}
