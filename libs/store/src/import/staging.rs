//! Bringing the entries of an export into the database, in batches that count themselves.

use chat_protocol::ids::{AttachmentId, MessageId, UserId};
use chrono::{DateTime, Utc};
use sqlx::postgres::{PgConnection, PgPool};
use sqlx::types::{Json, Uuid};

use super::{Conversation, Entry, Message, Person};
use crate::{StoreError, users};

/// The import that the tables hold.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Run {
    /// What kind of export it reads.
    pub source: String,
    /// SHA-256 over its files.
    pub digest: Vec<u8>,
    /// How many entries are here.
    pub entries: i64,
    /// When all of them were.
    pub staged_at: Option<DateTime<Utc>>,
    /// When everything was stored.
    pub finished_at: Option<DateTime<Utc>>,
}

/// The import that is under way, or was last.
pub async fn find(pool: &PgPool) -> Result<Option<Run>, StoreError> {
    let run = sqlx::query_as("select source, digest, entries, staged_at, finished_at from import.run");
    Ok(run.fetch_optional(pool).await?)
}

/// Empties the tables for these files.
pub async fn begin(pool: &PgPool, source: &str, digest: &[u8]) -> Result<(), StoreError> {
    let mut transaction = pool.begin().await?;
    clear(&mut transaction).await?;
    let run = sqlx::query("insert into import.run (source, digest) values ($1, $2)").bind(source).bind(digest);
    run.execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(())
}

/// Forgets what was brought in; what was stored stays.
pub async fn forget(pool: &PgPool) -> Result<(), StoreError> {
    let mut transaction = pool.begin().await?;
    clear(&mut transaction).await?;
    transaction.commit().await?;
    Ok(())
}

async fn clear(connection: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query(
        "truncate import.run, import.people, import.conversations, import.participants, import.messages, import.reads,
                  import.reactions",
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Adds the next entries, all or none. Those that are there already stay as they are.
pub async fn add(pool: &PgPool, entries: &[Entry]) -> Result<(), StoreError> {
    let mut transaction = pool.begin().await?;
    add_people(&mut transaction, &picked(entries, |entry| if let Entry::Person(it) = entry { Some(it) } else { None }))
        .await?;
    let conversations = picked(entries, |entry| if let Entry::Conversation(it) = entry { Some(it) } else { None });
    add_conversations(&mut transaction, &conversations).await?;
    add_participants(&mut transaction, entries).await?;
    let messages = picked(entries, |entry| if let Entry::Message(it) = entry { Some(it) } else { None });
    add_messages(&mut transaction, &messages).await?;
    add_reads(&mut transaction, entries).await?;
    add_reactions(&mut transaction, entries).await?;
    sqlx::query("update import.run set entries = entries + $1")
        .bind(i64::try_from(entries.len()).unwrap_or(i64::MAX))
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(())
}

fn picked<'a, T>(entries: &'a [Entry], pick: impl Fn(&'a Entry) -> Option<&'a T>) -> Vec<&'a T> {
    entries.iter().filter_map(pick).collect()
}

/// What is known of a person may come in several entries.
async fn add_people(connection: &mut PgConnection, people: &[&Person]) -> Result<(), StoreError> {
    if people.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "insert into import.people as p (original, user_id, name, avatar_url, role, last_seen)
         select x.original, max(x.user_id), max(x.name), max(x.avatar_url), max(x.role), max(x.last_seen)
           from unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::smallint[], $6::timestamptz[])
                as x (original, user_id, name, avatar_url, role, last_seen) group by x.original
         on conflict (original) do update set
                user_id = coalesce(p.user_id, excluded.user_id), name = coalesce(p.name, excluded.name),
                avatar_url = coalesce(p.avatar_url, excluded.avatar_url), role = greatest(p.role, excluded.role),
                last_seen = greatest(p.last_seen, excluded.last_seen)",
    )
    .bind(people.iter().map(|one| one.original.as_str()).collect::<Vec<_>>())
    .bind(people.iter().map(|one| one.user_id.map(UserId::get)).collect::<Vec<_>>())
    .bind(people.iter().map(|one| one.name.as_deref()).collect::<Vec<_>>())
    .bind(people.iter().map(|one| one.avatar_url.as_deref()).collect::<Vec<_>>())
    .bind(people.iter().map(|one| one.role.number()).collect::<Vec<_>>())
    .bind(people.iter().map(|one| one.last_seen).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}

