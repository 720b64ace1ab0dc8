//! Whether everything that was brought in stands where it belongs, read from what clients are served from.

use serde::Serialize;
use sqlx::FromRow;
use sqlx::postgres::PgPool;

use crate::StoreError;

/// What was found. Everything under `differences` is to be 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// How much there is.
    pub counts: Counts,
    /// How much is not as it was.
    pub differences: Differences,
}

/// How much there is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, FromRow)]
pub struct Counts {
    /// People of the export.
    pub people: i64,
    /// Its conversations.
    pub conversations: i64,
    /// Those among them that were here before, and were left alone with their messages.
    pub conversations_left_alone: i64,
    /// Its messages.
    pub messages: i64,
    /// Those among them whose conversation is not in the export: they are not stored.
    pub messages_without_conversation: i64,
    /// What people have read.
    pub reads: i64,
    /// Reactions.
    pub reactions: i64,
    /// Messages with a file.
    pub attachments: i64,
    /// Those among them whose file was not brought in.
    pub attachments_missing: i64,
}

/// How much is not as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, FromRow)]
pub struct Differences {
    /// Conversations not stored.
    pub conversations_missing: i64,
    /// Participants not stored, or too many.
    pub participants: i64,
    /// Messages not stored.
    pub messages_missing: i64,
    /// Messages in conversations of the import that are not in the export, and were there when it ended.
    pub messages_too_many: i64,
    /// Messages with another text, sender, type, time or place.
    pub messages_changed: i64,
    /// Neighbours whose order is not that of their times.
    pub messages_out_of_order: i64,
    /// Positions of logs that do not follow each other.
    pub holes: i64,
    /// Participants who are not shown as many unread messages as they had.
    pub unread_counts: i64,
    /// Messages that somebody had read and has not here, or the other way round.
    pub reads: i64,
}

impl Differences {
    /// Whether there are none.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self
            == Self {
                conversations_missing: 0,
                participants: 0,
                messages_missing: 0,
                messages_too_many: 0,
                messages_changed: 0,
                messages_out_of_order: 0,
                holes: 0,
                unread_counts: 0,
                reads: 0,
            }
    }
}

/// Compares. To be asked before people go on talking in what was brought in: what they add counts as difference.
pub async fn report(pool: &PgPool) -> Result<Report, StoreError> {
    let mut transaction = pool.begin().await?;
    // Everything is gone through once: whatever is guessed of sizes, no table is looked through for each row of another.
    sqlx::query("set local enable_nestloop = off").execute(&mut *transaction).await?;
    let counts = sqlx::query_as(
        "select (select count(*) from import.people) as people,
                (select count(*) from import.conversations) as conversations,
                (select count(*) from import.conversations where outcome = 2) as conversations_left_alone,
                (select count(*) from import.messages) as messages,
                (select count(*) from import.messages m
                  where not exists (select 1 from import.conversations i where i.id = m.conversation_id)) as messages_without_conversation,
                (select count(*) from import.reads) as reads,
                (select count(*) from import.reactions) as reactions,
                (select count(*) from import.messages where attachment is not null) as attachments,
                (select count(*) from import.messages where attachment is not null and attachment_id is null) as attachments_missing",
    )
    .fetch_one(&mut *transaction)
    .await?;
    let differences = sqlx::query_as(DIFFERENCES).fetch_one(&mut *transaction).await?;
    transaction.rollback().await?;
    Ok(Report { counts, differences })
}

