//! Millions of messages with COPY, as they follow each other in time. Indexes are made once all are there: that is several times faster.

use chat_protocol::ids::{ConversationId, UserId};
use chat_protocol::partition::Partition;
use chrono::{DateTime, Utc};
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use crate::StoreError;

/// Between what Postgres and what everybody else counts from, in microseconds: 2000-01-01.
const POSTGRES_EPOCH_MICROS: i64 = 946_684_800_000_000;
/// How a binary COPY begins and ends.
const HEAD: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
const TAIL: [u8; 2] = (-1_i16).to_be_bytes();
/// The columns of a row.
const COLUMNS: i16 = 11;

/// A message among very many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastMessage {
    /// Where.
    pub conversation: ConversationId,
    /// Which one there, from 1 on: they follow the conversation's creation.
    pub number: i64,
    /// Its id.
    pub id: Uuid,
    /// Who says it.
    pub sender: UserId,
    /// What the sender calls it.
    pub client_id: String,
    /// What.
    pub content: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Its place among all that are made, below 0: before everything on the stream of commands, so nobody publishes it.
    pub command_pos: i64,
}

/// Where the history of a conversation has come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastHead {
    /// Which.
    pub conversation: ConversationId,
    /// How many messages were said.
    pub messages: i64,
    /// When the newest was.
    pub updated_at: DateTime<Utc>,
}

/// Where a participant has come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastReader {
    /// Where.
    pub conversation: ConversationId,
    /// Who.
    pub user: UserId,
    /// How many messages are theirs.
    pub sent_count: i64,
    /// Everything up to and with this position is read.
    pub read_seq: i64,
    /// How many messages of others that is.
    pub read_count: i64,
}

/// Rows of a COPY, encoded.
#[derive(Debug)]
pub struct PastRows(Vec<u8>);

impl Default for PastRows {
    fn default() -> Self {
        Self(HEAD.to_vec())
    }
}

impl PastRows {
    /// Adds a message.
    pub fn push(&mut self, message: &PastMessage) {
        let partition = i16::from(Partition::of_conversation(message.conversation).get());
        self.0.extend_from_slice(&COLUMNS.to_be_bytes());
        self.field(message.conversation.uuid().as_bytes());
        self.field(&(message.number + 1).to_be_bytes());
        self.field(message.id.as_bytes());
        self.field(&message.number.to_be_bytes());
        self.field(&message.sender.get().to_be_bytes());
        self.field(message.client_id.as_bytes());
        self.field(&0_i16.to_be_bytes());
        self.field(message.content.as_bytes());
        self.field(&(message.created_at.timestamp_micros() - POSTGRES_EPOCH_MICROS).to_be_bytes());
        self.field(&partition.to_be_bytes());
        self.field(&message.command_pos.to_be_bytes());
    }

    fn field(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(&i32::try_from(bytes.len()).unwrap_or(i32::MAX).to_be_bytes());
        self.0.extend_from_slice(bytes);
    }
}

/// How many messages of a history there are, and how many of them are counted in its heads; none before [`begin`].
pub async fn stored(connection: &mut PgConnection) -> Result<Option<(i64, i64)>, StoreError> {
    sqlx::raw_sql(
        "set statement_timeout = 0; set idle_in_transaction_session_timeout = 0; set maintenance_work_mem = '1GB';
         create table if not exists seeded_history (
            messages bigint not null default 0, closed bigint not null default 0, indexes text[] not null default '{}')",
    )
    .execute(&mut *connection)
    .await?;
    Ok(sqlx::query_as("select messages, closed from seeded_history limit 1").fetch_optional(connection).await?)
}

/// Says that the history's people and conversations are there.
pub async fn begin(connection: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::raw_sql("insert into seeded_history default values").execute(connection).await?;
    Ok(())
}

