//! Between two people of whom one has blocked the other nothing passes: no message, no typing, no presence. What they share with
//! others goes on.

use chat_e2e::{Answer, App, Rest, Socket, User, send_path};
use chat_protocol::ids::ConversationId;
use chat_protocol::rest::ConversationKind;
use chat_protocol::rpc::Membership;
use chat_store::{Database, blocks, memberships, presence};
use reqwest::Method;
use serde_json::{Value, json};

use crate::store::{Owner, user};
use crate::store_changes::{add, remove, store_with};

const BLOCKS: &str = "/api/chat/blocks/";

async fn block(user: &User, other: &User) -> Answer {
    user.put(&format!("{BLOCKS}{}/", other.id)).await
}

async fn unblock(user: &User, other: &User) {
    user.delete(&format!("{BLOCKS}{}/", other.id)).await.expect(204);
}

async fn about_a_job(user: &User, other: &User) -> String {
    let job = format!("job-{}-{}", user.id, other.id);
    user.begin(json!({"participant_ids": [other.id], "job": {"id": job}})).await
}

/// Everybody whom somebody sees.
async fn seen(user: &User) -> Vec<Value> {
    let page = user.get("/api/chat/presence/").await.expect(200).body;
    page["results"].as_array().unwrap().iter().map(|row| row["user_id"].clone()).collect()
}

/// `is_online` and `last_seen` of somebody in a row of the reader's conversations, in its own row, and in the list of participants.
async fn in_rows(reader: &User, conversation: &str, of: &User) -> Vec<(Value, Value)> {
    let path = format!("/api/chat/conversations/{conversation}/");
    let list = reader.get("/api/chat/conversations/").await.expect(200).body;
    let row = list["results"].as_array().unwrap().iter().find(|row| row["id"] == conversation).unwrap().clone();
    let own = reader.get(&path).await.expect(200).body;
    let people = reader.get(&format!("{path}participants/")).await.expect(200).body;
    let of = |people: &Value| {
        let one = people.as_array().unwrap().iter().find(|one| one["id"] == of.id).expect("takes part").clone();
        (one["is_online"].clone(), one["last_seen"].clone())
    };
    vec![of(&row["participants"]), of(&own["participants"]), of(&people["results"])]
}

/// Opens the socket of presence; returns it with the rows of its snapshot.
async fn watch(user: &User, gateway: usize) -> (Socket, Vec<Value>) {
    let mut socket = user.knock_presence(gateway).await;
    let snapshot = socket.expect("presence_snapshot").await;
    (socket, snapshot["users"].as_array().unwrap().clone())
}

fn ids(rows: &[Value]) -> Vec<Value> {
    rows.iter().map(|row| row["user_id"].clone()).collect()
}

/// Takes changes until the person is told to be so, who may be so already. Returns the changes.
async fn until(socket: &mut Socket, rows: &[Value], person: &User, status: &str) -> Vec<Value> {
    let is_it = |row: &Value| (&row["user_id"], &row["status"]) == (&json!(person.id), &json!(status));
    let mut changes = Vec::new();
    while !rows.iter().chain(&changes).any(is_it) {
        changes.push(socket.expect("user_status_change").await);
    }
    changes
}

async fn choose(user: &User, status: &str) {
    user.patch("/api/chat/presence/", json!({"status": status})).await.expect(200);
}

