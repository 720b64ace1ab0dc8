//! The tokens of a text, each at a position of its own: words, and pairs of neighbours in scripts without blanks. Pure.

use std::ops::Range;

use super::fold::{Class, Folded, Unit};

/// The longest word that is told from others, in characters; what comes after does not count.
const MAX_WORD_CHARS: usize = 48;

/// A token: its place in the list is its position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub class: Class,
    /// Whether it is the last character of its stretch of a script without blanks, alone. Such a one is found, never asked for.
    pub is_end: bool,
    /// Its bytes in the folded text.
    folded: Range<usize>,
    /// Its pieces.
    units: Range<usize>,
}

/// A text with its tokens.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tokens {
    folded: Folded,
    tokens: Vec<Token>,
}

impl Tokens {
    /// The tokens of a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let folded = Folded::new(text);
        let mut tokens = Vec::new();
        let mut start = 0;
        for stretch in folded.units.chunk_by(|one, next| one.class == next.class) {
            let class = stretch.first().map_or(Class::Break, |unit| unit.class);
            push_stretch(&mut tokens, &folded.units, class, start..start + stretch.len());
            start += stretch.len();
        }
        Self { folded, tokens }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Whether there is nothing to be found by.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// The tokens with their texts, by position.
    pub fn iter(&self) -> impl Iterator<Item = (&Token, &str)> {
        self.tokens.iter().map(|token| (token, self.text(token)))
    }

    /// The text of the token at a position.
    #[must_use]
    pub fn text_at(&self, position: usize) -> Option<&str> {
        self.tokens.get(position).map(|token| self.text(token))
    }

    fn text(&self, token: &Token) -> &str {
        &self.folded.text[token.folded.clone()]
    }

    /// Where the token at a position stands in the original; of one that was found by its first characters in a script without
    /// blanks, those.
    #[must_use]
    pub fn source_at(&self, position: usize, asked: &str) -> Range<usize> {
        let Some(token) = self.tokens.get(position) else { return 0..0 };
        let mut units = self.folded.units[token.units.clone()].iter();
        let Some(first) = units.next() else { return 0..0 };
        let is_whole = token.class != Class::Gram || asked.len() > first.folded.len();
        let last = units.next_back().filter(|_| is_whole).unwrap_or(first);
        first.source.start..last.source.end
    }
}

fn push_stretch(tokens: &mut Vec<Token>, units: &[Unit], class: Class, stretch: Range<usize>) {
    let token = |range: Range<usize>, told: usize, is_end| Token {
        class,
        is_end,
        folded: units[range.start].folded.start..units[range.start + told - 1].folded.end,
        units: range,
    };
    match class {
        Class::Break => {}
        Class::Letter => {
            let told = stretch.len().min(MAX_WORD_CHARS);
            tokens.push(token(stretch, told, false));
        }
        Class::Symbol => tokens.extend(stretch.map(|at| token(at..at + 1, 1, false))),
        Class::Gram => {
            let last = stretch.end - 1;
            tokens.extend((stretch.start..last).map(|at| token(at..at + 2, 2, false)));
            tokens.push(token(last..last + 1, 1, true));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        Tokens::of(text).iter().map(|(_, text)| text.to_owned()).collect()
    }

    #[test]
    fn words_end_at_whatever_is_no_letter_and_no_digit() {
        let text = "Hello, WORLD! It's 3.14 (v2) report_final.pdf – naïve\nhttps://example.org/a?b";
        let expected =
            "hello world it s 3 14 v2 report final pdf naive https example org a b".split(' ').collect::<Vec<_>>();
        assert_eq!(texts(text), expected);
        assert!(Tokens::of(" \n-…!").is_empty());
    }

    #[test]
    fn neighbours_are_paired_where_no_blanks_part_words() {
        assert_eq!(texts("東京都"), ["東京", "京都", "都"]);
        assert_eq!(texts("iPhone手机 x"), ["iphone", "手机", "机", "x"]);
        assert_eq!(texts("안녕하세요"), ["안녕", "녕하", "하세", "세요", "요"]);
        assert_eq!(texts("京、都"), ["京", "都"]);
        assert_eq!(texts("กีฬา"), ["กีฬ", "ฬา", "า"]);
        assert_eq!(texts("👍🎉ok"), ["👍", "🎉", "ok"]);
    }

    #[test]
    fn sources_are_what_was_written() {
        let text = "Ein Straßenfest in 東京都";
        let tokens = Tokens::of(text);
        assert_eq!(&text[tokens.source_at(1, "str")], "Straßenfest");
        assert_eq!(&text[tokens.source_at(3, "東京")], "東京");
        assert_eq!(&text[tokens.source_at(3, "東")], "東");
        assert_eq!(&text[tokens.source_at(5, "都")], "都");
    }

    #[test]
    fn words_of_any_length_are_tokens() {
        let long = "a".repeat(5000);
        let tokens = Tokens::of(&long);
        assert_eq!((tokens.len(), tokens.text_at(0).unwrap().len()), (1, MAX_WORD_CHARS));
        assert_eq!(tokens.source_at(0, "a"), 0..5000);
    }
}
