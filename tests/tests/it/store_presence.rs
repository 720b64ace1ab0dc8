//! What the database knows of presence: whom a person may see, when people were last here, what they chose to show.

use std::collections::BTreeMap;
use std::time::Duration;

use chat_protocol::ids::UserId;
use chat_protocol::presence::{Acquaintance, ChosenStatus};
use chat_protocol::rest::ConversationKind;
use chat_protocol::time::Timestamp;
use chat_store::Database;
use chat_store::presence::{AcquaintanceWindow, acquaintances, choices, choose, note_last_seen, visible_among};
use chrono::DateTime;

use crate::store::{Owner, user};
use crate::store_changes::{add, remove, store_with};

fn at(secs: i64) -> Timestamp {
    DateTime::from_timestamp(secs, 0).unwrap().into()
}

fn ids(people: &[Acquaintance]) -> Vec<i64> {
    people.iter().map(|one| one.user_id.get()).collect()
}

async fn seen_by(store: &Database, person: i64) -> Vec<i64> {
    let all = acquaintances(store.pool(), user(person), AcquaintanceWindow::After(None), 1000).await.unwrap();
    let asked: Vec<UserId> = (1..=210).map(user).filter(|id| *id != user(person)).collect();
    let among = visible_among(store.pool(), user(person), &asked).await.unwrap();
    assert_eq!(all, among, "both ways to ask agree");
    ids(&all)
}

#[tokio::test]
async fn people_see_whom_they_share_a_conversation_with() {
    let mut owner = Owner::of(store_with(9).await).await;
    let group = owner.group(&[1, 2, 3]).await;
    owner.begin_as(Some(ConversationKind::Job), 4, &[1], Some("7")).await;
    owner.group(&[8, 9]).await;
    assert_eq!(seen_by(&owner.store, 1).await, [2, 3, 4]);
    assert_eq!(seen_by(&owner.store, 4).await, [1], "also before a word in conversations about jobs");
    assert_eq!(seen_by(&owner.store, 5).await, Vec::<i64>::new());
    owner.carry(add(group, 1, &[5])).await;
    assert_eq!(seen_by(&owner.store, 5).await, [1, 2, 3]);
    owner.carry(remove(group, 1, 2)).await;
    assert_eq!(seen_by(&owner.store, 2).await, Vec::<i64>::new(), "who was removed");
    assert_eq!(seen_by(&owner.store, 3).await, [1, 5], "and nobody sees who was");
}

#[tokio::test]
async fn who_opened_a_direct_conversation_waits_for_a_word() {
    let mut owner = Owner::of(store_with(3).await).await;
    let (direct, _) = owner.begin(1, &[2], None).await;
    owner.say(direct, 1).await;
    assert_eq!((seen_by(&owner.store, 1).await, seen_by(&owner.store, 2).await), (vec![], vec![1]));
    owner.say(direct, 2).await;
    assert_eq!(seen_by(&owner.store, 1).await, [2]);
    owner.begin(1, &[3], None).await;
    owner.group(&[3, 1]).await;
    assert_eq!(seen_by(&owner.store, 1).await, [2, 3], "another conversation shows the person");
}

#[tokio::test]
async fn large_and_deleted_conversations_show_nobody() {
    let mut owner = Owner::of(store_with(202).await).await;
    let everybody: Vec<i64> = (1..=201).collect();
    let group = owner.group(&everybody).await;
    assert_eq!(seen_by(&owner.store, 1).await, Vec::<i64>::new());
    owner.carry(remove(group, 1, 201)).await;
    assert_eq!(seen_by(&owner.store, 1).await.len(), 199);
    sqlx::query("update conversations set deleted_at = now()").execute(owner.store.pool()).await.unwrap();
    assert_eq!(seen_by(&owner.store, 1).await, Vec::<i64>::new());
}

#[tokio::test]
async fn acquaintances_come_in_pages_both_ways() {
    let mut owner = Owner::of(store_with(8).await).await;
    owner.group(&[5, 1, 2, 3]).await;
    owner.group(&[5, 3, 6, 8]).await;
    let page = async |window| ids(&acquaintances(owner.store.pool(), user(5), window, 2).await.unwrap());
    assert_eq!(page(AcquaintanceWindow::After(None)).await, [1, 2]);
    assert_eq!(page(AcquaintanceWindow::After(Some(user(2)))).await, [3, 6], "each once");
    assert_eq!(page(AcquaintanceWindow::After(Some(user(6)))).await, [8]);
    assert_eq!(page(AcquaintanceWindow::Before(user(8))).await, [3, 6]);
    assert_eq!(page(AcquaintanceWindow::Before(user(2))).await, [1]);
    let asked = [8, 5, 4, 1, 1, 99].map(user);
    let among = visible_among(owner.store.pool(), user(5), &asked).await.unwrap();
    assert_eq!(ids(&among), [1, 5, 8], "oneself too, if asked for");
    assert_eq!(visible_among(owner.store.pool(), user(5), &[]).await.unwrap(), []);
}

