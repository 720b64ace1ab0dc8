//! One attempt: the request, signed, and what the answer means.

use std::time::Duration;

use anyhow::Context as _;
use chat_protocol::time::Timestamp;
use chat_store::webhooks::sending::Claimed;
use chrono::Utc;
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER, USER_AGENT};
use reqwest::{Client, Response, StatusCode, Url, redirect};
use serde::Serialize;
use serde_json::Value;

use super::schedule::retry_after;
use super::settings::WebhookSection;
use super::signing::sign;
use super::target::{BadTarget, CheckedNames, Rules, is_inside};

/// How much of an answer is read, in bytes: to know that it came to its end.
const MAX_ANSWER_BYTES: usize = 4096;
/// Who posts.
const AGENT: &str = concat!("workconnect-chat/", env!("CARGO_PKG_VERSION"));

/// What is posted.
#[derive(Serialize)]
struct Payload<'a> {
    r#type: &'a str,
    timestamp: Timestamp,
    data: &'a Value,
}

/// What became of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It was taken, with this status.
    Taken(u16),
    /// It was not.
    Failed {
        /// The status of the answer, if there was one.
        status: Option<u16>,
        /// What was wrong, in a word.
        error: &'static str,
        /// How long the receiver wants to be left alone.
        retry_after: Option<Duration>,
        /// Whether it wants nothing any more.
        is_gone: bool,
    },
}

impl Outcome {
    fn failed(error: &'static str) -> Self {
        Self::Failed { status: None, error, retry_after: None, is_gone: false }
    }
}

/// Posts. Redirections are not followed, proxies of the environment not used; connections are not kept, so that each attempt asks for the
/// name anew.
pub(super) struct Sender {
    client: Client,
    rules: Rules,
    timeout: Duration,
}

impl Sender {
    pub(super) fn new(settings: &WebhookSection) -> anyhow::Result<Self> {
        let client = Client::builder()
            .no_proxy()
            .redirect(redirect::Policy::none())
            .referer(false)
            .pool_max_idle_per_host(0)
            .connect_timeout(settings.connect_timeout())
            .dns_resolver(std::sync::Arc::new(CheckedNames(settings.rules())))
            .build()
            .context("no client for webhooks")?;
        Ok(Self { client, rules: settings.rules(), timeout: settings.timeout() })
    }

    /// The client, and the address as it may be posted to now.
    pub(super) fn way_out(&self, text: &str) -> Result<(&Client, Url), BadTarget> {
        Ok((&self.client, self.rules.read(text)?))
    }

    /// Makes the attempt. Never takes longer than it may.
    pub(super) async fn attempt(&self, claimed: &Claimed, data: &Value) -> Outcome {
        let url = match self.rules.read(&claimed.url) {
            Ok(url) => url,
            Err(BadTarget::Inside) => return Outcome::failed("address_refused"),
            Err(_) => return Outcome::failed("url_refused"),
        };
        let (id, now) = (claimed.event_id.to_string(), Utc::now().timestamp());
        let payload = Payload { r#type: &claimed.kind, timestamp: claimed.occurred_at.into(), data };
        let body = serde_json::to_vec(&payload).expect("a payload is plain data");
        let request = self
            .client
            .post(url)
            .header(USER_AGENT, AGENT)
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", &id)
            .header("webhook-timestamp", now)
            .header("webhook-signature", sign(&claimed.keys, &id, now, &body))
            .body(body);
        match tokio::time::timeout(self.timeout, async { Ok(judge(request.send().await?).await) }).await {
            Err(_) => Outcome::failed("timeout"),
            Ok(Ok(outcome)) => outcome,
            Ok(Err(error)) => Outcome::failed(name(&error)),
        }
    }
}

/// What went wrong before there was an answer.
fn name(error: &reqwest::Error) -> &'static str {
    if is_inside(error) {
        "address_refused"
    } else if error.is_timeout() {
        "timeout"
    } else if error.is_connect() {
        "connect"
    } else {
        "no_answer"
    }
}

async fn judge(answer: Response) -> Outcome {
    let (status, headers) = (answer.status(), answer.headers().clone());
    let is_whole = read(answer).await;
    match status {
        _ if status.is_success() && is_whole => Outcome::Taken(status.as_u16()),
        _ if status.is_success() => refused(status, "incomplete", &headers),
        _ if status.is_redirection() => refused(status, "redirect", &headers),
        _ => refused(status, "refused", &headers),
    }
}

/// Whether the answer came to its end, or as far as anybody wants to know.
async fn read(mut answer: Response) -> bool {
    let mut bytes = 0;
    loop {
        match answer.chunk().await {
            Ok(None) => return true,
            Ok(Some(chunk)) => bytes += chunk.len(),
            Err(_) => return false,
        }
        if bytes > MAX_ANSWER_BYTES {
            return true;
        }
    }
}

fn refused(status: StatusCode, error: &'static str, headers: &HeaderMap) -> Outcome {
    let asked = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    Outcome::Failed {
        status: Some(status.as_u16()),
        error,
        retry_after: asked.and_then(|value| retry_after(value, Utc::now())),
        is_gone: status == StatusCode::GONE,
    }
}
