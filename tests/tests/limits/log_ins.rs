//! Guessing passwords and making accounts by the hundred.

use chat_e2e::{Answer, App, Rest};
use reqwest::Method;
use serde_json::json;

use crate::{app, fresh_address, from, number};

const TOKEN: &str = "/api/auth/token/";
const PASSWORD: &str = "correct horse battery";

async fn log_in(app: &App, api: usize, address: &str, username: &str, password: &str) -> Answer {
    let request = from(address, &app.anon_at(api), Method::POST, TOKEN);
    Rest::send(request.json(&json!({"username": username, "password": password}))).await
}

async fn register(app: &App, address: &str, username: &str) -> Answer {
    let request = from(address, &app.anon(), Method::POST, "/api/auth/register/");
    Rest::send(request.json(&json!({"username": username, "password": PASSWORD}))).await
}

fn fresh_name(app: &App) -> String {
    format!("guessed-{}", app.fresh_id())
}

/// Guesses at both apis in turn until it is refused; how often that was possible.
async fn guess(app: &App, address: &str, username: &str) -> (u32, Answer) {
    for tries in 0..50 {
        let answer = log_in(app, tries as usize, address, username, "wrong horse").await;
        if answer.status == 429 {
            return (tries, answer);
        }
        answer.refused(401, "not_authenticated");
    }
    panic!("nobody stopped the guessing");
}

#[tokio::test]
async fn password_is_guessed_five_times_a_minute_over_all_apis() {
    let app = app().await;
    let (username, here, there) = (fresh_name(&app), fresh_address(), fresh_address());
    register(&app, &here, &username).await.expect(201);
    let (tries, refused) = guess(&app, &here, &username).await;
    assert!((5..=6).contains(&tries), "{tries}");
    let refused = refused.refused(429, "rate_limited");
    assert!((1..=60).contains(&number(&refused.headers, "retry-after")), "{:?}", refused.headers);
    log_in(&app, 0, &here, &username.to_uppercase(), PASSWORD).await.refused(429, "rate_limited");
    log_in(&app, 0, &there, &username, PASSWORD).await.expect(200);
}

#[tokio::test]
async fn account_that_does_not_exist_is_guessed_alike() {
    let app = app().await;
    let (nobody, somebody, here, there) = (fresh_name(&app), fresh_name(&app), fresh_address(), fresh_address());
    register(&app, &here, &somebody).await.expect(201);
    let (of_nobody, of_somebody) = (guess(&app, &here, &nobody).await, guess(&app, &there, &somebody).await);
    assert!(of_nobody.0.abs_diff(of_somebody.0) <= 1);
    for field in ["type", "title", "detail", "code", "status"] {
        assert_eq!(of_nobody.1.body[field], of_somebody.1.body[field]);
    }
}

#[tokio::test]
async fn log_ins_that_succeed_are_not_counted() {
    let app = app().await;
    let (username, here) = (fresh_name(&app), fresh_address());
    register(&app, &here, &username).await.expect(201);
    let mut statuses = Vec::new();
    for api in 0..7 {
        statuses.push(log_in(&app, api, &here, &username, PASSWORD).await.status);
    }
    assert_eq!(statuses, [200; 7]);
}

#[tokio::test]
async fn address_guesses_so_often_whatever_the_account() {
    let app = app().await;
    let here = fresh_address();
    let mut taken = 0;
    let refused = loop {
        let answer = log_in(&app, taken, &here, &fresh_name(&app), "wrong horse").await;
        if answer.status == 429 {
            break answer;
        }
        answer.refused(401, "not_authenticated");
        taken += 1;
        assert!(taken < 20, "nobody stopped the guessing");
    };
    assert_eq!(number(&refused.headers, "ratelimit-limit"), 8, "of the address");
    assert!((8..=9).contains(&taken), "{taken}");
}

#[tokio::test]
async fn address_registers_so_many_accounts_an_hour() {
    let app = app().await;
    let (here, there) = (fresh_address(), fresh_address());
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(register(&app, &here, &fresh_name(&app)).await.status);
    }
    assert_eq!(statuses, [201, 201, 201, 429]);
    register(&app, &there, &fresh_name(&app)).await.expect(201);
}
