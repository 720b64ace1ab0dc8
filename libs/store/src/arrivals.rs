//! What has to be known of people who come: of all who come at once in one statement.

use chat_protocol::ids::{ConversationId, UserId};
use chat_protocol::presence::ChosenStatus;
use chat_protocol::rest::PlatformRole;
use chat_protocol::rpc::Membership;
use sqlx::FromRow;
use sqlx::postgres::PgPool;
use uuid::Uuid;

use crate::StoreError;
use crate::memberships::{MembershipRow, is_blocked};
use crate::users::PersonState;

/// Somebody who comes, and where they want to listen.
pub type Coming<'a> = (UserId, &'a [ConversationId]);

/// What holds for somebody who comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// Whether they are let in.
    pub state: PersonState,
    /// What others see of them.
    pub name: String,
    /// What they chose to show.
    pub status: ChosenStatus,
    /// Grows with every choice.
    pub status_version: i64,
    /// One for each conversation, in the order asked for.
    pub memberships: Vec<Membership>,
}

/// What holds for some who come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrivals {
    /// Which life of the log the positions belong to.
    pub log_epoch: i64,
    /// One for each who comes, in that order; none of whom nobody knows.
    pub people: Vec<Option<Arrival>>,
}

#[derive(FromRow)]
struct Row {
    epoch: i64,
    person: i64,
    role: Option<i16>,
    is_active: bool,
    name: Option<String>,
    presence_status: i16,
    presence_version: i64,
    asked_id: Option<Uuid>,
    #[sqlx(flatten)]
    membership: MembershipRow,
}

/// What holds for each of these people: rows of a person with several conversations repeat what is the person's.
pub async fn read(pool: &PgPool, coming: &[Coming<'_>]) -> Result<Arrivals, StoreError> {
    let (mut places, mut users, mut conversations) = (Vec::new(), Vec::new(), Vec::new());
    for (place, (user, asked)) in (0_i64..).zip(coming) {
        let none = asked.is_empty().then_some(None);
        for conversation in asked.iter().map(|id| Some(id.uuid())).chain(none) {
            places.push(place);
            users.push(user.get());
            conversations.push(conversation);
        }
    }
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "select (select epoch from log_epoch) as epoch, i.person, u.role, u.deactivated_at is null as is_active, u.name,
                coalesce(u.presence_status, 0::smallint) as presence_status,
                coalesce(u.presence_version, 0) as presence_version, i.id as asked_id,
                coalesce(i.id, '00000000-0000-0000-0000-000000000000'::uuid) as id,
                p.user_id is not null and c.deleted_at is null as is_participant,
                coalesce(c.last_seq, 0) as last_seq, coalesce(p.joined_seq, 0) as joined_seq,
                coalesce(c.participant_count, 0) as participant_count, ",
        is_blocked!("p.user_id is not null", "i.user_id"),
        " as is_blocked, coalesce(c.message_count, 0) as message_count, coalesce(p.sent_count, 0) as sent_count,
                coalesce(p.read_count, 0) as read_count, coalesce(p.muted, false) as muted
           from unnest($1::bigint[], $2::bigint[], $3::uuid[]) with ordinality as i (person, user_id, id, ord)
           left join users u on u.id = i.user_id
           left join conversations c on c.id = i.id
           left join participants p on p.conversation_id = c.id and p.user_id = i.user_id and p.left_seq is null
          order by i.ord"
    ))
    .bind(places)
    .bind(users)
    .bind(conversations)
    .fetch_all(pool)
    .await?;
    let log_epoch = rows.first().map_or(0, |row| row.epoch);
    let mut people = vec![None; coming.len()];
    for row in rows {
        let place = usize::try_from(row.person).ok().and_then(|place| people.get_mut(place));
        row.add_to(place.ok_or(StoreError::Unexpected("person"))?)?;
    }
    Ok(Arrivals { log_epoch, people })
}

impl Row {
    fn add_to(self, arrival: &mut Option<Arrival>) -> Result<(), StoreError> {
        let Some(role) = self.role else { return Ok(()) };
        if arrival.is_none() {
            let role = PlatformRole::from_number(role).ok_or(StoreError::Unexpected("users.role"))?;
            let status = ChosenStatus::from_number(self.presence_status);
            *arrival = Some(Arrival {
                state: PersonState { role, is_active: self.is_active },
                name: self.name.unwrap_or_default(),
                status: status.ok_or(StoreError::Unexpected("users.presence_status"))?,
                status_version: self.presence_version,
                memberships: Vec::new(),
            });
        }
        if let (Some(arrival), Some(_)) = (arrival, self.asked_id) {
            arrival.memberships.push(self.membership.into());
        }
        Ok(())
    }
}