/// Puts the indexes of messages away, until [`restore_indexes`]. Nothing else may be written or read meanwhile.
pub async fn put_indexes_away(connection: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::raw_sql(
        "do $$ declare d record; begin
            alter table messages drop constraint if exists messages_pkey;
            for d in select indexname, indexdef from pg_indexes where schemaname = 'public' and tablename = 'messages' loop
                update seeded_history set indexes = indexes || d.indexdef;
                execute format('drop index %I', d.indexname);
            end loop;
         end $$",
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Makes one of the indexes that were put away; false when all are there.
pub async fn restore_index(connection: &mut PgConnection) -> Result<bool, StoreError> {
    sqlx::raw_sql(
        "do $$ declare d text; begin
            if not exists (select from pg_constraint where conname = 'messages_pkey') then
                alter table messages add primary key (conversation_id, seq);
                return;
            end if;
            select s.indexes[1] into d from seeded_history s;
            if d is not null then
                execute d;
                update seeded_history set indexes = indexes[2:];
            end if;
         end $$",
    )
    .execute(&mut *connection)
    .await?;
    Ok(sqlx::query_scalar("select cardinality(indexes) > 0 from seeded_history").fetch_one(connection).await?)
}

/// Stores the next `count` messages of the history, all or none.
pub async fn append(connection: &mut PgConnection, rows: PastRows, count: i64) -> Result<(), StoreError> {
    use sqlx::Connection as _;
    let mut transaction = connection.begin().await?;
    let mut copy = transaction
        .copy_in_raw(
            "copy messages (conversation_id, seq, id, number, sender_id, client_id, message_type, content, created_at,
                            partition, command_pos) from stdin (format binary)",
        )
        .await?;
    let mut bytes = rows.0;
    bytes.extend_from_slice(&TAIL);
    copy.send(bytes).await?;
    copy.finish().await?;
    sqlx::query("update seeded_history set messages = messages + $1").bind(count).execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(())
}

/// Says where conversations and their participants have come to, all or none.
pub async fn close_history(
    connection: &mut PgConnection,
    heads: &[PastHead],
    readers: &[PastReader],
) -> Result<(), StoreError> {
    use sqlx::Connection as _;
    let mut transaction = connection.begin().await?;
    sqlx::query(
        "update conversations c set last_seq = x.messages + 1, message_count = x.messages, updated_at = x.updated_at,
                                    last_message_seq = nullif(x.messages, 0) + 1, created_at = least(c.created_at, x.updated_at)
           from unnest($1::uuid[], $2::bigint[], $3::timestamptz[]) as x (id, messages, updated_at) where c.id = x.id",
    )
    .bind(heads.iter().map(|head| head.conversation.uuid()).collect::<Vec<_>>())
    .bind(heads.iter().map(|head| head.messages).collect::<Vec<_>>())
    .bind(heads.iter().map(|head| head.updated_at).collect::<Vec<_>>())
    .execute(&mut *transaction)
    .await?;
    sqlx::query(
        "update participants p set sent_count = x.sent_count, read_seq = x.read_seq, read_count = x.read_count
           from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
                as x (conversation_id, user_id, sent_count, read_seq, read_count)
          where p.conversation_id = x.conversation_id and p.user_id = x.user_id",
    )
    .bind(readers.iter().map(|reader| reader.conversation.uuid()).collect::<Vec<_>>())
    .bind(readers.iter().map(|reader| reader.user.get()).collect::<Vec<_>>())
    .bind(readers.iter().map(|reader| reader.sent_count).collect::<Vec<_>>())
    .bind(readers.iter().map(|reader| reader.read_seq).collect::<Vec<_>>())
    .bind(readers.iter().map(|reader| reader.read_count).collect::<Vec<_>>())
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(())
}

/// Says that all heads are those of what is stored, and brings statistics and visibility up to date, as autovacuum would in time.
pub async fn settle(connection: &mut PgConnection) -> Result<(), StoreError> {
    for table in
        ["vacuum analyze messages", "vacuum analyze conversations", "vacuum analyze participants", "checkpoint"]
    {
        sqlx::raw_sql(table).execute(&mut *connection).await?;
    }
    sqlx::raw_sql("update seeded_history set closed = messages").execute(connection).await?;
    Ok(())
}
