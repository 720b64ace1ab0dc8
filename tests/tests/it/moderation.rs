//! A moderator is asked before words are accepted: what it refuses is not said, what it replaces is said otherwise, and without it
//! the operator's choice counts. Two stacks: one lets pass what nobody has judged, the other does not.

mod moderator;

use anyhow::Result;
use chat_e2e::{App, Carrier, Line, Service, Socket, Stack, User, counter, options, send_path};
use serde_json::{Value, json};

use self::moderator::{Fake, WordFilter};

const REFUSED: &str = "this is spam";
const BLANKED: (&str, &str) = ("well, darn", "well, ****");

/// A stack whose gateways and apis ask.
async fn stack(moderation: &str, timeout_ms: &str) -> Result<Stack> {
    let settings = [("MODERATION", moderation), ("MODERATION_TIMEOUT_MS", timeout_ms)];
    let services = [Service::Api, Service::Gateway];
    let all = services.into_iter().flat_map(|service| settings.map(|(name, value)| (service, name, value)));
    Stack::start(all.fold(options()?, |options, (service, name, value)| options.env(service, name, value))).await
}

async fn send(user: &User, conversation: &str, content: &str, client_id: &str) -> chat_e2e::Answer {
    user.post(&send_path(conversation), json!({"content": content, "client_id": client_id})).await
}

async fn contents(user: &User, conversation: &str) -> Vec<Value> {
    let page = user.history(conversation, "?order=asc&page_size=200").await;
    page["results"].as_array().unwrap().iter().map(|message| message["content"].clone()).collect()
}

#[tokio::test]
async fn words_are_judged_before_they_are_said() -> Result<()> {
    let stack = stack("closed", "2500").await?;
    let app = App::of(&stack)?;
    let filters = [WordFilter::start(&stack).await?, WordFilter::start(&stack).await?];
    let [ada, ben, cleo] = app.users(["Ada", "Ben", "Cleo"]).await;
    for carrier in [Carrier::Plain, Carrier::SocketIo] {
        sockets_hear_what_was_refused_and_replaced(&app, carrier, &ada, &ben).await;
    }
    rest_hears_what_was_refused_and_replaced(&ada, &ben).await;
    repetition_of_what_was_stored_is_answered_whatever_it_says(&ada, &ben).await;
    edits_are_judged(&ada, &ben).await;
    strangers_learn_nothing(&ada, &ben, &cleo).await;
    machines_are_not_asked_about(&app, &ada, &ben).await;
    without_a_moderator_nothing_is_said(&stack, filters, &ada, &ben).await?;
    one_that_does_not_answer_is_none(&stack, &ada, &ben).await?;
    stack.stop().await
}

async fn sockets_hear_what_was_refused_and_replaced(app: &App, carrier: Carrier, ada: &User, ben: &User) {
    let group = ada.group_with(&[ben]).await;
    let mut listener = ben.open(1, &group).await;
    let path = format!("/ws/chat/{group}/");
    let mut line = Line::open(carrier, &app.gateways()[0], &path, &ada.token, &[]).await;
    line.expect("ready").await;
    let say = |content: &str, id: &str| json!({"type": "send_message", "content": content, "client_id": id});
    line.send(say(REFUSED, "one")).await;
    let error = line.refused("permission_denied").await;
    assert_eq!((&error["client_id"], &error["conversation_id"]), (&json!("one"), &json!(group)));
    assert_eq!(error["errors"]["content"][0], error["detail"]);
    line.send(json!({"type": "send_message", "content": REFUSED})).await;
    assert_eq!(line.refused("permission_denied").await["client_id"], Value::Null);
    line.send(say("this is fine", "one")).await;
    assert_eq!(line.expect("message_sent").await["client_id"], "one", "a refusal does not use it up");
    line.send(say(BLANKED.0, "two")).await;
    line.expect("message_sent").await;
    let heard: Vec<_> = listener.messages(2).await.iter().map(|message| message["content"].clone()).collect();
    assert_eq!(heard, ["this is fine", BLANKED.1]);
    assert_eq!(listener.settle().await, Vec::<Value>::new(), "nothing else was told");
}

