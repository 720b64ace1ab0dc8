//! Finding: time is gone through from one end, block by block; what the blocks tell is looked up and compared with the query;
//! so many matches make a slice of time, and within a slice the best come first.

use std::cmp::Reverse;
use std::collections::HashMap;

use chat_protocol::ids::MessageId;
use chat_protocol::message::Message;
use sqlx::postgres::PgPool;
use uuid::Uuid;

use super::highlight::highlight;
use super::hits::Hit;
use super::matching::find_match;
use super::reading::{self, Direction, Said, Span};
use super::{EARLIEST, LATEST, Search};
use crate::StoreError;

/// How many blocks are looked into for each match that is wanted; and if it has phrases, which only the text tells.
const BLOCKS_PER_MATCH: i64 = 4;
const BLOCKS_PER_PHRASE: i64 = 16;
/// The most that are looked into at once.
const MAX_BLOCKS: i64 = 4000;
/// How often blocks are looked for, and how many messages are compared; then a slice ends as it is.
const MAX_ROUNDS: u32 = 8;
const MAX_COMPARED: usize = 4096;
/// How many messages are compared at once, about: at first, and at the most.
const COMPARED_AT_ONCE: usize = 128;
const MOST_COMPARED_AT_ONCE: usize = 512;
/// After so long a match counts half as much for being recent.
const RECENCY_HALF_LIFE_DAYS: f32 = 30.0;
const MICROS_PER_DAY: i64 = 86_400_000_000;

/// Which matches are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stretch {
    /// The newest, or those before a time.
    Older(Option<i64>),
    /// Those from a time on that are nearest to it.
    Newer(i64),
    /// All of a slice that was found before: from the first time on, before the second.
    Exactly(i64, i64),
}

impl Stretch {
    /// With times that Postgres knows: cursors come from outside.
    fn within_time(self) -> Self {
        let clamp = |micros: i64| micros.clamp(EARLIEST, LATEST);
        match self {
            Self::Older(before) => Self::Older(before.map(clamp)),
            Self::Newer(from) => Self::Newer(clamp(from)),
            Self::Exactly(from, before) => Self::Exactly(clamp(from), clamp(before)),
        }
    }
}

/// A match. The greater comes first: the better, of equals the newer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// How good it is, among those of its slice.
    pub score: u32,
    /// The message.
    pub id: MessageId,
    /// When it was stored.
    pub micros: i64,
    conversation: Uuid,
    seq: i64,
}

/// A match as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// The message.
    pub message: Message,
    /// A piece of its text, as HTML.
    pub highlight: String,
}

/// All matches of a time. Times are in microseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slice {
    /// The best first.
    pub found: Vec<Found>,
    /// From when on.
    pub since: i64,
    /// Until when; that itself is not in it.
    pub until: i64,
    /// Whether there may be matches beyond the end that was gone towards.
    pub is_more: bool,
}

/// A message with how it matches.
struct Matched {
    message: Said,
    micros: i64,
    relevance: f32,
}

/// About the `wanted` matches of a stretch: a few more, if some are of the same moment; fewer, if that took too long.
pub async fn find(pool: &PgPool, search: &Search<'_>, stretch: Stretch, wanted: usize) -> Result<Slice, StoreError> {
    let (since, until) = search.bounds();
    let stretch = stretch.within_time();
    let (direction, span, wanted) = match stretch {
        Stretch::Older(before) => {
            (Direction::Back, Span { since, until: before.map_or(until, |it| until.min(it)) }, wanted)
        }
        Stretch::Newer(from) => (Direction::Forth, Span { since: since.max(from), until }, wanted),
        Stretch::Exactly(from, before) => (Direction::Back, Span { since: from, until: before }, usize::MAX),
    };
    let mut walk = Walk { pool, search, direction, rest: span, matched: Vec::new(), compared: 0, is_over: false };
    let per_match = if search.query.has_phrase() { BLOCKS_PER_PHRASE } else { BLOCKS_PER_MATCH };
    let mut blocks = i64::try_from(wanted).unwrap_or(MAX_BLOCKS).saturating_mul(per_match).clamp(1, MAX_BLOCKS);
    for _ in 0..MAX_ROUNDS {
        walk.go_on(blocks, wanted).await?;
        if walk.is_over || walk.matched.len() > wanted || walk.compared >= MAX_COMPARED {
            break;
        }
        blocks = (blocks * 2).min(MAX_BLOCKS);
    }
    Ok(walk.slice(span, wanted, stretch))
}

struct Walk<'a> {
    pool: &'a PgPool,
    search: &'a Search<'a>,
    direction: Direction,
    /// What was not gone through yet.
    rest: Span,
    /// In the order in which they were come upon.
    matched: Vec<Matched>,
    compared: usize,
    is_over: bool,
}

