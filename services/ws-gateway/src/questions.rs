//! What one socket has asked and not heard yet.

use std::collections::{HashSet, VecDeque};
use std::pin::Pin;
use std::sync::Arc;

use chat_protocol::ids::{ConversationId, Seq, UserId};
use chat_protocol::presence::Acquaintance;
use chat_protocol::rpc::{AuthorizeResponse, EventsAfterResponse, Identity, ReadStatesResponse};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use crate::admission::{AdmissionError, Admitted, Credential};
use crate::log_access::{self, AccessError, Entered, Known, Listing, READ_STATES_AT_ONCE};
use crate::mailbox::Mailbox;
use crate::room::RoomMembership;
use crate::session::Door;
use crate::socket::Shared;

/// Pages of the log that one socket reads at once.
const MAX_PAGES_AT_ONCE: usize = 4;

/// An answer.
pub(crate) enum Answer {
    /// Whether the credential of the upgrade lets its bearer in.
    Admitted(Result<Admitted, AdmissionError>),
    /// Where the person may read.
    Entered(Result<Entered, AccessError>),
    /// A page of a conversation's log after a position.
    Page(ConversationId, Seq, Result<EventsAfterResponse, AccessError>),
    /// How far everybody has read in these conversations.
    ReadStates(Vec<ConversationId>, Result<ReadStatesResponse, AccessError>),
    /// A place in a conversation that the person has entered.
    Joined(ConversationId, Seq, Result<(RoomMembership, AuthorizeResponse), AccessError>),
    /// Everything that the person takes part in, once more.
    Listed(Result<Listing, AccessError>),
    /// Everyone whose presence the person may see.
    Acquaintances(Vec<Acquaintance>),
}

type Question = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// The questions of one socket. Their number is bounded: each kind is under way once, pages a few times.
#[derive(Default)]
pub(crate) struct Questions {
    /// None while nothing was asked: even empty it would hold memory.
    waiting: Option<FuturesUnordered<Question>>,
    pages_under_way: usize,
    pages_wanted: VecDeque<(ConversationId, Seq)>,
    states_under_way: bool,
    states_wanted: VecDeque<ConversationId>,
    /// Whether somebody waits to be let in.
    pub(crate) is_admitting: bool,
    /// Conversations that are being entered.
    pub(crate) joining: HashSet<ConversationId>,
    /// Whether the list is being read.
    pub(crate) is_listing: bool,
}

impl Questions {
    /// The next answer; never, if nothing was asked. Safe to cancel.
    pub(crate) async fn next(&mut self) -> Answer {
        let answer = match &mut self.waiting {
            Some(waiting) => waiting.next().await,
            None => None,
        };
        let Some(answer) = answer else { return std::future::pending().await };
        self.waiting.take_if(|waiting| waiting.is_empty());
        self.note(&answer);
        answer
    }

    /// Whether nothing was asked.
    pub(crate) const fn is_empty(&self) -> bool {
        self.waiting.is_none()
    }

    fn note(&mut self, answer: &Answer) {
        match answer {
            Answer::Page(..) => self.pages_under_way -= 1,
            Answer::ReadStates(..) => self.states_under_way = false,
            Answer::Joined(conversation, ..) => {
                self.joining.remove(conversation);
            }
            Answer::Listed(_) => self.is_listing = false,
            Answer::Admitted(_) => self.is_admitting = false,
            Answer::Entered(_) | Answer::Acquaintances(_) => {}
        }
    }

    fn ask(&mut self, question: impl Future<Output = Answer> + Send + 'static) {
        self.waiting.get_or_insert_default().push(Box::pin(question));
    }

    pub(crate) fn admit(&mut self, shared: &Arc<Shared>, credential: Credential) {
        self.is_admitting = true;
        let shared = shared.clone();
        self.ask(async move { Answer::Admitted(shared.admission.admit(credential, chrono::Utc::now()).await) });
    }

    pub(crate) fn enter(&mut self, shared: &Arc<Shared>, door: Door, mailbox: Arc<Mailbox>, identity: Identity) {
        let shared = shared.clone();
        self.ask(async move { Answer::Entered(log_access::enter(shared, door, mailbox, identity).await) });
    }

    /// Asks for what follows a position, once there is room for another such question.
    pub(crate) fn want_page(&mut self, shared: &Arc<Shared>, user: UserId, conversation: ConversationId, after: Seq) {
        self.pages_wanted.push_back((conversation, after));
        self.ask_for_pages(shared, user);
    }

    pub(crate) fn ask_for_pages(&mut self, shared: &Arc<Shared>, user: UserId) {
        while self.pages_under_way < MAX_PAGES_AT_ONCE
            && let Some((conversation, after)) = self.pages_wanted.pop_front()
        {
            self.pages_under_way += 1;
            let shared = shared.clone();
            self.ask(async move {
                Answer::Page(conversation, after, log_access::read(shared, conversation, user, after).await)
            });
        }
    }

    /// Asks how far everybody has read there, together with others where that is asked.
    pub(crate) fn want_read_state(&mut self, conversation: ConversationId) {
        self.states_wanted.push_back(conversation);
    }

    pub(crate) fn ask_for_read_states(&mut self, shared: &Arc<Shared>, user: UserId) {
        if self.states_under_way || self.states_wanted.is_empty() {
            return;
        }
        self.states_under_way = true;
        let count = self.states_wanted.len().min(READ_STATES_AT_ONCE);
        let wanted: Vec<_> = self.states_wanted.drain(..count).collect();
        let shared = shared.clone();
        self.ask(async move {
            let states = log_access::read_states(shared, user, wanted.clone()).await;
            Answer::ReadStates(wanted, states)
        });
    }

    /// Takes a place in a conversation that the person has entered with the event at `joined_seq`.
    pub(crate) fn join(
        &mut self,
        shared: &Arc<Shared>,
        conversation: ConversationId,
        joined_seq: Seq,
        mailbox: Arc<Mailbox>,
        identity: Identity,
    ) {
        if !self.joining.insert(conversation) {
            return;
        }
        let shared = shared.clone();
        self.ask(async move {
            let joined = log_access::join(&shared, conversation, mailbox, identity).await;
            Answer::Joined(conversation, joined_seq, joined)
        });
    }

    pub(crate) fn list(&mut self, shared: &Arc<Shared>, mailbox: Arc<Mailbox>, identity: Identity, known: Known) {
        self.is_listing = true;
        let shared = shared.clone();
        self.ask(async move { Answer::Listed(log_access::list(shared, mailbox, identity, known).await) });
    }

    pub(crate) fn find_acquaintances(&mut self, shared: &Arc<Shared>, user: UserId) {
        let presence = shared.presence.clone();
        self.ask(async move { Answer::Acquaintances(presence.acquaintances(user).await) });
    }
}
