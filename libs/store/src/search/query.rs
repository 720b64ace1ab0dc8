//! What somebody searches for: words, beginnings of words, phrases, and what must not be there. Pure.

use std::fmt::Write as _;

use super::fold::Class;
use super::tokens::Tokens;

/// The longest query, in characters.
pub const MAX_QUERY_CHARS: usize = 256;
/// The most tokens that may be asked for at once.
pub const MAX_QUERY_TOKENS: usize = 64;
/// The beginning of a word that somebody is still writing has at least so many characters; a shorter one is a word.
const MIN_BEGUN_CHARS: usize = 2;

/// Why there is nothing to be searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// No word in it.
    #[error("There is no word in it.")]
    Empty,
    /// It says only what must not be there.
    #[error("There is no word in it that must be there.")]
    OnlyNegations,
    /// Longer than anybody writes.
    #[error("At most {MAX_QUERY_CHARS} characters and {MAX_QUERY_TOKENS} words.")]
    TooLong,
}

/// A token that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its folded text.
    pub text: String,
    /// How many positions it stands after the first part of its term.
    pub offset: usize,
    /// Whether only the beginning is told.
    pub is_prefix: bool,
}

impl Part {
    /// Whether this token is meant.
    #[must_use]
    pub fn matches(&self, token: &str) -> bool {
        if self.is_prefix { token.starts_with(&self.text) } else { token == self.text }
    }
}

/// A word, or several in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// Whether it must not be there.
    pub is_negated: bool,
    /// Its tokens, at least one.
    pub parts: Vec<Part>,
}

/// A query, with at least one term that must be there. All of its terms count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    terms: Vec<Term>,
}

impl Query {
    /// Reads a query. A word may end in `*`, which makes it the beginning of one; the last word is one anyhow, unless it is quoted or
    /// negated. What is quoted is a phrase, and so is a word of several tokens. A `-` in front negates.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        if text.chars().count() > MAX_QUERY_CHARS {
            return Err(QueryError::TooLong);
        }
        let pieces = pieces(text);
        let mut terms = Vec::new();
        for (index, piece) in pieces.iter().enumerate() {
            let is_being_written = index + 1 == pieces.len() && !piece.is_quoted && !piece.is_negated;
            terms.extend(piece.term(is_being_written));
        }
        if terms.iter().map(|term: &Term| term.parts.len()).sum::<usize>() > MAX_QUERY_TOKENS {
            return Err(QueryError::TooLong);
        }
        match (terms.is_empty(), terms.iter().all(|term| term.is_negated)) {
            (true, _) => Err(QueryError::Empty),
            (false, true) => Err(QueryError::OnlyNegations),
            (false, false) => Ok(Self { terms }),
        }
    }

    /// What must be there.
    pub fn wanted(&self) -> impl Iterator<Item = &Term> {
        self.terms.iter().filter(|term| !term.is_negated)
    }

    /// What must not be there.
    pub fn unwanted(&self) -> impl Iterator<Item = &Term> {
        self.terms.iter().filter(|term| term.is_negated)
    }

    /// Whether there are words whose order counts.
    pub(super) fn has_phrase(&self) -> bool {
        self.terms.iter().any(|term| term.parts.len() > 1)
    }

    /// The single tokens that must not be there. Unwanted phrases are none: each of their words alone may be there.
    pub(super) fn unwanted_parts(&self) -> impl Iterator<Item = &Part> {
        self.unwanted().filter_map(|term| if let [part] = &term.parts[..] { Some(part) } else { None })
    }

    /// Every token whose messages must be known.
    pub(super) fn parts(&self) -> impl Iterator<Item = &Part> {
        self.wanted().flat_map(|term| &term.parts).chain(self.unwanted_parts())
    }

    /// Everything that must be in a message, and in the same one, as Postgres asks for it; `also` are further tokens. Neighbours are
    /// asked for without their order.
    pub(super) fn to_tsquery(&self, also: &[String]) -> String {
        let mut query = String::new();
        let mut push = |is_negated: bool, text: &str, is_prefix: bool| {
            // In a block the position of a token is its message: the same position is the same message.
            let separator = if query.is_empty() { "" } else { " <0> " };
            let (not, beginning) = (if is_negated { "!" } else { "" }, if is_prefix { ":*" } else { "" });
            // Writing to a string cannot fail.
            let _ = write!(query, "{separator}{not}{}{beginning}", quoted(text));
        };
        self.wanted().flat_map(|term| &term.parts).for_each(|part| push(false, &part.text, part.is_prefix));
        for token in also {
            push(false, token, false);
        }
        self.unwanted_parts().for_each(|part| push(true, &part.text, part.is_prefix));
        query
    }
}

/// A token as it stands in the text of a `tsvector` or `tsquery`.
pub(super) fn quoted(token: &str) -> String {
    format!("'{}'", token.replace('\\', "\\\\").replace('\'', "''"))
}

/// A stretch of a query between blanks or quotation marks.
struct Piece<'a> {
    text: &'a str,
    is_quoted: bool,
    is_negated: bool,
}

