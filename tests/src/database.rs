//! The database as an operator sees it: what was written, and what was not.

use anyhow::Result;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions as _, Connection as _};

/// One connection, which belongs to the test's own runtime.
pub struct Database(PgConnection);

/// Everything that one person's requests can have left behind: the person, accounts, conversations, places in them, messages, other events.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Trace {
    users: i64,
    accounts: i64,
    conversations: i64,
    participants: i64,
    messages: i64,
    log_events: i64,
    heads: i64,
}

impl Database {
    pub(crate) async fn connect(url: &str) -> Result<Self> {
        Ok(Self(url.parse::<PgConnectOptions>()?.connect().await?))
    }

    /// What this person has left behind; accounts are counted by the beginning of their username.
    pub async fn trace_of(&mut self, user: i64, username_prefix: &str) -> Trace {
        sqlx::query_as(
            "select (select count(*) from users where id = $1) as users,
                    (select count(*) from accounts where starts_with(username, $2)) as accounts,
                    (select count(*) from participants p where p.user_id = $1 and p.role = 0) as conversations,
                    (select count(*) from participants p where p.conversation_id in
                        (select o.conversation_id from participants o where o.user_id = $1)) as participants,
                    (select count(*) from messages m where m.sender_id = $1) as messages,
                    (select count(*) from log_events e where e.actor_id = $1) as log_events,
                    (select coalesce(sum(c.last_seq + c.message_count), 0)::bigint from conversations c
                       join participants p on p.conversation_id = c.id and p.user_id = $1) as heads",
        )
        .bind(user)
        .bind(username_prefix)
        .fetch_one(&mut self.0)
        .await
        .expect("rows can be counted")
    }

    /// How many messages a conversation has.
    pub async fn count_messages(&mut self, conversation: &str) -> i64 {
        self.count("select count(*) from messages where conversation_id = $1::uuid", conversation).await
    }

    /// How many messages have this text.
    pub async fn count_content(&mut self, content: &str) -> i64 {
        self.count("select count(*) from messages where content = $1", content).await
    }

    /// The command up to which a partition is stored.
    pub async fn stored_command(&mut self, partition: u8) -> Option<uuid::Uuid> {
        let found = sqlx::query_scalar("select stored_command from partitions where id = $1");
        found.bind(i16::from(partition)).fetch_one(&mut self.0).await.expect("every partition has a row")
    }

    /// Who holds a partition by a lease that runs.
    pub async fn owner_of(&mut self, partition: u8) -> Option<String> {
        let found =
            sqlx::query_scalar("select owner from partitions where id = $1 and lease_until > clock_timestamp()");
        found.bind(i16::from(partition)).fetch_optional(&mut self.0).await.expect("rows can be read").flatten()
    }

