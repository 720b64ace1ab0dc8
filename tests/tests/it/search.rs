//! Finding messages by their words: what is filled, what is found, and by whom.

mod filling;
mod isolation;
mod plans;
mod rest;
mod slices;

use chat_protocol::command::{CommandBody, DeleteMessage, EditMessage};
use chat_protocol::ids::{CommandId, ConversationId, MessageId};
use chat_store::Database;
use chat_store::all_messages::Filter;
use chat_store::apply::Verdict;
use chat_store::search::filling::{Care, Filled, Limits, fill_round};
use chat_store::search::{self, Query, Search, Stretch};

use crate::store::{Owner, message, user};
use crate::store_changes::soon;

/// Fills until there is nothing left to do; returns all that was done.
async fn fill(store: &Database, limits: Limits) -> Filled {
    let mut all = Filled::default();
    loop {
        let filled = fill_round(store.pool(), limits, Care::Fast).await.unwrap();
        if filled.partitions == 0 {
            return all;
        }
        all.messages += filled.messages;
        all.blocks += filled.blocks;
    }
}

/// What somebody finds, the best first.
async fn find(store: &Database, reader: i64, query: &str, filter: &Filter) -> Vec<String> {
    let query = Query::parse(query).unwrap();
    let search = Search { reader: user(reader), query: &query, filter };
    let slice = search::find(store.pool(), &search, Stretch::Older(None), 1000).await.unwrap();
    assert!(!slice.is_more);
    let shown = search::show(store.pool(), &search, &slice.found).await.unwrap();
    assert_eq!(shown.len(), slice.found.len());
    shown.into_iter().map(|shown| shown.message.content).collect()
}

async fn find_all(store: &Database, reader: i64, query: &str) -> Vec<String> {
    let mut found = find(store, reader, query, &Filter::default()).await;
    found.sort_unstable();
    found
}

/// All blocks, as text.
async fn blocks(store: &Database) -> Vec<String> {
    let rows = sqlx::query_scalar("select b::text from search_blocks b order by b.conversation_id, b.first_seq");
    rows.fetch_all(store.pool()).await.unwrap()
}

impl Owner {
    /// Says something; returns the message.
    async fn tell(&mut self, conversation: ConversationId, sender: i64, content: &str) -> MessageId {
        let verdict = self.apply(CommandId::generate(), message(conversation, sender, content, None)).await;
        let Verdict::Stored(stored) = verdict else { panic!("{verdict:?}") };
        MessageId::from_uuid(stored.id)
    }

    async fn edit(&mut self, conversation_id: ConversationId, actor: i64, message_id: MessageId, content: &str) {
        let (actor_id, content) = (user(actor), content.to_owned());
        let edit =
            EditMessage { conversation_id, message_id, actor_id, content, window_secs: 86_400, not_after: soon() };
        self.carry(CommandBody::EditMessage(edit)).await;
    }

    async fn erase(&mut self, conversation_id: ConversationId, actor: i64, message_id: MessageId) {
        let deletion = DeleteMessage { conversation_id, message_id, actor_id: user(actor), not_after: soon() };
        self.carry(CommandBody::DeleteMessage(deletion)).await;
    }
}
