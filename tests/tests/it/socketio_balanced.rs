//! Two gateways behind a plain balancer that gives each connection to the next of them, and the real client on long polling.

use chat_e2e::{App, Node, PATIENCE, Service, Signal, Stack, counter, own_stack};
use serde_json::{Value, json};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Messages in each direction.
const MESSAGES: usize = 200;

/// A balancer that knows nothing: the next connection goes to the next gateway, or to the one after it if nobody is there.
struct Balancer {
    url: String,
    task: JoinHandle<()>,
}

impl Balancer {
    async fn before(app: &App) -> Self {
        let gateways: Vec<_> = app.gateways().iter().map(|url| url.replace("ws://", "")).collect();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ws://{}", listener.local_addr().unwrap());
        let task = tokio::spawn(async move {
            for turn in 0.. {
                let Ok((mut client, _)) = listener.accept().await else { return };
                let gateways = gateways.clone();
                tokio::spawn(async move {
                    for next in 0..gateways.len() {
                        if let Ok(mut gateway) = TcpStream::connect(&gateways[(turn + next) % gateways.len()]).await {
                            // Either end may break it.
                            let _ = copy_bidirectional(&mut client, &mut gateway).await;
                            return;
                        }
                    }
                });
            }
        });
        Self { url, task }
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// How many requests a gateway has asked the other about.
async fn relayed(stack: &Stack, gateway: usize) -> u64 {
    counter(&stack.instances(Service::Gateway)[gateway], "chat_gateway_socketio_relayed_total", None).await
}

/// The contents of the next messages, which must be one after the other in the log.
async fn contents(node: &mut Node, socket: &str, count: usize) -> Vec<String> {
    let (mut contents, mut last) = (Vec::new(), None);
    while contents.len() < count {
        let mut frame = node.frame(socket, "message_received").await;
        let seq = frame["seq"].as_i64().unwrap();
        assert!(last.is_none_or(|last| seq == last + 1), "{seq} after {last:?}");
        last = Some(seq);
        contents.push(frame["message"]["content"].take().as_str().unwrap().to_owned());
    }
    contents
}

fn polling() -> Value {
    json!({"transports": ["polling"], "reconnectionDelay": 100, "reconnectionDelayMax": 300})
}

#[tokio::test]
async fn long_polling_through_a_balancer_brings_everything_once_in_order() {
    let stack = own_stack().await.unwrap();
    let app = App::of(&stack).unwrap();
    let balancer = Balancer::before(&app).await;
    let users = app.users(["Ada", "Ben"]).await;
    let direct = users[0].direct_with(&users[1]).await;
    let mut node = Node::start().await;
    for user in &users {
        let url = format!("{}/ws/chat/{direct}/", balancer.url);
        node.open(&user.name, json!({"url": url, "auth": {"token": user.token}, "options": polling()})).await;
        node.expect(&user.name, "ready").await;
    }
    for number in 0..MESSAGES {
        for user in &users {
            node.emit(&user.name, "send_message", json!({"content": format!("{} {number}", user.name)})).await;
        }
    }
    let seen = [contents(&mut node, "Ada", 2 * MESSAGES).await, contents(&mut node, "Ben", 2 * MESSAGES).await];
    assert_eq!(seen[0], seen[1]);
    for user in &users {
        let own: Vec<_> = seen[0].iter().filter(|content| content.starts_with(&user.name)).collect();
        assert!(own.into_iter().enumerate().all(|(number, said)| *said == format!("{} {number}", user.name)));
        assert_eq!(node.ask(&user.name, "ping", json!({})).await, json!({}));
        let kept = node.kept(&user.name);
        assert!(kept.iter().all(|line| !matches!(line["event"].as_str(), Some("message_received" | "disconnect"))));
        assert_eq!(kept.iter().filter(|line| line["event"] == "message_sent").count(), MESSAGES);
        assert_eq!(node.transport(&user.name).await, "polling");
    }
    assert!(relayed(&stack, 0).await + relayed(&stack, 1).await > 20, "gateways had to ask each other");
    stack.stop().await.unwrap();
}

#[tokio::test]
async fn upgrade_through_a_balancer_breaks_nothing() {
    let app = App::shared().await;
    let balancer = Balancer::before(&app).await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let mut node = Node::start().await;
    for number in 0..6 {
        let name = number.to_string();
        let url = format!("{}/ws/chat/{direct}/", balancer.url);
        node.open(&name, json!({"url": url, "auth": {"token": ada.token}})).await;
        node.expect(&name, "ready").await;
        let sent = node.ask(&name, "send_message", json!({"content": name})).await;
        assert_eq!(node.frame(&name, "message_received").await["message"]["id"], sent["id"]);
        assert_eq!(node.ask(&name, "ping", json!({})).await, json!({}));
        node.close(&name).await;
        assert!(node.kept(&name).iter().all(|line| line["event"] != "connect_error"));
    }
}

#[tokio::test]
async fn people_of_a_killed_gateway_come_back_through_the_balancer_and_miss_nothing() {
    let stack = own_stack().await.unwrap();
    let app = App::of(&stack).unwrap();
    let balancer = Balancer::before(&app).await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let mut node = Node::start().await;
    let names: Vec<_> = (0..4).map(|number| format!("ben {number}")).collect();
    for name in &names {
        let url = format!("{}/ws/chat/{direct}/", balancer.url);
        let auth = json!({"token": ben.token, "after_seq": 1});
        node.open(name, json!({"url": url, "auth": auth, "options": polling(), "follow": true})).await;
        node.expect(name, "resumed").await;
    }
    for (number, gateway) in [0, 1].into_iter().enumerate() {
        for message in 0..20 {
            ada.say(&direct, &format!("{number} {message}")).await;
            if message == 10 {
                let process = &stack.instances(Service::Gateway)[gateway].process;
                process.kill(Signal::SIGKILL).await.unwrap();
            }
        }
        stack.instances(Service::Gateway)[gateway].process.start(PATIENCE).await.unwrap();
    }
    for name in &names {
        let seen = contents(&mut node, name, 40).await;
        let said: Vec<_> =
            (0..2).flat_map(|number| (0..20).map(move |message| format!("{number} {message}"))).collect();
        assert_eq!(seen, said);
    }
    assert!(names.iter().any(|name| node.kept(name).iter().any(|line| line["event"] == "disconnect")));
    stack.stop().await.unwrap();
}
