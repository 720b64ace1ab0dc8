//! One gateway's lease as this instance knows it: whom the gateway holds, how far the updates were followed without a
//! hole, and when it was last heard.

use std::collections::HashMap;
use std::mem;
use std::time::Duration;

use chat_protocol::ids::UserId;
use chat_protocol::presence::{Departure, HeldUser, LeaseBody, LeaseUpdate};
use chat_protocol::time::Timestamp;

/// The lease of one life (epoch) of a gateway.
#[derive(Debug)]
pub(crate) struct Lease {
    epoch: i64,
    version: u64,
    is_complete: bool,
    as_of: Timestamp,
    heard_at: Duration,
    users: HashMap<UserId, HeldUser>,
    parts: Option<Parts>,
    reply_to: Option<String>,
    asked_at: Option<Duration>,
}

/// A full set of which not all parts have come.
#[derive(Debug)]
struct Parts {
    version: u64,
    next: u32,
    users: HashMap<UserId, HeldUser>,
    left: Vec<Departure>,
}

/// What an update brought.
#[derive(Debug, Default)]
pub(crate) struct News {
    /// Who came, went or chose another status.
    pub(crate) touched: Vec<UserId>,
    /// Who left lately, according to a full set.
    pub(crate) left: Vec<Departure>,
}

impl Lease {
    /// A lease of which nothing is known but that it exists.
    pub(crate) fn new(update: &LeaseUpdate, now: Duration) -> Self {
        Self {
            epoch: update.epoch,
            version: 0,
            is_complete: false,
            as_of: update.sent_at,
            heard_at: now,
            users: HashMap::new(),
            parts: None,
            reply_to: None,
            asked_at: None,
        }
    }

    pub(crate) fn epoch(&self) -> i64 {
        self.epoch
    }

    /// Whether everyone is known: nothing was missed since a full set.
    pub(crate) fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// Up to when, by the gateway's clock, what is known here is right.
    pub(crate) fn as_of(&self) -> Timestamp {
        self.as_of
    }

    pub(crate) fn heard_at(&self) -> Duration {
        self.heard_at
    }

    pub(crate) fn reply_to(&self) -> Option<&str> {
        self.reply_to.as_deref()
    }

    pub(crate) fn held(&self, user_id: UserId) -> Option<&HeldUser> {
        self.users.get(&user_id)
    }

    pub(crate) fn into_users(self) -> impl Iterator<Item = UserId> {
        self.users.into_keys()
    }

    /// Forgets that it was complete, and waits a whole term again: updates may have been missed.
    pub(crate) fn doubt(&mut self, now: Duration) {
        self.is_complete = false;
        self.parts = None;
        self.asked_at = None;
        self.heard_at = now;
    }

    /// Where to ask for the full set, if it is missing and was not asked for within `again`.
    pub(crate) fn ask(&mut self, now: Duration, again: Duration) -> Option<String> {
        let is_due = self.asked_at.is_none_or(|asked_at| asked_at + again <= now);
        if self.is_complete || !is_due {
            return None;
        }
        let reply_to = self.reply_to.clone()?;
        self.asked_at = Some(now);
        Some(reply_to)
    }

    /// Takes in an update of this epoch.
    pub(crate) fn apply(&mut self, update: LeaseUpdate, reply_to: Option<&str>, now: Duration) -> News {
        self.heard_at = now;
        if self.reply_to.as_deref() != reply_to {
            self.reply_to = reply_to.map(str::to_owned);
        }
        if update.version < self.version {
            return News::default();
        }
        let (version, sent_at) = (update.version, update.sent_at);
        match update.body {
            LeaseBody::Heartbeat => {
                self.is_complete &= version == self.version;
                self.advance(sent_at);
                News::default()
            }
            LeaseBody::Change { online, offline } => self.change(version, sent_at, online, offline),
            LeaseBody::Full { part, more, users, left } => {
                if self.collect(version, part, users, left) && !more {
                    self.replace(sent_at)
                } else {
                    News::default()
                }
            }
            // The state removes a released lease before it comes here.
            LeaseBody::Released => News::default(),
        }
    }

    fn change(&mut self, version: u64, sent_at: Timestamp, online: Vec<HeldUser>, offline: Vec<UserId>) -> News {
        if version == self.version {
            return News::default();
        }
        self.parts = None;
        self.is_complete &= version == self.version + 1;
        if !self.is_complete {
            return News::default();
        }
        self.version = version;
        self.advance(sent_at);
        let touched = online.iter().map(|held| held.user_id).chain(offline.iter().copied()).collect();
        self.users.extend(online.into_iter().map(|held| (held.user_id, held)));
        for user_id in offline {
            self.users.remove(&user_id);
        }
        News { touched, left: Vec::new() }
    }

    /// Adds a part of a full set; false if it does not fit what has come so far.
    fn collect(&mut self, version: u64, part: u32, users: Vec<HeldUser>, left: Vec<Departure>) -> bool {
        if part == 0 {
            self.parts = Some(Parts { version, next: 0, users: HashMap::new(), left: Vec::new() });
        }
        let fits = |parts: &&mut Parts| parts.version == version && parts.next == part;
        let Some(parts) = self.parts.as_mut().filter(fits) else {
            self.parts = None;
            self.is_complete &= version == self.version;
            return false;
        };
        parts.next += 1;
        parts.users.extend(users.into_iter().map(|held| (held.user_id, held)));
        parts.left.extend(left);
        true
    }

    /// Puts the collected full set in place of what was known.
    fn replace(&mut self, sent_at: Timestamp) -> News {
        let Some(parts) = self.parts.take() else { return News::default() };
        let before = mem::replace(&mut self.users, parts.users);
        self.version = parts.version;
        self.is_complete = true;
        self.advance(sent_at);
        let gone = before.keys().filter(|user_id| !self.users.contains_key(user_id));
        let is_new = |held: &&HeldUser| before.get(&held.user_id) != Some(*held);
        let touched = self.users.values().filter(is_new).map(|held| held.user_id).chain(gone.copied()).collect();
        News { touched, left: parts.left }
    }

    fn advance(&mut self, sent_at: Timestamp) {
        if self.is_complete {
            self.as_of = self.as_of.max(sent_at);
        }
    }
}
