//! What becomes of messages after they were said: edits, deletions, reactions, over REST and as sockets and the log tell it.

use chat_e2e::{Answer, App, Rest, Socket, User, send_path};
use reqwest::Method;
use serde_json::{Value, json};

const CONVERSATIONS: &str = "/api/chat/conversations/";
const UNKNOWN: &str = "01a207ab-8f4e-7128-a65e-ab007adeb3cd";

fn path(message: &Value) -> String {
    format!("/api/chat/messages/{}/", message["id"].as_str().expect("messages have ids"))
}

async fn edit(user: &User, message: &Value, content: &str) -> Answer {
    user.patch(&path(message), json!({"content": content})).await
}

async fn react(user: &User, message: &Value, emoji: &str) -> Answer {
    user.put(&format!("{}reactions/{emoji}/", path(message))).await
}

async fn take_back(user: &User, message: &Value, emoji: &str) -> Answer {
    user.delete(&format!("{}reactions/{emoji}/", path(message))).await
}

async fn head(user: &User, conversation: &str) -> i64 {
    let row = user.get(&format!("{CONVERSATIONS}{conversation}/")).await.expect(200).body;
    row["last_seq"].as_i64().unwrap()
}

/// The log as `events/` shows it, without its creation.
async fn log(user: &User, conversation: &str) -> Vec<Value> {
    let page = user.get(&format!("{CONVERSATIONS}{conversation}/events/?after_seq=1")).await.expect(200).body;
    page["results"].as_array().unwrap().clone()
}

/// A socket that has heard everything from the beginning, and what it has heard.
async fn resumed(user: &User, gateway: usize, conversation: &str) -> (Socket, Vec<Value>) {
    let mut socket = user.knock_with(gateway, conversation, "after_seq=1").await;
    socket.expect("resumed").await;
    let heard = socket.kept();
    (socket, heard.into_iter().filter(|frame| frame["seq"].is_i64()).collect())
}

/// Ada and Ben, and where they talk.
async fn pair() -> (User, User, String) {
    let [ada, ben] = App::shared().await.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    (ada, ben, direct)
}

#[tokio::test]
async fn edited_message_is_shown_everywhere_and_told_live_on_both_gateways() {
    let (ada, ben, direct) = pair().await;
    let said = ada.say(&direct, "frist").await;
    let mut sockets = [ada.open(0, &direct).await, ben.open(1, &direct).await];
    let edited = edit(&ada, &said, "first").await.expect(200).body;
    assert_eq!((&edited["content"], &edited["seq"]), (&json!("first"), &json!(2)));
    assert!(edited["edited_at"].is_string(), "{edited}");
    let mut expected = said.clone();
    (expected["content"], expected["edited_at"]) = (json!("first"), edited["edited_at"].clone());
    assert_eq!(edited, expected, "nothing else changes");

    let frame = json!({"type": "message_edited", "conversation_id": direct, "seq": 3, "actor_id": ada.id,
                       "message_seq": 2, "message": edited});
    for socket in &mut sockets {
        let mut told = socket.expect("message_edited").await;
        assert!(told.as_object_mut().unwrap().remove("created_at").is_some_and(|at| at.is_string()));
        assert_eq!(told, frame);
    }
    assert_eq!(ben.history(&direct, "").await["results"], json!([edited]));
    assert_eq!(ben.get(&path(&said)).await.expect(200).body, edited);
    assert_eq!(ben.get("/api/chat/messages/").await.expect(200).body["results"], json!([edited]));
    let row = ben.get(&format!("{CONVERSATIONS}{direct}/")).await.expect(200).body;
    assert_eq!((&row["last_message"], &row["unread_count"], &row["last_seq"]), (&edited, &json!(1), &json!(3)));
}

