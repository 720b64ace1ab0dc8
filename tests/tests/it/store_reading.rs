//! What is read and what is not: exact per message, whoever marks what in which order, and told to whom it concerns.

mod oracle;

use chat_protocol::command::{CommandBody, Marks, UpTo};
use chat_protocol::frame::ReadState;
use chat_protocol::ids::{CommandId, ConversationId, MessageId, Seq};
use chat_protocol::live::Standing;
use chat_protocol::message::MessageType;
use chat_protocol::rest::{MarkedAsRead, UnreadConversation};
use chat_store::apply::{Carried, Verdict};
use chat_store::{conversations, memberships, reads};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};

use self::oracle::{Act, Oracle, Reader};
use crate::store::{Owner, message, user};
use crate::store_changes::{add, mark, remove, store_with, told, up_to, update};

fn ids(message_ids: impl IntoIterator<Item = MessageId>) -> Marks {
    Marks { up_to: None, message_ids: message_ids.into_iter().collect() }
}

fn marked(carried: &Carried) -> (i64, i64) {
    let MarkedAsRead { marked, unread_count } = carried.marked.expect("marking answers how many");
    (marked, unread_count)
}

/// The `messages_read` frame of a command, and who alone gets it.
fn receipt(carried: &Carried) -> (Value, Value) {
    let news = told(&carried.news);
    let (_, news) = news.iter().find(|(_, news)| news["kind"] == "read").expect("it is told");
    (news["frame"].clone(), news.get("only").cloned().unwrap_or_default())
}

impl Owner {
    /// Says something; returns the message.
    async fn send(&mut self, conversation: ConversationId, sender: i64) -> MessageId {
        MessageId::from_uuid(self.say(conversation, sender).await.id)
    }

    async fn state_of(&self, conversation: ConversationId, reader: i64) -> ReadState {
        let states = reads::read_states(self.store.pool(), user(reader), &[conversation]).await.unwrap();
        states[0].readers.iter().find(|state| state.reader_id == user(reader)).unwrap().clone()
    }

    async fn standing_of(&self, conversation: ConversationId, reader: i64) -> Standing {
        memberships::list(self.store.pool(), user(reader), &[conversation]).await.unwrap()[0].standing
    }
}

#[tokio::test]
async fn single_messages_are_read_beyond_a_gap_until_it_closes() {
    let mut owner = Owner::of(store_with(3).await).await;
    let group = owner.group(&[1, 2, 3]).await;
    let mut sent = Vec::new();
    for sender in [1, 1, 2, 1, 1] {
        sent.push(owner.send(group, sender).await);
    }
    let foreign = {
        let (direct, _) = owner.begin(1, &[2], None).await;
        owner.send(direct, 1).await
    };
    // Seq 2, 3, (4 is the reader's own), 5, 6.
    let carried = owner.carry(mark(group, 2, ids([sent[1], sent[2], sent[4], foreign, MessageId::generate()]))).await;
    assert_eq!(marked(&carried), (2, 2), "own, foreign and unknown ones are ignored");
    let (frame, only) = receipt(&carried);
    let read_at = owner.state_of(group, 2).await.read_at;
    assert_eq!(
        frame,
        json!({"type": "messages_read", "conversation_id": group, "message_ids": [sent[1], sent[4]], "up_to_seq": 1,
               "reader_id": 2, "read_at": read_at})
    );
    assert!(only.is_null(), "everybody is told");
    let standing = json!({"kind": "standing", "conversation_id": group, "message_count": 5, "sent_count": 1,
                          "read_count": 2, "muted": false});
    assert_eq!(told(&carried.news)[1], ("2".to_owned(), standing));
    let state = owner.state_of(group, 2).await;
    assert_eq!((state.up_to_seq, state.beyond), (Seq(1), vec![Seq(3), Seq(6)]));

    let carried = owner.carry(mark(group, 2, ids([sent[1], sent[2], foreign]))).await;
    assert_eq!((marked(&carried), carried.news.len()), ((0, 2), 0), "nothing new, nothing told");
    let carried = owner.carry(mark(group, 2, ids([sent[0]]))).await;
    assert_eq!((marked(&carried), &receipt(&carried).0["up_to_seq"]), ((1, 1), &json!(4)), "the gap is closed");
    let state = owner.state_of(group, 2).await;
    assert_eq!((state.up_to_seq, state.beyond), (Seq(4), vec![Seq(6)]));
    let carried = owner.carry(mark(group, 2, ids([sent[3]]))).await;
    assert_eq!((marked(&carried), &receipt(&carried).0["up_to_seq"]), ((1, 0), &json!(6)));
    let left: i64 = sqlx::query_scalar("select count(*) from read_marks").fetch_one(owner.store.pool()).await.unwrap();
    assert_eq!(left, 0, "what is read up to a place needs no rows");
}