impl Piece<'_> {
    fn term(&self, is_being_written: bool) -> Option<Term> {
        let tokens = Tokens::of(self.text);
        let asked = tokens.iter().enumerate().filter(|(_, (token, _))| !token.is_end || is_alone(&tokens, token));
        let mut parts: Vec<_> = asked
            .map(|(position, (token, text))| Part {
                text: text.to_owned(),
                offset: position,
                // A character alone begins whatever it is the first of.
                is_prefix: token.class == Class::Gram && token.is_end,
            })
            .collect();
        let last = parts.last_mut()?;
        let is_begun = is_being_written && last.text.chars().count() >= MIN_BEGUN_CHARS;
        if !self.is_quoted && (self.text.ends_with('*') || is_begun) {
            last.is_prefix = true;
        }
        Some(Term { is_negated: self.is_negated, parts })
    }
}

/// Whether the last character of a stretch without blanks is all of it.
fn is_alone(tokens: &Tokens, end: &super::tokens::Token) -> bool {
    let before = tokens.iter().take_while(|(token, _)| *token != end).last();
    before.is_none_or(|(token, _)| token.class != Class::Gram || token.is_end)
}

const fn is_mark(c: char) -> bool {
    matches!(c, '"' | '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{ab}' | '\u{bb}')
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let bare = rest.strip_prefix('-').filter(|bare| bare.starts_with(|c: char| !c.is_whitespace() && c != '-'));
        let is_negated = bare.is_some();
        rest = bare.unwrap_or(rest);
        let inside = rest.strip_prefix(is_mark);
        let is_quoted = inside.is_some();
        rest = inside.unwrap_or(rest);
        let ends = |c: char| is_mark(c) || !is_quoted && c.is_whitespace();
        let end = rest.find(ends).unwrap_or(rest.len());
        pieces.push(Piece { text: &rest[..end], is_quoted, is_negated });
        rest = &rest[end..];
        if is_quoted {
            rest = rest.strip_prefix(is_mark).unwrap_or(rest);
        }
        rest = rest.trim_start();
    }
    pieces
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A query as text: `word`, `word*`, `a+b` for a phrase, `-` in front.
    fn shown(text: &str) -> Result<String, QueryError> {
        let query = Query::parse(text)?;
        let part = |part: &Part| format!("{}{}", part.text, if part.is_prefix { "*" } else { "" });
        let term = |term: &Term| {
            let parts: Vec<_> = term.parts.iter().map(part).collect();
            format!("{}{}", if term.is_negated { "-" } else { "" }, parts.join("+"))
        };
        Ok(query.terms.iter().map(term).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn queries_are_read() {
        for (text, expected) in [
            ("hello", "hello*"),
            ("Hello World", "hello world*"),
            ("hello \"World\"", "hello world"),
            ("\"Hello, World\" x", "hello+world x"),
            ("wor* hello*", "wor* hello*"),
            ("-wor* hello -\"a b\"", "-wor* hello -a+b"),
            ("hello -world", "hello -world"),
            ("foo-bar it's", "foo+bar it+s"),
            ("\u{201e}hello world\u{201c}", "hello+world"),
            ("a", "a"),
            ("a*", "a*"),
            ("\"unclosed phrase", "unclosed+phrase"),
            ("x\"y z\"", "x y+z"),
            ("- hello --world", "hello world*"),
            ("東京都", "東京+京都*"),
            ("京", "京*"),
            ("\"京\"", "京*"),
            ("-京 東京", "-京* 東京*"),
            ("東京tower", "東京+tower*"),
            ("🎉", "🎉"),
            ("() & | ! : <-> hello", "hello*"),
        ] {
            assert_eq!(shown(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn nothing_to_search_for_is_an_error() {
        for (text, expected) in [
            ("", QueryError::Empty),
            ("  ", QueryError::Empty),
            ("-", QueryError::Empty),
            ("\"\"", QueryError::Empty),
            ("!!! ***", QueryError::Empty),
            ("-hello", QueryError::OnlyNegations),
            ("-\"hello world\" -x", QueryError::OnlyNegations),
            (&"x".repeat(257), QueryError::TooLong),
            (&"京都".repeat(40), QueryError::TooLong),
            (&"a ".repeat(65), QueryError::TooLong),
        ] {
            assert_eq!(shown(text), Err(expected), "{text}");
        }
    }

    #[test]
    fn offsets_pass_over_ends_of_stretches() {
        let query = Query::parse("\"東京tower\"").unwrap();
        let offsets: Vec<_> = query.wanted().flat_map(|term| &term.parts).map(|part| part.offset).collect();
        assert_eq!(offsets, [0, 2]);
    }

    #[test]
    fn database_is_asked_for_tokens_of_one_message() {
        let query = Query::parse("it's -bad -\"very bad\" -wor* \"hello\"").unwrap();
        let expected = "'it' <0> 's' <0> 'hello' <0> '@7' <0> !'bad' <0> !'wor':*";
        assert_eq!(query.to_tsquery(&["@7".to_owned()]), expected);
        assert_eq!(quoted("a'b\\c"), "'a''b\\\\c'");
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,60}") {
            if let Ok(query) = Query::parse(&text) {
                for part in query.terms.iter().flat_map(|term| &term.parts) {
                    prop_assert!(!part.text.is_empty());
                    prop_assert!(part.text.chars().all(|c| c != '\'' && c != '\\' && !c.is_whitespace()), "{}", part.text);
                }
            }
        }
    }
}