#[tokio::test]
async fn log_and_resume_show_each_text_as_it_was() {
    let (ada, ben, direct) = pair().await;
    let said = ada.say(&direct, "one").await;
    let texts = |events: &[Value]| -> Vec<(String, String)> {
        let text = |event: &Value| event["message"]["content"].as_str().unwrap().to_owned();
        events.iter().map(|event| (event["type"].as_str().unwrap().to_owned(), text(event))).collect()
    };
    let expected = [("message_received", "one"), ("message_edited", "two"), ("message_edited", "three")]
        .map(|(kind, text)| (kind.to_owned(), text.to_owned()));
    let open = ben.open(0, &direct).await;
    for content in ["two", "three", "three"] {
        edit(&ada, &said, content).await.expect(200);
    }
    let events = log(&ben, &direct).await;
    assert_eq!(texts(&events), expected, "the same text again is no event");
    assert_eq!((&events[0]["message"]["edited_at"], &events[2]["message_seq"]), (&Value::Null, &json!(2)));
    for gateway in [0, 1] {
        let (_, heard) = resumed(&ben, gateway, &direct).await;
        assert_eq!(heard, events, "from the ring or from the log");
    }
    drop(open);
}

#[tokio::test]
async fn only_the_sender_edits_and_only_for_a_day() {
    let app = App::shared().await;
    let [ada, ben, cem, stranger] = app.users(["Ada", "Ben", "Cem", "Eva"]).await;
    let group = ada.group_with(&[&ben, &cem]).await;
    let said = ben.say(&group, "mine").await;
    let gone = cem.say(&group, "gone").await;
    edit(&ada, &said, "yours").await.refused(403, "permission_denied");
    edit(&stranger, &said, "yours").await.refused(404, "not_found");
    ada.remove(&group, &cem).await;
    edit(&cem, &gone, "back").await.refused(404, "not_found");
    for id in [UNKNOWN, "x", "1"] {
        ada.patch(&format!("/api/chat/messages/{id}/"), json!({"content": "x"})).await.refused(404, "not_found");
        ada.delete(&format!("/api/chat/messages/{id}/")).await.refused(404, "not_found");
    }
    app.anon().patch(&path(&said), json!({"content": "x"})).await.refused(401, "not_authenticated");
    let before = head(&ada, &group).await;

    let mut database = app.database().await;
    database.age_messages(&group, 24 * 60 - 1).await;
    edit(&ben, &said, "still mine").await.expect(200);
    database.age_messages(&group, 2).await;
    edit(&ben, &said, "too late").await.refused(409, "conflict");
    ben.delete(&path(&said)).await.expect(204);
    edit(&ben, &said, "later").await.refused(409, "conflict");
    assert_eq!(head(&ada, &group).await, before + 2, "one edit and one deletion");
}

#[tokio::test]
async fn edits_are_checked_like_messages() {
    let (ada, _, direct) = pair().await;
    let said = ada.say(&direct, "x").await;
    for bad in [
        json!({"content": ""}),
        json!({"content": " \u{2003}\n"}),
        json!({"content": "a\0"}),
        json!({}),
        json!({"content": 5}),
        json!({"content": null}),
    ] {
        let refused = ada.patch(&path(&said), bad.clone()).await.refused(400, "invalid");
        assert!(refused.body["errors"]["content"].is_array(), "{bad}: {}", refused.body);
    }
    edit(&ada, &said, &"x".repeat(16 * 1024 + 1)).await.refused(413, "too_large");
    let most = "é".repeat(8 * 1024);
    assert_eq!(edit(&ada, &said, &most).await.expect(200).body["content"], json!(most));
    let markup = "  <b>\u{202e}</b> ";
    assert_eq!(edit(&ada, &said, markup).await.expect(200).body["content"], json!(markup));

    let file = ada.upload("notes.txt", b"words").await;
    let sent = ada.send_attachments(&direct, &[&file]).await;
    let bare = edit(&ada, &sent, "").await.expect(200).body;
    assert_eq!(
        (&bare["content"], &bare["attachments"][0]["id"]),
        (&json!(""), &file["id"]),
        "an attachment says enough"
    );
    assert_eq!(log(&ada, &direct).await.last().unwrap()["message"], bare);
}