#[tokio::test]
async fn everything_up_to_a_place_is_read_at_once() {
    let mut owner = Owner::of(store_with(2).await).await;
    let (direct, _) = owner.begin(1, &[2], None).await;
    let mut sent = Vec::new();
    for _ in 0..6 {
        sent.push(owner.send(direct, 1).await);
    }
    let elsewhere = {
        let group = owner.group(&[1, 2]).await;
        owner.send(group, 1).await
    };
    for unknown in [MessageId::generate(), elsewhere] {
        let carried = owner.carry(mark(direct, 2, up_to(UpTo::Message(unknown)))).await;
        assert_eq!((marked(&carried), carried.news.len()), ((0, 6), 0));
    }
    let both = Marks { up_to: Some(UpTo::Seq(Seq(3))), message_ids: vec![sent[0], sent[4]] };
    let carried = owner.carry(mark(direct, 2, both)).await;
    assert_eq!(
        (marked(&carried), receipt(&carried).0["message_ids"].clone()),
        ((3, 3), json!([sent[0], sent[1], sent[4]]))
    );
    let carried = owner.carry(mark(direct, 2, up_to(UpTo::Message(sent[3])))).await;
    let (frame, _) = receipt(&carried);
    assert_eq!(
        (marked(&carried), &frame["message_ids"], &frame["up_to_seq"]),
        ((2, 1), &json!([sent[2], sent[3]]), &json!(6))
    );
    assert_eq!(marked(&owner.carry(mark(direct, 2, up_to(UpTo::Seq(Seq(2))))).await), (0, 1), "never back");
    assert_eq!(
        marked(&owner.carry(mark(direct, 2, up_to(UpTo::Seq(Seq(i64::MAX))))).await),
        (1, 0),
        "the head at the most"
    );
    owner.send(direct, 1).await;
    assert_eq!(owner.standing_of(direct, 2).await.unread(), 1);
    assert_eq!(marked(&owner.carry(mark(direct, 2, up_to(UpTo::All))).await), (1, 0));
    assert_eq!(marked(&owner.carry(mark(direct, 1, up_to(UpTo::All))).await), (0, 0), "one's own are read");
    assert_eq!(owner.state_of(direct, 1).await.up_to_seq, Seq(8));
    assert_eq!(owner.state_of(direct, 1).await.read_at, None);
}

#[tokio::test]
async fn repeated_mark_answers_as_before_and_marks_nothing_that_came_later() {
    let mut owner = Owner::of(store_with(3).await).await;
    let (direct, _) = owner.begin(1, &[2], None).await;
    owner.send(direct, 1).await;
    let (id, command) = (CommandId::generate(), mark(direct, 2, up_to(UpTo::All)));
    let Verdict::Carried(first) = owner.apply(id, command.clone()).await else { panic!("refused") };
    owner.send(direct, 1).await;
    let Verdict::Carried(again) = owner.apply(id, command).await else { panic!("refused") };
    assert_eq!((again.marked, again.news), (first.marked, Vec::new()));
    assert_eq!(owner.standing_of(direct, 2).await.unread(), 1);
    let stranger = owner.ask(mark(direct, 3, up_to(UpTo::All))).await;
    assert_eq!(stranger, Verdict::NotFound);
    let mut late = mark(direct, 2, up_to(UpTo::All));
    if let CommandBody::MarkAsRead(body) = &mut late {
        body.not_after = chrono::DateTime::UNIX_EPOCH.into();
    }
    assert_eq!(owner.ask(late).await, Verdict::Expired);
}

