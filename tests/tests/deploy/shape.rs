//! People talk while what production must survive happens: the leader of the commands dies, then the primary of Postgres.

use std::time::Duration;

use chat_bus::{Bus, NatsOptions};
use chat_e2e::{App, Credentials, Instances, PATIENCE, Signal, Socket, Stack, StackOptions, User, options, send_path};
use chat_protocol::subjects::COMMANDS_STREAM;
use serde_json::json;
use tokio::time::{Instant, timeout};

/// How long it may be impossible to say something after a death: what is promised is 10 s, a busy machine of CI gets more.
const OUTAGE: Duration = Duration::from_secs(40);
/// How long a cluster may take to be ready.
const START: Duration = Duration::from_secs(90);

/// The tests' short timers in the shape of production.
fn production() -> StackOptions {
    let mut options = options().unwrap().as_in_production();
    options.start_limit = START;
    options
}

/// Says something over REST, as often as needed, by one `client_id`.
async fn insist(user: &User, conversation: &str, content: &str) -> Duration {
    let (path, begun) = (send_path(conversation), Instant::now());
    let body = json!({"content": content, "client_id": content});
    loop {
        let answer = user.post(&path, body.clone()).await;
        if matches!(answer.status, 200 | 201) {
            return begun.elapsed();
        }
        assert!(matches!(answer.status, 500..), "{content}: {} {}", answer.status, answer.body);
        assert!(begun.elapsed() < OUTAGE, "{content}: {} {}", answer.status, answer.body);
    }
}

/// Opens a socket, as often as needed: a gateway lets nobody in while it does not know who is locked out.
async fn let_in(user: &User, url: &str) -> Socket {
    let begun = Instant::now();
    loop {
        match Socket::connect(url, Credentials::Header(&user.token)).await {
            Ok(socket) => return socket,
            Err(refused) => assert!(begun.elapsed() < OUTAGE, "{url}: {refused}"),
        }
        // An answer of REST takes its time, so this does not spin.
        user.get("/api/auth/me/").await;
    }
}

/// Which of the servers leads the stream of commands.
async fn leader(stack: &Stack) -> String {
    let nats_url = stack.nats_url().to_owned();
    let options = NatsOptions { url: nats_url, user: None, password: None, name: "looking".to_owned() };
    let bus = Bus::connect(&options).await.unwrap();
    let asked = async {
        loop {
            let Ok(stream) = bus.jetstream().get_stream(COMMANDS_STREAM).await else { continue };
            let info = stream.cached_info();
            assert_eq!(info.config.num_replicas, 3, "commands lie on all servers");
            if let Some(leader) = info.cluster.as_ref().and_then(|cluster| cluster.leader.clone()) {
                return leader;
            }
        }
    };
    timeout(PATIENCE, asked).await.expect("the stream has a leader")
}

#[tokio::test]
async fn leader_of_the_commands_and_the_primary_of_postgres_die_and_nothing_is_lost() {
    let stack = Stack::start(production()).await.unwrap();
    let app = App::of(&stack).unwrap();
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let conversation = ada.direct_with(&ben).await;
    let mut socket = ben.open(0, &conversation).await;
    ada.say(&conversation, "before").await;
    let heard = socket.expect("message_received").await;
    let after = heard["seq"].as_u64().unwrap();
    socket.close().await;

    let leader = leader(&stack).await;
    let victim = stack.nats_servers().iter().find(|server| server.name() == leader).unwrap();
    victim.kill(Signal::SIGKILL).await.unwrap();
    let outage = insist(&ada, &conversation, "without the leader").await;
    println!("{leader} killed: a message took {} ms", outage.as_millis());
    let mut resumed = let_in(&ben, &format!("{}?after_seq={after}", app.chat_url(1, &conversation))).await;
    assert_eq!(resumed.messages(1).await[0]["content"], "without the leader");
    victim.start(START).await.unwrap();

    stack.postgres().kill(Signal::SIGKILL).await.unwrap();
    stack.promote_standby().await.unwrap();
    let outage = insist(&ada, &conversation, "after the fail-over").await;
    println!("primary killed, standby promoted: a message took {} ms", outage.as_millis());
    assert_eq!(resumed.messages(1).await[0]["content"], "after the fail-over");
    let history = ben.history(&conversation, "").await;
    let said: Vec<_> = history["results"].as_array().unwrap().iter().map(|one| one["content"].clone()).collect();
    assert_eq!(said.len(), 3, "{history}");
    stack.stop().await.unwrap();
}

#[tokio::test]
async fn cluster_and_standby_speak_tls_with_each_other() {
    let mut options = StackOptions::production().unwrap();
    options.start_limit = START;
    options.tls = chat_e2e::TlsMode::On;
    options.instances = Instances { gateways: 0, persistence: 1, api: 0, presence: 0 };
    let stack = Stack::start(options).await.unwrap();
    stack.stop().await.unwrap();
}
