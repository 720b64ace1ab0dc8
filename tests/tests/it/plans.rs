//! How Postgres carries the hot statements out: by index, also with plans that were made while the tables were empty.

use std::collections::BTreeMap;

use chat_e2e::App;
use chat_protocol::command::{Marks, UpTo};
use chat_protocol::ids::{CommandId, ConversationId, MessageId, Seq};
use chat_protocol::rest::PlatformRole;
use chat_store::apply::Verdict;
use chat_store::conversations::{ListFilter, ListWindow};
use chat_store::messages::{END, Window};
use chat_store::{Database, conversations, memberships, messages, reads, users};

use crate::store::{Owner, message, user};
use crate::store_changes::{add, delete, mark, remove, up_to};

/// How often an index of `messages` was used, and how many of its entries were read.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
struct Use {
    index: String,
    scans: i64,
    entries: i64,
}

async fn uses(store: &Database) -> (i64, Vec<Use>) {
    let sequential = sqlx::query_scalar("select seq_scan from pg_stat_user_tables where relname = 'messages'");
    let indexes = sqlx::query_as(
        "select indexrelname::text as index, idx_scan as scans, idx_tup_read as entries from pg_stat_user_indexes
          where relname = 'messages' order by 1",
    );
    (sequential.fetch_one(store.pool()).await.unwrap(), indexes.fetch_all(store.pool()).await.unwrap())
}

async fn flush_statistics(connection: &mut sqlx::PgConnection) {
    sqlx::query("select pg_stat_force_next_flush()").execute(connection).await.unwrap();
}

fn of<'a>(uses: &'a [Use], index: &str) -> &'a Use {
    uses.iter().find(|one| one.index == index).expect(index)
}

/// An owner whose connection makes its plans while the tables are empty, as in a new installation. (Tables that were analyzed or
/// vacuumed while they were empty are another matter: nobody may do that before there are rows.)
async fn new_installation() -> Owner {
    let store = App::shared().await.fresh_store().await;
    let people: Vec<_> = (1..=2).map(|id| (user(id), format!("Person {id}"), PlatformRole::Client)).collect();
    users::insert_many(store.pool(), &people).await.unwrap();
    Owner::of(store).await
}

#[tokio::test]
async fn storing_looks_messages_up_by_id_and_client_id_in_a_new_installation() {
    let mut owner = new_installation().await;
    let (direct, _) = owner.begin(1, &[2], None).await;
    for number in 0..3 {
        owner.apply(CommandId::generate(), message(direct, 1, "x", Some(&format!("early {number}")))).await;
    }
    insert_many(&owner.store, direct).await;
    flush_statistics(&mut owner.connection).await;
    let (sequential_before, before) = uses(&owner.store).await;

    let known = owner.apply(CommandId::generate(), message(direct, 1, "x", Some("bulk 2500"))).await;
    assert!(matches!(known, Verdict::Known { seq: 2510, same_command: false, .. }), "{known:?}");
    sqlx::query("update conversations set last_seq = 5010").execute(owner.store.pool()).await.unwrap();
    let stored = owner.apply(CommandId::generate(), message(direct, 1, "x", Some("fresh"))).await;
    assert!(matches!(stored, Verdict::Stored(_)), "{stored:?}");
    flush_statistics(&mut owner.connection).await;
    let (sequential, after) = uses(&owner.store).await;

    assert_eq!(sequential, sequential_before, "no sequential scan of messages");
    for index in ["messages_id", "messages_client_id"] {
        let (then, now) = (of(&before, index), of(&after, index));
        assert!(now.scans > then.scans, "{index}: {then:?} {now:?}");
        assert!(now.entries - then.entries < 10, "{index} is read by the whole: {then:?} {now:?}");
    }
    let (then, now) = (of(&before, "messages_pkey"), of(&after, "messages_pkey"));
    assert!(now.entries - then.entries < 10, "a whole conversation is read: {then:?} {now:?}");
}

