//! Resume: everything after a position, in order, then live, with no hole and nothing twice; from the ring or from the log.

use std::collections::BTreeMap;

use chat_e2e::{Socket, User};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};

use crate::{Kept, MAX_RESUME_EVENTS, RING_EVENTS, Scene, Violation, ensure, said, seq_of};

const RESUMES: &str = "chat_gateway_resumes_total";
const THE_END: &str = "the end";
const TOO_SLOW: u16 = 4002;

fn resume(after_seq: i64) -> Value {
    json!({"type": "resume", "after_seq": after_seq})
}

impl Scene {
    async fn resumes(&self, gateway: usize, source: &str) -> u64 {
        self.counted(gateway, RESUMES, Some(&format!(r#"source="{source}""#))).await
    }
}

/// The positions that come up to `resumed`, and what it says.
pub(crate) async fn replayed(socket: &mut Socket) -> (Vec<i64>, i64) {
    let mut seqs = Vec::new();
    loop {
        let frame = socket.next().await.expect("the socket stays open");
        seqs.extend(seq_of(&frame));
        if frame["type"] == "resumed" {
            return (seqs, frame["last_seq"].as_i64().expect("a position"));
        }
    }
}

/// Twenty messages, of which somebody who came later is missing some.
pub(crate) async fn resume_brings_what_is_missing_and_no_more(scene: &Scene) -> Kept {
    scene.fill(0, 20).await;
    let from_ring = scene.resumes(0, "ring").await;
    let mut socket = scene.ben.open(0, &scene.direct).await;
    for after in [10, 15, 20, 21] {
        socket = {
            socket.close().await;
            scene.ben.open(0, &scene.direct).await
        };
        socket.send(resume(after)).await;
        let replayed = replayed(&mut socket).await;
        ensure(replayed == ((after + 1..=21).collect(), 21), format!("{replayed:?} after {after}"))?;
    }
    assert!(scene.resumes(0, "ring").await >= from_ring + 3, "the ring was in the path");
    Ok(())
}

#[tokio::test]
async fn what_the_ring_still_holds_comes_from_the_ring() {
    let scene = Scene::shared().await;
    let from_log = scene.resumes(0, "log").await;
    resume_brings_what_is_missing_and_no_more(&scene).await.unwrap();
    assert_eq!(scene.resumes(0, "log").await, from_log);
}

#[tokio::test]
async fn what_the_ring_has_let_go_comes_from_the_log() {
    let scene = Scene::shared().await;
    scene.fill(0, RING_EVENTS + 20).await;
    let head = i64::try_from(RING_EVENTS).unwrap() + 21;
    let from_log = scene.resumes(0, "log").await;
    let mut socket = scene.ben.open(0, &scene.direct).await;
    // From the very first event, which is no message.
    socket.send(resume(0)).await;
    assert_eq!(replayed(&mut socket).await, ((1..=head).collect(), head));
    assert!(scene.resumes(0, "log").await > from_log);
    // A gateway that has never held the conversation has nothing but the log.
    let from_log = scene.resumes(1, "log").await;
    let mut socket = scene.ben.knock_with(1, &scene.direct, "after_seq=50").await;
    assert_eq!(replayed(&mut socket).await, ((51..=head).collect(), head));
    assert!(scene.resumes(1, "log").await > from_log);
}

#[tokio::test]
async fn position_in_the_url_is_resumed_before_anything_live() {
    let scene = Scene::shared().await;
    scene.fill(0, 5).await;
    let mut socket = scene.ben.knock_with(0, &scene.direct, "after_seq=3").await;
    scene.ada.say(&scene.direct, "live").await;
    let first = socket.next().await.unwrap();
    assert_eq!((&first["type"], &first["last_seq"].as_i64().is_some_and(|seq| seq >= 6)), (&json!("ready"), &true));
    let (seqs, last) = replayed(&mut socket).await;
    assert_eq!(seqs, (4..=last).collect::<Vec<_>>());
    if last < 7 {
        assert_eq!(socket.messages(1).await[0]["seq"], 7);
    }
    assert_eq!(socket.settle().await, Vec::<Value>::new());
}

#[tokio::test]
async fn nothing_live_comes_before_a_resume_that_was_announced() {
    let scene = Scene::shared().await;
    let mut held = scene.ben.knock_with(0, &scene.direct, "live=after_resume").await;
    held.expect("ready").await;
    let mut watch = scene.ben.open(0, &scene.direct).await;
    scene.fill(0, 3).await;
    // The same gateway has them.
    watch.messages(3).await;
    assert_eq!(held.settle().await, Vec::<Value>::new());
    held.send(resume(2)).await;
    let (mut seqs, last) = replayed(&mut held).await;
    while seqs.len() < 2 {
        seqs.push(held.messages(1).await[0]["seq"].as_i64().unwrap());
    }
    assert!(last <= 4 && seqs == [3, 4], "{seqs:?}, resumed at {last}");
    assert_eq!(held.settle().await, Vec::<Value>::new());
}

#[tokio::test]
async fn resume_after_live_events_brings_only_what_this_socket_was_not_sent() {
    let scene = Scene::shared().await;
    scene.fill(0, 4).await;
    let mut socket = scene.ben.open(0, &scene.direct).await;
    scene.fill(0, 2).await;
    assert_eq!(
        socket.messages(2).await.iter().filter_map(|message| message["seq"].as_i64()).collect::<Vec<_>>(),
        [6, 7]
    );
    socket.settle().await;
    socket.send(resume(2)).await;
    assert_eq!(replayed(&mut socket).await, (vec![3, 4, 5], 7));
    socket.send(resume(7)).await;
    assert_eq!(replayed(&mut socket).await, (Vec::new(), 7));
    scene.fill(0, 1).await;
    assert_eq!(socket.messages(1).await[0]["seq"], 8);
    assert_eq!(socket.settle().await, Vec::<Value>::new());
}

#[tokio::test]
async fn position_that_cannot_be_resumed_is_told_to_reload() {
    let scene = Scene::shared().await;
    scene.fill(0, usize::try_from(MAX_RESUME_EVENTS).unwrap() + 2).await;
    let head = MAX_RESUME_EVENTS + 3;
    let counted = scene.resumes(0, "resync").await;
    let mut socket = scene.ben.knock(0, &scene.direct).await;
    let epoch = socket.expect("ready").await["log_epoch"].as_i64().unwrap();
    let too_far = resume(head - MAX_RESUME_EVENTS - 1);
    let other_life = json!({"type": "resume", "after_seq": head, "log_epoch": epoch + 1});
    for asked in [resume(head + 1), resume(i64::MAX), too_far, other_life] {
        socket.send(asked.clone()).await;
        let resync = socket.expect("resync_required").await;
        assert_eq!((&resync["last_seq"], &resync["log_epoch"]), (&json!(head), &json!(epoch)), "{asked}");
        assert_eq!(socket.settle().await, Vec::<Value>::new(), "{asked}");
    }
    // As much as is allowed comes, and the socket was live all the time.
    socket.send(json!({"type": "resume", "after_seq": head - MAX_RESUME_EVENTS, "log_epoch": epoch})).await;
    assert_eq!(replayed(&mut socket).await, ((head - MAX_RESUME_EVENTS + 1..=head).collect(), head));
    scene.fill(0, 1).await;
    assert_eq!(socket.messages(1).await[0]["seq"], head + 1);
    assert_eq!(scene.resumes(0, "resync").await, counted + 4);
    // In the URL too: the reader is live from then on.
    let query = format!("after_seq=1&log_epoch={}", epoch + 1);
    let mut socket = scene.ben.knock_with(0, &scene.direct, &query).await;
    assert_eq!(socket.expect("resync_required").await["last_seq"], head + 1);
    scene.fill(0, 1).await;
    assert_eq!(socket.messages(1).await[0]["seq"], head + 2);
}

#[tokio::test]
async fn bad_position_is_an_error_and_the_socket_stays_open() {
    let scene = Scene::shared().await;
    let mut socket = scene.ben.open(0, &scene.direct).await;
    for after in [json!(-1), json!("1"), json!(1.5), json!(null), json!([1]), json!(1e300)] {
        socket.send(json!({"type": "resume", "after_seq": after})).await;
        socket.refused("invalid").await;
    }
    socket.send(json!({"type": "resume"})).await;
    socket.refused("invalid").await;
    let mut by_url = scene.ben.knock_with(0, &scene.direct, "after_seq=x").await;
    by_url.refused("invalid").await;
    scene.fill(0, 1).await;
    for socket in [&mut socket, &mut by_url] {
        assert_eq!(socket.messages(1).await[0]["seq"], 2);
    }
}

#[tokio::test]
async fn heartbeat_says_how_far_the_conversation_has_come() {
    let scene = Scene::shared().await;
    let mut socket = scene.ben.open(1, &scene.direct).await;
    assert_eq!(socket.expect("heartbeat").await["last_seq"], 1);
    scene.fill(0, 3).await;
    socket.messages(3).await;
    socket.settle().await;
    assert_eq!(socket.expect("heartbeat").await["last_seq"], 4);
}

/// Somebody who comes and goes, always with a position, on any gateway.
struct Observer {
    user: User,
    conversation: String,
    rng: StdRng,
    /// Everything up to here was seen.
    last: i64,
    /// What was seen: the id at each position.
    log: BTreeMap<i64, String>,
    is_end_known: bool,
}

/// What one socket has been sent so far.
struct Visit {
    after: i64,
    seqs: Vec<i64>,
    resumed: bool,
}

impl Visit {
    fn event(&mut self, seq: i64) -> Kept {
        ensure(!self.seqs.contains(&seq), format!("{seq} came twice"))?;
        ensure(seq > self.after, format!("{seq} came again after {}", self.after))?;
        if self.resumed {
            let newest = self.seqs.iter().copied().max().unwrap_or(self.after);
            ensure(seq == newest + 1, format!("{seq} came live after {newest}"))?;
        }
        self.seqs.push(seq);
        Ok(())
    }

    /// `is_held`: nothing live may have come in between.
    fn resumed(&mut self, last: i64, is_held: bool) -> Kept {
        self.resumed = true;
        let mut seqs = self.seqs.clone();
        if !is_held {
            seqs.sort_unstable();
        }
        let expected: Vec<i64> = (self.after + 1..=last).collect();
        ensure(seqs == expected, format!("{seqs:?} came up to {last} after {}", self.after))
    }
}

impl Observer {
    /// Comes and goes until the last message is there, and comes back once more.
    async fn watch(mut self) -> Result<Self, Violation> {
        while !self.visit().await? {}
        self.visit().await?;
        Ok(self)
    }

    /// One socket; true if everything up to the last message was seen.
    async fn visit(&mut self) -> Result<bool, Violation> {
        let after = (self.last - self.rng.random_range(0..20)).max(0);
        let (gateway, way) = (self.rng.random_range(0..2), self.rng.random_range(0..3));
        let query = ["live=after_resume", "", &format!("after_seq={after}")][way].to_owned();
        let mut socket = self.user.knock_with(gateway, &self.conversation, &query).await;
        let mut visit = Visit { after, seqs: Vec::new(), resumed: false };
        let mut frames_before_resume = if way == 2 { None } else { Some(self.rng.random_range(1..6)) };
        let mut frames_left = self.rng.random_range(1..40);
        while !visit.resumed || (frames_left > 0 && !self.is_end_known) {
            if let Some(left) = &mut frames_before_resume {
                *left -= 1;
                if *left == 0 {
                    socket.send(resume(after)).await;
                    frames_before_resume = None;
                }
            }
            let frame = match socket.next().await {
                Ok(frame) => frame,
                Err(closed) => {
                    ensure(closed.code == TOO_SLOW, format!("{closed:?}"))?;
                    return Ok(false);
                }
            };
            if visit.resumed {
                frames_left -= 1;
            }
            if let Some(seq) = seq_of(&frame) {
                visit.event(seq)?;
                self.note(seq, &frame)?;
            }
            match frame["type"].as_str() {
                Some("resumed") => visit.resumed(frame["last_seq"].as_i64().unwrap_or(-1), way != 1)?,
                Some("resync_required") => {
                    let behind = frame["last_seq"].as_i64().unwrap_or(0) - after;
                    ensure(behind > MAX_RESUME_EVENTS, format!("to be reloaded, {behind} behind"))?;
                    return self.reload().await;
                }
                _ => {}
            }
        }
        self.last = visit.seqs.iter().copied().max().unwrap_or(after).max(self.last);
        socket.close().await;
        Ok(self.has_seen_the_end())
    }

    /// Reads over REST what is too much for a resume.
    async fn reload(&mut self) -> Result<bool, Violation> {
        let (conversation, last) = (&self.conversation, self.last);
        let path = format!("/api/chat/conversations/{conversation}/events/?after_seq={last}&page_size=200");
        let page = self.user.get(&path).await.expect(200).body;
        for frame in page["results"].as_array().into_iter().flatten() {
            let seq = seq_of(frame).unwrap_or(-1);
            ensure(seq == self.last + 1, format!("{seq} is listed after {}", self.last))?;
            self.note(seq, frame)?;
            self.last = seq;
        }
        Ok(self.has_seen_the_end())
    }

    fn has_seen_the_end(&self) -> bool {
        self.log.get(&self.last).is_some_and(|what| what.ends_with(THE_END))
    }

    /// Takes an event in.
    fn note(&mut self, seq: i64, frame: &Value) -> Kept {
        let what = format!("{} {}", frame["message"]["id"], frame["message"]["content"].as_str().unwrap_or_default());
        let before = self.log.insert(seq, what.clone());
        self.is_end_known |= what.ends_with(THE_END);
        ensure(before.as_ref().is_none_or(|before| *before == what), format!("{seq} is {what} and was {before:?}"))
    }
}

/// Says sixty things in bursts, each answered before the next.
async fn chatter(user: User, gateway: usize, conversation: String, mut rng: StdRng) {
    let mut socket = user.open(gateway, &conversation).await;
    let mut left = 60_usize;
    while left > 0 {
        let burst = rng.random_range(1..10).min(left);
        socket.send_all((0..burst).map(|number| said(&format!("{} {left} {number}", user.name), None))).await;
        for _ in 0..burst {
            socket.expect("message_sent").await;
        }
        left -= burst;
    }
    socket.close().await;
}

#[tokio::test]
async fn whoever_comes_back_among_concurrent_senders_sees_one_log_without_holes() {
    let scene = Scene::shared().await;
    let given = std::env::var_os("SEED").and_then(|seed| seed.to_str()?.parse().ok());
    let seed = given.unwrap_or_else(rand::random::<u64>);
    println!("SEED={seed}");
    let rng = |number: u64| StdRng::seed_from_u64(seed.wrapping_add(number));
    let from = [
        scene.resumes(0, "ring").await + scene.resumes(1, "ring").await,
        scene.resumes(0, "log").await + scene.resumes(1, "log").await,
    ];
    // More than the rings hold, so that the first to come need the log.
    scene.fill(0, RING_EVENTS + 10).await;
    let senders: Vec<_> = [(&scene.ada, 0), (&scene.ben, 1), (&scene.ada, 1), (&scene.ben, 0)]
        .into_iter()
        .zip(0..)
        .map(|((user, gateway), number)| {
            tokio::spawn(chatter(user.clone(), gateway, scene.direct.clone(), rng(number)))
        })
        .collect();
    let observers: Vec<_> = (100..106)
        .map(|number| Observer {
            user: if number % 2 == 0 { scene.ada.clone() } else { scene.ben.clone() },
            conversation: scene.direct.clone(),
            rng: rng(number),
            last: 0,
            log: BTreeMap::new(),
            is_end_known: false,
        })
        .map(|observer| tokio::spawn(observer.watch()))
        .collect();
    for sender in senders {
        sender.await.unwrap();
    }
    let last = scene.ada.say(&scene.direct, THE_END).await["seq"].as_i64().unwrap();
    assert_eq!(last, i64::try_from(RING_EVENTS).unwrap() + 10 + 4 * 60 + 2, "nothing is lost or doubled");
    let mut logs = Vec::new();
    for observer in observers {
        logs.push(observer.await.unwrap().unwrap_or_else(|violation| panic!("SEED={seed}: {violation:?}")).log);
    }
    for log in &logs {
        assert_eq!(log.keys().copied().collect::<Vec<_>>(), (1..=last).collect::<Vec<_>>(), "SEED={seed}");
        assert_eq!(*log, logs[0], "SEED={seed}");
    }
    let now = [
        scene.resumes(0, "ring").await + scene.resumes(1, "ring").await,
        scene.resumes(0, "log").await + scene.resumes(1, "log").await,
    ];
    assert!(now[0] > from[0] && now[1] > from[1], "both sources were in the path: {from:?}, {now:?}");
}