    /// Many groups of two people at once, past the services: each of a creation and one message of the second.
    pub async fn insert_groups(&mut self, owner: i64, other: i64, count: i32) {
        let groups = "with fresh as (
                insert into conversations (id, kind, last_seq, last_message_seq, message_count, participant_count,
                                           created_at, updated_at)
                select gen_random_uuid(), 1, 2, 2, 1, 2, now(), now() from generate_series(1, $3) returning id),
            people as (
                insert into participants (conversation_id, user_id, role, joined_seq, sent_count)
                select id, $1, 0, 1, 0 from fresh union all select id, $2, 2, 1, 1 from fresh),
            creations as (
                insert into log_events (conversation_id, seq, id, kind, actor_id, body, created_at, partition, command_pos)
                select id, 1, id, 1, $1, jsonb_build_object('conversation', jsonb_build_object('id', id)), now(), 0, 0
                  from fresh)
            insert into messages (conversation_id, seq, id, number, sender_id, message_type, content, created_at,
                                  partition, command_pos)
            select id, 2, gen_random_uuid(), 1, $2, 0, 'hello', now(), 0, 0 from fresh";
        let inserted = sqlx::query(groups).bind(owner).bind(other).bind(count).execute(&mut self.0).await;
        inserted.expect("rows can be inserted");
    }

    /// Makes the messages of these conversations as old as each other.
    pub async fn date_messages(&mut self, conversations: &[String], at: &str) {
        let dated = "update messages set created_at = $2::timestamptz where conversation_id = any ($1::uuid[])";
        let dated = sqlx::query(dated).bind(conversations).bind(at).execute(&mut self.0).await;
        assert_ne!(dated.expect("rows can be changed").rows_affected(), 0, "nothing to date");
    }

    /// Many people at once, past the services, with ids from `first` on; groups of so many of them, each with the owner.
    pub async fn insert_crowd(&mut self, owner: i64, first: i64, count: i64, group_size: i64) {
        let crowd = "with people as (
                insert into users (id, name) select x, 'Person ' || x from generate_series($2::bigint, $2 + $3 - 1) x),
            fresh as (
                insert into conversations (id, kind, last_seq, participant_count, created_at, updated_at)
                select gen_random_uuid(), 1, 1, $4 + 1, now(), now() from generate_series(1, $3 / $4) returning id),
            numbered as (select id, row_number() over () - 1 as number from fresh)
            insert into participants (conversation_id, user_id, role, joined_seq)
            select id, $1, 0, 1 from numbered
            union all select id, $2 + number * $4 + x, 2, 1 from numbered, generate_series(0, $4 - 1) x";
        let inserted =
            sqlx::query(crowd).bind(owner).bind(first).bind(count).bind(group_size).execute(&mut self.0).await;
        inserted.expect("rows can be inserted");
    }

    /// Makes the messages of a conversation so much older.
    pub async fn age_messages(&mut self, conversation: &str, minutes: i32) {
        let older =
            "update messages set created_at = created_at - make_interval(mins => $2) where conversation_id = $1::uuid";
        let aged = sqlx::query(older).bind(conversation).bind(minutes).execute(&mut self.0).await;
        assert_ne!(aged.expect("rows can be changed").rows_affected(), 0, "nothing to age");
    }

    /// Makes the use of this person's refresh tokens so much older.
    pub async fn age_refresh_tokens(&mut self, user: i64, seconds: i32) {
        let older = "update refresh_tokens t set used_at = used_at - make_interval(secs => $2) from token_families f
                      where f.id = t.family_id and f.user_id = $1 and t.used_at is not null";
        let aged = sqlx::query(older).bind(user).bind(seconds).execute(&mut self.0).await;
        assert_ne!(aged.expect("rows can be changed").rows_affected(), 0, "nothing to age");
    }

    /// Makes somebody what no token can make anybody: 2 is an admin.
    pub async fn set_role(&mut self, user: i64, role: i16) {
        let changed = sqlx::query("update users set role = $2 where id = $1").bind(user).bind(role);
        assert_eq!(changed.execute(&mut self.0).await.expect("rows can be changed").rows_affected(), 1);
    }

    /// When somebody was last here.
    pub async fn last_seen_of(&mut self, user: i64) -> Option<chrono::DateTime<chrono::Utc>> {
        let found = sqlx::query_scalar("select last_seen from users where id = $1").bind(user);
        found.fetch_one(&mut self.0).await.expect("the person is known")
    }

    /// Takes somebody out of a conversation, as of its head.
    pub async fn remove_participant(&mut self, conversation: &str, user: i64) {
        let removal = "update participants p set left_seq = c.last_seq from conversations c
                        where c.id = p.conversation_id and c.id = $1::uuid and p.user_id = $2";
        let removed = sqlx::query(removal).bind(conversation).bind(user).execute(&mut self.0).await;
        assert_eq!(removed.expect("rows can be changed").rows_affected(), 1, "nobody to remove");
    }

    /// How many finished attachments this person has.
    pub async fn count_attachments(&mut self, user: i64) -> i64 {
        let count = "select count(*) from attachments where uploader_id = $1 and state = 1";
        sqlx::query_scalar(count).bind(user).fetch_one(&mut self.0).await.expect("rows can be counted")
    }

    /// The ids of all attachments of this person, in whatever state.
    pub async fn attachments_of(&mut self, user: i64) -> Vec<String> {
        let ids = sqlx::query_scalar("select id::text from attachments where uploader_id = $1").bind(user);
        ids.fetch_all(&mut self.0).await.expect("rows can be read")
    }

    /// Whether there is a row of this attachment, in whatever state.
    pub async fn has_attachment(&mut self, attachment: &str) -> bool {
        self.count("select count(*) from attachments where id = $1::uuid", attachment).await == 1
    }

    /// Makes an attachment so much older, for whoever collects it.
    pub async fn age_attachment(&mut self, attachment: &str, hours: i32) {
        let older =
            "update attachments set collect_after = collect_after - make_interval(hours => $2) where id = $1::uuid";
        let aged = sqlx::query(older).bind(attachment).bind(hours).execute(&mut self.0).await;
        assert_eq!(aged.expect("rows can be changed").rows_affected(), 1, "nothing to age");
    }

    async fn count(&mut self, statement: &'static str, value: &str) -> i64 {
        sqlx::query_scalar(statement).bind(value).fetch_one(&mut self.0).await.expect("rows can be counted")
    }

    /// Moves a webhook without asking whether it may go there.
    pub async fn set_webhook_url(&mut self, id: &str, url: &str) {
        let moved = sqlx::query("update webhook_endpoints set url = $2 where id = $1::uuid").bind(id).bind(url);
        assert_eq!(moved.execute(&mut self.0).await.expect("the endpoint is moved").rows_affected(), 1);
    }

    /// In which tables a word stands, in whatever column, as text or in bytes.
    pub async fn tables_with(&mut self, word: &str) -> Vec<String> {
        let tables = "select quote_ident(table_schema) || '.' || quote_ident(table_name) from information_schema.tables
                       where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema') order by 1";
        let tables: Vec<String> =
            sqlx::query_scalar(tables).fetch_all(&mut self.0).await.expect("tables can be listed");
        let mut found = Vec::new();
        for table in tables {
            let search = format!("select exists (select from {table} x where x::text like any ($1))");
            let patterns = [format!("%{word}%"), format!("%{}%", crate::files::hex(word.as_bytes()))];
            let search = sqlx::query_scalar(sqlx::AssertSqlSafe(search)).bind(&patterns[..]);
            if search.fetch_one(&mut self.0).await.expect("tables can be searched") {
                found.push(table.trim_start_matches("public.").to_owned());
            }
        }
        found
    }

    /// Runs what a test needs and nobody else.
    pub async fn run(&mut self, statement: &str) {
        let run = sqlx::raw_sql(sqlx::AssertSqlSafe(statement.to_owned())).execute(&mut self.0).await;
        run.expect("the statement is good");
    }

    /// Closes the connection.
    pub async fn close(self) {
        // The server notices by itself.
        let _ = self.0.close().await;
    }
}

impl crate::App {
    /// A database of the test's own beside the stack's, with the schema and nothing in it.
    pub async fn fresh_store(&self) -> chat_store::Database {
        let name = format!("store_{}", uuid::Uuid::now_v7().simple());
        let mut database = self.database().await;
        sqlx::query(sqlx::AssertSqlSafe(format!("create database {name}")))
            .execute(&mut database.0)
            .await
            .expect("a database can be made");
        database.close().await;
        let (server, _) = self.database_url().rsplit_once('/').expect("the URL names a database");
        let store = chat_store::Database::new(&format!("{server}/{name}"), 3).expect("the URL is good");
        chat_store::migrate(&store).await.expect("the schema can be made");
        store
    }
}
