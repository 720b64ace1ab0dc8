//! What people say: words that are as unevenly frequent as those of a language, by lot.

use std::collections::HashMap;

use rand::Rng as _;
use serde::Serialize;

/// How many words there are.
const VOCABULARY: u32 = 200_000;
/// The most words of a message, and the two numbers of the log-normal distribution of how many it has: about ten.
const MAX_WORDS: u16 = 60;
const LENGTH: (f64, f64) = (2.1, 0.7);
/// How many words of each class are told.
const EXAMPLES: usize = 50;
const CONSONANTS: &[u8] = b"bcdfghjklmnprstvwz";
const VOWELS: &[u8] = b"aeiou";

/// Says things, and counts in how many messages each word was.
pub(crate) struct Talk {
    /// Sums of the weights of the words up to each.
    sums: Vec<f64>,
    messages: u64,
    in_messages: HashMap<usize, u64>,
}

/// Words by how many of the messages they are in.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Words {
    /// In more than a tenth.
    frequent: Vec<String>,
    /// In about a hundredth.
    middling: Vec<String>,
    /// In less than a ten-thousandth.
    rare: Vec<String>,
}

impl Talk {
    pub(crate) fn new() -> Self {
        let weights = (0..VOCABULARY).map(|rank| (f64::from(rank) + 2.7).powf(-1.05));
        let sums = weights.scan(0.0, |sum, weight| {
            *sum += weight;
            Some(*sum)
        });
        Self { sums: sums.collect(), messages: 0, in_messages: HashMap::new() }
    }

    /// A message.
    pub(crate) fn say(&mut self) -> String {
        let count = length();
        let mut ranks: Vec<_> = (0..count).map(|_| self.draw()).collect();
        let text = ranks.iter().map(|rank| word(*rank)).collect::<Vec<_>>().join(" ");
        ranks.sort_unstable();
        ranks.dedup();
        for rank in ranks {
            *self.in_messages.entry(rank).or_default() += 1;
        }
        self.messages += 1;
        text
    }

    fn draw(&self) -> usize {
        let all = self.sums.last().copied().unwrap_or_default();
        let drawn = rand::rng().random_range(0.0..all);
        self.sums.partition_point(|sum| *sum <= drawn)
    }

    /// Some words of each class.
    pub(crate) fn words(&self) -> Words {
        let of = |from: u64, to: u64| {
            let is_within = |count: u64| (from..to).contains(&(count * 1_000_000 / self.messages.max(1)));
            let ranks = self.in_messages.iter().filter(|(_, count)| is_within(**count)).map(|(rank, _)| *rank);
            ranks.take(EXAMPLES).map(word).collect()
        };
        Words { frequent: of(100_000, 1_000_001), middling: of(8_000, 12_000), rare: of(0, 100) }
    }
}

fn length() -> u16 {
    let (mean, deviation) = LENGTH;
    // The sum of twelve even numbers is nearly normal.
    let normal: f64 = (0..12).map(|_| rand::rng().random_range(0.0..1.0)).sum::<f64>() - 6.0;
    let length = (mean + deviation * normal).exp();
    (1..MAX_WORDS).find(|count| f64::from(*count) >= length).unwrap_or(MAX_WORDS)
}

/// The word of a rank: the more frequent, the shorter.
fn word(rank: usize) -> String {
    let syllables = CONSONANTS.len() * VOWELS.len();
    let mut rest = rank + 1;
    let mut word = String::new();
    while rest > 0 {
        rest -= 1;
        let syllable = rest % syllables;
        word.push(char::from(CONSONANTS[syllable / VOWELS.len()]));
        word.push(char::from(VOWELS[syllable % VOWELS.len()]));
        rest /= syllables;
    }
    word
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn words_differ() {
        let words: BTreeSet<_> = (0..20_000).map(word).collect();
        assert_eq!(words.len(), 20_000);
        assert_eq!((word(0), word(89), word(90)), ("ba".to_owned(), "zu".to_owned(), "baba".to_owned()));
    }

    #[test]
    fn every_class_has_words() {
        let mut talk = Talk::new();
        let texts: Vec<_> = (0..20_000).map(|_| talk.say()).collect();
        assert!(texts.iter().all(|text| (1..=60).contains(&text.split(' ').count())));
        let words = talk.words();
        assert!(words.frequent.len() > 3 && words.middling.len() > 20 && words.rare.len() == EXAMPLES, "{words:?}");
        let share = |word: &str| texts.iter().filter(|text| text.split(' ').any(|one| one == word)).count();
        assert!(words.frequent.iter().all(|word| share(word) >= 2_000), "{words:?}");
        assert!(words.middling.iter().all(|word| (160..=240).contains(&share(word))), "{words:?}");
    }
}
