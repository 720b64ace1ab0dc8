//! Those who act from outside of conversations: administrators, whom `chatctl` makes, and machines, whom their issuer makes.

use std::process::{Output, Stdio};

use chat_stack::StackOptions;
use chrono::Utc;
use jsonwebtoken::{EncodingKey, Header};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::process::Command;
use tokio::time::timeout;

use crate::{Answer, App, PATIENCE, Rest, User};

/// The issuer whose tokens are those of machines, in the stacks of tests.
pub const SERVICE_ISSUER: &str = "https://marketplace.test";

impl App {
    /// Somebody new who moderates.
    pub async fn administrator(&self, name: &str) -> User {
        let user = self.user(name).await;
        self.chatctl(&["user", "grant-admin", &user.id.to_string()]).await;
        user
    }

    /// A new machine, which the system knows.
    pub async fn machine(&self, name: &str) -> User {
        let id = self.fresh_id();
        let machine = self.user_with(id, name, &self.machine_token(id, name));
        machine.get("/api/auth/me/").await.expect(200);
        machine
    }

    /// A token of a machine.
    #[must_use]
    pub fn machine_token(&self, id: i64, name: &str) -> String {
        self.token_of(&json!({"sub": id.to_string(), "name": name, "role": "service", "iss": SERVICE_ISSUER}))
    }

    /// A token that is good for an hour and claims this besides.
    #[must_use]
    pub fn token_of(&self, claims: &Value) -> String {
        let mut claims = claims.clone();
        let now = Utc::now().timestamp();
        (claims["iat"], claims["exp"]) = (json!(now), json!(now + 3600));
        let key = EncodingKey::from_secret(self.jwt_secret().as_bytes());
        jsonwebtoken::encode(&Header::default(), &claims, &key).expect("claims are plain JSON")
    }

    /// What `chatctl` does and prints; it must succeed.
    pub async fn chatctl(&self, arguments: &[&str]) -> String {
        let output = self.run_chatctl(arguments).await;
        assert!(output.status.success(), "chatctl {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("chatctl prints text")
    }

    /// What `chatctl` does and prints, whether it succeeds or not.
    pub async fn run_chatctl(&self, arguments: &[&str]) -> Output {
        let program = StackOptions::for_tests().expect("tests have options").bin_dir.join("chatctl");
        let mut command = Command::new(program);
        command.args(arguments).env("DATABASE_URL", self.database_url()).stdin(Stdio::null()).kill_on_drop(true);
        timeout(PATIENCE, command.output()).await.expect("chatctl ends").expect("chatctl runs")
    }
}

impl Rest {
    /// `PUT` of a JSON body.
    pub async fn put_json(&self, path: &str, body: Value) -> Answer {
        Self::send(self.request(Method::PUT, path).json(&body)).await
    }
}
