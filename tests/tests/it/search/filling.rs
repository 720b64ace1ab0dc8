//! The blocks are what the messages are: after each round, whatever happened before it, and when they are made anew.

use std::process::Stdio;
use std::sync::Arc;

use chat_e2e::{App, PATIENCE, StackOptions};
use chat_protocol::ids::{CommandId, ConversationId};
use chat_protocol::partition::Partition;
use chat_store::Database;
use chat_store::apply::{BatchOutcome, Fence, apply_commands};
use chat_store::partitions;
use chat_store::search::filling::{Care, Limits, begin_anew, count_backlogs, fill_round, forget_deleted};
use tokio::process::Command;
use tokio::time::timeout;

use super::{blocks, fill, find_all};
use crate::store::{LEASE, Owner, WORKER, message};
use crate::store_changes::{add, delete, remove, store_with};

const SMALL: Limits = Limits { partitions: 3, touched: 4, messages: 20 };

async fn count_words(store: &Database, word: &str) -> i64 {
    let count = sqlx::query_scalar("select count(*) from search_blocks b where b.tokens::text like '%' || $1 || '%'");
    count.bind(word).fetch_one(store.pool()).await.unwrap()
}

/// Makes all blocks anew, in small steps; they must be the same.
async fn assert_same_when_made_anew(store: &Database) {
    let before = blocks(store).await;
    assert!(!before.is_empty());
    begin_anew(store.pool()).await.unwrap();
    assert_eq!(blocks(store).await, [""; 0]);
    fill(store, SMALL).await;
    assert_eq!(blocks(store).await, before);
}

#[tokio::test]
async fn what_is_said_is_found_after_a_round_and_filled_once() {
    let mut owner = Owner::of(store_with(2).await).await;
    let store = owner.store.clone();
    let (direct, _) = owner.begin(1, &[2], None).await;
    assert_eq!(fill(&store, Limits::default()).await.blocks, 0);
    owner.tell(direct, 1, "the first word").await;
    assert_eq!(find_all(&store, 2, "word").await, [""; 0]);
    assert_eq!(fill(&store, Limits::default()).await.blocks, 1);
    assert_eq!(find_all(&store, 2, "word").await, ["the first word"]);
    assert_eq!(count_backlogs(store.pool()).await.unwrap(), 0);
    owner.tell(direct, 2, "another word").await;
    let filled = fill(&store, Limits::default()).await;
    assert_eq!((filled.messages, filled.blocks), (2, 1), "what stands in the same block is read again");
    assert_eq!(find_all(&store, 1, "word").await, ["another word", "the first word"]);
}

#[tokio::test]
async fn blocks_grow_with_the_log_and_are_the_same_when_made_anew() {
    let mut owner = Owner::of(store_with(4).await).await;
    let store = owner.store.clone();
    let (group, other) = (owner.group(&[1, 2, 3]).await, owner.group(&[1, 2]).await);
    for number in 0..70 {
        owner.tell(group, 1 + number % 2, &format!("number {number} of many")).await;
        if number % 5 == 0 {
            // Events leave holes, also where a block ends.
            owner.carry(add(group, 1, &[4])).await;
            owner.carry(remove(group, 1, 4)).await;
        }
        if number % 3 == 0 {
            owner.tell(other, 1, "…").await;
        }
        if number % 10 == 0 {
            fill(&store, SMALL).await;
        }
    }
    fill(&store, SMALL).await;
    let spans: Vec<(i64, i64)> = sqlx::query_as(
        "select first_seq, through_seq from search_blocks where conversation_id = $1 order by first_seq",
    )
    .bind(group.uuid())
    .fetch_all(store.pool())
    .await
    .unwrap();
    // What is not whole ends with its last message.
    assert_eq!(spans, [(0, 63), (64, 71), (72, 79), (80, 86), (88, 93), (96, 99)]);
    assert_eq!(find_all(&store, 3, "\"number 42 of\"").await, ["number 42 of many"]);
    assert_eq!(find_all(&store, 3, "many").await.len(), 70);
    assert_same_when_made_anew(&store).await;
}

#[tokio::test]
async fn block_is_whole_also_when_an_event_ends_it() {
    let mut owner = Owner::of(store_with(3).await).await;
    let store = owner.store.clone();
    let group = owner.group(&[1, 2]).await;
    for number in 2..63 {
        owner.tell(group, 1, &format!("number {number}")).await;
    }
    fill(&store, Limits::default()).await;
    assert_eq!(blocks(&store).await.len(), 8);
    owner.carry(add(group, 1, &[3])).await;
    fill(&store, Limits::default()).await;
    let spans: Vec<(i64, i64)> =
        sqlx::query_as("select first_seq, through_seq from search_blocks").fetch_all(store.pool()).await.unwrap();
    assert_eq!(spans, [(0, 63)]);
}