#[tokio::test]
async fn last_visit_is_the_latest_one() {
    let store = store_with(3).await;
    let note = async |visits: &[(i64, i64)]| {
        let visits: BTreeMap<_, _> = visits.iter().map(|(person, secs)| (user(*person), at(*secs))).collect();
        note_last_seen(store.pool(), &visits).await.unwrap();
    };
    note(&[(1, 100), (2, 100), (99, 100)]).await;
    note(&[(1, 50), (2, 150)]).await;
    note(&[]).await;
    let mut seen = Vec::new();
    for person in 1..=3 {
        let own = visible_among(store.pool(), user(person), &[user(person)]).await.unwrap();
        seen.extend(own.iter().map(|one| one.last_seen));
    }
    assert_eq!(seen, [Some(at(100)), Some(at(150)), None]);
}

#[tokio::test]
async fn choices_are_kept_with_versions_that_grow() {
    let store = store_with(3).await;
    let pool = store.pool();
    note_last_seen(pool, &BTreeMap::from([(user(1), at(100))])).await.unwrap();
    assert_eq!(choices(pool, &[user(1), user(2)]).await.unwrap(), []);
    let (first, last_seen) = choose(pool, user(1), ChosenStatus::Away).await.unwrap().unwrap();
    assert_eq!((first.user_id, first.status, last_seen), (user(1), ChosenStatus::Away, Some(at(100))));
    let ahead = first.version + i64::try_from(Duration::from_hours(1).as_micros()).unwrap();
    sqlx::query("update users set presence_version = $1").bind(ahead).execute(pool).await.unwrap();
    let (second, _) = choose(pool, user(1), ChosenStatus::Invisible).await.unwrap().unwrap();
    assert_eq!(second.version, ahead + 1, "also when the clock steps back");
    let kept = choices(pool, &[user(2), user(1), user(99)]).await.unwrap();
    assert_eq!((kept.len(), kept[0]), (2, second));
    assert_eq!(choose(pool, user(99), ChosenStatus::Away).await.unwrap(), None);
}

/// How often a table was read from end to end, and an index was used.
async fn uses(store: &Database) -> BTreeMap<String, i64> {
    sqlx::query("select pg_stat_force_next_flush()").execute(store.pool()).await.unwrap();
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "select relname::text || ' from end to end', seq_scan from pg_stat_user_tables
         union all select indexrelname::text, idx_scan from pg_stat_user_indexes",
    )
    .fetch_all(store.pool())
    .await
    .unwrap();
    rows.into_iter().collect()
}

#[tokio::test]
async fn acquaintances_are_found_by_index_and_without_messages() {
    // Beyond the fifth time Postgres may choose a plan for all parameters.
    const TIMES: i64 = 8;
    let store = store_with(5000).await;
    fill(&store).await;
    // One connection, so that its statistics can be had at once.
    let others = [store.pool().acquire().await.unwrap(), store.pool().acquire().await.unwrap()];
    let before = uses(&store).await;
    let asked: Vec<UserId> = (1..=500).map(user).collect();
    for _ in 0..TIMES {
        let page = acquaintances(store.pool(), user(7), AcquaintanceWindow::After(None), 51).await.unwrap();
        assert_eq!(page.len(), 51);
        visible_among(store.pool(), user(7), &asked).await.unwrap();
    }
    let after = uses(&store).await;
    let used = |name: &str| after[name] - before[name];
    for table in ["messages", "participants"] {
        assert_eq!(used(&format!("{table} from end to end")), 0, "{table}");
    }
    for index in after.keys().filter(|name| name.starts_with("messages_") && !name.contains(' ')) {
        assert_eq!(used(index), 0, "{index}");
    }
    assert!(used("participants_user") >= 2 * TIMES, "{after:?}");
    drop(others);
}

/// 2,000 groups of 10 out of 5,000 people, behind the planner's back; person 7 is in 60 of them.
async fn fill(store: &Database) {
    for statement in [
        "insert into conversations (id, kind, last_seq, participant_count, created_at, updated_at)
         select ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 1, 1, 10, now(), now()
           from generate_series(1, 2000) n",
        "insert into participants (conversation_id, user_id, role, joined_seq)
         select ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid,
                case when p = 0 and n <= 60 then 7 else 8 + (n * 37 + p * 499) % 4990 end, least(p, 2), 1
           from generate_series(1, 2000) n, generate_series(0, 9) p",
        "insert into messages (conversation_id, seq, id, number, sender_id, message_type, content, created_at, partition,
                               command_pos)
         select '00000000-0000-7000-8000-000000000001', n, gen_random_uuid(), n, 7, 0, 'x', now(), 0, 0
           from generate_series(2, 5000) n",
        "analyze",
    ] {
        sqlx::query(statement).execute(store.pool()).await.unwrap();
    }
}
