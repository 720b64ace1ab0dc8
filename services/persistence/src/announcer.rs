//! Tells the world what was stored: the events of a command, then its news; at once after the commit, or again when
//! nobody knows whether that was done.

use std::collections::BTreeMap;

use chat_bus::attributes::Attributes;
use chat_bus::events::EncodedEvent;
use chat_bus::{Bus, BusError};
use chat_protocol::limits::MAX_EVENT_BYTES;
use chat_protocol::partition::Partition;
use chat_runtime::faults;
use chat_runtime::traces::Span;
use chat_store::apply::News;
use chat_store::log::LoggedEvent;
use chat_store::partitions::OwnedPartition;
use chat_store::{Database, StoreError, log, outbox};

use crate::heads::HeadsBoard;
use crate::publisher::Publisher;
use crate::receipts::ReceiptsBoard;
use crate::spans;

/// Events, and news, read at once for re-publication.
const REPUBLISH_PAGE: u32 = 500;

/// Why something could not be told.
#[derive(Debug, thiserror::Error)]
pub enum AnnounceError {
    /// NATS.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// Postgres, while it was asked for what is to be told again.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What was stored goes through here, in order.
pub struct Announcer {
    publisher: Publisher,
    attributes: Attributes,
    heads: HeadsBoard,
    receipts: ReceiptsBoard,
}

impl Announcer {
    /// Everything goes out by this publisher, and events with these attributes.
    #[must_use]
    pub fn new(publisher: Publisher, attributes: Attributes) -> Self {
        Self { publisher, attributes, heads: HeadsBoard::default(), receipts: ReceiptsBoard::default() }
    }

    /// Waits while the broker does not take events.
    pub async fn fluent(&self) {
        self.publisher.fluent().await;
    }

    /// Publishes the events of one command and, when the broker has them, tells its news. `cause` is what is recorded of the
    /// command.
    pub async fn announce(
        &mut self,
        events: Vec<LoggedEvent>,
        news: Vec<News>,
        cause: Option<&Span>,
    ) -> Result<(), BusError> {
        let place = cause.map(Span::context);
        let mut is_handed_over = true;
        for logged in events {
            self.heads.moved(logged.event.conversation_id(), logged.event.seq());
            let span = spans::publication(logged.event.kind().as_str(), place.as_ref());
            let event = EncodedEvent::new(logged.id, &logged.event, logged.facts, &self.attributes)?;
            let event = event.traced(span.as_ref().map(Span::context).as_ref());
            debug_assert!(event.frame_len() <= MAX_EVENT_BYTES, "limits of the input keep events small");
            is_handed_over &= self.publisher.publish(event, span).await;
        }
        for one in news {
            let Some(one) = self.gather(one) else { continue };
            if is_handed_over {
                self.publisher.tell(&one).await?;
            } else {
                self.publisher.tell_later(one).await;
            }
        }
        Ok(())
    }

    /// Keeps receipts that are told with the next tick; gives back what is told at once.
    fn gather(&mut self, news: News) -> Option<News> {
        match news {
            News::Conversation(id, news) => self.receipts.gather(id, news).map(|news| News::Conversation(id, news)),
            other @ News::User(..) => Some(other),
        }
    }

    /// Says that everything of a partition up to `pos` was announced.
    pub async fn cover(&self, incarnation: i64, partition: Partition, pos: i64) {
        self.publisher.cover(incarnation, partition, pos).await;
    }

    /// Tells the heads that have moved lately, and the receipts that have gathered.
    pub async fn tick(&mut self, bus: &Bus) -> Result<(), BusError> {
        chat_bus::heads::publish(bus, self.heads.tell()).await?;
        self.tell_receipts().await
    }

    async fn tell_receipts(&mut self) -> Result<(), BusError> {
        for (conversation, news) in self.receipts.take() {
            self.publisher.tell(&News::Conversation(conversation, news)).await?;
        }
        Ok(())
    }

    /// Tells what has gathered; what is handed over already is followed up in the background.
    pub async fn finish(mut self) -> Result<(), BusError> {
        self.tell_receipts().await
    }

