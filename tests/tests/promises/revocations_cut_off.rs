//! A gateway that was cut off from NATS, whether it noticed or not: it lets nobody in, and when it is back it says nothing to
//! anybody before it knows whose tokens were revoked meanwhile.

use std::time::{Duration, Instant};

use chat_auth::{Bearer, Rules, Signer};
use chat_e2e::{Answer, Credentials, Instances, PATIENCE, Relay, Service, Socket, StackOptions};
use chat_protocol::ids::{FamilyId, UserId};
use chat_protocol::rest::PlatformRole;
use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Error;

use crate::removal_cut_off::types_without_end;
use crate::{Kept, Scene, ensure, failing, go_on, halt, said, workers};

/// The promise is 2 s; a busy machine gets three times that.
const PROMISE: Duration = Duration::from_secs(6);

/// Gateways on a way to NATS of their own.
async fn scene_with(options: StackOptions) -> (Relay, Scene) {
    let options = options.instances(Instances { gateways: 1, persistence: 1, api: 2, presence: 0 });
    Scene::relayed(Service::Gateway, options).await
}

/// How the way to NATS breaks.
#[derive(Debug, Clone, Copy)]
enum Break {
    Cut,
    Silent,
}

impl Break {
    fn of(self, relay: &Relay) {
        match self {
            Self::Cut => relay.cut(),
            Self::Silent => relay.silence(),
        }
    }
}

/// Ben with two log-ins, of which one will end.
struct Logins {
    stays: Answer,
    ends: Answer,
    group: String,
}

impl Logins {
    async fn of(scene: &Scene) -> Self {
        let credentials = json!({"username": "ben", "password": "correct horse"});
        let account = scene.app.anon().post("/api/auth/register/", credentials.clone()).await.expect(201).body;
        let group = scene.ada.begin(json!({"kind": "group", "participant_ids": [account["id"]]})).await;
        let log_in = async || scene.app.anon().post("/api/auth/token/", credentials.clone()).await.expect(200);
        Self { stays: log_in().await, ends: log_in().await, group }
    }

    async fn open(&self, scene: &Scene, tokens: &Answer) -> Socket {
        let url = scene.app.chat_url(0, &self.group);
        let mut socket = Socket::connect(&url, Credentials::Header(&tokens.text("access"))).await.expect("an upgrade");
        socket.expect("ready").await;
        socket
    }

    async fn log_out(&self, scene: &Scene) {
        scene.app.anon().post("/api/auth/logout/", json!({"refresh": self.ends.text("refresh")})).await.expect(204);
    }
}

/// The status of `/readyz` on the public port of the gateway.
async fn readiness(scene: &Scene) -> u16 {
    let url = scene.app.gateways()[0].replace("ws://", "http://");
    scene.app.anon().get(&format!("{url}/readyz")).await.status
}

/// Waits until the gateway counts as ready, or as not.
async fn until_ready(scene: &Scene, is_ready: bool) {
    let expected = if is_ready { 200 } else { 503 };
    let ready = async { while readiness(scene).await != expected {} };
    timeout(PATIENCE, ready).await.unwrap_or_else(|_| panic!("never {expected}"));
}

/// Nobody is let in: by the answer to the upgrade, or by the close code.
async fn is_shut(url: &str, token: &str) -> bool {
    match Socket::connect(url, Credentials::Header(token)).await {
        Ok(mut socket) => matches!(socket.next().await, Err(closed) if closed.code == 4013),
        Err(Error::Http(answer)) => answer.status() == 503 && answer.headers().contains_key("retry-after"),
        Err(_) => false,
    }
}

/// Everything up to the end, without heartbeats; and the close code.
async fn all_until_the_end(socket: &mut Socket) -> (Vec<Value>, u16) {
    let mut frames = socket.kept();
    loop {
        match socket.next().await {
            Ok(frame) => frames.push(frame),
            Err(closed) => {
                frames.retain(|frame| frame["type"] != "heartbeat");
                return (frames, closed.code);
            }
        }
    }
}

async fn nothing_reaches_what_was_revoked_meanwhile(relay: &Relay, scene: &Scene, how: Break) -> Kept {
    let logins = Logins::of(scene).await;
    let (mut stays, mut ends) = (logins.open(scene, &logins.stays).await, logins.open(scene, &logins.ends).await);
    let url = scene.app.chat_url(0, &logins.group);
    how.of(relay);
    until_ready(scene, false).await;
    ensure(is_shut(&url, &logins.stays.text("access")).await, "somebody is let in")?;
    logins.log_out(scene).await;
    for number in 0..100 {
        scene.ada.say(&logins.group, &format!("{number}")).await;
    }
    ensure(stays.settle().await.is_empty(), "said meanwhile")?;
    ends.send(json!({"type": "resume", "after_seq": 0})).await;
    ends.settle().await;
    let begun = Instant::now();
    relay.restore();
    let (frames, code) = all_until_the_end(&mut ends).await;
    ensure(code == 4003, format!("closed with {code}"))?;
    ensure(frames.is_empty(), format!("told after the log-out: {frames:?}"))?;
    for number in 0..100 {
        let said = stays.expect("message_received").await;
        ensure(said["message"]["content"] == format!("{number}"), format!("out of order: {said}"))?;
    }
    until_ready(scene, true).await;
    ensure(begun.elapsed() < PROMISE, format!("{:?} after it was back", begun.elapsed()))
}

