//! The statements of a search. Each checks for itself who takes part in what.

use chat_protocol::ids::{ConversationId, UserId};
use chat_protocol::message::Message;
use chrono::{DateTime, Utc};
use sqlx::FromRow;
use sqlx::postgres::PgPool;
use uuid::Uuid;

use super::Search;
use super::hits::{Candidate, Hit};
use crate::StoreError;
use crate::messages::{MessageRow, message_columns};

/// From where to where, in microseconds since 1970: from the first on, before the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) since: i64,
    pub(super) until: i64,
}

/// In which direction time is gone through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    /// Newest first.
    Back,
    /// Oldest first.
    Forth,
}

/// `$7` is the tokens that are asked for, `$8` those of which only the beginning is told: of a block only these are taken along, which
/// weights help to tell from the others. Tokens are in order, so those with one beginning are neighbours (and perhaps the one before).
macro_rules! candidates {
    ($edge:literal, $direction:literal) => {
        concat!(
            "with asked as materialized (
                select $3::text::tsquery as query
            ), mine as materialized (
                select p.conversation_id from participants p
                  join conversations c on c.id = p.conversation_id and c.deleted_at is null
                 where p.user_id = $1 and p.left_seq is null and ($2::uuid is null or p.conversation_id = $2)
            ), found as materialized (
                select b.* from mine m cross join asked a cross join lateral (
                    select b.conversation_id, b.first_seq, b.",
            $edge,
            " as edge from search_blocks b
                     where b.conversation_id = m.conversation_id and b.last_at >= $4 and b.first_at < $5
                       and b.tokens @@ a.query
                     order by b.first_seq ",
            $direction,
            " limit $6) b
                 order by b.edge ",
            $direction,
            ", b.conversation_id, b.first_seq limit $6
            ) select b.conversation_id, b.first_seq, b.first_at, b.last_at, b.micros,
                     ts_filter(setweight(b.tokens, 'A', $7::text[] || t.begun), '{a}')::text as tokens
                from found f cross join lateral (
                    select b.* from search_blocks b
                     where b.conversation_id = f.conversation_id and b.first_seq = f.first_seq limit 1) b
               cross join lateral (
                    select case when cardinality($8::text[]) > 0 then tsvector_to_array(b.tokens) end as all_tokens offset 0) a
               cross join lateral (
                    select array(
                        select unnest(a.all_tokens[width_bucket(x collate \"C\", a.all_tokens)
                                                   :width_bucket((x || U&'\\+10FFFF') collate \"C\", a.all_tokens)])
                          from unnest($8) as x) as begun) t
               order by f.edge ",
            $direction,
            ", b.conversation_id, b.first_seq"
        )
    };
}

/// Up to `limit` blocks with messages that may be hits, by their edge on the side from which time is gone through.
pub(super) async fn candidates(
    pool: &PgPool,
    search: &Search<'_>,
    span: Span,
    direction: Direction,
    limit: i64,
) -> Result<Vec<Candidate>, StoreError> {
    let statement = match direction {
        Direction::Back => candidates!("last_at", "desc"),
        Direction::Forth => candidates!("first_at", "asc"),
    };
    let (begun, told): (Vec<_>, Vec<_>) = search.query.parts().partition(|part| part.is_prefix);
    let also = search.filter_tokens();
    let told = told.iter().map(|part| part.text.as_str()).chain(also.iter().map(String::as_str));
    let rows = sqlx::query_as(statement)
        .bind(search.reader.get())
        .bind(search.filter.conversation.map(ConversationId::uuid))
        .bind(search.query.to_tsquery(&also))
        .bind(time(span.since))
        .bind(time(span.until))
        .bind(limit)
        .bind(told.collect::<Vec<_>>())
        .bind(begun.iter().map(|part| part.text.as_str()).collect::<Vec<_>>())
        .fetch_all(pool)
        .await?;
    Ok(rows)
}

fn time(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// What is compared of a message.
#[derive(Debug, FromRow)]
pub(super) struct Said {
    pub(super) id: Uuid,
    pub(super) conversation_id: Uuid,
    pub(super) seq: i64,
    pub(super) content: String,
    pub(super) created_at: DateTime<Utc>,
}

/// Messages by their places, if they are still there and the reader's to see: columns, and what follows them.
macro_rules! seen {
    ($columns:expr, $rest:literal) => {
        concat!(
            "select ",
            $columns,
            " from unnest($2::uuid[], $3::bigint[]) as h (conversation_id, seq)
              join participants p on p.conversation_id = h.conversation_id and p.user_id = $1 and p.left_seq is null
              join conversations c on c.id = h.conversation_id and c.deleted_at is null
              join messages m on m.conversation_id = h.conversation_id and m.seq = h.seq and m.deleted_at is null ",
            $rest
        )
    };
}

/// What these messages say.
pub(super) async fn said(pool: &PgPool, reader: UserId, hits: &[Hit]) -> Result<Vec<Said>, StoreError> {
    let said = sqlx::query_as(seen!("m.id, m.conversation_id, m.seq, m.content, m.created_at", ""))
        .bind(reader.get())
        .bind(hits.iter().map(|hit| hit.conversation).collect::<Vec<_>>())
        .bind(hits.iter().map(|hit| hit.seq).collect::<Vec<_>>())
        .fetch_all(pool)
        .await?;
    Ok(said)
}

/// These messages.
pub(super) async fn messages(
    pool: &PgPool,
    reader: UserId,
    conversations: Vec<Uuid>,
    seqs: Vec<i64>,
) -> Result<Vec<Message>, StoreError> {
    let rows: Vec<MessageRow> =
        sqlx::query_as(seen!(message_columns!("$1"), "left join users u on u.id = m.sender_id"))
            .bind(reader.get())
            .bind(conversations)
            .bind(seqs)
            .fetch_all(pool)
            .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}
