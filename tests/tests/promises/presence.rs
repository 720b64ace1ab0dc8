//! Who is here is told in time, whoever dies, and goes on without the database.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use chat_e2e::{Instances, PATIENCE, Process, Service, Signal, Socket, StackOptions, User, options};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::{Scene, next_message, said};

/// Ada watches Ben, who has said something: she sees him.
struct Watching {
    scene: Scene,
    socket: Socket,
    last: Value,
}

/// So many presence services.
fn presence(count: u16) -> StackOptions {
    let options = options().expect("the programs' place is known");
    options.instances(Instances { persistence: 1, api: 1, presence: count, ..Instances::default() })
}

impl Watching {
    async fn on(options: StackOptions) -> Self {
        let scene = Scene::on(options).await;
        scene.ben.say(&scene.direct, "hello").await;
        let mut socket = scene.ada.knock_presence(0).await;
        let snapshot = socket.expect("presence_snapshot").await;
        let last = snapshot["users"][0].clone();
        assert_eq!(last["user_id"], scene.ben.id, "{snapshot}");
        Self { scene, socket, last }
    }

    /// Waits until Ada is told that Ben is here, or that he is not.
    async fn until(&mut self, is_online: bool) {
        let waiting = async {
            while self.last["is_online"] != is_online {
                self.last = self.socket.expect("user_status_change").await;
                assert_eq!(self.last["user_id"], self.scene.ben.id);
            }
        };
        timeout(PATIENCE, waiting).await.expect("it is told in time");
    }

    fn process(&self, service: Service, index: usize) -> &Process {
        &self.scene.stack.instances(service)[index].process
    }

    async fn kill(&self, service: Service, index: usize) {
        self.process(service, index).kill(Signal::SIGKILL).await.expect("a running process can be killed");
    }

    async fn start(&self, service: Service, index: usize) {
        self.process(service, index).start(PATIENCE).await.expect("it starts again");
    }
}

async fn list(user: &User) -> u16 {
    user.get("/api/chat/presence/").await.status
}

/// `is_online` of everybody in a conversation.
async fn shown(user: &User, conversation: &str) -> Vec<Value> {
    let row = user.get(&format!("/api/chat/conversations/{conversation}/")).await.expect(200).body;
    row["participants"].as_array().expect("a list").iter().map(|one| one["is_online"].clone()).collect()
}

#[tokio::test]
async fn deadlines_of_presence_are_kept_although_one_of_its_services_dies() {
    let times = [
        (Service::Gateway, "PRESENCE_LEASE_INTERVAL_MS", "5000"),
        (Service::Presence, "PRESENCE_LISTEN_MS", "6000"),
        (Service::Presence, "PRESENCE_GRACE_MS", "5000"),
        (Service::Presence, "PRESENCE_FLUSH_MS", "500"),
    ];
    let as_shipped = |options: StackOptions, (service, name, value)| options.env(service, name, value);
    let mut watching = Watching::on(times.into_iter().fold(presence(2), as_shipped)).await;
    let direct = watching.scene.direct.clone();

    let here = watching.scene.ben.open(0, &direct).await;
    watching.until(true).await;
    let closed = Instant::now();
    here.close().await;
    watching.until(false).await;
    let grace = closed.elapsed();
    assert!(grace > Duration::from_millis(4500) && grace < Duration::from_millis(6500), "{grace:?}");

    let opened = Instant::now();
    let there = watching.scene.ben.open(1, &direct).await;
    watching.until(true).await;
    assert!(opened.elapsed() < Duration::from_millis(1500), "{:?}", opened.elapsed());
    let died = Instant::now();
    watching.kill(Service::Presence, 0).await;
    watching.kill(Service::Gateway, 1).await;
    watching.until(false).await;
    assert!(died.elapsed() < Duration::from_secs(15), "{:?}", died.elapsed());
    assert!(watching.last["last_seen"].is_string(), "{}", watching.last);
    drop(there);
    watching.scene.strike().await;
}

