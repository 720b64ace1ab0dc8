//! Every function of the store runs on a real Postgres and does what its sentence says.

use std::collections::BTreeMap;
use std::time::Duration;

use chat_e2e::App;
use chat_protocol::command::{CommandBody, CreateConversation, SendMessage};
use chat_protocol::error::Refusal;
use chat_protocol::ids::{CommandId, ConversationId, MessageId, Seq, UserId};
use chat_protocol::message::{NewMessage, SendMessageRequest};
use chat_protocol::partition::Partition;
use chat_protocol::rest::{ConversationKind, CreateConversationRequest, Job, PlatformRole};
use chat_protocol::rpc::Identity;
use chat_store::apply::{Applied, BatchOutcome, Fence, Placed, Verdict, apply_commands};
use chat_store::conversations::{ListFilter, ListPosition, ListWindow};
use chat_store::messages::{END, Window};
use chat_store::seed::NewGroup;
use chat_store::{
    BatchConnection, Database, accounts, conversations, log, memberships, messages, migrate, partitions, seed, users,
};
use chrono::{DateTime, TimeDelta, Utc};

pub const WORKER: &str = "worker-1";
pub const LEASE: Duration = Duration::from_secs(30);

pub fn user(id: i64) -> UserId {
    UserId::new(id).unwrap()
}

pub fn identity(id: i64, name: &str, issued_at: DateTime<Utc>) -> Identity {
    let name = Some(name.to_owned());
    Identity {
        user_id: user(id),
        name,
        role: PlatformRole::Client,
        avatar_url: None,
        issued_at: Some(issued_at.into()),
    }
}

/// A worker that owns partitions, on a database of its own.
pub struct Owner {
    pub store: Database,
    pub connection: BatchConnection,
    worker: &'static str,
    pos: i64,
    epoch: i64,
}

impl Owner {
    /// Owns everything.
    pub async fn of(store: Database) -> Self {
        Self::of_some(store, WORKER, &Partition::all().collect::<Vec<_>>()).await
    }

    /// Owns these partitions, which nobody has owned before.
    pub async fn of_some(store: Database, worker: &'static str, mine: &[Partition]) -> Self {
        let claimed = partitions::claim(store.pool(), worker, mine, LEASE).await.unwrap();
        assert_eq!(claimed.len(), mine.len());
        let connection = store.connect_for_batches().await.unwrap();
        Self { store, connection, worker, pos: 0, epoch: claimed[0].epoch }
    }

    fn fence(&self, partition: Partition, from_pos: i64, to_pos: i64, command: CommandId) -> Fence {
        Fence { partition, epoch: self.epoch, from_pos, to_pos, to_command: Some(command) }
    }

    pub fn placed(id: CommandId, pos: i64, body: CommandBody) -> Placed {
        Placed { id, partition: Partition::of_conversation(body.conversation_id()), pos, step: 0, body }
    }

    /// Stores one command as the next of its partition.
    pub async fn apply(&mut self, id: CommandId, body: CommandBody) -> Verdict {
        self.apply_all([(id, body)]).await.remove(0)
    }

    /// Stores commands in one batch, each in a step of its own.
    pub async fn apply_all(&mut self, commands: impl IntoIterator<Item = (CommandId, CommandBody)>) -> Vec<Verdict> {
        self.apply_steps((0..).zip(commands)).await
    }

    /// Stores commands of one kind in one step.
    pub async fn apply_step(&mut self, commands: impl IntoIterator<Item = (CommandId, CommandBody)>) -> Vec<Verdict> {
        self.apply_steps(commands.into_iter().map(|command| (0, command))).await
    }

    /// Stores commands in one batch, each in its step.
    pub async fn apply_steps(
        &mut self,
        commands: impl IntoIterator<Item = (i32, (CommandId, CommandBody))>,
    ) -> Vec<Verdict> {
        let mine = partitions::renew(self.store.pool(), self.worker, LEASE).await.unwrap();
        let (mut placed, mut fences) = (Vec::new(), BTreeMap::new());
        for (step, (id, body)) in commands {
            self.pos += 1;
            let command = Placed { step, ..Self::placed(id, self.pos, body) };
            let from_pos = mine.iter().find(|owned| owned.partition == command.partition).unwrap().stored_pos;
            fences.insert(command.partition, self.fence(command.partition, from_pos, self.pos, id));
            placed.push(command);
        }
        let fences: Vec<_> = fences.into_values().collect();
        match apply_commands(&mut self.connection, self.worker, 0, LEASE, &fences, &placed).await.unwrap() {
            BatchOutcome::Committed(applied) => applied.into_iter().map(|one| one.verdict).collect(),
            BatchOutcome::Fenced(_) => panic!("fenced"),
        }
    }

