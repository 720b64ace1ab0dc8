//! The fault tests of `WorkConnect` Chat: virtual people who load a stack over its public doors, a nemesis that breaks it meanwhile, a
//! history of what everybody saw, and a judge of the promises who knows nothing of the services.
//!
//! A scenario in a test:
//!
//! ```no_run
//! # async fn scenario() -> anyhow::Result<()> {
//! use chatcheck::runner::Scenario;
//!
//! let report = Scenario::new("worker_dies").people(8).conversations(3).gateways(2).workers(2).rate(300.0)
//!     .nemesis(async |arena| {
//!         let worker = arena.owner(arena.conversations()[0]).await?;
//!         arena.burst(20).await?;
//!         arena.kill(&worker.process).await?;
//!         arena.more_acks(500).await
//!     })
//!     .run().await?;
//! report.kept()?;
//! # Ok(())
//! # }
//! ```

pub mod affairs;
pub mod campaign;
pub mod check;
pub mod client;
pub mod history;
pub mod nemesis;
pub mod people;
pub mod runner;
pub mod site;
