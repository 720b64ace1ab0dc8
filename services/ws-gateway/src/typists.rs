//! Who types in one conversation, as far as is known here: also ends what nobody ends, because the typist's gateway is
//! gone. Pure.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use chat_protocol::ids::UserId;
use chat_protocol::limits::TYPING_TIMEOUT;

/// How long after the last word of a typist it is over: the typist's own gateway ends it after [`TYPING_TIMEOUT`] and
/// tells renewals at most once a second.
const PATIENCE: Duration = TYPING_TIMEOUT.saturating_add(Duration::from_millis(1500));

/// The typists of a conversation.
#[derive(Debug, Default)]
pub struct Typists(HashMap<UserId, Typist>);

#[derive(Debug)]
struct Typist {
    name: String,
    until: Instant,
}

impl Typists {
    /// Somebody types, or has stopped.
    pub fn note(&mut self, user: UserId, name: &str, is_typing: bool, now: Instant) {
        if is_typing {
            self.0.insert(user, Typist { name: name.to_owned(), until: now + PATIENCE });
        } else {
            self.0.remove(&user);
        }
    }

    /// Those of whom nothing was heard any more; each is told once.
    pub fn expire(&mut self, now: Instant) -> Vec<(UserId, String)> {
        let over = self.0.extract_if(|_, typist| typist.until <= now);
        over.map(|(user, typist)| (user, typist.name)).collect()
    }

    /// When [`expire`](Self::expire) is to be called next.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        self.0.values().map(|typist| typist.until).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_ends_when_nobody_ends_it() {
        let (mut typists, now, user) = (Typists::default(), Instant::now(), UserId::new(1).unwrap());
        typists.note(user, "Ada", true, now);
        assert!(typists.expire(now + TYPING_TIMEOUT).is_empty());
        assert_eq!(typists.next_deadline(), Some(now + PATIENCE));
        assert_eq!(typists.expire(now + PATIENCE), [(user, "Ada".to_owned())]);
        assert!(typists.expire(now + PATIENCE).is_empty());
        typists.note(user, "Ada", true, now);
        typists.note(user, "Ada", false, now);
        assert_eq!(typists.next_deadline(), None);
    }
}
