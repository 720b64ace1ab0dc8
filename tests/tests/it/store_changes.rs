//! Who may change a conversation, what is stored and told when it changes, and that a repeated command changes nothing.

use chat_e2e::App;
use chat_protocol::command::{
    AddParticipants, ChangeParticipant, CommandBody, DeleteConversation, MarkAsRead, Marks, RemoveParticipant, UpTo,
    UpdateConversation,
};
use chat_protocol::event::EventKind;
use chat_protocol::ids::{CommandId, ConversationId, MessageId, Seq, UserId};
use chat_protocol::rest::{ConversationKind, ConversationRole, PlatformRole};
use chat_protocol::time::Timestamp;
use chat_store::apply::{Carried, News, Verdict};
use chat_store::conversations::{ListFilter, ListWindow};
use chat_store::messages::{END, Window};
use chat_store::{Database, conversations, log, memberships, messages, reads, users};
use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

use crate::store::{Owner, message, user};

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

pub fn change(conversation_id: ConversationId, actor: i64, target: i64, role: ConversationRole) -> CommandBody {
    let (actor_id, user_id, not_after) = (user(actor), user(target), soon());
    CommandBody::ChangeParticipant(ChangeParticipant { conversation_id, actor_id, user_id, role, not_after })
}

pub fn update(conversation_id: ConversationId, actor: i64, changes: Value) -> CommandBody {
    let changes = serde_json::from_value(changes).unwrap();
    let (actor_id, not_after) = (user(actor), soon());
    CommandBody::UpdateConversation(Box::new(UpdateConversation { conversation_id, actor_id, changes, not_after }))
}

pub fn delete(conversation_id: ConversationId, actor: i64) -> CommandBody {
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

pub fn joined(person: i64, version: i64, conversation_id: ConversationId, joined_seq: i64) -> (String, Value) {
    let news =
        json!({"kind": "joined", "version": version, "conversation_id": conversation_id, "joined_seq": joined_seq});
    (person.to_string(), news)
}

fn left(person: i64, version: i64, conversation_id: ConversationId) -> (String, Value) {
    (person.to_string(), json!({"kind": "left", "version": version, "conversation_id": conversation_id}))
}

pub fn acquaintances(person: i64) -> (String, Value) {
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
    let beyond_a_gap = owner.say(group, 1).await.id;
    let marks = Marks { up_to: None, message_ids: vec![MessageId::from_uuid(beyond_a_gap)] };
    owner.carry(mark(group, 2, marks)).await;
    owner.carry(update(group, 2, json!({"muted": true, "archived": true}))).await;
    let carried = owner.carry(remove(group, 1, 2)).await;
    assert_eq!(events(&carried), [(6, EventKind::ParticipantRemoved, Some(user(2)), json!("member"))]);
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
    assert_eq!(told(&carried.news)[0], joined(2, 3, group, 8));
    let back = conversations::find(&pool, user(2), group).await.unwrap().unwrap();
    assert_eq!((back.unread_count, back.muted, back.archived), (0, false, false));
    assert_eq!(owner.role_of(group, 2).await, Some(ConversationRole::Admin));
    let fact = memberships::list(&pool, user(2), &[group]).await.unwrap().remove(0);
    assert_eq!((fact.joined_seq, fact.standing.sent_count, fact.standing.read_count), (Seq(8), 2, 3));
    let states = reads::read_states(&pool, user(2), &[group]).await.unwrap().remove(0).readers;
    assert_eq!((states[1].up_to_seq, states[1].beyond.len(), states[1].read_at), (Seq(8), 0, None));
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
    let present = "select count(*) from participants where left_seq is null";
    assert_eq!(sqlx::query_scalar::<_, i64>(present).fetch_one(&pool).await.unwrap(), 0);
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
