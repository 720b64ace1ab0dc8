//! A webhook of a test: its endpoint, what came there, and what the api says of its deliveries.

use std::time::Duration;

use chat_e2e::{PATIENCE, User};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::WEBHOOKS;
use crate::receiver::{Answer, Got, Receiver};

/// How long attempts of all kinds may take altogether on a busy machine.
pub const TRYING: Duration = Duration::from_mins(1);

pub struct Hook {
    pub id: String,
    pub secret: String,
    pub path: String,
    pub receiver: Receiver,
    pub mona: User,
}

impl Hook {
    /// Makes an endpoint that is told of these types, and answers so at first.
    pub async fn make(mona: &User, receiver: &Receiver, events: &[&str], answer: Answer) -> Self {
        let path = format!("/{}", uuid::Uuid::now_v7());
        receiver.answer(&path, answer);
        let url = format!("http://127.0.0.1:{}{path}", receiver.port);
        let request = json!({"url": url, "events": events, "description": "of a test"});
        let made = mona.post(WEBHOOKS, request).await.expect(201);
        Self { id: made.text("id"), secret: made.text("secret"), path, receiver: receiver.clone(), mona: mona.clone() }
    }

    /// From now on it answers so.
    pub fn answers(&self, answer: Answer) {
        self.receiver.answer(&self.path, answer);
    }

    /// What came so far.
    pub fn got(&self) -> Vec<Got> {
        self.receiver.book().borrow().got.iter().filter(|got| got.path == self.path).cloned().collect()
    }

    /// The first so many that fit, as soon as they have come.
    pub async fn take(&self, count: usize, fits: impl Fn(&Value) -> bool) -> Vec<Got> {
        let mut book = self.receiver.book();
        let taking = async {
            loop {
                let found: Vec<_> = self.got().into_iter().filter(|got| fits(&got.json())).collect();
                if found.len() >= count {
                    return found;
                }
                book.changed().await.unwrap();
            }
        };
        let waited = timeout(TRYING, taking).await;
        waited.unwrap_or_else(|_| {
            panic!("only these have come: {:?}", self.got().iter().map(Got::json).collect::<Vec<_>>())
        })
    }

    /// The address of something of the endpoint.
    pub fn at(&self, rest: &str) -> String {
        format!("{WEBHOOKS}{}/{rest}", self.id)
    }

    /// How the endpoint stands.
    pub async fn standing(&self) -> Value {
        self.mona.get(&self.at("")).await.expect(200).body
    }

    /// The delivery of an event.
    pub async fn delivery(&self, event_id: &str) -> Option<Value> {
        let page = self.mona.get(&self.at("deliveries/?page_size=200")).await.expect(200).body;
        page["results"].as_array().unwrap().iter().find(|row| row["event_id"] == event_id).cloned()
    }

    /// The delivery of an event, as soon as it stands so.
    pub async fn until(&self, event_id: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let mut last = None;
        let looking = async {
            loop {
                last = self.delivery(event_id).await;
                if let Some(row) = last.as_ref().filter(|row| is_so(row)) {
                    return row.clone();
                }
                // The api tells nobody when a delivery changes.
                sleep(Duration::from_millis(100)).await;
            }
        };
        let found = timeout(TRYING, looking).await;
        found.unwrap_or_else(|_| panic!("it stands otherwise: {last:?}"))
    }

    /// Waits until the endpoint stands so.
    pub async fn stands(&self, is_so: impl Fn(&Value) -> bool) -> Value {
        let looking = async {
            loop {
                let standing = self.standing().await;
                if is_so(&standing) {
                    return standing;
                }
                sleep(Duration::from_millis(100)).await;
            }
        };
        timeout(TRYING.max(PATIENCE), looking).await.expect("the endpoint stands so in time")
    }
}

/// Two people with a conversation.
pub async fn talk(app: &chat_e2e::App) -> (User, User, String) {
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    (ada, ben, direct)
}

/// Says something; the id of the message, which is the event's.
pub async fn say(user: &User, conversation: &str, content: &str) -> String {
    user.say(conversation, content).await["id"].as_str().unwrap().to_owned()
}

/// Of this conversation.
pub fn of(conversation: &str) -> impl Fn(&Value) -> bool {
    move |payload| payload["data"]["conversation_id"] == *conversation
}

/// Of this message.
pub fn about(message: &str) -> impl Fn(&Value) -> bool {
    move |payload| payload["data"]["message"]["id"] == *message
}
