//! Everybody and everything that the tables are about: made once, over the public doors.

use std::collections::BTreeMap;

use chat_e2e::{App, Credentials, User};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::actor::Actor;
use crate::secrecy::{DELETED, FOREIGN, INNER};

/// A picture, which has a small one.
pub const PICTURE: &[u8] = include_bytes!("../attachments/files/photo.jpg");

/// A conversation with something in it, all said by one who is no caller of the table.
pub struct Place {
    /// The conversation.
    pub conversation: String,
    /// A message.
    pub message: String,
    /// A picture that was sent.
    pub attachment: String,
    /// Somebody's report of the message.
    pub report: String,
}

/// Everything.
pub struct World {
    /// The system.
    pub app: App,
    people: BTreeMap<Actor, User>,
    expired: String,
    /// Takes part in the group; what is `others` is this person's.
    pub author: User,
    /// Takes part in nothing.
    pub newcomer: User,
    /// Has to do with nobody here.
    pub outsider: User,
    /// The group.
    pub group: Place,
    /// A conversation of other people.
    pub foreign: Place,
    /// What was a group.
    pub deleted: Place,
    /// What each has said in the group.
    pub own_messages: BTreeMap<Actor, String>,
    /// What each has uploaded and not sent.
    pub unsent: BTreeMap<Actor, String>,
    /// What the author has uploaded and not sent.
    pub withheld: String,
    /// A webhook, and a delivery to it.
    pub webhook: (String, String),
    /// A message in the group that was deleted.
    pub tombstone: String,
    /// Name and password of an account.
    pub account: Value,
    /// Refresh tokens of that account, of two families.
    pub refresh: [String; 2],
}

/// The text of a field.
pub fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_else(|| panic!("{field}: {value}")).to_owned()
}

impl Place {
    async fn fill(conversation: String, author: &User, secret: &str) -> Self {
        let message = text(&author.say(&conversation, secret).await, "id");
        let picture = author.upload(&format!("{secret}.jpg"), PICTURE).await;
        author.send_attachments(&conversation, &[&picture]).await;
        let report = author.post(&format!("/api/chat/messages/{message}/report/"), json!({"reason": secret})).await;
        Self { conversation, message, attachment: text(&picture, "id"), report: report.expect(201).text("id") }
    }
}

impl World {
    /// Makes it.
    pub async fn new() -> Self {
        let app = App::shared().await;
        let people = people(&app).await;
        let [author, newcomer, outsider, accomplice] =
            app.users(["Author", "Newcomer", "Outsider", "Accomplice"]).await;
        let group = begin(&people, &author, INNER).await;
        let own_messages = say_something(&people, &group).await;
        let tombstone = text(&author.say(&group, DELETED).await, "id");
        author.delete(&format!("/api/chat/messages/{tombstone}/")).await.expect(204);
        people[&Actor::Owner].remove(&group, &people[&Actor::Former]).await;
        let group = Place::fill(group, &author, INNER).await;
        let elsewhere = outsider.begin(group_of(&[accomplice.id], FOREIGN)).await;
        let foreign = Place::fill(elsewhere, &outsider, FOREIGN).await;
        let deleted = Place::fill(begin(&people, &author, DELETED).await, &author, DELETED).await;
        let path = format!("/api/chat/conversations/{}/", deleted.conversation);
        people[&Actor::Owner].delete(&path).await.expect(204);
        let withheld = text(&author.upload(&format!("{INNER}.jpg"), PICTURE).await, "id");
        let unsent = upload_something(&people).await;
        let expired = app.expired_token(people[&Actor::Member].id);
        let (account, refresh) = log_in(&app).await;
        let webhook = make_webhook(&people).await;
        Self {
            app,
            people,
            expired,
            author,
            newcomer,
            outsider,
            group,
            foreign,
            deleted,
            own_messages,
            unsent,
            withheld,
            webhook,
            tombstone,
            account,
            refresh,
        }
    }

    /// The person behind a caller.
    pub fn person(&self, actor: Actor) -> &User {
        &self.people[&actor.person()]
    }