#[tokio::test]
async fn blocks_are_listed_newest_first_and_repeated_without_harm() {
    let app = App::shared().await;
    let [ada, ben, cem, dan] = app.users(["Ada", "Ben", "Cem", "Dan"]).await;
    let first = block(&ada, &ben).await.expect(201).body;
    let fields: Vec<_> = first.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!((fields, &first["user_id"]), (vec!["created_at", "user_id"], &json!(ben.id)));
    assert_eq!(block(&ada, &ben).await.expect(200).body, first);
    let second = block(&ada, &dan).await.expect(201).body;
    let third = block(&ada, &cem).await.expect(201).body;
    assert_eq!(ada.get(&format!("{BLOCKS}?page_size=1")).await.expect(200).body["results"], json!([third]));
    let page = ada.get(&format!("{BLOCKS}?page_size=2")).await.expect(200).body;
    assert_eq!((&page["results"], &page["previous"]), (&json!([third, second]), &Value::Null));
    let next = ada.get(page["next"].as_str().unwrap()).await.expect(200).body;
    assert_eq!((&next["results"], &next["next"]), (&json!([first]), &Value::Null));
    let back = ada.get(next["previous"].as_str().unwrap()).await.expect(200).body;
    assert_eq!((&back["results"], &back["previous"]), (&json!([third, second]), &Value::Null));
    assert_eq!(ben.get(BLOCKS).await.expect(200).body["results"], json!([]), "the blocked one does not learn it");

    unblock(&ada, &dan).await;
    unblock(&ada, &dan).await;
    assert_eq!(ada.get(BLOCKS).await.expect(200).body["results"], json!([third, first]));
    let renewed = block(&ada, &dan).await.expect(201).body;
    assert_eq!(ada.get(BLOCKS).await.expect(200).body["results"], json!([renewed, third, first]));
}

#[tokio::test]
async fn nobody_blocks_themselves_or_nobody() {
    let app = App::shared().await;
    let ada = app.user("Ada").await;
    let refused = block(&ada, &ada).await.refused(400, "invalid");
    assert!(refused.body["errors"]["user_id"].is_array());
    ada.put(&format!("{BLOCKS}{}/", app.fresh_id())).await.refused(404, "not_found");
    for id in ["x", "0", "-1", "9007199254740992"] {
        ada.put(&format!("{BLOCKS}{id}/")).await.refused(404, "not_found");
        ada.delete(&format!("{BLOCKS}{id}/")).await.refused(404, "not_found");
    }
    ada.delete(&format!("{BLOCKS}{}/", app.fresh_id())).await.expect(204);
    ada.get(&format!("{BLOCKS}?cursor=x")).await.refused(400, "invalid");
    assert_eq!(ada.get(BLOCKS).await.expect(200).body["results"], json!([]));
    for method in [Method::PUT, Method::DELETE] {
        let request = app.anon().request(method, &format!("{BLOCKS}{}/", ada.id));
        Rest::send(request).await.refused(401, "not_authenticated");
    }
    app.anon().get(BLOCKS).await.refused(401, "not_authenticated");
}

#[tokio::test]
async fn neither_of_the_two_says_anything_to_the_other() {
    let app = App::shared().await;
    let [ada, ben, cem] = app.users(["Ada", "Ben", "Cem"]).await;
    let [direct, job] = [ada.direct_with(&ben).await, about_a_job(&ben, &ada).await];
    let group = ben.group_with(&[&ada, &cem]).await;
    let said = ada.say(&direct, "hello").await;
    let mut sockets = [ada.open(0, &direct).await, ben.open(1, &direct).await];
    let mut all = ben.knock_all(0, "").await;
    all.expect("ready").await;
    block(&ben, &ada).await.expect(201);

    for conversation in [&direct, &job] {
        for user in [&ada, &ben] {
            let refused = user.post(&send_path(conversation), json!({"content": "x", "client_id": "c1"})).await;
            let refused = refused.refused(403, "blocked").body;
            assert!(!refused.to_string().contains(&ada.id.to_string()), "nothing but that: {refused}");
        }
        assert_eq!(app.database().await.count_messages(conversation).await, i64::from(*conversation == direct));
    }
    for socket in &mut sockets {
        socket.say("x", "c1").await;
        assert_eq!(socket.refused("blocked").await["client_id"], "c1");
    }
    all.send(json!({"type": "send_message", "conversation_id": job, "content": "x", "client_id": "c2"})).await;
    assert_eq!(all.refused("blocked").await["client_id"], "c2");
    let message = format!("/api/chat/messages/{}/", said["id"].as_str().unwrap());
    ada.patch(&message, json!({"content": "please"})).await.refused(403, "blocked");
    ben.put(&format!("{message}reactions/👍/")).await.refused(403, "blocked");
    ada.say(&group, "with others it goes on").await;
    ben.say(&group, "for both").await;
    assert_eq!(ben.history(&direct, "").await["results"], json!([said]), "what was said stays");

    unblock(&ben, &ada).await;
    for conversation in [&direct, &job] {
        for user in [&ada, &ben] {
            user.post(&send_path(conversation), json!({"content": "x", "client_id": "c1"})).await.expect(201);
        }
    }
    for socket in &mut sockets {
        socket.say("again", "c3").await;
        socket.expect("message_sent").await;
    }
}

