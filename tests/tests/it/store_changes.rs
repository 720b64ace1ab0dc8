//! Who may change a conversation, what is stored and told when it changes, and that a repeated command changes nothing.

use std::time::Duration;

use chat_e2e::App;
use chat_protocol::command::{
    AddParticipants, ChangeParticipant, CommandBody, DeleteConversation, MarkAsRead, Marks, RemoveParticipant, UpTo,
    UpdateConversation,
};
use chat_protocol::event::{EventKind, MessageFacts};
use chat_protocol::ids::{CommandId, ConversationId, Seq, UserId};
use chat_protocol::partition::{Partition, generate_conversation_id_in};
use chat_protocol::rest::{ConversationKind, ConversationRole, PlatformRole};
use chat_protocol::time::Timestamp;
use chat_store::apply::{BatchOutcome, Carried, Fence, News, Verdict, apply_commands};
use chat_store::conversations::{ListFilter, ListWindow};
use chat_store::messages::{END, Window};
use chat_store::seed::NewGroup;
use chat_store::{Database, conversations, log, memberships, messages, outbox, partitions, reads, seed, users};
use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

use crate::store::{LEASE, Owner, WORKER, message, user};

pub fn soon() -> Timestamp {
    (Utc::now() + TimeDelta::minutes(1)).into()
}

pub fn add(conversation_id: ConversationId, actor: i64, people: &[i64]) -> CommandBody {
    add_as(conversation_id, actor, people, ConversationRole::Member)
}

fn add_as(conversation_id: ConversationId, actor: i64, people: &[i64], role: ConversationRole) -> CommandBody {
    let user_ids = people.iter().map(|id| user(*id)).collect();
    let (actor_id, not_after) = (user(actor), soon());
    CommandBody::AddParticipants(AddParticipants { conversation_id, actor_id, user_ids, role, not_after })
}

pub fn remove(conversation_id: ConversationId, actor: i64, target: i64) -> CommandBody {
    let (actor_id, user_id, not_after) = (user(actor), user(target), soon());
    CommandBody::RemoveParticipant(RemoveParticipant { conversation_id, actor_id, user_id, not_after })
}

fn change(conversation_id: ConversationId, actor: i64, target: i64, role: ConversationRole) -> CommandBody {
    let (actor_id, user_id, not_after) = (user(actor), user(target), soon());
    CommandBody::ChangeParticipant(ChangeParticipant { conversation_id, actor_id, user_id, role, not_after })
}

pub fn update(conversation_id: ConversationId, actor: i64, changes: Value) -> CommandBody {
    let changes = serde_json::from_value(changes).unwrap();
    let (actor_id, not_after) = (user(actor), soon());
    CommandBody::UpdateConversation(Box::new(UpdateConversation { conversation_id, actor_id, changes, not_after }))
}

fn delete(conversation_id: ConversationId, actor: i64) -> CommandBody {
    CommandBody::DeleteConversation(DeleteConversation { conversation_id, actor_id: user(actor), not_after: soon() })
}

pub fn mark(conversation_id: ConversationId, reader: i64, marks: Marks) -> CommandBody {
    CommandBody::MarkAsRead(MarkAsRead { conversation_id, reader_id: user(reader), marks, not_after: soon() })
}

pub fn up_to(place: UpTo) -> Marks {
    Marks { up_to: Some(place), message_ids: Vec::new() }
}

/// A database with so many people.
pub async fn store_with(people: i64) -> Database {
    let store = App::shared().await.fresh_store().await;
    let people: Vec<_> = (1..=people).map(|id| (user(id), format!("Person {id}"), PlatformRole::Client)).collect();
    users::insert_many(store.pool(), &people).await.unwrap();
    store
}

/// News as JSON: whom it goes to, and what it says.
pub fn told(news: &[News]) -> Vec<(String, Value)> {
    let one = |news: &News| match news {
        News::Conversation(id, news) => (id.to_string(), serde_json::to_value(news).unwrap()),
        News::User(id, news) => (id.to_string(), serde_json::to_value(news).unwrap()),
    };
    news.iter().map(one).collect()
}

fn joined(person: i64, version: i64, conversation_id: ConversationId, joined_seq: i64) -> (String, Value) {
    let news =
        json!({"kind": "joined", "version": version, "conversation_id": conversation_id, "joined_seq": joined_seq});
    (person.to_string(), news)
}

fn left(person: i64, version: i64, conversation_id: ConversationId) -> (String, Value) {
    (person.to_string(), json!({"kind": "left", "version": version, "conversation_id": conversation_id}))
}

fn acquaintances(person: i64) -> (String, Value) {
    (person.to_string(), json!({"kind": "acquaintances"}))
}

