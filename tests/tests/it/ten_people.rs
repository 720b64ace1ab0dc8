//! Ten people on two gateways join, leave, speak, mark, change roles and come back, by chance; at the end everyone has
//! exactly what the log says they may have, and every count is right.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use chat_e2e::{App, PATIENCE, Rest, Socket, User};
use futures_util::future::join_all;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};

const PEOPLE: usize = 10;
const GROUPS: usize = 3;
const ROUNDS: usize = 60;
/// What people do at once in a round.
const AT_ONCE: usize = 4;

/// One person with one `/ws/` socket, and all that came on it, by conversation and in order.
struct Person {
    user: User,
    socket: Socket,
    gateway: usize,
    log: BTreeMap<String, Vec<Value>>,
    unread: BTreeMap<String, i64>,
}

#[derive(Debug, Clone, Copy)]
enum Deed {
    Say,
    SayOverRest,
    Mark,
    MarkUpTo,
    MarkAll,
    Add(usize),
    Remove(usize),
    Leave,
    Promote(usize),
    Reconnect,
}

#[tokio::test]
async fn ten_people_end_with_exactly_what_the_log_says() {
    let fresh = rand::rng().random();
    for seed in [7, fresh] {
        println!("seed {seed}");
        story(seed).await;
    }
}

async fn story(seed: u64) {
    let app = App::shared().await;
    let mut chance = StdRng::seed_from_u64(seed);
    let mut people = Vec::new();
    for number in 0..PEOPLE {
        people.push(Person::arrive(app.user(&format!("Person {number}")).await, number % 2).await);
    }
    // The owners never leave, so that there is always somebody who may read the whole log.
    let mut groups = Vec::new();
    for owner in 0..GROUPS {
        let others: Vec<&User> = (GROUPS..PEOPLE).filter(|_| chance.random()).map(|i| &people[i].user).collect();
        let others = if others.is_empty() { vec![&people[GROUPS].user] } else { others };
        groups.push(people[owner].user.group_with(&others).await);
    }
    for round in 0..ROUNDS {
        let mut actors: Vec<usize> = (0..PEOPLE).collect();
        actors.sort_by_key(|_| chance.random::<u32>());
        let deeds: Vec<(usize, usize, Deed)> = actors
            .into_iter()
            .take(AT_ONCE)
            .map(|actor| (actor, chance.random_range(0..GROUPS), deed(actor, &mut chance)))
            .collect();
        let rests: Vec<Rest> = people.iter().map(|person| (*person.user).clone()).collect();
        let ids: Vec<i64> = people.iter().map(|person| person.user.id).collect();
        let deeds = people.iter_mut().enumerate().filter_map(|(index, person)| {
            let (_, group, deed) = *deeds.iter().find(|(actor, ..)| *actor == index)?;
            let (rest, ids, groups) = (rests[index].clone(), &ids, &groups);
            Some(async move { person.act(&rest, ids, &groups[group], groups, deed, round).await })
        });
        join_all(deeds).await;
    }
    for (owner, group) in groups.iter().enumerate() {
        let log = whole_log(&people[owner].user, group).await;
        let head = log.last().unwrap()["seq"].as_i64().unwrap();
        for person in &mut people {
            person.catch_up(group, &log, head).await;
            person.check(group, &log);
        }
        check_unread(&mut people, group, &log).await;
    }
}

fn deed(actor: usize, chance: &mut StdRng) -> Deed {
    let other = chance.random_range(GROUPS..PEOPLE);
    match chance.random_range(0..20) {
        0..=5 => Deed::Say,
        6..=7 => Deed::SayOverRest,
        8..=9 => Deed::Mark,
        10 => Deed::MarkUpTo,
        11 => Deed::MarkAll,
        12..=13 => Deed::Add(other),
        14..=15 => Deed::Remove(other),
        16 if actor >= GROUPS => Deed::Leave,
        17 => Deed::Promote(other),
        _ => Deed::Reconnect,
    }
}

impl Person {
    async fn arrive(user: User, gateway: usize) -> Self {
        let mut socket = user.knock_all(gateway, "").await;
        socket.expect("ready").await;
        Self { user, socket, gateway, log: BTreeMap::new(), unread: BTreeMap::new() }
    }

