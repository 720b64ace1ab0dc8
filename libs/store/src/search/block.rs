//! A stretch of a conversation as search stores it: its tokens, each with the messages that it stands in. A function of the
//! messages alone. Pure.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use uuid::Uuid;

use super::query::quoted;
use super::tokens::Tokens;

/// How many positions of a log a block has at the most.
pub(super) const WHOLE: i64 = 64;
/// How many it has while the log has not gone past a whole one. The one at the end is written anew with each message.
pub(super) const OPEN: i64 = 8;
/// The most bytes of tokens of a block that has more than [`OPEN`] positions: with them its row fits into a page.
const MAX_BYTES: usize = 7400;
/// The most bytes of different tokens of one message; what comes after is not found.
const MAX_MESSAGE_BYTES: usize = 96 * 1024;

/// A message as far as search cares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    pub(super) seq: i64,
    pub(super) sender: Option<i64>,
    pub(super) message_type: i16,
    /// When it was stored, in microseconds since 1970.
    pub(super) micros: i64,
    /// None if it is deleted.
    pub(super) content: Option<String>,
}

/// The positions from which blocks are made at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Stretch {
    pub(super) conversation: Uuid,
    pub(super) first_seq: i64,
    /// [`WHOLE`] positions, which the log has gone past; else [`OPEN`] ones.
    pub(super) is_whole: bool,
}

impl Stretch {
    /// The stretch around a position of a log that ends at `last_seq`.
    pub(super) fn around(conversation: Uuid, seq: i64, last_seq: i64) -> Self {
        let is_whole = last_seq >= (seq | (WHOLE - 1));
        let span = if is_whole { WHOLE } else { OPEN };
        Self { conversation, first_seq: seq & !(span - 1), is_whole }
    }

    pub(super) const fn span(self) -> i64 {
        if self.is_whole { WHOLE } else { OPEN }
    }

    pub(super) const fn end(self) -> i64 {
        self.first_seq + self.span()
    }
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) conversation: Uuid,
    pub(super) first_seq: i64,
    pub(super) through_seq: i64,
    pub(super) micros: Vec<i64>,
    /// As Postgres reads it.
    pub(super) tokens: String,
}

/// The blocks of a stretch: as few as fit, none for what has no words. `messages` are all of the stretch, in order.
pub(super) fn build(stretch: Stretch, messages: &[Source]) -> Vec<Block> {
    let tokens: Vec<_> =
        messages.iter().map(|message| Tokens::of(message.content.as_deref().unwrap_or_default())).collect();
    let told: Vec<_> = messages.iter().zip(&tokens).collect();
    let mut blocks = Vec::new();
    push_blocks(&mut blocks, stretch, stretch.first_seq, stretch.span(), &told);
    blocks
}

fn push_blocks(blocks: &mut Vec<Block>, stretch: Stretch, first_seq: i64, span: i64, messages: &[(&Source, &Tokens)]) {
    let (Some((first, _)), Some((last, _))) = (messages.first(), messages.last()) else { return };
    let vector = Vector::of(first_seq, messages);
    if vector.bytes > MAX_BYTES && span > OPEN {
        let middle = first_seq + span / 2;
        let (one, other) = messages.split_at(messages.partition_point(|(message, _)| message.seq < middle));
        push_blocks(blocks, stretch, first_seq, span / 2, one);
        push_blocks(blocks, stretch, middle, span / 2, other);
        return;
    }
    if vector.positions.is_empty() {
        return;
    }
    let through_seq = if stretch.is_whole { first_seq + span - 1 } else { last.seq };
    let mut micros = Vec::new();
    let mut rest = messages.iter().peekable();
    for seq in first_seq..=through_seq {
        // What is no message has the time of the one before.
        let here = rest.next_if(|(message, _)| message.seq == seq).map(|(message, _)| message.micros);
        let before = micros.last().copied();
        micros.push(here.or(before).unwrap_or(first.micros));
    }
    let tokens = vector.to_text();
    blocks.push(Block { conversation: stretch.conversation, first_seq, through_seq, micros, tokens });
}

/// Tokens and in which messages they are.
struct Vector<'a> {
    positions: BTreeMap<Cow<'a, str>, Vec<i64>>,
    /// How large Postgres makes it.
    bytes: usize,
}