/// The events of a command as (seq, kind, whom it concerns, role).
fn events(carried: &Carried) -> Vec<(i64, EventKind, Option<UserId>, Value)> {
    let one = |logged: &log::LoggedEvent| {
        let frame = serde_json::to_value(&logged.event).unwrap();
        (logged.event.seq().0, logged.event.kind(), logged.facts.participant, frame["role"].clone())
    };
    carried.events.iter().map(one).collect()
}

impl Owner {
    /// Carries out what must succeed.
    pub async fn carry(&mut self, body: CommandBody) -> Carried {
        let verdict = self.apply(CommandId::generate(), body.clone()).await;
        let Verdict::Carried(carried) = verdict else { panic!("{body:?}: {verdict:?}") };
        *carried
    }

    /// What is decided about a command.
    pub async fn ask(&mut self, body: CommandBody) -> Verdict {
        self.apply(CommandId::generate(), body).await
    }

    pub async fn say(&mut self, conversation: ConversationId, sender: i64) -> chat_store::apply::Stored {
        let verdict = self.ask(message(conversation, sender, "x", None)).await;
        let Verdict::Stored(stored) = verdict else { panic!("{verdict:?}") };
        stored
    }

    /// A group whose owner is the first.
    pub async fn group(&mut self, people: &[i64]) -> ConversationId {
        let (id, verdict) = self.begin_as(Some(ConversationKind::Group), people[0], &people[1..], None).await;
        assert!(matches!(verdict, Verdict::Stored(_)), "{verdict:?}");
        id
    }

    async fn role_of(&self, conversation: ConversationId, person: i64) -> Option<ConversationRole> {
        let found = conversations::find(self.store.pool(), user(person), conversation).await.unwrap()?;
        found.participants.iter().find(|one| one.id == user(person)).map(|one| one.role)
    }
}

#[tokio::test]
async fn newcomers_see_everything_and_have_nothing_to_read() {
    let mut owner = Owner::of(store_with(5).await).await;
    let group = owner.group(&[1, 2, 3]).await;
    owner.say(group, 1).await;
    let id = CommandId::generate();
    let Verdict::Carried(carried) = owner.apply(id, add(group, 1, &[4, 2, 5])).await else { panic!("refused") };
    let member = json!("member");
    assert_eq!(
        events(&carried),
        [
            (3, EventKind::ParticipantAdded, Some(user(4)), member.clone()),
            (4, EventKind::ParticipantAdded, Some(user(5)), member)
        ],
        "who takes part already stays as he is"
    );
    let frame = serde_json::to_value(&carried.events[0].event).unwrap();
    let participant = json!({"id": 4, "name": "Person 4", "avatar_url": null, "role": "member", "user_role": "client"});
    assert_eq!((&frame["participant"], &frame["actor_id"]), (&participant, &json!(1)));
    assert_eq!(carried.events[0].id, id.uuid(), "the first event has the command's id");
    assert_ne!(carried.events[1].id, id.uuid());
    let mut expected = vec![joined(4, 1, group, 3), joined(5, 1, group, 4)];
    expected.extend((1..=5).map(acquaintances));
    assert_eq!(told(&carried.news), expected);

    let pool = owner.store.pool().clone();
    let seen = conversations::find(&pool, user(4), group).await.unwrap().unwrap();
    assert_eq!((seen.unread_count, seen.participant_count, seen.last_seq), (0, 5, Seq(4)));
    assert_eq!(messages::list(&pool, user(4), group, Window::Before(END), 9).await.unwrap().unwrap().len(), 1);
    owner.say(group, 1).await;
    assert_eq!(conversations::find(&pool, user(4), group).await.unwrap().unwrap().unread_count, 1);
    assert_eq!(owner.carry(add(group, 1, &[4])).await, Carried::default());
}

