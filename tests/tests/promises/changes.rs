//! What is no message is decided, answered, published and told as surely: changes of participants, titles, marks.

use std::collections::BTreeSet;
use std::time::Duration;

use async_nats::{HeaderMap, Subscriber};
use chat_bus::events::{self, ReceivedEvent};
use chat_bus::live::{decode_of_conversation, decode_of_user};
use chat_e2e::{PATIENCE, Service, StackOptions, User, Writer};
use chat_protocol::command::{
    AddParticipants, Command, CommandBody, HEADER_COMMAND_ID, HEADER_KIND, HEADER_REPLY_TO, MarkAsRead, Marks,
    RemoveParticipant, UpTo, UpdateConversation,
};
use chat_protocol::error::ErrorCode;
use chat_protocol::event::EventKind;
use chat_protocol::frame::ServerFrame;
use chat_protocol::ids::{MessageId, Seq, UserId};
use chat_protocol::live::{LiveNews, UserNews};
use chat_protocol::reply::Outcome;
use chat_protocol::rest::{ConversationChanges, ConversationRole};
use chat_protocol::subjects;
use chat_protocol::time::Timestamp;
use chrono::{TimeDelta, Utc};
use futures_util::StreamExt as _;
use tokio::time::{Instant, timeout};

use crate::{Kept, Scene, ensure, failing, go_on, halt, workers};

/// How long after an event its news may come: both are told at once.
const TOLD_WITHIN: Duration = Duration::from_secs(5);

fn soon() -> Timestamp {
    (Utc::now() + TimeDelta::minutes(1)).into()
}

fn id_of(user: &User) -> UserId {
    UserId::new(user.id).expect("people have ids")
}

pub(crate) fn addition(conversation: &str, actor: &User, user: &User) -> CommandBody {
    CommandBody::AddParticipants(AddParticipants {
        conversation_id: conversation.parse().expect("an id"),
        actor_id: id_of(actor),
        user_ids: vec![id_of(user)],
        role: ConversationRole::Member,
        not_after: soon(),
    })
}

pub(crate) fn removal(conversation: &str, actor: &User, user: &User) -> CommandBody {
    CommandBody::RemoveParticipant(RemoveParticipant {
        conversation_id: conversation.parse().expect("an id"),
        actor_id: id_of(actor),
        user_id: id_of(user),
        not_after: soon(),
    })
}

pub(crate) fn title(conversation: &str, actor: &User, title: &str) -> CommandBody {
    CommandBody::UpdateConversation(Box::new(UpdateConversation {
        conversation_id: conversation.parse().expect("an id"),
        actor_id: id_of(actor),
        changes: ConversationChanges { title: Some(Some(title.to_owned())), ..ConversationChanges::default() },
        not_after: soon(),
    }))
}

pub(crate) fn marks(
    conversation: &str,
    reader: &User,
    up_to: Option<UpTo>,
    message_ids: Vec<MessageId>,
) -> CommandBody {
    CommandBody::MarkAsRead(MarkAsRead {
        conversation_id: conversation.parse().expect("an id"),
        reader_id: id_of(reader),
        marks: Marks { up_to, message_ids },
        not_after: soon(),
    })
}

fn message(writer: &Writer, conversation: &str, sender: &User, content: &str) -> Command {
    writer.send_message(conversation, sender.id, content, TimeDelta::minutes(1)).expect("a command")
}

/// One worker that fails like this, and is restarted.
pub(crate) fn dying_workers(points: &str) -> StackOptions {
    StackOptions { restart: true, ..failing(workers(1), Service::Persistence, points) }
}

/// Dying after the commit of the batch of this number.
fn dying_at_batch(number: u32) -> String {
    format!("storing.after_commit={}*off->1*return", number - 1)
}

/// The next thing heard that this reads.
async fn next<T>(heard: &mut Subscriber, read: impl Fn(&async_nats::Message) -> Option<T>) -> T {
    next_within(PATIENCE, heard, read).await.expect("it is told")
}

async fn next_within<T>(
    limit: Duration,
    heard: &mut Subscriber,
    read: impl Fn(&async_nats::Message) -> Option<T>,
) -> Option<T> {
    let next = async {
        loop {
            let message = heard.next().await.expect("the subscription lasts");
            if let Some(found) = read(&message) {
                return found;
            }
        }
    };
    timeout(limit, next).await.ok()
}

/// An event of a log, the first left out.
fn after_creation(message: &async_nats::Message) -> Option<ReceivedEvent> {
    events::decode(message.clone()).filter(|event| event.seq > Seq(1))
}

