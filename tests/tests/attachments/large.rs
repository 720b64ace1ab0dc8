//! A gigabyte in and out: the api's memory does not grow with it.

use std::fs;
use std::time::{Duration, Instant};

use bytes::Bytes;
use chat_e2e::{App, Process, Service, User, form_around, hex};
use futures_util::stream;
use reqwest::Body;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::{API_ALONE, start, url};

const GIB: u64 = 1024 * 1024 * 1024;
/// How much resident memory may grow, at its peak.
const MAX_GROWTH_KIB: u64 = 32 * 1024;
const PIECE_BYTES: usize = 256 * 1024;
/// How long a gigabyte may take, one way, with the code as it is in tests.
const LIMIT: Duration = Duration::from_mins(3);

/// What `/proc` says of a process, in KiB.
fn memory(process: &Process, field: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", process.pid().unwrap())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':')).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// Forgets the peak of so far.
fn forget_peak(process: &Process) {
    fs::write(format!("/proc/{}/clear_refs", process.pid().unwrap()), "5").unwrap();
}

/// A file of this length, made while it is sent.
fn upload_body(length: u64) -> (Body, String) {
    let piece: Bytes = (0..PIECE_BYTES).map(|n| u8::try_from((n * n + n / 7) % 251).unwrap()).collect();
    let count = length / PIECE_BYTES as u64;
    let mut hash = Sha256::new();
    for _ in 0..count {
        hash.update(&piece);
    }
    let (before, after) = form_around("form-data; name=\"file\"; filename=\"a gigabyte\"");
    let pieces = (0..count).map(move |_| piece.clone());
    let all = std::iter::once(Bytes::from(before)).chain(pieces).chain([Bytes::from(after)]);
    let sha256 = hex(&hash.finalize());
    (Body::wrap_stream(stream::iter(all.map(Ok::<_, std::io::Error>))), sha256)
}

async fn upload(who: &User, length: u64) -> (Value, String) {
    let (body, sha256) = upload_body(length);
    let response = who.form_request(body).timeout(LIMIT).send().await.unwrap();
    assert_eq!(response.status(), 201);
    (response.json().await.unwrap(), sha256)
}

async fn download(who: &User, attachment: &Value) -> (u64, String) {
    let mut response = who.request(reqwest::Method::GET, url(attachment)).timeout(LIMIT).send().await.unwrap();
    let (mut length, mut hash) = (0, Sha256::new());
    while let Some(piece) = response.chunk().await.unwrap() {
        length += piece.len() as u64;
        hash.update(&piece);
    }
    (length, hex(&hash.finalize()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gigabyte_goes_in_and_out_in_little_memory() {
    let limit = (2 * GIB).to_string();
    let stack = start(API_ALONE, &[("MAX_ATTACHMENT_BYTES", &limit)]).await;
    let ada = App::of(&stack).unwrap().user("Ada").await;
    let api = &stack.instances(Service::Api)[0].process;
    // Code and connections that are used for the first time are no growth.
    let (warm, _) = upload(&ada, 16 * 1024 * 1024).await;
    download(&ada, &warm).await;

    let before = memory(api, "VmRSS");
    forget_peak(api);
    let begun = Instant::now();
    let (attachment, sha256) = upload(&ada, GIB).await;
    let (uploaded, peak) = (begun.elapsed(), memory(api, "VmHWM"));
    assert_eq!((attachment["size"].as_u64(), attachment["sha256"].as_str()), (Some(GIB), Some(&*sha256)));
    assert!(peak < before + MAX_GROWTH_KIB, "uploading grew it from {before} to {peak} KiB");

    forget_peak(api);
    let begun = Instant::now();
    assert_eq!(download(&ada, &attachment).await, (GIB, sha256));
    let (downloaded, peak) = (begun.elapsed(), memory(api, "VmHWM"));
    assert!(peak < before + MAX_GROWTH_KIB, "downloading grew it from {before} to {peak} KiB");
    println!("1 GiB in {uploaded:?} up, {downloaded:?} down; at first {before} KiB");
    stack.stop().await.unwrap();
}

#[tokio::test]
async fn more_than_the_limit_is_refused_on_the_way() {
    let stack = start(API_ALONE, &[("MAX_ATTACHMENT_BYTES", "1000000")]).await;
    let ada = App::of(&stack).unwrap().user("Ada").await;
    let (body, _) = upload_body(4 * 1024 * 1024);
    let response = ada.form_request(body).send().await.unwrap();
    assert_eq!(response.status(), 413);
    let problem: Value = response.json().await.unwrap();
    assert_eq!((&problem["code"], problem["errors"]["file"].is_array()), (&"too_large".into(), true));
    assert_eq!(App::of(&stack).unwrap().database().await.count_attachments(ada.id).await, 0);
    stack.stop().await.unwrap();
}