/// Everything that the api answers to somebody about a conversation and its messages, as one text.
async fn answers(user: &User, conversation: &str, message: &Value, word: &str) -> String {
    let here = format!("{CONVERSATIONS}{conversation}/");
    let place = message["seq"].to_string();
    let paths = [
        path(message),
        here.clone(),
        CONVERSATIONS.to_owned(),
        format!("{here}messages/"),
        format!("{here}messages/?order=asc"),
        format!("{here}messages/?around={place}"),
        format!("{here}events/"),
        format!("{here}events/?order=desc"),
        format!("{here}participants/"),
        "/api/chat/messages/".to_owned(),
        format!("/api/chat/messages/?conversation={conversation}"),
        format!("/api/chat/messages/?search={word}"),
        "/api/chat/unread/".to_owned(),
        "/api/chat/presence/".to_owned(),
    ];
    let mut all = String::new();
    for path in paths {
        all.push_str(&user.get(&path).await.expect(200).body.to_string());
    }
    all
}

#[tokio::test]
async fn nothing_of_a_deleted_text_is_in_any_answer() {
    let app = App::shared().await;
    let (ada, ben, direct) = pair().await;
    let words = ["canaryone", "canarytwo", "canaryfile"].map(|word| format!("{word}{}", ada.id));
    let file = ada.upload(&format!("{}.txt", words[2]), b"words").await;
    let body = json!({"content": words[0], "attachment_ids": [file["id"]], "client_id": "c1"});
    let said = ada.post(&send_path(&direct), body.clone()).await.expect(201).body;
    let reply = json!({"content": "what?", "reply_to": said["id"]});
    let reply = ben.post(&send_path(&direct), reply).await.expect(201).body;
    edit(&ada, &said, &words[1]).await.expect(200);
    react(&ben, &said, "👍").await.expect(200);
    let report = format!("{}report/", path(&said));
    ben.post(&report, json!({"reason": "rude"})).await.expect(201);
    for word in &words {
        assert!(answers(&ben, &direct, &said, word).await.contains(word), "it was there");
    }
    let mut open = [ada.open(0, &direct).await, ben.open(1, &direct).await];
    let (mut before, _) = resumed(&ben, 0, &direct).await;

    ada.delete(&path(&said)).await.expect(204);
    let mut heard = Vec::new();
    for socket in open.iter_mut().chain([&mut before]) {
        let deleted = socket.expect("message_deleted").await;
        assert_eq!((&deleted["message_id"], &deleted["seq"]), (&said["id"], &json!(6)));
        assert_eq!((&deleted["actor_id"], &deleted["message_seq"]), (&json!(ada.id), &json!(2)));
        assert!(deleted["deleted_at"].is_string(), "{deleted}");
        heard.push(deleted);
        heard.extend(socket.settle().await);
    }
    for gateway in [0, 1] {
        heard.extend(resumed(&ben, gateway, &direct).await.1);
        let mut all = ben.knock_all(gateway, "live=after_resume").await;
        all.expect("ready").await;
        all.send(json!({"type": "resume", "positions": {direct.clone(): 0}})).await;
        all.expect("resumed").await;
        heard.extend(all.kept());
    }
    let heard = Value::Array(heard).to_string();
    let again = ada.post(&send_path(&direct), body).await.expect(200).body.to_string();
    let reported = ben.post(&report, json!({"reason": "rude"})).await.expect(200).body.to_string();
    for word in &words {
        for user in [&ada, &ben] {
            assert!(!answers(user, &direct, &said, word).await.contains(word), "{word} is in an answer");
        }
        assert!(!heard.contains(word), "{word} is in a frame: {heard}");
        assert!(!again.contains(word) && !reported.contains(word), "{again} {reported}");
        assert_eq!(app.database().await.count_content(word).await, 0);
    }
    ada.get(file["url"].as_str().unwrap()).await.refused(404, "not_found");

    let mut tombstone = said.clone();
    (tombstone["content"], tombstone["attachments"]) = (json!(""), json!([]));
    let shown = ben.get(&path(&said)).await.expect(200).body;
    (tombstone["edited_at"], tombstone["deleted_at"]) = (shown["edited_at"].clone(), shown["deleted_at"].clone());
    assert_eq!(shown, tombstone, "the place, the sender and the times stay, and no reaction does");
    assert!(shown["deleted_at"].is_string());
    assert_eq!(ben.history(&direct, "").await["results"], json!([reply, shown]));
}