async fn rest_hears_what_was_refused_and_replaced(ada: &User, ben: &User) {
    let direct = ada.direct_with(ben).await;
    let problem = send(ada, &direct, REFUSED, "r").await.refused(403, "permission_denied").body;
    assert_eq!(problem["errors"]["content"][0], problem["detail"]);
    assert_eq!(send(ada, &direct, BLANKED.0, "r").await.expect(201).body["content"], BLANKED.1);
    ada.post(&send_path(&direct), json!({"content": REFUSED})).await.refused(403, "permission_denied");
    assert_eq!(contents(ben, &direct).await, [BLANKED.1]);
}

async fn repetition_of_what_was_stored_is_answered_whatever_it_says(ada: &User, ben: &User) {
    let group = ada.group_with(&[ben]).await;
    let first = send(ada, &group, "once", "same").await.expect(201).body;
    assert_eq!(send(ada, &group, REFUSED, "same").await.expect(200).body, first);
    let mut socket = ada.open(1, &group).await;
    socket.say(REFUSED, "same").await;
    assert_eq!(socket.expect("message_sent").await["id"], first["id"]);
    // Both at once: the second is asked about while the first is on its way.
    let twice = ["fresh", REFUSED].map(|text| json!({"type": "send_message", "content": text, "client_id": "new"}));
    socket.send_all(twice).await;
    let answers = [socket.expect("message_sent").await, socket.expect("message_sent").await];
    assert_eq!(answers[0]["id"], answers[1]["id"]);
    ben.remove(&group, ben).await;
    assert_eq!(contents(ada, &group).await, ["once", "fresh"]);
}

async fn edits_are_judged(ada: &User, ben: &User) {
    let group = ada.group_with(&[ben]).await;
    let said = ada.say(&group, "first").await;
    let path = format!("/api/chat/messages/{}/", said["id"].as_str().unwrap());
    let problem = ada.patch(&path, json!({"content": REFUSED})).await.refused(403, "permission_denied").body;
    assert!(problem["errors"]["content"][0].is_string(), "{problem}");
    assert_eq!(contents(ben, &group).await, ["first"]);
    assert_eq!(ada.patch(&path, json!({"content": BLANKED.0})).await.expect(200).body["content"], BLANKED.1);
    assert_eq!(contents(ben, &group).await, [BLANKED.1]);
    ben.patch(&path, json!({"content": "mine"})).await.refused(403, "permission_denied");
}

async fn strangers_learn_nothing(ada: &User, ben: &User, cleo: &User) {
    let group = ada.group_with(&[ben]).await;
    send(cleo, &group, REFUSED, "x").await.refused(404, "not_found");
    send(cleo, "01980000-0000-7000-8000-000000000000", REFUSED, "x").await.refused(404, "not_found");
}

async fn machines_are_not_asked_about(app: &App, ada: &User, ben: &User) {
    let group = ada.group_with(&[ben]).await;
    let machine = app.machine("Marketplace").await;
    let words = json!({"content": REFUSED, "message_type": "system"});
    machine.post(&send_path(&group), words).await.expect(201);
}

async fn without_a_moderator_nothing_is_said(
    stack: &Stack,
    filters: [WordFilter; 2],
    ada: &User,
    ben: &User,
) -> Result<()> {
    let group = ada.group_with(&[ben]).await;
    let mut socket = ada.open(0, &group).await;
    let [one, other] = filters;
    one.kill().await;
    insist(&mut socket, "one is enough", "a").await;
    other.kill().await;
    socket.say("nobody is not", "b").await;
    let error = socket.refused("unavailable").await;
    assert!(error["retry_after_ms"].as_u64().unwrap() > 0, "{error}");
    let refused = send(ada, &group, "nobody is not", "b").await.refused(503, "unavailable");
    assert!(refused.headers.contains_key("retry-after"));
    socket.say("one is enough", "a").await;
    socket.expect("message_sent").await;
    send(ada, &group, "anything", "a").await.expect(200);
    let again = WordFilter::start(stack).await?;
    socket.say("somebody is back", "b").await;
    socket.expect("message_sent").await;
    again.kill().await;
    assert_eq!(contents(ben, &group).await, ["one is enough", "somebody is back"]);
    Ok(())
}

