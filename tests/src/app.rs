//! The system as its users meet it: people with tokens, who talk over REST and sockets.

use std::ops::Deref;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use chat_auth::{Bearer, Rules, Signer};
use chat_protocol::ids::UserId;
use chat_protocol::rest::PlatformRole;
use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

use crate::{Credentials, Database, Rest, Service, Socket, Stack, Writer, shared_stack};

/// How long the tokens of tests are good.
const TOKEN_TTL: Duration = Duration::from_hours(1);
/// The first of the ids that people of tests get; registered accounts count from 1.
static NEXT_USER: AtomicI64 = AtomicI64::new(1_000_000);

/// Where a stack is, and the secret that makes its tokens.
#[derive(Debug, Clone)]
pub struct App {
    apis: Vec<String>,
    gateways: Vec<String>,
    nats_url: String,
    operator_url: String,
    database_url: String,
    jwt_secret: String,
}

/// Somebody with a token. Dereferences to the person's REST client.
#[derive(Debug, Clone)]
pub struct User {
    /// The id.
    pub id: i64,
    /// What others see.
    pub name: String,
    /// A good token.
    pub token: String,
    rest: Rest,
    gateways: Vec<String>,
}

impl App {
    /// On the stack that all tests of this program share.
    pub async fn shared() -> Self {
        Self::of(shared_stack().await).expect("a started stack has addresses")
    }

    /// On this stack.
    pub fn of(stack: &Stack) -> Result<Self> {
        let urls = |service| stack.instances(service).iter().map(|one| one.url.clone());
        Ok(Self {
            apis: urls(Service::Api).collect::<Option<_>>().context("apis have addresses")?,
            gateways: urls(Service::Gateway).collect::<Option<_>>().context("gateways have addresses")?,
            nats_url: stack.nats_url().to_owned(),
            operator_url: stack.nats_url_as("operator")?,
            database_url: stack.database_url().to_owned(),
            jwt_secret: stack.jwt_secret().to_owned(),
        })
    }

    /// REST without a token.
    #[must_use]
    pub fn anon(&self) -> Rest {
        self.anon_at(0)
    }

    /// REST with this token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Rest {
        self.with_token_at(0, token)
    }

    /// REST of an api, counted from 0, without a token.
    #[must_use]
    pub fn anon_at(&self, api: usize) -> Rest {
        Rest::new(&self.apis[api % self.apis.len()], None)
    }

    /// REST of an api, counted from 0, with this token.
    #[must_use]
    pub fn with_token_at(&self, api: usize, token: &str) -> Rest {
        Rest::new(&self.apis[api % self.apis.len()], Some(token))
    }

    /// An id that nobody has.
    #[must_use]
    pub fn fresh_id(&self) -> i64 {
        NEXT_USER.fetch_add(1, Ordering::Relaxed)
    }

    /// A token that the marketplace would have made: the person need not be known.
    #[must_use]
    pub fn token(&self, id: i64, name: &str) -> String {
        self.token_from(id, name, TimeDelta::zero(), TOKEN_TTL)
    }

    /// A token that has expired.
    #[must_use]
    pub fn expired_token(&self, id: i64) -> String {
        self.token_from(id, "Late", TimeDelta::hours(-2), TOKEN_TTL)
    }

    /// A token made `since_now` ago (or from now), good for `ttl`.
    #[must_use]
    pub fn token_from(&self, id: i64, name: &str, since_now: TimeDelta, ttl: Duration) -> String {
        let bearer = Bearer {
            user_id: UserId::new(id).expect("ids of tests are in range"),
            name: name.to_owned(),
            role: PlatformRole::Freelancer,
            avatar_url: None,
            family: None,
        };
        let signer = Signer::hs256(self.jwt_secret.as_bytes(), Rules::default(), ttl);
        signer.access_token(&bearer, Utc::now() + since_now, ttl)
    }

    /// Somebody new with a token, whom the system knows.
    pub async fn user(&self, name: &str) -> User {
        let id = self.fresh_id();
        let user = self.user_with(id, name, &self.token(id, name));
        user.get("/api/auth/me/").await.expect(200);
        user
    }

    /// Whoever has this token.
    #[must_use]
    pub fn user_with(&self, id: i64, name: &str, token: &str) -> User {
        let (rest, gateways) = (self.with_token(token), self.gateways.clone());
        User { id, name: name.to_owned(), token: token.to_owned(), rest, gateways }
    }

    /// Several people at once.
    pub async fn users<const N: usize>(&self, names: [&str; N]) -> [User; N] {
        let mut users = Vec::with_capacity(N);
        for name in names {
            users.push(self.user(name).await);
        }
        users.try_into().expect("one user a name")
    }

    /// The address of a conversation's socket on a gateway, counted from 0.
    #[must_use]
    pub fn chat_url(&self, gateway: usize, conversation: &str) -> String {
        chat_url(&self.gateways, gateway, conversation)
    }

    /// The secret that signs the stack's tokens.
    #[must_use]
    pub fn jwt_secret(&self) -> &str {
        &self.jwt_secret
    }

    /// The public addresses of all gateways, `ws://…`.
    #[must_use]
    pub fn gateways(&self) -> &[String] {
        &self.gateways
    }

    /// The stack's database, as an operator sees it.
    pub async fn database(&self) -> Database {
        Database::connect(&self.database_url).await.expect("the database lets us in")
    }

    /// The URL of the stack's database.
    #[must_use]
    pub fn database_url(&self) -> &str {
        &self.database_url
    }

    /// The URL of the stack's NATS for an operator.
    #[must_use]
    pub fn operator_url(&self) -> &str {
        &self.operator_url
    }

    /// The URL of the stack's NATS for somebody who may everything.
    #[must_use]
    pub fn nats_url(&self) -> &str {
        &self.nats_url
    }

    /// Somebody who writes to the streams past api and gateways.
    pub async fn writer(&self) -> Writer {
        Writer::connect(&self.nats_url).await.expect("NATS lets us in")
    }
}