#[tokio::test]
async fn client_that_vanished_without_a_word_is_noticed() {
    let options = presence(1).env(Service::Gateway, "SILENCE_LIMIT_MS", "2000");
    let mut watching = Watching::on(options).await;
    // Nobody reads it: pings stay unanswered, as if the machine had lost its power.
    let vanished = watching.scene.ben.open(1, &watching.scene.direct).await;
    let opened = Instant::now();
    watching.until(true).await;
    watching.until(false).await;
    let noticed = opened.elapsed();
    assert!(noticed > Duration::from_secs(2) && noticed < Duration::from_secs(6), "{noticed:?}");
    drop(vanished);
    watching.scene.strike().await;
}

#[tokio::test]
async fn without_a_presence_service_people_talk_and_everything_is_told_later() {
    let mut watching = Watching::on(presence(1)).await;
    let (ada, ben) = (watching.scene.ada.clone(), watching.scene.ben.clone());
    let direct = watching.scene.direct.clone();
    assert_eq!((list(&ada).await, shown(&ada, &direct).await.contains(&Value::Null)), (200, false));
    watching.kill(Service::Presence, 0).await;

    let mut there = ben.open(1, &direct).await;
    let mut here = ada.open(0, &direct).await;
    here.send(said("still here", None)).await;
    assert_eq!(next_message(&mut there).await["content"], "still here");
    ada.get("/api/chat/presence/").await.refused(503, "unavailable");
    assert_eq!(shown(&ada, &direct).await, [Value::Null, Value::Null]);
    let mut late = ada.knock_presence(1).await;
    late.expect("ready").await;
    assert_eq!(late.settle().await, Vec::<Value>::new(), "nothing is made up");

    watching.start(Service::Presence, 0).await;
    watching.until(true).await;
    let snapshot = late.expect("presence_snapshot").await;
    assert_eq!(snapshot["users"][0]["is_online"], true, "{snapshot}");
    assert_eq!((list(&ada).await, shown(&ada, &direct).await), (200, vec![json!(true), json!(true)]));
    watching.scene.strike().await;
}

#[tokio::test]
async fn presence_goes_on_while_the_database_is_down() {
    let mut watching = Watching::on(presence(1)).await;
    let here = watching.scene.ben.open(1, &watching.scene.direct).await;
    watching.until(true).await;
    watching.scene.stack.postgres().kill(Signal::SIGKILL).await.expect("it runs");
    here.close().await;
    watching.until(false).await;
    assert!(watching.last["last_seen"].is_string(), "{}", watching.last);
    watching.scene.strike().await;
}

#[tokio::test]
async fn people_of_a_gateway_that_stops_stay_if_they_come_back_in_time() {
    let options = presence(1).env(Service::Presence, "PRESENCE_GRACE_MS", "3000");
    let mut watching = Watching::on(options).await;
    let (ben, direct) = (watching.scene.ben.clone(), watching.scene.direct.clone());
    let cem = watching.scene.app.user("Cem").await;
    cem.group_with(&[&watching.scene.ada]).await;
    let witness = cem.knock_all(0, "").await;
    let mut there = ben.open(1, &direct).await;
    let mut here: HashSet<i64> = HashSet::new();
    while here.len() < 2 {
        let change = watching.socket.expect("user_status_change").await;
        here.extend(change["user_id"].as_i64().filter(|_| change["is_online"] == true));
    }

    let stopping = watching.process(Service::Gateway, 1);
    stopping.kill(Signal::SIGTERM).await.expect("it runs");
    assert_eq!(there.closed().await.code, 4001);
    let stopped = async {
        while stopping.pid().is_some() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, stopped).await.expect("it stops in time");
    let back = ben.open(0, &direct).await;
    // Whoever leaves after Ben came back is told to be gone after Ben would have been.
    witness.close().await;
    let gone = watching.socket.expect("user_status_change").await;
    assert_eq!((&gone["user_id"], &gone["is_online"]), (&json!(cem.id), &json!(false)), "and Ben never");
    let surplus = watching.socket.settle().await;
    assert!(surplus.iter().all(|frame| frame["type"] == "ready"), "{surplus:?}");
    drop(back);
    watching.scene.strike().await;
}
