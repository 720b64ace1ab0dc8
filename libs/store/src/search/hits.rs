//! Which messages of a block are hits: sets of messages as bits, one for each position. Pure.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::query::{Part, Query};
use crate::StoreError;

/// A message that may be what is searched for: all of it that blocks can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hit {
    /// When it was stored, in microseconds since 1970.
    pub(super) micros: i64,
    pub(super) conversation: Uuid,
    pub(super) seq: i64,
}

/// A block in which something is.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct Candidate {
    pub(super) conversation_id: Uuid,
    pub(super) first_seq: i64,
    pub(super) first_at: DateTime<Utc>,
    pub(super) last_at: DateTime<Utc>,
    micros: Vec<i64>,
    /// The tokens that are asked for, as Postgres writes them.
    tokens: String,
}

impl Candidate {
    /// Its messages that have everything that is asked for, and nothing of what must not be there.
    pub(super) fn hits(&self, query: &Query, also: &[String]) -> Result<Vec<Hit>, StoreError> {
        let tokens = parse(&self.tokens).ok_or(StoreError::Unexpected("search_blocks.tokens"))?;
        let of_part = |part: &Part| {
            let matching = tokens.iter().filter(|(token, _)| part.matches(token));
            matching.fold(0, |all, (_, messages)| all | messages)
        };
        let of_token = |token: &String| tokens.get(token).copied().unwrap_or_default();
        let wanted = query.wanted().flat_map(|term| &term.parts).map(of_part).chain(also.iter().map(of_token));
        let unwanted = query.unwanted_parts().map(of_part).fold(0, |all, messages| all | messages);
        let messages = wanted.fold(u64::MAX, |all, messages| all & messages) & !unwanted;
        let hit = |(index, micros): (u32, &i64)| {
            let seq = self.first_seq + i64::from(index);
            let is_hit = index < u64::BITS && messages >> index & 1 == 1;
            is_hit.then_some(Hit { micros: *micros, conversation: self.conversation_id, seq })
        };
        Ok((0..).zip(&self.micros).filter_map(hit).collect())
    }
}

/// Reads a `tsvector` as Postgres writes it, `'token':1A,7A 'it''s':2A`: tokens and the messages they are in.
fn parse(text: &str) -> Option<BTreeMap<String, u64>> {
    let mut tokens = BTreeMap::new();
    let mut chars = text.chars().peekable();
    while chars.next_if_eq(&' ').is_some() || chars.peek().is_some() {
        chars.next_if_eq(&'\'')?;
        let mut token = String::new();
        loop {
            match chars.next()? {
                '\'' if chars.next_if_eq(&'\'').is_none() => break,
                '\\' => token.push(chars.next()?),
                c => token.push(c),
            }
        }
        chars.next_if_eq(&':')?;
        let mut messages = 0;
        let numbers: String = std::iter::from_fn(|| chars.next_if(|c| *c != ' ')).collect();
        for number in numbers.split(',') {
            let position: u32 = number.trim_end_matches(|c: char| c.is_ascii_alphabetic()).parse().ok()?;
            messages |= 1_u64.checked_shl(position.checked_sub(1)?)?;
        }
        tokens.insert(token, messages);
    }
    Some(tokens)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seqs(query: &str, also: &[&str], tokens: &str) -> Vec<i64> {
        let candidate = Candidate {
            conversation_id: Uuid::from_u128(7),
            first_seq: 8,
            first_at: DateTime::UNIX_EPOCH,
            last_at: DateTime::UNIX_EPOCH,
            micros: (80..).step_by(10).take(8).collect(),
            tokens: tokens.to_owned(),
        };
        let also: Vec<_> = also.iter().map(|token| (*token).to_owned()).collect();
        let hits = candidate.hits(&Query::parse(query).unwrap(), &also).unwrap();
        assert!(hits.iter().all(|hit| hit.micros == hit.seq * 10));
        hits.iter().map(|hit| hit.seq).collect()
    }

    #[test]
    fn messages_have_everything_and_nothing_unwanted() {
        let tokens = "'@7':2A,3A 'bad':4A 'hello':1A,3A,4A,8A 'wor':2A 'world':3A,4A";
        assert_eq!(seqs("\"hello\"", &[], tokens), [8, 10, 11, 15]);
        assert_eq!(seqs("hello wor", &[], tokens), [10, 11]);
        assert_eq!(seqs("wor", &[], tokens), [9, 10, 11]);
        assert_eq!(seqs("wor", &["@7"], tokens), [9, 10]);
        assert_eq!(seqs("hello -bad", &[], tokens), [8, 10, 15]);
        assert_eq!(seqs("hello -wor* -\"hello bad\"", &[], tokens), [8, 15], "words of a phrase may be there");
        assert_eq!(seqs("absent", &[], tokens), [0; 0]);
        assert_eq!(seqs("hello", &[], ""), [0; 0]);
    }

    #[test]
    fn vectors_are_read_as_postgres_writes_them() {
        let read = parse("'a''b':1A 'c\\\\d':64A '東京':1A,2A").unwrap();
        let expected = [("a'b".to_owned(), 1), ("c\\d".to_owned(), 1 << 63), ("東京".to_owned(), 3)];
        assert_eq!(read, BTreeMap::from(expected));
        for bad in ["'a", "a:1", "'a':0", "'a':65", "'a':x", "'a'"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
