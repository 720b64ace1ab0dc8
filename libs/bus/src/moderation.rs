//! Asks the moderator, a service of the operator's own, what it says of somebody's words; and what is done where it says nothing.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chat_protocol::error::{ErrorCode, Refusal};
use chat_protocol::moderation::{self, CheckRequest, Verdict};
use chat_protocol::rest::EditMessageRequest;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::Bus;
use crate::rpc::{self, RpcError};

/// Questions of one process that are under way at once; further ones wait, and their deadline runs.
const MAX_ASKED: usize = 512;
/// When whoever was told that nobody could be asked may try again, in milliseconds.
const RETRY_AFTER_MS: u64 = 2000;

/// How the moderator is asked.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// How long its answer may take.
    pub deadline: Duration,
    /// Whether words are said that it has not judged in time. If not, they are refused as `unavailable`.
    pub unjudged_pass: bool,
    /// The longest text, in bytes: also of one that it puts in the place of another.
    pub max_content_bytes: usize,
}

/// What becomes of somebody's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// They are said.
    Accepted,
    /// Others are said in their place.
    Replaced(String),
    /// They are not, and this is what their author hears.
    Refused(Refusal),
}

/// The way to the moderator. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Moderator {
    bus: Bus,
    rules: Rules,
    places: Arc<Semaphore>,
}

impl Moderator {
    /// Asks over this connection.
    #[must_use]
    pub fn new(bus: Bus, rules: Rules) -> Self {
        Self { bus, rules, places: Arc::new(Semaphore::new(MAX_ASKED)) }
    }

    /// What becomes of these words: known within the deadline, whatever the moderator does.
    pub async fn judge(&self, words: CheckRequest) -> Judgement {
        let begun = Instant::now();
        let has_attachments = !words.attachment_ids.is_empty();
        let (judgement, outcome) = match timeout(self.rules.deadline, self.ask(&words)).await {
            Ok(Ok(verdict)) => self.follow(verdict, has_attachments),
            Ok(Err(RpcError::Unavailable(reason))) => self.without_verdict("absent", &reason),
            Ok(Err(RpcError::Invalid(reason) | RpcError::Refused(reason))) => self.without_verdict("unusable", &reason),
            Err(_) => self.without_verdict("late", "no answer in time"),
        };
        metrics::counter!("chat_moderation_checks_total", "outcome" => outcome).increment(1);
        metrics::histogram!("chat_moderation_check_seconds").record(begun.elapsed().as_secs_f64());
        judgement
    }

    async fn ask(&self, words: &CheckRequest) -> Result<Verdict, RpcError> {
        let _place = self.places.acquire().await.map_err(|_| RpcError::Unavailable("closed".to_owned()))?;
        rpc::call(&self.bus, moderation::SERVICE, moderation::ENDPOINT, words, self.rules.deadline * 2).await
    }

    fn follow(&self, verdict: Verdict, has_attachments: bool) -> (Judgement, &'static str) {
        match verdict {
            Verdict::Accept => (Judgement::Accepted, "accept"),
            Verdict::Refuse { reason } => (Judgement::Refused(moderation::refusal(reason.as_deref())), "refuse"),
            Verdict::Replace { content } => {
                match (EditMessageRequest { content }).check(self.rules.max_content_bytes, has_attachments) {
                    Ok(content) => (Judgement::Replaced(content), "replace"),
                    Err(refusal) => self.without_verdict("unusable", &refusal.detail),
                }
            }
        }
    }

    fn without_verdict(&self, outcome: &'static str, reason: &str) -> (Judgement, &'static str) {
        tracing::warn!(outcome, reason, "the moderator has not judged a message");
        if self.rules.unjudged_pass {
            return (Judgement::Accepted, outcome);
        }
        let refusal = Refusal::new(ErrorCode::Unavailable, "This cannot be checked now; send it again later.");
        (Judgement::Refused(Refusal { retry_after_ms: Some(RETRY_AFTER_MS), ..refusal }), outcome)
    }
}
