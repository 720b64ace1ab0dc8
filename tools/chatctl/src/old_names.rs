//! Commands under the names that they had before there were nouns and verbs.

use std::ffi::OsString;

/// The arguments as they are said now.
pub(crate) fn translate(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let Some(at) = first_word(&arguments) else { return arguments };
    let next = arguments.get(at + 1).and_then(|word| word.to_str()).map(str::to_owned);
    let has_verb = |verbs: &[&str]| next.as_deref().is_some_and(|word| verbs.contains(&word));
    let insert = |words: &mut Vec<OsString>, replaced: usize, by: &[&str]| {
        words.splice(at..at + replaced, by.iter().map(OsString::from));
    };
    match arguments[at].to_str() {
        Some("republish") => insert(&mut arguments, 1, &["events", "replay"]),
        Some("vapid") => insert(&mut arguments, 1, &["key", "vapid"]),
        Some("token") if !has_verb(&["mint", "inspect", "help", "--help", "-h"]) => {
            insert(&mut arguments, 1, &["token", "mint"]);
        }
        Some("migrate") if !has_verb(&["run", "status", "help", "--help", "-h"]) => {
            insert(&mut arguments, 1, &["migrate", "run"]);
        }
        _ => {}
    }
    arguments
}

/// Where the command stands: after the program's name and what holds for all commands.
fn first_word(arguments: &[OsString]) -> Option<usize> {
    let mut at = 1;
    while arguments.get(at)?.to_str()?.starts_with('-') {
        at += if arguments[at] == "--output" { 2 } else { 1 };
    }
    (at < arguments.len()).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_names_are_new_ones() {
        for (old, new) in [
            ("chatctl republish --rate 5", "chatctl events replay --rate 5"),
            ("chatctl vapid", "chatctl key vapid"),
            ("chatctl token --user 42", "chatctl token mint --user 42"),
            ("chatctl --output json token --user 42", "chatctl --output json token mint --user 42"),
            ("chatctl token inspect x", "chatctl token inspect x"),
            ("chatctl migrate", "chatctl migrate run"),
            ("chatctl migrate status", "chatctl migrate status"),
            ("chatctl user show 42", "chatctl user show 42"),
            ("chatctl --help", "chatctl --help"),
            ("chatctl", "chatctl"),
        ] {
            let words = |text: &str| text.split(' ').map(OsString::from).collect::<Vec<_>>();
            assert_eq!(translate(words(old)), words(new));
        }
    }
}
