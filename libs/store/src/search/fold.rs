//! Text as search sees it: without accents, case and forms of writing, each piece with the place in the text that it came
//! from. Pure.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::{canonical_combining_class, is_combining_mark};

/// What a piece of text is to search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Part of a word.
    Letter,
    /// Of a script that puts no blanks between words.
    Gram,
    /// Stands for itself: pictures.
    Symbol,
    /// Between words.
    Break,
}

/// A character with its marks, folded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// What it is.
    pub class: Class,
    /// Its bytes in the folded text.
    pub folded: Range<usize>,
    /// The bytes that it came from.
    pub source: Range<usize>,
}

/// A folded text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Folded {
    /// The text.
    pub text: String,
    /// Its pieces, in order and without gaps.
    pub units: Vec<Unit>,
}

impl Folded {
    /// Folds a text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut folded = Self { text: String::with_capacity(text.len()), units: Vec::with_capacity(text.len()) };
        let mut chars = text.char_indices().peekable();
        while let Some((start, first)) = chars.next() {
            while chars.next_if(|(_, next)| extends(*next)).is_some() {}
            let end = chars.peek().map_or(text.len(), |(end, _)| *end);
            if first.is_ascii() && end == start + 1 {
                folded.push(first.to_ascii_lowercase(), &(start..end), true);
            } else {
                folded.push_cluster(&text[start..end], &(start..end));
            }
        }
        folded
    }

    /// A character with what follows and belongs to it.
    fn push_cluster(&mut self, cluster: &str, source: &Range<usize>) {
        let bare = cluster.chars().filter(|c| !is_ignored(*c)).nfkd().filter(|c| !is_accent(*c)).nfc();
        let mut is_first = true;
        for folded in bare.flat_map(char::to_lowercase) {
            let is_mark = is_combining_mark(folded) && !is_first;
            match spelled_out(folded) {
                Some(letters) => letters.chars().for_each(|letter| self.push(letter, source, true)),
                None => self.push(folded, source, !is_mark),
            }
            is_first = false;
        }
    }

    fn push(&mut self, folded: char, source: &Range<usize>, is_new: bool) {
        let start = self.text.len();
        self.text.push(folded);
        let end = self.text.len();
        match self.units.last_mut().filter(|_| !is_new) {
            Some(unit) => unit.folded.end = end,
            None => self.units.push(Unit { class: class_of(folded), folded: start..end, source: source.clone() }),
        }
    }
}

/// Whether it belongs to the character before it.
fn extends(c: char) -> bool {
    !c.is_ascii()
        && (is_combining_mark(c)
            || canonical_combining_class(c) != 0
            || is_ignored(c)
            // Vowels and ends of Hangul, marks of narrow katakana.
            || matches!(c, '\u{1160}'..='\u{11ff}' | '\u{d7b0}'..='\u{d7fb}' | '\u{ff9e}' | '\u{ff9f}'))
}

/// Whether it changes nothing about what is written: joiners, marks of direction, variants and colours of pictures, stretched
/// lines of Arabic.
fn is_ignored(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{640}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0020}'..='\u{e007f}' | '\u{e0100}'..='\u{e01ef}')
}

/// Whether it is a mark without which a word stays the same to those who search: accents, vowel points of Hebrew and Arabic. Not the
/// vowels of Indic scripts, and not what makes another syllable in Japanese.
fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{483}'..='\u{487}' | '\u{591}'..='\u{5bd}' | '\u{5bf}' | '\u{5c1}'
        | '\u{5c2}' | '\u{5c4}' | '\u{5c5}' | '\u{5c7}' | '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}' | '\u{670}'
        | '\u{6d6}'..='\u{6dc}' | '\u{6df}'..='\u{6e4}' | '\u{6e7}' | '\u{6e8}' | '\u{6ea}'..='\u{6ed}'
        | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

/// Letters that are no accented ones to Unicode, and are to people.
fn spelled_out(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        'ø' => "o",
        'ł' => "l",
        'đ' | 'ð' => "d",
        'ħ' => "h",
        'ı' => "i",
        'ς' => "σ",
        _ => return None,
    })
}

fn class_of(c: char) -> Class {
    match c {
        // Kana, bopomofo, Han, Hangul, Thai, Lao, Myanmar, Khmer.
        '\u{3005}'..='\u{3007}'
        | '\u{3021}'..='\u{3029}'
        | '\u{3031}'..='\u{3035}'
        | '\u{3041}'..='\u{3096}'
        | '\u{309d}'..='\u{309f}'
        | '\u{30a1}'..='\u{30fa}'
        | '\u{30fc}'..='\u{312f}'
        | '\u{31a0}'..='\u{31bf}'
        | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{1100}'..='\u{11ff}'
        | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}'
        | '\u{e01}'..='\u{e3a}'
        | '\u{e40}'..='\u{e4e}'
        | '\u{e81}'..='\u{ece}'
        | '\u{1000}'..='\u{103f}'
        | '\u{1050}'..='\u{109f}'
        | '\u{1780}'..='\u{17d3}' => Class::Gram,
        '\u{2600}'..='\u{27bf}' | '\u{2b50}'..='\u{2b55}' | '\u{1f000}'..='\u{1faff}' => Class::Symbol,
        _ if c.is_alphanumeric() || is_combining_mark(c) => Class::Letter,
        _ => Class::Break,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fold(text: &str) -> String {
        Folded::new(text).text
    }

    #[test]
    fn accents_case_and_forms_of_writing_do_not_matter() {
        for (written, plain) in [
            ("Straße", "strasse"),
            ("STRASSE", "strasse"),
            ("Été", "ete"),
            ("E\u{301}te\u{301}", "ete"),
            ("naïve café", "naive cafe"),
            ("İSTANBUL ılık", "istanbul ilik"),
            ("Łódź", "lodz"),
            ("ΣΊΣΥΦΟΣ", "σισυφοσ"),
            ("Σίσυφος", "σισυφοσ"),
            ("Ёлка", "елка"),
            ("ＡＢＣ１２３", "abc123"),
            ("ﬁnal", "final"),
            ("ｶﾞｷﾞ", "ガギ"),
            ("か\u{3099}", "が"),
            ("مُحَمَّد", "محمد"),
            ("أحمد", "احمد"),
            ("\u{1112}\u{1161}\u{11ab}글", "한글"),
            ("soft\u{ad}hyphen", "softhyphen"),
            ("हिन्दी", "हिन्दी"),
            ("👍🏽", "👍"),
        ] {
            assert_eq!(fold(written), plain, "{written}");
        }
    }

    #[test]
    fn every_piece_knows_where_it_came_from() {
        let text = "Àß が👍🏽\u{fe0f}x";
        let folded = Folded::new(text);
        let pieces: Vec<_> =
            folded.units.iter().map(|unit| (&folded.text[unit.folded.clone()], &text[unit.source.clone()])).collect();
        let expected = [("a", "À"), ("s", "ß"), ("s", "ß"), (" ", " "), ("が", "が"), ("👍", "👍🏽\u{fe0f}"), ("x", "x")];
        assert_eq!(pieces, expected);
    }

    #[test]
    fn classes_part_words_grams_and_pictures() {
        let classes: Vec<_> = Folded::new("a1東が한ก👍-_ \u{301}").units.iter().map(|unit| unit.class).collect();
        let (letter, gram) = (Class::Letter, Class::Gram);
        let breaks = [Class::Symbol, Class::Break, Class::Break, Class::Break];
        assert_eq!(classes, [&[letter, letter, gram, gram, gram, gram][..], &breaks].concat());
    }
}