async fn add_conversations(connection: &mut PgConnection, conversations: &[&Conversation]) -> Result<(), StoreError> {
    if conversations.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "insert into import.conversations (id, kind, title, job, owner, is_active, created_at, updated_at)
         select * from unnest($1::uuid[], $2::smallint[], $3::text[], $4::jsonb[], $5::text[], $6::boolean[], $7::timestamptz[],
                              $8::timestamptz[])
         on conflict (id) do nothing",
    )
    .bind(conversations.iter().map(|one| one.id.uuid()).collect::<Vec<_>>())
    .bind(conversations.iter().map(|one| one.kind.number()).collect::<Vec<_>>())
    .bind(conversations.iter().map(|one| one.title.as_deref()).collect::<Vec<_>>())
    .bind(conversations.iter().map(|one| one.job.as_ref().map(Json)).collect::<Vec<_>>())
    .bind(conversations.iter().map(|one| one.owner.as_deref()).collect::<Vec<_>>())
    .bind(conversations.iter().map(|one| one.is_active).collect::<Vec<_>>())
    .bind(conversations.iter().map(|one| one.created_at).collect::<Vec<_>>())
    .bind(conversations.iter().map(|one| one.updated_at).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}

async fn add_participants(connection: &mut PgConnection, entries: &[Entry]) -> Result<(), StoreError> {
    let rows: Vec<_> = entries
        .iter()
        .filter_map(|entry| if let Entry::Participant(id, person) = entry { Some((id, person)) } else { None })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "insert into import.participants (conversation_id, person) select * from unnest($1::uuid[], $2::text[])
         on conflict do nothing",
    )
    .bind(rows.iter().map(|(id, _)| id.uuid()).collect::<Vec<_>>())
    .bind(rows.iter().map(|(_, person)| person.as_str()).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}

async fn add_messages(connection: &mut PgConnection, messages: &[&Message]) -> Result<(), StoreError> {
    if messages.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "insert into import.messages (id, conversation_id, ord, sender, content, message_type, created_at, edited_at, reply_to,
                                      attachment, is_read)
         select * from unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[], $5::text[], $6::smallint[], $7::timestamptz[],
                              $8::timestamptz[], $9::uuid[], $10::text[], $11::boolean[])
         on conflict (id) do nothing",
    )
    .bind(messages.iter().map(|one| one.id.uuid()).collect::<Vec<_>>())
    .bind(messages.iter().map(|one| one.conversation.uuid()).collect::<Vec<_>>())
    .bind(messages.iter().map(|one| one.ord).collect::<Vec<_>>())
    .bind(messages.iter().map(|one| one.sender.as_deref()).collect::<Vec<_>>())
    .bind(messages.iter().map(|one| one.content.as_str()).collect::<Vec<_>>())
    .bind(messages.iter().map(|one| one.message_type.number()).collect::<Vec<_>>())
    .bind(messages.iter().map(|one| one.created_at).collect::<Vec<_>>())
    .bind(messages.iter().map(|one| one.edited_at).collect::<Vec<_>>())
    .bind(messages.iter().map(|one| one.reply_to.map(MessageId::uuid)).collect::<Vec<_>>())
    .bind(messages.iter().map(|one| one.attachment.as_deref()).collect::<Vec<_>>())
    .bind(messages.iter().map(|one| one.is_read).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}

async fn add_reads(connection: &mut PgConnection, entries: &[Entry]) -> Result<(), StoreError> {
    let rows: Vec<_> = entries
        .iter()
        .filter_map(|entry| if let Entry::Read(id, person, at) = entry { Some((id, person, *at)) } else { None })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "insert into import.reads (message_id, person, read_at) select * from unnest($1::uuid[], $2::text[], $3::timestamptz[])
         on conflict do nothing",
    )
    .bind(rows.iter().map(|(id, _, _)| id.uuid()).collect::<Vec<_>>())
    .bind(rows.iter().map(|(_, person, _)| person.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|(_, _, at)| *at).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}

