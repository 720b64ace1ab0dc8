//! Messages are deleted by commands, many at once.

use anyhow::bail;
use chat_bus::Bus;
use chat_protocol::command::{CommandBody, DeleteMessage};
use chat_protocol::error::ErrorCode;
use chat_protocol::ids::{ConversationId, MessageId, UserId};
use chat_protocol::reply::Outcome;
use chat_store::Database;
use chat_store::operator::erasure;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::asking::Asking;

/// How many deletions are under way at once.
const AT_ONCE: usize = 64;
const PAGE: u32 = 1000;

/// Deletes what one person has said.
pub(super) struct Deleting {
    database: Database,
    asking: Asking,
    person: UserId,
    administrator: Option<UserId>,
}

/// In whose name.
#[derive(Debug, Clone, Copy)]
enum Actor {
    Sender(UserId),
    Administrator(UserId),
}

impl Deleting {
    pub(super) async fn start(
        database: &Database,
        bus: &Bus,
        person: UserId,
        administrator: Option<UserId>,
    ) -> anyhow::Result<Self> {
        Ok(Self { database: database.clone(), asking: Asking::start(bus.clone()).await?, person, administrator })
    }

    /// Deletes all that the person has said in a conversation, if there is somebody to do it.
    pub(super) async fn delete_in(&self, conversation: ConversationId) -> anyhow::Result<()> {
        let takes_part = erasure::takes_part(self.database.pool(), self.person, conversation).await?;
        let actor = match self.administrator {
            Some(administrator) => Actor::Administrator(administrator),
            None if takes_part => Actor::Sender(self.person),
            None => return Ok(()),
        };
        let mut after = 0;
        loop {
            let page = erasure::messages(self.database.pool(), self.person, conversation, after, PAGE).await?;
            let Some((_, last)) = page.last() else { return Ok(()) };
            after = *last;
            let deletions = page.into_iter().map(|(id, _)| self.delete(conversation, id, actor));
            stream::iter(deletions).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
        }
    }

    async fn delete(&self, conversation_id: ConversationId, message_id: MessageId, actor: Actor) -> anyhow::Result<()> {
        let body = |not_after| match actor {
            Actor::Sender(actor_id) => {
                CommandBody::DeleteMessage(DeleteMessage { conversation_id, message_id, actor_id, not_after })
            }
            Actor::Administrator(actor_id) => {
                CommandBody::ModerateMessage(DeleteMessage { conversation_id, message_id, actor_id, not_after })
            }
        };
        match self.asking.ask(body).await? {
            // The conversation may have been deleted meanwhile; what is left in it is blanked.
            Outcome::Refused(refusal) if refusal.code != ErrorCode::NotFound => {
                bail!("a deletion was refused: {}", refusal.detail)
            }
            _ => Ok(()),
        }
    }
}