#[tokio::test]
async fn senders_owner_and_admins_delete_at_any_age_and_once() {
    let app = App::shared().await;
    let [ada, ben, cem, dan, stranger] = app.users(["Ada", "Ben", "Cem", "Dan", "Eva"]).await;
    let group = ada.group_with(&[&ben, &cem, &dan]).await;
    let admin = format!("{CONVERSATIONS}{group}/participants/{}/", ben.id);
    ada.patch(&admin, json!({"role": "admin"})).await.expect(200);
    let mut said = Vec::new();
    for number in 0..3 {
        said.push(cem.say(&group, &format!("{number}")).await);
    }
    let of_owner = ada.say(&group, "mine").await;
    app.database().await.age_messages(&group, 60 * 24 * 365).await;
    let before = head(&ada, &group).await;
    dan.delete(&path(&said[0])).await.refused(403, "permission_denied");
    stranger.delete(&path(&said[0])).await.refused(404, "not_found");
    for (user, message) in [(&cem, &said[0]), (&ada, &said[1]), (&ben, &said[2]), (&ben, &of_owner)] {
        user.delete(&path(message)).await.expect(204);
        user.delete(&path(message)).await.expect(204);
    }
    assert_eq!(head(&ada, &group).await, before + 4, "each once");
    let deleted = log(&dan, &group).await.split_off(usize::try_from(before).unwrap() - 1);
    let actors: Vec<_> = deleted.iter().map(|event| (event["type"].clone(), event["actor_id"].clone())).collect();
    let expected = [&cem, &ada, &ben, &ben].map(|user| (json!("message_deleted"), json!(user.id)));
    assert_eq!(actors, expected);
}

#[tokio::test]
async fn reactions_are_counted_and_told_live() {
    let [ada, ben, cem] = App::shared().await.users(["Ada", "Ben", "Cem"]).await;
    let group = ada.group_with(&[&ben, &cem]).await;
    let said = ada.say(&group, "party?").await;
    let mut sockets = [ada.open(0, &group).await, cem.open(1, &group).await];
    let shown = react(&ben, &said, "🎉").await.expect(200).body;
    assert_eq!(shown["reactions"], json!([{"emoji": "🎉", "count": 1, "me": true}]));
    react(&ben, &said, "🎉").await.expect(200);
    react(&cem, &said, "🎉").await.expect(200);
    react(&cem, &said, "👩🏻‍❤️‍💋‍👨🏿").await.expect(200);
    let both = json!([{"emoji": "🎉", "count": 2, "me": false}, {"emoji": "👩🏻‍❤️‍💋‍👨🏿", "count": 1, "me": false}]);
    assert_eq!(ada.history(&group, "").await["results"][0]["reactions"], both);
    assert_eq!(ada.get("/api/chat/messages/").await.expect(200).body["results"][0]["reactions"], both);
    let row = cem.get(&format!("{CONVERSATIONS}{group}/")).await.expect(200).body;
    assert_eq!(row["last_message"]["reactions"][1], json!({"emoji": "👩🏻‍❤️‍💋‍👨🏿", "count": 1, "me": true}));
    take_back(&cem, &said, "🎉").await.expect(204);
    take_back(&cem, &said, "🎉").await.expect(204);
    take_back(&ada, &said, "🎉").await.expect(204);
    let left = json!([{"emoji": "🎉", "count": 1, "me": true}, {"emoji": "👩🏻‍❤️‍💋‍👨🏿", "count": 1, "me": false}]);
    assert_eq!(ben.get(&path(&said)).await.expect(200).body["reactions"], left);

    let steps = [
        ("reaction_added", 3, &ben, "🎉"),
        ("reaction_added", 4, &cem, "🎉"),
        ("reaction_added", 5, &cem, "👩🏻‍❤️‍💋‍👨🏿"),
        ("reaction_removed", 6, &cem, "🎉"),
    ];
    let events = log(&ada, &group).await;
    for (index, (kind, seq, who, emoji)) in steps.into_iter().enumerate() {
        for socket in &mut sockets {
            let told = socket.expect(kind).await;
            let fields = [&told["seq"], &told["message_id"], &told["emoji"], &told["user_id"], &told["actor_id"]];
            let expected = [json!(seq), said["id"].clone(), json!(emoji), json!(who.id), json!(who.id)];
            assert_eq!(fields.map(Clone::clone), expected, "{told}");
            assert_eq!(events[index + 1], told);
        }
    }
    assert_eq!(head(&ada, &group).await, 6, "what changes nothing is no event");
    assert_eq!(resumed(&ben, 1, &group).await.1, events);
}

