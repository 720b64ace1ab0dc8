//! Which object a row means for a caller. What a call destroys is made for it alone.

use chat_e2e::User;

use crate::actor::Actor;
use crate::secrecy::FOREIGN;
use crate::table::Row;
use crate::world::{World, new_push_subscription, text};

/// Ids in a path or a body.
#[derive(Debug, Default)]
pub struct Target {
    /// What `{id}` is.
    pub id: String,
    /// What `{user_id}` is.
    pub person: i64,
}

/// The object of this row for this caller.
pub async fn target(world: &World, row: &Row, actor: Actor) -> Target {
    let path = row.subject[1].as_str();
    let id = match path {
        _ if path.contains("/messages/{id}/") => message(world, row, actor).await,
        _ if path.contains("/reports/") => report(world, row.kind()),
        _ if path.contains("/users/") => person(world, row, actor).to_string(),
        _ if path.contains("/webhooks/") => webhook(world, row, actor).await,
        _ if path.contains("/push/") => push_subscription(world, row, actor).await,
        _ if path.contains("/attachments/") => attachment(world, row.kind(), actor),
        _ => conversation(world, row, actor).await,
    };
    Target { id, person: person(world, row, actor) }
}

async fn conversation(world: &World, row: &Row, actor: Actor) -> String {
    let is_destroyed = row.subject[0] == "DELETE" && row.is_allowed(actor);
    match row.kind() {
        "own" if is_destroyed => world.fresh_group().await,
        "own" => world.group.conversation.clone(),
        "foreign" => world.foreign.conversation.clone(),
        "deleted" => world.deleted.conversation.clone(),
        _ => nobodys(),
    }
}

async fn message(world: &World, row: &Row, actor: Actor) -> String {
    let is_destroyed = row.subject[0] == "DELETE" && row.subject[1].ends_with("{id}/") && row.is_allowed(actor);
    let said = async |by: &User| text(&by.say(&world.group.conversation, "short-lived").await, "id");
    match row.kind() {
        "own" if is_destroyed && actor.takes_part() => said(world.person(actor)).await,
        "own" | "others" if is_destroyed => said(&world.author).await,
        "own" => world.own_messages.get(&actor.person()).unwrap_or(&world.group.message).clone(),
        "others" => world.group.message.clone(),
        "tombstone" => world.tombstone.clone(),
        "foreign" if is_destroyed => text(&world.outsider.say(&world.foreign.conversation, FOREIGN).await, "id"),
        "foreign" => world.foreign.message.clone(),
        "deleted" => world.deleted.message.clone(),
        _ => nobodys(),
    }
}

async fn push_subscription(world: &World, row: &Row, actor: Actor) -> String {
    let of = match row.kind() {
        "own" if row.is_allowed(actor) => world.person(actor),
        "own" | "foreign" | "deleted" => &world.outsider,
        _ => return nobodys(),
    };
    let subscriptions = "/api/chat/push/subscriptions/";
    let id = of.post(subscriptions, new_push_subscription()).await.expect(201).text("id");
    if row.kind() == "deleted" {
        of.delete(&format!("{subscriptions}{id}/")).await.expect(204);
    }
    id
}

fn report(world: &World, kind: &str) -> String {
    match kind {
        "own" => world.group.report.clone(),
        "foreign" => world.foreign.report.clone(),
        "deleted" => world.deleted.report.clone(),
        _ => nobodys(),
    }
}

async fn webhook(world: &World, row: &Row, actor: Actor) -> String {
    match row.kind() {
        "own" if row.subject[0] == "DELETE" && row.is_allowed(actor) => world.fresh_webhook().await,
        "own" => world.webhook.0.clone(),
        _ => nobodys(),
    }
}

fn attachment(world: &World, kind: &str, actor: Actor) -> String {
    match kind {
        "own" => world.group.attachment.clone(),
        "unsent" => world.unsent[&actor.person()].clone(),
        "withheld" => world.withheld.clone(),
        "foreign" => world.foreign.attachment.clone(),
        "deleted" => world.deleted.attachment.clone(),
        _ => nobodys(),
    }
}

fn person(world: &World, row: &Row, actor: Actor) -> i64 {
    match (row.kind(), row.variant()) {
        (_, "self") | ("self", _) => world.person(actor).id,
        (_, "unknown") => world.app.fresh_id(),
        ("nonexistent", _) if !row.subject[1].contains("/conversations/") || row.subject[0] == "POST" => {
            world.app.fresh_id()
        }
        ("foreign", _) => world.outsider.id,
        _ => world.author.id,
    }
}

/// An id that nothing has.
fn nobodys() -> String {
    chat_protocol::ids::ConversationId::generate().to_string()
}
