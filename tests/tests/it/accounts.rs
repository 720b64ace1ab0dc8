//! Accounts for stand-alone use, and people who come with the marketplace's tokens.

use std::time::Duration;

use chat_e2e::App;
use chrono::{TimeDelta, Utc};
use jsonwebtoken::{EncodingKey, Header};
use serde_json::json;

const REGISTER: &str = "/api/auth/register/";
const TOKEN: &str = "/api/auth/token/";
const ME: &str = "/api/auth/me/";

#[tokio::test]
async fn registered_person_logs_in_and_is_told_who_they_are() {
    let app = App::shared().await;
    let username = format!("ada-{}", app.fresh_id());
    let body = json!({"username": username, "password": "correct horse", "name": "Ada L.", "role": "freelancer"});
    let account = app.anon().post(REGISTER, body).await.expect(201).body;
    assert_eq!(
        (&account["username"], &account["name"], &account["role"]),
        (&json!(username), &json!("Ada L."), &json!("freelancer"))
    );
    assert!(account.get("password").is_none());

    let credentials = json!({"username": username, "password": "correct horse"});
    let tokens = app.anon().post(TOKEN, credentials).await.expect(200);
    assert!(tokens.body["refresh"].is_string());
    let ada = app.with_token(&tokens.text("access"));
    assert_eq!(ada.get(ME).await.expect(200).body, account);
    // The refresh token opens no door.
    app.with_token(&tokens.text("refresh")).get(ME).await.refused(401, "not_authenticated");
}

#[tokio::test]
async fn role_is_client_and_name_the_username_unless_given() {
    let app = App::shared().await;
    let username = format!("plain-{}", app.fresh_id());
    let account =
        app.anon().post(REGISTER, json!({"username": username, "password": "12345678"})).await.expect(201).body;
    assert_eq!(
        (&account["name"], &account["role"], &account["avatar_url"]),
        (&json!(username), &json!("client"), &json!(null))
    );
}

#[tokio::test]
async fn taken_username_is_a_conflict_in_any_case() {
    let app = App::shared().await;
    let username = format!("taken-{}", app.fresh_id());
    app.anon().post(REGISTER, json!({"username": username, "password": "12345678"})).await.expect(201);
    for again in [username.clone(), username.to_uppercase()] {
        let refused = app.anon().post(REGISTER, json!({"username": again, "password": "other password"})).await;
        let refused = refused.refused(409, "conflict");
        assert!(refused.body["errors"]["username"].is_array(), "{}", refused.body);
    }
    app.anon()
        .post(TOKEN, json!({"username": username, "password": "other password"}))
        .await
        .refused(401, "not_authenticated");
}

#[tokio::test]
async fn username_taken_twice_at_once_is_one_account() {
    let app = App::shared().await;
    let body = json!({"username": format!("race-{}", app.fresh_id()), "password": "12345678"});
    let anon = app.anon();
    let answers = tokio::join!(anon.post(REGISTER, body.clone()), anon.post(REGISTER, body.clone()));
    let mut statuses = [answers.0.status, answers.1.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409]);
}

#[tokio::test]
async fn wrong_password_and_unknown_username_get_the_same_answer() {
    let app = App::shared().await;
    let username = format!("ben-{}", app.fresh_id());
    app.anon().post(REGISTER, json!({"username": username, "password": "12345678"})).await.expect(201);
    let wrong = app.anon().post(TOKEN, json!({"username": username, "password": "87654321"})).await;
    let unknown = app.anon().post(TOKEN, json!({"username": format!("{username}-x"), "password": "12345678"})).await;
    let wrong = wrong.refused(401, "not_authenticated");
    assert_eq!(unknown.refused(401, "not_authenticated").body, wrong.body);
}

