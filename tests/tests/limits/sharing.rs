//! Sending is limited for each person, over all gateways and apis together.

use std::time::{Duration, Instant};

use chat_e2e::{User, send_path};
use serde_json::{Value, json};
use tokio::time::{MissedTickBehavior, interval};

use crate::app;

/// For how long somebody tries.
const TRYING: Duration = Duration::from_secs(6);
/// How often, in each place: far more than may be sent.
const STEP: Duration = Duration::from_millis(40);

/// Sends on a socket for a while. How many messages were taken; each refusal names its message and says when to come back.
async fn speak(user: &User, gateway: usize, conversation: &str) -> u32 {
    let mut socket = user.open(gateway, conversation).await;
    let (begun, mut ticks, mut taken) = (Instant::now(), interval(STEP), 0);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for number in 0.. {
        if begun.elapsed() > TRYING {
            break;
        }
        ticks.tick().await;
        let client_id = format!("{gateway}-{number}");
        socket.say("once more", &client_id).await;
        let answer = loop {
            let frame = socket.next().await.expect("the socket stays open");
            if frame["client_id"] == *client_id && (frame["type"] == "message_sent" || frame["type"] == "error") {
                break frame;
            }
        };
        if answer["type"] == "message_sent" {
            taken += 1;
        } else {
            assert_eq!(answer["code"], "rate_limited", "{answer}");
            assert!(answer["retry_after_ms"].as_u64().is_some_and(|ms| ms > 0), "{answer}");
        }
    }
    taken
}

/// Sends over REST for a while.
async fn post(user: &User, conversation: &str) -> u32 {
    let (begun, mut ticks, mut taken) = (Instant::now(), interval(STEP), 0);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while begun.elapsed() <= TRYING {
        ticks.tick().await;
        let answer = user.post(&send_path(conversation), json!({"content": "once more"})).await;
        if answer.status == 201 {
            taken += 1;
        } else {
            answer.refused(429, "rate_limited");
        }
    }
    taken
}

async fn count_messages(user: &User, conversation: &str) -> u32 {
    let (mut url, mut count) = (format!("/api/chat/conversations/{conversation}/messages/?page_size=200"), 0);
    loop {
        let page = user.get(&url).await.expect(200).body;
        count += u32::try_from(page["results"].as_array().unwrap().len()).unwrap();
        match &page["next"] {
            Value::String(next) => url.clone_from(next),
            _ => return count,
        }
    }
}

#[tokio::test]
async fn person_on_two_gateways_and_the_api_gets_one_share() {
    let app = app().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let begun = Instant::now();
    let (here, there, posted) = tokio::join!(speak(&ada, 0, &direct), speak(&ada, 1, &direct), post(&ada, &direct));
    let taken = here + there + posted;
    let share = 30.0 + 10.0 * begun.elapsed().as_secs_f64();
    let got = f64::from(taken) / share;
    assert!((0.8..=1.2).contains(&got), "{here} + {there} + {posted} of {share}");
    assert_eq!(count_messages(&ben, &direct).await, taken, "what was taken is there, and what was refused is not");
}

#[tokio::test]
async fn others_are_not_concerned() {
    let app = app().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let mut socket = ada.open(0, &direct).await;
    for number in 0..40 {
        socket.say("hurry", &format!("h{number}")).await;
    }
    socket.refused("rate_limited").await;
    let mut bens = ben.open(0, &direct).await;
    for number in 0..20 {
        bens.say("quietly", &format!("q{number}")).await;
        bens.expect("message_sent").await;
    }
}
