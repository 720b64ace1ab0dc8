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

fn url(attachment: &Value) -> &str {
    attachment["url"].as_str().expect("attachments have addresses")
}

fn id(attachment: &Value) -> &str {
    attachment["id"].as_str().expect("attachments have ids")
}