    /// Does something; whatever is refused is refused for a good reason, or the end will show it.
    async fn act(&mut self, rest: &Rest, ids: &[i64], group: &str, groups: &[String], deed: Deed, round: usize) {
        let base = format!("/api/chat/conversations/{group}");
        let people = format!("{base}/participants/");
        let known = self.log.get(group).into_iter().flatten();
        let messages: Vec<_> = known.filter_map(|event| event["message"]["id"].as_str().map(str::to_owned)).collect();
        match deed {
            Deed::Say => {
                let frame = json!({"type": "send_message", "conversation_id": group, "content": format!("{round}")});
                self.socket.send(frame).await;
            }
            Deed::SayOverRest => drop(rest.post(&format!("{base}/send_message/"), json!({"content": "rest"})).await),
            Deed::Mark => {
                let some: Vec<_> = messages.iter().step_by(2).take(100).collect();
                let frame = json!({"type": "mark_as_read", "conversation_id": group, "message_ids": some});
                self.socket.send(frame).await;
            }
            Deed::MarkUpTo => {
                let middle = messages.get(messages.len() / 2);
                let body = middle.map_or_else(|| json!({"up_to": 1}), |id| json!({"up_to": id}));
                rest.patch(&format!("{base}/mark_as_read/"), body).await;
            }
            Deed::MarkAll => drop(rest.patch(&format!("{base}/mark_as_read/"), json!({})).await),
            Deed::Add(other) => drop(rest.post(&people, json!({"user_ids": [ids[other]]})).await),
            Deed::Remove(other) => drop(rest.delete(&format!("{people}{}/", ids[other])).await),
            Deed::Leave => drop(rest.delete(&format!("{people}{}/", self.user.id)).await),
            Deed::Promote(other) => {
                let role = if round.is_multiple_of(2) { "admin" } else { "member" };
                rest.patch(&format!("{people}{}/", ids[other]), json!({"role": role})).await;
            }
            Deed::Reconnect => self.reconnect(groups).await,
        }
        self.take_in().await;
    }

    /// Comes back on the other gateway, as a client would: with the positions of everything that it had.
    async fn reconnect(&mut self, groups: &[String]) {
        self.take_in().await;
        self.gateway += 1;
        let mut socket = self.user.knock_all(self.gateway, "live=after_resume").await;
        socket.expect("ready").await;
        let heads = socket.expect("heartbeat").await["heads"].take();
        let positions: serde_json::Map<String, Value> = groups
            .iter()
            .filter(|group| heads.get(group.as_str()).is_some())
            .map(|group| (group.clone(), json!(self.last_seq(group))))
            .collect();
        let mut waiting: BTreeSet<String> = positions.keys().cloned().collect();
        socket.send(json!({"type": "resume", "positions": positions})).await;
        let before = std::mem::replace(&mut self.socket, socket);
        before.close().await;
        let begun = Instant::now();
        while !waiting.is_empty() {
            assert!(begun.elapsed() < PATIENCE, "{} waits for the end of {waiting:?}", self.user.id);
            let frame = self.socket.next().await.expect("the socket stays open");
            // Somebody may be removed between the heads and the resume.
            let is_removal = frame["type"] == "participant_removed" && frame["user_id"] == self.user.id;
            if frame["type"] == "resumed" || frame["code"] == "not_found" || is_removal {
                waiting.remove(frame["conversation_id"].as_str().unwrap());
            }
            self.note(frame);
        }
        let unread = self.user.get("/api/chat/unread/").await.expect(200).body;
        let rows = unread["conversations"].as_array().unwrap().iter();
        self.unread =
            rows.map(|row| (row["id"].as_str().unwrap().into(), row["unread_count"].as_i64().unwrap())).collect();
    }

    fn last_seq(&self, group: &str) -> i64 {
        self.log.get(group).and_then(|log| log.last()).and_then(|event| event["seq"].as_i64()).unwrap_or(0)
    }

    /// Takes in what has come until now.
    async fn take_in(&mut self) {
        self.socket.send(json!({"type": "ping"})).await;
        loop {
            let frame = self.socket.next().await.expect("the socket stays open");
            if frame["type"] == "pong" {
                return;
            }
            self.note(frame);
        }
    }

    fn note(&mut self, frame: Value) {
        let Some(group) = frame["conversation_id"].as_str().map(str::to_owned) else { return };
        if frame["type"] == "participant_added" && frame["user_id"] == self.user.id {
            self.unread.remove(&group);
        }
        if frame["type"] == "unread_changed" {
            self.unread.insert(group, frame["unread_count"].as_i64().unwrap());
        } else if frame["seq"].is_i64() && frame["type"] != "message_sent" {
            self.log.entry(group).or_default().push(frame);
        }
    }

    /// Waits until everything that the log says is for this person has come.
    async fn catch_up(&mut self, group: &str, log: &[Value], head: i64) {
        // Whoever was removed while it was away never hears of it: there is nothing to wait for.
        let is_in = matches!(stays(self.user.id, log).last(), Some((_, None)));
        let until = if is_in { head } else { 0 };
        let begun = Instant::now();
        while self.last_seq(group) < until {
            let (who, has) = (self.user.id, self.last_seq(group));
            let stays = stays(who, log);
            assert!(begun.elapsed() < PATIENCE, "{who} in {group} has up to {has} of {until}: {stays:?}");
            let frame = self.socket.next().await.expect("the socket stays open");
            self.note(frame);
        }
        self.take_in().await;
    }

