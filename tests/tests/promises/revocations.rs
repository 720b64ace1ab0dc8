//! What was revoked stays revoked, and a ticket that was used stays used, whatever NATS has forgotten meanwhile.

use std::time::Duration;

use chat_e2e::{Answer, App, Credentials, Instances, PATIENCE, Process, Service, Signal, Socket};
use serde_json::{Value, json};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Error;

use crate::{Scene, workers};

/// How long a process may take to start again.
const START: Duration = Duration::from_secs(30);
const ME: &str = "/api/auth/me/";

/// Two apis: one hears of the log-out, the other does not.
async fn scene() -> Scene {
    let options = workers(1);
    let instances = Instances { api: 2, ..options.instances };
    Scene::on(options.instances(instances)).await
}

/// Somebody with an account, and a conversation with Ada.
struct Member {
    credentials: Value,
    group: String,
}

impl Member {
    async fn register(scene: &Scene) -> Self {
        let credentials = json!({"username": "member", "password": "correct horse"});
        let account = scene.app.anon().post("/api/auth/register/", credentials.clone()).await.expect(201).body;
        let group = scene.ada.begin(json!({"kind": "group", "participant_ids": [account["id"]]})).await;
        Self { credentials, group }
    }

    async fn log_in(&self, app: &App) -> Answer {
        app.anon().post("/api/auth/token/", self.credentials.clone()).await.expect(200)
    }
}

async fn log_out(app: &App, tokens: &Answer) {
    app.anon().post("/api/auth/logout/", json!({"refresh": tokens.text("refresh")})).await.expect(204);
}

pub(crate) async fn start_again(process: &Process) {
    process.kill(Signal::SIGKILL).await.expect("a running process can be killed");
    process.start(START).await.expect("it starts again");
}

/// Comes back as a client does until there is an answer that stands: a close code from which there is nothing to be hoped.
pub(crate) async fn verdict(url: &str, credentials: Credentials<'_>) -> u16 {
    let coming_back = async {
        loop {
            match Socket::connect(url, credentials).await {
                Ok(mut socket) => match socket.next().await {
                    Err(closed) if closed.code == 4013 => {}
                    Err(closed) => return closed.code,
                    Ok(frame) => panic!("let in: {frame}"),
                },
                Err(Error::Http(answer)) if answer.status() == 503 => {}
                Err(error) => panic!("{error}"),
            }
        }
    };
    timeout(PATIENCE, coming_back).await.expect("there is a verdict in the end")
}

#[tokio::test]
async fn what_was_revoked_or_used_stays_so_when_nats_forgets_everything() {
    let scene = scene().await;
    let member = Member::register(&scene).await;
    let (revoked, good) = (member.log_in(&scene.app).await, member.log_in(&scene.app).await);
    let bearer = scene.app.with_token(&good.text("access"));
    let ticket = bearer.post("/api/auth/ticket/", json!({})).await.expect(201).text("ticket");
    let [here, there] = [0, 1].map(|gateway| scene.app.chat_url(gateway, &member.group));
    let mut socket = Socket::connect(&format!("{here}?ticket={ticket}"), Credentials::None).await.unwrap();
    socket.expect("ready").await;
    log_out(&scene.app, &revoked).await;

    start_again(scene.stack.nats()).await;
    // It knows nothing but what it is told now.
    start_again(&scene.stack.instances(Service::Gateway)[1].process).await;
    assert_eq!(verdict(&there, Credentials::Header(&revoked.text("access"))).await, 4003);
    for gateway in [&here, &there] {
        let mut again = Socket::connect(&format!("{gateway}?ticket={ticket}"), Credentials::None).await.unwrap();
        assert_eq!(again.close_code().await, 4013, "nobody can know any more whether it was used");
    }
    let fresh = bearer.post("/api/auth/ticket/", json!({})).await.expect(201).text("ticket");
    let mut socket = Socket::connect(&format!("{there}?ticket={fresh}"), Credentials::None).await.unwrap();
    socket.expect("ready").await;
    scene.strike().await;
}

#[tokio::test]
async fn logout_without_nats_counts_at_every_api_and_closes_sockets_when_nats_is_back() {
    let scene = scene().await;
    let member = Member::register(&scene).await;
    let tokens = member.log_in(&scene.app).await;
    let access = tokens.text("access");
    let url = scene.app.chat_url(0, &member.group);
    let mut socket = Socket::connect(&url, Credentials::Header(&access)).await.unwrap();
    socket.expect("ready").await;

    let nats = scene.stack.nats();
    nats.kill(Signal::SIGKILL).await.expect("a running process can be killed");
    log_out(&scene.app, &tokens).await;
    for api in [0, 1] {
        scene.app.with_token_at(api, &access).get(ME).await.refused(401, "not_authenticated");
    }
    nats.start(START).await.expect("it starts again");
    assert_eq!(socket.close_code().await, 4003);
    assert_eq!(verdict(&url, Credentials::Header(&access)).await, 4003);
    scene.strike().await;
}
