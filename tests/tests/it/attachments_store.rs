//! The rows of attachments: each function of the store on a real Postgres.

use std::collections::BTreeSet;
use std::time::Duration;

use chat_e2e::App;
use chat_protocol::ids::{AttachmentId, CommandId, ConversationId, UserId};
use chat_protocol::limits::MAX_ATTACHMENTS;
use chat_protocol::message::SendMessageRequest;
use chat_protocol::rest::{AttachmentKind, PlatformRole};
use chat_store::apply::Verdict;
use chat_store::attachments::{self, Completion, Findings, NewAttachment};
use chat_store::{Database, users};

use crate::store::{Owner, message, user};

const HOUR: Duration = Duration::from_hours(1);
const HOLD: Duration = Duration::from_mins(5);

async fn store() -> Database {
    let store = App::shared().await.fresh_store().await;
    let people: Vec<_> = (1..=3).map(|id| (user(id), format!("Person {id}"), PlatformRole::Client)).collect();
    users::insert_many(store.pool(), &people).await.unwrap();
    store
}

fn found() -> Findings {
    Findings {
        kind: AttachmentKind::File,
        content_type: "text/plain".into(),
        size: 3,
        sha256: [7; 32],
        dimensions: None,
        duration_ms: None,
        waveform: None,
        thumbnail_type: None,
    }
}

async fn begin(store: &Database, uploader: i64, keep: Duration, upload: Option<Duration>) -> AttachmentId {
    let id = AttachmentId::generate();
    let new = NewAttachment { id, uploader: user(uploader), name: "a", size: 3, keep, upload };
    attachments::begin(store.pool(), &new).await.unwrap();
    id
}

async fn finished(store: &Database, uploader: i64, keep: Duration) -> AttachmentId {
    let id = begin(store, uploader, keep, None).await;
    attachments::finish(store.pool(), id, &found()).await.unwrap().unwrap();
    id
}

async fn check(store: &Database, sender: i64, ids: &[AttachmentId]) -> bool {
    let ids: Vec<_> = ids.iter().map(|id| id.uuid()).collect();
    sqlx::query_scalar("select check_attachments($1, $2)").bind(sender).bind(ids).fetch_one(store.pool()).await.unwrap()
}

async fn is_served(store: &Database, reader: i64, id: AttachmentId) -> bool {
    attachments::find_served(store.pool(), user(reader), id).await.unwrap().is_some()
}

/// Sends attachments as the writer does.
async fn send(owner: &mut Owner, conversation: ConversationId, sender: i64, ids: &[AttachmentId]) -> Verdict {
    let mut command = message(conversation, sender, "look", None);
    if let chat_protocol::command::CommandBody::SendMessage(body) = &mut command {
        let attachment_ids = Some(ids.iter().map(ToString::to_string).collect());
        let request = SendMessageRequest { content: Some("look".into()), attachment_ids, ..Default::default() };
        body.message = request.check(100).unwrap();
    }
    owner.apply(CommandId::generate(), command).await
}

#[tokio::test]
async fn finished_attachment_is_what_was_found() {
    let store = store().await;
    let id = begin(&store, 1, HOUR, None).await;
    let picture = Findings {
        kind: AttachmentKind::Image,
        dimensions: Some((30, 20)),
        thumbnail_type: Some("image/webp".into()),
        ..found()
    };
    let attachment = attachments::finish(store.pool(), id, &picture).await.unwrap().unwrap();
    assert_eq!((attachment.id, attachment.kind, attachment.size), (id, AttachmentKind::Image, 3));
    assert_eq!((attachment.width, attachment.height), (Some(30), Some(20)));
    assert_eq!(attachment.sha256, "07".repeat(32));
    assert_eq!(attachment.thumbnail_url.unwrap(), format!("/api/chat/attachments/{id}/thumbnail/"));
    assert_eq!(attachments::finish(store.pool(), id, &picture).await.unwrap(), None, "once");
    let voice = begin(&store, 1, HOUR, None).await;
    let heard =
        Findings { kind: AttachmentKind::Voice, duration_ms: Some(1200), waveform: Some(vec![0, 50, 100]), ..found() };
    let attachment = attachments::finish(store.pool(), voice, &heard).await.unwrap().unwrap();
    assert_eq!((attachment.duration_ms, attachment.waveform), (Some(1200), Some(vec![0, 50, 100])));
    attachments::give_up(store.pool(), voice).await.unwrap();
    assert!(is_served(&store, 1, voice).await, "what is finished is not given up");
}

