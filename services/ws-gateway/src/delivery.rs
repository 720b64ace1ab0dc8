//! What a socket is sent of its conversations: live from the ring, after a resume from the ring or the log.

use std::time::Duration;

use chat_protocol::close::CloseCode;
use chat_protocol::event::EventKind;
use chat_protocol::frame::ServerFrame;
use chat_protocol::ids::{ConversationId, Seq, UserId};
use chat_runtime::faults;

use crate::batch::Batch;
use crate::closing::End;
use crate::feed::{Replayed, Want};
use crate::ring::Entry;
use crate::room::ReadError;
use crate::seat::{Asking, Seat};
use crate::session::Door;
use crate::socket::Socket;
use crate::transport::Transport;

/// Events copied out of the ring at once.
const READ_CHUNK: usize = 64;
/// Live events that go out at once.
const LIVE_CHUNK: usize = 256;
/// Events that go out before the socket looks around again.
const MAX_AT_ONCE: usize = 2048;
/// A reader whose last write took longer than this and which the ring has overtaken is too slow.
const SLOW_WRITE: Duration = Duration::from_millis(500);
/// Bytes that are written before the socket is flushed.
const FLUSH_BYTES: usize = 64 * 1024;

/// Why nothing more comes from a seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SeatEnd {
    /// The conversation is over for the caller.
    Over(CloseCode),
    /// The whole socket is.
    Socket(End),
}

impl From<End> for SeatEnd {
    fn from(end: End) -> Self {
        Self::Socket(end)
    }
}

impl<T: Transport> Socket<T> {
    /// Sends the answers, news and events that are there.
    pub(crate) async fn deliver(&mut self) -> Result<(), End> {
        for (command, outcome) in self.mailbox.take_answers() {
            self.outbox.answered(command);
            self.spans.answered(command, &outcome);
            if let Some(frame) = self.session.on_answer(command, outcome) {
                let answer = self.session.to_asker(command, frame);
                self.perform_rarely(vec![answer]).await?;
            }
        }
        self.deliver_news().await?;
        let mut budget = MAX_AT_ONCE;
        self.mailbox.take_rooms(&mut self.rooms_left);
        while let Some(conversation) = self.rooms_left.pop_front() {
            self.deliver_room(conversation, &mut budget).await?;
            if budget == 0 {
                self.mailbox.tell();
                break;
            }
        }
        if let Some(user) = self.session.reader() {
            self.questions.ask_for_read_states(&self.shared, user);
        }
        self.deliver_presence().await?;
        self.flush().await
    }

    async fn deliver_room(&mut self, conversation: ConversationId, budget: &mut usize) -> Result<(), End> {
        let (Some(user), Some(mut seat)) = (self.session.reader(), self.seats.take(conversation)) else {
            return Ok(());
        };
        let counted = seat.counted();
        let served = self.serve_seat(&mut seat, user, budget).await;
        let change = seat.take_unread();
        let over = match served {
            Ok(()) => None,
            Err(SeatEnd::Socket(end)) => return Err(end),
            Err(SeatEnd::Over(code)) => Some(code),
        };
        self.seats.total_unread += seat.counted() - counted;
        match (over, self.door) {
            (Some(code), Door::Chat(_)) => return Err(End::Code(code)),
            (Some(_), _) => {
                self.seats.give_up(&seat);
                return Ok(());
            }
            (None, _) => self.seats.put_back(seat),
        }
        if change.is_news && self.door == Door::All {
            let (unread_count, total) = (change.unread_count, self.seats.total_unread);
            self.feed(&ServerFrame::UnreadChanged { conversation_id: conversation, unread_count, total }).await?;
        }
        Ok(())
    }