#[tokio::test]
async fn people_are_added_by_owner_and_admins_alone() {
    let mut owner = Owner::of(store_with(6).await).await;
    let group = owner.group(&[1, 2, 3]).await;
    owner.carry(change(group, 1, 2, ConversationRole::Admin)).await;
    assert_eq!(owner.ask(add(group, 3, &[4])).await, Verdict::Forbidden);
    assert_eq!(owner.ask(add(group, 6, &[4])).await, Verdict::NotFound);
    assert_eq!(owner.ask(add(ConversationId::generate(), 1, &[4])).await, Verdict::NotFound);
    assert_eq!(owner.ask(add_as(group, 2, &[4], ConversationRole::Admin)).await, Verdict::Forbidden);
    owner.carry(add(group, 2, &[4])).await;
    owner.carry(add_as(group, 1, &[5], ConversationRole::Admin)).await;
    assert_eq!(owner.role_of(group, 5).await, Some(ConversationRole::Admin));
    let unknown = owner.ask(add(group, 1, &[6, 99, 98])).await;
    assert_eq!(unknown, Verdict::Invalid(Some(json!({"unknown_participants": [98, 99]}))));
    assert_eq!(owner.role_of(group, 6).await, None, "all of it or nothing");
    let mut late = add(group, 1, &[6]);
    if let CommandBody::AddParticipants(body) = &mut late {
        body.not_after = (Utc::now() - TimeDelta::seconds(1)).into();
    }
    assert_eq!(owner.ask(late).await, Verdict::Expired);
    sqlx::query("set chat.max_participants = 5").execute(&mut owner.connection).await.unwrap();
    let many = json!({"errors": {"user_ids": ["At most 5 participants."]}});
    assert_eq!(owner.ask(add(group, 1, &[6])).await, Verdict::Invalid(Some(many)));

    let (direct, _) = owner.begin(1, &[2], None).await;
    for (actor, person) in [(1, 3), (2, 3)] {
        let verdict = owner.ask(add(direct, actor, &[person])).await;
        assert_eq!(verdict, Verdict::Conflict("A direct conversation's pair is fixed.".into()));
        assert!(matches!(owner.ask(remove(direct, actor, actor)).await, Verdict::Conflict(_)));
    }
    assert!(matches!(owner.ask(change(direct, 1, 2, ConversationRole::Admin)).await, Verdict::Conflict(_)));
}

#[tokio::test]
async fn removed_participant_has_no_access_and_comes_back_with_nothing_to_read() {
    let mut owner = Owner::of(store_with(3).await).await;
    let group = owner.group(&[1, 2, 3]).await;
    owner.say(group, 2).await;
    let sent = owner.ask(message(group, 2, "mine", Some("c"))).await;
    owner.say(group, 1).await;
    owner.carry(update(group, 2, json!({"muted": true, "archived": true}))).await;
    let carried = owner.carry(remove(group, 1, 2)).await;
    assert_eq!(events(&carried), [(5, EventKind::ParticipantRemoved, Some(user(2)), json!("member"))]);
    assert_eq!(told(&carried.news), [left(2, 2, group), acquaintances(2), acquaintances(1), acquaintances(3)]);

    let pool = owner.store.pool().clone();
    assert_eq!(conversations::find(&pool, user(2), group).await.unwrap(), None);
    assert_eq!(messages::list(&pool, user(2), group, Window::Before(END), 9).await.unwrap(), None);
    assert!(log::stretch(&pool, group, Some(user(2)), Window::Before(END), 9).await.unwrap().is_none());
    assert_eq!(memberships::page(&pool, user(2), None, 9).await.unwrap().memberships, []);
    assert_eq!(reads::read_states(&pool, user(2), &[group]).await.unwrap(), []);
    assert_eq!(reads::unread(&pool, user(2)).await.unwrap().total, 0);
    assert_eq!(owner.ask(message(group, 2, "x", None)).await, Verdict::NotFound);
    assert_eq!(owner.ask(mark(group, 2, up_to(UpTo::All))).await, Verdict::NotFound);
    assert_eq!(owner.ask(remove(group, 1, 2)).await, Verdict::NotFound);
    let again = owner.ask(message(group, 2, "mine", Some("c"))).await;
    let Verdict::Stored(sent) = sent else { panic!("{sent:?}") };
    assert!(matches!(again, Verdict::Known { id, .. } if id == sent.id), "what was said is known: {again:?}");

    owner.say(group, 3).await;
    let carried = owner.carry(add_as(group, 1, &[2], ConversationRole::Admin)).await;
    assert_eq!(told(&carried.news)[0], joined(2, 3, group, 7));
    let back = conversations::find(&pool, user(2), group).await.unwrap().unwrap();
    assert_eq!((back.unread_count, back.muted, back.archived), (0, false, false));
    assert_eq!(owner.role_of(group, 2).await, Some(ConversationRole::Admin));
    let fact = memberships::list(&pool, user(2), &[group]).await.unwrap().remove(0);
    assert_eq!((fact.joined_seq, fact.standing.sent_count, fact.standing.read_count), (Seq(7), 2, 2));
    owner.say(group, 1).await;
    assert_eq!(conversations::find(&pool, user(2), group).await.unwrap().unwrap().unread_count, 1);
}