impl Walk<'_> {
    /// Looks into so many more blocks, until there are more matches than wanted.
    async fn go_on(&mut self, blocks: i64, wanted: usize) -> Result<(), StoreError> {
        let limit = blocks.saturating_add(1);
        let mut found = reading::candidates(self.pool, self.search, self.rest, self.direction, limit).await?;
        // Of what lies beyond the edge of the next block not everything was found.
        let next = (found.len() as u64 == limit.unsigned_abs()).then(|| found.pop()).flatten();
        let is_back = self.direction == Direction::Back;
        let edge = next.map(|block| if is_back { block.last_at } else { block.first_at }.timestamp_micros());
        let also = self.search.filter_tokens();
        let mut hits = Vec::new();
        for block in &found {
            hits.extend(block.hits(self.search.query, &also)?);
        }
        let (since, until) = match (is_back, edge) {
            (true, Some(edge)) => (self.rest.since.max(edge + 1), self.rest.until),
            (false, Some(edge)) => (self.rest.since, self.rest.until.min(edge)),
            (_, None) => (self.rest.since, self.rest.until),
        };
        hits.retain(|hit| (since..until).contains(&hit.micros));
        hits.sort_unstable_by_key(|hit| if is_back { -hit.micros } else { hit.micros });
        let mut hits = &hits[..];
        while !hits.is_empty() && self.matched.len() <= wanted && self.compared < MAX_COMPARED {
            let count = self.compared.clamp(COMPARED_AT_ONCE, MOST_COMPARED_AT_ONCE);
            let (some, others) = hits.split_at(end_of_moment(hits, count));
            self.compare(some).await?;
            hits = others;
            let Some(last) = some.last() else { break };
            self.pass(last.micros);
        }
        if hits.is_empty() {
            match (is_back, edge) {
                (true, Some(edge)) => self.rest.until = self.rest.until.min(edge + 1),
                (false, Some(edge)) => self.rest.since = self.rest.since.max(edge),
                (_, None) => self.is_over = true,
            }
        }
        Ok(())
    }

    /// Everything up to this moment was gone through.
    fn pass(&mut self, micros: i64) {
        match self.direction {
            Direction::Back => self.rest.until = micros,
            Direction::Forth => self.rest.since = micros + 1,
        }
    }

    async fn compare(&mut self, hits: &[Hit]) -> Result<(), StoreError> {
        self.compared += hits.len();
        let messages = reading::said(self.pool, self.search.reader, hits).await?;
        let matched = messages.into_iter().filter_map(|message| {
            let relevance = find_match(self.search.query, &message.content)?.relevance;
            Some(Matched { micros: message.created_at.timestamp_micros(), message, relevance })
        });
        let mut matched: Vec<_> = matched.collect();
        matched.sort_by_key(|one| if self.direction == Direction::Back { -one.micros } else { one.micros });
        self.matched.extend(matched);
        Ok(())
    }

    /// What was found, cut to what is wanted.
    fn slice(mut self, span: Span, wanted: usize, stretch: Stretch) -> Slice {
        let is_back = self.direction == Direction::Back;
        let count = self.matched.len();
        let end = (count > wanted).then(|| self.matched[wanted - 1].micros);
        if let Some(end) = end {
            self.matched.retain(|one| if is_back { one.micros >= end } else { one.micros <= end });
        }
        let is_more = self.matched.len() < count || !self.is_over;
        let mut reached = match (is_more, is_back) {
            (false, _) => span,
            (true, true) => Span { since: end.unwrap_or(self.rest.until), ..span },
            (true, false) => Span { until: end.map_or(self.rest.since, |end| end + 1), ..span },
        };
        let is_newest = stretch == Stretch::Older(None) || !is_back && !is_more;
        if let Some(newest) = self.matched.iter().map(|one| one.micros).max().filter(|_| is_newest) {
            // What is said later does not belong to it.
            reached.until = newest + 1;
        }
        let mut found: Vec<_> = self.matched.into_iter().map(|one| one.found(reached.until)).collect();
        found.sort_unstable_by_key(|found| Reverse(*found));
        Slice { found, since: reached.since, until: reached.until, is_more }
    }
}

impl Matched {
    fn found(self, until: i64) -> Found {
        let days = u16::try_from((until - self.micros) / MICROS_PER_DAY).unwrap_or(u16::MAX);
        let recency = (-f32::from(days) / RECENCY_HALF_LIFE_DAYS).exp2();
        let score = self.relevance * (0.5 + 0.5 * recency);
        let Said { id, conversation_id: conversation, seq, .. } = self.message;
        // Of numbers that are not negative the greater has the greater bits.
        Found { score: score.to_bits(), id: MessageId::from_uuid(id), micros: self.micros, conversation, seq }
    }
}

/// Matches as they are shown, in this order: those that are still there, still the reader's to see, and still matches.
pub async fn show(pool: &PgPool, search: &Search<'_>, found: &[Found]) -> Result<Vec<Shown>, StoreError> {
    let (conversations, seqs) = found.iter().map(|found| (found.conversation, found.seq)).unzip();
    let messages = reading::messages(pool, search.reader, conversations, seqs).await?;
    let mut messages: HashMap<_, _> = messages.into_iter().map(|message| (message.id, message)).collect();
    let shown = |found: &Found| {
        let message = messages.remove(&found.id)?;
        let spans = find_match(search.query, &message.content)?.spans;
        Some(Shown { highlight: highlight(&message.content, &spans), message })
    };
    Ok(found.iter().filter_map(shown).collect())
}

/// The first so many, and with them the others of the same moment.
fn end_of_moment(hits: &[Hit], count: usize) -> usize {
    let Some(last) = hits.get(..count).and_then(<[Hit]>::last) else { return hits.len() };
    count + hits[count..].iter().take_while(|hit| hit.micros == last.micros).count()
}
