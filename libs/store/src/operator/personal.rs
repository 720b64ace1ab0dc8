//! Everything that is kept of one person, table by table, as JSON.

use chat_protocol::ids::UserId;
use serde_json::Value;
use sqlx::postgres::PgPool;

use crate::StoreError;

/// A table of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// The person and the account.
    Person,
    /// What they said.
    Messages,
    /// What they did besides.
    Events,
    /// Where they take part.
    Conversations,
    /// What they sent or uploaded.
    Attachments,
    /// What they put on messages.
    Reactions,
    /// Whom they blocked.
    Blocks,
    /// What they reported.
    Reports,
    /// Which browsers are told, without their secrets.
    Devices,
    /// What was done to or by them from outside.
    Audit,
}

impl Table {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Person,
        Self::Conversations,
        Self::Messages,
        Self::Events,
        Self::Attachments,
        Self::Reactions,
        Self::Blocks,
        Self::Reports,
        Self::Devices,
        Self::Audit,
    ];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Conversations => "conversations",
            Self::Messages => "messages",
            Self::Events => "events",
            Self::Attachments => "attachments",
            Self::Reactions => "reactions",
            Self::Blocks => "blocks",
            Self::Reports => "reports",
            Self::Devices => "devices",
            Self::Audit => "audit",
        }
    }

    /// A page of it: rows with the key `key`, after that of the page before.
    const fn statement(self) -> &'static str {
        match self {
            Self::Person => {
                "select u.id::text as key, jsonb_build_object('id', u.id, 'name', u.name, 'role', u.role, 'avatar_url', u.avatar_url,
                        'created_at', u.created_at, 'last_seen', u.last_seen, 'username', a.username) as row
                   from users u left join accounts a on a.user_id = u.id where u.id = $1 and u.id::text > $2 limit $3"
            }
            Self::Conversations => {
                "select c.id::text as key, jsonb_build_object('id', c.id, 'kind', c.kind, 'title', c.title, 'job', c.job, 'metadata', c.metadata,
                        'role', p.role, 'joined_seq', p.joined_seq, 'left_seq', p.left_seq, 'read_seq', p.read_seq, 'muted', p.muted,
                        'archived', p.archived, 'deleted_at', c.deleted_at) as row
                   from participants p join conversations c on c.id = p.conversation_id
                  where p.user_id = $1 and c.id::text > $2 order by c.id::text limit $3"
            }
            Self::Messages => {
                "select m.id::text as key, jsonb_build_object('id', m.id, 'conversation_id', m.conversation_id, 'seq', m.seq, 'content', m.content,
                        'original_content', m.original_content, 'client_id', m.client_id, 'reply_to', m.reply_to,
                        'created_at', m.created_at, 'edited_at', m.edited_at, 'deleted_at', m.deleted_at) as row
                   from messages m where m.sender_id = $1 and m.id > $2::uuid order by m.id limit $3"
            }
            Self::Events => {
                "select e.id::text as key, jsonb_build_object('id', e.id, 'conversation_id', e.conversation_id, 'seq', e.seq, 'kind', e.kind,
                        'created_at', e.created_at) as row
                   from log_events e where e.actor_id = $1 and e.id > $2::uuid order by e.id limit $3"
            }
            Self::Attachments => {
                "select a.id::text as key, jsonb_build_object('id', a.id, 'name', a.name, 'content_type', a.content_type, 'size', a.size,
                        'created_at', a.created_at, 'thumbnail_type', a.thumbnail_type) as row
                   from attachments a where a.uploader_id = $1 and a.state = 1 and a.id > $2::uuid order by a.id limit $3"
            }
            Self::Reactions => {
                "select r.conversation_id || ' ' || r.seq || ' ' || r.emoji as key,
                        jsonb_build_object('conversation_id', r.conversation_id, 'seq', r.seq, 'emoji', r.emoji) as row
                   from reactions r where r.user_id = $1 and r.conversation_id || ' ' || r.seq || ' ' || r.emoji > $2 order by 1 limit $3"
            }
            Self::Blocks => {
                "select b.blocked_id::text as key, jsonb_build_object('user_id', b.blocked_id, 'created_at', b.created_at) as row
                   from blocks b where b.user_id = $1 and b.blocked_id::text > $2 order by b.blocked_id::text limit $3"
            }
            Self::Reports => {
                "select r.id::text as key, jsonb_build_object('id', r.id, 'message_id', r.message_id, 'reason', r.reason,
                        'created_at', r.created_at) as row
                   from reports r where r.reporter_id = $1 and r.id > $2::uuid order by r.id limit $3"
            }
            Self::Devices => {
                "select s.id::text as key, jsonb_build_object('id', s.id, 'created_at', s.created_at, 'expires_at', s.expires_at) as row
                   from push_subscriptions s where s.user_id = $1 and s.id > $2::uuid order by s.id limit $3"
            }
            Self::Audit => {
                "select lpad(x.id::text, 20, '0') as key, to_jsonb(x) as row from audit x
                  where (x.actor_id = $1 or x.object = $1::text) and lpad(x.id::text, 20, '0') > $2 order by x.id limit $3"
            }
        }
    }

    /// What comes before everything.
    #[must_use]
    pub const fn beginning(self) -> &'static str {
        match self {
            Self::Messages | Self::Events | Self::Attachments | Self::Reports | Self::Devices => {
                "00000000-0000-0000-0000-000000000000"
            }
            _ => "",
        }
    }
}

/// A page of a table: each row with its key, after the last key of the page before.
pub async fn page(
    pool: &PgPool,
    user: UserId,
    table: Table,
    after: &str,
    limit: u32,
) -> Result<Vec<(String, Value)>, StoreError> {
    let page = sqlx::query_as(table.statement()).bind(user.get()).bind(after).bind(i64::from(limit));
    Ok(page.fetch_all(pool).await?)
}
