//! How a socket begins, and how it catches up: what opens it, what a resume asks for, and the answers to what was asked.

use std::collections::BTreeMap;
use std::time::Instant;

use chat_bus::live;
use chat_bus::rpc::RpcError;
use chat_protocol::close::CloseCode;
use chat_protocol::error::{ErrorCode, Refusal};
use chat_protocol::frame::{ReadState, Resume, ServerFrame};
use chat_protocol::ids::{ConversationId, Seq};
use chat_protocol::live::LiveNews;
use chat_protocol::rpc::{EventsAfterResponse, ReadStatesResponse};

use crate::closing::End;
use crate::company::Company;
use crate::feed::{Answer as Resumption, Want};
use crate::log_access::{AccessError, Entered};
use crate::questions::Answer;
use crate::seat::{Asking, Seat};
use crate::session::{Door, Effect};
use crate::socket::{Socket, now};
use crate::transport::Transport;

/// Heads in one heartbeat: at about 60 bytes each well below the largest frame.
const HEADS_PER_FRAME: usize = 1000;
/// The read state in one `resumed`, in positions: at most 16 bytes each, and about 100 for each reader.
const READ_STATE_PER_FRAME: usize = 4000;

impl<T: Transport> Socket<T> {
    /// An answer to what this socket has asked.
    pub(crate) async fn on_answer(&mut self, answer: Answer) -> Result<Vec<Effect>, End> {
        match answer {
            Answer::Admitted(admitted) => return Ok(self.on_admitted(admitted)),
            Answer::Entered(entered) => return self.on_entered(entered),
            Answer::Page(conversation, after, page) => self.on_page(conversation, after, page).await?,
            Answer::ReadStates(asked, states) => self.on_read_states(&asked, states).await?,
            Answer::Joined(conversation, joined_seq, joined) => self.on_joined(conversation, joined_seq, joined),
            Answer::Listed(listed) => self.on_listed(listed).await?,
            Answer::Acquaintances(people) => self.on_acquaintances(&people),
        }
        Ok(Vec::new())
    }

    fn on_entered(&mut self, entered: Result<Entered, AccessError>) -> Result<Vec<Effect>, End> {
        let Entered { response, following, listing } = entered.map_err(|error| match error {
            AccessError::Rpc(RpcError::Refused(_)) => End::Code(CloseCode::TokenExpired),
            error => {
                tracing::warn!(%error, "a socket could not be let in");
                End::Code(CloseCode::Unavailable)
            }
        })?;
        let effects = self.session.on_authorized(&response, now());
        let Some(user) = self.session.reader() else { return Ok(effects) };
        self.company.stay = Some(self.shared.presence.enter(user, response.status, response.status_version));
        self.company.name = response.name;
        self.company.following = following;
        self.company.version = listing.version;
        let max_replay = self.shared.config.max_resume_events;
        for (place, fact) in listing.entered {
            self.seats.insert(Seat::new(place, &fact, fact.last_seq, self.is_held, max_replay));
        }
        Ok(effects)
    }

    /// `ready` has been said: from here on everything comes.
    pub(crate) async fn open(&mut self, log_epoch: i64) -> Result<(), End> {
        self.company.log_epoch = log_epoch;
        if self.door == Door::All {
            let heads = self.seats.iter_mut().map(|(conversation, seat)| (conversation, seat.told_head)).collect();
            self.send_heads(heads).await?;
        }
        self.rooms_left.extend(self.seats.ids());
        self.find_acquaintances();
        Ok(())
    }

    /// While nothing may be told, the heads stay as they were told last.
    pub(crate) async fn send_heartbeat(&mut self) -> Result<(), End> {
        let may_tell = self.may_tell()?;
        if self.door == Door::All {
            let mut changed = BTreeMap::new();
            for (conversation, seat) in self.seats.iter_mut() {
                let head = if may_tell { seat.head() } else { seat.told_head };
                if head > seat.told_head {
                    seat.told_head = head;
                    changed.insert(conversation, head);
                }
            }
            return self.send_heads(changed).await;
        }
        let last_seq = self.seats.only_mut().map(|seat| {
            seat.told_head = if may_tell { seat.head() } else { seat.told_head };
            seat.told_head
        });
        let conversation_id = self.door.conversation();
        self.feed(&ServerFrame::Heartbeat { conversation_id, last_seq, heads: None, more: false }).await
    }