    /// What came is what the log says, each once, in order, and nothing of times when the person did not take part, unless
    /// it came back and asked for the history.
    fn check(&self, group: &str, log: &[Value]) {
        let empty = Vec::new();
        let got = self.log.get(group).unwrap_or(&empty);
        let who = self.user.id;
        for pair in got.windows(2) {
            assert!(pair[0]["seq"].as_i64() < pair[1]["seq"].as_i64(), "{who}: order or repetition: {pair:?}");
        }
        for event in got {
            let seq = usize::try_from(event["seq"].as_i64().unwrap()).unwrap();
            assert_eq!(event, &log[seq - 1], "{who}: another event than the log's");
        }
        let stays = stays(who, log);
        let seqs: BTreeSet<i64> = got.iter().map(|event| event["seq"].as_i64().unwrap()).collect();
        let last_end = stays.last().map_or(0, |(_, left)| left.unwrap_or(i64::MAX));
        assert!(seqs.iter().all(|seq| *seq <= last_end), "{who}: something after the removal at {last_end}: {seqs:?}");
        if let Some((joined, None)) = stays.last() {
            let head = log.last().unwrap()["seq"].as_i64().unwrap();
            let missing: Vec<_> = (*joined..=head).filter(|seq| !seqs.contains(seq)).collect();
            assert!(missing.is_empty(), "{who} joined at {joined} and misses {missing:?} of {head}");
        }
    }
}

/// From which event to which other somebody took part; open-ended for who still does.
fn stays(user: i64, log: &[Value]) -> Vec<(i64, Option<i64>)> {
    let mut stays: Vec<(i64, Option<i64>)> = Vec::new();
    for event in log {
        let seq = event["seq"].as_i64().unwrap();
        let people = event["conversation"]["participants"].as_array();
        let is_founder = people.is_some_and(|people| people.iter().any(|one| one["id"] == user));
        match event["type"].as_str().unwrap() {
            "conversation_created" if is_founder => stays.push((seq, None)),
            "participant_added" if event["user_id"] == user => stays.push((seq, None)),
            "participant_removed" if event["user_id"] == user => stays.last_mut().unwrap().1 = Some(seq),
            _ => {}
        }
    }
    stays
}

async fn whole_log(reader: &User, group: &str) -> Vec<Value> {
    let mut log: Vec<Value> = Vec::new();
    loop {
        let after = log.last().map_or(0, |event| event["seq"].as_i64().unwrap());
        let path = format!("/api/chat/conversations/{group}/events/?after_seq={after}&page_size=200");
        let page = reader.get(&path).await.expect(200).body;
        let events = page["results"].as_array().unwrap();
        log.extend(events.iter().cloned());
        if events.is_empty() || page["last_seq"].as_i64() <= log.last().unwrap()["seq"].as_i64() {
            return log;
        }
    }
}

/// The count that REST tells, the one that the socket told last, and a recount from the log and the read state agree, once
/// the marks that were still on their way have arrived.
async fn check_unread(people: &mut [Person], group: &str, log: &[Value]) {
    for person in people {
        if !matches!(stays(person.user.id, log).last(), Some((_, None))) {
            continue;
        }
        let mut agreed = false;
        for _ in 0..50 {
            let recount = person.recount(group, log).await;
            let path = format!("/api/chat/conversations/{group}/");
            let told = person.user.get(&path).await.expect(200).body["unread_count"].as_i64().unwrap();
            assert!(told <= recount, "{}: {told} on REST, {recount} counted", person.user.id);
            person.take_in().await;
            let heard = person.unread.get(group).copied().unwrap_or(0);
            agreed = told == recount && heard == told;
            if agreed {
                break;
            }
            println!("{} in {group}: {told} on REST, {recount} counted, {heard} on the socket", person.user.id);
            // The next heartbeat is some 100 ms away.
            person.socket.expect("heartbeat").await;
        }
        assert!(agreed, "{} in {group}", person.user.id);
    }
}

impl Person {
    /// What is unread by the log and the read state that a resume ends with.
    async fn recount(&self, group: &str, log: &[Value]) -> i64 {
        let mut socket = self.user.knock_all(1, "live=after_resume").await;
        socket.expect("ready").await;
        socket.send(json!({"type": "resume", "positions": {group: log.len()}})).await;
        let resumed = socket.expect("resumed").await;
        let states = resumed["read_state"].as_array().unwrap();
        let state = states.iter().find(|state| state["reader_id"] == self.user.id).unwrap();
        let (up_to, beyond) = (state["up_to_seq"].as_i64().unwrap(), state["beyond"].as_array().unwrap());
        let is_unread = |event: &&Value| {
            let is_foreign = event["type"] == "message_received" && event["message"]["sender"]["id"] != self.user.id;
            is_foreign && event["seq"].as_i64().unwrap() > up_to && !beyond.contains(&event["seq"])
        };
        i64::try_from(log.iter().filter(is_unread).count()).unwrap()
    }
}