#[tokio::test]
async fn roles_decide_who_removes_whom() {
    let mut owner = Owner::of(store_with(6).await).await;
    let group = owner.group(&[1, 2, 3, 4, 5]).await;
    for admin in [2, 3] {
        owner.carry(change(group, 1, admin, ConversationRole::Admin)).await;
    }
    for (actor, target) in [(4, 5), (4, 2), (2, 3), (2, 1)] {
        assert_eq!(owner.ask(remove(group, actor, target)).await, Verdict::Forbidden, "{actor} removes {target}");
    }
    assert_eq!(owner.ask(remove(group, 6, 5)).await, Verdict::NotFound);
    assert_eq!(owner.ask(remove(group, 1, 6)).await, Verdict::NotFound);
    for (actor, target) in [(2, 5), (1, 3), (4, 4)] {
        owner.carry(remove(group, actor, target)).await;
        assert_eq!(owner.role_of(group, target).await, None);
    }
    assert_eq!(owner.ask(change(group, 2, 1, ConversationRole::Member)).await, Verdict::Forbidden);
    assert_eq!(owner.ask(change(group, 1, 5, ConversationRole::Admin)).await, Verdict::NotFound);
    assert_eq!(owner.ask(change(group, 6, 1, ConversationRole::Admin)).await, Verdict::NotFound);
    let verdict = owner.ask(change(group, 1, 1, ConversationRole::Member)).await;
    assert_eq!(verdict, Verdict::Conflict("Make somebody else the owner first.".into()));
    assert_eq!(owner.carry(change(group, 1, 2, ConversationRole::Admin)).await, Carried::default());
    let carried = owner.carry(change(group, 1, 2, ConversationRole::Owner)).await;
    let roles: Vec<_> = events(&carried).into_iter().map(|(_, kind, person, role)| (kind, person, role)).collect();
    let changed = EventKind::ParticipantChanged;
    assert_eq!(roles, [(changed, Some(user(2)), json!("owner")), (changed, Some(user(1)), json!("admin"))]);
    assert_eq!(owner.role_of(group, 1).await, Some(ConversationRole::Admin));
    assert_eq!(owner.role_of(group, 2).await, Some(ConversationRole::Owner));
}

#[tokio::test]
async fn owner_who_leaves_hands_over_to_the_longest_serving() {
    let mut owner = Owner::of(store_with(6).await).await;
    let group = owner.group(&[4, 5, 6]).await;
    owner.carry(add_as(group, 4, &[2], ConversationRole::Admin)).await;
    owner.carry(add_as(group, 4, &[1], ConversationRole::Admin)).await;
    let (changed, removed) = (EventKind::ParticipantChanged, EventKind::ParticipantRemoved);
    // The admin who came first, the other admin, then the members in the order of their coming.
    for (leaver, heir) in [(4, 2), (2, 1), (1, 5), (5, 6)] {
        let carried = owner.carry(remove(group, leaver, leaver)).await;
        let roles: Vec<_> = events(&carried).into_iter().map(|(_, kind, who, role)| (kind, who, role)).collect();
        let owner_role = json!("owner");
        assert_eq!(
            roles,
            [(changed, Some(user(heir)), owner_role.clone()), (removed, Some(user(leaver)), owner_role)],
            "{leaver} hands over"
        );
        assert_eq!(owner.role_of(group, heir).await, Some(ConversationRole::Owner));
    }
    let carried = owner.carry(remove(group, 6, 6)).await;
    assert_eq!(carried.events.len(), 1, "the last one leaves an empty conversation");
    assert_eq!(owner.ask(add(group, 6, &[1])).await, Verdict::NotFound);
}

#[tokio::test]
async fn shared_fields_change_for_all_and_own_settings_for_oneself() {
    let mut owner = Owner::of(store_with(3).await).await;
    let (job, _) = owner.begin(1, &[2, 3], Some("7")).await;
    let carried = owner.carry(update(job, 1, json!({"title": null, "metadata": {"a": 1}}))).await;
    let frame = serde_json::to_value(&carried.events[0].event).unwrap();
    assert_eq!(carried.events[0].event.kind(), EventKind::ConversationUpdated);
    assert_eq!(
        (&frame["conversation"]["title"], &frame["conversation"]["metadata"], &frame["conversation"]["job"]["id"]),
        (&Value::Null, &json!({"a": 1}), &json!("7")),
        "null clears, what is absent stays"
    );
    assert_eq!(owner.carry(update(job, 1, json!({"metadata": {"a": 1}, "title": null}))).await, Carried::default());
    assert_eq!(owner.ask(update(job, 2, json!({"title": "x", "muted": true}))).await, Verdict::Forbidden);
    assert_eq!(owner.ask(update(ConversationId::generate(), 2, json!({"muted": true}))).await, Verdict::NotFound);
    let needed = json!({"errors": {"job": ["A job conversation needs a job."]}});
    assert_eq!(owner.ask(update(job, 1, json!({"job": null, "title": "x"}))).await, Verdict::Invalid(Some(needed)));
    let pool = owner.store.pool().clone();
    let seen = conversations::find(&pool, user(2), job).await.unwrap().unwrap();
    assert_eq!((seen.title, seen.muted), (None, false), "all of it or nothing");

    owner.say(job, 1).await;
    let carried = owner.carry(update(job, 2, json!({"muted": true, "archived": true}))).await;
    let standing = json!({"kind": "standing", "conversation_id": job, "message_count": 1, "sent_count": 0,
                          "read_count": 0, "muted": true});
    assert_eq!((carried.events.len(), told(&carried.news)), (0, vec![("2".to_owned(), standing)]));
    assert_eq!(owner.carry(update(job, 2, json!({"muted": true, "archived": false}))).await, Carried::default());
    let seen = conversations::find(&pool, user(2), job).await.unwrap().unwrap();
    assert_eq!((seen.muted, seen.archived), (true, false));
    assert_eq!(reads::unread(&pool, user(2)).await.unwrap().total, 0, "what is muted does not count");

    // The same job keeps the conversation the one of its kind; another does not.
    owner.carry(update(job, 1, json!({"job": {"id": 7, "status": "open"}}))).await;
    let (_, verdict) = owner.begin(1, &[2, 3], Some("7")).await;
    assert!(matches!(verdict, Verdict::Known { id, .. } if id == job.uuid()), "{verdict:?}");
    owner.carry(update(job, 1, json!({"job": {"id": "8"}}))).await;
    assert!(matches!(owner.begin(1, &[2, 3], Some("7")).await.1, Verdict::Stored(_)));
    let filter = ListFilter { job_id: Some("8".into()), ..ListFilter::default() };
    let rows = conversations::list(&pool, user(3), &filter, ListWindow::Older(None), 9).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.id).collect::<Vec<_>>(), [job]);

    let (direct, _) = owner.begin(1, &[2], None).await;
    let none = json!({"errors": {"job": ["A direct conversation has no job."]}});
    assert_eq!(owner.ask(update(direct, 1, json!({"job": {"id": 1}}))).await, Verdict::Invalid(Some(none)));
}

