//! `<data>/run.json`: where everything of a running stack is, for programs. There while all is ready, readable by its owner alone.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Serialize;

use crate::process::Process;
use crate::secrets;
use crate::service::Service;
use crate::stack::{Instance, Stack};

#[derive(Debug, Serialize)]
struct RunFile<'a> {
    api: ServiceEntry<'a>,
    ws_gateway: ServiceEntry<'a>,
    persistence: ServiceEntry<'a>,
    presence: ServiceEntry<'a>,
    nats: ServerEntry<'a>,
    postgres: ServerEntry<'a>,
    jwt_secret: &'a str,
}

#[derive(Debug, Serialize)]
struct ServiceEntry<'a> {
    /// Of the first instance.
    url: Option<&'a str>,
    /// Of the first instance.
    ops_url: Option<&'a str>,
    pids: Vec<i32>,
    instances: Vec<InstanceEntry<'a>>,
}

#[derive(Debug, Serialize)]
struct InstanceEntry<'a> {
    url: Option<&'a str>,
    ops_url: &'a str,
    pid: Option<i32>,
}

#[derive(Debug, Serialize)]
struct ServerEntry<'a> {
    url: &'a str,
    pids: Vec<i32>,
}

/// Writes the file, as a whole.
pub fn write(stack: &Stack) -> Result<()> {
    let file = RunFile {
        api: service_entry(stack.instances(Service::Api)),
        ws_gateway: service_entry(stack.instances(Service::Gateway)),
        persistence: service_entry(stack.instances(Service::Persistence)),
        presence: service_entry(stack.instances(Service::Presence)),
        nats: server_entry(stack.nats_url(), stack.nats_servers()),
        postgres: server_entry(stack.database_url(), [stack.postgres()].into_iter().chain(stack.standby())),
        jwt_secret: stack.jwt_secret(),
    };
    let text = serde_json::to_string_pretty(&file).context("run.json holds only text and numbers")?;
    secrets::write_private(&path(&stack.options().data_dir), text.as_bytes())
}

/// Removes it.
pub fn remove(data_dir: &Path) {
    // There is none when the start failed.
    let _ = std::fs::remove_file(path(data_dir));
}

fn path(data_dir: &Path) -> PathBuf {
    data_dir.join("run.json")
}

fn service_entry(instances: &[Instance]) -> ServiceEntry<'_> {
    let entries = instances.iter().map(|instance| InstanceEntry {
        url: instance.url.as_deref(),
        ops_url: &instance.ops_url,
        pid: instance.process.pid(),
    });
    let entries: Vec<_> = entries.collect();
    ServiceEntry {
        url: entries.first().and_then(|first| first.url),
        ops_url: entries.first().map(|first| first.ops_url),
        pids: entries.iter().filter_map(|entry| entry.pid).collect(),
        instances: entries,
    }
}

fn server_entry<'a>(url: &'a str, processes: impl IntoIterator<Item = &'a Process>) -> ServerEntry<'a> {
    ServerEntry { url, pids: processes.into_iter().filter_map(Process::pid).collect() }
}
