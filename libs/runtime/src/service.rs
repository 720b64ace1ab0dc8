//! The thin `main` of a service: configuration, log, operations port, then the service's own `run`, then the exit code.

use std::future::Future;
use std::process::ExitCode;

use anyhow::Context as _;
use chat_protocol::ids::InstanceId;
use clap::Parser;
use tokio::net::TcpListener;

use crate::config::{InstanceSection, LogSection, OpsSection, TraceSection};
use crate::lifecycle::Lifecycle;
use crate::ops::Ops;
use crate::{config, health_check, install_crypto, ops, supervisor, telemetry, traces};

/// The sections that every service's configuration has.
pub trait ServiceConfig: Parser + Send + 'static {
    /// What is logged and how.
    fn log(&self) -> &LogSection;
    /// The operations port and the drain limit.
    fn ops(&self) -> &OpsSection;
    /// Whether and where traces go.
    fn traces(&self) -> &TraceSection;
    /// The name of this process.
    fn instance(&self) -> &InstanceSection;
}

/// Runs a service from its configuration to its exit code. `run` binds, connects, spawns the service's tasks on the
/// lifecycle and returns; an error of it is a failed start. The process is not ready before that. Started with the word `healthcheck`, it asks the process that
/// runs with the same settings instead.
///
/// ```no_run
/// # use chat_runtime::{config::{InstanceSection, LogSection, OpsSection, TraceSection}, lifecycle::Lifecycle, service};
/// # #[derive(clap::Parser)]
/// # struct Config { #[command(flatten)] log: LogSection, #[command(flatten)] ops: OpsSection,
/// #     #[command(flatten)] traces: TraceSection, #[command(flatten)] instance: InstanceSection }
/// # impl service::ServiceConfig for Config {
/// #     fn log(&self) -> &LogSection { &self.log }
/// #     fn ops(&self) -> &OpsSection { &self.ops }
/// #     fn traces(&self) -> &TraceSection { &self.traces }
/// #     fn instance(&self) -> &InstanceSection { &self.instance }
/// # }
/// # async fn run(config: Config, listener: tokio::net::TcpListener, lifecycle: Lifecycle) -> anyhow::Result<()> { Ok(()) }
/// fn main() -> std::process::ExitCode {
///     service::main("example", |config: Config, lifecycle| async move {
///         let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
///         run(config, listener, lifecycle).await
///     })
/// }
/// ```
pub fn main<C, R, F>(name: &'static str, run: R) -> ExitCode
where
    C: ServiceConfig,
    R: FnOnce(C, Lifecycle) -> F + Send + 'static,
    F: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    if let Some(code) = health_check::asked_for() {
        return code;
    }
    install_crypto();
    let config: C = config::parse();
    match start(name, config, run) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{name}: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn start<C, R, F>(name: &'static str, config: C, run: R) -> anyhow::Result<ExitCode>
where
    C: ServiceConfig,
    R: FnOnce(C, Lifecycle) -> F + Send + 'static,
    F: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    let metrics = telemetry::init(name, config.log())?;
    traces::start(name, config.instance().instance_id.as_ref().map(InstanceId::as_str), config.traces())?;
    crate::faults::set_up();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start the async runtime")?;
    let code = runtime.block_on(async {
        let lifecycle = Lifecycle::with_drain_limit(config.ops().stop_timeout());
        let ops = listen_for_ops(config.ops()).await?;
        let shown = Ops {
            service: name,
            instance: config.instance().instance_id.as_ref().map(ToString::to_string),
            section: config.ops().clone(),
            readiness: lifecycle.ready().clone(),
            metrics,
        };
        let serving = ops::serve(ops, shown, lifecycle.end());
        lifecycle.spawn_to_the_end("ops", serving);
        spawn_start(&lifecycle, config, run);
        supervisor::inform(&lifecycle);
        anyhow::Ok(lifecycle.run_until_stopped().await)
    });
    traces::stop();
    runtime.shutdown_background();
    code
}

async fn listen_for_ops(section: &OpsSection) -> anyhow::Result<TcpListener> {
    let address = section.ops_addr;
    let listener = TcpListener::bind(address).await.with_context(|| format!("OPS_ADDR: cannot listen on {address}"))?;
    tracing::info!(address = %listener.local_addr()?, "operations port open");
    Ok(listener)
}

fn spawn_start<C, R, F>(lifecycle: &Lifecycle, config: C, run: R)
where
    C: ServiceConfig,
    R: FnOnce(C, Lifecycle) -> F + Send + 'static,
    F: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    lifecycle.ready().set("started", false);
    let started = lifecycle.clone();
    lifecycle.spawn_step("start", async move {
        run(config, started.clone()).await?;
        started.ready().set("started", true);
        Ok(())
    });
}
