//! How far everybody has read, for one who asks or for many in one snapshot.

use std::collections::{BTreeMap, HashMap};

use chat_protocol::frame::ReadState;
use chat_protocol::ids::{ConversationId, Seq, UserId};
use chat_protocol::rpc::ConversationReadState;
use chrono::{DateTime, Utc};
use sqlx::FromRow;
use sqlx::postgres::{PgConnection, PgPool};
use uuid::Uuid;

use crate::StoreError;
use crate::memberships::is_blocked;

/// The most people whose read states are read at once, unless a single conversation has more.
const MAX_READERS: i64 = 2000;
/// The most positions read beyond gaps that are told of one person.
const MAX_BEYOND: i64 = 10_000;
/// The most of them that one answer tells: below 512 KiB with everything else. In equal parts, so that nobody crowds
/// out the others.
const MAX_BEYOND_TOGETHER: i64 = 25_000;

/// Somebody who asks how far everybody has read in some conversations.
pub type Asking<'a> = (UserId, &'a [ConversationId]);

/// What several people hear of how far everybody has read: what is the same for all, once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatesOfMany {
    /// How far everybody has read.
    pub states: Vec<ConversationReadState>,
    /// For each who asks, in that order, the states of what they take part in, in the order asked for; none if there was no room.
    pub answers: Vec<Option<Vec<usize>>>,
}

/// How far everybody has read, of those of the conversations that the person takes part in, in the order asked for. Large
/// conversations may leave no room for the later ones: who is missing is asked for again.
pub async fn read_states(
    pool: &PgPool,
    user: UserId,
    conversations: &[ConversationId],
) -> Result<Vec<ConversationReadState>, StoreError> {
    Ok(read_states_of_many(pool, &[(user, conversations)]).await?.states)
}