#[tokio::test]
async fn people_of_a_conversation_make_it_the_one_of_its_kind() {
    let mut owner = Owner::of(store_with(4).await).await;
    for is_addition in [true, false] {
        let (job, _) = owner.begin(1, &[2, 3], Some("7")).await;
        assert!(matches!(owner.begin(1, &[2, 3], Some("7")).await.1, Verdict::Known { .. }));
        owner.carry(if is_addition { add(job, 1, &[4]) } else { remove(job, 1, 3) }).await;
        let (other, verdict) = owner.begin(1, &[2, 3], Some("7")).await;
        assert!(matches!(verdict, Verdict::Stored(_)), "other people, another conversation: {verdict:?}");
        owner.carry(add(other, 1, &[4])).await;
    }
}

#[tokio::test]
async fn deleted_group_is_there_for_nobody() {
    let mut owner = Owner::of(store_with(4).await).await;
    let group = owner.group(&[1, 2, 3]).await;
    owner.say(group, 2).await;
    assert_eq!(owner.ask(delete(group, 2)).await, Verdict::Forbidden);
    assert_eq!(owner.ask(delete(group, 4)).await, Verdict::NotFound);
    let (id, command) = (CommandId::generate(), delete(group, 1));
    let Verdict::Carried(carried) = owner.apply(id, command.clone()).await else { panic!("refused") };
    let News::Conversation(where_, news) = &carried.news[0] else { panic!("{carried:?}") };
    let news = serde_json::to_value(news).unwrap();
    assert_eq!((*where_, news["kind"].as_str(), &news["frame"]["actor_id"]), (group, Some("deleted"), &json!(1)));
    let frame = told(&carried.news)[0].1["frame"].to_string();
    assert!(frame.contains("conversation_deleted") && frame.contains("deleted_at"), "{frame}");
    let mut expected: Vec<_> = (1..=3).map(|person| left(person, 2, group)).collect();
    expected.extend((1..=3).map(acquaintances));
    assert_eq!((carried.events.len(), &told(&carried.news)[1..]), (0, &expected[..]));
    assert_eq!(owner.apply(id, command).await, Verdict::Carried(Box::default()), "known");

    let pool = owner.store.pool().clone();
    for person in 1..=3 {
        let reader = user(person);
        assert_eq!(conversations::find(&pool, reader, group).await.unwrap(), None);
        assert_eq!(messages::list(&pool, reader, group, Window::Before(END), 9).await.unwrap(), None);
        assert!(log::stretch(&pool, group, Some(reader), Window::Before(END), 9).await.unwrap().is_none());
        assert_eq!(memberships::page(&pool, reader, None, 9).await.unwrap().memberships, []);
        assert!(!memberships::list(&pool, reader, &[group]).await.unwrap()[0].is_participant);
        assert_eq!(reads::read_states(&pool, reader, &[group]).await.unwrap(), []);
        assert_eq!(reads::unread(&pool, reader).await.unwrap().total, 0);
        assert_eq!(owner.ask(message(group, person, "x", None)).await, Verdict::NotFound);
        assert_eq!(owner.ask(delete(group, person)).await, Verdict::NotFound);
        assert_eq!(owner.ask(mark(group, person, up_to(UpTo::All))).await, Verdict::NotFound);
    }
    assert!(log::stretch(&pool, group, None, Window::Before(END), 9).await.unwrap().is_none());
    assert_eq!(log::heads(&pool, &[group]).await.unwrap(), []);
}

