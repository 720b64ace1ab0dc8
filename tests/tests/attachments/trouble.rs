//! A bucket that fails, hangs and lies: coded errors in time, nothing that dangles, and words go on.

use std::time::{Duration, Instant};

use chat_e2e::PATIENCE;
use hyper::Method;
use serde_json::json;

use crate::bucket::{Scene, noise};
use crate::bucket_server::Trouble;
use crate::{id, url};

/// More than one call and its repetitions may take, whatever happens in them.
const SOON: Duration = Duration::from_secs(10);

#[tokio::test]
async fn uploads_fail_with_a_code_and_leave_nothing() {
    let scene = Scene::shared().await;
    let [ada, ben] = scene.app.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let photo = include_bytes!("files/photo.jpg");
    let (small, large) = (noise(1000), noise(11_000_000));
    for (method, trouble, name, content) in [
        (Method::PUT, Trouble::Fails, "failing", &small[..]),
        (Method::PUT, Trouble::Hangs, "hanging", &small),
        (Method::PUT, Trouble::Forgets, "forgetting", &small),
        (Method::POST, Trouble::Fails, "failing at parts", &large),
        (Method::PUT, Trouble::Hangs, "hanging at parts", &large),
        (Method::GET, Trouble::Halves, "halving", photo),
        (Method::GET, Trouble::Garbles, "garbling", photo),
        (Method::HEAD, Trouble::Fails, "not knowing", &small),
    ] {
        scene.bucket.set_trouble(Some((method, trouble)));
        let begun = Instant::now();
        let (upload, word) = tokio::join!(ada.try_upload(name, content), async {
            // Words are sent and read while files are not.
            let begun = Instant::now();
            ada.say(&direct, name).await;
            begun.elapsed()
        });
        let answer = upload.refused(503, "unavailable");
        assert!(answer.headers.contains_key("retry-after"), "{name}");
        assert!(begun.elapsed() < SOON && word < SOON, "{name}: {:?}, {word:?}", begun.elapsed());
        assert_ne!(scene.bucket.met(), 0, "{name}: nobody met the trouble");
    }
    scene.bucket.set_trouble(None);
    assert_eq!(scene.app.database().await.count_attachments(ada.id).await, 0);
    let said = ben.history(&direct, "").await["results"].as_array().map(Vec::len);
    assert_eq!(said, Some(8));
    nothing_is_left(&scene, ada.id).await;
    ada.upload("well again", &small).await;
}

/// Waits until no row and no object of the person is left.
async fn nothing_is_left(scene: &Scene, person: i64) {
    let begun = Instant::now();
    loop {
        let rows = scene.app.database().await.attachments_of(person).await;
        let objects = scene.bucket.objects();
        let dangling = objects.iter().filter(|name| rows.iter().any(|id| name.starts_with(id.as_str()))).count();
        if rows.is_empty() && dangling == 0 {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "{rows:?} {objects:?}");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn downloads_fail_with_a_code_or_break_off_and_are_never_wrong() {
    let scene = Scene::shared().await;
    let ada = scene.app.user("Ada").await;
    let (small, large) = (noise(1000), noise(2_000_000));
    let [short, long] = [ada.upload("short", &small).await, ada.upload("long", &large).await];
    for trouble in [Trouble::Fails, Trouble::Hangs, Trouble::Halves, Trouble::Garbles] {
        scene.bucket.set_trouble(Some((Method::GET, trouble)));
        let begun = Instant::now();
        ada.get(url(&short)).await.refused(503, "unavailable");
        assert!(begun.elapsed() < SOON, "{trouble:?}");
        assert_ne!(scene.bucket.met(), 0);
    }
    scene.bucket.set_trouble(Some((Method::GET, Trouble::Garbles)));
    // The first piece of a long one cannot be checked; the last one is held back.
    let broken = ada.request(Method::GET, url(&long)).send().await.unwrap();
    assert_eq!(broken.status(), 200);
    assert!(broken.bytes().await.is_err(), "wrong bytes never come to an end");
    scene.bucket.set_trouble(None);
    assert!(ada.download(url(&long)).await.bytes == large);
    std::fs::remove_file(scene.bucket.file_of(id(&long))).unwrap();
    ada.get(url(&long)).await.refused(503, "unavailable");
}

#[tokio::test]
async fn completion_can_be_repeated_when_the_bucket_is_back() {
    let scene = Scene::shared().await;
    let ada = scene.app.user("Ada").await;
    let begun = ada.post("/api/chat/attachments/uploads/", json!({"name": "a", "size": 1000})).await.expect(201).body;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let put = client.put(begun["url"].as_str().unwrap()).header("content-type", "application/octet-stream");
    assert!(put.body(noise(1000)).send().await.unwrap().status().is_success());
    let complete =
        async || ada.post(&format!("/api/chat/attachments/uploads/{}/complete/", id(&begun)), json!({})).await;
    for (method, trouble) in
        [(Method::HEAD, Trouble::Hangs), (Method::PUT, Trouble::Fails), (Method::GET, Trouble::Halves)]
    {
        scene.bucket.set_trouble(Some((method, trouble)));
        complete().await.refused(503, "unavailable");
        assert_ne!(scene.bucket.met(), 0, "{trouble:?}");
    }
    scene.bucket.set_trouble(None);
    let attachment = complete().await.expect(201).body;
    assert!(ada.download(url(&attachment)).await.bytes == noise(1000));
}
