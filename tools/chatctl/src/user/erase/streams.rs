//! What the streams have of somebody: events with their words go and come again without, commands and dead letters go.

use async_nats::Message;
use chat_bus::{Bus, sifting};
use chat_protocol::ids::{ConversationId, UserId};
use chat_protocol::subjects::{self, COMMANDS_STREAM, DEAD_LETTERS_STREAM, EVENTS_STREAM};
use serde_json::Value;

use crate::events::replay::Run as Replaying;

/// Where commands say whose they are.
const OWNERS: [&str; 3] = ["sender_id", "actor_id", "reader_id"];

/// The events of a conversation as the database has them now, in place of those that the stream has.
pub(super) async fn renew_events(bus: &Bus, replaying: &Replaying, id: ConversationId) -> anyhow::Result<()> {
    sifting::purge_subject(bus, EVENTS_STREAM, &subjects::conversation_log(id)).await?;
    replaying.publish_one(id).await
}

/// Removes the person's commands before `stored`, which nobody needs any more, and all of their dead letters; says how many. The command
/// at the position itself stays: by it the workers know the stream.
pub(super) async fn remove_commands(bus: &Bus, person: UserId, stored: i64) -> anyhow::Result<usize> {
    let is_theirs = |message: &Message| is_of(message, person);
    let commands = sifting::find(bus, COMMANDS_STREAM, is_theirs).await?;
    let letters = sifting::find(bus, DEAD_LETTERS_STREAM, is_theirs).await?;
    let commands = commands.into_iter().filter(|pos| *pos < stored).map(|pos| (COMMANDS_STREAM, pos));
    let all: Vec<_> = commands.chain(letters.into_iter().map(|pos| (DEAD_LETTERS_STREAM, pos))).collect();
    for (stream, pos) in &all {
        sifting::remove(bus, stream, *pos).await?;
    }
    Ok(all.len())
}

fn is_of(message: &Message, person: UserId) -> bool {
    let body: Value = serde_json::from_slice(&message.payload).unwrap_or_default();
    OWNERS.iter().any(|owner| body[owner].as_i64() == Some(person.get()))
}
