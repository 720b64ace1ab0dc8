//! Attachments in a bucket: uploads through the api and past it, with signatures that are checked.

use chat_e2e::{App, Instances, Rest, Stack, User};
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use tokio::sync::{Mutex, MutexGuard, OnceCell};

use crate::bucket_server::{BUCKET, BucketServer};
use crate::{API_ALONE, SWEEP_MS, id, start, url};

const UPLOADS: &str = "/api/chat/attachments/uploads/";
const PHOTO: &[u8] = include_bytes!("files/photo.jpg");

/// People on a stack with a bucket, while no other test troubles it.
pub struct Scene {
    pub app: App,
    pub bucket: BucketServer,
    _turn: MutexGuard<'static, ()>,
}

impl Scene {
    pub async fn shared() -> Self {
        static TURN: Mutex<()> = Mutex::const_new(());
        static PLACE: OnceCell<(Stack, BucketServer)> = OnceCell::const_new();
        let turn = TURN.lock().await;
        let (stack, bucket) = PLACE
            .get_or_init(|| async {
                let bucket = BucketServer::start();
                let sweep = SWEEP_MS.to_string();
                let mut settings = bucket.settings();
                settings.extend([("ATTACHMENT_SWEEP_MS", &*sweep), ("MAX_ATTACHMENT_BYTES", "12000000")]);
                let stack = start(Instances { presence: 0, ..Instances::default() }, &settings).await;
                (stack, bucket)
            })
            .await;
        bucket.set_trouble(None);
        Self { app: App::of(stack).unwrap(), bucket: bucket.clone(), _turn: turn }
    }
}

/// Bytes that no two places of have in common for long.
pub fn noise(length: usize) -> Vec<u8> {
    let mut state = 7_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u8::try_from(state >> 56).unwrap()
    };
    (0..length).map(|_| next()).collect()
}

/// Begins an upload past the api.
async fn begin(who: &User, name: &str, size: usize) -> Value {
    who.post(UPLOADS, json!({"name": name, "size": size})).await.expect(201).body
}

/// Sends bytes to where an upload is to go, as a browser would.
async fn put(upload: &Value, headers: &[(&str, &str)], content: &[u8]) -> u16 {
    let client = Client::builder().no_proxy().build().unwrap();
    let request = client.request(upload["method"].as_str().unwrap().parse().unwrap(), upload["url"].as_str().unwrap());
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    request.body(content.to_vec()).send().await.unwrap().status().as_u16()
}

async fn put_as_told(upload: &Value, content: &[u8]) -> u16 {
    let headers = upload["headers"].as_object().unwrap();
    let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap())).collect();
    put(upload, &headers, content).await
}

async fn complete(who: &User, upload: &Value) -> chat_e2e::Answer {
    who.post(&format!("{UPLOADS}{}/complete/", id(upload)), json!({})).await
}

#[tokio::test]
async fn bucket_keeps_small_and_large_files_and_pictures() {
    let scene = Scene::shared().await;
    let ada = scene.app.user("Ada").await;
    // One object in one piece, and one in parts.
    for content in [noise(1000), noise(11_000_000)] {
        let attachment = ada.upload("noise", &content).await;
        let download = ada.download(url(&attachment)).await;
        assert!(download.status == 200 && download.bytes == content);
        let part = Rest::fetch(ada.request(Method::GET, url(&attachment)).header("range", "bytes=500-799")).await;
        assert!(part.status == 206 && part.bytes == content[500..800]);
        assert!(std::fs::read(scene.bucket.file_of(id(&attachment))).unwrap() == content, "named by its id alone");
    }
    let photo = ada.upload("../../photo.jpg", PHOTO).await;
    assert_eq!(photo["kind"], "image");
    let download = ada.download(url(&photo)).await;
    assert!(!download.bytes.windows(6).any(|window| window == b"CANARY"));
    assert_eq!(ada.download(photo["thumbnail_url"].as_str().unwrap()).await.status, 200);
    let objects = scene.bucket.objects();
    assert!(objects.contains(&format!("{}.thumbnail", id(&photo))), "{objects:?}");
    assert!(objects.iter().all(|name| name.len() >= 36 && !name.contains("photo")), "{objects:?}");
}