#[tokio::test]
async fn hidden_conversation_comes_back_when_something_is_said_or_it_is_asked_for() {
    let mut owner = Owner::of(store_with(3).await).await;
    let (direct, _) = owner.begin(1, &[2], None).await;
    owner.say(direct, 1).await;
    let pool = owner.store.pool().clone();
    let listed = async |person| {
        let rows = conversations::list(&pool, user(person), &ListFilter::default(), ListWindow::Older(None), 9).await;
        rows.unwrap().len()
    };
    let (id, command) = (CommandId::generate(), delete(direct, 2));
    assert_eq!(owner.apply(id, command.clone()).await, Verdict::Carried(Box::default()));
    assert_eq!((listed(1).await, listed(2).await), (1, 0));
    assert!(conversations::find(&pool, user(2), direct).await.unwrap().is_some(), "hidden from the list alone");
    owner.carry(update(direct, 1, json!({"title": "x"}))).await;
    assert_eq!(listed(2).await, 0, "nothing was said");
    owner.say(direct, 1).await;
    assert_eq!(listed(2).await, 1);
    assert_eq!(owner.apply(id, command).await, Verdict::Carried(Box::default()), "known");
    assert_eq!(listed(2).await, 1, "a repeated command hides nothing");
    owner.carry(delete(direct, 2)).await;
    assert!(matches!(owner.begin(2, &[1], None).await.1, Verdict::Known { .. }));
    assert_eq!(listed(2).await, 1);
    assert_eq!(owner.ask(delete(direct, 3)).await, Verdict::NotFound);
}

#[tokio::test]
async fn repeated_command_is_answered_as_the_first_time_and_changes_nothing() {
    let mut owner = Owner::of(store_with(4).await).await;
    let group = owner.group(&[1, 2, 3]).await;
    owner.say(group, 1).await;
    let done = Verdict::Carried(Box::default());
    let (member, admin) = (ConversationRole::Member, ConversationRole::Admin);
    // Each command, and what happens before it comes again; the third, the fourth and the sixth changed nothing.
    let stories = [
        (add(group, 1, &[4]), remove(group, 1, 4)),
        (remove(group, 1, 3), add(group, 1, &[3])),
        (add(group, 1, &[3]), change(group, 1, 3, admin)),
        (change(group, 1, 2, member), change(group, 1, 2, admin)),
        (update(group, 1, json!({"title": "a"})), update(group, 1, json!({"title": "b"}))),
        (update(group, 1, json!({"title": "b"})), update(group, 1, json!({"title": "c"}))),
        (update(group, 2, json!({"muted": true})), update(group, 2, json!({"muted": false}))),
    ];
    for (command, meanwhile) in stories {
        let id = CommandId::generate();
        let first = owner.apply(id, command.clone()).await;
        assert!(matches!(first, Verdict::Carried(_)), "{command:?}: {first:?}");
        owner.carry(meanwhile).await;
        assert_eq!(owner.apply(id, command.clone()).await, done, "{command:?}");
    }
    let pool = owner.store.pool();
    let seen = conversations::find(pool, user(2), group).await.unwrap().unwrap();
    assert_eq!((seen.title.as_deref(), seen.muted), (Some("c"), false));
    let roles: Vec<_> = seen.participants.iter().map(|one| (one.id, one.role)).collect();
    assert_eq!(roles, [(user(1), ConversationRole::Owner), (user(2), admin), (user(3), admin)]);

    owner.carry(change(group, 1, 2, member)).await;
    let (id, command) = (CommandId::generate(), add(group, 2, &[4]));
    assert_eq!(owner.apply(id, command.clone()).await, Verdict::Forbidden);
    owner.carry(change(group, 1, 2, ConversationRole::Admin)).await;
    assert_eq!(owner.apply(id, command).await, Verdict::Forbidden, "who was refused is not obeyed later");
}