#[tokio::test]
async fn block_holds_until_both_have_taken_theirs_back() {
    let [ada, ben] = App::shared().await.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    block(&ada, &ben).await.expect(201);
    block(&ben, &ada).await.expect(201);
    unblock(&ada, &ben).await;
    for user in [&ada, &ben] {
        user.post(&send_path(&direct), json!({"content": "x"})).await.refused(403, "blocked");
    }
    unblock(&ben, &ada).await;
    ada.say(&direct, "x").await;
}

#[tokio::test]
async fn conversation_of_two_is_open_again_once_a_third_comes() {
    let [ada, ben, cem] = App::shared().await.users(["Ada", "Ben", "Cem"]).await;
    let job = about_a_job(&ada, &ben).await;
    block(&ada, &ben).await.expect(201);
    ben.post(&send_path(&job), json!({"content": "x"})).await.refused(403, "blocked");
    ada.add(&job, &[&cem]).await;
    ben.say(&job, "to you both").await;
    ada.remove(&job, &cem).await;
    ben.post(&send_path(&job), json!({"content": "x"})).await.refused(403, "blocked");
}

/// Whether the socket was told that somebody types.
fn is_told_of_typing(frames: &[Value]) -> bool {
    frames.iter().any(|frame| frame["type"] == "typing_indicator" && frame["is_typing"] == true)
}

#[tokio::test]
async fn typing_is_not_told_on_open_sockets_nor_on_new_ones() {
    let [ada, ben] = App::shared().await.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let mut typist = ada.open(0, &direct).await;
    let (mut opened, mut all) = (ben.open(1, &direct).await, ben.knock_all(0, "").await);
    all.expect("ready").await;
    typist.send(json!({"type": "typing_start"})).await;
    for socket in [&mut opened, &mut all] {
        assert_eq!(socket.expect("typing_indicator").await["is_typing"], true);
    }
    typist.send(json!({"type": "typing_stop"})).await;
    for socket in [&mut opened, &mut all] {
        assert_eq!(socket.expect("typing_indicator").await["is_typing"], false);
    }

    block(&ben, &ada).await.expect(201);
    let mut fresh = ben.open(1, &direct).await;
    typist.send(json!({"type": "typing_start"})).await;
    let mut other_way = ben.open(0, &direct).await;
    other_way.send(json!({"type": "typing_start"})).await;
    typist.settle().await;
    other_way.settle().await;
    unblock(&ben, &ada).await;
    // What is said on the way of the log comes after what was told of typing.
    ada.say(&direct, "free").await;
    for socket in [&mut opened, &mut fresh, &mut all, &mut typist] {
        socket.expect("message_received").await;
        let told = socket.kept();
        assert!(!is_told_of_typing(&told), "{told:?}");
    }
    for frame in ["typing_stop", "typing_start"] {
        typist.send(json!({"type": frame})).await;
    }
    for socket in [&mut opened, &mut fresh, &mut all] {
        while socket.expect("typing_indicator").await["is_typing"] != true {}
    }
}