#[tokio::test]
async fn upload_past_the_api_becomes_an_attachment_like_any_other() {
    let scene = Scene::shared().await;
    let [ada, ben] = scene.app.users(["Ada", "Ben"]).await;
    let upload = begin(&ada, "Küche.jpg", PHOTO.len()).await;
    assert_eq!(upload["method"], "PUT");
    let address = upload["url"].as_str().unwrap();
    assert!(address.starts_with(&format!("{}/{BUCKET}/{}.upload?", scene.bucket.url, id(&upload))), "{address}");
    let expires_at: DateTime<Utc> = upload["expires_at"].as_str().unwrap().parse().unwrap();
    let life = expires_at - Utc::now();
    assert!(life > TimeDelta::minutes(14) && life <= TimeDelta::minutes(15), "{life}");
    complete(&ada, &upload).await.refused(409, "conflict");
    assert_eq!(put_as_told(&upload, PHOTO).await, 200);
    complete(&ben, &upload).await.refused(404, "not_found");
    let path = format!("/api/chat/attachments/{}/", id(&upload));
    ada.get(&path).await.refused(404, "not_found");
    let attachment = complete(&ada, &upload).await.expect(201).body;
    assert_eq!(
        (&attachment["id"], &attachment["name"], &attachment["kind"]),
        (&upload["id"], &json!("Küche.jpg"), &json!("image"))
    );
    let download = ada.download(&path).await;
    assert!(!download.bytes.windows(6).any(|window| window == b"CANARY"), "pictures are stripped here, too");
    assert_eq!(complete(&ada, &upload).await.expect(200).body, attachment, "again: the same");
    let direct = ada.direct_with(&ben).await;
    ada.send_attachments(&direct, &[&attachment]).await;
    assert_eq!(ben.download(&path).await.bytes, download.bytes);
    assert!(!scene.bucket.objects().contains(&format!("{}.upload", id(&upload))));
}

#[tokio::test]
async fn bytes_that_come_after_completion_change_nothing() {
    let scene = Scene::shared().await;
    let ada = scene.app.user("Ada").await;
    let upload = begin(&ada, "a.txt", 5).await;
    assert_eq!(put_as_told(&upload, b"first").await, 200);
    let attachment = complete(&ada, &upload).await.expect(201).body;
    assert_eq!(put_as_told(&upload, b"later").await, 200);
    complete(&ada, &upload).await.expect(200);
    assert_eq!(ada.download(url(&attachment)).await.bytes, b"first");
}

#[tokio::test]
async fn what_arrives_must_be_what_was_announced_and_not_too_large() {
    let scene = Scene::shared().await;
    let ada = scene.app.user("Ada").await;
    ada.post(UPLOADS, json!({"name": "a", "size": 12_000_001})).await.refused(413, "too_large");
    for (body, field) in [
        (json!({"name": "", "size": 1}), "name"),
        (json!({"name": "a", "size": 0}), "size"),
        (json!({"name": "a\0", "size": 1}), "name"),
        (json!({"size": 1}), "name"),
    ] {
        let answer = ada.post(UPLOADS, body).await.refused(400, "invalid");
        assert!(answer.body["errors"][field].is_array(), "{}", answer.body);
    }
    let upload = begin(&ada, "a", 10).await;
    assert_eq!(put_as_told(&upload, b"too short").await, 200);
    complete(&ada, &upload).await.refused(400, "invalid");
    assert_eq!(put_as_told(&upload, b"ten bytes!").await, 200);
    complete(&ada, &upload).await.expect(201);
    let huge = begin(&ada, "b", 10).await;
    assert_eq!(put_as_told(&huge, &noise(12_000_001)).await, 200);
    complete(&ada, &huge).await.refused(413, "too_large");
    complete(&ada, &huge).await.refused(404, "not_found");
}

