//! Who is here is told in time, whoever dies, and goes on without the database.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use chat_e2e::{App, Credentials, Instances, PATIENCE, Process, Service, Signal, Socket, StackOptions, User, options};
use futures_util::StreamExt as _;
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

/// A thousand people, a hundred in each of ten groups, all of them Ada's.
const CROWD: i64 = 1000;
const GROUP_SIZE: i64 = 100;

/// Opens sockets for these people, some at a time.
async fn arrive(app: &App, people: impl IntoIterator<Item = i64>, gateway: usize) -> Vec<Socket> {
    let url = format!("{}/ws/presence/", app.gateways()[gateway]);
    let arriving = futures_util::stream::iter(people).map(async |id| {
        let token = app.token(id, &format!("Person {id}"));
        let mut socket = Socket::connect(&url, Credentials::Header(&token)).await.expect("the gateway takes sockets");
        socket.expect("ready").await;
        socket
    });
    arriving.buffer_unordered(16).collect().await
}

#[tokio::test]
async fn thousand_people_of_a_killed_gateway_are_offline_in_time_and_those_who_come_back_never_were() {
    let as_shipped = presence(2).env(Service::Gateway, "PRESENCE_LEASE_INTERVAL_MS", "5000").env(
        Service::Presence,
        "PRESENCE_LISTEN_MS",
        "6000",
    );
    let as_shipped = as_shipped.env(Service::Presence, "PRESENCE_GRACE_MS", "5000");
    let Scene { app, ada, stack, .. } = Scene::on(as_shipped).await;
    let first = 5_000_000;
    app.database().await.insert_crowd(ada.id, first, CROWD, GROUP_SIZE).await;
    let crowd = arrive(&app, first..first + CROWD, 0).await;
    let mut watcher = ada.knock_presence(1).await;
    let mut online = HashSet::new();
    while online.len() < usize::try_from(CROWD).expect("a thousand") {
        let frame = watcher.next().await.expect("the socket stays open");
        let users = frame["users"].as_array().cloned().unwrap_or_else(|| vec![frame]);
        online.extend(users.iter().filter(|one| one["is_online"] == true).filter_map(|one| one["user_id"].as_i64()));
    }

    let died = Instant::now();
    let gateway = &stack.instances(Service::Gateway)[0].process;
    gateway.kill(Signal::SIGKILL).await.expect("a running process can be killed");
    let came_back = first..first + CROWD / 2;
    let crowd_again = arrive(&app, came_back.clone(), 1).await;
    let returned = died.elapsed();
    assert!(returned < Duration::from_secs(10), "the return itself took {returned:?}: the grace proves nothing");
    let mut offline = HashSet::new();
    while offline.len() < usize::try_from(CROWD / 2).expect("five hundred") {
        let frame = watcher.expect("user_status_change").await;
        let user = frame["user_id"].as_i64().expect("a number");
        assert!(!came_back.contains(&user), "somebody who came back flickers: {frame}");
        assert_eq!(frame["is_online"], false, "{frame}");
        offline.insert(user);
    }
    println!("all were offline {:?} after the kill; the others were back after {returned:?}", died.elapsed());
    // 15 s are promised; a busy machine gets three times that.
    assert!(died.elapsed() < Duration::from_secs(45), "{:?}", died.elapsed());
    drop((crowd, crowd_again));
    stack.stop().await.expect("it stops");
}
