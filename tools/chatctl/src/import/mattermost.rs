//! A bulk export of Mattermost: an object a line.

use std::io::BufRead as _;
use std::path::Path;

use anyhow::Context as _;
use chat_protocol::ids::{ConversationId, MessageId};
use chat_protocol::message::MessageType;
use chat_protocol::rest::{ConversationKind, PlatformRole};
use chat_store::import::{Conversation, Entry, Message, Person};
use serde::Deserialize;

use super::emoji;
use super::source::{self, Sink, Source, from_millis};

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Line {
    Channel {
        channel: Channel,
    },
    User {
        user: User,
    },
    Post {
        post: Post,
    },
    DirectChannel {
        direct_channel: DirectChannel,
    },
    DirectPost {
        direct_post: Post,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Channel {
    team: String,
    name: String,
    #[serde(default)]
    display_name: String,
    #[serde(default)]
    deleted_at: i64,
}

#[derive(Deserialize)]
struct User {
    username: String,
    #[serde(default)]
    nickname: String,
    #[serde(default)]
    first_name: String,
    #[serde(default)]
    last_name: String,
    #[serde(default)]
    teams: Option<Vec<Team>>,
}

#[derive(Deserialize)]
struct Team {
    name: String,
    #[serde(default)]
    channels: Option<Vec<Membership>>,
}

#[derive(Deserialize)]
struct Membership {
    name: String,
}

#[derive(Deserialize)]
struct DirectChannel {
    #[serde(default)]
    members: Option<Vec<String>>,
    #[serde(default)]
    participants: Option<Vec<Participant>>,
}

#[derive(Deserialize)]
struct Participant {
    username: String,
}

/// A post, a direct one, or an answer to one.
#[derive(Deserialize)]
struct Post {
    #[serde(default)]
    team: Option<String>,
    #[serde(default)]
    channel: Option<String>,
    #[serde(default)]
    channel_members: Option<Vec<String>>,
    user: String,
    #[serde(default)]
    message: String,
    create_at: i64,
    #[serde(default)]
    edit_at: Option<i64>,
    #[serde(default)]
    reactions: Option<Vec<Reaction>>,
    #[serde(default)]
    replies: Option<Vec<Self>>,
    #[serde(default)]
    attachments: Option<Vec<Attachment>>,
}

#[derive(Deserialize)]
struct Reaction {
    user: String,
    emoji_name: String,
    create_at: i64,
}

#[derive(Deserialize)]
struct Attachment {
    path: String,
}

pub(super) fn read(path: &Path, sink: &mut Sink<'_>) -> anyhow::Result<()> {
    for (index, line) in source::open(path)?.lines().enumerate() {
        let line = line?;
        let place = || format!("line {}", index + 1);
        if !line.trim().is_empty() {
            hand_on(serde_json::from_str(&line).with_context(place)?, sink).with_context(place)?;
        }
    }
    Ok(())
}

fn hand_on(line: Line, sink: &mut Sink<'_>) -> anyhow::Result<()> {
    match line {
        Line::Channel { channel } => sink(Entry::Conversation(Conversation {
            id: channel_id(&channel.team, &channel.name),
            kind: ConversationKind::Group,
            title: Some(channel.display_name).filter(|name| !name.is_empty()).or(Some(channel.name)),
            job: None,
            owner: None,
            is_active: channel.deleted_at == 0,
            created_at: chrono::DateTime::UNIX_EPOCH,
            updated_at: chrono::DateTime::UNIX_EPOCH,
        })),
        Line::User { user } => read_user(user, sink),
        Line::DirectChannel { direct_channel } => read_direct(direct_channel, sink),
        Line::Post { post } => {
            let (team, channel) = (
                post.team.as_deref().context("a post without team")?,
                post.channel.as_deref().context("a post without channel")?,
            );
            read_post(channel_id(team, channel), post, None, sink)
        }
        Line::DirectPost { direct_post } => {
            let members = direct_post.channel_members.clone().context("a direct post without channel_members")?;
            read_post(direct_id(members), direct_post, None, sink)
        }
        Line::Other => sink(Entry::Nothing),
    }
}

fn read_user(user: User, sink: &mut Sink<'_>) -> anyhow::Result<()> {
    let both = format!("{} {}", user.first_name.trim(), user.last_name.trim());
    let name = [user.nickname.trim(), both.trim(), &user.username]
        .into_iter()
        .find(|name| !name.is_empty())
        .map(str::to_owned);
    for team in user.teams.into_iter().flatten() {
        for channel in team.channels.into_iter().flatten() {
            sink(Entry::Participant(channel_id(&team.name, &channel.name), user.username.clone()))?;
        }
    }
    sink(Entry::Person(Person {
        original: user.username,
        user_id: None,
        name,
        avatar_url: None,
        role: PlatformRole::Client,
        last_seen: None,
    }))
}

fn read_direct(channel: DirectChannel, sink: &mut Sink<'_>) -> anyhow::Result<()> {
    let members = channel
        .members
        .or_else(|| channel.participants.map(|people| people.into_iter().map(|one| one.username).collect()))
        .context("a direct channel without members")?;
    let id = direct_id(members.clone());
    let kind = if members.len() == 2 { ConversationKind::Direct } else { ConversationKind::Group };
    for member in members {
        sink(Entry::Participant(id, member))?;
    }
    sink(Entry::Conversation(Conversation {
        id,
        kind,
        title: None,
        job: None,
        owner: None,
        is_active: true,
        created_at: chrono::DateTime::UNIX_EPOCH,
        updated_at: chrono::DateTime::UNIX_EPOCH,
    }))
}

fn read_post(
    conversation: ConversationId,
    post: Post,
    root: Option<MessageId>,
    sink: &mut Sink<'_>,
) -> anyhow::Result<()> {
    let names = [&conversation.to_string(), &post.user, &post.create_at.to_string(), &post.message];
    let id = source::message_id(Source::Mattermost, &names.map(String::as_str));
    let attachment = post.attachments.into_iter().flatten().next().map(|attachment| attachment.path);
    source::say(
        Source::Mattermost,
        Message {
            id,
            conversation,
            ord: 0,
            sender: Some(post.user),
            content: post.message,
            message_type: if attachment.is_some() { MessageType::File } else { MessageType::Text },
            created_at: from_millis(post.create_at)?,
            edited_at: post.edit_at.filter(|at| *at > 0).map(from_millis).transpose()?,
            reply_to: root,
            attachment,
            // The export does not say what was read: everything was.
            is_read: true,
        },
        sink,
    )?;
    for reaction in post.reactions.into_iter().flatten() {
        sink(Entry::Reaction(id, reaction.user, emoji::shown(&reaction.emoji_name), from_millis(reaction.create_at)?))?;
    }
    for reply in post.replies.into_iter().flatten() {
        read_post(conversation, reply, Some(root.unwrap_or(id)), sink)?;
    }
    Ok(())
}

fn channel_id(team: &str, channel: &str) -> ConversationId {
    source::conversation_id(Source::Mattermost, &[team, channel])
}

fn direct_id(mut members: Vec<String>) -> ConversationId {
    members.sort();
    source::conversation_id(Source::Mattermost, &members.iter().map(String::as_str).collect::<Vec<_>>())
}
