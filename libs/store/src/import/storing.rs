//! Conversations that were brought in become conversations: a few at a time, each with everything that belongs to it or not at all.

use std::collections::HashSet;

use chat_protocol::command::UniquenessKey;
use chat_protocol::ids::{ConversationId, UserId};
use chat_protocol::partition::Partition;
use chat_protocol::rest::{ConversationKind, Job, NewConversation};
use sqlx::postgres::{PgConnection, PgPool};
use sqlx::types::{Json, Uuid};

use crate::StoreError;

/// How much one call of [`some`] did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stored {
    /// Conversations that are done, in whatever way.
    pub conversations: u64,
    /// Messages stored.
    pub messages: u64,
}

/// A conversation whose turn it is.
#[derive(sqlx::FromRow)]
struct Waiting {
    id: Uuid,
    kind: i16,
    job: Option<Json<Job>>,
    people: Vec<i64>,
}

/// Lets everybody be known who takes part or has said something. Those who are known stay as they are.
pub async fn people(pool: &PgPool) -> Result<u64, StoreError> {
    let added = sqlx::query(
        "insert into users (id, name, role, avatar_url, last_seen)
         select distinct on (p.user_id) p.user_id, coalesce(nullif(trim(p.name), ''), 'User ' || p.user_id), p.role, p.avatar_url, p.last_seen
           from import.people p order by p.user_id, p.original
         on conflict (id) do nothing",
    );
    Ok(added.execute(pool).await?.rows_affected())
}

/// Stores the next conversations, those that were used last first; at most `limit`. None are left when it did nothing.
pub async fn some(pool: &PgPool, limit: u32) -> Result<Stored, StoreError> {
    let mut transaction = pool.begin().await?;
    let waiting: Vec<Waiting> = sqlx::query_as(
        "select i.id, i.kind, i.job,
                array(select distinct p.user_id from import.participants x join import.people p on p.original = x.person
                       where x.conversation_id = i.id order by 1) as people
           from import.conversations i where i.outcome is null order by i.updated_at desc, i.id desc limit $1 for update",
    )
    .bind(i64::from(limit))
    .fetch_all(&mut *transaction)
    .await?;
    let ids: Vec<_> = waiting.iter().map(|one| one.id).collect();
    let present: HashSet<Uuid> = sqlx::query_scalar("select c.id from conversations c where c.id = any ($1)")
        .bind(&ids)
        .fetch_all(&mut *transaction)
        .await?
        .into_iter()
        .collect();
    let fresh: Vec<_> = waiting.iter().filter(|one| !present.contains(&one.id)).collect();
    number_messages(&mut transaction, &fresh).await?;
    insert_conversations(&mut transaction, &fresh).await?;
    let messages = insert_messages(&mut transaction).await?;
    insert_reading(&mut transaction).await?;
    insert_besides(&mut transaction).await?;
    sqlx::query(
        "update import.conversations i set outcome = case when i.id = any ($2) then 2 else 1 end where i.id = any ($1)",
    )
    .bind(&ids)
    .bind(present.into_iter().collect::<Vec<_>>())
    .execute(&mut *transaction)
    .await?;
    sqlx::query("drop table numbered, taken").execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(Stored { conversations: waiting.len() as u64, messages })
}

/// Which conversations these are, and their messages with the places that they get.
async fn number_messages(connection: &mut PgConnection, fresh: &[&Waiting]) -> Result<(), StoreError> {
    sqlx::query(
        "create temporary table taken on commit drop as
         select x.id, x.partition, x.kind, x.key, null::bigint as owner_id from unnest($1::uuid[], $2::smallint[], $3::smallint[], $4::bytea[])
                as x (id, partition, kind, key)",
    )
    .bind(fresh.iter().map(|one| one.id).collect::<Vec<_>>())
    .bind(fresh.iter().map(|one| i16::from(Partition::of_conversation(ConversationId::from_uuid(one.id)).get())).collect::<Vec<_>>())
    .bind(fresh.iter().map(|one| one.kind().number()).collect::<Vec<_>>())
    .bind(keys(fresh))
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "create temporary table numbered on commit drop as
         select m.conversation_id, m.id, p.user_id as sender_id, m.message_type, m.content, m.created_at, m.edited_at, m.reply_to,
                m.attachment_id, t.partition,
                row_number() over log + 1 as seq,
                count(*) filter (where m.message_type <> 4) over (log rows unbounded preceding) as number,
                row_number() over (order by m.conversation_id, m.created_at, m.ord, m.id) - 1 as place
           from taken t join import.messages m on m.conversation_id = t.id left join import.people p on p.original = m.sender
         window log as (partition by m.conversation_id order by m.created_at, m.ord, m.id)",
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query("create index on numbered (conversation_id, number)").execute(&mut *connection).await?;
    sqlx::query("create index on numbered (id)").execute(&mut *connection).await?;
    sqlx::query("analyze numbered").execute(&mut *connection).await?;
    // The owner: who is named, else who spoke first, else the first of all.
    sqlx::query(
        "update taken t set owner_id = x.owner_id
           from (select t.id, (
                    select p.user_id
                      from import.participants q join import.people p on p.original = q.person
                           join import.conversations i on i.id = q.conversation_id
                     where q.conversation_id = t.id
                     order by q.person is distinct from i.owner,
                              p.user_id is distinct from (select n.sender_id from numbered n
                                                           where n.conversation_id = t.id and n.number = 1 order by n.seq limit 1),
                              p.user_id limit 1) as owner_id
                   from taken t) x where x.id = t.id",
    )
    .execute(connection)
    .await?;
    Ok(())
}

