//! Lists of somebody in 5,000 of many conversations read what they show and one row a conversation, and no history.

use std::collections::BTreeMap;

use chat_e2e::App;
use chat_protocol::ids::{ConversationId, Seq};
use chat_protocol::message::{Message, MessageType};
use chat_store::Database;
use chat_store::all_messages::{self, Filter, Place, Window};
use chat_store::conversations::{self, ListFilter, ListPosition, ListWindow};
use chat_store::{log, messages as log_messages};
use sqlx::PgPool;

use crate::store::user;

/// The conversations of user 2, each with forty messages. Five times as many are not.
const COUNT: i64 = 5000;
/// Beyond the fifth time Postgres may choose a plan for all parameters.
const TIMES: i64 = 6;

/// What was read of each table: entries of its indexes, and rows of sequential scans.
async fn work(pool: &PgPool) -> BTreeMap<String, i64> {
    sqlx::query("select pg_stat_force_next_flush()").execute(pool).await.unwrap();
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "select t.relname::text, (t.seq_tup_read + sum(i.idx_tup_read))::bigint
           from pg_stat_user_tables t join pg_stat_user_indexes i on i.relid = t.relid
          where t.relname in ('messages', 'conversations', 'participants') group by t.relname, t.seq_tup_read",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    rows.into_iter().collect()
}

/// The most that one reading of a list may read: messages, conversations, participants.
struct Most(i64, i64, i64);

impl Most {
    async fn holds_for<T>(self, pool: &PgPool, what: &str, mut read: impl AsyncFnMut() -> Vec<T>) -> Vec<T> {
        let then = work(pool).await;
        let mut rows = Vec::new();
        for _ in 0..TIMES {
            rows = read().await;
        }
        let now = work(pool).await;
        for (table, most) in [("messages", self.0), ("conversations", self.1), ("participants", self.2)] {
            let read = (now[table] - then[table]) / TIMES;
            // A twentieth more for entries of rows that have moved, and of the next after the last.
            assert!(read <= most * 21 / 20 + 1, "{what}: {read} of {table}, at most {most}");
        }
        rows
    }
}

/// Said in turns: the first message of all conversations is older than the second of any.
async fn store_with_much() -> Database {
    let store = App::shared().await.fresh_store().await;
    let mut connection = store.pool().acquire().await.unwrap();
    sqlx::raw_sql("set statement_timeout = '2min'").execute(&mut *connection).await.unwrap();
    sqlx::raw_sql(
        "insert into users (id, name) select n, 'Person ' || n from generate_series(1, 3) as n;
         insert into conversations (id, kind, last_seq, last_message_seq, message_count, participant_count, created_at, updated_at)
         select gen_random_uuid(), 1, 41, 41, 40, 2, '2026-01-01', timestamptz '2026-01-01' + 40 * interval '1 h' + n * interval '1 s'
           from generate_series(1, 30000) as n;
         create temporary table mine as select id, ord from (
             select id, row_number() over (order by updated_at) as ord from conversations) c where ord % 6 = 0;
         insert into participants (conversation_id, user_id, role, joined_seq, sent_count)
         select c.id, x, x - 1, 1, 40 * (x % 2) from conversations c, generate_series(1, 3) as x
          where x <> case when exists (select 1 from mine where mine.id = c.id) then 3 else 2 end;
         insert into messages (conversation_id, seq, id, number, sender_id, message_type, content, created_at, partition, command_pos)
         select m.id, 1 + n, gen_random_uuid(), n, 1, case when n = 7 and m.ord % 600 = 0 then 1 else 0 end, 'x',
                timestamptz '2026-01-01' + n * interval '1 h' + m.ord * interval '100 ms', 0, 0
           from mine m, generate_series(1, 40) as n;
         analyze",
    )
    .execute(&mut *connection)
    .await
    .unwrap();
    drop(connection);
    store
}

/// Leaves one connection at hand, so that its statistics can be had at once.
async fn hold_others(pool: &PgPool) -> [sqlx::pool::PoolConnection<sqlx::Postgres>; 2] {
    [pool.acquire().await.unwrap(), pool.acquire().await.unwrap()]
}

fn place(message: &Message) -> Place {
    let created_at = message.created_at.datetime();
    Place { created_at, conversation: message.conversation_id, seq: message.seq }
}

