//! Whether a text is what somebody searches for, where, and how well. Pure.

use std::ops::Range;

use super::query::{Query, Term};
use super::tokens::Tokens;

/// How much a hit at the beginning of a longer word counts beside the whole word.
const PREFIX_WEIGHT: f32 = 0.5;
/// A text of so many tokens counts half of what a very short one does.
const HALF_LENGTH: f32 = 100.0;

/// How a text matches.
#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    /// From 0 to 1: how often its terms are there, as whole words or beginnings, how near to each other, in how long a text.
    pub relevance: f32,
    /// What is marked: bytes of the text, in order, apart from each other.
    pub spans: Vec<Range<usize>>,
}

/// Where a term stands: the first and the last token.
struct Occurrence {
    from: usize,
    to: usize,
    is_exact: bool,
}

/// How this text matches, if everything that must be there is, and nothing that must not.
#[must_use]
pub fn find_match(query: &Query, text: &str) -> Option<Match> {
    let tokens = Tokens::of(text);
    if query.unwanted().any(|term| occurrences(term, &tokens).next().is_some()) {
        return None;
    }
    let mut spans = Vec::new();
    let mut found = Vec::new();
    for term in query.wanted() {
        let occurrences: Vec<_> = occurrences(term, &tokens).collect();
        if occurrences.is_empty() {
            return None;
        }
        for occurrence in &occurrences {
            spans.extend(term.parts.iter().map(|part| tokens.source_at(occurrence.from + part.offset, &part.text)));
        }
        found.push(occurrences);
    }
    let relevance = frequency(&found) * nearness(&found) / (1.0 + count(tokens.len()) / HALF_LENGTH);
    Some(Match { relevance, spans: merged(spans) })
}

fn occurrences<'a>(term: &'a Term, tokens: &'a Tokens) -> impl Iterator<Item = Occurrence> + 'a {
    let reach = term.parts.last().map_or(0, |part| part.offset);
    (0..tokens.len()).filter_map(move |from| {
        let mut is_exact = true;
        for part in &term.parts {
            let token = tokens.text_at(from + part.offset).filter(|token| part.matches(token))?;
            is_exact &= token == part.text;
        }
        Some(Occurrence { from, to: from + reach, is_exact })
    })
}

fn count(number: usize) -> f32 {
    f32::from(u16::try_from(number).unwrap_or(u16::MAX))
}

/// Of each term how often it is there, each time counting less; the mean of them.
fn frequency(found: &[Vec<Occurrence>]) -> f32 {
    let of_term = |occurrences: &Vec<Occurrence>| {
        let weights = occurrences.iter().map(|one| if one.is_exact { 1.0 } else { PREFIX_WEIGHT });
        let weight: f32 = weights.sum();
        weight / (1.0 + weight)
    };
    found.iter().map(of_term).sum::<f32>() / count(found.len())
}

/// 1 if the terms stand side by side, down to a half if they are far from each other.
fn nearness(found: &[Vec<Occurrence>]) -> f32 {
    let needed: usize = found.iter().filter_map(|one| one.first()).map(|one| one.to - one.from + 1).sum();
    0.5 + 0.5 * (count(needed) / count(shortest_stretch(found))).min(1.0)
}

/// The fewest tokens in a row with one occurrence of every term.
fn shortest_stretch(found: &[Vec<Occurrence>]) -> usize {
    let mut next = vec![0; found.len()];
    let mut shortest = usize::MAX;
    loop {
        let heads = || found.iter().zip(&next).filter_map(|(occurrences, at)| occurrences.get(*at));
        if heads().count() < found.len() {
            return shortest;
        }
        let from = heads().map(|one| one.from).min().unwrap_or_default();
        let to = heads().map(|one| one.to).max().unwrap_or_default();
        shortest = shortest.min(to - from + 1);
        let first = heads().position(|one| one.from == from).unwrap_or_default();
        next[first] += 1;
    }
}

fn merged(mut spans: Vec<Range<usize>>) -> Vec<Range<usize>> {
    spans.sort_unstable_by_key(|span| span.start);
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(spans.len());
    for span in spans {
        match merged.last_mut().filter(|last| span.start <= last.end) {
            Some(last) => last.end = last.end.max(span.end),
            None => merged.push(span),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(query: &str, text: &str) -> Option<Vec<String>> {
        let found = find_match(&Query::parse(query).unwrap(), text)?;
        Some(found.spans.into_iter().map(|span| text[span].to_owned()).collect())
    }

    fn relevance(query: &str, text: &str) -> f32 {
        find_match(&Query::parse(query).unwrap(), text).expect(text).relevance
    }

    #[test]
    fn what_is_asked_for_is_found_and_marked() {
        for (query, text, expected) in [
            ("wor", "Hello World, words!", Some(vec!["World", "words"])),
            ("\"wor\"", "Hello World", None),
            ("world hel", "Hello World", Some(vec!["Hello", "World"])),
            ("world missing", "Hello World", None),
            ("\"hello world\"", "Hello, wide World. Hello -- world!", Some(vec!["Hello", "world"])),
            ("\"world hello\"", "hello world", None),
            ("hello -world", "Hello World", None),
            ("hello -\"world hello\"", "hello world", Some(vec!["hello"])),
            ("hello -\"hello world\"", "say hello world", None),
            ("-wor* hello", "hello worry", None),
            ("strasse", "Große Straße", Some(vec!["Straße"])),
            ("cafe", "Le Cafe\u{301}.", Some(vec!["Cafe\u{301}"])),
            ("東京都", "私は東京都に住んでいます", Some(vec!["東京都"])),
            ("東京", "東の京", None),
            ("京", "東京と京都", Some(vec!["京", "京"])),
            ("京都", "東京都", Some(vec!["京都"])),
            ("한글", "나는 한글을 쓴다", Some(vec!["한글"])),
            ("it's", "It's its", Some(vec!["It", "s"])),
            ("🎉", "done 🎉🎉", Some(vec!["🎉🎉"])),
        ] {
            let expected = expected.map(|spans| spans.into_iter().map(str::to_owned).collect());
            assert_eq!(marked(query, text), expected, "{query} in {text}");
        }
    }

    #[test]
    fn better_matches_count_more() {
        for (query, better, worse) in [
            ("deploy", "deploy", "deployment"),
            ("deploy", "deploy, deploy and deploy", "deploy today or tomorrow"),
            ("deploy", "deploy now", &format!("deploy {}", "and so on ".repeat(50))),
            ("red roof", "a red roof", "red is what the roof is not"),
            ("red roof", "roof, red", "red is what the roof is not"),
        ] {
            assert!(relevance(query, better) > relevance(query, worse), "{query}: {better} before {worse}");
        }
        let all = ["a", "a a a a a a a a", "a b"].map(|text| relevance("a", text));
        assert!(all.iter().all(|relevance| (0.0..=1.0).contains(relevance)), "{all:?}");
    }
}
