//! Reading who takes part in a conversation, the longest-serving first. Membership is checked in the statement that reads.

use chat_protocol::ids::{ConversationId, Seq, UserId};
use chat_protocol::rest::{ConversationKind, ConversationRole, Participant};
use sqlx::FromRow;
use sqlx::postgres::PgPool;
use sqlx::types::Json;

use crate::StoreError;
use crate::conversations::ParticipantRow;

/// The most people of any conversation, whatever the operator allows.
pub const EVERYBODY: u32 = 10_000;

/// A participant's place in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Since when: the position of the entry.
    pub joined_seq: Seq,
    /// Decides between those who came at once.
    pub role: ConversationRole,
    /// Decides between equals.
    pub user_id: UserId,
}

/// Which part of the list is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// The longest-serving first, from the top or after a place.
    After(Option<Place>),
    /// What comes before a place, nearest to it first.
    Before(Place),
}

/// Some participants of a conversation, and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roll {
    /// What the conversation is.
    pub kind: ConversationKind,
    /// How many take part in all.
    pub participant_count: i64,
    /// In the list's order.
    pub entries: Vec<Entry>,
}

/// One participant and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its place in the list.
    pub place: Place,
    /// As the conversation's row shows it; presence is filled in by the caller.
    pub participant: Participant,
}

#[derive(FromRow)]
struct Row {
    kind: i16,
    participant_count: i32,
    joined_seq: Option<i64>,
    participant: Option<Json<ParticipantRow>>,
}

/// The reader's conversation, and beside it those of its participants that are chosen.
macro_rules! roll {
    ($chosen:literal) => {
        concat!(
            "select c.kind, c.participant_count, x.joined_seq, to_jsonb(x) as participant
               from participants r join conversations c on c.id = r.conversation_id and c.deleted_at is null
               left join lateral (
                    select p.user_id as id, u.name, u.avatar_url, p.role, u.role as user_role, u.last_seen, p.joined_seq
                      from participants p join users u on u.id = p.user_id
                     where p.conversation_id = c.id and p.left_seq is null ",
            $chosen,
            ") x on true where r.conversation_id = $1 and r.user_id = $2 and r.left_seq is null"
        )
    };
}

/// Up to `limit` participants; for [`Window::Before`] in the list's order all the same. None if the reader is not one.
pub async fn list(
    pool: &PgPool,
    reader: UserId,
    conversation: ConversationId,
    window: Window,
    limit: u32,
) -> Result<Option<Roll>, StoreError> {
    let (statement, place) = match window {
        Window::After(place) => (
            roll!(
                "and ($3::bigint is null or (p.joined_seq, p.role, p.user_id) > ($3, $4, $5))
                 order by p.joined_seq, p.role, p.user_id limit $6"
            ),
            place,
        ),
        Window::Before(place) => (
            roll!(
                "and (p.joined_seq, p.role, p.user_id) < ($3, $4, $5)
                 order by p.joined_seq desc, p.role desc, p.user_id desc limit $6"
            ),
            Some(place),
        ),
    };
    let rows: Vec<Row> = sqlx::query_as(statement)
        .bind(conversation.uuid())
        .bind(reader.get())
        .bind(place.map(|place| place.joined_seq.0))
        .bind(place.map(|place| place.role.number()))
        .bind(place.map(|place| place.user_id.get()))
        .bind(i64::from(limit))
        .fetch_all(pool)
        .await?;
    roll(rows)
}

/// One participant. None if the reader takes no part in the conversation; no entry if the other does not.
pub async fn find(
    pool: &PgPool,
    reader: UserId,
    conversation: ConversationId,
    user: UserId,
) -> Result<Option<Roll>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(roll!("and p.user_id = $3"))
        .bind(conversation.uuid())
        .bind(reader.get())
        .bind(user.get())
        .fetch_all(pool)
        .await?;
    roll(rows)
}

fn roll(rows: Vec<Row>) -> Result<Option<Roll>, StoreError> {
    let Some(first) = rows.first() else { return Ok(None) };
    let kind = ConversationKind::from_number(first.kind).ok_or(StoreError::Unexpected("conversations.kind"))?;
    let participant_count = i64::from(first.participant_count);
    let mut entries = rows.into_iter().filter_map(entry).collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(|entry| (entry.place.joined_seq, entry.place.role.number(), entry.place.user_id));
    Ok(Some(Roll { kind, participant_count, entries }))
}

/// Nobody, for a reader's conversation beside which nobody was chosen.
fn entry(row: Row) -> Option<Result<Entry, StoreError>> {
    let (Json(participant), joined_seq) = row.participant.zip(row.joined_seq)?;
    let participant = Participant::try_from(participant);
    Some(participant.map(|participant| Entry {
        place: Place { joined_seq: Seq(joined_seq), role: participant.role, user_id: participant.id },
        participant,
    }))
}