    /// Begins a conversation of the kind that follows from what is named.
    pub async fn begin(&mut self, actor: i64, people: &[i64], job: Option<&str>) -> (ConversationId, Verdict) {
        self.begin_as(None, actor, people, job).await
    }

    pub async fn begin_as(
        &mut self,
        kind: Option<ConversationKind>,
        actor: i64,
        people: &[i64],
        job: Option<&str>,
    ) -> (ConversationId, Verdict) {
        let request = CreateConversationRequest {
            participant_ids: people.iter().map(|id| user(*id)).collect(),
            kind,
            title: Some("Roof".into()),
            job: job.map(|id| Job { id: id.into(), title: None, status: None, url: None }),
            ..CreateConversationRequest::default()
        };
        let conversation_id = ConversationId::generate();
        let body = CommandBody::CreateConversation(Box::new(CreateConversation {
            conversation_id,
            actor_id: user(actor),
            owner_id: None,
            conversation: request.check(user(actor), 1000).unwrap(),
            not_after: (Utc::now() + TimeDelta::minutes(1)).into(),
        }));
        (conversation_id, self.apply(CommandId::from_uuid(conversation_id.uuid()), body).await)
    }
}

pub fn new_message(content: &str, client_id: Option<&str>) -> Result<NewMessage, Refusal> {
    let client_id = client_id.map(str::to_owned);
    SendMessageRequest { content: Some(content.into()), client_id, ..SendMessageRequest::default() }.check(1000)
}

pub fn message(conversation_id: ConversationId, sender: i64, content: &str, client_id: Option<&str>) -> CommandBody {
    CommandBody::SendMessage(SendMessage {
        conversation_id,
        sender_id: user(sender),
        message: new_message(content, client_id).unwrap(),
        not_after: (Utc::now() + TimeDelta::minutes(1)).into(),
    })
}

async fn store_with_people() -> Database {
    let store = App::shared().await.fresh_store().await;
    let people: Vec<_> = (1..=3).map(|id| (user(id), format!("Person {id}"), PlatformRole::Client)).collect();
    users::insert_many(store.pool(), &people).await.unwrap();
    store
}

#[tokio::test]
async fn migration_runs_again_and_changes_nothing() {
    let store = App::shared().await.fresh_store().await;
    migrate(&store).await.unwrap();
    store.ping().await.unwrap();
    assert_eq!(log::log_epoch(store.pool()).await.unwrap(), 1);
    assert_eq!(partitions::list_tenures(store.pool()).await.unwrap().len(), 64);
}

#[tokio::test]
async fn people_and_accounts_are_kept() {
    let store = store_with_people().await;
    let pool = store.pool();
    users::insert_many(pool, &[(user(1), "Other".into(), PlatformRole::Admin)]).await.unwrap();
    assert_eq!(accounts::find(pool, user(1)).await.unwrap().unwrap().name, "Person 1");
    assert_eq!(users::reserve_ids(pool, 3).await.unwrap(), [4, 5, 6].map(user));
    let now = Utc::now();
    users::upsert_from_claims(pool, &identity(1, "Newer", now)).await.unwrap();
    users::upsert_from_claims(pool, &identity(1, "Older", now - TimeDelta::seconds(1))).await.unwrap();
    users::upsert_from_claims(pool, &identity(7, "Seventh", now)).await.unwrap();
    assert_eq!(accounts::find(pool, user(1)).await.unwrap().unwrap().name, "Newer");
    let made = accounts::create(pool, "Ada", "hash", "Ada L.", PlatformRole::Freelancer).await.unwrap().unwrap();
    assert_eq!(made.id, user(8), "the ids that are taken are skipped");
    assert_eq!(accounts::create(pool, "ADA", "hash", "x", PlatformRole::Client).await.unwrap(), None);
    let found = accounts::find_credentials(pool, "aDa").await.unwrap().unwrap();
    assert_eq!((found.account.clone(), found.password_hash.as_str()), (made.clone(), "hash"));
    assert_eq!(accounts::find(pool, made.id).await.unwrap(), Some(made));
    assert!(accounts::find_credentials(pool, "nobody").await.unwrap().is_none());
    assert_eq!(accounts::find(pool, user(999)).await.unwrap(), None);
}

