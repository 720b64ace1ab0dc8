//! How Postgres carries the hot statements out: by index, also with plans that were made while the tables were empty.

use chat_e2e::App;
use chat_protocol::ids::{CommandId, ConversationId, Seq};
use chat_protocol::rest::PlatformRole;
use chat_store::apply::Verdict;
use chat_store::messages::{END, Window};
use chat_store::{Database, messages, users};

use crate::store::{Owner, message, user};

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