#[tokio::test]
async fn senders_have_finished_uploads_of_their_own_each_once_and_at_most_ten() {
    let store = store().await;
    let mut own = Vec::new();
    for _ in 0..=MAX_ATTACHMENTS {
        own.push(finished(&store, 1, HOUR).await);
    }
    let (foreign, arriving) = (finished(&store, 2, HOUR).await, begin(&store, 1, HOUR, None).await);
    assert!(check(&store, 1, &[]).await);
    assert!(check(&store, 1, &own[..1]).await);
    assert!(check(&store, 1, &own[..MAX_ATTACHMENTS]).await);
    for wrong in [
        own.clone(),
        vec![own[0], own[0]],
        vec![foreign],
        vec![own[0], foreign],
        vec![arriving],
        vec![own[0], AttachmentId::generate()],
    ] {
        assert!(!check(&store, 1, &wrong).await, "{wrong:?}");
    }
    attachments::give_up(store.pool(), arriving).await.unwrap();
    assert!(attachments::finish(store.pool(), arriving, &found()).await.unwrap().is_none());
    assert!(!check(&store, 1, &[arriving]).await);
}

#[tokio::test]
async fn uploads_by_url_are_completed_by_one_at_a_time() {
    let store = store().await;
    let pool = store.pool();
    let id = begin(&store, 1, HOUR, Some(HOUR)).await;
    assert_eq!(attachments::claim(pool, user(2), id, HOLD).await.unwrap(), None, "somebody else's");
    assert_eq!(attachments::claim(pool, user(1), id, HOLD).await.unwrap(), Some(Completion::Claimed { size: 3 }));
    assert_eq!(attachments::claim(pool, user(1), id, HOLD).await.unwrap(), Some(Completion::Busy));
    attachments::release(pool, id).await.unwrap();
    let zero = Duration::ZERO;
    assert_eq!(attachments::claim(pool, user(1), id, zero).await.unwrap(), Some(Completion::Claimed { size: 3 }));
    assert_eq!(
        attachments::claim(pool, user(1), id, HOLD).await.unwrap(),
        Some(Completion::Claimed { size: 3 }),
        "who held it is gone"
    );
    let attachment = attachments::finish(pool, id, &found()).await.unwrap().unwrap();
    assert_eq!(
        attachments::claim(pool, user(1), id, HOLD).await.unwrap(),
        Some(Completion::Finished(Box::new(attachment)))
    );
    let through_the_api = begin(&store, 1, HOUR, None).await;
    assert_eq!(attachments::claim(pool, user(1), through_the_api, HOLD).await.unwrap(), Some(Completion::Busy));
}

