//! The one statement that decides and stores a batch of commands.

mod columns;
mod verdicts;

use chat_protocol::command::CommandBody;
use chat_protocol::event::EventFacts;
use chat_protocol::ids::{CommandId, ConversationId, UserId};
use chat_protocol::live::{LiveNews, UserNews};
use chat_protocol::partition::Partition;
use chat_protocol::rest::{MarkedAsRead, PlatformRole};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use self::columns::columns;
use self::verdicts::{Row, verdict};

pub use self::verdicts::unknown_participants;

use crate::StoreError;
use crate::log::LoggedEvent;
use crate::pool::BATCH_PATIENCE;

/// One partition's part in a batch: nothing is stored unless all of them hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fence {
    /// Which partition.
    pub partition: Partition,
    /// Its epoch since this worker owns it.
    pub epoch: i64,
    /// Where it stands.
    pub from_pos: i64,
    /// Where it will stand.
    pub to_pos: i64,
    /// The command at `to_pos`; none if that message had no id.
    pub to_command: Option<CommandId>,
}

/// A command with its place in the stream and in the batch.
#[derive(Debug, Clone)]
pub struct Placed {
    /// Its id.
    pub id: CommandId,
    /// Its partition.
    pub partition: Partition,
    /// Its position in the stream of commands.
    pub pos: i64,
    /// In which step of the batch it is carried out.
    pub step: i32,
    /// What it asks for.
    pub body: CommandBody,
}

/// What became of one command of the batch.
#[derive(Debug, Clone, PartialEq)]
pub struct Applied {
    /// Its index in the batch.
    pub index: usize,
    /// What became of it.
    pub verdict: Verdict,
}

/// What was decided.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// Stored by this batch.
    Stored(Stored),
    /// Stored earlier, by this very command or by one with the same `client_id` or uniqueness key.
    Known {
        /// What was stored then.
        id: Uuid,
        /// Its position.
        seq: i64,
        /// When.
        at: DateTime<Utc>,
        /// Whether it was this very command.
        same_command: bool,
    },
    /// Holds now, or did before: every command that is neither a message nor a creation.
    Carried(Box<Carried>),
    /// No such conversation, or not a participant.
    NotFound,
    /// Came too late.
    Expired,
    /// Names what does not exist, or does not fit.
    Invalid(Option<Value>),
    /// The role of the one who asks does not suffice.
    Forbidden,
    /// The state of things forbids it; in words.
    Conflict(String),
    /// One of the two people has blocked the other.
    Blocked,
}

/// What a command other than a message has done.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Carried {
    /// What stands in the log by it, in order.
    pub events: Vec<LoggedEvent>,
    /// What is told besides, in order.
    pub news: Vec<News>,
    /// Of `mark_as_read`: how much.
    pub marked: Option<MarkedAsRead>,
    /// Of `post_system_message`: what was said.
    pub posted: Option<Posted>,
}

/// What the system has said by a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Posted {
    /// Its id.
    pub id: Uuid,
    /// Its position.
    pub seq: i64,
    /// When.
    pub created_at: DateTime<Utc>,
    /// False for what another command with the same `client_id` has said.
    pub is_new: bool,
}

/// What is told at once and stands in no log.
#[derive(Debug, Clone)]
pub enum News {
    /// To everybody who holds the conversation.
    Conversation(ConversationId, LiveNews),
    /// To one person.
    User(UserId, UserNews),
}

impl PartialEq for News {
    fn eq(&self, other: &Self) -> bool {
        let json = |news: &Self| match news {
            Self::Conversation(id, news) => (id.to_string(), serde_json::to_value(news).ok()),
            Self::User(id, news) => (id.to_string(), serde_json::to_value(news).ok()),
        };
        json(self) == json(other)
    }
}

/// A new row of the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// Its id.
    pub id: Uuid,
    /// Its position.
    pub seq: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// The sender's name, picture and role, of messages.
    pub sender: Option<(String, Option<String>, PlatformRole)>,
    /// The body of the event, of everything else.
    pub body: Option<Value>,
    /// What has to be known of the event without reading its frame.
    pub facts: EventFacts,
    /// What is told besides, in order.
    pub news: Vec<News>,
}

/// What became of a batch.
#[derive(Debug, Clone, PartialEq)]
pub enum BatchOutcome {
    /// Committed; one verdict for each command.
    Committed(Vec<Applied>),
    /// Somebody else owns a partition, or the batch was committed before: nothing was stored now. What earlier commits
    /// stored is confirmed all the same.
    Fenced(Vec<Applied>),
}

/// Decides and stores a batch in one transaction of one round trip; returns after the commit.
///
/// # Errors
/// [`StoreError::Transient`] leaves open whether the batch was committed: call again with the same fences.
pub async fn apply_commands(
    connection: &mut PgConnection,
    worker: &str,
    incarnation: i64,
    lease: std::time::Duration,
    fences: &[Fence],
    commands: &[Placed],
) -> Result<BatchOutcome, StoreError> {
    let (messages, others) = columns(commands);
    // `fetch_all` drains the answer to its end: only then is it committed.
    let applying = sqlx::query_as(
        "select * from apply_commands($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, \
         $19, $20, $21, $22, $23, $24, $25, $26, $27, $28)",
    )
    .bind(worker)
    .bind(incarnation)
    .bind(lease)
    .bind(fences.iter().map(|f| i16::from(f.partition.get())).collect::<Vec<_>>())
    .bind(fences.iter().map(|f| f.epoch).collect::<Vec<_>>())
    .bind(fences.iter().map(|f| f.from_pos).collect::<Vec<_>>())
    .bind(fences.iter().map(|f| f.to_pos).collect::<Vec<_>>())
    .bind(fences.iter().map(|f| f.to_command.map(CommandId::uuid)).collect::<Vec<_>>())
    .bind(messages.ord)
    .bind(messages.step)
    .bind(messages.partition)
    .bind(messages.pos)
    .bind(messages.id)
    .bind(messages.conversation)
    .bind(messages.sender)
    .bind(messages.client)
    .bind(messages.message_type)
    .bind(messages.content)
    .bind(messages.reply_to)
    .bind(messages.attachments)
    .bind(messages.not_after)
    .bind(others.ord)
    .bind(others.step)
    .bind(others.partition)
    .bind(others.pos)
    .bind(others.id)
    .bind(others.kind)
    .bind(others.body)
    .fetch_all(connection);
    let rows: Vec<Row> = crate::within(BATCH_PATIENCE, applying).await?;

    let is_fenced = rows.iter().any(|row| row.ord < 0);
    let mut applied =
        rows.into_iter().filter(|row| row.ord >= 0).map(|row| verdict(row, commands)).collect::<Result<Vec<_>, _>>()?;
    applied.sort_by_key(|one| one.index);
    Ok(if is_fenced { BatchOutcome::Fenced(applied) } else { BatchOutcome::Committed(applied) })
}

/// Opens a transaction that the next batch does not commit: the mutant that answers before the commit needs it.
#[cfg(feature = "faults")]
pub async fn begin(connection: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query("begin").execute(connection).await?;
    Ok(())
}

/// Commits what [`begin`] opened.
#[cfg(feature = "faults")]
pub async fn commit(connection: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query("commit").execute(connection).await?;
    Ok(())
}