#[tokio::test]
async fn one_statement_decides_every_outcome() {
    let mut owner = Owner::of(store_with_people().await).await;
    let (direct, verdict) = owner.begin(1, &[2], None).await;
    assert!(matches!(&verdict, Verdict::Stored(stored) if stored.seq == 1 && stored.body.is_some()));
    let (_, verdict) = owner.begin(2, &[1], None).await;
    assert!(matches!(verdict, Verdict::Known { id, same_command: false, .. } if id == direct.uuid()));
    let (_, verdict) = owner.begin(1, &[99], None).await;
    assert!(matches!(verdict, Verdict::Invalid(Some(_))), "{verdict:?}");

    let id = CommandId::generate();
    let verdict = owner.apply(id, message(direct, 1, "one", Some("a"))).await;
    let Verdict::Stored(stored) = verdict else { panic!("{verdict:?}") };
    assert_eq!((stored.id, stored.seq, stored.sender.unwrap().0.as_str()), (id.uuid(), 2, "Person 1"));
    let again = owner.apply(id, message(direct, 1, "one", Some("a"))).await;
    assert_eq!(again, Verdict::Known { id: id.uuid(), seq: 2, at: stored.at, same_command: true });
    let same_client_id = owner.apply(CommandId::generate(), message(direct, 1, "two", Some("a"))).await;
    assert_eq!(same_client_id, Verdict::Known { id: id.uuid(), seq: 2, at: stored.at, same_command: false });
    assert_eq!(owner.apply(CommandId::generate(), message(direct, 3, "x", None)).await, Verdict::NotFound);
    let nowhere = ConversationId::generate();
    assert_eq!(owner.apply(CommandId::generate(), message(nowhere, 1, "x", None)).await, Verdict::NotFound);
    let mut late = message(direct, 1, "late", None);
    if let CommandBody::SendMessage(body) = &mut late {
        body.not_after = (Utc::now() - TimeDelta::seconds(1)).into();
    }
    assert_eq!(owner.apply(CommandId::generate(), late).await, Verdict::Expired);
    let mut answer = message(direct, 2, "to nothing", None);
    if let CommandBody::SendMessage(body) = &mut answer {
        body.message.reply_to = Some(MessageId::generate());
    }
    assert_eq!(owner.apply(CommandId::generate(), answer).await, Verdict::Invalid(None));
    let next = owner.apply(CommandId::generate(), message(direct, 2, "two", Some("a"))).await;
    assert!(matches!(next, Verdict::Stored(stored) if stored.seq == 3), "refusals take no position");
}

#[tokio::test]
async fn batch_of_who_does_not_own_it_stores_nothing_and_confirms_what_is_stored() {
    let mut owner = Owner::of(store_with_people().await).await;
    let (direct, _) = owner.begin(1, &[2], None).await;
    let known = CommandId::generate();
    owner.apply(known, message(direct, 1, "known", Some("k"))).await;
    let partition = Partition::of_conversation(direct);
    let stored_pos = owner.pos;
    let fresh = CommandId::generate();
    let commands = [
        Owner::placed(known, 90, message(direct, 1, "known", Some("k"))),
        Owner::placed(fresh, 91, message(direct, 1, "fresh", None)),
    ];
    let right = owner.fence(partition, stored_pos, 91, fresh);
    let wrong = [
        (WORKER, 0, Fence { epoch: right.epoch + 1, ..right }),
        (WORKER, 0, Fence { from_pos: stored_pos - 1, ..right }),
        (WORKER, 1, right),
        ("worker-2", 0, right),
    ];
    for (worker, incarnation, fence) in wrong {
        let outcome =
            apply_commands(&mut owner.connection, worker, incarnation, LEASE, &[fence], &commands).await.unwrap();
        let BatchOutcome::Fenced(applied) = outcome else { panic!("{outcome:?}") };
        assert!(
            matches!(&applied[..], [Applied { index: 0, verdict: Verdict::Known { id, same_command: true, .. } }] if *id == known.uuid()),
            "{applied:?}"
        );
    }
    assert_eq!(log::heads(owner.store.pool(), &[direct]).await.unwrap()[0].last_seq, Seq(2));
    let outcome = apply_commands(&mut owner.connection, WORKER, 0, LEASE, &[right], &commands).await.unwrap();
    assert!(matches!(&outcome, BatchOutcome::Committed(applied) if applied.len() == 2), "{outcome:?}");
}