#[tokio::test]
async fn edits_change_and_deletions_take_away_what_is_found() {
    let mut owner = Owner::of(store_with(2).await).await;
    let store = owner.store.clone();
    let (direct, _) = owner.begin(1, &[2], None).await;
    let mut said = Vec::new();
    for number in 0..70 {
        said.push(owner.tell(direct, 1, &format!("secret{number} stays")).await);
    }
    fill(&store, Limits::default()).await;
    for (at, number) in [(3, "3"), (66, "66")] {
        assert_eq!(count_words(&store, &format!("'secret{number}'")).await, 1);
        owner.edit(direct, 1, said[at], &format!("public{number} stays")).await;
        fill(&store, Limits::default()).await;
        assert_eq!(count_words(&store, &format!("'secret{number}'")).await, 0, "nothing of the former text is left");
        assert_eq!(find_all(&store, 2, &format!("public{number}")).await, [format!("public{number} stays")]);
        owner.erase(direct, 1, said[at]).await;
        assert_eq!(find_all(&store, 2, &format!("public{number}")).await, [""; 0], "at once");
        fill(&store, Limits::default()).await;
        assert_eq!(count_words(&store, &format!("public{number}")).await, 0, "nothing is left");
    }
    assert_eq!(find_all(&store, 2, "stays").await.len(), 68);
    for id in said {
        owner.erase(direct, 1, id).await;
    }
    fill(&store, Limits::default()).await;
    assert_eq!(blocks(&store).await, [""; 0]);
}

/// Stores a message at a position of another incarnation.
async fn store_in(
    owner: &mut Owner,
    incarnation: i64,
    from_pos: i64,
    to_pos: i64,
    conversation: ConversationId,
    content: &str,
) {
    let id = CommandId::generate();
    let partition = Partition::of_conversation(conversation);
    let row = partitions::renew(owner.store.pool(), WORKER, LEASE).await.unwrap();
    let epoch = row.iter().find(|owned| owned.partition == partition).unwrap().epoch;
    let fence = Fence { partition, epoch, from_pos, to_pos, to_command: Some(id) };
    let placed = Owner::placed(id, to_pos, message(conversation, 1, content, None));
    let outcome = apply_commands(&mut owner.connection, WORKER, incarnation, LEASE, &[fence], &[placed]).await.unwrap();
    assert!(matches!(outcome, BatchOutcome::Committed(_)), "{outcome:?}");
}

#[tokio::test]
async fn positions_that_begin_again_pass_nothing_over() {
    let mut owner = Owner::of(store_with(2).await).await;
    let store = owner.store.clone();
    let (direct, _) = owner.begin(1, &[2], None).await;
    for number in 0..5 {
        owner.tell(direct, 1, &format!("filled {number}")).await;
    }
    fill(&store, Limits::default()).await;
    // The last of the old incarnation is not filled when the new one begins, and the first of the new one stand before it.
    owner.tell(direct, 1, "late").await;
    let incarnation = partitions::incarnation_of_stream(store.pool(), "another").await.unwrap();
    partitions::enter_incarnation(store.pool(), WORKER, incarnation).await.unwrap();
    store_in(&mut owner, incarnation, 0, 1, direct, "early one").await;
    store_in(&mut owner, incarnation, 1, 2, direct, "early two").await;
    let first = fill(&store, Limits { partitions: 64, touched: 1, messages: 1 }).await;
    assert!(first.blocks > 0);
    assert_eq!(find_all(&store, 2, "late").await, ["late"]);
    assert_eq!(find_all(&store, 2, "early").await, ["early one", "early two"]);
    // Once more past the old positions.
    store_in(&mut owner, incarnation, 2, 90, direct, "beyond").await;
    fill(&store, Limits::default()).await;
    assert_eq!(find_all(&store, 2, "beyond").await, ["beyond"]);
    assert_same_when_made_anew(&store).await;
    assert_eq!(count_backlogs(store.pool()).await.unwrap(), 0);
}

#[tokio::test]
async fn what_is_said_while_blocks_are_made_anew_comes_first() {
    let mut owner = Owner::of(store_with(2).await).await;
    let store = owner.store.clone();
    let (direct, _) = owner.begin(1, &[2], None).await;
    for number in 0..200 {
        owner.tell(direct, 1, &format!("before {number}")).await;
    }
    fill(&store, Limits::default()).await;
    begin_anew(store.pool()).await.unwrap();
    owner.tell(direct, 1, "meanwhile").await;
    let limits = Limits { partitions: 1, touched: 8, messages: 8 };
    fill_round(store.pool(), limits, Care::Fast).await.unwrap();
    assert_eq!(find_all(&store, 2, "meanwhile").await, ["meanwhile"]);
    assert!(find_all(&store, 2, "before").await.len() < 20);
    fill(&store, limits).await;
    assert_eq!(find_all(&store, 2, "before").await.len(), 200);
}

