//! Three demo people with a conversation, made through the public REST API as any client would; a second time finds them.

use anyhow::{Context, Result, bail};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::readiness::http_client;

mod showcase;

/// Made with this id, so that a second start does not say it twice.
const FIRST_MESSAGE_ID: &str = "demo-first-message";

/// Username, name, role, password.
const PEOPLE: [(&str, &str, &str, &str); 3] = [
    ("clara", "Clara Client", "client", "demo-password-1"),
    ("felix", "Felix Freelancer", "freelancer", "demo-password-2"),
    ("dana", "Dana Client", "client", "demo-password-3"),
];

/// The people as the web page is told of them: `WEB_DEMO_PEOPLE` of the api.
pub(crate) fn people() -> Result<String> {
    let told = PEOPLE.map(|(username, name, role, password)| {
        json!({"username": username, "password": password, "name": name, "role": role})
    });
    serde_json::to_string(&told).context("demo people are text")
}

/// A demo person, logged in.
#[derive(Debug, Clone)]
pub struct Person {
    /// The user id.
    pub id: i64,
    /// To log in with.
    pub username: &'static str,
    /// To log in with.
    pub password: &'static str,
    /// Platform role.
    pub role: &'static str,
    /// An access token.
    pub access: String,
}

/// What was made or found.
#[derive(Debug, Clone)]
pub struct Demo {
    /// Clara, Felix and Dana.
    pub people: Vec<Person>,
    /// The id of their conversation.
    pub conversation_id: String,
}

#[derive(Deserialize)]
struct Tokens {
    access: String,
}

#[derive(Deserialize)]
struct UserId {
    id: i64,
}

#[derive(Deserialize)]
struct ConversationId {
    id: String,
}

/// Registers and logs in the people, opens their conversation, says the first words in it.
pub async fn seed(api_url: &str) -> Result<Demo> {
    let api = Api { client: http_client(), url: api_url };
    let people = people_of(&api).await?;
    let conversation_id = open_conversation(&api, &people).await?;
    Ok(Demo { people, conversation_id })
}

/// The same as this client, after they have talked about other things: for people who look around.
pub async fn seed_showcase(client: &reqwest::Client, api_url: &str) -> Result<Demo> {
    let api = Api { client, url: api_url };
    let people = people_of(&api).await?;
    showcase::talk(&api, &people).await?;
    let conversation_id = open_conversation(&api, &people).await?;
    Ok(Demo { people, conversation_id })
}

async fn people_of(api: &Api<'_>) -> Result<Vec<Person>> {
    let mut people = Vec::new();
    for (username, name, role, password) in PEOPLE {
        let body = json!({"username": username, "password": password, "name": name, "role": role});
        api.post("/api/auth/register/", None, &body, &[StatusCode::CREATED, StatusCode::CONFLICT]).await?;
        let login = json!({"username": username, "password": password});
        let Tokens { access } = parse(api.post("/api/auth/token/", None, &login, &[StatusCode::OK]).await?)?;
        let UserId { id } =
            parse(api.send(Method::GET, "/api/auth/me/", Some(&access), None, &[StatusCode::OK]).await?)?;
        people.push(Person { id, username, password, role, access });
    }
    Ok(people)
}

async fn open_conversation(api: &Api<'_>, people: &[Person]) -> Result<String> {
    let clara = people.first().context("there are three people")?;
    let others: Vec<i64> = people.iter().skip(1).map(|person| person.id).collect();
    let job = json!({"id": "demo-1", "title": "Build a landing page", "status": "open"});
    let body = json!({"participant_ids": others, "kind": "job", "title": "Landing page", "job": job});
    let made = [StatusCode::CREATED, StatusCode::OK];
    let ConversationId { id } = parse(api.post("/api/chat/conversations/", Some(&clara.access), &body, &made).await?)?;
    let message = json!({"content": "Hello Felix, hello Dana! Shall we start with the hero section?", "client_id": FIRST_MESSAGE_ID});
    api.post(&format!("/api/chat/conversations/{id}/send_message/"), Some(&clara.access), &message, &made).await?;
    Ok(id)
}

fn parse<T: for<'de> Deserialize<'de>>(value: Value) -> Result<T> {
    serde_json::from_value(value).context("an answer of another shape than expected")
}

struct Api<'a> {
    client: &'a reqwest::Client,
    url: &'a str,
}

impl Api<'_> {
    async fn post(&self, path: &str, token: Option<&str>, body: &Value, expected: &[StatusCode]) -> Result<Value> {
        self.send(Method::POST, path, token, Some(body), expected).await
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<&Value>,
        expected: &[StatusCode],
    ) -> Result<Value> {
        let mut request = self.client.request(method.clone(), format!("{}{path}", self.url));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let (_, answer) = Self::answer(request, &format!("{method} {path}"), expected).await?;
        Ok(answer)
    }

    async fn answer(request: RequestBuilder, name: &str, expected: &[StatusCode]) -> Result<(StatusCode, Value)> {
        let response = request.send().await.with_context(|| name.to_owned())?;
        let status = response.status();
        let text = response.text().await.with_context(|| name.to_owned())?;
        if !expected.contains(&status) {
            bail!("{name} was answered {status}: {}", text.chars().take(300).collect::<String>());
        }
        let answer = serde_json::from_str(&text).with_context(|| format!("{name}: the answer is no JSON"))?;
        Ok((status, answer))
    }
}