#[tokio::test]
async fn person_of_a_good_token_is_made_from_its_claims() {
    let app = App::shared().await;
    let id = app.fresh_id();
    let stranger = app.with_token(&app.token(id, "From Claims"));
    let expected = json!({"id": id, "username": null, "name": "From Claims", "role": "freelancer", "avatar_url": null});
    assert_eq!(stranger.get(ME).await.expect(200).body, expected);
    let ada = app.user("Ada").await;
    ada.post("/api/chat/conversations/", json!({"participant_ids": [id]})).await.expect(201);
}

#[tokio::test]
async fn person_is_made_by_a_socket_too() {
    let app = App::shared().await;
    let id = app.fresh_id();
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let token = app.token(id, "Passer-by");
    let mut socket =
        chat_e2e::Socket::connect(&app.chat_url(0, &direct), chat_e2e::Credentials::Header(&token)).await.unwrap();
    assert_eq!(socket.close_code().await, 4504);
    ada.post("/api/chat/conversations/", json!({"participant_ids": [id]})).await.expect(201);
}

#[tokio::test]
async fn newer_token_refreshes_the_name_and_an_older_one_does_not() {
    let app = App::shared().await;
    let ada = app.user("Ada").await;
    let newer = app.token_from(ada.id, "Ada Lovelace", TimeDelta::seconds(1), Duration::from_hours(1));
    // Made in the future by the clock of another machine: counts as made now, once its second has come.
    let newer_now = app.with_token(&newer).get(ME).await.expect(200).body;
    assert_eq!(newer_now["name"], "Ada Lovelace");
    let older = app.token_from(ada.id, "Ada Byron", TimeDelta::minutes(-10), Duration::from_hours(1));
    assert_eq!(app.with_token(&older).get(ME).await.expect(200).body["name"], "Ada Lovelace");
}

#[tokio::test]
async fn newest_token_counts_on_every_api_even_if_it_said_nothing_new() {
    let app = App::shared().await;
    let id = app.fresh_id();
    let hour = Duration::from_hours(1);
    let from = |name: &str, ago: i64| app.token_from(id, name, TimeDelta::seconds(-ago), hour);
    let name_at = async |api: usize, token: &str| app.with_token_at(api, token).get(ME).await.expect(200).text("name");
    assert_eq!(name_at(0, &from("Ada", 60)).await, "Ada");
    // The same name again: the older token that comes to another api is older than this one.
    assert_eq!(name_at(0, &from("Ada", 20)).await, "Ada");
    assert_eq!(name_at(1, &from("Ada Byron", 40)).await, "Ada");
    assert_eq!(name_at(1, &from("Ada Lovelace", 10)).await, "Ada Lovelace");
    assert_eq!(name_at(0, &from("Ada", 20)).await, "Ada Lovelace");
}

#[tokio::test]
async fn claim_makes_nobody_more_than_client_or_freelancer() {
    let app = App::shared().await;
    for (claimed, expected) in [("admin", "client"), ("service", "client"), ("freelancer", "freelancer")] {
        let id = app.fresh_id();
        let claims = json!({"sub": id.to_string(), "exp": Utc::now().timestamp() + 60, "role": claimed, "name": "Eve"});
        let key = EncodingKey::from_secret(app.jwt_secret().as_bytes());
        let token = jsonwebtoken::encode(&Header::default(), &claims, &key).unwrap();
        assert_eq!(app.with_token(&token).get(ME).await.expect(200).text("role"), expected, "{claimed}");
    }
}

#[tokio::test]
async fn role_that_stands_here_stays_whatever_a_newer_token_says() {
    let app = App::shared().await;
    let ada = app.user("Ada").await;
    app.database().await.set_role(ada.id, 2).await;
    let newer = app.token_from(ada.id, "Ada Lovelace", TimeDelta::seconds(1), Duration::from_hours(1));
    let me = app.with_token_at(1, &newer).get(ME).await.expect(200).body;
    assert_eq!((&me["role"], &me["name"]), (&json!("admin"), &json!("Ada Lovelace")));
}