fn news_of(user: &User) -> impl Fn(&async_nats::Message) -> Option<UserNews> {
    let user = id_of(user);
    move |message| decode_of_user(message).filter(|(of, _)| *of == user).map(|(_, news)| news)
}

/// Dying between the commit of a removal and its publication. The creations of two conversations come before
/// it.
pub(crate) fn dying_of_a_removal() -> String {
    dying_at_batch(3)
}

/// A removal whose worker died before it could publish is published by the next owner, and told after it.
pub(crate) async fn removal_survives_its_worker(scene: &Scene) -> Kept {
    let group = scene.ada.group_with(&[&scene.ben]).await;
    let mut listener = scene.ada.open(0, &group).await;
    let writer = scene.app.writer().await;
    let mut heard = writer.hear("chat.>").await.expect("NATS lets us in");
    let pid = scene.owner().await.pid();
    let command = writer.command(removal(&group, &scene.ada, &scene.ben));
    writer.publish(&command).await.expect("the stream takes it");

    let conversation_id = group.parse().expect("an id");
    let is_removal = |message: &async_nats::Message| {
        let event = events::decode(message.clone())?;
        let is_removal = (event.conversation_id, event.kind) == (conversation_id, Some(EventKind::ParticipantRemoved));
        is_removal.then_some((event.seq, event.facts.participant))
    };
    assert_eq!(next(&mut heard, is_removal).await, (Seq(2), UserId::new(scene.ben.id)));
    // What is heard after the event was told after it.
    let is_left = |news: &UserNews| matches!(news, UserNews::Left { .. });
    let left = next_within(TOLD_WITHIN, &mut heard, |message| news_of(&scene.ben)(message).filter(is_left)).await;
    let told = Some(UserNews::Left { version: 3, conversation_id });
    ensure(left == told, format!("after the removal, {left:?} was told"))?;
    assert_ne!(scene.owner().await.pid(), pid, "the worker has died of it");

    let published = writer.log_of(&group).await.expect("the stream is read");
    let mut facts: Vec<_> = published.iter().map(|event| (event.seq.0, event.kind, event.facts.participant)).collect();
    // At least once each.
    facts.sort_by_key(|(seq, ..)| *seq);
    facts.dedup();
    let expected = [
        (1, Some(EventKind::ConversationCreated), None),
        (2, Some(EventKind::ParticipantRemoved), UserId::new(scene.ben.id)),
    ];
    assert_eq!(facts, expected);
    let frame = listener.expect("participant_removed").await;
    assert_eq!((frame["seq"].as_i64(), frame["user_id"].as_i64()), (Some(2), Some(scene.ben.id)));
    Ok(())
}

#[tokio::test]
async fn removal_by_a_worker_that_died_before_it_could_publish_is_published_and_told() {
    let scene = Scene::on(dying_workers(&dying_of_a_removal())).await;
    removal_survives_its_worker(&scene).await.unwrap();
    scene.strike().await;
}

#[tokio::test]
async fn marks_whose_answer_was_lost_are_answered_as_the_first_time() {
    // A creation and three messages come before them.
    let scene = Scene::on(dying_workers(&dying_at_batch(5))).await;
    for content in ["one", "two", "three"] {
        scene.ada.say(&scene.direct, content).await;
    }
    let mut writer = scene.app.writer().await;
    let mut heard = writer.hear("chat.>").await.unwrap();
    let pid = scene.owner().await.pid();
    let command = writer.command(marks(&scene.direct, &scene.ben, Some(UpTo::Seq(Seq(3))), Vec::new()));
    writer.publish(&command).await.unwrap();
    // The next owner tells what was read.
    let read = next(&mut heard, |message| match decode_of_conversation(message)?.1 {
        LiveNews::Read { frame, .. } => serde_json::from_str(frame.get()).ok(),
        _ => None,
    });
    let ServerFrame::MessagesRead { message_ids, up_to_seq, reader_id, .. } = read.await else { panic!("a receipt") };
    assert_eq!((message_ids.len(), up_to_seq, reader_id), (2, Seq(3), id_of(&scene.ben)));
    assert_ne!(scene.owner().await.pid(), pid, "the worker has died of it");

    assert_eq!(writer.ask(&command).await, Outcome::MarkedAsRead { marked: 2, unread_count: 1 });
    let again = writer.command(command.body.clone());
    assert_eq!(writer.ask(&again).await, Outcome::MarkedAsRead { marked: 0, unread_count: 1 });
    // The first outcome is kept, whatever was read since.
    let rest = writer.command(marks(&scene.direct, &scene.ben, Some(UpTo::All), Vec::new()));
    assert_eq!(writer.ask(&rest).await, Outcome::MarkedAsRead { marked: 1, unread_count: 0 });
    scene.strike().await;
}

