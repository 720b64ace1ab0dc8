//! Whatever happened, everybody finds exactly what stands in the conversations that they take part in: by lot, against a model.

use std::collections::{BTreeMap, BTreeSet};

use chat_protocol::ids::{ConversationId, MessageId};
use chat_store::search::Query;
use chat_store::search::filling::Limits;
use chat_store::search::matching::find_match;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};

use super::{fill, find_all};
use crate::store::Owner;
use crate::store_changes::{add, delete, remove, store_with};

const PEOPLE: i64 = 6;
const STEPS: usize = 260;
const WORDS: [&str; 14] = [
    "roof",
    "roofing",
    "Straße",
    "strasse",
    "café",
    "it's",
    "東京都",
    "京都",
    "한글을",
    "ok",
    "and",
    "the",
    "🎉",
    "e-mail",
];
const QUERIES: [&str; 16] = [
    "roof",
    "\"roof\"",
    "roof -the",
    "str",
    "STRASSE and",
    "\"and the\"",
    "and -\"and the\"",
    "京",
    "東京",
    "京都 -東京",
    "한글",
    "the cafe",
    "it's",
    "🎉",
    "e-mail",
    "\"the e-mail\" ok*",
];

#[derive(Default)]
struct Group {
    people: BTreeSet<i64>,
    /// By message: who said it, and what.
    said: BTreeMap<MessageId, (i64, String)>,
}

fn text(random: &mut StdRng) -> String {
    let count = random.random_range(1..8);
    let words: Vec<_> = (0..count).map(|_| *WORDS.choose(random).unwrap()).collect();
    words.join(" ")
}

fn expected(groups: &BTreeMap<ConversationId, Group>, reader: i64, query: &str) -> Vec<String> {
    let query = Query::parse(query).unwrap();
    let mine = groups.values().filter(|group| group.people.contains(&reader));
    let texts = mine.flat_map(|group| group.said.values()).map(|(_, text)| text);
    let mut found: Vec<_> = texts.filter(|text| find_match(&query, text).is_some()).cloned().collect();
    found.sort_unstable();
    found
}

#[tokio::test]
async fn everybody_finds_exactly_what_stands_in_ones_own_conversations() {
    let seed: u64 = rand::random();
    let mut random = StdRng::seed_from_u64(seed);
    let mut owner = Owner::of(store_with(PEOPLE).await).await;
    let store = owner.store.clone();
    let mut groups: BTreeMap<ConversationId, Group> = BTreeMap::new();
    for _ in 0..4 {
        let id = owner.group(&[1, 2, 3]).await;
        groups.insert(id, Group { people: [1, 2, 3].into(), ..Group::default() });
    }
    for step in 0..STEPS {
        let ids: Vec<_> = groups.keys().copied().collect();
        let id = *ids.choose(&mut random).unwrap();
        let group = groups.get_mut(&id).unwrap();
        let said: Vec<_> = group.said.iter().map(|(id, (sender, _))| (*id, *sender)).collect();
        let other = random.random_range(2..=PEOPLE);
        match (random.random_range(0..20), said.choose(&mut random)) {
            (0, _) if !group.people.contains(&other) => {
                owner.carry(add(id, 1, &[other])).await;
                group.people.insert(other);
            }
            (1, _) if group.people.contains(&other) => {
                owner.carry(remove(id, 1, other)).await;
                group.people.remove(&other);
            }
            (2 | 3, Some((message, sender))) if group.people.contains(sender) => {
                let text = text(&mut random);
                owner.edit(id, *sender, *message, &text).await;
                group.said.insert(*message, (*sender, text));
            }
            (4, Some((message, _))) => {
                owner.erase(id, 1, *message).await;
                group.said.remove(message);
            }
            (5, _) if step > STEPS / 2 && ids.len() > 2 => {
                owner.carry(delete(id, 1)).await;
                groups.remove(&id);
            }
            _ => {
                let people: Vec<_> = group.people.iter().copied().collect();
                let (sender, text) = (*people.choose(&mut random).unwrap(), text(&mut random));
                let message = owner.tell(id, sender, &text).await;
                group.said.insert(message, (sender, text));
            }
        }
        // What was said since the last round may be missing; what must not be found must never be.
        let is_filled = random.random_bool(0.3) || step == STEPS - 1;
        if is_filled {
            let touched = random.random_range(1..40);
            fill(&store, Limits { partitions: 64, touched, messages: random.random_range(1..200) }).await;
        }
        let (reader, query) = (random.random_range(1..=PEOPLE), QUERIES.choose(&mut random).unwrap());
        let (found, expected) = (find_all(&store, reader, query).await, expected(&groups, reader, query));
        if is_filled {
            assert_eq!(found, expected, "seed {seed}, step {step}: {reader} searches for {query}");
        } else {
            let is_allowed = found.iter().all(|text| expected.contains(text));
            assert!(is_allowed, "seed {seed}, step {step}: {reader} searches for {query}: {found:?} {expected:?}");
        }
    }
    for reader in 1..=PEOPLE {
        for query in QUERIES {
            let (found, expected) = (find_all(&store, reader, query).await, expected(&groups, reader, query));
            assert_eq!(found, expected, "seed {seed}, at the end: {reader} searches for {query}");
        }
    }
}
