//! `manage.py dumpdata` of the Django system: one array of objects, each with its model, its key and its fields.
//! Ids of users, conversations and messages are kept.

use std::collections::HashMap;
use std::fmt;
use std::path::Path;

use anyhow::Context as _;
use chat_protocol::ids::{ConversationId, MessageId, UserId};
use chat_protocol::message::MessageType;
use chat_protocol::rest::{ConversationKind, Job, PlatformRole};
use chat_store::import::{Conversation, Entry, Message, Person};
use chrono::{DateTime, Utc};
use serde::de::{DeserializeSeed, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::source::{self, Sink, Source};

/// Reads the file twice: jobs may stand after the conversations that are about them.
pub(super) fn read(path: &Path, sink: &mut Sink<'_>) -> anyhow::Result<()> {
    let mut jobs = HashMap::new();
    each(path, &mut |object: Object| {
        if object.model() == "job" {
            let title = object.fields.get("title").and_then(Value::as_str).map(str::to_owned);
            jobs.insert(key(&object.pk), title);
        }
        Ok(())
    })?;
    each(path, &mut |object: Object| {
        let named = format!("{} {}", object.model, object.pk);
        object.hand_on(&jobs, sink).with_context(|| named)
    })
}

/// One object of the dump.
#[derive(Deserialize)]
struct Object {
    model: String,
    #[serde(default)]
    pk: Value,
    fields: Value,
}

#[derive(Deserialize)]
struct ConversationFields {
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    job: Value,
    participants: Vec<Value>,
    #[serde(default = "yes")]
    is_active: bool,
    created_at: DateTime<Utc>,
    #[serde(default)]
    updated_at: Option<DateTime<Utc>>,
}

#[derive(Deserialize)]
struct MessageFields {
    conversation: Value,
    sender: Value,
    #[serde(default)]
    content: String,
    #[serde(default)]
    message_type: Option<String>,
    #[serde(default)]
    attachment: Option<String>,
    #[serde(default)]
    is_read: bool,
    created_at: DateTime<Utc>,
}

#[derive(Deserialize)]
struct ReadFields {
    message: Value,
    user: Value,
    #[serde(default)]
    read_at: Option<DateTime<Utc>>,
}

#[derive(Deserialize)]
struct PresenceFields {
    user: Value,
    #[serde(default)]
    last_seen: Option<DateTime<Utc>>,
}

impl Object {
    /// The model without its app, in lower case.
    fn model(&self) -> String {
        self.model.rsplit('.').next().unwrap_or_default().to_ascii_lowercase()
    }

    fn hand_on(self, jobs: &HashMap<String, Option<String>>, sink: &mut Sink<'_>) -> anyhow::Result<()> {
        match self.model().as_str() {
            "conversation" => conversation(&self.pk, serde_json::from_value(self.fields)?, jobs, sink),
            "message" => message(&self.pk, serde_json::from_value(self.fields)?, sink),
            "messagereadstatus" => {
                let read: ReadFields = serde_json::from_value(self.fields)?;
                sink(Entry::Read(message_id(&read.message)?, person(&read.user)?, read.read_at))
            }
            "userpresence" => {
                let presence: PresenceFields = serde_json::from_value(self.fields)?;
                let someone = Person { last_seen: presence.last_seen, ..nobody(&presence.user)? };
                sink(Entry::Person(someone))
            }
            "user" | "customuser" => sink(Entry::Person(user(&self.pk, &self.fields)?)),
            _ => sink(Entry::Nothing),
        }
    }
}

const fn yes() -> bool {
    true
}

fn conversation(
    pk: &Value,
    fields: ConversationFields,
    jobs: &HashMap<String, Option<String>>,
    sink: &mut Sink<'_>,
) -> anyhow::Result<()> {
    let id = conversation_id(pk)?;
    let title = fields.title.filter(|title| !title.trim().is_empty());
    let job = (!fields.job.is_null()).then(|| Job {
        title: jobs.get(&key(&fields.job)).cloned().flatten(),
        id: fields.job,
        status: None,
        url: None,
    });
    let kind = match (&job, fields.participants.len(), &title) {
        (Some(_), ..) => ConversationKind::Job,
        (None, 2, None) => ConversationKind::Direct,
        _ => ConversationKind::Group,
    };
    for participant in &fields.participants {
        sink(Entry::Participant(id, person(participant)?))?;
    }
    sink(Entry::Conversation(Conversation {
        id,
        kind,
        title,
        job,
        owner: None,
        is_active: fields.is_active,
        created_at: fields.created_at,
        updated_at: fields.updated_at.unwrap_or(fields.created_at),
    }))
}

fn message(pk: &Value, fields: MessageFields, sink: &mut Sink<'_>) -> anyhow::Result<()> {
    let message_type = match fields.message_type.as_deref() {
        None | Some("text") => MessageType::Text,
        Some("image") => MessageType::Image,
        Some("file") => MessageType::File,
        Some("voice") => MessageType::Voice,
        Some(other) => anyhow::bail!("unknown message_type {other}"),
    };
    let message = Message {
        id: message_id(pk)?,
        conversation: conversation_id(&fields.conversation)?,
        ord: 0,
        sender: Some(person(&fields.sender)?),
        content: fields.content,
        message_type,
        created_at: fields.created_at,
        edited_at: None,
        reply_to: None,
        attachment: fields.attachment.filter(|path| !path.is_empty()),
        is_read: fields.is_read,
    };
    source::say(Source::Django, message, sink)
}

fn user(pk: &Value, fields: &Value) -> anyhow::Result<Person> {
    let text = |name| fields.get(name).and_then(Value::as_str).map(str::trim).filter(|text: &&str| !text.is_empty());
    let both = [text("first_name"), text("last_name")].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let name = text("name").or(text("full_name")).map(str::to_owned);
    let name = name.or((!both.is_empty()).then_some(both)).or_else(|| text("username").map(str::to_owned));
    let is_freelancer = ["role", "user_type"].into_iter().any(|field| text(field) == Some("freelancer"));
    let role = if is_freelancer { PlatformRole::Freelancer } else { PlatformRole::Client };
    Ok(Person { name, role, ..nobody(pk)? })
}

/// Somebody of whom only the id is known.
fn nobody(pk: &Value) -> anyhow::Result<Person> {
    let original = person(pk)?;
    let user_id: UserId = original.parse().context("a user id is an integer from 1 to 2^53-1")?;
    Ok(Person {
        original,
        user_id: Some(user_id),
        name: None,
        avatar_url: None,
        role: PlatformRole::Client,
        last_seen: None,
    })
}

fn person(id: &Value) -> anyhow::Result<String> {
    let text = key(id);
    text.parse::<UserId>().with_context(|| format!("user {text}: an integer from 1 to 2^53-1 is expected"))?;
    Ok(text)
}

fn key(id: &Value) -> String {
    id.as_str().map_or_else(|| id.to_string(), str::to_owned)
}

/// UUIDs stay. An installation that counted its messages gets ids that are made from the numbers, the same each time.
fn message_id(id: &Value) -> anyhow::Result<MessageId> {
    if id.is_number() {
        return Ok(source::message_id(Source::Django, &[&key(id)]));
    }
    Ok(key(id).parse()?)
}

fn conversation_id(id: &Value) -> anyhow::Result<ConversationId> {
    if id.is_number() {
        return Ok(source::conversation_id(Source::Django, &[&key(id)]));
    }
    Ok(key(id).parse()?)
}

/// Calls for each object of the array, without ever holding more than one.
fn each(path: &Path, call: &mut dyn FnMut(Object) -> anyhow::Result<()>) -> anyhow::Result<()> {
    struct Each<'a, 'b> {
        call: &'a mut dyn FnMut(Object) -> anyhow::Result<()>,
        failed: &'b mut Option<anyhow::Error>,
    }
    impl<'de> Visitor<'de> for Each<'_, '_> {
        type Value = ();

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an array of objects, as dumpdata writes it")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut objects: A) -> Result<(), A::Error> {
            while let Some(object) = objects.next_element()? {
                if let Err(error) = (self.call)(object) {
                    *self.failed = Some(error);
                    return Err(serde::de::Error::custom("broken off"));
                }
            }
            Ok(())
        }
    }
    impl<'de> DeserializeSeed<'de> for Each<'_, '_> {
        type Value = ();

        fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
            deserializer.deserialize_seq(self)
        }
    }
    let mut failed = None;
    let mut reader = serde_json::Deserializer::from_reader(source::open(path)?);
    let read = Each { call, failed: &mut failed }.deserialize(&mut reader);
    match failed {
        Some(error) => Err(error),
        None => read.with_context(|| format!("{} is not what dumpdata writes", path.display())),
    }
}
