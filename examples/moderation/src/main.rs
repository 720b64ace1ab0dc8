//! A moderator to begin with: refuses messages with certain words, and blanks certain others out. It knows nothing of the chat but
//! one subject and two pieces of JSON (docs/moderation.md), and may run as often as you like: each message is put to one of them.

use anyhow::Result;
use async_nats::ConnectOptions;
use async_nats::service::ServiceExt as _;
use clap::Parser;
use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};

/// Refuses messages with certain words, and blanks certain others out
#[derive(Parser)]
#[command(name = "word-filter")]
struct Settings {
    /// NATS servers, separated by commas
    #[arg(long, env = "NATS_URL", default_value = "nats://127.0.0.1:4222")]
    nats_url: String,
    /// Who it is there
    #[arg(long, env = "NATS_USER", default_value = "moderator")]
    nats_user: String,
    /// The password that goes with it
    #[arg(long, env = "NATS_PASSWORD", hide_env_values = true)]
    nats_password: String,
    /// Words that may not be said
    #[arg(long, value_delimiter = ',')]
    refuse: Vec<String>,
    /// Words that are replaced by asterisks
    #[arg(long, value_delimiter = ',')]
    blank: Vec<String>,
}

/// What the chat asks; there are more fields than these.
#[derive(Debug, Deserialize)]
struct Question {
    content: String,
}

/// What it is answered.
#[derive(Debug, PartialEq, Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
enum Verdict {
    Accept,
    Refuse { reason: String },
    Replace { content: String },
}

#[tokio::main]
async fn main() -> Result<()> {
    let settings = Settings::parse();
    let options = ConnectOptions::with_user_and_password(settings.nats_user.clone(), settings.nats_password.clone());
    let client = options.name("word-filter").retry_on_initial_connect().connect(&settings.nats_url).await?;
    let service =
        client.service_builder().start("chat-moderation", "1.0.0").await.map_err(anyhow::Error::from_boxed)?;
    let mut questions = service.endpoint("chat.rpc.moderation.check").await.map_err(anyhow::Error::from_boxed)?;
    client.flush().await?;
    println!("judging");
    while let Some(question) = questions.next().await {
        let verdict = match serde_json::from_slice::<Question>(&question.message.payload) {
            Ok(words) => settings.judge(&words.content),
            Err(error) => {
                let error = async_nats::service::error::Error { code: 400, status: error.to_string() };
                question.respond(Err(error)).await?;
                continue;
            }
        };
        question.respond(Ok(serde_json::to_vec(&verdict)?.into())).await?;
    }
    Ok(())
}

impl Settings {
    fn judge(&self, content: &str) -> Verdict {
        let is_among = |list: &[String], word: &str| list.iter().any(|one| one.to_lowercase() == word.to_lowercase());
        if words(content).any(|word| is_among(&self.refuse, word)) {
            return Verdict::Refuse { reason: "There is a word in it that is not said here.".to_owned() };
        }
        let parts = content.split_inclusive(is_between_words).map(|part| {
            let word = part.trim_end_matches(is_between_words);
            let stars = "*".repeat(word.chars().count());
            if is_among(&self.blank, word) { stars + &part[word.len()..] } else { part.to_owned() }
        });
        let blanked: String = parts.collect();
        if blanked == content { Verdict::Accept } else { Verdict::Replace { content: blanked } }
    }
}

fn words(content: &str) -> impl Iterator<Item = &str> {
    content.split(is_between_words).filter(|word| !word.is_empty())
}

fn is_between_words(c: char) -> bool {
    !c.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_whole_words_in_any_case() {
        let arguments = ["", "--nats-password=x", "--refuse=spam", "--blank=darn,été"];
        let settings = Settings::parse_from(arguments);
        for (content, verdict) in [
            ("Hello!", Verdict::Accept),
            ("", Verdict::Accept),
            ("antispam", Verdict::Accept),
            ("Well, darn it: DARN!", Verdict::Replace { content: "Well, **** it: ****!".to_owned() }),
            ("l'Été", Verdict::Replace { content: "l'***".to_owned() }),
        ] {
            assert_eq!(settings.judge(content), verdict, "{content}");
        }
        assert!(matches!(settings.judge("darn, (Spam)."), Verdict::Refuse { .. }));
    }
}
