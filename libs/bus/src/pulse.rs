//! Whether this process still hears what NATS has to say. A connection that has gone silent looks like one on which there is
//! nothing to be heard: a word to oneself tells the one from the other. Knows no NATS.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How often a word is said.
pub(crate) const INTERVAL: Duration = Duration::from_millis(400);
/// How long ago the newest word that was heard may have been said.
pub(crate) const PATIENCE: Duration = Duration::from_secs(2);

/// The words of one process to itself.
#[derive(Debug)]
pub(crate) struct Pulse {
    begun: Instant,
    /// When the newest word that was heard was said, in milliseconds after the beginning, and one more; 0: none yet.
    heard: AtomicU64,
}

impl Pulse {
    pub(crate) fn new(begun: Instant) -> Self {
        Self { begun, heard: AtomicU64::new(0) }
    }

    /// What to say now.
    pub(crate) fn word(&self, now: Instant) -> String {
        (self.millis(now) + 1).to_string()
    }

    /// A word came back.
    pub(crate) fn hear(&self, word: &[u8]) {
        let said = std::str::from_utf8(word).ok().and_then(|text| text.parse().ok());
        self.heard.fetch_max(said.unwrap_or_default(), Ordering::AcqRel);
    }

    /// Whether everything is heard that was said until a moment ago.
    pub(crate) fn is_fresh(&self, now: Instant) -> bool {
        let heard = self.heard.load(Ordering::Acquire);
        heard > 0 && u128::from(self.millis(now).saturating_sub(heard - 1)) <= PATIENCE.as_millis()
    }

    fn millis(&self, now: Instant) -> u64 {
        u64::try_from(now.saturating_duration_since(self.begun).as_millis()).unwrap_or(u64::MAX - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_counts_is_when_a_word_was_said() {
        let begun = Instant::now();
        let pulse = Pulse::new(begun);
        assert!(!pulse.is_fresh(begun), "nothing was heard yet");
        let word = pulse.word(begun);
        let later = begun + PATIENCE;
        pulse.hear(word.as_bytes());
        assert!(pulse.is_fresh(later));
        assert!(!pulse.is_fresh(later + Duration::from_millis(1)), "however late it was heard");
        pulse.hear(pulse.word(later).as_bytes());
        pulse.hear(word.as_bytes());
        pulse.hear(b"nonsense");
        assert!(pulse.is_fresh(later + PATIENCE));
    }
}