    /// Sends what one seat is to get now.
    async fn serve_seat(&mut self, seat: &mut Seat, user: UserId, budget: &mut usize) -> Result<(), SeatEnd> {
        seat.membership.look();
        let mut chunk: Vec<Entry> = Vec::new();
        for event in std::mem::take(&mut seat.page) {
            seat.feed.sent_replay(event.seq);
            chunk.push(event.into());
        }
        self.send_all(seat, user, &mut chunk, budget).await?;
        loop {
            self.end_if_removed(seat, user).await?;
            self.finish_replay(seat);
            if seat.asking != Asking::Nothing {
                return Ok(());
            }
            if *budget == 0 || !self.may_tell()? {
                seat.membership.look_again();
                return Ok(());
            }
            let has_more = match seat.feed.want() {
                Want::Live { after } => self.send_live(seat, user, after, budget).await,
                _ => match self.read_ring(seat, user, &mut chunk) {
                    Ok(true) => self.send_all(seat, user, &mut chunk, budget).await.map(|()| true),
                    Ok(false) => Ok(false),
                    Err(error) => Err(self.refused(error).await),
                },
            };
            if !has_more? {
                break;
            }
        }
        self.send_whispers(seat, user).await
    }

    /// Sends what has come live, or begins to catch up. False if there is nothing.
    async fn send_live(
        &mut self,
        seat: &mut Seat,
        user: UserId,
        after: Seq,
        budget: &mut usize,
    ) -> Result<bool, SeatEnd> {
        let room = seat.membership.room();
        match room.batch_after(after, LIVE_CHUNK) {
            Ok(Some(batch)) => self.send_gathered(seat, user, &batch, budget).await.map(|()| true),
            Ok(None) => Ok(false),
            Err(ReadError::Overtaken) => {
                metrics::counter!("chat_gateway_ring_overruns_total").increment(1);
                if self.last_write > SLOW_WRITE {
                    return Err(End::Code(CloseCode::SlowReader).into());
                }
                seat.feed.catch_up(room.last_seq().unwrap_or_default());
                Ok(true)
            }
            Err(error) => Err(self.refused(error).await),
        }
    }

    /// Sends a batch, up to the caller's own removal if that is in it.
    async fn send_gathered(
        &mut self,
        seat: &mut Seat,
        user: UserId,
        batch: &Batch,
        budget: &mut usize,
    ) -> Result<(), SeatEnd> {
        let (mut count, mut is_removed) = (0, false);
        for entry in batch.entries() {
            seat.feed.sent_live(entry.seq);
            if let Some(facts) = entry.facts.message {
                seat.note_message(facts, user);
            }
            self.written.add(&entry.arrival);
            count += 1;
            is_removed = is_removal(entry, seat, user);
            if is_removed {
                break;
            }
        }
        *budget = budget.saturating_sub(count);
        self.send_batch(batch, count).await?;
        if is_removed {
            return Err(SeatEnd::Over(CloseCode::NotParticipant));
        }
        if batch.is_large() {
            self.flush().await?;
        }
        Ok(())
    }

    /// What follows for a seat that cannot read any more.
    async fn refused(&mut self, error: ReadError) -> SeatEnd {
        let closed = match error {
            ReadError::Overtaken => return End::Code(CloseCode::SlowReader).into(),
            ReadError::Closed(closed) => closed,
        };
        if let Some(frame) = closed.frame
            && let Err(end) = self.send(frame).await
        {
            return end.into();
        }
        match closed.code {
            CloseCode::NoSuchConversation | CloseCode::NotParticipant => SeatEnd::Over(closed.code),
            code => SeatEnd::Socket(End::Code(code)),
        }
    }

    async fn send_all(
        &mut self,
        seat: &mut Seat,
        user: UserId,
        entries: &mut Vec<Entry>,
        budget: &mut usize,
    ) -> Result<(), SeatEnd> {
        let mut unflushed = 0;
        *budget = budget.saturating_sub(entries.len());
        for entry in entries.drain(..) {
            if let Some(facts) = entry.facts.message {
                seat.note_message(facts, user);
            }
            let is_removal = is_removal(&entry, seat, user);
            unflushed += entry.frame.len();
            self.send(entry.frame).await?;
            if is_removal {
                return Err(SeatEnd::Over(CloseCode::NotParticipant));
            }
            if unflushed > FLUSH_BYTES {
                self.flush().await?;
                unflushed = 0;
            }
        }
        Ok(())
    }

