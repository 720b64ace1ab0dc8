//! `chat-stack run`: what `make run` executes. Everything happens in the library.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result};
use chat_stack::{Instances, Service, StackOptions, TlsMode, WebPage, foreground};
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

#[derive(Parser)]
#[command(version, about = "Runs all of WorkConnect Chat on this machine")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start Postgres, NATS and the services, and stay in the foreground
    Run(RunArgs),
}

#[derive(Args)]
struct RunArgs {
    /// Where all files go
    #[arg(long, env, default_value = ".data")]
    data_dir: PathBuf,
    /// Port of the first api
    #[arg(long, env, default_value_t = 8000)]
    api_port: u16,
    /// Port of the first gateway
    #[arg(long, env, default_value_t = 8001)]
    ws_port: u16,
    /// What runs: `small`, or everything as often as in production (three servers of NATS, Postgres with a standby, two of each service)
    #[arg(long, env, value_enum, default_value_t = Shape::Small)]
    shape: Shape,
    /// Whether everything speaks TLS, with certificates that are made for it and thrown away; `mutual`: clients need one too
    #[arg(long, env, value_enum, default_value_t = Tls::Off)]
    tls: Tls,
    /// How many ws-gateways [default: the shape's, 2]
    #[arg(long, env)]
    gateways: Option<u16>,
    /// How many persistence workers [default: the shape's, 2]
    #[arg(long, env)]
    persistence: Option<u16>,
    /// How many apis [default: the shape's, 1 or 2]
    #[arg(long, env)]
    api: Option<u16>,
    /// How many presence services [default: the shape's, 1 or 2]
    #[arg(long, env)]
    presence: Option<u16>,
    /// Tracing filter of the services [default: their own]
    #[arg(long, env)]
    log: Option<String>,
    /// Directory of Postgres' programs [default: looked for]
    #[arg(long, env)]
    postgres_bin_dir: Option<PathBuf>,
    /// The nats-server program [default: looked for]
    #[arg(long, env)]
    nats_server: Option<PathBuf>,
    /// Configuration of NATS [default: deploy/nats/dev.conf]
    #[arg(long, env)]
    nats_config: Option<PathBuf>,
    /// How long an access token is good, in seconds; a day, because the banner's are for trying things by hand
    #[arg(long, env, default_value_t = 24 * 60 * 60)]
    access_token_ttl_secs: u64,
    /// `off`: nobody is limited in any way; for load tests alone
    #[arg(long, env, value_parser = ["on", "off"], default_value = "on")]
    limits: String,
    /// Origins of the web pages that are let in, separated by commas [default: those of the pages of this stack]
    #[arg(long, env)]
    allowed_origins: Option<String>,
    /// The folder of the built web page, served at `/` [default: web/demo/dist, if it is there]
    #[arg(long, env)]
    web_dir: Option<PathBuf>,
    /// Make no demo people
    #[arg(long)]
    no_demo: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Shape {
    Small,
    Production,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Tls {
    Off,
    On,
    Mutual,
}

impl From<Tls> for TlsMode {
    fn from(tls: Tls) -> Self {
        match tls {
            Tls::Off => Self::Off,
            Tls::On => Self::On,
            Tls::Mutual => Self::Mutual,
        }
    }
}

impl RunArgs {
    fn into_options(self) -> Result<StackOptions> {
        let web = self.web_dir.or_else(built_page).map(std::path::absolute).transpose().context("WEB_DIR")?;
        let small = StackOptions::for_run(self.data_dir)?;
        let shaped = if self.shape == Shape::Production { small.as_in_production() } else { small };
        let usual = shaped.instances;
        let options = StackOptions {
            api_port: Some(self.api_port),
            ws_port: Some(self.ws_port),
            instances: Instances {
                gateways: self.gateways.unwrap_or(usual.gateways),
                persistence: self.persistence.unwrap_or(usual.persistence),
                api: self.api.unwrap_or(usual.api),
                presence: self.presence.unwrap_or(usual.presence),
            },
            log_filter: self.log,
            postgres_bin_dir: self.postgres_bin_dir,
            nats_server: self.nats_server,
            nats_config: self.nats_config,
            tls: self.tls.into(),
            web: web.map(|dir| WebPage { dir, with_demo_people: !self.no_demo }),
            report: Arc::new(foreground::say),
            ..shaped
        }
        .env(Service::Api, "ACCESS_TOKEN_TTL_SECS", self.access_token_ttl_secs.to_string())
        .public_env("LIMITS", &self.limits);
        Ok(match self.allowed_origins {
            Some(origins) => options.public_env("ALLOWED_ORIGINS", &origins),
            None => options,
        })
    }
}

/// What `scripts/build-web` makes.
fn built_page() -> Option<PathBuf> {
    let dir = PathBuf::from("web/demo/dist");
    dir.join("index.html").is_file().then_some(dir)
}

/// A variable that is set but empty counts as not set, as in the services.
fn parse() -> Cli {
    let command = Cli::command().mut_subcommand("run", |run| {
        run.mut_args(|arg| {
            let is_empty = arg.get_env().and_then(std::env::var_os).is_some_and(|value| value.is_empty());
            if is_empty { arg.env(None::<&'static str>) } else { arg }
        })
    });
    let matches = command.get_matches();
    Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
}

#[tokio::main]
async fn main() -> ExitCode {
    let Command::Run(args) = parse().command;
    let with_demo = !args.no_demo;
    let outcome = async { foreground::run(args.into_options()?, with_demo).await };
    outcome.await.unwrap_or_else(|error| {
        foreground::say(&format!("error: {error:#}"));
        ExitCode::FAILURE
    })
}
