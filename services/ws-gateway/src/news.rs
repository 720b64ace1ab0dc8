//! What concerns the socket's person beyond single conversations: entering and leaving them, read state from other
//! devices, presence.

use std::time::{Duration, Instant};

use chat_protocol::close::CloseCode;
use chat_protocol::frame::ServerFrame;
use chat_protocol::ids::{ConversationId, Seq};
use chat_protocol::live::{Standing, UserNews};
use chat_protocol::presence::Acquaintance;
use chat_protocol::rpc::{AuthorizeResponse, Membership};
use rand::Rng as _;

use crate::closing::End;
use crate::company::Acquaintances;
use crate::log_access::{AccessError, Listing};
use crate::presence::Watch;
use crate::room::RoomMembership;
use crate::seat::Seat;
use crate::session::Door;
use crate::socket::Socket;
use crate::transport::Transport;

/// After how long a list that could not be had is asked for again, at most.
const LIST_AGAIN: Duration = Duration::from_secs(2);

/// When an unread count is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Telling {
    /// If it is another than was told.
    Changes,
    /// In any case: the client may have read another one over REST meanwhile.
    Always,
}

impl<T: Transport> Socket<T> {
    /// Takes in what has happened to the person.
    pub(crate) async fn deliver_news(&mut self) -> Result<(), End> {
        let Some(following) = &mut self.company.following else { return Ok(()) };
        if self.session.reader().is_none() {
            return Ok(());
        }
        let news = following.take_news();
        self.company.heard_version = self.company.heard_version.max(following.told_version());
        if let Ok(news) = news {
            for one in news {
                self.on_news(one).await?;
            }
        } else {
            self.list_again();
            self.find_acquaintances();
        }
        if self.company.heard_version > self.company.version {
            self.list_again();
        }
        Ok(())
    }

    async fn on_news(&mut self, news: UserNews) -> Result<(), End> {
        match news {
            UserNews::Joined { version, conversation_id, joined_seq } => {
                if self.is_next(version) {
                    self.company.stays(conversation_id);
                    self.join(conversation_id, joined_seq);
                }
            }
            UserNews::Left { version, conversation_id } => {
                if self.is_next(version) {
                    self.company.leave(conversation_id, Instant::now());
                }
            }
            UserNews::Acquaintances => self.find_acquaintances(),
            UserNews::Standing { conversation_id, standing } => {
                self.on_standing(conversation_id, standing, Telling::Always).await?;
            }
        }
        Ok(())
    }

    /// Whether the change is the one that follows what is known. If it is a later one, something was missed.
    fn is_next(&mut self, version: i64) -> bool {
        if self.door != Door::All {
            return false;
        }
        let company = &mut self.company;
        company.heard_version = company.heard_version.max(version);
        let is_next = version == company.version + 1;
        if is_next {
            company.version = version;
        }
        is_next
    }

    fn join(&mut self, conversation: ConversationId, joined_seq: Seq) {
        if let Some(identity) = &self.company.identity {
            let identity = identity.as_ref().clone();
            self.questions.join(&self.shared, conversation, joined_seq, self.mailbox.clone(), identity);
        }
    }

    /// Something was missed: everything that the person takes part in is asked for again.
    fn list_again(&mut self) {
        if self.door != Door::All || self.questions.is_listing || self.company.list_again_at.is_some() {
            return;
        }
        metrics::counter!("chat_gateway_lists_again_total").increment(1);
        if let Some(identity) = &self.company.identity {
            let known = self.seats.ids().chain(self.questions.joining.iter().copied()).collect();
            self.questions.list(&self.shared, self.mailbox.clone(), identity.as_ref().clone(), known);
        }
    }

    fn list_again_later(&mut self) {
        let delay = LIST_AGAIN.mul_f64(rand::rng().random_range(0.1..=1.0));
        self.company.list_again_at = Some(Instant::now() + delay);
    }

    pub(crate) fn on_joined(
        &mut self,
        conversation: ConversationId,
        joined_seq: Seq,
        joined: Result<(RoomMembership, AuthorizeResponse), AccessError>,
    ) {
        match joined {
            Ok((place, response)) => {
                if let Some(fact) = response.memberships.first().filter(|fact| fact.is_participant) {
                    self.take_seat(place, fact, before(joined_seq));
                }
            }
            Err(error) => {
                tracing::warn!(%error, conversation_id = %conversation, "a new conversation could not be entered yet");
                self.list_again_later();
            }
        }
    }