impl Waiting {
    /// What it really is.
    fn kind(&self) -> ConversationKind {
        match ConversationKind::from_number(self.kind) {
            Some(ConversationKind::Direct) if self.people.len() == 2 => ConversationKind::Direct,
            Some(ConversationKind::Job) if self.job.is_some() => ConversationKind::Job,
            _ => ConversationKind::Group,
        }
    }

    /// What makes it the only one of its kind.
    fn key(&self) -> Option<UniquenessKey> {
        UniquenessKey::of(&NewConversation {
            kind: self.kind(),
            title: None,
            job: self.job.as_ref().map(|job| job.0.clone()),
            metadata: serde_json::Map::new(),
            participants: self.people.iter().copied().filter_map(UserId::new).collect(),
        })
    }
}

/// The keys; of several conversations with the same, the one that was used last has it.
fn keys(fresh: &[&Waiting]) -> Vec<Option<Vec<u8>>> {
    let mut seen = HashSet::new();
    let mut unless_seen = |key: UniquenessKey| seen.insert(key).then(|| key.as_bytes().to_vec());
    fresh.iter().map(|one| one.key().and_then(&mut unless_seen)).collect()
}

async fn insert_conversations(connection: &mut PgConnection, fresh: &[&Waiting]) -> Result<(), StoreError> {
    if fresh.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "insert into conversations (id, kind, title, job, job_id, unique_key, last_seq, last_message_seq, message_count,
                                    participant_count, created_at, updated_at)
         select t.id, t.kind, i.title, i.job, i.job ->> 'id',
                case when not exists (select 1 from conversations c where c.unique_key = t.key) then t.key end,
                1 + n.count, case when n.count > 0 then 1 + n.count end, n.said,
                (select count(distinct p.user_id) from import.participants q join import.people p on p.original = q.person
                  where q.conversation_id = t.id),
                least(i.created_at, n.first_at), i.updated_at
           from taken t join import.conversations i on i.id = t.id,
                lateral (select count(*) as count, count(*) filter (where m.message_type <> 4) as said, min(m.created_at) as first_at
                           from numbered m where m.conversation_id = t.id) n",
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "insert into participants (conversation_id, user_id, role, joined_seq, sent_count, archived)
         select t.id, x.user_id, case when x.user_id = t.owner_id then 0 else 2 end, 1,
                (select count(*) from numbered n where n.conversation_id = t.id and n.sender_id = x.user_id and n.message_type <> 4),
                not i.is_active
           from taken t join import.conversations i on i.id = t.id,
                lateral (select distinct p.user_id from import.participants q join import.people p on p.original = q.person
                          where q.conversation_id = t.id) x",
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "insert into log_events (conversation_id, seq, id, kind, actor_id, body, created_at, partition, command_pos)
         select t.id, 1, t.id, 1, t.owner_id, jsonb_build_object('conversation', conversation_summary(t.id)), c.created_at, t.partition,
                r.next_pos + row_number() over (order by t.id) - 1
           from taken t join conversations c on c.id = t.id, import.run r",
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query("update import.run set next_pos = next_pos + (select count(*) from taken)")
        .execute(&mut *connection)
        .await?;
    // Whoever is connected sees a hole in what they were told, and asks.
    sqlx::query(
        "update users u set membership_version = u.membership_version + x.count
           from (select p.user_id, count(*) as count from taken t join participants p on p.conversation_id = t.id
                  group by 1 order by 1) x where u.id = x.user_id",
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn insert_messages(connection: &mut PgConnection) -> Result<u64, StoreError> {
    let inserted = sqlx::query(
        "insert into messages (conversation_id, seq, id, number, sender_id, message_type, content, reply_to, created_at, edited_at,
                               attachment_count, has_reactions, partition, command_pos)
         select n.conversation_id, n.seq, n.id, n.number, case when n.message_type <> 4 then n.sender_id end, n.message_type, n.content,
                (select r.id from numbered r where r.id = n.reply_to and r.conversation_id = n.conversation_id),
                n.created_at, n.edited_at, case when n.attachment_id is null then 0 else 1 end,
                exists (select 1 from import.reactions x where x.message_id = n.id), n.partition, r.next_pos + n.place
           from numbered n, import.run r order by n.place",
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query("update import.run set next_pos = next_pos + (select count(*) from numbered)")
        .execute(connection)
        .await?;
    Ok(inserted.rows_affected())
}

/// What everybody has read: one's own messages and those that were read cover the log up to the first that is neither.
/// Exports other than Django's do not say what was read: everything was.
async fn insert_reading(connection: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query(
        "create temporary table read_here on commit drop as
         select n.conversation_id, p.user_id, n.seq, n.number, max(r.read_at) as read_at
           from numbered n join import.reads r on r.message_id = n.id join import.people p on p.original = r.person
                join participants q on q.conversation_id = n.conversation_id and q.user_id = p.user_id
          where n.message_type <> 4 and n.sender_id is distinct from p.user_id
          group by 1, 2, 3, 4",
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "with covered as (
            select x.conversation_id, x.user_id, x.number,
                   row_number() over (partition by x.conversation_id, x.user_id order by x.number) as place
              from (select conversation_id, user_id, number from read_here
                    union all
                    select conversation_id, sender_id, number from numbered where sender_id is not null and message_type <> 4) x
         ), reached as (
            select conversation_id, user_id, max(number) as number from covered where number = place group by 1, 2
         ), counted as (
            select conversation_id, user_id, count(*) as count, max(read_at) as read_at from read_here group by 1, 2
         )
         update participants p set read_at = d.read_at,
                read_count = case when a.all_read then c.message_count - p.sent_count else coalesce(d.count, 0) end,
                read_seq = case when a.all_read then c.last_seq else coalesce(
                    (select min(n.seq) - 1 from numbered n
                      where n.conversation_id = p.conversation_id and n.number = coalesce(e.number, 0) + 1 and n.message_type <> 4),
                    c.last_seq) end
           from (select source <> 'django' as all_read from import.run) a, taken t join conversations c on c.id = t.id join participants q on q.conversation_id = t.id
                left join reached e on e.conversation_id = t.id and e.user_id = q.user_id
                left join counted d on d.conversation_id = t.id and d.user_id = q.user_id
          where p.conversation_id = q.conversation_id and p.user_id = q.user_id",
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "insert into read_marks (conversation_id, user_id, seq)
         select r.conversation_id, r.user_id, r.seq
           from read_here r join participants p on p.conversation_id = r.conversation_id and p.user_id = r.user_id
          where r.seq > p.read_seq",
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query("drop table read_here").execute(connection).await?;
    Ok(())
}

/// Reactions and files.
async fn insert_besides(connection: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query(
        "insert into reactions (conversation_id, seq, emoji, user_id, created_at)
         select n.conversation_id, n.seq, x.emoji, p.user_id, min(x.created_at)
           from numbered n join import.reactions x on x.message_id = n.id join import.people p on p.original = x.person
          group by 1, 2, 3, 4",
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "with linked as (
            insert into message_attachments (conversation_id, seq, ord, attachment_id)
            select n.conversation_id, n.seq, 0, n.attachment_id from numbered n where n.attachment_id is not null
            returning attachment_id
         )
         update attachments a set collect_after = null from linked l where a.id = l.attachment_id",
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Notes that nothing is left.
pub async fn finish(pool: &PgPool) -> Result<(), StoreError> {
    sqlx::query("update import.run set finished_at = now()").execute(pool).await?;
    for table in ["analyze messages", "analyze participants", "analyze conversations"] {
        sqlx::query(table).execute(pool).await?;
    }
    Ok(())
}

/// How much is left: conversations and their messages.
pub async fn left(pool: &PgPool) -> Result<(i64, i64), StoreError> {
    let counted = sqlx::query_as(
        "select (select count(*) from import.conversations where outcome is null),
                (select count(*) from import.conversations i join import.messages m on m.conversation_id = i.id where i.outcome is null)",
    );
    Ok(counted.fetch_one(pool).await?)
}
