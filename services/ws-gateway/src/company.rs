//! What a socket knows of its person beyond single conversations: name, news, membership version, presence.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use chat_protocol::ids::ConversationId;
use chat_protocol::live::Standing;
use chat_protocol::rpc::Identity;

use crate::person::Following;
use crate::presence::{Stay, Watch};

/// How long a conversation that was left may still bring the event of the removal; then it falls silent without it.
const LEAVING_PATIENCE: Duration = Duration::from_millis(700);

/// The person of a socket.
#[derive(Default)]
pub(crate) struct Company {
    /// Who it is, by the token.
    pub(crate) identity: Option<Box<Identity>>,
    /// What others see.
    pub(crate) name: String,
    /// Which life of the log positions belong to.
    pub(crate) log_epoch: i64,
    /// The person's own news.
    pub(crate) following: Option<Following>,
    /// The membership version that the seats are of.
    pub(crate) version: i64,
    /// The newest version that was heard of.
    pub(crate) heard_version: i64,
    /// Conversations that were left, and until when the event of it may come.
    pub(crate) leaving: Vec<(ConversationId, Instant)>,
    /// How it stands where a seat is only being taken: newer than what will be said of it.
    pub(crate) early_standings: HashMap<ConversationId, Standing>,
    /// When the list is to be asked for again, after a failure.
    pub(crate) list_again_at: Option<Instant>,
    /// Holds the person online.
    pub(crate) stay: Option<Stay>,
    /// The people whom the person sees.
    pub(crate) watch: Option<Watch>,
    /// Whether they are being asked for.
    pub(crate) acquaintances: Acquaintances,
}

/// How it stands with the list of people whom the person sees.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Acquaintances {
    /// Not asked for, or known.
    #[default]
    Settled,
    /// Asked for.
    Asked,
    /// Changed since it was asked for.
    Stale,
}

impl Company {
    /// The conversation was left: its end is waited for a while.
    pub(crate) fn leave(&mut self, conversation: ConversationId, now: Instant) {
        self.leaving.push((conversation, now + LEAVING_PATIENCE));
    }

    /// The person is in again.
    pub(crate) fn stays(&mut self, conversation: ConversationId) {
        self.leaving.retain(|(id, _)| *id != conversation);
    }

    /// Conversations whose end has been waited for long enough.
    pub(crate) fn take_left(&mut self, now: Instant) -> Vec<ConversationId> {
        let (over, waiting) = self.leaving.drain(..).partition(|(_, until)| *until <= now);
        self.leaving = waiting;
        let over: Vec<(ConversationId, Instant)> = over;
        over.into_iter().map(|(conversation, _)| conversation).collect()
    }

    /// The earliest of what has to be looked at, and `other`.
    pub(crate) fn next_deadline(&self, other: Instant) -> Instant {
        let leaving = self.leaving.iter().map(|(_, until)| *until);
        leaving.chain(self.list_again_at).fold(other, Instant::min)
    }
}