#[tokio::test]
async fn all_messages_of_somebody_in_thousands_of_conversations() {
    let store = store_with_much().await;
    let pool = store.pool();
    let others = hold_others(pool).await;
    let list = async |filter: Filter, window: Window| {
        let rows = all_messages::list(pool, user(2), &filter, window, 51).await.unwrap();
        assert!(rows.is_sorted_by_key(|row| std::cmp::Reverse(place(row).created_at)));
        rows
    };
    let any = Filter::default();
    // One message a conversation, and a page of each of those chosen.
    let page = 51 * 41;
    let top = Most(COUNT + page, COUNT, COUNT)
        .holds_for(pool, "the top", async || list(any, Window::Older(None)).await)
        .await;
    assert_eq!(top.len(), 51);
    let after = place(top.last().unwrap());
    // A few more of each conversation in which something was said since, a handful of forty.
    let deep = Filter { until: Some(after.created_at - chrono::TimeDelta::hours(20)), ..any };
    let middle = Most(8 * COUNT + page, COUNT, COUNT)
        .holds_for(pool, "the middle", async || list(deep, Window::Older(None)).await)
        .await;
    let from = place(middle.last().unwrap());
    let next = Most(8 * COUNT + page, COUNT, COUNT)
        .holds_for(pool, "after the middle", async || list(any, Window::Older(Some(from))).await)
        .await;
    let back = Most(8 * COUNT + page, COUNT, COUNT)
        .holds_for(pool, "before that", async || list(any, Window::Newer(place(&next[0]))).await)
        .await;
    assert_eq!(back.iter().map(|row| row.id).collect::<Vec<_>>(), middle.iter().map(|row| row.id).collect::<Vec<_>>());
    let pictures = Filter { message_type: Some(MessageType::Image), ..any };
    let found = Most(2 * page, COUNT, COUNT)
        .holds_for(pool, "pictures", async || list(pictures, Window::Older(None)).await)
        .await;
    assert_eq!(found.len(), 50, "every hundredth conversation of the reader has one");
    let one = Filter { conversation: Some(top[0].conversation_id), ..any };
    let rows = Most(page, COUNT, COUNT)
        .holds_for(pool, "one conversation", async || list(one, Window::Older(Some(after))).await)
        .await;
    assert!((39..=40).contains(&rows.len()), "{}", rows.len());
    drop(others);
}

#[tokio::test]
async fn conversations_of_somebody_in_thousands() {
    let store = store_with_much().await;
    let pool = store.pool();
    let others = hold_others(pool).await;
    let mut window = ListWindow::Older(None);
    for what in ["the first page", "the second page"] {
        let rows = Most(51, COUNT, COUNT + 51 * 2)
            .holds_for(pool, what, async || {
                conversations::list(pool, user(2), &ListFilter::default(), window, 51).await.unwrap()
            })
            .await;
        assert_eq!(rows.len(), 51, "{what}");
        let last = rows.last().unwrap();
        window = ListWindow::Older(Some(ListPosition { updated_at: last.updated_at.datetime(), id: last.id }));
    }
    drop(others);
}

#[tokio::test]
async fn resume_among_thousands_of_people_reads_its_messages_and_their_senders() {
    let store = App::shared().await.fresh_store().await;
    let pool = store.pool();
    let id = ConversationId::generate();
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!(
        "insert into users (id, name) select n, 'Person ' || n from generate_series(1, 5000) as n;
         insert into conversations (id, kind, last_seq, last_message_seq, message_count, participant_count, created_at, updated_at)
         select case when n = 0 then '{id}'::uuid else gen_random_uuid() end, 1, 1000, 1000, 1000, 2, now(), now()
           from generate_series(0, 5000) as n;
         insert into participants (conversation_id, user_id, role, joined_seq)
         select c.id, x, 2, 1 from conversations c, generate_series(1, 2) as x where c.id <> '{id}';
         insert into participants (conversation_id, user_id, role, joined_seq) select '{id}', n, 2, 1 from generate_series(1, 5000) as n;
         insert into messages (conversation_id, seq, id, number, sender_id, message_type, content, created_at, partition, command_pos)
         select '{id}', n, gen_random_uuid(), n, 1 + n % 5000, 0, 'x', now(), 0, -n from generate_series(1, 1000) as n;
         analyze"
    )))
    .execute(pool)
    .await
    .unwrap();
    let others = hold_others(pool).await;
    let read = async || {
        log::stretch(pool, id, Some(user(2)), log_messages::Window::After(Seq(950)), 500).await.unwrap().unwrap().events
    };
    let events = Most(50, 1, 51).holds_for(pool, "a resume", read).await;
    assert_eq!(events.len(), 50);
    drop(others);
}