#[tokio::test]
async fn typing_goes_on_while_a_third_is_there() {
    let [ada, ben, cem] = App::shared().await.users(["Ada", "Ben", "Cem"]).await;
    let job = about_a_job(&ada, &ben).await;
    let (mut typist, mut other) = (ada.open(0, &job).await, ben.open(1, &job).await);
    block(&ben, &ada).await.expect(201);
    ada.add(&job, &[&cem]).await;
    other.expect("participant_added").await;
    typist.expect("participant_added").await;
    typist.send(json!({"type": "typing_start"})).await;
    assert_eq!(other.expect("typing_indicator").await["is_typing"], true);
    typist.send(json!({"type": "typing_stop"})).await;
    assert_eq!(other.expect("typing_indicator").await["is_typing"], false);

    ada.remove(&job, &cem).await;
    other.expect("participant_removed").await;
    typist.expect("participant_removed").await;
    typist.send(json!({"type": "typing_start"})).await;
    typist.settle().await;
    ben.post(&send_path(&job), json!({"content": "x"})).await.refused(403, "blocked");
    // A word that comes after it, past everything else.
    ada.patch(&format!("/api/chat/conversations/{job}/"), json!({"title": "still ours"})).await.expect(200);
    other.expect("conversation_updated").await;
    let told = other.kept();
    assert!(!is_told_of_typing(&told), "{told:?}");
}

#[tokio::test]
async fn how_far_the_other_has_read_is_not_told_by_a_resume() {
    let [ada, ben, cem] = App::shared().await.users(["Ada", "Ben", "Cem"]).await;
    let (direct, group) = (ada.direct_with(&ben).await, ada.group_with(&[&ben, &cem]).await);
    ada.say(&direct, "hello").await;
    ben.patch(&format!("/api/chat/conversations/{direct}/mark_as_read/"), json!({})).await.expect(200);
    let readers = async |conversation: &str| {
        let mut socket = ada.knock_with(0, conversation, "after_seq=0").await;
        let resumed = socket.expect("resumed").await;
        let mut ids: Vec<_> =
            resumed["read_state"].as_array().unwrap().iter().map(|one| one["reader_id"].clone()).collect();
        ids.sort_by_key(Value::as_i64);
        ids
    };
    assert_eq!(readers(&direct).await, [json!(ada.id), json!(ben.id)]);
    block(&ben, &ada).await.expect(201);
    assert_eq!(readers(&direct).await, [json!(ada.id)]);
    assert_eq!(readers(&group).await, [json!(ada.id), json!(ben.id), json!(cem.id)], "with others it goes on");
}

#[tokio::test]
async fn whoever_shared_nothing_else_is_gone_at_once() {
    let [ada, ben] = App::shared().await.users(["Ada", "Ben"]).await;
    let direct = ben.direct_with(&ada).await;
    ada.say(&direct, "hello").await;
    let (mut of_ada, rows) = watch(&ada, 0).await;
    let (mut of_ben, rows_of_ben) = watch(&ben, 1).await;
    until(&mut of_ada, &rows, &ben, "online").await;
    until(&mut of_ben, &rows_of_ben, &ada, "online").await;
    block(&ada, &ben).await.expect(201);
    for (socket, other) in [(&mut of_ada, &ben), (&mut of_ben, &ada)] {
        let change = socket.expect("user_status_change").await;
        let row = [&change["user_id"], &change["is_online"], &change["last_seen"], &change["status"]];
        assert_eq!(row, [&json!(other.id), &json!(false), &Value::Null, &json!("offline")]);
    }
}

#[tokio::test]
async fn receipts_are_not_told_to_the_other() {
    let [ada, ben] = App::shared().await.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let mut said = ada.open(0, &direct).await;
    said.say("hello", "c1").await;
    said.expect("message_sent").await;
    block(&ben, &ada).await.expect(201);
    let mut own = ben.open(1, &direct).await;
    let path = format!("/api/chat/conversations/{direct}/mark_as_read/");
    assert_eq!(ben.patch(&path, json!({})).await.expect(200).body["marked"], 1);
    own.expect("messages_read").await;
    unblock(&ben, &ada).await;
    ben.say(&direct, "free").await;
    said.expect("message_received").await;
    said.expect("message_received").await;
    let told = said.kept();
    assert!(!told.iter().any(|frame| frame["type"] == "messages_read"), "{told:?}");
}