#[tokio::test]
async fn reactions_are_emoji_of_participants_on_living_messages() {
    let app = App::shared().await;
    let (ada, ben, direct) = pair().await;
    let stranger = app.user("Eva").await;
    let said = ada.say(&direct, "x").await;
    let before = head(&ada, &direct).await;
    for bad in ["a", "lol", "1", "%F0%9F%91%8Da", "%20", "%00", "%E2%80%8D", "&amp;", &"👍".repeat(17)] {
        for answer in [react(&ben, &said, bad).await, take_back(&ben, &said, bad).await] {
            let refused = answer.refused(400, "invalid");
            assert!(refused.body["errors"]["emoji"].is_array(), "{bad}: {}", refused.body);
        }
    }
    for id in [UNKNOWN, "x"] {
        let path = format!("/api/chat/messages/{id}/reactions/👍/");
        ben.put(&path).await.refused(404, "not_found");
        ben.delete(&path).await.refused(404, "not_found");
    }
    react(&stranger, &said, "👍").await.refused(404, "not_found");
    Rest::send(app.anon().request(Method::PUT, &format!("{}reactions/👍/", path(&said))))
        .await
        .refused(401, "not_authenticated");
    let keycap = react(&ben, &said, "%23%EF%B8%8F%E2%83%A3").await.expect(200).body;
    assert_eq!(keycap["reactions"][0]["emoji"], "#️⃣");
    ada.delete(&path(&said)).await.expect(204);
    react(&ben, &said, "👍").await.refused(409, "conflict");
    take_back(&ben, &said, "%23%EF%B8%8F%E2%83%A3").await.expect(204);
    assert_eq!(head(&ada, &direct).await, before + 2, "the keycap and the deletion");
}

#[tokio::test]
async fn message_has_20_kinds_of_reactions_at_most() {
    let (ada, ben, direct) = pair().await;
    let said = ada.say(&direct, "x").await;
    let kinds: Vec<String> = ('\u{1f600}'..='\u{1f614}').map(String::from).collect();
    let (last, first) = kinds.split_last().unwrap();
    assert_eq!(first.len(), 20);
    for kind in first {
        react(&ada, &said, kind).await.expect(200);
    }
    react(&ada, &said, last).await.refused(409, "conflict");
    react(&ben, &said, last).await.refused(409, "conflict");
    react(&ben, &said, &kinds[0]).await.expect(200);
    take_back(&ada, &said, &kinds[1]).await.expect(204);
    let shown = react(&ben, &said, last).await.expect(200).body;
    assert_eq!(shown["reactions"].as_array().unwrap().len(), 20);
}