#[tokio::test]
async fn counts_stop_at_a_thousand_and_a_receipt_names_the_newest_five_hundred() {
    let mut owner = Owner::of(store_with(2).await).await;
    let (direct, _) = owner.begin(1, &[2], None).await;
    for _ in 0..3 {
        let batch = (0..500).map(|_| (CommandId::generate(), message(direct, 1, "x", None)));
        let verdicts = owner.apply_step(batch).await;
        assert!(verdicts.iter().all(|verdict| matches!(verdict, Verdict::Stored(_))));
    }
    let pool = owner.store.pool().clone();
    let unread = reads::unread(&pool, user(2)).await.unwrap();
    assert_eq!(
        (unread.total, unread.conversations),
        (1000, vec![UnreadConversation { id: direct, unread_count: 1000 }])
    );
    let carried = owner.carry(mark(direct, 2, up_to(UpTo::Seq(Seq(101))))).await;
    assert_eq!((marked(&carried), receipt(&carried).0["message_ids"].as_array().unwrap().len()), ((100, 1000), 100));
    let id_at = async |seq: i64| {
        let id = sqlx::query_scalar("select id from messages where seq = $1").bind(seq).fetch_one(&pool).await;
        MessageId::from_uuid(id.unwrap())
    };
    let both = Marks { up_to: Some(UpTo::Seq(Seq(1400))), message_ids: vec![id_at(1450).await] };
    let carried = owner.carry(mark(direct, 2, both)).await;
    let (frame, _) = receipt(&carried);
    let named = frame["message_ids"].as_array().unwrap();
    assert_eq!((marked(&carried), named.len()), ((1300, 100), 500));
    let expected = [json!(id_at(902).await), json!(id_at(1400).await), json!(id_at(1450).await)];
    assert_eq!([&named[0], &named[498], &named[499]], expected.each_ref(), "the newest, oldest first");
    assert_eq!(conversations::find(&pool, user(2), direct).await.unwrap().unwrap().unread_count, 100);
}

#[tokio::test]
async fn in_large_conversations_reader_and_senders_alone_are_told() {
    let mut owner = Owner::of(store_with(101).await).await;
    let everybody: Vec<i64> = (1..=101).collect();
    let group = owner.group(&everybody).await;
    let mut sent = Vec::new();
    for sender in [5, 7, 5, 9] {
        sent.push(owner.send(group, sender).await);
    }
    let carried = owner.carry(mark(group, 2, ids(sent[..3].iter().copied()))).await;
    assert_eq!(receipt(&carried).1, json!([2, 5, 7]));
    owner.carry(remove(group, 1, 101)).await;
    let carried = owner.carry(mark(group, 2, up_to(UpTo::All))).await;
    assert!(receipt(&carried).1.is_null(), "a hundred are told all");
}

#[tokio::test]
async fn what_is_asked_about_many_conversations_comes_in_parts() {
    let mut owner = Owner::of(store_with(3).await).await;
    let mut mine = Vec::new();
    for _ in 0..5 {
        let (id, _) = owner.begin(1, &[2], Some(&CommandId::generate().to_string())).await;
        owner.send(id, 1).await;
        mine.push(id);
    }
    let not_mine = owner.group(&[1, 3]).await;
    mine.sort_unstable();
    let pool = owner.store.pool().clone();
    let (mut after, mut listed) = (None, Vec::new());
    loop {
        let page = memberships::page(&pool, user(2), after, 2).await.unwrap();
        assert_eq!(page.version, 5);
        assert!(page.memberships.iter().all(|fact| fact.is_participant && fact.standing.unread() == 1));
        listed.extend(page.memberships.iter().map(|fact| fact.conversation_id));
        after = listed.last().copied();
        if !page.more {
            break;
        }
    }
    assert_eq!(listed, mine);
    let nobody = memberships::page(&pool, user(999), None, 2).await.unwrap();
    assert_eq!((nobody.version, nobody.memberships.len(), nobody.more), (0, 0, false));

    let asked = [mine[3], not_mine, ConversationId::generate(), mine[0]];
    let states = reads::read_states(&pool, user(2), &asked).await.unwrap();
    assert_eq!(states.iter().map(|state| state.conversation_id).collect::<Vec<_>>(), [mine[3], mine[0]]);
    let readers: Vec<_> = states[0].readers.iter().map(|state| (state.reader_id, state.up_to_seq.0)).collect();
    assert_eq!(readers, [(user(1), 2), (user(2), 0)]);

    owner.carry(update(mine[1], 2, json!({"muted": true}))).await;
    owner.send(mine[0], 1).await;
    let unread = reads::unread(&pool, user(2)).await.unwrap();
    assert_eq!((unread.total, unread.conversations.len()), (5, 4));
    assert_eq!(unread.conversations[0], UnreadConversation { id: mine[0], unread_count: 2 });
    assert_eq!(reads::unread(&pool, user(1)).await.unwrap().total, 0);
}

