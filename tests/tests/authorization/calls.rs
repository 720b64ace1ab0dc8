//! The calls of the table: their addresses, their bodies, and what was answered.

use chat_e2e::{Download, Rest, form};
use reqwest::Method;
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::actor::Actor;
use crate::secrecy::Said;
use crate::table::Row;
use crate::targets::{Target, target};
use crate::world::{PICTURE, World, new_push_subscription, new_webhook};

/// Makes the call of this row as this caller.
pub async fn ask(world: &World, row: &Row, actor: Actor) -> Said {
    let target = target(world, row, actor).await;
    said(&Rest::fetch(request(world, row, actor, &target)).await)
}

fn request(world: &World, row: &Row, actor: Actor, target: &Target) -> RequestBuilder {
    let [method, path] = &row.subject;
    let client = world.token(actor).map_or_else(|| world.app.anon(), |token| world.app.with_token(token));
    if row.name() == "POST /api/chat/attachments/" {
        return client.form_request(form("x.jpg", PICTURE));
    }
    let path = path.replace("{id}", &target.id).replace("{user_id}", &target.person.to_string());
    let path = path.replace("{delivery_id}", &world.webhook.1);
    let address = format!("{}{}", path.replace("{emoji}", "%F0%9F%91%8D"), query(world, row, target));
    let request = client.request(method.parse::<Method>().unwrap(), &address);
    match body(world, row, actor, target) {
        Value::Null => request,
        body => request.json(&body),
    }
}

/// Where the object stands in the query.
fn query(world: &World, row: &Row, target: &Target) -> String {
    match (&*row.name(), row.kind()) {
        ("GET /api/chat/messages/", "search") => "?search=secret+innersecr*".to_owned(),
        ("GET /api/chat/messages/", "sender") => format!("?sender={}", world.author.id),
        ("GET /api/chat/messages/", kind) if kind != "-" => format!("?conversation={}", target.id),
        ("GET /api/chat/presence/", kind) if kind != "-" => format!("?user_ids={}", target.person),
        _ => String::new(),
    }
}

fn body(world: &World, row: &Row, actor: Actor, target: &Target) -> Value {
    let anybody = world.app.fresh_id();
    let newcomer = if row.variant() == "self" { world.person(actor).id } else { world.newcomer.id };
    match (&*row.name(), row.variant()) {
        ("POST /api/auth/register/", _) => json!({"username": format!("m-{anybody}"), "password": "correct horse"}),
        ("POST /api/auth/token/", _) => world.account.clone(),
        ("POST /api/auth/token/refresh/", _) => json!({"refresh": world.refresh[0]}),
        ("POST /api/auth/logout/", _) => json!({"refresh": world.refresh[1]}),
        ("POST /api/chat/conversations/", "owner") => {
            json!({"kind": "group", "participant_ids": [target.person], "owner_id": world.newcomer.id})
        }
        ("POST /api/chat/conversations/", _) => {
            json!({"kind": "group", "participant_ids": [target.person, world.newcomer.id]})
        }
        ("PATCH /api/chat/conversations/{id}/", "muted") => json!({"muted": false}),
        ("PATCH /api/chat/conversations/{id}/", _) => json!({"title": "Roof"}),
        ("POST /api/chat/conversations/{id}/participants/", "admin") => {
            json!({"user_ids": [newcomer], "role": "admin"})
        }
        ("POST /api/chat/conversations/{id}/participants/", _) => json!({"user_ids": [newcomer]}),
        ("PATCH /api/chat/conversations/{id}/participants/{user_id}/", _) => json!({"role": "member"}),
        ("POST /api/chat/conversations/{id}/send_message/", "system") => {
            json!({"content": "x", "message_type": "system"})
        }
        ("POST /api/chat/conversations/{id}/send_message/", "reply") => {
            json!({"content": "x", "reply_to": world.foreign.message})
        }
        ("POST /api/chat/conversations/{id}/send_message/", "file") => {
            json!({"message_type": "file", "attachment_ids": [world.withheld]})
        }
        ("POST /api/chat/conversations/{id}/send_message/" | "PATCH /api/chat/messages/{id}/", _) => {
            json!({"content": "x"})
        }
        ("PATCH /api/chat/conversations/{id}/mark_as_read/", _) => json!({"message_ids": [world.foreign.message]}),
        ("POST /api/chat/messages/{id}/report/", _) => json!({"reason": "rude"}),
        ("PATCH /api/admin/reports/{id}/", _) => json!({"status": "dismissed"}),
        ("POST /api/admin/webhooks/", _) => new_webhook(),
        ("PATCH /api/admin/webhooks/{id}/", _) => json!({"description": "x"}),
        ("POST /api/admin/webhooks/{id}/redeliver/", _) => json!({"since": "2026-01-01T00:00:00Z"}),
        ("PUT /api/admin/users/{id}/", _) => json!({"name": "Author", "role": "client"}),
        ("PATCH /api/chat/presence/", _) => json!({"status": "online"}),
        ("POST /api/chat/push/subscriptions/", _) => new_push_subscription(),
        ("POST /api/chat/attachments/uploads/", _) => json!({"name": "x.jpg", "size": PICTURE.len()}),
        _ => Value::Null,
    }
}

/// The status, and the code of a refusal; of the headers those that say something.
fn said(answer: &Download) -> Said {
    let seen = String::from_utf8_lossy(&answer.bytes).into_owned();
    let body: Value = serde_json::from_slice(&answer.bytes).unwrap_or_default();
    let outcome = match body["code"].as_str().filter(|_| answer.status >= 400) {
        Some(code) => format!("{}:{code}", answer.status),
        None => answer.status.to_string(),
    };
    let headers = ["content-type", "www-authenticate", "allow", "cache-control", "etag", "content-disposition"];
    let headers = headers.map(|name| answer.header(name).to_owned()).join("|");
    // The name of the file stands in a header.
    Said { outcome, text: format!("{headers} {seen}"), seen: format!("{headers} {seen}") }
}