/// The same for several people in one snapshot. There is room for the first; who has no answer asks again.
pub async fn read_states_of_many(pool: &PgPool, asking: &[Asking<'_>]) -> Result<StatesOfMany, StoreError> {
    let mut snapshot = pool.begin_with("begin isolation level repeatable read, read only").await?;
    let plan = Plan::new(asked(&mut snapshot, asking).await?, asking);
    let readers = readers(&mut snapshot, &plan.beyond).await?;
    snapshot.commit().await?;
    Ok(plan.answer(&readers))
}

/// A conversation in which somebody takes part who asks.
#[derive(FromRow)]
struct Asked {
    place: i64,
    id: Uuid,
    participant_count: i32,
    is_blocked: bool,
}

async fn asked(snapshot: &mut PgConnection, asking: &[Asking<'_>]) -> Result<Vec<Asked>, StoreError> {
    let pairs = || (0_i64..).zip(asking).flat_map(|(place, (user, ids))| ids.iter().map(move |id| (place, user, id)));
    Ok(sqlx::query_as(concat!(
        "select i.place, c.id, c.participant_count, ",
        is_blocked!("true", "i.user_id"),
        " as is_blocked
           from unnest($1::bigint[], $2::bigint[], $3::uuid[]) with ordinality as i (place, user_id, id, ord)
           join conversations c on c.id = i.id and c.deleted_at is null
           join participants p on p.conversation_id = c.id and p.user_id = i.user_id and p.left_seq is null
          order by i.ord"
    ))
    .bind(pairs().map(|(place, ..)| place).collect::<Vec<_>>())
    .bind(pairs().map(|(_, user, _)| user.get()).collect::<Vec<_>>())
    .bind(pairs().map(|(.., id)| id.uuid()).collect::<Vec<_>>())
    .fetch_all(snapshot)
    .await?)
}

/// A conversation, and who hears of nobody else in it, because a block stands.
type Heard = (Uuid, Option<UserId>);

/// What is read for whom.
#[derive(Default)]
struct Plan {
    /// How many positions beyond gaps of each person are read, by conversation.
    beyond: BTreeMap<Uuid, i64>,
    /// For each who asks what they hear of; none if there is no room.
    questions: Vec<Option<Vec<Heard>>>,
}

impl Plan {
    fn new(asked: Vec<Asked>, asking: &[Asking<'_>]) -> Self {
        let mut plan = Self::default();
        let mut people = 0;
        let mut asked = asked.into_iter().peekable();
        for (place, (user, _)) in (0_i64..).zip(asking) {
            let rows: Vec<Asked> = std::iter::from_fn(|| asked.next_if(|row| row.place == place)).collect();
            let (rows, own) = fitting(rows);
            let is_new = |row: &&Asked| !plan.beyond.contains_key(&row.id);
            let new: i64 = rows.iter().filter(is_new).map(|row| i64::from(row.participant_count)).sum();
            if place > 0 && people + new > MAX_READERS {
                plan.questions.push(rows.is_empty().then(Vec::new));
                continue;
            }
            people += new;
            let share = (MAX_BEYOND_TOGETHER / own.max(1)).clamp(1, MAX_BEYOND);
            for row in &rows {
                let beyond = plan.beyond.entry(row.id).or_default();
                *beyond = share.max(*beyond);
            }
            plan.questions.push(Some(rows.iter().map(|row| (row.id, row.is_blocked.then_some(*user))).collect()));
        }
        plan
    }

    /// Nothing passes between two people of whom one has blocked the other, nor how far the other has read.
    fn answer(self, readers: &BTreeMap<Uuid, Vec<ReadState>>) -> StatesOfMany {
        let (mut all, mut known, mut positions) = (StatesOfMany::default(), HashMap::new(), 0);
        for (place, question) in self.questions.into_iter().enumerate() {
            let Some(question) = question else {
                all.answers.push(None);
                continue;
            };
            let weight =
                |(id, _): &(Uuid, _)| readers.get(id).into_iter().flatten().map(|one| one.beyond.len()).sum::<usize>();
            let new: usize = question.iter().filter(|one| !known.contains_key(*one)).map(weight).sum();
            positions += new;
            if place > 0 && new > 0 && positions > usize::try_from(MAX_BEYOND_TOGETHER).unwrap_or(usize::MAX) {
                all.answers.push(None);
                continue;
            }
            let states = question.into_iter().map(|(id, blocked)| {
                *known.entry((id, blocked)).or_insert_with(|| {
                    let mut readers = readers.get(&id).cloned().unwrap_or_default();
                    readers.retain(|one| blocked.is_none_or(|user| one.reader_id == user));
                    all.states.push(ConversationReadState { conversation_id: ConversationId::from_uuid(id), readers });
                    all.states.len() - 1
                })
            });
            let states = states.collect();
            all.answers.push(Some(states));
        }
        all
    }
}

/// The first of these conversations, as many as one question may have; and their people.
fn fitting(rows: Vec<Asked>) -> (Vec<Asked>, i64) {
    let (mut people, mut fitting) = (0, Vec::new());
    for row in rows {
        let count = i64::from(row.participant_count);
        if !fitting.is_empty() && people + count > MAX_READERS {
            break;
        }
        people += count;
        fitting.push(row);
    }
    (fitting, people)
}

#[derive(FromRow)]
struct ReaderRow {
    conversation_id: Uuid,
    user_id: i64,
    up_to_seq: i64,
    beyond: Vec<i64>,
    read_at: Option<DateTime<Utc>>,
}

async fn readers(
    snapshot: &mut PgConnection,
    beyond: &BTreeMap<Uuid, i64>,
) -> Result<BTreeMap<Uuid, Vec<ReadState>>, StoreError> {
    let rows: Vec<ReaderRow> = sqlx::query_as(
        "select p.conversation_id, p.user_id, p.read_at,
                case when c.message_count - p.sent_count - p.read_count <= 0 then c.last_seq else p.read_seq end as up_to_seq,
                array(select r.seq from read_marks r where r.conversation_id = p.conversation_id and r.user_id = p.user_id
                       order by r.seq limit i.beyond) as beyond
           from unnest($1::uuid[], $2::bigint[]) as i (id, beyond)
           join conversations c on c.id = i.id
           join participants p on p.conversation_id = i.id and p.left_seq is null
          order by p.conversation_id, p.user_id",
    )
    .bind(beyond.keys().copied().collect::<Vec<_>>())
    .bind(beyond.values().copied().collect::<Vec<_>>())
    .fetch_all(snapshot)
    .await?;
    let mut states: BTreeMap<Uuid, Vec<ReadState>> = BTreeMap::new();
    for row in rows {
        states.entry(row.conversation_id).or_default().push(ReadState {
            reader_id: UserId::new(row.user_id).ok_or(StoreError::Unexpected("participants.user_id"))?,
            up_to_seq: Seq(row.up_to_seq),
            beyond: row.beyond.into_iter().map(Seq).collect(),
            read_at: row.read_at.map(Into::into),
        });
    }
    Ok(states)
}