fn chat_url(gateways: &[String], gateway: usize, conversation: &str) -> String {
    format!("{}/ws/chat/{conversation}/", gateways[gateway % gateways.len()])
}

impl Deref for User {
    type Target = Rest;

    fn deref(&self) -> &Rest {
        &self.rest
    }
}

impl User {
    /// Begins a conversation; returns its id.
    pub async fn begin(&self, body: Value) -> String {
        self.post("/api/chat/conversations/", body).await.expect(201).text("id")
    }

    /// Begins a direct conversation; returns its id.
    pub async fn direct_with(&self, other: &Self) -> String {
        self.begin(json!({"participant_ids": [other.id]})).await
    }

    /// Begins a group; returns its id.
    pub async fn group_with(&self, others: &[&Self]) -> String {
        let ids: Vec<_> = others.iter().map(|other| other.id).collect();
        self.begin(json!({"kind": "group", "participant_ids": ids})).await
    }

    /// Lets people into a group.
    pub async fn add(&self, group: &str, others: &[&Self]) {
        let ids: Vec<_> = others.iter().map(|other| other.id).collect();
        let path = format!("/api/chat/conversations/{group}/participants/");
        self.post(&path, json!({"user_ids": ids})).await.expect(201);
    }

    /// Removes somebody from a group, or leaves it.
    pub async fn remove(&self, group: &str, other: &Self) {
        self.delete(&format!("/api/chat/conversations/{group}/participants/{}/", other.id)).await.expect(204);
    }

    /// Says something over REST; returns the message.
    pub async fn say(&self, conversation: &str, content: &str) -> Value {
        self.post(&send_path(conversation), json!({"content": content})).await.expect(201).body
    }

    /// A page of a conversation's messages.
    pub async fn history(&self, conversation: &str, query: &str) -> Value {
        self.get(&format!("/api/chat/conversations/{conversation}/messages/{query}")).await.expect(200).body
    }

    /// Opens a socket on a gateway, counted from 0, and waits for `ready`.
    pub async fn open(&self, gateway: usize, conversation: &str) -> Socket {
        let mut socket = self.knock(gateway, conversation).await;
        let ready = socket.expect("ready").await;
        assert_eq!(ready["user_id"], self.id, "{ready}");
        socket
    }

    /// Opens a socket on a gateway without waiting for anything.
    pub async fn knock(&self, gateway: usize, conversation: &str) -> Socket {
        self.knock_with(gateway, conversation, "").await
    }

    /// Opens a socket whose URL asks for something, such as `after_seq=7`, without waiting for anything.
    pub async fn knock_with(&self, gateway: usize, conversation: &str, query: &str) -> Socket {
        let url = format!("{}?{query}", chat_url(&self.gateways, gateway, conversation));
        self.connect(&url).await
    }

    /// Opens the socket of all conversations, with a query or none, without waiting for anything.
    pub async fn knock_all(&self, gateway: usize, query: &str) -> Socket {
        let base = &self.gateways[gateway % self.gateways.len()];
        self.connect(&format!("{base}/ws/?{query}")).await
    }

    /// Opens the socket of presence without waiting for anything.
    pub async fn knock_presence(&self, gateway: usize) -> Socket {
        let base = &self.gateways[gateway % self.gateways.len()];
        self.connect(&format!("{base}/ws/presence/")).await
    }

    async fn connect(&self, url: &str) -> Socket {
        Socket::connect(url, Credentials::Header(&self.token)).await.expect("the upgrade succeeds")
    }
}

/// Where a message is sent to.
#[must_use]
pub fn send_path(conversation: &str) -> String {
    format!("/api/chat/conversations/{conversation}/send_message/")
}
