//! Reading the messages of all conversations of a person as one list, newest first: each conversation's own order, merged by
//! time. At most a page's worth of conversations is read from, those whose newest fitting messages are the newest.

use chat_protocol::ids::{ConversationId, Seq, UserId};
use chat_protocol::message::{Message, MessageType};
use chrono::{DateTime, Utc};
use sqlx::postgres::PgPool;

use crate::StoreError;
use crate::messages::{MessageRow, message_columns};

/// Which messages are wanted; everything that is none does not matter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of this conversation.
    pub conversation: Option<ConversationId>,
    /// Of this person.
    pub sender: Option<UserId>,
    /// Of this type.
    pub message_type: Option<MessageType>,
    /// Stored then or later.
    pub since: Option<DateTime<Utc>>,
    /// Stored before.
    pub until: Option<DateTime<Utc>>,
}

/// A message's place in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// When it was stored.
    pub created_at: DateTime<Utc>,
    /// Where; decides between equals.
    pub conversation: ConversationId,
    /// Its position there.
    pub seq: Seq,
}

/// Which part of the list is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// Newest first, from the top or after a place.
    Older(Option<Place>),
    /// What comes before a place, nearest to it first.
    Newer(Place),
}

/// The list. The limits of 1 hold Postgres to looking each conversation up. `$type` is how types are compared, the rest how positions are bounded by the cursor, and in which direction.
macro_rules! merged {
    ($type:literal, $below:literal, $above:literal, $direction:literal) => {
        concat!(
            "with mine as materialized (
                select c.id, c.last_message_seq as last_seq, c.created_at, c.updated_at,
                       $8::timestamptz + case when c.id < $9 then interval '1 microsecond' else interval '0' end as edge
                  from participants p cross join lateral (
                       select * from conversations c where c.id = p.conversation_id and c.deleted_at is null limit 1) c
                 where p.user_id = $1 and p.left_seq is null and c.last_message_seq is not null
                   and ($2::uuid is null or c.id = $2)
                   and ($3::bigint is null or exists (select 1 from participants s
                        where s.conversation_id = c.id and s.user_id = $3 and s.sent_count > 0))
            ), bounded as materialized (
                select c.id, ",
            $below,
            " as until_seq, ",
            $above,
            " as after_seq from mine c
            ), chosen as materialized (
                select b.*, m.created_at from bounded b cross join lateral (
                    select m.created_at from messages m
                     where m.conversation_id = b.id and m.seq <= b.until_seq and m.seq > b.after_seq and ",
            $type,
            " and ($3::bigint is null or m.sender_id = $3)
                     order by m.seq ",
            $direction,
            " limit 1) m
                 order by m.created_at ",
            $direction,
            ", b.id ",
            $direction,
            " limit $7
            ) select ",
            message_columns!("$1"),
            " from chosen b cross join lateral (
                    select m.* from messages m
                     where m.conversation_id = b.id and m.seq <= b.until_seq and m.seq > b.after_seq and ",
            $type,
            " and ($3::bigint is null or m.sender_id = $3)
                     order by m.seq ",
            $direction,
            " limit $7) m left join users u on u.id = m.sender_id
                 order by m.created_at ",
            $direction,
            ", m.conversation_id ",
            $direction,
            ", m.seq ",
            $direction,
            " limit $7"
        )
    };
}

/// The list in both directions. Towards the end the cursor is the upper bound, else the lower one.
macro_rules! merged_both_ways {
    ($type:literal) => {
        (
            merged!(
                $type,
                "least(c.last_seq,
                       case when $6::timestamptz is not null then message_seq_before(c.id, $6, c.created_at, c.updated_at, c.last_seq) end,
                       case when c.id = $9 then $10 - 1
                            when c.edge is not null then message_seq_before(c.id, c.edge, c.created_at, c.updated_at, c.last_seq) end)",
                "case when $5::timestamptz is null then 0 else message_seq_before(c.id, $5, c.created_at, c.updated_at, c.last_seq) end",
                "desc"
            ),
            merged!(
                $type,
                "least(c.last_seq,
                       case when $6::timestamptz is not null then message_seq_before(c.id, $6, c.created_at, c.updated_at, c.last_seq) end)",
                "greatest(case when c.id = $9 then $10 else message_seq_before(c.id, c.edge, c.created_at, c.updated_at, c.last_seq) end,
                          case when $5::timestamptz is not null
                               then message_seq_before(c.id, $5, c.created_at, c.updated_at, c.last_seq) end)",
                "asc"
            ),
        )
    };
}

const OF_ANY_TYPE: (&str, &str) = merged_both_ways!("($4::smallint is null or m.message_type = $4)");
/// What is no text has an index of its own.
const OF_RARE_TYPE: (&str, &str) = merged_both_ways!("m.message_type = $4 and m.message_type <> 0");

/// Up to `limit` messages; for [`Window::Newer`] in the list's order all the same. A conversation that is named and not the
/// reader's has none.
pub async fn list(
    pool: &PgPool,
    reader: UserId,
    filter: &Filter,
    window: Window,
    limit: u32,
) -> Result<Vec<Message>, StoreError> {
    let is_rare = filter.message_type.is_some_and(|wanted| wanted != MessageType::Text);
    let (older, newer) = if is_rare { OF_RARE_TYPE } else { OF_ANY_TYPE };
    let (statement, place) = match window {
        Window::Older(place) => (older, place),
        Window::Newer(place) => (newer, Some(place)),
    };
    let rows: Vec<MessageRow> = sqlx::query_as(statement)
        .bind(reader.get())
        .bind(filter.conversation.map(ConversationId::uuid))
        .bind(filter.sender.map(UserId::get))
        .bind(filter.message_type.map(MessageType::number))
        .bind(filter.since)
        .bind(filter.until)
        .bind(i64::from(limit))
        .bind(place.map(|place| place.created_at))
        .bind(place.map(|place| place.conversation.uuid()))
        .bind(place.map(|place| place.seq.0))
        .fetch_all(pool)
        .await?;
    let mut messages = rows.into_iter().map(TryInto::try_into).collect::<Result<Vec<Message>, _>>()?;
    if matches!(window, Window::Newer(_)) {
        messages.reverse();
    }
    Ok(messages)
}
