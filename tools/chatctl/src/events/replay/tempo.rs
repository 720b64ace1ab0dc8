//! How fast events are published again, and what is told about it on the way.

use std::fmt;
use std::time::Duration;

use chat_protocol::ids::ConversationId;
use tokio::time::Instant;

/// How often it is told how far it is.
const TELL: Duration = Duration::from_secs(2);

/// Counts, and holds back what would be too fast.
pub(super) struct Tempo {
    rate: u32,
    started: Instant,
    told: Instant,
    events: u64,
    conversations: u64,
}

impl Tempo {
    pub(super) fn new(rate: u32) -> Self {
        let now = Instant::now();
        Self { rate, started: now, told: now, events: 0, conversations: 0 }
    }

    /// Notes what was published, and waits until that may have taken place.
    pub(super) async fn published(&mut self, events: usize) {
        self.events += events as u64;
        let due = Duration::from_micros(self.events.saturating_mul(1_000_000) / u64::from(self.rate));
        tokio::time::sleep_until(self.started + due).await;
    }

    /// Notes that a conversation is published as a whole; tells so now and then.
    pub(super) fn conversation_is_done(&mut self, conversation: ConversationId) {
        self.conversations += 1;
        if self.told.elapsed() >= TELL {
            self.told = Instant::now();
            eprintln!("{self}, up to {conversation}.");
        }
    }
}

impl fmt::Display for Tempo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.started.elapsed().as_secs();
        write!(f, "{} events of {} conversations in {seconds} s", self.events, self.conversations)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_is_not_faster_than_allowed() {
        let mut tempo = Tempo::new(1000);
        tempo.published(30).await;
        tempo.published(20).await;
        assert!(tempo.started.elapsed() >= Duration::from_millis(50));
        tempo.conversation_is_done(ConversationId::generate());
        assert_eq!(tempo.to_string(), "50 events of 1 conversations in 0 s");
    }
}