/// Says it again as long as it is told to come back: the broker may not have noticed yet that somebody is gone.
async fn insist(socket: &mut Socket, content: &str, client_id: &str) {
    loop {
        socket.say(content, client_id).await;
        loop {
            let frame = socket.next().await.unwrap();
            match frame["type"].as_str() {
                Some("message_sent") => return,
                Some("error") => {
                    assert_eq!(frame["code"], "unavailable", "{frame}");
                    break;
                }
                _ => {}
            }
        }
    }
}

async fn one_that_does_not_answer_is_none(stack: &Stack, ada: &User, ben: &User) -> Result<()> {
    let hung = Fake::start(stack, async |_| std::future::pending().await).await?;
    let group = ada.group_with(&[ben]).await;
    let mut socket = ada.open(0, &group).await;
    socket.say("is anybody there?", "late").await;
    socket.settle().await;
    socket.refused("unavailable").await;
    let late =
        counter(&stack.instances(Service::Gateway)[0], "chat_moderation_checks_total", Some(r#"outcome="late""#));
    assert!(late.await > 0);
    assert_eq!(contents(ben, &group).await, Vec::<Value>::new());
    hung.stop();
    Ok(())
}

#[tokio::test]
async fn what_nobody_judges_passes_where_the_operator_wants_so() -> Result<()> {
    let stack = stack("open", "1000").await?;
    let app = App::of(&stack)?;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let mut socket = ada.open(0, &direct).await;
    socket.say("nobody there", "a").await;
    socket.expect("message_sent").await;
    let fake = Fake::start(&stack, |words: Value| async move {
        match words["content"].as_str().unwrap() {
            "hang" => std::future::pending().await,
            "no verdict" => json!({"verdict": "perhaps"}),
            "blank" => json!({"verdict": "replace", "content": " "}),
            "long" => json!({"verdict": "replace", "content": "x".repeat(16 * 1024 + 1)}),
            _ => json!({"verdict": "accept"}),
        }
    })
    .await?;
    for content in ["hang", "no verdict", "blank", "long"] {
        socket.say(content, content).await;
        socket.expect("message_sent").await;
        ada.say(&direct, content).await;
    }
    fake.stop();
    let passed = ["nobody there", "hang", "hang", "no verdict", "no verdict", "blank", "blank", "long", "long"];
    assert_eq!(contents(&ben, &direct).await, passed);
    order_is_kept_however_long_each_is_looked_at(&stack, &ada, &ben).await?;
    stack.stop().await
}

async fn order_is_kept_however_long_each_is_looked_at(stack: &Stack, ada: &User, ben: &User) -> Result<()> {
    let busiest = moderator::Busiest::default();
    let watched = busiest.clone();
    let fake = Fake::start(stack, move |words: Value| {
        let watched = watched.clone();
        async move {
            let number: u64 = words["content"].as_str().unwrap().parse().unwrap();
            // The first of each eight is looked at longest.
            let _here = watched.come_in();
            tokio::time::sleep(std::time::Duration::from_millis((7 - number % 8) * 15)).await;
            if number % 5 == 4 { json!({"verdict": "refuse"}) } else { json!({"verdict": "accept"}) }
        }
    })
    .await?;
    let group = ada.group_with(&[ben]).await;
    let mut socket = ada.open(0, &group).await;
    let numbers: Vec<u64> = (0..40).collect();
    let frames =
        numbers.iter().map(|n| json!({"type": "send_message", "content": n.to_string(), "client_id": n.to_string()}));
    socket.send_all(frames).await;
    let mut answered = 0;
    while answered < numbers.len() {
        let frame = socket.next().await.unwrap();
        answered += usize::from(frame["type"] == "message_sent" || frame["type"] == "error");
    }
    let expected: Vec<_> = numbers.iter().filter(|n| *n % 5 != 4).map(|n| json!(n.to_string())).collect();
    assert_eq!(contents(ben, &group).await, expected);
    assert!((2..=8).contains(&busiest.most()), "several at once, and not all: {}", busiest.most());
    // Who closes its socket behind its words is heard all the same.
    let mut hasty = ada.open(1, &group).await;
    let mut listener = ben.open(0, &group).await;
    hasty.say("100", "last").await;
    hasty.close().await;
    assert_eq!(listener.messages(1).await[0]["content"], "100");
    fake.stop();
    Ok(())
}