#[tokio::test]
async fn page_of_history_reads_no_more_than_the_page() {
    // Beyond the fifth time Postgres may choose a plan for all parameters.
    const TIMES: i64 = 8;
    let mut owner = new_installation().await;
    let (direct, _) = owner.begin(1, &[2], None).await;
    insert_many(&owner.store, direct).await;
    sqlx::query("analyze").execute(owner.store.pool()).await.unwrap();
    // One connection, so that its statistics can be had at once.
    let others = [owner.store.pool().acquire().await.unwrap(), owner.store.pool().acquire().await.unwrap()];
    for window in [Window::Before(END), Window::Before(Seq(2500)), Window::After(Seq(0)), Window::After(Seq(2500))] {
        let (_, before) = uses(&owner.store).await;
        for _ in 0..TIMES {
            let page = messages::list(owner.store.pool(), user(2), direct, window, 50).await.unwrap().unwrap();
            assert_eq!(page.len(), 50);
        }
        sqlx::query("select pg_stat_force_next_flush()").execute(owner.store.pool()).await.unwrap();
        let (_, after) = uses(&owner.store).await;
        let read: i64 = after.iter().zip(&before).map(|(now, then)| now.entries - then.entries).sum();
        assert!((1..=TIMES * 60).contains(&read), "{read} entries for {TIMES} pages of 50, {window:?}");
    }
    drop(others);
}

/// What was read of each table: entries of its indexes, and rows of sequential scans.
async fn work(store: &Database) -> BTreeMap<String, i64> {
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "select t.relname::text, (t.seq_tup_read + sum(i.idx_tup_read))::bigint
           from pg_stat_user_tables t join pg_stat_user_indexes i on i.relid = t.relid
          where t.relname in ('messages', 'conversations', 'participants', 'read_marks') group by t.relname, t.seq_tup_read",
    )
    .fetch_all(store.pool())
    .await
    .unwrap();
    rows.into_iter().collect()
}

/// What was read since then: messages, conversations, participants, read marks.
fn since(then: &BTreeMap<String, i64>, now: &BTreeMap<String, i64>) -> [i64; 4] {
    ["messages", "conversations", "participants", "read_marks"].map(|table| now[table] - then[table])
}

/// Says so many things in a long conversation as if its first person had, behind the planner's back.
async fn fill(owner: &Owner, conversation: ConversationId) {
    insert_many(&owner.store, conversation).await;
    for statement in [
        "update conversations set last_seq = 5010, last_message_seq = 5010, message_count = message_count + 5000 where id = $1",
        "update participants set sent_count = sent_count + 5000 where conversation_id = $1 and user_id = 1",
    ] {
        sqlx::query(statement).bind(conversation.uuid()).execute(owner.store.pool()).await.unwrap();
    }
}

#[tokio::test]
async fn marking_reads_the_smaller_side_of_a_place_and_no_history() {
    let mut owner = new_installation().await;
    // Plans are made while there is nothing to be read.
    let (early, _) = owner.begin(1, &[2], None).await;
    for _ in 0..2 {
        owner.say(early, 1).await;
        owner.carry(mark(early, 2, up_to(UpTo::All))).await;
    }
    fill(&owner, early).await;
    let id_at = async |seq: i64| {
        let id = sqlx::query_scalar("select id from messages where conversation_id = $1 and seq = $2");
        MessageId::from_uuid(id.bind(early.uuid()).bind(seq).fetch_one(owner.store.pool()).await.unwrap())
    };
    let single = [id_at(5009).await, id_at(4000).await];
    let steps = [
        ("single messages of a long conversation", Marks { up_to: None, message_ids: single.to_vec() }, 2, 100),
        ("near the beginning", up_to(UpTo::Seq(Seq(30))), 20, 100),
        // The newest 500 are named.
        ("near the end", up_to(UpTo::Seq(Seq(5000))), 4969, 1100),
        ("everything", up_to(UpTo::All), 9, 100),
        ("everything again", up_to(UpTo::All), 0, 20),
    ];
    for (what, marks, expected, most) in steps {
        flush_statistics(&mut owner.connection).await;
        let then = work(&owner.store).await;
        let carried = owner.carry(mark(early, 2, marks)).await;
        assert_eq!(carried.marked.unwrap().marked, expected, "{what}");
        flush_statistics(&mut owner.connection).await;
        let read = since(&then, &work(&owner.store).await);
        assert!(read.iter().sum::<i64>() <= most, "{what}: {read:?}");
    }
}