#[tokio::test]
async fn what_is_stored_is_read_back_by_participants_alone() {
    let mut owner = Owner::of(store_with_people().await).await;
    let (direct, _) = owner.begin(1, &[2], None).await;
    let (job, _) = owner.begin(1, &[2, 3], Some("j")).await;
    for number in 0..5 {
        owner.apply(CommandId::generate(), message(direct, 1, &format!("m-{number}"), None)).await;
    }
    let pool = owner.store.pool();
    for (window, expected) in [
        (Window::Before(END), vec![6, 5, 4]),
        (Window::Before(Seq(4)), vec![3, 2]),
        (Window::After(Seq(0)), vec![2, 3, 4]),
        (Window::After(Seq(5)), vec![6]),
    ] {
        let rows = messages::list(pool, user(2), direct, window, 3).await.unwrap().unwrap();
        assert_eq!(rows.iter().map(|row| row.seq.0).collect::<Vec<_>>(), expected, "{window:?}");
        assert_eq!(messages::list(pool, user(3), direct, window, 3).await.unwrap(), None);
    }
    assert_eq!(messages::list(pool, user(3), job, Window::Before(END), 3).await.unwrap(), Some(Vec::new()));
    let newest = messages::list(pool, user(2), direct, Window::Before(END), 1).await.unwrap().unwrap().remove(0);
    assert_eq!(messages::find(pool, user(2), newest.id).await.unwrap().as_ref(), Some(&newest));
    assert_eq!(messages::find(pool, user(3), newest.id).await.unwrap(), None);
    assert_eq!(messages::find_sent(pool, user(1), newest.id).await.unwrap().as_ref(), Some(&newest));
    assert_eq!(messages::find_sent(pool, user(2), newest.id).await.unwrap(), None);

    let all = ListFilter::default();
    let rows = conversations::list(pool, user(1), &all, ListWindow::Older(None), 10).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.id).collect::<Vec<_>>(), [direct, job]);
    assert_eq!(rows[0].last_message.as_ref(), Some(&newest));
    let place = |index: usize| ListPosition { updated_at: rows[index].updated_at.datetime(), id: rows[index].id };
    let older = conversations::list(pool, user(1), &all, ListWindow::Older(Some(place(0))), 10).await.unwrap();
    assert_eq!(older, rows[1..]);
    let newer = conversations::list(pool, user(1), &all, ListWindow::Newer(place(1)), 10).await.unwrap();
    assert_eq!(newer, rows[..1]);
    let narrow = ListFilter {
        job_id: Some("j".into()),
        participant: Some(user(3)),
        search: Some("person 2".into()),
        archived: Some(false),
        unread: Some(false),
    };
    let rows = conversations::list(pool, user(1), &narrow, ListWindow::Older(None), 10).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.id).collect::<Vec<_>>(), [job]);
    assert_eq!(conversations::find(pool, user(2), direct).await.unwrap().unwrap().unread_count, 5);
    assert_eq!(conversations::find(pool, user(3), direct).await.unwrap(), None);
}

#[tokio::test]
async fn log_is_read_as_events_with_membership_and_heads() {
    let mut owner = Owner::of(store_with_people().await).await;
    let (direct, _) = owner.begin(1, &[2], None).await;
    for _ in 0..3 {
        owner.apply(CommandId::generate(), message(direct, 1, "x", None)).await;
    }
    let pool = owner.store.pool();
    let unknown = ConversationId::generate();
    let asked = [unknown, direct];
    let facts = memberships::list(pool, user(2), &asked).await.unwrap();
    assert_eq!(
        facts.iter().map(|fact| (fact.is_participant, fact.last_seq.0)).collect::<Vec<_>>(),
        [(false, 0), (true, 4)]
    );
    let stranger = memberships::list(pool, user(3), &asked).await.unwrap();
    assert!(stranger.iter().all(|fact| !fact.is_participant));
    assert_eq!(log::heads(pool, &asked).await.unwrap().len(), 1);
    for (window, limit, expected) in [
        (Window::After(Seq(0)), 10, vec![1, 2, 3, 4]),
        (Window::After(Seq(1)), 2, vec![2, 3]),
        (Window::Before(END), 2, vec![3, 4]),
        (Window::Before(Seq(3)), 5, vec![1, 2]),
        (Window::After(Seq(9)), 5, vec![]),
    ] {
        let stretch = log::stretch(pool, direct, Some(user(2)), window, limit).await.unwrap().unwrap();
        assert_eq!((stretch.first_seq, stretch.last_seq), (Seq(1), Seq(4)));
        assert_eq!(
            stretch.events.iter().map(|logged| logged.event.seq().0).collect::<Vec<_>>(),
            expected,
            "{window:?}"
        );
    }
    assert!(log::stretch(pool, direct, Some(user(3)), Window::Before(END), 5).await.unwrap().is_none());
    assert!(log::stretch(pool, direct, None, Window::Before(END), 5).await.unwrap().is_some());
    assert!(log::stretch(pool, unknown, None, Window::Before(END), 5).await.unwrap().is_none());
    let partition = Partition::of_conversation(direct);
    let all = log::stored_between(pool, partition, 0, i64::MAX, 10).await.unwrap();
    assert_eq!(all.iter().map(|logged| logged.event.seq().0).collect::<Vec<_>>(), [1, 2, 3, 4]);
    let some = log::stored_between(pool, partition, all[0].command_pos, all[2].command_pos, 10).await.unwrap();
    assert_eq!(some.len(), 2);
    assert_eq!(log::stored_between(pool, partition, 0, i64::MAX, 3).await.unwrap().len(), 3);
}