    /// The token that a caller brings.
    pub fn token(&self, actor: Actor) -> Option<&str> {
        match actor {
            Actor::Anonymous => None,
            Actor::Expired => Some(&self.expired),
            other => Some(&self.people[&other].token),
        }
    }

    /// How a caller opens a socket.
    pub fn credentials(&self, actor: Actor) -> Credentials<'_> {
        self.token(actor).map_or(Credentials::None, Credentials::Header)
    }

    /// A webhook like the one of the table, to be deleted.
    pub async fn fresh_webhook(&self) -> String {
        make_webhook(&self.people).await.0
    }

    /// A group like the one of the table, with the same people in the same places, to be broken.
    pub async fn fresh_group(&self) -> String {
        begin(&self.people, &self.author, INNER).await
    }
}

/// What is asked for to get a webhook: at a place that is not there, for nothing that happens by itself.
pub fn new_webhook() -> Value {
    json!({"url": "https://hooks.invalid/", "events": ["webhook.test"]})
}

/// A browser that nobody has subscribed with before.
pub fn new_push_subscription() -> Value {
    let keys = json!({
        "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    });
    json!({"endpoint": format!("https://push.invalid/{}", uuid::Uuid::now_v7()), "keys": keys})
}

async fn make_webhook(people: &BTreeMap<Actor, User>) -> (String, String) {
    let platform = &people[&Actor::Platform];
    let id = platform.post("/api/admin/webhooks/", new_webhook()).await.expect(201).text("id");
    let sent = platform.post(&format!("/api/admin/webhooks/{id}/test/"), json!({})).await.expect(202);
    (id, sent.body["id"].to_string())
}

/// A caller of each kind, but those who are nobody.
async fn people(app: &App) -> BTreeMap<Actor, User> {
    let mut people = BTreeMap::new();
    for actor in Actor::ALL.into_iter().filter(|actor| actor.person() == *actor) {
        let person = match actor {
            Actor::Platform => app.administrator(actor.name()).await,
            Actor::Service => app.machine(actor.name()).await,
            _ => app.user(actor.name()).await,
        };
        people.insert(actor, person);
    }
    people
}

fn group_of(ids: &[i64], title: &str) -> Value {
    json!({"kind": "group", "participant_ids": ids, "title": title, "metadata": {"note": title}})
}

/// A group of those who take part, of one who did not leave yet, and the author.
async fn begin(people: &BTreeMap<Actor, User>, author: &User, title: &str) -> String {
    let others = [Actor::Member, Actor::Admin, Actor::Former].map(|actor| people[&actor].id);
    let ids = [others.as_slice(), &[author.id]].concat();
    let group = people[&Actor::Owner].begin(group_of(&ids, title)).await;
    let admin = format!("/api/chat/conversations/{group}/participants/{}/", people[&Actor::Admin].id);
    people[&Actor::Owner].patch(&admin, json!({"role": "admin"})).await.expect(200);
    group
}

async fn say_something(people: &BTreeMap<Actor, User>, group: &str) -> BTreeMap<Actor, String> {
    let speakers = [Actor::Former, Actor::Member, Actor::Admin, Actor::Owner];
    let said = speakers.map(async |actor| (actor, text(&people[&actor].say(group, INNER).await, "id")));
    join_all(said).await.into_iter().collect()
}

async fn upload_something(people: &BTreeMap<Actor, User>) -> BTreeMap<Actor, String> {
    let uploads =
        people.iter().map(async |(actor, user)| (*actor, text(&user.upload("mine.jpg", PICTURE).await, "id")));
    join_all(uploads).await.into_iter().collect()
}

async fn log_in(app: &App) -> (Value, [String; 2]) {
    let account = json!({"username": format!("matrix-{}", app.fresh_id()), "password": "correct horse"});
    app.anon().post("/api/auth/register/", account.clone()).await.expect(201);
    let log_in = async || app.anon().post("/api/auth/token/", account.clone()).await.expect(200).text("refresh");
    let tokens = [log_in().await, log_in().await];
    (account, tokens)
}