async fn add_reactions(connection: &mut PgConnection, entries: &[Entry]) -> Result<(), StoreError> {
    let rows: Vec<_> = entries
        .iter()
        .filter_map(|entry| {
            if let Entry::Reaction(id, person, emoji, at) = entry { Some((id, person, emoji, *at)) } else { None }
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "insert into import.reactions (message_id, person, emoji, created_at)
         select * from unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[]) on conflict do nothing",
    )
    .bind(rows.iter().map(|(id, ..)| id.uuid()).collect::<Vec<_>>())
    .bind(rows.iter().map(|(_, person, ..)| person.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|(_, _, emoji, _)| emoji.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|(_, _, _, at)| *at).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}

/// Notes that the files were read to their end. People who are only spoken of get an entry, and whoever has no id gets one.
pub async fn complete(pool: &PgPool) -> Result<(), StoreError> {
    let mut transaction = pool.begin().await?;
    sqlx::query(
        "insert into import.people (original, user_id)
         select x.person, case when r.source = 'django' then x.person::bigint end
           from (select person from import.participants union select sender from import.messages where sender is not null
                 union select person from import.reads union select person from import.reactions) x, import.run r
         on conflict do nothing",
    )
    .execute(&mut *transaction)
    .await?;
    // Where nothing says when a conversation began and was last used, its messages do.
    sqlx::query(
        "update import.conversations i set created_at = x.first_at, updated_at = x.last_at
           from (select conversation_id, min(created_at) as first_at, max(created_at) as last_at from import.messages group by 1) x
          where i.id = x.conversation_id and i.created_at = 'epoch'",
    )
    .execute(&mut *transaction)
    .await?;
    // Where nobody says who has read a message of two people, the other one has.
    sqlx::query(
        "insert into import.reads (message_id, person)
         select m.id, p.person
           from import.messages m join import.participants p on p.conversation_id = m.conversation_id and p.person <> m.sender
          where m.is_read and (select source = 'django' from import.run) and not exists (select 1 from import.reads r where r.message_id = m.id)
            and (select count(*) from import.participants q where q.conversation_id = m.conversation_id) = 2",
    )
    .execute(&mut *transaction)
    .await?;
    // Everything of an import lies below what is there, and in the order in which it is stored.
    sqlx::query(
        "update import.run set staged_at = now(), next_pos = coalesce((
            select min(x.pos) from partitions p, lateral (
                select least((select m.command_pos from messages m where m.partition = p.id order by m.command_pos limit 1),
                             (select e.command_pos from log_events e where e.partition = p.id order by e.command_pos limit 1)) as pos
            ) x where x.pos <= 0), 0)
            - (select count(*) from import.messages) - (select count(*) from import.conversations)",
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    sqlx::query("analyze import.people, import.conversations, import.participants, import.messages, import.reads, import.reactions")
        .execute(pool)
        .await?;
    name_people(pool).await
}

/// Ids for those who have none.
async fn name_people(pool: &PgPool) -> Result<(), StoreError> {
    let nameless: Vec<String> =
        sqlx::query_scalar("select original from import.people where user_id is null order by original")
            .fetch_all(pool)
            .await?;
    let ids = users::reserve_ids(pool, i32::try_from(nameless.len()).unwrap_or(i32::MAX)).await?;
    sqlx::query(
        "update import.people p set user_id = x.id from unnest($1::text[], $2::bigint[]) as x (original, id)
          where p.original = x.original and p.user_id is null",
    )
    .bind(nameless)
    .bind(ids.into_iter().map(UserId::get).collect::<Vec<_>>())
    .execute(pool)
    .await?;
    Ok(())
}

/// A file that is to be brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingFile {
    /// The message it was sent in.
    pub message: MessageId,
    /// Who sent it.
    pub sender: UserId,
    /// Where it lies beside the export.
    pub path: String,
}

/// The next files that were not brought yet, in the order of their messages' ids.
pub async fn files_after(pool: &PgPool, after: Option<MessageId>, limit: u32) -> Result<Vec<WaitingFile>, StoreError> {
    let rows: Vec<(Uuid, i64, String)> = sqlx::query_as(
        "select m.id, p.user_id, m.attachment from import.messages m join import.people p on p.original = m.sender
          where m.attachment is not null and m.attachment_id is null and ($1::uuid is null or m.id > $1) order by m.id limit $2",
    )
    .bind(after.map(MessageId::uuid))
    .bind(i64::from(limit))
    .fetch_all(pool)
    .await?;
    let file = |(id, sender, path)| {
        let sender = UserId::new(sender).ok_or(StoreError::Unexpected("import.people.user_id"))?;
        Ok(WaitingFile { message: MessageId::from_uuid(id), sender, path })
    };
    rows.into_iter().map(file).collect()
}

/// Notes what became of a message's file.
pub async fn set_file(pool: &PgPool, message: MessageId, attachment: AttachmentId) -> Result<(), StoreError> {
    let noted = sqlx::query("update import.messages set attachment_id = $2 where id = $1");
    noted.bind(message.uuid()).bind(attachment.uuid()).execute(pool).await?;
    Ok(())
}