#[tokio::test]
async fn partitions_are_claimed_renewed_released_and_moved() {
    let store = App::shared().await.fresh_store().await;
    let pool = store.pool();
    let [first, second] = [0, 1].map(|number| Partition::new(number).unwrap());
    assert_eq!(partitions::beat(pool, WORKER, LEASE).await.unwrap(), 1);
    assert_eq!(partitions::beat(pool, "worker-2", LEASE).await.unwrap(), 2);
    let claimed = partitions::claim(pool, WORKER, &[first, second], LEASE).await.unwrap();
    assert_eq!(claimed.iter().map(|owned| (owned.epoch, owned.attempts)).collect::<Vec<_>>(), [(1, 0), (1, 0)]);
    assert_eq!(partitions::claim(pool, "worker-2", &[first], LEASE).await.unwrap(), []);
    assert_eq!(partitions::list_tenures(pool).await.unwrap()[0].owner.as_deref(), Some(WORKER));
    // A lease that has run out is a take-over from the dead, which is counted.
    partitions::renew(pool, WORKER, Duration::ZERO).await.unwrap();
    let taken = partitions::claim(pool, "worker-2", &[first], LEASE).await.unwrap();
    assert_eq!((taken[0].epoch, taken[0].attempts), (2, 1));
    let command = Some(CommandId::generate());
    partitions::set_suspect(pool, "worker-2", first, command).await.unwrap();
    assert_eq!(partitions::renew(pool, "worker-2", LEASE).await.unwrap()[0].suspect, command);

    assert_eq!(partitions::advance_idle(pool, "worker-2", 0, &[(first, 2, 0)], 7, command).await.unwrap(), 1);
    assert_eq!(
        partitions::advance_idle(pool, "worker-2", 0, &[(first, 2, 0)], 9, None).await.unwrap(),
        0,
        "it has moved"
    );
    partitions::set_published(pool, 0, &[(first, 9)]).await.unwrap();
    let moved = partitions::renew(pool, "worker-2", LEASE).await.unwrap()[0];
    assert_eq!((moved.stored_pos, moved.published_pos, moved.attempts, moved.suspect), (7, 7, 0, None));
    assert_eq!(partitions::lowest_stored_pos(pool, 0).await.unwrap(), 0);

    let incarnation = partitions::incarnation_of_stream(pool, "then").await.unwrap();
    assert_eq!(partitions::incarnation_of_stream(pool, "then").await.unwrap(), incarnation);
    let cut = partitions::start_incarnation(pool, "then").await.unwrap();
    assert!(cut > incarnation);
    partitions::enter_incarnation(pool, "worker-2", cut).await.unwrap();
    let entered = partitions::renew(pool, "worker-2", LEASE).await.unwrap()[0];
    assert_eq!((entered.incarnation, entered.stored_pos, entered.published_pos), (cut, 0, 0));
    partitions::release(pool, "worker-2", &[first]).await.unwrap();
    partitions::leave(pool, WORKER).await.unwrap();
    assert!(partitions::list_tenures(pool).await.unwrap().iter().all(|tenure| tenure.owner.is_none()));
    assert_eq!(partitions::beat(pool, "worker-2", LEASE).await.unwrap(), 1);
}

#[tokio::test]
async fn seeded_groups_are_like_any_other() {
    let mut owner = Owner::of(store_with_people().await).await;
    let group =
        NewGroup { id: ConversationId::generate(), title: "Seeded".into(), participants: [2, 1].map(user).to_vec() };
    seed::insert_groups(owner.store.pool(), std::slice::from_ref(&group)).await.unwrap();
    let found = conversations::find(owner.store.pool(), user(1), group.id).await.unwrap().unwrap();
    assert_eq!((found.participants[0].id, found.participant_count, found.last_seq), (user(2), 2, Seq(1)));
    let verdict = owner.apply(CommandId::generate(), message(group.id, 1, "x", None)).await;
    assert!(matches!(verdict, Verdict::Stored(stored) if stored.seq == 2));
}
