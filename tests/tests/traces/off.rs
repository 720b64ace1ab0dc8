//! Without an endpoint, and with a sampler that wants nothing, there is nothing: no span, no header, no field.

use chat_e2e::{App, Collector, Instances, Service, Stack, options, send_path};
use futures_util::StreamExt as _;
use reqwest::Method;
use serde_json::{Value, json};

use crate::Caller;

const FEW: Instances = Instances { gateways: 1, persistence: 1, api: 1, presence: 1 };

/// Says something both ways, in a trace that its sender records; returns everything that was heard on NATS of it.
async fn talk(app: &App) -> Vec<async_nats::Message> {
    let writer = app.writer().await;
    let broker = writer.hear(">").await.unwrap();
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let mut socket = ada.open(0, &direct).await;
    let frame = json!({"type": "send_message", "content": "x", "traceparent": Caller::new().parent(true)});
    socket.send(frame).await;
    assert_eq!(socket.expect("message_received").await["traceparent"], Value::Null);
    let request = ben.request(Method::POST, &send_path(&direct)).header("traceparent", Caller::new().parent(true));
    chat_e2e::Rest::send(request.json(&json!({"content": "y"}))).await.expect(201);
    assert_eq!(socket.expect("message_received").await["traceparent"], Value::Null);
    writer.bus.client().publish("the.end", "".into()).await.unwrap();
    broker.take_while(|message| std::future::ready(message.subject.as_str() != "the.end")).collect().await
}

fn assert_untraced(heard: &[async_nats::Message]) {
    let is_command = |message: &&async_nats::Message| message.subject.starts_with("chat.command.");
    assert!(heard.iter().filter(is_command).count() >= 3, "commands are heard");
    for message in heard {
        let headers = message.headers.iter().flat_map(async_nats::HeaderMap::iter);
        let names: Vec<_> = headers.map(|(name, _)| name.to_string()).collect();
        assert!(!names.iter().any(|name| name.starts_with("trace")), "{} {names:?}", message.subject);
        assert!(!String::from_utf8_lossy(&message.payload).contains("traceparent"), "{}", message.subject);
    }
}

#[tokio::test]
async fn without_an_endpoint_nothing_is_recorded_and_nothing_passed_on() {
    let stack = Stack::start(options().unwrap().instances(FEW)).await.unwrap();
    assert_untraced(&talk(&App::of(&stack).unwrap()).await);
    stack.stop().await.unwrap();
}

#[tokio::test]
async fn sampler_that_wants_nothing_gets_nothing() {
    let collector = Collector::start();
    let options = collector.traced(options().unwrap().instances(FEW));
    let off = |options, service| chat_e2e::StackOptions::env(options, service, "OTEL_TRACES_SAMPLER", "always_off");
    let stack = Stack::start(Service::ALL.into_iter().fold(options, off)).await.unwrap();
    assert_untraced(&talk(&App::of(&stack).unwrap()).await);
    // Whatever waits is sent before a service has stopped.
    stack.stop().await.unwrap();
    assert_eq!(collector.spans(), []);
}
