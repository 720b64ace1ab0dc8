//! The one supervisor of `WorkConnect` Chat: starts Postgres, NATS and the services for `make run`, for tests and for fault campaigns,
//! watches them, stops them in order, and can kill, halt and restart each of them.

mod assembly;
mod certificates;
mod cluster;
mod hosts;
mod keeper;
mod leftovers;
mod locate;
mod logs;
mod nats_server;
mod nats_users;
mod options;
mod ports;
mod postgres_user;
mod proc_fs;
mod process;
mod program;
mod readiness;
mod roles;
mod run_file;
mod secrets;
mod servers;
mod service;
mod stack;
mod standby;
mod watcher;

pub mod banner;
pub mod foreground;
pub mod seed;

pub use nix::sys::signal::Signal;

pub use crate::certificates::{Certificates, TlsMode};
pub use crate::hosts::{Host, Hosts};
pub use crate::options::{Instances, StackOptions, WebPage};
pub use crate::process::Process;
pub use crate::roles::Role;
pub use crate::service::Service;
pub use crate::stack::{Instance, Stack};
pub use crate::watcher::Report;