/// Everything is on the stream before the database goes on: most of it is decided in one batch.
#[tokio::test]
async fn commands_of_all_kinds_keep_their_order() {
    let scene = Scene::on(workers(1)).await;
    let [cleo] = scene.app.users(["Cleo"]).await;
    let (ada, ben) = (&scene.ada, &scene.ben);
    let group = ada.group_with(&[ben]).await;
    let mut writer = scene.app.writer().await;
    let first = message(&writer, &group, ada, "first");
    let all = |reader| marks(&group, reader, Some(UpTo::All), Vec::new());
    let commands = [
        first.clone(),
        writer.command(all(ben)),
        message(&writer, &group, ada, "second"),
        message(&writer, &group, ada, "third"),
        writer.command(marks(&group, ben, None, vec![first.id.into()])),
        writer.command(all(ben)),
        message(&writer, &group, &cleo, "too early"),
        writer.command(addition(&group, ada, &cleo)),
        message(&writer, &group, &cleo, "in time"),
        writer.command(all(&cleo)),
        writer.command(removal(&group, ben, &cleo)),
        writer.command(title(&group, ada, "Renamed")),
        writer.command(removal(&group, ada, &cleo)),
        message(&writer, &group, &cleo, "too late"),
        writer.command(all(&cleo)),
        first.clone(),
    ];
    let mut heard = writer.hear(&subjects::conversation_log(group.parse().unwrap())).await.unwrap();
    halt(scene.stack.postgres()).await;
    for command in &commands {
        writer.publish(command).await.unwrap();
    }
    go_on(scene.stack.postgres()).await;
    let mut outcomes = Vec::new();
    for command in &commands[..15] {
        outcomes.push(match writer.answer(command.id).await {
            Outcome::MessageStored { seq, .. } => format!("seq {}", seq.0),
            Outcome::MarkedAsRead { marked, unread_count } => format!("marked {marked} of {}", marked + unread_count),
            Outcome::Refused(refusal) => refusal.code.to_string(),
            other => format!("{other:?}"),
        });
    }
    let expected = [
        "seq 2",
        "marked 1 of 1",
        "seq 3",
        "seq 4",
        "marked 0 of 2",
        "marked 2 of 2",
        "not_found",
        "Done",
        "seq 6",
        "marked 0 of 0",
        "permission_denied",
        "Done",
        "Done",
        "not_found",
        "not_found",
    ];
    assert_eq!(outcomes, expected);
    let kinds = [
        EventKind::MessageReceived,
        EventKind::MessageReceived,
        EventKind::MessageReceived,
        EventKind::ParticipantAdded,
        EventKind::MessageReceived,
        EventKind::ConversationUpdated,
        EventKind::ParticipantRemoved,
    ];
    for (seq, kind) in (2..).zip(kinds) {
        let event = next(&mut heard, after_creation).await;
        assert_eq!((event.seq, event.kind), (Seq(seq), Some(kind)));
    }
    scene.strike().await;
}

/// People of a conversation in which receipts go to the reader and the senders alone.
const MANY: usize = 101;

#[tokio::test]
async fn receipts_of_a_large_conversation_are_told_once_a_second_and_completely() {
    let scene = Scene::shared().await;
    let mut people = Vec::new();
    for number in 2..MANY {
        people.push(scene.app.user(&format!("P{number}")).await);
    }
    let group = scene.ada.group_with(&people.iter().chain([&scene.ben]).collect::<Vec<_>>()).await;
    let mut said = Vec::new();
    for number in 0..6 {
        let sender = [&scene.ada, &people[0]][number % 2];
        said.push(
            sender.say(&group, &format!("m-{number}")).await["id"].as_str().unwrap().parse::<MessageId>().unwrap(),
        );
    }
    let mut writer = scene.app.writer().await;
    let mut heard = writer.hear(&subjects::conversation_live(group.parse().unwrap())).await.unwrap();
    let begun = Instant::now();
    for id in &said {
        let command = writer.command(marks(&group, &scene.ben, None, vec![*id]));
        assert!(matches!(writer.ask(&command).await, Outcome::MarkedAsRead { marked: 1, .. }));
    }
    let took = begun.elapsed();
    let (mut told, mut read, mut times) = (BTreeSet::new(), Seq(0), Vec::new());
    while told.len() < said.len() {
        let receipt = next(&mut heard, |message| match decode_of_conversation(message)?.1 {
            LiveNews::Read { only, frame, .. } => Some((only, serde_json::from_str(frame.get()).ok()?)),
            _ => None,
        });
        let (Some(only), ServerFrame::MessagesRead { message_ids, up_to_seq, .. }) = receipt.await else {
            panic!("a receipt for some only")
        };
        times.push(Instant::now());
        let senders = [&scene.ada, &people[0]].map(id_of);
        assert!(
            only.contains(&id_of(&scene.ben))
                && only.iter().all(|one| senders.contains(one) || *one == id_of(&scene.ben))
        );
        assert!(up_to_seq > read);
        (told, read) = (told.into_iter().chain(message_ids).collect(), up_to_seq);
    }
    assert_eq!((told, read), (said.into_iter().collect(), Seq(7)));
    let most = took.as_secs() + 2;
    assert!(times.len() as u64 <= most, "{} receipts in {took:?}", times.len());
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] > Duration::from_millis(900)), "{times:?}");
}