#[tokio::test]
async fn presence_goes_on_both_sides_at_once_and_comes_back() {
    let [ada, ben, cem, eva] = App::shared().await.users(["Ada", "Ben", "Cem", "Eva"]).await;
    let group = ada.group_with(&[&ben, &cem]).await;
    let direct = ben.direct_with(&ada).await;
    ada.say(&direct, "hello").await;
    let (mut of_ada, rows_of_ada) = watch(&ada, 0).await;
    let (mut of_ben, rows_of_ben) = watch(&ben, 1).await;
    let (mut of_cem, rows) = watch(&cem, 0).await;
    assert_eq!(ids(&rows), [json!(ada.id), json!(ben.id)]);
    let _here = eva.knock_presence(1).await;
    let hidden = vec![(Value::Null, Value::Null); 3];
    let online = vec![(json!(true), Value::Null); 3];
    let changes = until(&mut of_ada, &rows_of_ada, &ben, "online").await;
    until(&mut of_ada, &[rows_of_ada, changes].concat(), &cem, "online").await;
    until(&mut of_ben, &rows_of_ben, &ada, "online").await;
    assert_eq!(in_rows(&ada, &group, &ben).await, online);

    block(&ada, &ben).await.expect(201);
    for (reader, of) in [(&ada, &ben), (&ben, &ada)] {
        assert_eq!(seen(reader).await, [json!(cem.id)], "both ways");
        let named = reader.get(&format!("/api/chat/presence/?user_ids={}", of.id)).await.expect(200).body;
        assert_eq!(named["results"], json!([]));
        for conversation in [&group, &direct] {
            assert_eq!(in_rows(reader, conversation, of).await, hidden);
        }
        assert_eq!(in_rows(reader, &group, reader).await, online, "oneself");
        assert_eq!(in_rows(reader, &group, &cem).await, online);
        assert_eq!(in_rows(&cem, &group, of).await, online, "others see both");
        let (_, rows) = watch(reader, 0).await;
        assert_eq!(ids(&rows), [json!(cem.id)], "new sockets too");
    }
    // Whoever is told of a newcomer knows of the block that was before; and what others are told later comes later.
    eva.group_with(&[&ada, &ben]).await;
    until(&mut of_ada, &[], &eva, "online").await;
    until(&mut of_ben, &[], &eva, "online").await;
    for one in [&ada, &ben] {
        choose(one, "away").await;
        until(&mut of_cem, &[], one, "away").await;
    }
    choose(&eva, "away").await;
    for (socket, other) in [(&mut of_ada, &ben), (&mut of_ben, &ada)] {
        let changes = until(socket, &[], &eva, "away").await;
        assert!(!ids(&changes).contains(&json!(other.id)), "{changes:?}");
    }

    unblock(&ada, &ben).await;
    until(&mut of_ada, &[], &ben, "away").await;
    until(&mut of_ben, &[], &ada, "away").await;
    assert_eq!(seen(&ben).await, [json!(ada.id), json!(cem.id), json!(eva.id)]);
    for conversation in [&group, &direct] {
        assert_eq!(in_rows(&ada, conversation, &ben).await, online);
        assert_eq!(in_rows(&ben, conversation, &ada).await, online);
    }
}

/// What the store says of two people: whether the one sees the other, and in which of these conversations nothing passes.
async fn between(store: &Database, one: i64, other: i64, conversations: &[ConversationId]) -> (bool, Vec<bool>) {
    let among = presence::visible_among(store.pool(), user(one), &[user(other)]).await.unwrap();
    let window = presence::AcquaintanceWindow::After(None);
    let all = presence::acquaintances(store.pool(), user(one), window, 100).await.unwrap();
    let is_seen = all.iter().any(|seen| seen.user_id == user(other));
    assert_eq!(is_seen, !among.is_empty(), "both ways to ask agree");
    let blocked = blocks::among(store.pool(), user(one), &[user(one), user(other)]).await.unwrap();
    assert_eq!(blocked.is_empty(), !blocks::stands_between(store.pool(), user(one), user(other)).await.unwrap());
    let listed = memberships::list(store.pool(), user(one), conversations).await.unwrap();
    let page = memberships::page(store.pool(), user(one), None, 100).await.unwrap().memberships;
    let named = |fact: &&Membership| conversations.contains(&fact.conversation_id);
    assert!(page.iter().filter(named).all(|fact| listed.contains(fact)), "both ways to ask agree: {page:?}");
    (is_seen, listed.iter().map(|fact| fact.is_blocked).collect())
}