#[tokio::test]
async fn what_was_not_sent_in_time_is_taken_once() {
    let store = store().await;
    let pool = store.pool();
    let mut due = BTreeSet::new();
    for _ in 0..10 {
        due.insert(finished(&store, 1, Duration::ZERO).await);
        due.insert(begin(&store, 1, Duration::ZERO, None).await);
    }
    let fresh = finished(&store, 1, HOUR).await;
    let takers = (0..4).map(|_| attachments::take_due(pool, 7, HOLD));
    let taken: Vec<_> = futures_util::future::join_all(takers).await.into_iter().flat_map(Result::unwrap).collect();
    assert_eq!(taken.iter().copied().collect::<BTreeSet<_>>(), due, "all of them");
    assert_eq!(taken.len(), due.len(), "and each by one");
    assert!(attachments::take_due(pool, 50, HOLD).await.unwrap().is_empty(), "they are being removed");
    assert!(!is_served(&store, 1, taken[0]).await && !check(&store, 1, &taken[..1]).await, "nobody sees them any more");
    attachments::forget(pool, &taken[1..]).await.unwrap();
    attachments::forget(pool, &[fresh]).await.unwrap();
    assert!(is_served(&store, 1, fresh).await, "only what was taken is forgotten");
    sqlx::query("update attachments set busy_until = now() where state = 2").execute(pool).await.unwrap();
    assert_eq!(attachments::take_due(pool, 50, HOLD).await.unwrap(), taken[..1], "whoever took it is gone");
}

#[tokio::test]
async fn what_stands_in_a_message_is_kept_until_it_stands_in_none() {
    let store = store().await;
    let mut owner = Owner::of(store.clone()).await;
    let pool = store.pool();
    let (first, _) = owner.begin(1, &[2], None).await;
    let (second, _) = owner.begin(1, &[3], None).await;
    let id = finished(&store, 1, Duration::ZERO).await;
    for conversation in [first, second] {
        let sent = send(&mut owner, conversation, 1, &[id]).await;
        assert!(matches!(sent, Verdict::Stored(_)), "{sent:?}");
    }
    assert!(attachments::take_due(pool, 50, HOLD).await.unwrap().is_empty());
    assert!(is_served(&store, 2, id).await && is_served(&store, 3, id).await);
    unlink(&store, first).await;
    assert!(!is_served(&store, 2, id).await && is_served(&store, 3, id).await);
    assert!(attachments::take_due(pool, 50, HOLD).await.unwrap().is_empty());
    unlink(&store, second).await;
    assert!(!is_served(&store, 1, id).await && !check(&store, 1, &[id]).await, "its uploader has it no more either");
    assert_eq!(attachments::take_due(pool, 50, HOLD).await.unwrap(), [id]);
}

#[tokio::test]
async fn deleted_message_shows_nobody_its_attachments() {
    let store = store().await;
    let mut owner = Owner::of(store.clone()).await;
    let (direct, _) = owner.begin(1, &[2], None).await;
    let id = finished(&store, 1, HOUR).await;
    send(&mut owner, direct, 1, &[id]).await;
    assert!(is_served(&store, 1, id).await && is_served(&store, 2, id).await);
    sqlx::query("update messages set deleted_at = now()").execute(store.pool()).await.unwrap();
    assert!(!is_served(&store, 1, id).await && !is_served(&store, 2, id).await);
}

/// As the deletion of a conversation's message does.
async fn unlink(store: &Database, conversation: ConversationId) {
    let unlinking =
        sqlx::query("select unlink_attachments(m.conversation_id, m.seq) from messages m where m.conversation_id = $1");
    unlinking.bind(conversation.uuid()).execute(store.pool()).await.unwrap();
}

#[tokio::test]
async fn collection_and_sending_do_not_cross() {
    let store = store().await;
    let mut owner = Owner::of(store.clone()).await;
    let (direct, _) = owner.begin(1, &[2], None).await;
    for _ in 0..20 {
        let id = finished(&store, 1, Duration::ZERO).await;
        let ids = [id];
        let taking = attachments::take_due(store.pool(), 50, HOLD);
        let (sent, taken) = tokio::join!(send(&mut owner, direct, 1, &ids), taking);
        let (is_sent, is_taken) = (matches!(sent, Verdict::Stored(_)), taken.unwrap().contains(&id));
        assert!(is_sent != is_taken, "sent {is_sent}, taken away {is_taken}: {sent:?}");
        assert_eq!(is_served(&store, 2, id).await, is_sent);
    }
}