    /// Announces what a partition has stored and nobody is known to have announced, in order. Returns how many events
    /// and news that were.
    pub async fn announce_again(&mut self, database: &Database, owned: &OwnedPartition) -> Result<u64, AnnounceError> {
        let (mut after, mut count) = (owned.published_pos, 0);
        while after < owned.stored_pos && !faults::on("mutant.no_republication") {
            let (partition, up_to) = (owned.partition, owned.stored_pos);
            let events = log::stored_between(database.pool(), partition, after, up_to, REPUBLISH_PAGE).await?;
            let news = outbox::unpublished(database.pool(), partition, after, up_to, REPUBLISH_PAGE).await?;
            after = reach(&events, up_to, |event| event.command_pos).min(reach(&news, up_to, |(pos, _)| *pos));
            for (events, news) in by_command(events, news, after) {
                count += (events.len() + news.len()) as u64;
                let news = if faults::on("mutant.no_news_again") { Vec::new() } else { news };
                self.announce(events, news, None).await?;
            }
        }
        if owned.published_pos < owned.stored_pos {
            self.cover(owned.incarnation, owned.partition, owned.stored_pos).await;
        }
        Ok(count)
    }
}

/// Up to where a page has everything: pages part no command.
fn reach<T>(page: &[T], up_to: i64, position: impl Fn(&T) -> i64) -> i64 {
    let is_full = page.len() >= REPUBLISH_PAGE as usize;
    page.last().filter(|_| is_full).map_or(up_to, position)
}

/// What each command up to a position has left, in order.
fn by_command(
    events: Vec<LoggedEvent>,
    news: Vec<(i64, News)>,
    up_to: i64,
) -> impl Iterator<Item = (Vec<LoggedEvent>, Vec<News>)> {
    let mut commands: BTreeMap<i64, (Vec<LoggedEvent>, Vec<News>)> = BTreeMap::new();
    for event in events.into_iter().filter(|event| event.command_pos <= up_to) {
        commands.entry(event.command_pos).or_default().0.push(event);
    }
    for (pos, one) in news.into_iter().filter(|(pos, _)| *pos <= up_to) {
        commands.entry(pos).or_default().1.push(one);
    }
    commands.into_values()
}

#[cfg(test)]
mod tests {
    use chat_protocol::event::{Event, EventFacts, EventKind, LogEvent};
    use chat_protocol::ids::{ConversationId, Seq, UserId};
    use chat_protocol::live::UserNews;

    use super::*;

    fn event(command_pos: i64, seq: i64) -> LoggedEvent {
        let event = LogEvent {
            kind: EventKind::ParticipantAdded,
            conversation_id: ConversationId::from_uuid(uuid::Uuid::nil()),
            seq: Seq(seq),
            actor_id: None,
            created_at: chrono::DateTime::UNIX_EPOCH.into(),
            body: serde_json::Map::new(),
        };
        LoggedEvent {
            id: uuid::Uuid::nil(),
            command_pos,
            event: Event::Log(Box::new(event)),
            facts: EventFacts::default(),
        }
    }

    fn news(command_pos: i64) -> (i64, News) {
        (command_pos, News::User(UserId::new(command_pos).unwrap(), UserNews::Acquaintances))
    }

    #[test]
    fn full_page_reaches_to_its_last_command_and_any_other_to_the_end() {
        let page: Vec<i64> = (1..=i64::from(REPUBLISH_PAGE)).collect();
        assert_eq!(reach(&page, 10_000, |pos| *pos), 500);
        assert_eq!(reach(&page[1..], 10_000, |pos| *pos), 10_000);
        assert_eq!(reach(&[], 10_000, |pos: &i64| *pos), 10_000);
    }

    #[test]
    fn events_and_news_come_in_the_order_of_their_commands() {
        let events = vec![event(3, 7), event(5, 8), event(5, 9), event(9, 10)];
        let by_command: Vec<_> = by_command(events, vec![news(2), news(5), news(8), news(9)], 8).collect();
        let positions = |(events, news): &(Vec<LoggedEvent>, Vec<News>)| {
            (events.iter().map(|event| event.event.seq().0).collect::<Vec<_>>(), news.len())
        };
        let expected = [(vec![], 1), (vec![7], 0), (vec![8, 9], 1), (vec![], 1)];
        assert_eq!(by_command.iter().map(positions).collect::<Vec<_>>(), expected);
    }
}
