//! Slices of time hold every match once, in whatever blocks it stands, and lead through all of them in both directions.

use chat_store::Database;
use chat_store::all_messages::Filter;
use chat_store::search::filling::Limits;
use chat_store::search::{self, Query, Search, Shown, Slice, Stretch};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use super::fill;
use crate::store::{Owner, user};
use crate::store_changes::store_with;

const GROUPS: usize = 12;
const MESSAGES: i64 = 200;

async fn find(store: &Database, query: &str, stretch: Stretch, wanted: usize) -> Slice {
    let query = Query::parse(query).unwrap();
    let search = Search { reader: user(1), query: &query, filter: &Filter::default() };
    let slice = search::find(store.pool(), &search, stretch, wanted).await.unwrap();
    assert!(slice.found.is_sorted_by(|one, next| one > next), "the best come first");
    slice
}

async fn show(store: &Database, query: &str, slice: &Slice) -> Vec<Shown> {
    let query = Query::parse(query).unwrap();
    let search = Search { reader: user(1), query: &query, filter: &Filter::default() };
    search::show(store.pool(), &search, &slice.found).await.unwrap()
}

/// When and what, in the order of time.
async fn in_time(store: &Database, query: &str, slice: &Slice) -> Vec<(i64, String)> {
    let shown = show(store, query, slice).await;
    assert_eq!(shown.len(), slice.found.len());
    let rows = slice.found.iter().zip(shown).map(|(found, shown)| {
        assert!((slice.since..slice.until).contains(&found.micros));
        assert_eq!(found.micros, shown.message.created_at.datetime().timestamp_micros());
        (found.micros, shown.message.content)
    });
    let mut rows: Vec<_> = rows.collect();
    rows.sort_unstable();
    rows
}

/// Twelve groups with messages in turns by lot; some conversations were silent for long, some are not.
async fn talk(random: &mut StdRng) -> (Database, Vec<(i64, String)>) {
    let mut owner = Owner::of(store_with(2).await).await;
    let mut groups = Vec::new();
    for _ in 0..GROUPS {
        groups.push(owner.group(&[1, 2]).await);
    }
    for number in 0..MESSAGES {
        let busy = usize::try_from(number).unwrap() * GROUPS / 200;
        let group = if random.random_bool(0.5) { busy } else { random.random_range(0..GROUPS) };
        let order = if random.random_bool(0.5) { "red roof" } else { "roof red" };
        owner.tell(groups[group], 1, &format!("{number} {order}")).await;
    }
    fill(&owner.store, Limits::default()).await;
    let said =
        sqlx::query_as("select (extract(epoch from created_at) * 1000000)::bigint, content from messages order by 1");
    let said = said.fetch_all(owner.store.pool()).await.unwrap();
    (owner.store, said)
}

#[tokio::test]
async fn slices_lead_through_every_match_once_there_and_back() {
    let seed: u64 = rand::random();
    let (store, said) = talk(&mut StdRng::seed_from_u64(seed)).await;
    for (query, wanted) in [("roof", 1), ("roof", 7), ("roof", 50), ("\"red roof\"", 1), ("\"red roof\"", 20)] {
        let is_match = |text: &str| query == "roof" || text.ends_with("red roof");
        let expected: Vec<_> = said.iter().filter(|(_, text)| is_match(text)).cloned().collect();
        let mut there = Vec::new();
        let mut slice = find(&store, query, Stretch::Older(None), wanted).await;
        let mut slices = vec![slice.clone()];
        while slice.is_more {
            assert_eq!(slice.found.len(), wanted, "seed {seed}: {query}, {wanted}");
            slice = find(&store, query, Stretch::Older(Some(slice.since)), wanted).await;
            slices.push(slice.clone());
        }
        for slice in slices.iter().rev() {
            there.extend(in_time(&store, query, slice).await);
            let again = find(&store, query, Stretch::Exactly(slice.since, slice.until), wanted).await;
            assert_eq!(again.found, slice.found, "seed {seed}: {query}, {wanted}");
        }
        assert_eq!(there, expected, "seed {seed}: {query}, {wanted}");
        let mut back = in_time(&store, query, &slice).await;
        while slice.until <= said[said.len() - 1].0 {
            slice = find(&store, query, Stretch::Newer(slice.until), wanted).await;
            back.extend(in_time(&store, query, &slice).await);
            if !slice.is_more {
                break;
            }
        }
        assert_eq!(back, expected, "seed {seed}: {query}, {wanted}");
    }
}

#[tokio::test]
async fn what_is_said_later_is_in_no_slice_that_was_found() {
    let mut owner = Owner::of(store_with(2).await).await;
    let store = owner.store.clone();
    let (direct, _) = owner.begin(1, &[2], None).await;
    owner.tell(direct, 1, "word one").await;
    fill(&store, Limits::default()).await;
    let first = find(&store, "word", Stretch::Older(None), 10).await;
    owner.tell(direct, 1, "word two").await;
    fill(&store, Limits::default()).await;
    let again = find(&store, "word", Stretch::Exactly(first.since, first.until), 10).await;
    assert_eq!(again.found, first.found);
    let newer = find(&store, "word", Stretch::Newer(first.until), 10).await;
    assert_eq!((newer.found.len(), newer.is_more), (1, false));
    assert_eq!(show(&store, "word", &newer).await[0].message.content, "word two");
}

#[tokio::test]
async fn moment_with_many_matches_is_not_parted() {
    let mut owner = Owner::of(store_with(2).await).await;
    let store = owner.store.clone();
    let (direct, _) = owner.begin(1, &[2], None).await;
    for number in 0..200 {
        owner.tell(direct, 1, &format!("word {number}")).await;
    }
    sqlx::query("update messages set created_at = '2026-11-23T09:00:00Z'").execute(store.pool()).await.unwrap();
    fill(&store, Limits::default()).await;
    let slice = find(&store, "word", Stretch::Older(None), 10).await;
    assert_eq!((slice.found.len(), slice.is_more), (200, false));
}
