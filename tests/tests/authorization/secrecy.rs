//! What answers may not hold, and what they may not tell by differing.

use std::collections::BTreeMap;

use crate::actor::Actor;
use crate::table::Row;

/// Stands in everything that is the group's.
pub const INNER: &str = "innersecret";
/// Stands in everything that is foreign.
pub const FOREIGN: &str = "foreignsecret";
/// Stands in everything that was deleted.
pub const DELETED: &str = "deletedsecret";

/// What came back.
#[derive(Debug, Clone)]
pub struct Said {
    /// As the tables write it.
    pub outcome: String,
    /// Everything that was answered, without what belongs to the one request or names its object.
    pub text: String,
    /// Everything that was seen.
    pub seen: String,
}

/// Everything that was answered.
#[derive(Default)]
pub struct Answers(BTreeMap<(String, Actor), Vec<(String, Said)>>);

/// What the caller was shown and may not know.
pub fn leaks(row: &Row, actor: Actor, said: &Said) -> Vec<String> {
    // Moderators are shown what is asked for under their own addresses, and nowhere else.
    let moderates = actor == Actor::Platform && row.subject[1].starts_with("/api/admin/");
    let is_hidden = |secret: &&str| !moderates && (*secret != INNER || !actor.takes_part());
    let hidden = [INNER, FOREIGN, DELETED].into_iter().filter(is_hidden);
    let shown = hidden.filter(|secret| said.seen.contains(secret));
    shown.map(|secret| format!("{row} by {} shows {secret}: {}", actor.name(), said.seen)).collect()
}

impl Answers {
    /// Keeps an answer.
    pub fn add(&mut self, row: &Row, actor: Actor, said: Said) {
        self.0.entry((row.name(), actor)).or_default().push((row.object.clone(), said));
    }

    /// How many there were.
    pub fn count(&self) -> usize {
        self.0.values().map(Vec::len).sum()
    }

    /// Where the same refusal of the same call is worded differently: what is foreign could be told from what is not there.
    pub fn contradictions(&self) -> Vec<String> {
        let is_hidden = |said: &Said| ["404:not_found", "error:not_found", "close:4504"].contains(&&*said.outcome);
        let mut found = Vec::new();
        for ((name, actor), answers) in &self.0 {
            let mut hidden = answers.iter().filter(|(_, said)| is_hidden(said));
            let Some((object, first)) = hidden.next() else { continue };
            for (other, said) in hidden.filter(|(_, said)| said.text != first.text) {
                let (actor, first, said) = (actor.name(), &first.text, &said.text);
                found.push(format!("{name} by {actor} tells {object} from {other}:\n  {first}\n  {said}"));
            }
        }
        found
    }
}
