//! What a socket is sent of its conversation: live from the ring, after a resume from the ring or the log.

use std::time::Duration;

use chat_protocol::close::CloseCode;
use chat_protocol::error::{ErrorCode, Refusal};
use chat_protocol::frame::{Resume, ServerFrame};
use chat_protocol::ids::Seq;
use chat_protocol::rpc::EventsAfterResponse;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::tungstenite::Message;

use crate::closing::End;
use crate::feed::{Answer, Feed, Want};
use crate::log_access::{self, AccessError};
use crate::ring::Entry;
use crate::room::{ReadError, RoomMembership};
use crate::session::Effect;
use crate::socket::Socket;

/// Events copied out of the ring at once.
const READ_CHUNK: usize = 64;
/// A reader whose last write took longer than this and which the ring has overtaken is too slow.
const SLOW_WRITE: Duration = Duration::from_millis(500);
/// Bytes that are written before the socket is flushed.
const FLUSH_BYTES: usize = 64 * 1024;

/// The place of a socket in its conversation.
pub(crate) struct Reading {
    pub(crate) membership: RoomMembership,
    feed: Feed,
    log_epoch: i64,
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Socket<S> {
    pub(crate) fn open(&mut self, head: Seq, log_epoch: i64) {
        let Some(membership) = self.membership.take() else { return };
        membership.room().learn_head(head);
        let feed = Feed::new(head, self.is_held, self.shared.config.max_resume_events);
        self.reading = Some(Reading { membership, feed, log_epoch });
    }

    pub(crate) async fn resume(&mut self, asked: Resume) -> Result<(), End> {
        let Some(reading) = &mut self.reading else { return Ok(()) };
        let head = reading.membership.room().last_seq().unwrap_or_default();
        match reading.feed.resume(asked, reading.log_epoch, head) {
            Answer::Replaying => {}
            Answer::AskLog => self.read_log(asked.after_seq),
            Answer::Resync => self.require_resync().await?,
            Answer::Busy => {
                let refusal = Refusal::new(ErrorCode::Conflict, "Another resume is under way.");
                self.feed(&ServerFrame::refused(Some(self.conversation), refusal, None)).await?;
            }
        }
        Ok(())
    }

    async fn require_resync(&mut self) -> Result<(), End> {
        let Some(reading) = &self.reading else { return Ok(()) };
        metrics::counter!("chat_gateway_resumes_total", "source" => "resync").increment(1);
        let frame = ServerFrame::ResyncRequired {
            conversation_id: self.conversation,
            last_seq: reading.feed.last_seq(),
            log_epoch: reading.log_epoch,
        };
        self.feed(&frame).await
    }

    fn read_log(&mut self, after: Seq) {
        let Some(user) = self.session.reader() else { return };
        self.log_read = Some(Box::pin(log_access::read(self.shared.clone(), self.conversation, user, after)));
    }

    /// The log has answered: either with what is missing, or with how far it reaches.
    pub(crate) async fn on_log_read(
        &mut self,
        read: Result<(Seq, EventsAfterResponse), AccessError>,
    ) -> Result<Vec<Effect>, End> {
        self.log_read = None;
        let (after, page) = read.map_err(|error| {
            tracing::warn!(%error, "a resume could not be read from the log");
            End::Code(CloseCode::Unavailable)
        })?;
        let Some(reading) = &mut self.reading else { return Ok(Vec::new()) };
        if !page.is_participant {
            return Err(End::Code(CloseCode::NotParticipant));
        }
        let Want::Replay { after: wanted, until } = reading.feed.want() else {
            if reading.feed.resume_with_log(after, page.last_seq) == Answer::Resync {
                self.require_resync().await?;
            }
            return Ok(Vec::new());
        };
        if page.log_epoch != reading.log_epoch || wanted.next() < page.first_seq {
            reading.feed.resync();
            self.require_resync().await?;
            return Ok(Vec::new());
        }
        let missing: Vec<_> =
            page.events.into_iter().filter(|event| event.seq > wanted && event.seq <= until).collect();
        if missing.first().is_none_or(|first| first.seq != wanted.next()) {
            tracing::error!(conversation_id = %self.conversation, after = wanted.0, "the log has a hole");
            return Err(End::Code(CloseCode::Resync));
        }
        self.page = missing;
        Ok(Vec::new())
    }

    /// Sends the answers and events that are there.
    pub(crate) async fn deliver(&mut self) -> Result<(), End> {
        for (command, outcome) in self.mailbox.take_answers() {
            self.outbox.answered(command);
            if let Some(frame) = self.session.on_answer(command, outcome) {
                self.feed(&frame).await?;
            }
        }
        let mut chunk: Vec<Entry> = Vec::new();
        for event in std::mem::take(&mut self.page) {
            if let Some(reading) = &mut self.reading {
                reading.feed.sent_replay(event.seq);
            }
            chunk.push(Entry { seq: event.seq, frame: event.frame.get().into() });
        }
        self.send_all(&mut chunk).await?;
        self.finish_replay().await?;
        while self.log_read.is_none() && self.read_ring(&mut chunk)? {
            self.send_all(&mut chunk).await?;
            self.finish_replay().await?;
        }
        self.flush().await
    }

    async fn send_all(&mut self, entries: &mut Vec<Entry>) -> Result<(), End> {
        let mut unflushed = 0;
        for entry in entries.drain(..) {
            unflushed += entry.frame.len();
            self.send(Message::Text(entry.frame)).await?;
            if unflushed > FLUSH_BYTES {
                self.flush().await?;
                unflushed = 0;
            }
        }
        Ok(())
    }

    /// Takes from the ring what this reader is to get next, or asks the log where the ring does not reach back. False if
    /// there is nothing to send now.
    fn read_ring(&mut self, chunk: &mut Vec<Entry>) -> Result<bool, End> {
        let Some(reading) = &mut self.reading else { return Ok(false) };
        let room = reading.membership.room();
        match reading.feed.want() {
            Want::Nothing => Ok(false),
            Want::Live { after } => {
                match room.read_after(after, READ_CHUNK, chunk) {
                    Ok(()) => {}
                    Err(ReadError::Closed(code)) => return Err(End::Code(code)),
                    Err(ReadError::Overtaken) if self.last_write > SLOW_WRITE => {
                        return Err(End::Code(CloseCode::SlowReader));
                    }
                    Err(ReadError::Overtaken) => reading.feed.catch_up(room.last_seq().unwrap_or_default()),
                }
                if let Some(last) = chunk.last() {
                    reading.feed.sent_live(last.seq);
                }
                Ok(reading.feed.want() != Want::Live { after })
            }
            Want::Replay { after, until } if after >= until => Ok(true),
            Want::Replay { after, until } => match room.read_after(after, READ_CHUNK, chunk) {
                Ok(()) => {
                    chunk.retain(|entry| entry.seq <= until);
                    if let Some(last) = chunk.last() {
                        metrics::counter!("chat_gateway_resumes_total", "source" => "ring").increment(1);
                        reading.feed.sent_replay(last.seq);
                    }
                    Ok(!chunk.is_empty())
                }
                Err(ReadError::Closed(code)) => Err(End::Code(code)),
                Err(ReadError::Overtaken) => {
                    metrics::counter!("chat_gateway_resumes_total", "source" => "log").increment(1);
                    self.read_log(after);
                    Ok(false)
                }
            },
        }
    }

    async fn finish_replay(&mut self) -> Result<(), End> {
        let Some(reading) = &mut self.reading else { return Ok(()) };
        if !reading.feed.finish_replay() {
            return Ok(());
        }
        let frame = ServerFrame::Resumed {
            conversation_id: self.conversation,
            last_seq: reading.feed.last_seq(),
            log_epoch: reading.log_epoch,
            read_state: Vec::new(),
            more: false,
        };
        self.feed(&frame).await
    }
}