#[tokio::test]
async fn change_that_cannot_be_read_or_stored_is_put_away_and_nobody_else_is() {
    let scene = Scene::shared().await;
    let group = scene.ada.group_with(&[&scene.ben]).await;
    let mut writer = scene.app.writer().await;
    let mut heard = writer.hear(&subjects::conversation_log(group.parse().unwrap())).await.unwrap();
    let before = writer.dead_letters().await.unwrap().len();
    let spoilt = writer.command(title(&group, &scene.ada, "no\0text"));
    let unreadable = writer.command(removal(&group, &scene.ada, &scene.ben));
    let headers = [
        (HEADER_COMMAND_ID, unreadable.id.to_string()),
        (HEADER_KIND, unreadable.body.kind().as_str().to_owned()),
        (HEADER_REPLY_TO, writer.instance.to_string()),
    ];
    let headers: HeaderMap =
        headers.into_iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
    let good: Vec<_> =
        (0..6).map(|number| writer.command(title(&group, &scene.ada, &format!("title {number}")))).collect();
    for (number, command) in good.iter().enumerate() {
        writer.publish(command).await.unwrap();
        match number {
            1 => writer
                .publish_raw(subjects::command(spoilt.partition()), headers.clone(), br#"{"user_id": []}"#)
                .await
                .unwrap(),
            3 => drop(writer.publish(&spoilt).await.unwrap()),
            _ => {}
        }
    }
    for command in [&spoilt, &unreadable] {
        let outcome = writer.answer(command.id).await;
        assert!(matches!(&outcome, Outcome::Refused(refusal) if refusal.code == ErrorCode::Unavailable), "{outcome:?}");
    }
    for command in &good {
        assert_eq!(writer.answer(command.id).await, Outcome::Done);
    }
    assert_eq!(writer.dead_letters().await.unwrap().len(), before + 2);
    for number in 0..good.len() {
        let frame = next(&mut heard, after_creation).await.frame;
        assert!(String::from_utf8_lossy(&frame).contains(&format!("title {number}")), "{frame:?}");
    }
}

#[tokio::test]
async fn refused_changes_say_what_was_wrong() {
    let scene = Scene::shared().await;
    let group = scene.ada.group_with(&[&scene.ben]).await;
    let [cleo] = scene.app.users(["Cleo"]).await;
    let mut writer = scene.app.writer().await;
    let mut stranger = cleo.clone();
    stranger.id = scene.app.fresh_id();
    for (body, code, field) in [
        (addition(&group, &scene.ada, &stranger), ErrorCode::Invalid, Some("user_ids")),
        (addition(&group, &scene.ben, &cleo), ErrorCode::PermissionDenied, None),
        (addition(&group, &cleo, &cleo), ErrorCode::NotFound, None),
        (addition(&scene.direct, &scene.ada, &cleo), ErrorCode::Conflict, None),
        (removal(&scene.direct, &scene.ada, &scene.ada), ErrorCode::Conflict, None),
    ] {
        let command = writer.command(body);
        let Outcome::Refused(refusal) = writer.ask(&command).await else { panic!("{:?} is refused", command.body) };
        assert_eq!((refusal.code, refusal.errors.keys().next().map(String::as_str)), (code, field), "{refusal:?}");
        // The repetition of what was refused is refused alike.
        assert_eq!(writer.ask(&command).await, Outcome::Refused(refusal));
    }
}
