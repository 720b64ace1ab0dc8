//! The unpacked export of a Slack workspace: lists of people and channels, and a folder of days for each channel.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use chat_protocol::ids::ConversationId;
use chat_protocol::message::MessageType;
use chat_protocol::rest::{ConversationKind, PlatformRole};
use chat_store::import::{Conversation, Entry, Message, Person};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::emoji;
use super::markup::Markup;
use super::source::{self, Sink, Source};

#[derive(Deserialize)]
struct User {
    id: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    profile: Profile,
}

#[derive(Default, Deserialize)]
struct Profile {
    #[serde(default)]
    real_name: String,
    #[serde(default)]
    display_name: String,
    #[serde(default)]
    image_192: Option<String>,
}

#[derive(Deserialize)]
struct Channel {
    id: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    created: i64,
    #[serde(default)]
    creator: Option<String>,
    #[serde(default)]
    is_archived: bool,
    #[serde(default)]
    members: Vec<String>,
}

#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    subtype: Option<String>,
    #[serde(default)]
    user: Option<String>,
    #[serde(default)]
    text: String,
    ts: String,
    #[serde(default)]
    thread_ts: Option<String>,
    #[serde(default)]
    edited: Option<Edited>,
    #[serde(default)]
    reactions: Vec<Reaction>,
    #[serde(default)]
    files: Vec<File>,
}

#[derive(Deserialize)]
struct Edited {
    ts: String,
}

#[derive(Deserialize)]
struct Reaction {
    name: String,
    #[serde(default)]
    users: Vec<String>,
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    id: String,
    #[serde(default)]
    name: Option<String>,
}

/// What is said in a channel by the system: who came, went, or renamed it.
const NOT_SAID: [&str; 6] = ["channel_join", "channel_leave", "group_join", "group_leave", "channel_name", "tombstone"];

pub(super) fn read(path: &Path, sink: &mut Sink<'_>) -> anyhow::Result<()> {
    let users: Vec<User> =
        list(&path.join("users.json"))?.context("users.json is missing: is this an unpacked export?")?;
    let mut names = HashMap::new();
    for user in users {
        let shown = [&user.profile.display_name, &user.profile.real_name, &user.name]
            .into_iter()
            .find(|name| !name.trim().is_empty());
        let name = shown.cloned();
        names.insert(user.id.clone(), name.clone().unwrap_or_else(|| user.id.clone()));
        sink(Entry::Person(Person {
            original: user.id,
            user_id: None,
            name,
            avatar_url: user.profile.image_192,
            role: PlatformRole::Client,
            last_seen: None,
        }))?;
    }
    let markup = Markup::new(names);
    for (file, kind) in [
        ("channels.json", ConversationKind::Group),
        ("groups.json", ConversationKind::Group),
        ("mpims.json", ConversationKind::Group),
        ("dms.json", ConversationKind::Direct),
    ] {
        for channel in list::<Channel>(&path.join(file))?.unwrap_or_default() {
            let folder = path.join(channel.name.as_deref().unwrap_or(&channel.id));
            read_channel(channel, kind, &folder, &markup, sink).with_context(|| format!("{}", folder.display()))?;
        }
    }
    Ok(())
}

fn list<T: DeserializeOwned>(path: &Path) -> anyhow::Result<Option<Vec<T>>> {
    if !path.exists() {
        return Ok(None);
    }
    serde_json::from_reader(source::open(path)?).map(Some).with_context(|| format!("{}", path.display()))
}

fn read_channel(
    channel: Channel,
    kind: ConversationKind,
    folder: &Path,
    markup: &Markup,
    sink: &mut Sink<'_>,
) -> anyhow::Result<()> {
    let id = source::conversation_id(Source::Slack, &[&channel.id]);
    let begun = DateTime::from_timestamp(channel.created, 0).context("a time out of range")?;
    let mut last = begun;
    for day in days(folder)? {
        let said: Vec<Said> = list(&day)?.unwrap_or_default();
        for one in said {
            let at = time(&one.ts)?;
            last = last.max(at);
            read_message(&channel.id, id, at, one, markup, sink)?;
        }
    }
    for member in &channel.members {
        sink(Entry::Participant(id, member.clone()))?;
    }
    sink(Entry::Conversation(Conversation {
        id,
        kind,
        title: channel.name.filter(|_| kind == ConversationKind::Group),
        job: None,
        owner: channel.creator,
        is_active: !channel.is_archived,
        created_at: begun,
        updated_at: last,
    }))
}

/// The days of a channel, in their order.
fn days(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut days = folder.read_dir()?.map(|day| Ok(day?.path())).collect::<anyhow::Result<Vec<_>>>()?;
    days.retain(|day| day.extension().is_some_and(|extension| extension == "json"));
    days.sort();
    Ok(days)
}

fn read_message(
    channel: &str,
    conversation: ConversationId,
    at: DateTime<Utc>,
    said: Said,
    markup: &Markup,
    sink: &mut Sink<'_>,
) -> anyhow::Result<()> {
    let id = |ts: &str| source::message_id(Source::Slack, &[channel, ts]);
    let Some(sender) = said.user.filter(|_| !said.subtype.as_deref().is_some_and(|kind| NOT_SAID.contains(&kind)))
    else {
        return sink(Entry::Nothing);
    };
    let attachment = said.files.first().map(|file| format!("{}-{}", file.id, file.name.as_deref().unwrap_or("file")));
    let mut content = markup.plain(&said.text);
    // One file a message comes along; of the others the names stay.
    for file in said.files.iter().skip(1) {
        content.push_str(if content.is_empty() { "" } else { "\n" });
        content.push_str(file.name.as_deref().unwrap_or(&file.id));
    }
    source::say(
        Source::Slack,
        Message {
            id: id(&said.ts),
            conversation,
            ord: 0,
            sender: Some(sender),
            content,
            message_type: if attachment.is_some() { MessageType::File } else { MessageType::Text },
            created_at: at,
            edited_at: said.edited.map(|edited| time(&edited.ts)).transpose()?,
            reply_to: said.thread_ts.as_deref().filter(|root| *root != said.ts).map(id),
            attachment,
            // Slack does not say what was read: everything was.
            is_read: true,
        },
        sink,
    )?;
    for reaction in said.reactions {
        for user in reaction.users {
            sink(Entry::Reaction(id(&said.ts), user, emoji::shown(&reaction.name), at))?;
        }
    }
    Ok(())
}

/// Seconds since 1970 with six places behind the point.
fn time(ts: &str) -> anyhow::Result<DateTime<Utc>> {
    let wrong = || format!("{ts} is no time");
    let (seconds, micros) = ts.split_once('.').unwrap_or((ts, "0"));
    let micros: u32 = format!("{micros:0<6}").get(..6).and_then(|micros| micros.parse().ok()).with_context(wrong)?;
    DateTime::from_timestamp(seconds.parse().with_context(wrong)?, micros * 1000).with_context(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_microseconds() {
        assert_eq!(time("1700000000.000200").unwrap().to_rfc3339(), "2023-11-14T22:13:20.000200+00:00");
        assert!(time("yesterday").is_err());
    }
}
