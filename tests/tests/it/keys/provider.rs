//! An identity provider, and a stack of its own that takes its tokens.

use std::time::Duration;

use chat_e2e::{App, Credentials, Service, Socket, Stack, User, options};
use chat_test_issuer::{Key, KeyServer};
use chrono::Utc;
use serde_json::{Value, json};
use tokio::sync::{Mutex, OnceCell};

use super::{CONVERSATIONS, ME};

pub const ISSUER: &str = "https://id.test";
const AUDIENCE: &str = "chat";
/// How often the stack looks at the published keys.
pub const REFRESH: Duration = Duration::from_secs(3);

/// An identity provider, and the stack whose people it knows.
pub struct Provider {
    pub app: App,
    pub server: KeyServer,
    /// For RS256, ES256 and `EdDSA`; published as long as the tests run.
    pub keys: [Key; 3],
    /// Others that are published now. Who holds this changes what the server does.
    pub others: Mutex<Vec<Key>>,
}

impl Provider {
    /// The one of all tests here.
    pub async fn shared() -> &'static Self {
        static SHARED: OnceCell<(Stack, Provider)> = OnceCell::const_new();
        let start = async || {
            let keys = [Key::rsa("rsa"), Key::p256("p256"), Key::ed25519("ed25519")];
            let server = KeyServer::start(&keys.each_ref());
            let refresh = REFRESH.as_secs().to_string();
            let settings = [
                ("JWT_JWKS_URL", server.url.as_str()),
                ("JWT_ISSUER", ISSUER),
                ("JWT_AUDIENCE", AUDIENCE),
                ("JWT_KEYS_REFRESH_SECS", &refresh),
            ];
            let both = [Service::Api, Service::Gateway]
                .into_iter()
                .flat_map(|service| settings.iter().map(move |(name, value)| (service, *name, (*value).to_owned())));
            let options =
                both.fold(options().unwrap(), |options, (service, name, value)| options.env(service, name, value));
            let stack = Stack::start(options).await.unwrap();
            let app = App::of(&stack).unwrap();
            (stack, Self { app, server, keys, others: Mutex::default() })
        };
        &SHARED.get_or_init(start).await.1
    }

    /// Good claims of somebody.
    pub fn claims(id: i64, name: &str) -> Value {
        let now = Utc::now().timestamp();
        json!({"sub": id.to_string(), "name": name, "iss": ISSUER, "aud": AUDIENCE, "iat": now, "exp": now + 3600})
    }

    /// Somebody new, whose token this key signs.
    pub async fn user(&self, key: &Key, name: &str) -> User {
        let id = self.app.fresh_id();
        let user = self.app.user_with(id, name, &key.sign(&Self::claims(id, name)));
        user.get(ME).await.expect(200);
        user
    }

    /// A token of somebody new, whom nothing knows yet.
    pub fn token(&self, key: &Key) -> String {
        key.sign(&Self::claims(self.app.fresh_id(), "Stranger"))
    }

    pub fn publish(&self, others: &[Key]) {
        self.server.publish(&self.keys.iter().chain(others).collect::<Vec<_>>());
    }

    async fn status(&self, api: usize, token: &str) -> u16 {
        self.app.with_token_at(api, token).get(CONVERSATIONS).await.status
    }

    pub async fn knock(&self, gateway: usize, token: &str) -> Socket {
        let url = format!("{}/ws/", self.app.gateways()[gateway]);
        Socket::connect(&url, Credentials::Header(token)).await.unwrap()
    }

    /// Whether api and gateway, counted from 0, let this token in.
    pub async fn lets_in(&self, instance: usize, token: &str) -> (bool, bool) {
        let mut socket = self.knock(instance, token).await;
        let is_open = match socket.next().await {
            Ok(frame) => {
                assert_eq!(frame["type"], "ready", "{frame}");
                true
            }
            Err(closed) => {
                assert_eq!(closed.code, 4501, "{closed:?}");
                false
            }
        };
        match self.status(instance, token).await {
            200 => (true, is_open),
            status => {
                assert_eq!(status, 401);
                (false, is_open)
            }
        }
    }
}