#[tokio::test]
async fn fenced_batch_confirms_commands_of_every_kind() {
    let mut owner = Owner::of(store_with(5).await).await;
    let (group, put_away) = (owner.group(&[1, 2, 3]).await, owner.begin(1, &[2], None).await.0);
    owner.say(group, 2).await;
    let stored = [
        add(group, 1, &[4]),
        remove(group, 1, 3),
        change(group, 1, 2, ConversationRole::Admin),
        update(group, 1, json!({"title": "new"})),
        update(group, 1, json!({"muted": true})),
        mark(group, 1, up_to(UpTo::All)),
        delete(put_away, 1),
        add(group, 4, &[5]),
    ]
    .map(|body| (CommandId::generate(), body));
    let first = owner.apply_all(stored.clone()).await;
    let fresh = (CommandId::generate(), remove(group, 1, 2));
    let placed: Vec<_> = stored
        .iter()
        .cloned()
        .chain([fresh])
        .zip(900..)
        .map(|((id, body), pos)| Owner::placed(id, pos, body))
        .collect();
    let fence =
        Fence { partition: Partition::of_conversation(group), epoch: 7, from_pos: 0, to_pos: 950, to_command: None };
    let outcome = apply_commands(&mut owner.connection, WORKER, 0, LEASE, &[fence], &placed).await.unwrap();
    let BatchOutcome::Fenced(confirmed) = outcome else { panic!("{outcome:?}") };
    assert_eq!(confirmed.iter().map(|one| one.index).collect::<Vec<_>>(), (0..stored.len()).collect::<Vec<_>>());
    for (first, confirmed) in first.into_iter().zip(confirmed) {
        let expected = match first {
            Verdict::Carried(carried) => {
                Verdict::Carried(Box::new(Carried { marked: carried.marked, ..Carried::default() }))
            }
            refused => refused,
        };
        assert_eq!(confirmed.verdict, expected);
    }
    let marked = owner.apply(stored[5].0, stored[5].1.clone()).await;
    assert!(matches!(marked, Verdict::Carried(carried) if carried.marked.unwrap().marked == 1));
}

#[tokio::test]
async fn two_workers_change_the_same_people_at_once() {
    const ROUNDS: i64 = 25;
    let store = store_with(3).await;
    let halves: [Vec<Partition>; 2] = [0, 1].map(|odd| Partition::all().filter(|one| one.get() % 2 == odd).collect());
    let groups: Vec<NewGroup> = [&halves[0], &halves[1]]
        .into_iter()
        .flat_map(|half| [half[0], half[1]].map(generate_conversation_id_in))
        .map(|id| NewGroup { id, title: "x".into(), participants: vec![user(1)] })
        .collect();
    seed::insert_groups(store.pool(), &groups).await.unwrap();
    let mut first = Owner::of_some(store.clone(), "worker-1", &halves[0]).await;
    let mut second = Owner::of_some(store.clone(), "worker-2", &halves[1]).await;
    let ids: Vec<_> = groups.iter().map(|group| group.id).collect();
    let commands = |order: [(usize, i64); 2], make: fn(ConversationId, i64) -> CommandBody| {
        order.map(|(group, person)| (CommandId::generate(), make(ids[group], person)))
    };
    let (enter, leave): (fn(_, _) -> _, fn(_, _) -> _) =
        (|group, person| add(group, 1, &[person]), |group, person| remove(group, 1, person));
    for _ in 0..ROUNDS {
        for make in [enter, leave] {
            let (ours, theirs) = tokio::join!(
                first.apply_all(commands([(0, 2), (1, 3)], make)),
                second.apply_all(commands([(2, 3), (3, 2)], make)),
            );
            assert!(
                ours.iter().chain(&theirs).all(|verdict| matches!(verdict, Verdict::Carried(_))),
                "{ours:?} {theirs:?}"
            );
        }
    }
    let versions = memberships::versions(store.pool(), &[2, 3].map(user)).await.unwrap();
    assert_eq!(versions, [(user(2), 4 * ROUNDS), (user(3), 4 * ROUNDS)]);
}

#[tokio::test]
async fn acquaintances_begin_and_end_with_the_two_hundredth() {
    let mut owner = Owner::of(store_with(204).await).await;
    let everybody: Vec<i64> = (1..=199).collect();
    let group = owner.group(&everybody).await;
    let mut counts = Vec::new();
    let concerned =
        |carried: &Carried| told(&carried.news).iter().filter(|(_, news)| news["kind"] == "acquaintances").count();
    for people in [&[200][..], &[201, 202], &[203]] {
        counts.push(concerned(&owner.carry(add(group, 1, people)).await));
    }
    for person in [203, 202, 201] {
        counts.push(concerned(&owner.carry(remove(group, 1, person)).await));
    }
    // To 200, over it, beyond it; back to 202, 201, and to 200 again.
    assert_eq!(counts, [200, 202, 0, 0, 0, 201]);
}