    /// Whoever was removed and does not come to the event of it at once, because something before it is still missing,
    /// is told it out of turn, and nothing else.
    async fn end_if_removed(&mut self, seat: &Seat, user: UserId) -> Result<(), SeatEnd> {
        let room = seat.membership.room();
        let Some(removal) = room.removal_after(user, seat.decided_at) else { return Ok(()) };
        let comes_in_turn = matches!(seat.feed.want(), Want::Live { .. }) && seat.head() >= removal.seq;
        if comes_in_turn || faults::on("mutant.no_removal") {
            return Ok(());
        }
        self.send(removal.frame).await?;
        Err(SeatEnd::Over(CloseCode::NotParticipant))
    }

    /// Takes from the ring what this seat is to get next, or asks the log where the ring does not reach back. False if
    /// there is nothing to send now.
    fn read_ring(&mut self, seat: &mut Seat, user: UserId, chunk: &mut Vec<Entry>) -> Result<bool, ReadError> {
        let room = seat.membership.room();
        match seat.feed.want() {
            Want::Nothing | Want::Live { .. } => {
                room.read_after(seat.feed.last_seq(), 0, chunk).map_or_else(only_closed, |()| Ok(false))
            }
            Want::Replay { after, until } if after >= until => Ok(true),
            Want::Replay { after, until } => match room.read_after(after, READ_CHUNK, chunk) {
                Ok(()) => {
                    chunk.retain(|entry| entry.seq <= until);
                    if let Some(last) = chunk.last() {
                        metrics::counter!("chat_gateway_resumes_total", "source" => "ring").increment(1);
                        seat.feed.sent_replay(last.seq);
                    }
                    Ok(!chunk.is_empty())
                }
                Err(ReadError::Overtaken) => {
                    metrics::counter!("chat_gateway_resumes_total", "source" => "log").increment(1);
                    seat.asking = Asking::Log;
                    self.questions.want_page(&self.shared, user, room.id, after);
                    Ok(false)
                }
                Err(error) => Err(error),
            },
        }
    }

    /// A replay that came to its end is over; if the client asked for it, once it is known how far everybody has read.
    fn finish_replay(&mut self, seat: &mut Seat) {
        match seat.feed.replayed() {
            Some(Replayed::Asked) if seat.asking == Asking::Nothing => {
                seat.asking = Asking::ReadState;
                // What was told until now is in the answer.
                seat.membership.skip_whispers();
                self.questions.want_read_state(seat.membership.room().id);
            }
            Some(Replayed::Unasked) => {
                seat.feed.finish_replay();
            }
            _ => {}
        }
    }

    /// Sends what was told beside the log; not before what was missed.
    async fn send_whispers(&mut self, seat: &mut Seat, user: UserId) -> Result<(), SeatEnd> {
        if !matches!(seat.feed.want(), Want::Live { .. }) {
            return Ok(());
        }
        if !seat.membership.has_whispers() {
            return Ok(());
        }
        let whispers = seat.membership.take_whispers(self.shared.hub.stretch());
        for whisper in whispers.map_err(|_| End::Code(CloseCode::SlowReader))? {
            if whisper.audience.includes(user) {
                self.send(whisper.frame).await?;
            }
        }
        Ok(())
    }
}

/// Whether the event is the caller's removal, and not one of the past.
fn is_removal(entry: &Entry, seat: &Seat, user: UserId) -> bool {
    entry.kind == Some(EventKind::ParticipantRemoved)
        && entry.facts.participant == Some(user)
        && entry.seq > seat.decided_at
        && !faults::on("mutant.no_removal")
}

/// A reader that wants nothing cannot be overtaken; a closed room ends it all the same.
fn only_closed(error: ReadError) -> Result<bool, ReadError> {
    if error == ReadError::Overtaken { Ok(false) } else { Err(error) }
}