    async fn send_heads(&mut self, heads: BTreeMap<ConversationId, Seq>) -> Result<(), End> {
        let mut heads = heads.into_iter().peekable();
        loop {
            let part = heads.by_ref().take(HEADS_PER_FRAME).collect();
            let more = heads.peek().is_some();
            let frame = ServerFrame::Heartbeat { conversation_id: None, last_seq: None, heads: Some(part), more };
            self.feed(&frame).await?;
            if !more {
                return Ok(());
            }
        }
    }

    pub(crate) async fn resume(&mut self, conversation: ConversationId, asked: Resume) -> Result<(), End> {
        let log_epoch = self.company.log_epoch;
        let Some(seat) = self.seats.get_mut(conversation) else {
            return self.refuse(conversation, Refusal::not_found()).await;
        };
        let head = seat.head();
        match seat.feed.resume(asked, log_epoch, head) {
            Resumption::Replaying => self.rooms_left.push_back(conversation),
            Resumption::AskLog => self.read_log(conversation, asked.after_seq),
            Resumption::Resync => self.require_resync(conversation).await?,
            Resumption::Busy => {
                let refusal = Refusal::new(ErrorCode::Conflict, "Another resume is under way.");
                self.refuse(conversation, refusal).await?;
            }
        }
        Ok(())
    }

    async fn refuse(&mut self, conversation: ConversationId, refusal: Refusal) -> Result<(), End> {
        self.feed(&ServerFrame::refused(Some(conversation), refusal, None)).await
    }

    /// What the first resume did not name goes live.
    pub(crate) fn release(&mut self) {
        if !self.is_held {
            return;
        }
        self.is_held = false;
        for (conversation, seat) in self.seats.iter_mut() {
            if !seat.feed.is_replaying() && seat.asking == Asking::Nothing {
                seat.feed.release();
                self.rooms_left.push_back(conversation);
            }
        }
    }

    async fn require_resync(&mut self, conversation: ConversationId) -> Result<(), End> {
        let Some(seat) = self.seats.get_mut(conversation) else { return Ok(()) };
        metrics::counter!("chat_gateway_resumes_total", "source" => "resync").increment(1);
        let frame = ServerFrame::ResyncRequired {
            conversation_id: conversation,
            last_seq: seat.feed.last_seq(),
            log_epoch: self.company.log_epoch,
        };
        self.rooms_left.push_back(conversation);
        self.feed(&frame).await
    }

    fn read_log(&mut self, conversation: ConversationId, after: Seq) {
        let (Some(user), Some(seat)) = (self.session.reader(), self.seats.get_mut(conversation)) else { return };
        seat.asking = Asking::Log;
        self.questions.want_page(&self.shared, user, conversation, after);
    }

    async fn on_page(
        &mut self,
        conversation: ConversationId,
        after: Seq,
        page: Result<EventsAfterResponse, AccessError>,
    ) -> Result<(), End> {
        if let Some(user) = self.session.reader() {
            self.questions.ask_for_pages(&self.shared, user);
        }
        let page = page.map_err(|error| {
            tracing::warn!(%error, "a resume could not be read from the log");
            End::Code(CloseCode::Unavailable)
        })?;
        let log_epoch = self.company.log_epoch;
        let Some(seat) = self.seats.get_mut(conversation) else { return Ok(()) };
        seat.asking = Asking::Nothing;
        self.rooms_left.push_back(conversation);
        if !page.is_participant {
            // Asks no more, and goes on live until the removal if it was live.
            seat.asking = if seat.feed.is_replaying() { Asking::Log } else { Asking::Nothing };
            self.await_removal(conversation);
            return Ok(());
        }
        let Want::Replay { after: wanted, until } = seat.feed.want() else {
            if seat.feed.resume_with_log(after, page.last_seq) == Resumption::Resync {
                self.require_resync(conversation).await?;
            }
            return Ok(());
        };
        if page.log_epoch != log_epoch || wanted.next() < page.first_seq {
            seat.feed.resync();
            return self.require_resync(conversation).await;
        }
        let missing: Vec<_> =
            page.events.into_iter().filter(|event| event.seq > wanted && event.seq <= until).collect();
        if missing.first().is_none_or(|first| first.seq != wanted.next()) {
            tracing::error!(conversation_id = %conversation, after = wanted.0, "the log has a hole");
            return Err(End::Code(CloseCode::Resync));
        }
        seat.page = missing;
        Ok(())
    }