#[tokio::test]
async fn several_fill_at_once_without_each_others_work() {
    let mut owner = Owner::of(store_with(2).await).await;
    let store = owner.store.clone();
    let mut groups = Vec::new();
    for _ in 0..12 {
        groups.push(owner.group(&[1, 2]).await);
    }
    for number in 0..120 {
        owner.tell(groups[number % 12], 1, &format!("word {number}")).await;
    }
    let store = Arc::new(store);
    let workers: Vec<_> = (0..3)
        .map(|_| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { fill(&store, SMALL).await.blocks })
        })
        .collect();
    let mut filled = 0;
    for worker in workers {
        filled += worker.await.unwrap();
    }
    // Whoever found everything taken has stopped; somebody goes on.
    filled += fill(&store, SMALL).await.blocks;
    assert!(filled >= 24, "{filled}");
    assert_eq!(find_all(&store, 2, "word").await.len(), 120);
    assert_same_when_made_anew(&store).await;
}

#[tokio::test]
async fn what_another_is_at_is_left_to_it() {
    let mut owner = Owner::of(store_with(2).await).await;
    let store = owner.store.clone();
    let (direct, _) = owner.begin(1, &[2], None).await;
    owner.tell(direct, 1, "word").await;
    let mut other = store.pool().begin().await.unwrap();
    let locked = sqlx::query("select 1 from search_positions where partition = $1 for no key update");
    locked.bind(i16::from(Partition::of_conversation(direct).get())).execute(&mut *other).await.unwrap();
    assert_eq!(fill(&store, Limits::default()).await.blocks, 0);
    other.rollback().await.unwrap();
    assert_eq!(fill(&store, Limits::default()).await.blocks, 1);
}

#[tokio::test]
async fn what_the_database_refuses_is_left_out_and_the_rest_is_filled() {
    let mut owner = Owner::of(store_with(2).await).await;
    let store = owner.store.clone();
    let (good, bad) = (owner.group(&[1, 2]).await, owner.group(&[1, 2]).await);
    sqlx::query("alter table search_blocks add check (not tokens @@ 'poison')").execute(store.pool()).await.unwrap();
    owner.tell(bad, 1, "poison").await;
    owner.tell(good, 1, "fine").await;
    let everything = Limits { partitions: 64, ..Limits::default() };
    let failed = fill_round(store.pool(), everything, Care::Fast).await.unwrap_err();
    assert!(!failed.is_transient());
    let filled = fill_round(store.pool(), everything, Care::Careful).await.unwrap();
    assert_eq!((filled.blocks, filled.refused), (1, 1));
    assert_eq!(find_all(&store, 2, "fine").await, ["fine"]);
    assert_eq!(count_backlogs(store.pool()).await.unwrap(), 0, "it does not stay at what is refused");
}

#[tokio::test]
async fn blocks_of_deleted_conversations_go() {
    let mut owner = Owner::of(store_with(2).await).await;
    let store = owner.store.clone();
    let (gone, stays) = (owner.group(&[1, 2]).await, owner.group(&[1, 2]).await);
    owner.tell(gone, 1, "gone word").await;
    owner.tell(stays, 1, "word that stays").await;
    fill(&store, Limits::default()).await;
    owner.carry(delete(gone, 1)).await;
    assert_eq!(find_all(&store, 1, "word").await, ["word that stays"], "at once");
    assert_eq!(forget_deleted(store.pool(), 100).await.unwrap(), 1);
    assert_eq!((count_words(&store, "gone").await, count_words(&store, "stays").await), (0, 1));
    assert_same_when_made_anew(&store).await;
}

/// Runs `chatctl` on this database.
async fn chatctl(store: &Database, arguments: &[&str]) {
    let name: String = sqlx::query_scalar("select current_database()::text").fetch_one(store.pool()).await.unwrap();
    let app = App::shared().await;
    let (server, _) = app.database_url().rsplit_once('/').unwrap();
    let mut command = Command::new(StackOptions::for_tests().unwrap().bin_dir.join("chatctl"));
    command.args(arguments).env("DATABASE_URL", format!("{server}/{name}")).stderr(Stdio::null()).kill_on_drop(true);
    assert!(timeout(PATIENCE, command.status()).await.expect("it ends").unwrap().success());
}

#[tokio::test]
async fn operators_have_blocks_made_anew_or_completed() {
    let mut owner = Owner::of(store_with(2).await).await;
    let store = owner.store.clone();
    let (one, other) = (owner.group(&[1, 2]).await, owner.group(&[1, 2]).await);
    owner.tell(one, 1, "one word").await;
    owner.tell(other, 1, "other word").await;
    fill(&store, Limits::default()).await;
    let right = blocks(&store).await;
    for (statement, conversation) in [
        ("delete from search_blocks where conversation_id = $1", one),
        ("update search_blocks set tokens = 'wrong:3' where conversation_id = $1", other),
    ] {
        sqlx::query(statement).bind(conversation.uuid()).execute(store.pool()).await.unwrap();
    }
    chatctl(&store, &["reindex", "--missing"]).await;
    fill(&store, Limits::default()).await;
    assert_eq!(find_all(&store, 2, "word").await, ["one word"], "what is there stays");
    chatctl(&store, &["reindex"]).await;
    assert_eq!(blocks(&store).await, [""; 0]);
    fill(&store, Limits::default()).await;
    assert_eq!(blocks(&store).await, right);
}