#[tokio::test]
async fn store_silences_conversations_of_just_the_two() {
    let mut owner = Owner::of(store_with(4).await).await;
    let (direct, _) = owner.begin(1, &[2], None).await;
    let (job, _) = owner.begin_as(Some(ConversationKind::Job), 2, &[1], Some("7")).await;
    let (other, _) = owner.begin(1, &[3], None).await;
    let group = owner.group(&[1, 2]).await;
    owner.say(direct, 2).await;
    let all = [direct, job, other, group, ConversationId::generate()];
    let pool = owner.store.pool().clone();
    assert_eq!(between(&owner.store, 1, 2, &all).await, (true, vec![false; 5]));
    assert!(blocks::block(&pool, user(2), user(1)).await.unwrap().unwrap().1);
    for (one, other_one) in [(1, 2), (2, 1)] {
        let expected = (false, vec![true, true, false, false, false]);
        assert_eq!(between(&owner.store, one, other_one, &all).await, expected);
    }
    assert_eq!(between(&owner.store, 3, 1, &all).await, (true, vec![false; 5]), "others are not concerned");

    let mut quiet = vec![direct, job];
    quiet.sort_unstable();
    let page = async |after, limit| blocks::conversations_of(&pool, user(1), user(2), after, limit).await.unwrap();
    assert_eq!(page(None, 10).await, quiet);
    assert_eq!((page(None, 1).await, page(Some(quiet[0]), 1).await), (vec![quiet[0]], vec![quiet[1]]));
    owner.carry(add(job, 2, &[4])).await;
    assert_eq!(page(None, 10).await, [direct]);
    assert_eq!(between(&owner.store, 1, 2, &[direct, job]).await.1, [true, false]);
    owner.carry(remove(job, 2, 4)).await;
    assert_eq!(between(&owner.store, 1, 2, &[direct, job]).await.1, [true, true]);
    blocks::unblock(&pool, user(2), user(1)).await.unwrap();
    assert_eq!(between(&owner.store, 2, 1, &all).await, (true, vec![false; 5]));
}

#[tokio::test]
async fn blocks_are_counted_with_both_however_they_come() {
    let store = store_with(4).await;
    let pairs: Vec<(i64, i64)> = (1..=4).flat_map(|one| (1..=4).map(move |other| (one, other))).collect();
    for round in 0..6 {
        let all = pairs.iter().filter(|(one, other)| one != other).map(async |(one, other)| {
            if (one + other * 2 + round) % 3 == 0 {
                blocks::unblock(store.pool(), user(*one), user(*other)).await.unwrap();
            } else {
                blocks::block(store.pool(), user(*one), user(*other)).await.unwrap();
            }
        });
        // All at once, and none waits for another for ever.
        futures_util::future::join_all(all).await;
        let wrong: Vec<(i64, i32, i64)> = sqlx::query_as(
            "select * from (select u.id, u.block_count, (select count(*) from blocks b where u.id in (b.user_id, b.blocked_id)) as n
               from users u) x where block_count <> n",
        )
        .fetch_all(store.pool())
        .await
        .unwrap();
        assert_eq!(wrong, [], "person, count, blocks");
    }
    assert_eq!(blocks::block(store.pool(), user(1), user(99)).await.unwrap(), None);
    let left: i64 = sqlx::query_scalar("select count(*) from blocks").fetch_one(store.pool()).await.unwrap();
    assert!(left > 0);
}