#[tokio::test]
async fn people_of_a_conversation_are_found_in_a_new_installation() {
    let mut owner = new_installation().await;
    let blocks =
        "select sum(idx_blks_hit + idx_blks_read)::bigint from pg_statio_user_indexes where relname = 'participants'";
    let mut read = Vec::new();
    for _ in 0..2 {
        flush_statistics(&mut owner.connection).await;
        let then: i64 = sqlx::query_scalar(blocks).fetch_one(owner.store.pool()).await.unwrap();
        let group = owner.group(&[1, 2]).await;
        for body in [remove(group, 1, 2), add(group, 1, &[2]), mark(group, 2, up_to(UpTo::All)), delete(group, 1)] {
            owner.carry(body).await;
        }
        flush_statistics(&mut owner.connection).await;
        read.push(sqlx::query_scalar::<_, i64>(blocks).fetch_one(owner.store.pool()).await.unwrap() - then);
        let others = "insert into participants (conversation_id, user_id, role, joined_seq)
                      select gen_random_uuid(), 1 + n % 2, 2, 1 from generate_series(1, 20000) as n";
        sqlx::query(others).execute(&mut owner.connection).await.unwrap();
    }
    assert!(read[1] <= 4 * read[0], "{read:?} blocks of indexes, alone and among thousands: a whole index is read");
}

#[tokio::test]
async fn somebody_in_thousands_of_conversations_is_served_without_their_history() {
    const COUNT: i64 = 5000;
    // Beyond the fifth time Postgres may choose a plan for all parameters.
    const TIMES: i64 = 6;
    let owner = new_installation().await;
    sqlx::raw_sql(
        "insert into conversations (id, kind, last_seq, last_message_seq, message_count, participant_count, created_at, updated_at)
         select gen_random_uuid(), 1, 11, 11, 10, 2, now(), now() - n * interval '1 s' from generate_series(1, 5000) as n;
         insert into participants (conversation_id, user_id, role, joined_seq)
         select c.id, x, x - 1, 1 from conversations c, generate_series(1, 2) as x;
         insert into messages (conversation_id, seq, id, number, sender_id, message_type, content, created_at, partition, command_pos)
         select c.id, 1 + n, gen_random_uuid(), n, 1, 0, 'x', now(), 0, 0 from conversations c, generate_series(1, 10) as n;
         analyze",
    )
    .execute(owner.store.pool())
    .await
    .unwrap();
    // One connection, so that its statistics can be had at once. What no index helps to find would be found all the same.
    let others = [owner.store.pool().acquire().await.unwrap(), owner.store.pool().acquire().await.unwrap()];
    sqlx::query("set enable_seqscan = off").execute(owner.store.pool()).await.unwrap();
    let (pool, all) = (owner.store.pool(), ListFilter::default());
    for (what, most) in
        [("unread", [0, COUNT, COUNT, 0]), ("page", [0, 1001, 1001, 0]), ("list", [100, COUNT, COUNT + 200, 0])]
    {
        sqlx::query("select pg_stat_force_next_flush()").execute(pool).await.unwrap();
        let then = work(&owner.store).await;
        for _ in 0..TIMES {
            match what {
                "unread" => assert_eq!(reads::unread(pool, user(2)).await.unwrap().total, 10 * COUNT),
                "page" => {
                    let page = memberships::page(pool, user(2), None, 1000).await.unwrap();
                    assert_eq!(page.memberships.len(), 1000);
                }
                _ => {
                    let rows = conversations::list(pool, user(2), &all, ListWindow::Older(None), 50).await.unwrap();
                    assert_eq!(rows.len(), 50);
                }
            }
        }
        sqlx::query("select pg_stat_force_next_flush()").execute(pool).await.unwrap();
        let read = since(&then, &work(&owner.store).await);
        // A tenth more for entries of rows that have moved.
        let is_within = read.iter().zip(most).all(|(read, most)| *read <= TIMES * most * 11 / 10);
        assert!(is_within, "{what}: {read:?} in {TIMES} times, at most {most:?} each");
    }
    drop(others);
}

/// A long conversation behind the planner's back: seq 11 to 5010, client ids `bulk 1` to `bulk 5000`.
async fn insert_many(store: &Database, conversation: ConversationId) {
    sqlx::query(
        "insert into messages (conversation_id, seq, id, number, sender_id, client_id, message_type, content, created_at,
                               partition, command_pos)
         select $1, 10 + n, gen_random_uuid(), n, 1, 'bulk ' || n, 0, 'x', now(), 0, 0 from generate_series(1, 5000) as n",
    )
    .bind(conversation.uuid())
    .execute(store.pool())
    .await
    .unwrap();
}
