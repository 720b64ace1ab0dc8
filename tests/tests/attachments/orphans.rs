//! What nobody has sent in time and what nobody sees any more is taken away, by whichever api comes first.

use std::path::{Path, PathBuf};
use std::time::Instant;

use chat_e2e::{App, Instances, PATIENCE, Service, Signal, Stack, User, form_around};
use serde_json::{Value, json};

use crate::{SWEEP_MS, id, start, url};

const PHOTO: &[u8] = include_bytes!("files/photo.jpg");

struct Scene {
    stack: Stack,
    app: App,
    ada: User,
    ben: User,
}

impl Scene {
    /// Three apis that all look often.
    async fn new() -> Self {
        let sweep = SWEEP_MS.to_string();
        let instances = Instances { gateways: 0, persistence: 1, api: 3, presence: 0 };
        let stack = start(instances, &[("ATTACHMENT_SWEEP_MS", &sweep)]).await;
        let app = App::of(&stack).unwrap();
        let [ada, ben] = app.users(["Ada", "Ben"]).await;
        Self { stack, app, ada, ben }
    }

    fn folder(&self) -> PathBuf {
        self.stack.options().data_dir.join("attachments")
    }

    fn files_of(&self, attachment: &str) -> Vec<String> {
        files(&self.folder()).into_iter().filter(|name| name.starts_with(attachment)).collect()
    }

    /// Waits until neither a row nor a file of an attachment is left.
    async fn is_taken_away(&self, attachment: &str) {
        let begun = Instant::now();
        while !self.files_of(attachment).is_empty() || self.app.database().await.has_attachment(attachment).await {
            assert!(begun.elapsed() < PATIENCE, "{attachment} stays: {:?}", self.files_of(attachment));
        }
    }
}

fn files(folder: &Path) -> Vec<String> {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[tokio::test]
async fn what_was_not_sent_in_time_goes_and_what_was_sent_stays() {
    let scene = Scene::new().await;
    let Scene { app, ada, ben, .. } = &scene;
    let direct = ada.direct_with(ben).await;
    let [sent, orphan, fresh] =
        [ada.upload("sent", PHOTO).await, ada.upload("orphan", PHOTO).await, ada.upload("fresh", PHOTO).await];
    ada.send_attachments(&direct, &[&sent]).await;
    assert_eq!(scene.files_of(id(&orphan)).len(), 2, "the picture and its thumbnail");
    let mut database = app.database().await;
    for attachment in [&sent, &orphan] {
        database.age_attachment(id(attachment), 24).await;
    }
    scene.is_taken_away(id(&orphan)).await;
    ada.get(url(&orphan)).await.refused(404, "not_found");
    let answer = ada.post(&chat_e2e::send_path(&direct), json!({"attachment_ids": [id(&orphan)]})).await;
    answer.refused(400, "invalid");
    for kept in [&sent, &fresh] {
        assert_eq!(ada.download(url(kept)).await.status, 200);
        assert_eq!(scene.files_of(id(kept)).len(), 2);
    }
    assert_eq!(ben.download(url(&sent)).await.status, 200);
    scene.stack.stop().await.unwrap();
}

#[tokio::test]
async fn files_of_a_deleted_group_go_unless_they_were_sent_elsewhere() {
    let scene = Scene::new().await;
    let Scene { ada, ben, .. } = &scene;
    let (group, direct) = (ada.group_with(&[ben]).await, ada.direct_with(ben).await);
    let [gone, kept] = [ada.upload("gone", PHOTO).await, ada.upload("kept", PHOTO).await];
    ada.send_attachments(&group, &[&gone, &kept]).await;
    ada.send_attachments(&direct, &[&kept]).await;
    ada.delete(&format!("/api/chat/conversations/{group}/")).await.expect(204);
    scene.is_taken_away(id(&gone)).await;
    assert_eq!(ben.download(url(&kept)).await.status, 200);
    scene.stack.stop().await.unwrap();
}

#[tokio::test]
async fn files_of_a_deleted_message_go_from_everywhere() {
    let scene = Scene::new().await;
    let Scene { ada, ben, .. } = &scene;
    let direct = ada.direct_with(ben).await;
    let [gone, kept] = [ada.upload("gone", PHOTO).await, ada.upload("kept", PHOTO).await];
    let message = ada.send_attachments(&direct, &[&gone, &kept]).await;
    ada.send_attachments(&direct, &[&kept]).await;
    ada.delete(&format!("/api/chat/messages/{}/", id(&message))).await.expect(204);
    assert_eq!(ben.download(url(&gone)).await.status, 404);
    scene.is_taken_away(id(&gone)).await;
    assert_eq!(ben.download(url(&kept)).await.status, 200);
    let events = ben.get(&format!("/api/chat/conversations/{direct}/events/")).await.expect(200).body;
    assert!(!events.to_string().contains(id(&gone)), "nothing of it is in the log: {events}");
    scene.stack.stop().await.unwrap();
}

#[tokio::test]
async fn upload_that_dies_with_its_api_leaves_nothing() {
    let scene = Scene::new().await;
    let (before, _) = form_around("form-data; name=\"file\"; filename=\"half\"");
    let (sender, receiver) = tokio::sync::mpsc::channel::<Result<Vec<u8>, std::io::Error>>(1);
    let body = reqwest::Body::wrap_stream(futures_util::stream::unfold(receiver, async |mut receiver| {
        receiver.recv().await.map(|piece| (piece, receiver))
    }));
    let request = scene.ada.form_request(body);
    let uploading = tokio::spawn(async move { request.send().await.is_err() });
    sender.send(Ok(before)).await.unwrap();
    // More than a part: the first one is in the folder, half written.
    sender.send(Ok(vec![7; 3_000_000])).await.unwrap();
    let half = half_written(&scene.folder()).await;
    scene.stack.instances(Service::Api)[0].process.kill(Signal::SIGKILL).await.unwrap();
    drop(sender);
    assert!(uploading.await.unwrap(), "nobody answers");
    let attachment = half.split('#').next().unwrap().to_owned();
    scene.app.database().await.age_attachment(&attachment, 24).await;
    scene.is_taken_away(&attachment).await;
    scene.stack.stop().await.unwrap();
}

/// Waits for a file that is being written; returns its name.
async fn half_written(folder: &Path) -> String {
    let begun = Instant::now();
    loop {
        if let Some(name) = files(folder).into_iter().find(|name| name.contains('#')) {
            return name;
        }
        assert!(begun.elapsed() < PATIENCE, "nothing is written");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn client_that_goes_away_in_the_middle_leaves_nothing() {
    let scene = Scene::new().await;
    let (before, _) = form_around("form-data; name=\"file\"; filename=\"half\"");
    let pieces = [Ok(before), Ok(vec![7; 3_000_000]), Err(std::io::Error::other("gone"))];
    let body = reqwest::Body::wrap_stream(futures_util::stream::iter(pieces));
    assert!(scene.ada.form_request(body).send().await.is_err());
    let begun = Instant::now();
    while !files(&scene.folder()).is_empty()
        || !scene.app.database().await.attachments_of(scene.ada.id).await.is_empty()
    {
        assert!(begun.elapsed() < PATIENCE, "{:?}", files(&scene.folder()));
    }
    let kept: Value = scene.ada.upload("whole", b"whole").await;
    assert_eq!(scene.files_of(id(&kept)).len(), 1);
    scene.stack.stop().await.unwrap();
}