#[tokio::test]
async fn signed_url_is_good_for_this_object_and_these_headers_alone() {
    let scene = Scene::shared().await;
    let ada = scene.app.user("Ada").await;
    let (upload, other) = (begin(&ada, "a", 3).await, begin(&ada, "b", 3).await);
    assert_eq!(put(&upload, &[("content-type", "text/html")], b"abc").await, 403, "another type");
    let elsewhere = upload["url"].as_str().unwrap().replace(id(&upload), id(&other));
    assert_eq!(
        put_as_told(&json!({"url": elsewhere, "method": "PUT", "headers": upload["headers"]}), b"abc").await,
        403
    );
    let reading = json!({"url": upload["url"], "method": "GET", "headers": upload["headers"]});
    assert_eq!(put_as_told(&reading, b"").await, 403);
    assert_eq!(put_as_told(&upload, b"abc").await, 200);
}

#[tokio::test]
async fn wrong_secret_is_refused_by_the_bucket_and_told_as_unavailable() {
    let bucket = BucketServer::start();
    let mut settings = bucket.settings();
    settings.retain(|(name, _)| *name != "ATTACHMENTS_S3_SECRET_KEY");
    settings.push(("ATTACHMENTS_S3_SECRET_KEY", "another-secret-key-canary"));
    let stack = start(API_ALONE, &settings).await;
    let ada = App::of(&stack).unwrap().user("Ada").await;
    ada.try_upload("a", b"abc").await.refused(503, "unavailable");
    let upload = begin(&ada, "a", 3).await;
    assert_eq!(put_as_told(&upload, b"abc").await, 403);
    assert_eq!(bucket.objects(), Vec::<String>::new());
    let log = std::fs::read_to_string(stack.instances(chat_e2e::Service::Api)[0].process.log_path()).unwrap();
    assert!(log.contains("an object cannot be had or kept") && !log.contains("canary"), "{log}");
    stack.stop().await.unwrap();
}

#[tokio::test]
async fn downloads_are_sent_to_the_bucket_for_a_minute_if_that_is_wanted() {
    let bucket = BucketServer::start();
    let mut settings = bucket.settings();
    settings.push(("ATTACHMENTS_S3_REDIRECT_SECS", "60"));
    let stack = start(API_ALONE, &settings).await;
    let [ada, ben] = App::of(&stack).unwrap().users(["Ada", "Ben"]).await;
    let attachment = ada.upload("Ü.html", b"<script>alert(1)</script>").await;
    let answer = ada.download(url(&attachment)).await;
    assert_eq!((answer.status, answer.header("cache-control")), (302, "no-store"));
    let location = answer.header("location").to_owned();
    assert!(location.starts_with(&bucket.url) && location.contains("X-Amz-Expires=60"), "{location}");
    // Whatever the bucket would say of it: these headers are part of what is signed.
    assert!(location.contains("response-content-type=application%2Foctet-stream"), "{location}");
    assert!(location.contains("response-content-disposition=attachment"), "{location}");
    let there = App::of(&stack).unwrap().anon().download(&location).await;
    assert_eq!((there.status, there.bytes), (200, b"<script>alert(1)</script>".to_vec()));
    let tampered = location.replace("octet-stream", "xhtml%2Bxml");
    assert_eq!(App::of(&stack).unwrap().anon().download(&tampered).await.status, 403);
    assert_eq!(ben.download(url(&attachment)).await.status, 404, "access is decided before");
    let head = Rest::fetch(ada.request(Method::HEAD, url(&attachment))).await;
    assert_eq!((head.status, head.header("content-length")), (200, "25"));
    stack.stop().await.unwrap();
}
