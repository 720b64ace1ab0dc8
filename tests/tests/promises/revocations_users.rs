//! When the tokens of a whole person are revoked, those that were issued before, by whomever, are good for nothing, anywhere.

use std::time::{Duration, Instant};

use chat_bus::revocations::{Revocation, tell};
use chat_e2e::{Credentials, Instances, Service, Socket};
use chat_protocol::ids::UserId;
use chat_protocol::time::Timestamp;
use chat_store::{Database, revoked_users};
use chrono::{TimeDelta, Utc};
use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::json;

use crate::revocations::{start_again, verdict};
use crate::{Scene, workers};

/// The promise is 2 s; a busy machine gets three times that.
const PROMISE: Duration = Duration::from_secs(6);
const ME: &str = "/api/auth/me/";

/// Revokes as an operator does who has no api.
async fn revoke(scene: &Scene, user: i64, issued_before: Timestamp) {
    let user_id = UserId::new(user).expect("an id");
    let store = Database::new(scene.app.database_url(), 1).expect("the URL is good");
    revoked_users::revoke(store.pool(), user_id, issued_before).await.expect("the database takes it");
    let writer = scene.app.writer().await;
    tell(&writer.bus, &[Revocation::of_user(user_id, issued_before)]).await.expect("NATS takes it");
}

#[tokio::test]
async fn tokens_from_before_are_refused_everywhere_and_their_sockets_close() {
    let options = workers(1);
    let instances = Instances { api: 2, ..options.instances };
    let scene = Scene::on(options.instances(instances)).await;
    let ben = scene.ben.id;
    let issued =
        |secs_ago: i64| scene.app.token_from(ben, "Ben", TimeDelta::seconds(-secs_ago), Duration::from_hours(1));
    let claims = json!({"sub": ben, "exp": (Utc::now() + TimeDelta::hours(1)).timestamp()});
    let timeless = encode(&Header::default(), &claims, &EncodingKey::from_secret(scene.app.jwt_secret().as_bytes()));
    let (old, fresh, timeless) = (issued(60), issued(0), timeless.expect("it can be signed"));
    let ticket = scene.app.with_token(&old).post("/api/auth/ticket/", json!({})).await.expect(201).text("ticket");
    let [here, there] = [0, 1].map(|gateway| scene.app.chat_url(gateway, &scene.direct));
    let mut sockets = Vec::new();
    for (url, token) in [(&here, &old), (&there, &old), (&here, &timeless), (&there, &fresh)] {
        let mut socket = Socket::connect(url, Credentials::Header(token)).await.unwrap();
        socket.expect("ready").await;
        sockets.push(socket);
    }
    let mut stays = sockets.pop().unwrap();

    let begun = Instant::now();
    revoke(&scene, ben, (Utc::now() - TimeDelta::seconds(30)).into()).await;
    for socket in &mut sockets {
        assert_eq!(socket.close_code().await, 4003);
    }
    for api in [0, 1] {
        while scene.app.with_token_at(api, &old).get(ME).await.status != 401 {}
        while scene.app.with_token_at(api, &timeless).get(ME).await.status != 401 {}
        scene.app.with_token_at(api, &fresh).get(ME).await.expect(200);
    }
    assert!(begun.elapsed() < PROMISE, "{:?}", begun.elapsed());
    scene.ada.say(&scene.direct, "still here").await;
    assert_eq!(stays.expect("message_received").await["message"]["content"], "still here");
    let mut by_ticket = Socket::connect(&format!("{here}?ticket={ticket}"), Credentials::None).await.unwrap();
    assert_eq!(by_ticket.close_code().await, 4003);
    stays.send(json!({"type": "authenticate", "token": old})).await;
    assert_eq!(stays.close_code().await, 4003, "a token that was revoked is none");

    start_again(scene.stack.nats()).await;
    start_again(&scene.stack.instances(Service::Gateway)[1].process).await;
    assert_eq!(verdict(&there, Credentials::Header(&old)).await, 4003, "whatever NATS has forgotten");
    scene.app.with_token_at(1, &old).get(ME).await.refused(401, "not_authenticated");
    scene.strike().await;
}