#[tokio::test]
async fn creation_and_first_words_tell_whom_they_concern() {
    let mut owner = Owner::of(store_with(3).await).await;
    let (direct, verdict) = owner.begin(2, &[1], None).await;
    let Verdict::Stored(stored) = verdict else { panic!("{verdict:?}") };
    let expected = [joined(1, 1, direct, 1), joined(2, 1, direct, 1), acquaintances(1), acquaintances(2)];
    assert_eq!(told(&stored.news), expected);
    assert_eq!(
        memberships::versions(owner.store.pool(), &[1, 2, 3, 9].map(user)).await.unwrap(),
        [(user(1), 1), (user(2), 1), (user(3), 0)]
    );

    assert_eq!(told(&owner.say(direct, 2).await.news), [], "who has opened it is seen already");
    let batch = [1, 1].map(|sender| (CommandId::generate(), message(direct, sender, "x", None)));
    let verdicts = owner.apply_all(batch).await;
    let [Verdict::Stored(first), Verdict::Stored(second)] = &verdicts[..] else { panic!("{verdicts:?}") };
    assert_eq!(told(&first.news), [acquaintances(2)]);
    assert_eq!(told(&second.news), []);
    let facts = |number, sender, sent_count| MessageFacts { number, sender_id: Some(user(sender)), sent_count };
    assert_eq!((first.facts.message, second.facts.message), (Some(facts(2, 1, 1)), Some(facts(3, 1, 2))));
    let (job, _) = owner.begin(1, &[2, 3], Some("j")).await;
    assert_eq!(told(&owner.say(job, 2).await.news), []);

    // What is told again says how many the sender has sent by now.
    let partition = Partition::of_conversation(direct);
    let again = log::stored_between(owner.store.pool(), partition, 0, i64::MAX, 10).await.unwrap();
    let told: Vec<_> =
        again.iter().filter(|one| one.event.conversation_id() == direct).map(|one| one.facts.message).collect();
    assert_eq!(told, [None, Some(facts(1, 2, 1)), Some(facts(2, 1, 2)), Some(facts(3, 1, 2))]);
}

#[tokio::test]
async fn news_is_found_again_until_it_is_forgotten() {
    let mut owner = Owner::of(store_with(4).await).await;
    let group = owner.group(&[1, 2, 3]).await;
    let partition = Partition::of_conversation(group);
    owner.say(group, 1).await;
    let mut news = Vec::new();
    for body in [
        add(group, 1, &[4]),
        mark(group, 2, up_to(UpTo::All)),
        remove(group, 2, 2),
        update(group, 1, json!({"muted": true})),
    ] {
        news.extend(owner.carry(body).await.news);
    }
    let pool = owner.store.pool().clone();
    let pos = partitions::renew(&pool, WORKER, LEASE).await.unwrap();
    let pos = pos.iter().find(|owned| owned.partition == partition).unwrap().stored_pos;
    let creation = 1;
    let found = outbox::unpublished(&pool, partition, creation, pos, 500).await.unwrap();
    assert_eq!(found.iter().map(|(_, news)| news.clone()).collect::<Vec<_>>(), news);
    let first = outbox::unpublished(&pool, partition, creation, pos, 1).await.unwrap();
    assert!(first.len() > 1 && first.iter().all(|(pos, _)| *pos == first[0].0), "a command is not parted: {first:?}");
    assert_eq!(outbox::unpublished(&pool, partition, pos, pos, 500).await.unwrap(), []);

    assert_eq!(outbox::forget(&pool, Duration::ZERO, 100).await.unwrap(), 0, "it is not published yet");
    partitions::set_published(&pool, 0, &[(partition, pos)]).await.unwrap();
    assert_eq!(outbox::forget(&pool, Duration::from_mins(15), 100).await.unwrap(), 0, "it is young");
    assert_eq!(outbox::forget(&pool, Duration::ZERO, 3).await.unwrap(), 3);
    assert!(outbox::forget(&pool, Duration::ZERO, 1000).await.unwrap() > 0);
    assert_eq!(outbox::unpublished(&pool, partition, 0, pos, 500).await.unwrap(), []);
    assert_eq!(outbox::forget(&pool, Duration::ZERO, 1000).await.unwrap(), 0);
}

#[tokio::test]
async fn events_of_one_command_are_read_together() {
    let mut owner = Owner::of(store_with(30).await).await;
    let group = owner.group(&[1, 2, 3]).await;
    owner.say(group, 1).await;
    owner.carry(add(group, 1, &(4..=30).collect::<Vec<_>>())).await;
    owner.say(group, 1).await;
    let pool = owner.store.pool();
    let (mut after, mut seqs) = (0, Vec::new());
    loop {
        let page = log::stored_between(pool, Partition::of_conversation(group), after, i64::MAX, 3).await.unwrap();
        let Some(last) = page.last() else { break };
        after = last.command_pos;
        seqs.extend(page.iter().map(|logged| logged.event.seq().0));
    }
    assert_eq!(seqs, (1..=30).collect::<Vec<_>>());
    let whole = log::stretch(pool, group, Some(user(30)), Window::After(Seq(2)), 100).await.unwrap().unwrap();
    assert_eq!(whole.events[0].facts.participant, Some(user(4)));
    let last = whole.events.last().unwrap();
    assert_eq!(last.facts.message, Some(MessageFacts { number: 2, sender_id: Some(user(1)), sent_count: 2 }));
}
