//! Hostile files in a real browser: nothing that stands in them runs, whichever way they are opened; and the headers of every
//! answer are those of the golden file.

mod canary;
mod corpus;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chat_e2e::{App, Rest, User};
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use self::canary::Canary;
use self::corpus::{Hostile, corpus};
use crate::browser::{Browser, Opened};
use crate::{API_ALONE, start, url};

/// Headers that differ from answer to answer.
const VOLATILE: [&str; 2] = ["date", "x-request-id"];
/// In a page of the api itself: opens an address in every way that a page can, and says what ran.
const OPEN_EVERY_WAY: &str = include_str!("hostile/open_every_way.js");

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/attachments/hostile/headers.json")
}

fn headers(headers: &HeaderMap) -> BTreeMap<String, String> {
    let lasting = headers.iter().filter(|(name, _)| !VOLATILE.contains(&name.as_str()));
    lasting.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect()
}

/// What every way to get each file answers.
async fn answers(ada: &User) -> Value {
    let mut answers = serde_json::Map::new();
    for Hostile { name, content, .. } in corpus() {
        let uploaded = ada.try_upload(&name, &content).await;
        if uploaded.status != 201 {
            answers.insert(name, json!({"refused": [uploaded.status, uploaded.body["code"]]}));
            continue;
        }
        let attachment = uploaded.body;
        let get = ada.download(url(&attachment)).await;
        let ask = |method, header: &'static str, value: &str| {
            Rest::fetch(ada.request(method, url(&attachment)).header(header, value))
        };
        let head = ask(Method::HEAD, "accept", "*/*").await;
        let range = ask(Method::GET, "range", "bytes=0-3").await;
        let same = ask(Method::GET, "if-none-match", get.header("etag")).await;
        let beyond = ask(Method::GET, "range", "bytes=99999999-").await;
        let mut shown = json!({"content_type": attachment["content_type"], "kind": attachment["kind"]});
        for (way, answer) in [("GET", &get), ("HEAD", &head), ("range", &range), ("same", &same), ("beyond", &beyond)] {
            shown[way] = json!({"status": answer.status, "headers": headers(&answer.headers)});
        }
        if let Some(thumbnail) = attachment["thumbnail_url"].as_str() {
            let thumbnail = ada.download(thumbnail).await;
            shown["thumbnail"] = json!({"status": thumbnail.status, "headers": headers(&thumbnail.headers)});
        }
        answers.insert(name, shown);
    }
    Value::Object(answers)
}

#[tokio::test]
async fn headers_of_every_answer_are_golden() {
    let stack = start(API_ALONE, &[]).await;
    let ada = App::of(&stack).unwrap().user("Ada").await;
    let (answers, expected) = (answers(&ada).await, std::fs::read_to_string(golden()).unwrap());
    let expected: Value = serde_json::from_str(&expected).unwrap();
    for (name, answer) in answers.as_object().unwrap() {
        assert_eq!(answer, &expected[name], "{name}: if it is meant, write the golden file anew");
    }
    assert_eq!(answers.as_object().unwrap().len(), expected.as_object().unwrap().len());
    stack.stop().await.unwrap();
}

#[tokio::test]
#[ignore = "writes the golden file anew"]
async fn golden_headers_are_written_anew() {
    let stack = start(API_ALONE, &[]).await;
    let ada = App::of(&stack).unwrap().user("Ada").await;
    let text = serde_json::to_string_pretty(&answers(&ada).await).unwrap();
    std::fs::write(golden(), text + "\n").unwrap();
    stack.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_in_hostile_files_runs_in_a_browser() {
    let canary = Canary::start().await;
    let mut browser = Browser::start(canary.port()).await;
    let stack = start(API_ALONE, &[]).await;
    let ada = App::of(&stack).unwrap().user("Ada").await;
    browser.set_token(&ada.token).await;
    let api = stack.api_url().unwrap();
    let mut opened = 0;
    for Hostile { name, content, is_shown, .. } in corpus() {
        let uploaded = ada.try_upload(&name, &content).await;
        if uploaded.status != 201 {
            continue;
        }
        let address = format!("{api}{}", url(&uploaded.body));
        let became = browser.open(&address).await;
        assert_eq!(became, if is_shown { Opened::Shown } else { Opened::Saved }, "{name}");
        assert!(!browser.has_parsed_scripts(), "{name}: opened as a page");
        assert_eq!(browser.value("typeof ran").await, "undefined", "{name}: opened as a page");
        assert_eq!(browser.open(&format!("{api}/healthz")).await, Opened::Shown);
        let ran = browser.value(&format!("({OPEN_EVERY_WAY})({})", json!(address))).await;
        assert_eq!(ran, json!([]), "{name}: ways in which it ran");
        assert_eq!(canary.hits(), 0, "{name}: it spoke to somebody");
        opened += 1;
    }
    assert!(opened >= 30, "{opened}");
    stack.stop().await.unwrap();
}

/// The same files from a server that does not care how they are taken: the browser runs them, and this test sees it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_are_hostile_where_nobody_is_careful() {
    let canary = Canary::start().await;
    let mut browser = Browser::start(canary.port()).await;
    let mut ran = Vec::new();
    for Hostile { name, content, careless_type, .. } in corpus() {
        let Some(content_type) = careless_type else { continue };
        canary.offer(content_type, content);
        let before = canary.hits();
        assert_eq!(browser.open("http://canary.test/offered").await, Opened::Shown, "{name}");
        let marked = browser.value("typeof ran").await;
        let has_run = marked == "number" || canary.hits() > before || browser.has_parsed_scripts();
        assert!(has_run, "{name} as {content_type} is harmless, and proves nothing");
        ran.push(name);
    }
    assert!(ran.len() >= 10, "{ran:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pictures_are_shown_to_pages_of_the_same_origin_alone() {
    let canary = Canary::start().await;
    let mut browser = Browser::start(canary.port()).await;
    let stack = start(API_ALONE, &[]).await;
    let ada = App::of(&stack).unwrap().user("Ada").await;
    let photo = ada.upload("photo.jpg", include_bytes!("files/photo.jpg")).await;
    browser.set_token(&ada.token).await;
    let api = stack.api_url().unwrap();
    let show = format!(
        "new Promise(done => {{ const image = new Image(); image.onload = () => done(image.naturalWidth);
          image.onerror = () => done(0); image.src = '{api}{}'; }})",
        url(&photo)
    );
    browser.open(&format!("{api}/healthz")).await;
    assert_eq!(browser.value(&show).await, 96);
    canary.offer("text/html", b"<p>another origin</p>".to_vec());
    browser.open("http://canary.test/offered").await;
    assert_eq!(browser.value(&show).await, 0);
    stack.stop().await.unwrap();
}
