//! A collector may be gone, or hang: nobody who chats notices.

use std::time::{Duration, Instant};

use chat_e2e::{App, Collector, Instances, Service, Stack, StackOptions, counter, options};
use serde_json::json;

/// How long an acknowledgement may take here: far less than anything waits for a collector.
const SOON: Duration = Duration::from_secs(5);

/// A stack with a place for few spans, which gives up on an export after a while.
async fn hampered(url: &str) -> Stack {
    let instances = Instances { gateways: 1, persistence: 1, api: 1, presence: 1 };
    let hamper = |options: StackOptions, service| {
        [("OTEL_EXPORTER_OTLP_ENDPOINT", url), ("OTEL_BSP_MAX_QUEUE_SIZE", "10"), ("OTEL_BSP_SCHEDULE_DELAY", "50")]
            .into_iter()
            .fold(options, |options, (name, value)| options.env(service, name, value))
    };
    let options = Service::ALL.into_iter().fold(options().unwrap().instances(instances), hamper);
    Stack::start(options).await.unwrap()
}

/// Says more than there is place for; everything is acknowledged in time. Returns the lost spans of the gateway.
async fn talk(stack: &Stack) -> u64 {
    let app = App::of(stack).unwrap();
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let mut socket = ada.open(0, &direct).await;
    for number in 0..50 {
        let said = Instant::now();
        socket.send(json!({"type": "send_message", "content": "x", "client_id": format!("c{number}")})).await;
        socket.expect_within("message_sent", SOON).await;
        assert!(said.elapsed() < SOON);
    }
    let gateway = stack.instance(Service::Gateway, 0).unwrap();
    let lost = |result| counter(gateway, "chat_traces_spans_total", Some(result));
    lost(r#"result="dropped""#).await + lost(r#"result="failed""#).await
}

#[tokio::test]
async fn collector_that_hangs_holds_nobody_up_and_what_is_lost_is_counted() {
    let stack = hampered(&Collector::hanging().url).await;
    assert!(talk(&stack).await > 0);
    let stopping = Instant::now();
    stack.stop().await.unwrap();
    // Four kinds of services, one after the other, each with its limit for what is left.
    assert!(stopping.elapsed() < Duration::from_secs(40), "{:?}", stopping.elapsed());
}

#[tokio::test]
async fn collector_that_is_gone_holds_nobody_up_and_what_is_lost_is_counted() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let stack = hampered(&format!("http://{nobody}")).await;
    assert!(talk(&stack).await > 0);
    stack.stop().await.unwrap();
}
