//! What is done to messages after they were said: edits, reactions, reports.

use serde::{Deserialize, Serialize};
use unicode_properties::UnicodeEmoji as _;

use super::is_text_up_to;
use crate::error::{ErrorCode, Refusal};
use crate::ids::{MessageId, ReportId};
use crate::limits::{MAX_EMOJI, MAX_REASON_CHARS};
use crate::time::Timestamp;

/// Makes the digit, `#` or `*` before it an emoji; without it they are plain text.
const KEYCAP: char = '\u{20e3}';
/// May stand between the two.
const EMOJI_STYLE: char = '\u{fe0f}';

/// The body of `PATCH messages/{id}/`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EditMessageRequest {
    /// The new text, kept as sent.
    pub content: String,
}

impl EditMessageRequest {
    /// The new text, if a message may have it. It may be blank only beside attachments.
    pub fn check(self, max_content_bytes: usize, has_attachments: bool) -> Result<String, Refusal> {
        let content = self.content;
        if content.len() > max_content_bytes {
            return Err(Refusal::field(ErrorCode::TooLarge, "content", format!("At most {max_content_bytes} bytes.")));
        }
        if content.contains('\0') {
            return Err(Refusal::invalid("content", "No NUL characters."));
        }
        if !has_attachments && content.trim().is_empty() {
            return Err(Refusal::invalid("content", "May not be blank."));
        }
        Ok(content)
    }
}

/// What somebody reacts with: one emoji or several, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Emoji(String);

impl Emoji {
    /// The emoji, as sent.
    pub fn check(text: String) -> Result<Self, Refusal> {
        let (max_chars, max_bytes) = MAX_EMOJI;
        if text.len() > max_bytes || text.chars().count() > max_chars {
            return Err(Refusal::invalid("emoji", format!("At most {max_chars} characters and {max_bytes} bytes.")));
        }
        if !is_emoji(&text) {
            return Err(Refusal::invalid("emoji", "An emoji, and nothing else."));
        }
        Ok(Self(text))
    }

    /// The text.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

/// Whether the text consists of what emoji are made of, and has at least one. Which sequences a font shows as one picture
/// changes with every version of Unicode; so that is not asked.
fn is_emoji(text: &str) -> bool {
    let mut has_emoji = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if !c.is_emoji_char_or_emoji_component() {
            return false;
        }
        if c.is_ascii() {
            chars.next_if_eq(&EMOJI_STYLE);
            if chars.next() != Some(KEYCAP) {
                return false;
            }
        }
        has_emoji |= c.is_emoji_char();
    }
    has_emoji
}

/// The body of `POST messages/{id}/report/`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReportRequest {
    /// What is wrong with the message.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 1000))]
    pub reason: String,
}

impl ReportRequest {
    /// The reason, if it says anything.
    pub fn check(self) -> Result<String, Refusal> {
        if self.reason.trim().is_empty() || !is_text_up_to(&self.reason, MAX_REASON_CHARS) {
            return Err(Refusal::invalid("reason", format!("1 to {MAX_REASON_CHARS} characters.")));
        }
        Ok(self.reason)
    }
}

/// What the caller has reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Report {
    /// Its id.
    pub id: ReportId,
    /// The message.
    pub message_id: MessageId,
    /// What is wrong with it, in the caller's words.
    pub reason: String,
    /// When it was reported.
    pub created_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(content: &str, has_attachments: bool) -> Result<String, Refusal> {
        EditMessageRequest { content: content.to_owned() }.check(10, has_attachments)
    }

    #[test]
    fn edited_text_is_kept_as_sent_and_checked_like_a_new_one() {
        assert_eq!(edit(" <b>é</b>", false).unwrap(), " <b>é</b>");
        assert_eq!(edit("12345678901", false).unwrap_err().code, ErrorCode::TooLarge);
        for bad in ["a\0", "", " \n", "\u{2003}"] {
            let refusal = edit(bad, false).unwrap_err();
            assert_eq!((refusal.code, refusal.errors.len()), (ErrorCode::Invalid, 1), "{bad:?}");
            assert!(refusal.errors.contains_key("content"));
        }
        assert_eq!(edit("", true).unwrap(), "");
        assert!(edit("\0", true).is_err());
    }

    #[test]
    fn emoji_of_every_make_are_taken() {
        for good in ["👍", "❤", "❤️", "👍🏽", "🏳️‍🌈", "🇩🇪", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "1️⃣", "#⃣", "©️", "👩🏻‍❤️‍💋‍👨🏿", "👨🏻‍👩🏻‍👧🏻‍👦🏻", "🎉🎉", "🫠"]
        {
            assert_eq!(Emoji::check(good.to_owned()).map(Emoji::into_string).as_deref(), Ok(good), "{good}");
        }
    }

    #[test]
    fn words_blanks_and_controls_are_no_emoji() {
        let long = ["👍".repeat(17), "❤".repeat(33), "1️⃣".repeat(11)];
        let bad = [
            "",
            "a",
            "lol",
            "👍a",
            "1",
            "#",
            "12",
            "👍1",
            "1️⃣2",
            "12⃣",
            " 👍",
            "👍 ",
            "👍\n",
            "👍\0",
            "\u{200d}",
            "\u{fe0f}",
            "é",
            "да👍",
            "/",
            "..",
            "<b>",
            "👍\u{202e}",
            "中",
        ];
        for bad in long.iter().map(String::as_str).chain(bad) {
            let refusal = Emoji::check(bad.to_owned()).unwrap_err();
            assert_eq!(refusal.errors.keys().collect::<Vec<_>>(), ["emoji"], "{bad:?}");
        }
        assert!(Emoji::check("👍".repeat(16)).is_ok());
    }

    #[test]
    fn reasons_have_1_to_1000_characters() {
        let check = |reason: &str| ReportRequest { reason: reason.to_owned() }.check();
        assert_eq!(check(&"é".repeat(1000)).unwrap().chars().count(), 1000);
        for bad in ["", " ", "a\0", &"é".repeat(1001)] {
            assert!(check(bad).unwrap_err().errors.contains_key("reason"));
        }
    }

    #[test]
    fn no_character_that_writes_words_comes_through() {
        let taken: Vec<char> = (char::MIN..=char::MAX).filter(|c| Emoji::check(c.to_string()).is_ok()).collect();
        assert!(taken.len() > 1300, "{}", taken.len());
        assert!(!taken.iter().any(|c| c.is_ascii() || c.is_control() || c.is_whitespace()));
        // Signs that are letters to Unicode: information, metro, blood groups, parking, flags.
        let letters: String = taken.into_iter().filter(|c| c.is_alphabetic()).collect();
        assert_eq!(letters.chars().filter(|c| !('\u{1f1e6}'..='\u{1f1ff}').contains(c)).collect::<String>(), "ℹⓂ🅰🅱🅾🅿");
    }
}
