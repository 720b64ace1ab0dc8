//! What commands tell besides the log, and what becomes of it when workers change: told again, confirmed, forgotten.

use std::time::Duration;

use chat_e2e::PATIENCE;
use chat_protocol::command::UpTo;
use chat_protocol::event::MessageFacts;
use chat_protocol::ids::{CommandId, Seq};
use chat_protocol::partition::{Partition, generate_conversation_id_in};
use chat_protocol::rest::ConversationRole;
use chat_store::apply::{BatchOutcome, Carried, Fence, Verdict, apply_commands};
use chat_store::messages::Window;
use chat_store::seed::NewGroup;
use chat_store::{Database, log, memberships, outbox, partitions, seed};
use serde_json::json;
use sqlx::{Postgres, Transaction};

use crate::store::{LEASE, Owner, WORKER, message, user};
use crate::store_changes::{acquaintances, add, change, delete, joined, mark, remove, store_with, told, up_to, update};

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
    const ROUNDS: i64 = 4;
    let [one, other]: [Vec<i64>; 2] = [(2..=21).collect(), (22..=41).collect()];
    let store = store_with(41).await;
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
    // Each worker lets the same two crowds in, in another order, and puts one of each out.
    let commands = |order: [(usize, &[i64]); 2]| {
        let [first, second] = order;
        [
            add(ids[first.0], 1, first.1),
            add(ids[second.0], 1, second.1),
            remove(ids[first.0], 1, first.1[0]),
            remove(ids[second.0], 1, second.1[0]),
        ]
        .map(|body| (CommandId::generate(), body))
    };
    for _ in 0..ROUNDS {
        // Both are stopped while they lock: whoever has locked out of order then waits for the other.
        let mut keeper = store.pool().begin().await.unwrap();
        let keep = "set local idle_in_transaction_session_timeout = 0; select 1 from users where id = 21 for update";
        sqlx::raw_sql(keep).execute(&mut *keeper).await.unwrap();
        let (ours, theirs, ()) = tokio::join!(
            first.apply_all(commands([(0, &one), (1, &other)])),
            second.apply_all(commands([(2, &other), (3, &one)])),
            let_go(keeper, &store),
        );
        let all_are_carried = ours.iter().chain(&theirs).all(|verdict| matches!(verdict, Verdict::Carried(_)));
        assert!(all_are_carried, "{ours:?} {theirs:?}");
    }
    // The first of each crowd comes and goes in two conversations with every round.
    let versions = memberships::versions(store.pool(), &[2, 3, 22, 23].map(user)).await.unwrap();
    assert_eq!(versions, [(user(2), 4 * ROUNDS), (user(3), 2), (user(22), 4 * ROUNDS), (user(23), 2)]);
}

/// Lets go of somebody once two sessions wait.
async fn let_go(keeper: Transaction<'_, Postgres>, store: &Database) {
    let waiting =
        "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    let both_wait = async { while sqlx::query_scalar::<_, i64>(waiting).fetch_one(store.pool()).await.unwrap() < 2 {} };
    tokio::time::timeout(PATIENCE, both_wait).await.expect("both workers wait");
    keeper.commit().await.unwrap();
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

    let partition = Partition::of_conversation(direct);
    let kept = outbox::unpublished(owner.store.pool(), partition, 1, i64::MAX, 100).await.unwrap();
    let kept: Vec<_> = kept
        .into_iter()
        .map(|(_, news)| news)
        .filter(|news| told(std::slice::from_ref(news)) == [acquaintances(2)])
        .collect();
    assert_eq!(kept.len(), 1, "told once");

    // What is told again says how many the sender has sent by now.
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
