//! Attachments where more than the usual stack is needed: a bucket on a real S3 server, one that fails, lies and hangs; files of a
//! gigabyte; what is taken away; and a real browser that is shown hostile files.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod browser;
mod bucket;
mod bucket_server;
mod hostile;
mod large;
mod orphans;
mod trouble;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use chat_e2e::{Instances, Service, Stack, StackOptions, options};
use serde_json::Value;

/// An api without anything behind it but the database.
const API_ALONE: Instances = Instances { gateways: 0, persistence: 0, api: 1, presence: 0 };
/// How often these tests' apis look for what is to be taken away.
const SWEEP_MS: u64 = 200;

/// A stack whose apis have these settings.
async fn start(instances: Instances, settings: &[(&str, &str)]) -> Stack {
    let options = options().unwrap().instances(instances);
    let set = |options: StackOptions, (name, value): &(&str, &str)| options.env(Service::Api, name, *value);
    Stack::start(settings.iter().fold(options, set)).await.expect("the stack starts")
}

/// A directory of this program's own, not there yet. Those of programs that have ended go.
fn fresh_dir(kind: &str) -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let base = Path::new(env!("CARGO_TARGET_TMPDIR"));
    for entry in std::fs::read_dir(base).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let owner = name.strip_prefix(kind).and_then(|rest| rest.split('-').nth(1));
        if owner.is_some_and(|pid| !Path::new("/proc").join(pid).exists()) {
            // Another program may have been faster.
            let _ = std::fs::remove_dir_all(base.join(name));
        }
    }
    base.join(format!("{kind}-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)))
}

fn url(attachment: &Value) -> &str {
    attachment["url"].as_str().expect("attachments have addresses")
}

fn id(attachment: &Value) -> &str {
    attachment["id"].as_str().expect("attachments have ids")
}