#[tokio::test]
async fn gateway_that_was_cut_off_tells_nothing_to_what_was_revoked_meanwhile() {
    let (relay, scene) = scene_with(workers(1)).await;
    nothing_reaches_what_was_revoked_meanwhile(&relay, &scene, Break::Cut).await.unwrap();
    scene.strike().await;
}

#[tokio::test]
async fn gateway_that_heard_nothing_for_a_while_tells_nothing_to_what_was_revoked_meanwhile() {
    let (relay, scene) = scene_with(workers(1)).await;
    nothing_reaches_what_was_revoked_meanwhile(&relay, &scene, Break::Silent).await.unwrap();
    scene.strike().await;
}

/// The list cannot be had, as the apis stand still; somebody types, which the gateway hears as soon as it is back.
#[tokio::test]
async fn gateway_that_does_not_wait_for_the_list_is_noticed() {
    let points = "mutant.no_clearance=return;mutant.no_suspicion=return";
    let (relay, scene) = scene_with(failing(workers(1), Service::Gateway, points)).await;
    let mut socket = scene.ben.open(0, &scene.direct).await;
    let typing = types_without_end(&scene, &scene.direct).await;
    socket.expect("typing_indicator").await;
    relay.cut();
    until_ready(&scene, false).await;
    scene.halt_apis().await;
    socket.settle().await;
    relay.restore();
    socket.expect("typing_indicator").await;
    scene.go_on_with_apis().await;
    typing.abort();
    scene.strike().await;
}

/// A token of our marketplace: of no family.
fn outside_token(scene: &Scene, user: i64) -> String {
    scene.app.token_from(user, "Ben", TimeDelta::seconds(-5), Duration::from_hours(1))
}

/// A token that says that it is of a family.
fn family_token(scene: &Scene, user: i64) -> String {
    let signer = Signer::hs256(scene.app.jwt_secret().as_bytes(), Rules::default(), Duration::from_hours(1));
    let bearer = Bearer {
        user_id: UserId::new(user).expect("an id"),
        name: "Ben".into(),
        role: PlatformRole::Client,
        avatar_url: None,
        family: Some(FamilyId::generate()),
    };
    signer.access_token(&bearer, Utc::now(), Duration::from_hours(1))
}

#[tokio::test]
async fn while_the_list_cannot_be_had_nothing_is_told_and_families_are_sent_away_in_the_end() {
    let (relay, scene) = scene_with(workers(1).env(Service::Gateway, "REVOCATIONS_TIMEOUT_MS", "2000")).await;
    let url = scene.app.chat_url(0, &scene.direct);
    let (of_family, outside) = (family_token(&scene, scene.ben.id), outside_token(&scene, scene.ben.id));
    let [mut of_family, mut outside] = [
        Socket::connect(&url, Credentials::Header(&of_family)).await.unwrap(),
        Socket::connect(&url, Credentials::Header(&outside)).await.unwrap(),
    ];
    of_family.expect("ready").await;
    outside.expect("ready").await;
    relay.cut();
    scene.ada.say(&scene.direct, "meanwhile").await;
    scene.halt_apis().await;
    relay.restore();
    let (frames, code) = all_until_the_end(&mut of_family).await;
    assert_eq!((frames, code), (vec![], 4013));
    assert_eq!(outside.settle().await, Vec::<Value>::new(), "open, and nothing is told");
    scene.go_on_with_apis().await;
    assert_eq!(outside.expect("message_received").await["message"]["content"], "meanwhile");
    outside.send(said("heard", Some("c1"))).await;
    outside.expect("message_sent").await;
    scene.strike().await;
}

#[tokio::test]
async fn api_that_was_cut_off_asks_the_database() {
    let options = workers(1).instances(Instances { gateways: 1, persistence: 1, api: 2, presence: 0 });
    let (relay, scene) = Scene::relayed(Service::Api, options).await;
    let logins = Logins::of(&scene).await;
    let access = logins.ends.text("access");
    scene.app.with_token_at(1, &access).get("/api/auth/me/").await.expect(200);
    relay.silence();
    logins.log_out(&scene).await;
    let refused = async { while scene.app.with_token_at(1, &access).get("/api/auth/me/").await.status != 401 {} };
    timeout(PROMISE, refused).await.expect("refused in time");
    scene.app.with_token_at(1, &logins.stays.text("access")).get("/api/auth/me/").await.expect(200);
    relay.restore();
    scene.app.with_token_at(1, &access).get("/api/auth/me/").await.expect(401);
    scene.strike().await;
}

#[tokio::test]
async fn gateway_that_stood_still_tells_nothing_to_what_was_revoked_meanwhile() {
    let (_relay, scene) = scene_with(workers(1)).await;
    let logins = Logins::of(&scene).await;
    let mut ends = logins.open(&scene, &logins.ends).await;
    let gateway = &scene.stack.instances(Service::Gateway)[0].process;
    halt(gateway).await;
    logins.log_out(&scene).await;
    let halted_at = Instant::now();
    // Longer than a word to oneself may be old.
    while halted_at.elapsed() < Duration::from_millis(2500) {
        scene.ada.say(&logins.group, "meanwhile").await;
    }
    go_on(gateway).await;
    assert_eq!(all_until_the_end(&mut ends).await, (vec![], 4003));
    scene.strike().await;
}