impl<'a> Vector<'a> {
    fn of(first_seq: i64, messages: &[(&Source, &'a Tokens)]) -> Self {
        let mut vector = Self { positions: BTreeMap::new(), bytes: 0 };
        for (message, tokens) in messages.iter().filter(|(_, tokens)| !tokens.is_empty()) {
            let position = message.seq - first_seq + 1;
            let mut told = 0;
            for (_, token) in tokens.iter() {
                told += if vector.push(token.into(), position) { token.len() } else { 0 };
                if told > MAX_MESSAGE_BYTES {
                    tracing::warn!(
                        seq = message.seq,
                        "the end of a message will not be found: too many different words"
                    );
                    break;
                }
            }
            vector.push(type_token(message.message_type).into(), position);
            if let Some(sender) = message.sender {
                vector.push(sender_token(sender).into(), position);
            }
        }
        vector
    }

    /// Whether it was not there yet.
    fn push(&mut self, token: Cow<'a, str>, position: i64) -> bool {
        let size = 4 + token.len() + 3;
        let positions = self.positions.entry(token).or_default();
        let (is_new, is_here) = (positions.is_empty(), positions.last() == Some(&position));
        if !is_here {
            positions.push(position);
            self.bytes += if is_new { size + 2 } else { 2 };
        }
        !is_here
    }

    fn to_text(&self) -> String {
        let mut text = String::with_capacity(self.bytes * 2);
        for (token, positions) in &self.positions {
            let numbers = positions.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
            // Writing to a string cannot fail.
            let _ = write!(text, "{}:{numbers} ", quoted(token));
        }
        text
    }
}

/// What stands for a sender. No word has such a sign in it.
pub(super) fn sender_token(sender: i64) -> String {
    format!("@{sender}")
}

/// What stands for a type.
pub(super) fn type_token(message_type: i16) -> String {
    format!("#{message_type}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONVERSATION: Uuid = Uuid::from_u128(7);

    fn message(seq: i64, content: &str) -> Source {
        Source { seq, sender: Some(9), message_type: 0, micros: seq * 10, content: Some(content.to_owned()) }
    }

    fn shown(blocks: &[Block]) -> Vec<(i64, i64, &str)> {
        blocks.iter().map(|block| (block.first_seq, block.through_seq, block.tokens.trim_end())).collect()
    }

    #[test]
    fn block_is_open_until_the_log_has_gone_past_it() {
        let around = |seq, last_seq| {
            let stretch = Stretch::around(CONVERSATION, seq, last_seq);
            (stretch.first_seq, stretch.end())
        };
        assert_eq!(around(1, 1), (0, 8));
        assert_eq!(around(9, 62), (8, 16));
        assert_eq!(around(9, 63), (0, 64));
        assert_eq!(around(64, 64), (64, 72));
        assert_eq!(around(130, 1000), (128, 192));
    }

    #[test]
    fn tokens_stand_at_their_messages() {
        let deleted = Source { content: None, ..message(10, "") };
        let voice = Source { sender: None, message_type: 3, ..message(13, "hello") };
        let stretch = Stretch::around(CONVERSATION, 9, 20);
        let blocks = build(stretch, &[message(9, "Hello hello it's"), deleted, message(11, "…"), voice]);
        assert_eq!(shown(&blocks), [(8, 13, "'#0':2 '#3':6 '@9':2 'hello':2,6 'it':2 's':2")]);
        assert_eq!(blocks[0].micros, [90, 90, 100, 110, 110, 130]);
        assert_eq!(build(stretch, &[message(11, "…")]), []);
        assert_eq!(build(stretch, &[]), []);
    }

    #[test]
    fn whole_blocks_are_as_long_as_fits() {
        let stretch = Stretch::around(CONVERSATION, 64, 200);
        let firsts = |words: usize| {
            let content = |seq: i64| (0..words).map(|word| format!("word{seq}x{word}")).collect::<Vec<_>>().join(" ");
            let messages: Vec<_> = (64..128).map(|seq| message(seq, &content(seq))).collect();
            let blocks = build(stretch, &messages);
            for Block { first_seq, through_seq, micros, .. } in &blocks {
                assert_eq!(micros.len() as u64, (through_seq - first_seq + 1).unsigned_abs());
            }
            blocks.iter().map(|block| block.first_seq).collect::<Vec<_>>()
        };
        assert_eq!(firsts(3), [64]);
        assert_eq!(firsts(10), [64, 96]);
        assert_eq!(firsts(500), [64, 72, 80, 88, 96, 104, 112, 120]);
    }

    #[test]
    fn message_of_endless_different_words_is_found_by_the_first() {
        let content = (0..40_000).map(|word| format!("{word:08}")).collect::<Vec<_>>().join(" ");
        let blocks = build(Stretch::around(CONVERSATION, 1, 1), &[message(1, &content)]);
        assert!(blocks[0].tokens.len() < 1 << 19 && blocks[0].tokens.contains("'00000000':2"));
    }
}