    /// The api says that the caller takes part no longer: the event of it is on its way, and is waited for a while.
    fn await_removal(&mut self, conversation: ConversationId) {
        self.company.leave(conversation, Instant::now());
    }

    async fn on_read_states(
        &mut self,
        asked: &[ConversationId],
        states: Result<ReadStatesResponse, AccessError>,
    ) -> Result<(), End> {
        let states = states.map_err(|error| {
            tracing::warn!(%error, "the read state could not be had");
            End::Code(CloseCode::Unavailable)
        })?;
        let mut by_conversation: BTreeMap<_, _> =
            states.conversations.into_iter().map(|state| (state.conversation_id, state.readers)).collect();
        let is_empty = by_conversation.is_empty();
        for conversation in asked {
            match by_conversation.remove(conversation) {
                Some(readers) => self.finish_resume(*conversation, readers).await?,
                // The answer was cut: what is missing is asked for again. Nothing at all means that the caller left.
                None if !is_empty => self.questions.want_read_state(*conversation),
                None => self.await_removal(*conversation),
            }
        }
        Ok(())
    }

    async fn finish_resume(&mut self, conversation: ConversationId, readers: Vec<ReadState>) -> Result<(), End> {
        let Some(seat) = self.seats.get_mut(conversation) else { return Ok(()) };
        seat.asking = Asking::Nothing;
        self.rooms_left.push_back(conversation);
        if !seat.feed.finish_replay() {
            return Ok(());
        }
        let (last_seq, log_epoch) = (seat.feed.last_seq(), self.company.log_epoch);
        let mut parts = split(readers).into_iter().peekable();
        while let Some(read_state) = parts.next() {
            let more = parts.peek().is_some();
            let frame = ServerFrame::Resumed { conversation_id: conversation, last_seq, log_epoch, read_state, more };
            self.feed(&frame).await?;
        }
        Ok(())
    }

    /// Tells the others of a conversation that the caller types, or has stopped.
    pub(crate) async fn tell_typing(&mut self, conversation: ConversationId, is_typing: bool) -> Result<(), End> {
        if !self.seats.contains(conversation) {
            self.session.forget_typing(conversation);
            if is_typing {
                self.refuse(conversation, Refusal::not_found()).await?;
            }
            return Ok(());
        }
        let Some(user_id) = self.session.reader() else { return Ok(()) };
        let Company { name, .. } = &self.company;
        let news = LiveNews::Typing { user_id, user_name: name.clone(), is_typing };
        if let Err(error) = live::publish_to_conversation(&self.shared.bus, conversation, &news).await {
            tracing::debug!(%error, "typing could not be told");
        }
        Ok(())
    }
}

/// Parts of a read state that fit into one frame each; at least one.
fn split(readers: Vec<ReadState>) -> Vec<Vec<ReadState>> {
    let (mut parts, mut positions) = (vec![Vec::new()], 0);
    for reader in readers {
        let weight = 8 + reader.beyond.len();
        if positions > 0 && positions + weight > READ_STATE_PER_FRAME {
            parts.push(Vec::new());
            positions = 0;
        }
        positions += weight;
        if let Some(part) = parts.last_mut() {
            part.push(reader);
        }
    }
    parts
}
