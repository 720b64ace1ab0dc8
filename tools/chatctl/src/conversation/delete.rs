//! A group is deleted for all, by a command in its owner's name.

use anyhow::{Context as _, bail};
use chat_protocol::command::{CommandBody, DeleteConversation};
use chat_protocol::ids::{ConversationId, UserId};
use chat_protocol::reply::Outcome;
use chat_protocol::rest::ConversationKind;
use chat_runtime::config::NatsSection;
use chat_store::admin::conversations;
use chat_store::operator::conversations::members;
use chat_store::operator::people::record;
use clap::Args;

use crate::asking::Asking;
use crate::consent::Consent;
use crate::settings::{DatabaseSettings, connect};

const OWNER: i16 = 0;

#[derive(Debug, Args)]
pub(super) struct Delete {
    #[command(flatten)]
    database: DatabaseSettings,
    #[command(flatten)]
    nats: NatsSection,
    /// The group
    id: ConversationId,
    #[command(flatten)]
    consent: Consent,
}

impl Delete {
    pub(super) async fn run(&self) -> anyhow::Result<()> {
        let database = self.database.open()?;
        let found = conversations::find(database.pool(), self.id).await?.context("there is no such conversation")?;
        if found.kind != ConversationKind::Group {
            bail!("only groups are deleted for all: a direct or job conversation is put away by each of its people")
        }
        let people = members(database.pool(), self.id, None, 1000).await?;
        let owner = people.iter().find(|member| member.role == OWNER && member.left_seq.is_none());
        let owner = owner.and_then(|owner| UserId::new(owner.user_id)).context("it has no owner")?;
        let what = format!("delete {} with {} people for all of them", self.id, found.participant_count);
        if !self.consent.to(&what)? {
            return Ok(());
        }
        let asking = Asking::start(connect(&self.nats).await?).await?;
        let body = |not_after| {
            CommandBody::DeleteConversation(DeleteConversation { conversation_id: self.id, actor_id: owner, not_after })
        };
        if let Outcome::Refused(refusal) = asking.ask(body).await? {
            bail!("refused: {}", refusal.detail)
        }
        record(database.pool(), "conversation_deleted", Some(&self.id.to_string()), None).await?;
        eprintln!("{} is deleted.", self.id);
        Ok(())
    }
}