#[tokio::test]
async fn crowded_conversations_leave_no_room_for_later_ones() {
    let mut owner = Owner::of(store_with(1000).await).await;
    let everybody: Vec<i64> = (1..=1000).collect();
    let mut groups = Vec::new();
    for _ in 0..3 {
        groups.push(owner.group(&everybody).await);
    }
    let states = reads::read_states(owner.store.pool(), user(2), &groups).await.unwrap();
    let (ids, count): (Vec<_>, Vec<_>) =
        states.iter().map(|state| (state.conversation_id, state.readers.len())).unzip();
    assert_eq!((ids, count), (groups[..2].to_vec(), vec![1000, 1000]));
    assert_eq!(reads::read_states(owner.store.pool(), user(2), &groups[2..]).await.unwrap().len(), 1);
}

fn command(group: ConversationId, act: &Act, number: usize) -> CommandBody {
    match act {
        Act::Say(sender) => message(group, *sender, "x", None),
        Act::SaySystem(sender) => {
            let mut body = message(group, *sender, "x", None);
            if let CommandBody::SendMessage(body) = &mut body {
                body.message.message_type = MessageType::System;
            }
            body
        }
        Act::Rename => update(group, 1, json!({"title": number.to_string()})),
        Act::Remove(person) => remove(group, 1, *person),
        Act::Add(person) => add(group, 1, &[*person]),
        Act::Mark(reader, marks) => mark(group, *reader, marks.clone()),
    }
}

#[tokio::test]
async fn unread_is_what_a_recount_finds_whatever_happened() {
    const PEOPLE: i64 = 5;
    const ACTS: usize = 150;
    let mut owner = Owner::of(store_with(PEOPLE).await).await;
    let any: u64 = rand::random();
    for seed in [1, 2, 3, any] {
        let mut chance = StdRng::seed_from_u64(seed);
        let group = owner.group(&(1..=PEOPLE).collect::<Vec<_>>()).await;
        let everybody = vec![Reader { is_present: true, ..Reader::default() }; 6];
        let mut oracle = Oracle { head: 1, people: everybody, ..Oracle::default() };
        let mut number = 0;
        while number < ACTS {
            let (mut batch, mut expected, mut acts) = (Vec::new(), Vec::new(), Vec::new());
            let mut step = 0;
            for _ in 0..chance.random_range(1..=5) {
                number += 1;
                let (id, act) = (CommandId::generate(), oracle.choose(&mut chance));
                // Messages share a step, and with the marks after them.
                step += i32::from(!acts.last().is_none_or(|last: &Act| last.shares_its_step_with(&act)));
                batch.push((step, (id, command(group, &act, number))));
                expected.push(oracle.take(id, &act));
                acts.push(act);
            }
            let verdicts = owner.apply_steps(batch).await;
            for (verdict, expected) in verdicts.iter().zip(&expected) {
                let Some(expected) = expected else { continue };
                let Verdict::Carried(carried) = verdict else { panic!("seed {seed}: {acts:?}: {verdict:?}") };
                assert_eq!(marked(carried), (expected.marked, expected.unread), "seed {seed}: {acts:?}");
                let ids = (expected.marked > 0).then(|| receipt(carried).0["message_ids"].clone());
                assert_eq!(ids, (expected.marked > 0).then(|| json!(expected.ids)), "seed {seed}: {acts:?}");
            }
            let states = reads::read_states(owner.store.pool(), user(1), &[group]).await.unwrap().remove(0).readers;
            for (person, state) in (1..=PEOPLE).filter(|id| oracle.person(*id).is_present).zip(&states) {
                assert_eq!(state.reader_id, user(person), "seed {seed}: {acts:?}");
                assert!(oracle.agrees(person, state), "seed {seed}: {acts:?}: {state:?} {oracle:?}");
                let unread = owner.standing_of(group, person).await.unread();
                assert_eq!(unread, i64::try_from(oracle.unread(person).len()).unwrap(), "seed {seed}: {acts:?}");
            }
        }
    }
}
