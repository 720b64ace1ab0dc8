//! One person: what this instance would say, and what was last said by anyone. They differ until somebody with newer
//! evidence has spoken.

use std::time::Duration;

use chat_protocol::ids::UserId;
use chat_protocol::presence::{PresenceStatus, UserPresence};
use chat_protocol::time::Timestamp;
use chrono::TimeDelta;

/// A person whom a gateway holds, or of whom something was said lately.
#[derive(Debug, Default)]
pub(crate) struct Person {
    /// What this instance would say; nothing as long as no gateway has named the person to it.
    own: Option<UserPresence>,
    /// What was last said, by whichever instance.
    told: Option<UserPresence>,
    /// The last socket has closed, and the grace runs.
    pub(crate) leaving: Option<Leaving>,
    /// When the person may be forgotten.
    pub(crate) forget_at: Option<Duration>,
    /// This instance has asked whether anybody still hears the person.
    is_challenged: bool,
    /// Another instance has asked so, and this one does.
    must_confirm: bool,
}

/// The last socket has closed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Leaving {
    /// When, by the gateway's clock.
    pub(crate) at: Timestamp,
    /// The end of the grace.
    pub(crate) deadline: Duration,
}

impl Person {
    /// Whether others see the person, in the opinion of this instance.
    pub(crate) fn is_online(&self) -> bool {
        self.own.is_some_and(|own| own.status.is_online())
    }

    pub(crate) fn has_opinion(&self) -> bool {
        self.own.is_some()
    }

    /// A gateway said so, at `at`: newer than whatever was told before. Whether that changes what others see.
    pub(crate) fn show(&mut self, user_id: UserId, status: PresenceStatus, at: Timestamp) -> bool {
        if let Some(own) = self.own.as_mut().filter(|own| own.status == status) {
            own.as_of = own.as_of.max(at);
            return false;
        }
        let before = self.told.into_iter().chain(self.own).map(|statement| just_after(statement.as_of));
        let as_of = before.fold(at, Timestamp::max);
        self.see(user_id, status, at, as_of)
    }

    /// The gateway has not been heard since `at`. That is weaker than a word: whoever has heard it since is right.
    pub(crate) fn fall_silent(&mut self, user_id: UserId, at: Timestamp) -> bool {
        let as_of = self.own.map_or(at, |own| at.max(own.as_of));
        self.see(user_id, PresenceStatus::Offline, at, as_of)
    }

    fn see(&mut self, user_id: UserId, status: PresenceStatus, at: Timestamp, as_of: Timestamp) -> bool {
        let before = self.own.map(|own| own.status);
        if before == Some(status) {
            return false;
        }
        let was_online = before.is_some_and(PresenceStatus::is_online);
        let last_seen = match status {
            PresenceStatus::Offline if was_online => Some(at),
            PresenceStatus::Offline => self.own.and_then(|own| own.last_seen),
            PresenceStatus::Online | PresenceStatus::Away => None,
        };
        self.own = Some(UserPresence { user_id, status, last_seen, as_of });
        self.must_confirm = false;
        true
    }

    /// A full set says that the person left at `at`: for an instance that was not there to see it.
    pub(crate) fn has_left(&mut self, user_id: UserId, at: Timestamp) -> bool {
        if self.is_online() || self.own.is_some_and(|own| own.last_seen >= Some(at)) {
            return false;
        }
        self.own = Some(UserPresence { user_id, status: PresenceStatus::Offline, last_seen: Some(at), as_of: at });
        true
    }

    /// Somebody said this. If it is older than what was told, it is a question to whoever knows better.
    pub(crate) fn hear(&mut self, statement: UserPresence) {
        if self.told.is_none_or(|told| statement.supersedes(&told)) {
            self.told = Some(statement);
            (self.is_challenged, self.must_confirm) = (false, false);
        } else if self.is_online() && !statement.status.is_online() {
            self.must_confirm = true;
        }
    }

    /// The person was told to be online long ago, by an instance that heard a gateway which this one does not hear. Asks
    /// once whether that still holds, by a statement too old to be believed; when asked in vain, decides that it does
    /// not, and has something to say.
    pub(crate) fn challenge(&mut self, user_id: UserId) -> Challenge {
        let Some(told) = self.told.filter(|told| told.status.is_online() && !self.is_online()) else {
            return Challenge::Pointless;
        };
        let offline = |last_seen, as_of| UserPresence { user_id, status: PresenceStatus::Offline, last_seen, as_of };
        if self.is_challenged {
            self.is_challenged = false;
            self.own = Some(offline(Some(told.as_of), just_after(told.as_of)));
            return Challenge::Unanswered;
        }
        self.is_challenged = true;
        Challenge::Ask(offline(None, just_before(told.as_of)))
    }

    /// Takes for told what this instance sees: a fresh instance does not repeat what others have said long ago.
    pub(crate) fn assume_told(&mut self) {
        if self.told.is_none() && self.is_online() {
            self.told = self.own;
        }
    }

    /// What has to be said, given that a gateway was heard holding the person at `heard`. It then counts as told.
    pub(crate) fn speak(&mut self, heard: Option<Timestamp>) -> Speech {
        let Some(own) = self.statement(heard) else { return Speech::Nothing };
        if self.is_settled(&own) && !self.must_confirm {
            return Speech::Nothing;
        }
        if self.told.is_some_and(|told| !own.supersedes(&told)) {
            return Speech::Later;
        }
        self.told = Some(own);
        self.must_confirm = false;
        Speech::Say(own)
    }

    /// The statement that holds: of one's own and the last one told the newer.
    pub(crate) fn best(&self, heard: Option<Timestamp>) -> Option<UserPresence> {
        let own = self.statement(heard);
        let best = match (own, self.told) {
            (Some(own), Some(told)) if told.supersedes(&own) => told,
            (own, told) => own.or(told)?,
        };
        // Somebody invisible of whom nobody knows anything: not worth a row that only they could cause.
        let says_something = best.status.is_online() || best.last_seen.is_some();
        says_something.then_some(best)
    }

    fn statement(&self, heard: Option<Timestamp>) -> Option<UserPresence> {
        let own = self.own?;
        Some(UserPresence { as_of: heard.map_or(own.as_of, |heard| own.as_of.max(heard)), ..own })
    }

    fn is_settled(&self, own: &UserPresence) -> bool {
        match self.told {
            None => !own.status.is_online() && own.last_seen.is_none(),
            Some(told) => own.status == told.status && own.last_seen <= told.last_seen,
        }
    }
}

/// What [`Person::speak`] comes to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Speech {
    /// Say this.
    Say(UserPresence),
    /// All has been said.
    Nothing,
    /// Somebody with newer evidence says otherwise: wait for evidence of one's own.
    Later,
}

/// What [`Person::challenge`] comes to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Challenge {
    /// Ask by saying this.
    Ask(UserPresence),
    /// Nobody has answered: the person is offline.
    Unanswered,
    /// Nothing to ask.
    Pointless,
}

fn just_before(time: Timestamp) -> Timestamp {
    (time.datetime() - TimeDelta::microseconds(1)).into()
}

fn just_after(time: Timestamp) -> Timestamp {
    (time.datetime() + TimeDelta::microseconds(1)).into()
}
