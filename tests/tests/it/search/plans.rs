//! What a search reads of the database: blocks of one's own conversations by their key, also with plans that were made while there
//! was nothing.

use chat_protocol::rest::PlatformRole;
use chat_store::all_messages::Filter;
use chat_store::search::filling::{Limits, look_again};
use chat_store::search::{self, Query, Search, Stretch};
use chat_store::users;

use super::fill;
use crate::store::{Owner, user};
use chat_e2e::App;

/// How often `search_blocks` and `messages` were read by the whole, and how many entries of their indexes were read.
async fn work(pool: &sqlx::PgPool) -> (i64, i64, i64) {
    let read = sqlx::query_as(
        "select sum(t.seq_scan)::bigint,
                (select sum(i.idx_tup_read)::bigint from pg_stat_user_indexes i where i.relname = 'search_blocks'),
                (select sum(i.idx_tup_read)::bigint from pg_stat_user_indexes i where i.relname = 'messages')
           from pg_stat_user_tables t where t.relname in ('search_blocks', 'messages')",
    );
    read.fetch_one(pool).await.unwrap()
}

#[tokio::test]
async fn search_reads_the_blocks_of_ones_own_conversations_alone() {
    // Beyond the fifth time Postgres may choose a plan for all parameters.
    const TIMES: i64 = 8;
    let store = App::shared().await.fresh_store().await;
    let people: Vec<_> = (1..=3).map(|id| (user(id), format!("Person {id}"), PlatformRole::Client)).collect();
    users::insert_many(store.pool(), &people).await.unwrap();
    let mut owner = Owner::of(store).await;
    let store = owner.store.clone();
    let mine = owner.group(&[1, 2]).await;
    owner.tell(mine, 2, "a word of mine").await;
    fill(&store, Limits::default()).await;
    let (query, filter) = (Query::parse("word").unwrap(), Filter::default());
    let search = Search { reader: user(1), query: &query, filter: &filter };
    let find = async || search::find(store.pool(), &search, Stretch::Older(None), 50).await.unwrap().found.len();
    // Plans are made while there is nothing; one connection, so that its statistics can be had at once.
    let others = [store.pool().acquire().await.unwrap(), store.pool().acquire().await.unwrap()];
    assert_eq!(find().await, 1);
    drop(others);
    // Three hundred conversations of others, behind the planner's back.
    sqlx::raw_sql(
        "insert into conversations (id, kind, last_seq, last_message_seq, message_count, participant_count, created_at, updated_at)
         select gen_random_uuid(), 1, 41, 41, 40, 2, now(), now() from generate_series(1, 300);
         insert into participants (conversation_id, user_id, role, joined_seq)
         select c.id, x, x - 2, 1 from conversations c, generate_series(2, 3) as x where c.last_seq = 41;
         insert into messages (conversation_id, seq, id, number, sender_id, message_type, content, created_at, partition, command_pos)
         select c.id, 1 + n, gen_random_uuid(), n, 2, 0, 'a word of others', now(), 7, n from conversations c, generate_series(1, 40) as n
          where c.last_seq = 41",
    )
    .execute(store.pool())
    .await
    .unwrap();
    look_again(store.pool()).await.unwrap();
    fill(&store, Limits { partitions: 64, touched: 4096, messages: 65_536 }).await;
    let blocks: i64 = sqlx::query_scalar("select count(*) from search_blocks").fetch_one(store.pool()).await.unwrap();
    assert_eq!(blocks, 1 + 300 * 6);

    let others = [store.pool().acquire().await.unwrap(), store.pool().acquire().await.unwrap()];
    sqlx::query("select pg_stat_force_next_flush()").execute(store.pool()).await.unwrap();
    let (whole_before, blocks_before, messages_before) = work(store.pool()).await;
    for _ in 0..TIMES {
        assert_eq!(find().await, 1);
    }
    sqlx::query("select pg_stat_force_next_flush()").execute(store.pool()).await.unwrap();
    let (whole, blocks, messages) = work(store.pool()).await;
    assert_eq!(whole, whole_before, "nothing is read by the whole");
    let read = (blocks - blocks_before, messages - messages_before);
    assert!((1..=TIMES * 3).contains(&read.0) && (1..=TIMES * 2).contains(&read.1), "{read:?}");
    drop(others);
}