const DIFFERENCES: &str = "
    with mine as materialized (
        select i.id from import.conversations i where i.outcome is distinct from 2
    ), members as materialized (
        select distinct x.conversation_id, p.user_id
          from mine i join import.participants x on x.conversation_id = i.id join import.people p on p.original = x.person
    ), pairs as materialized (
        select i.id as conversation_id, s.id as staged, m.id as stored, m.seq, m.created_at,
               s.content is distinct from m.content or s.message_type <> m.message_type or s.created_at <> m.created_at
                   or s.conversation_id <> m.conversation_id
                   or (case when s.message_type <> 4 then p.user_id end) is distinct from m.sender_id as changed
          from mine i join import.messages s on s.conversation_id = i.id left join import.people p on p.original = s.sender
               left join messages m on m.id = s.id
    ), logs as materialized (
        select x.conversation_id, x.seq, x.created_at, x.is_message,
               lag(x.seq) over w as before, lag(x.created_at) over w as at_before
          from (select m.conversation_id, m.seq, m.created_at, true as is_message from mine i join messages m on m.conversation_id = i.id
                union all
                select e.conversation_id, e.seq, e.created_at, false from mine i join log_events e on e.conversation_id = i.id) x
        window w as (partition by x.conversation_id order by x.seq)
    ), read_before as materialized (
        select distinct m.conversation_id, m.seq, p.user_id
          from mine i join messages m on m.conversation_id = i.id join import.reads r on r.message_id = m.id
               join import.people p on p.original = r.person
               join members q on q.conversation_id = m.conversation_id and q.user_id = p.user_id
         where m.message_type <> 4 and m.sender_id <> p.user_id
    ), said as materialized (
        select m.conversation_id, m.sender_id, count(*) as count
          from mine i join messages m on m.conversation_id = i.id where m.message_type <> 4 group by 1, 2
    ), said_in as materialized (
        select s.conversation_id, sum(s.count) as count from said s group by 1
    ), read_by as materialized (
        select r.conversation_id, r.user_id, count(*) as count from read_before r group by 1, 2
    ), unread as materialized (
        select q.conversation_id, q.user_id, a.all_read,
               coalesce(i.count, 0) - coalesce(s.count, 0) as others, coalesce(r.count, 0) as read
          from members q cross join (select source <> 'django' as all_read from import.run) a
               left join said_in i on i.conversation_id = q.conversation_id
               left join said s on s.conversation_id = q.conversation_id and s.sender_id = q.user_id
               left join read_by r on r.conversation_id = q.conversation_id and r.user_id = q.user_id
    )
    select
        (select count(*) from mine i where not exists (select 1 from conversations c where c.id = i.id)) as conversations_missing,
        (select count(*) from (
            (select conversation_id, user_id from members
             except select p.conversation_id, p.user_id from mine i join participants p on p.conversation_id = i.id where p.left_seq is null)
            union all
            (select p.conversation_id, p.user_id from mine i join participants p on p.conversation_id = i.id where p.left_seq is null
             except select conversation_id, user_id from members)) x) as participants,
        (select count(*) from pairs where stored is null) as messages_missing,
        (select count(*) from logs where is_message) - (select count(*) from pairs where stored is not null) as messages_too_many,
        (select count(*) from pairs where stored is not null and changed) as messages_changed,
        (select count(*) from logs where is_message and at_before > created_at) as messages_out_of_order,
        (select count(*) from logs where seq <> coalesce(before, 0) + 1) as holes,
        (select count(*) from unread u
            join participants p on p.conversation_id = u.conversation_id and p.user_id = u.user_id
            join conversations c on c.id = u.conversation_id
          where c.message_count - p.sent_count - p.read_count <> case when u.all_read then 0 else u.others - u.read end) as unread_counts,
        (select count(*) from (
            select r.conversation_id, r.user_id, r.seq from read_before r
              join participants p on p.conversation_id = r.conversation_id and p.user_id = r.user_id
             where r.seq > p.read_seq and not exists (select 1 from read_marks k
                    where k.conversation_id = r.conversation_id and k.user_id = r.user_id and k.seq = r.seq)
            union all
            select m.conversation_id, p.user_id, m.seq
              from mine i join participants p on p.conversation_id = i.id
                   join messages m on m.conversation_id = p.conversation_id and m.seq <= p.read_seq
             where m.message_type <> 4 and m.sender_id <> p.user_id and (select source = 'django' from import.run)
               and not exists (select 1 from read_before r
                                where r.conversation_id = m.conversation_id and r.user_id = p.user_id and r.seq = m.seq)) x) as reads";