    pub(crate) async fn on_listed(&mut self, listed: Result<Listing, AccessError>) -> Result<(), End> {
        let listing = match listed {
            Ok(listing) => listing,
            Err(error) => {
                tracing::warn!(%error, "what a person takes part in cannot be found out yet");
                self.list_again_later();
                return Ok(());
            }
        };
        let is_listed = |id: ConversationId| listing.known.iter().any(|fact| fact.conversation_id == id);
        let gone: Vec<_> = listing.asked.iter().copied().filter(|id| !is_listed(*id)).collect();
        for conversation in gone {
            self.company.leave(conversation, Instant::now());
        }
        for fact in &listing.known {
            self.on_standing(fact.conversation_id, fact.standing, Telling::Changes).await?;
        }
        for (place, fact) in listing.entered {
            let after = before(fact.joined_seq);
            self.take_seat(place, &fact, after);
        }
        let company = &mut self.company;
        company.version = company.version.max(listing.version);
        company.heard_version = company.heard_version.max(listing.version);
        if self.questions.joining.is_empty() {
            self.company.early_standings.clear();
        }
        self.find_acquaintances();
        Ok(())
    }

    /// The person has entered a conversation: everything after `after` is news.
    fn take_seat(&mut self, place: RoomMembership, fact: &Membership, after: Seq) {
        let conversation = fact.conversation_id;
        // A seat from before the person left and came back has had its time.
        if self.seats.get_mut(conversation).is_some_and(|seat| seat.decided_at >= fact.joined_seq) {
            return;
        }
        let mut seat = Seat::new(place, fact, after, false, self.shared.config.max_resume_events);
        if let Some(standing) = self.company.early_standings.remove(&conversation) {
            seat.note_standing(standing);
        }
        self.seats.insert(seat.with_unread_untold());
        self.rooms_left.push_back(conversation);
    }

    /// The person has read on some device, or has muted a conversation.
    async fn on_standing(
        &mut self,
        conversation: ConversationId,
        standing: Standing,
        telling: Telling,
    ) -> Result<(), End> {
        if self.door != Door::All {
            return Ok(());
        }
        let Some(seat) = self.seats.get_mut(conversation) else {
            if self.questions.is_listing || self.questions.joining.contains(&conversation) {
                self.company.early_standings.insert(conversation, standing);
            }
            return Ok(());
        };
        let change = seat.note_standing(standing);
        self.seats.total_unread += change.total;
        if telling == Telling::Always || change.is_news || change.total != 0 {
            let (unread_count, total) = (change.unread_count, self.seats.total_unread);
            self.feed(&ServerFrame::UnreadChanged { conversation_id: conversation, unread_count, total }).await?;
        }
        Ok(())
    }

    /// What had to wait is looked at.
    pub(crate) fn on_company_time(&mut self) -> Result<(), End> {
        let now = Instant::now();
        for conversation in self.company.take_left(now) {
            if let Door::Chat(_) = self.door {
                return Err(End::Code(CloseCode::NotParticipant));
            }
            self.seats.remove(conversation);
        }
        if self.company.list_again_at.is_some_and(|at| at <= now) {
            self.company.list_again_at = None;
            self.list_again();
        }
        Ok(())
    }

    /// Asks whom the person may see, on sockets that tell of presence.
    pub(crate) fn find_acquaintances(&mut self) {
        if matches!(self.door, Door::Chat(_)) {
            return;
        }
        let Some(user) = self.session.reader() else { return };
        self.company.acquaintances = match self.company.acquaintances {
            Acquaintances::Settled => {
                self.questions.find_acquaintances(&self.shared, user);
                Acquaintances::Asked
            }
            Acquaintances::Asked | Acquaintances::Stale => Acquaintances::Stale,
        };
    }

    pub(crate) fn on_acquaintances(&mut self, people: &[Acquaintance]) {
        let Some(user) = self.session.reader() else { return };
        let is_stale = self.company.acquaintances == Acquaintances::Stale;
        self.company.acquaintances = Acquaintances::Settled;
        if let Some(watch) = &self.company.watch {
            watch.set_people(people);
        } else {
            let mailbox = self.mailbox.clone();
            self.company.watch = Some(self.shared.presence.watch(user, people, move || mailbox.tell()));
        }
        if is_stale {
            self.find_acquaintances();
        }
    }

    /// Sends what is new of the people whom the person sees.
    pub(crate) async fn deliver_presence(&mut self) -> Result<(), End> {
        if self.company.watch.is_none() || !self.may_tell()? {
            return Ok(());
        }
        let Some(news) = self.company.watch.as_ref().and_then(Watch::take_news) else { return Ok(()) };
        if news.is_in_doubt {
            self.find_acquaintances();
        }
        for frame in news.frames {
            self.send(frame.as_str().into()).await?;
        }
        Ok(())
    }
}

/// The position before an event.
fn before(seq: Seq) -> Seq {
    Seq((seq.0 - 1).max(0))
}