#[tokio::test]
async fn deleted_conversations_give_their_attachments_up() {
    let store = store().await;
    let mut owner = Owner::of(store.clone()).await;
    let (gone, _) = owner.begin(1, &[2, 3], None).await;
    let (kept, _) = owner.begin(1, &[2], None).await;
    let [first, second, third] =
        [finished(&store, 1, HOUR).await, finished(&store, 1, HOUR).await, finished(&store, 1, HOUR).await];
    send(&mut owner, gone, 1, &[first, second]).await;
    send(&mut owner, gone, 1, &[third]).await;
    send(&mut owner, kept, 1, &[second]).await;
    assert_eq!(attachments::unlink_deleted(store.pool(), 10).await.unwrap(), 0);
    let deleting = sqlx::query("update conversations set deleted_at = now() where id = $1").bind(gone.uuid());
    deleting.execute(store.pool()).await.unwrap();
    assert_eq!(attachments::unlink_deleted(store.pool(), 1).await.unwrap(), 1, "one message at a time");
    assert_eq!(attachments::unlink_deleted(store.pool(), 10).await.unwrap(), 1);
    assert_eq!(attachments::unlink_deleted(store.pool(), 10).await.unwrap(), 0);
    let due: BTreeSet<_> = attachments::take_due(store.pool(), 10, HOLD).await.unwrap().into_iter().collect();
    assert_eq!(due, BTreeSet::from([first, third]));
    assert!(is_served(&store, 2, second).await);
}

#[tokio::test]
async fn late_bytes_of_a_signed_url_are_looked_for_once() {
    let store = store().await;
    let pool = store.pool();
    let id = begin(&store, 1, HOUR, Some(Duration::ZERO)).await;
    attachments::finish(pool, id, &found()).await.unwrap().unwrap();
    assert!(attachments::list_ended_uploads(pool, 10).await.unwrap().is_empty(), "what began in time may still come");
    let later = sqlx::query("update attachments set upload_until = upload_until - interval '61 minutes'");
    later.execute(pool).await.unwrap();
    assert_eq!(attachments::list_ended_uploads(pool, 10).await.unwrap(), [id]);
    attachments::end_uploads(pool, &[id]).await.unwrap();
    assert!(attachments::list_ended_uploads(pool, 10).await.unwrap().is_empty());
    assert!(is_served(&store, 1, id).await);
}

#[tokio::test]
async fn messages_without_attachments_are_read_without_looking_for_any() {
    let store = store().await;
    let mut owner = Owner::of(store.clone()).await;
    let (direct, _) = owner.begin(1, &[2], None).await;
    owner.apply(CommandId::generate(), message(direct, 1, "x", None)).await;
    let id = finished(&store, 1, HOUR).await;
    let pool = store.pool();
    let looks = async || {
        sqlx::query("select pg_stat_force_next_flush()").execute(pool).await.unwrap();
        let count = "select coalesce(sum(idx_scan + seq_scan), 0)::bigint from pg_stat_user_tables where relname = 'message_attachments'";
        sqlx::query_scalar::<_, i64>(count).fetch_one(pool).await.unwrap()
    };
    // One connection, so that its statistics can be had at once.
    let others = [pool.acquire().await.unwrap(), pool.acquire().await.unwrap()];
    let read = async || {
        let window = chat_store::messages::Window::Before(chat_store::messages::END);
        chat_store::messages::list(pool, UserId::new(2).unwrap(), direct, window, 10).await.unwrap().unwrap()
    };
    let before = looks().await;
    assert_eq!(read().await.len(), 1);
    assert_eq!(looks().await, before);
    drop(others);
    send(&mut owner, direct, 1, &[id]).await;
    let messages = read().await;
    assert_eq!(messages[0].attachments.iter().map(|one| one.id).collect::<Vec<_>>(), [id]);
    assert!(messages[1].attachments.is_empty());
}
