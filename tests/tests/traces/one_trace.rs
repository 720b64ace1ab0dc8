//! One message is one trace, from its sender's frame or request to the sockets of every gateway.

use chat_e2e::{App, Collector, Credentials, Recorded, Socket, User, send_path};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{Caller, only, traced};

/// Two people in a conversation of theirs, with sockets on different gateways.
async fn pair(app: &App) -> (User, User, String, Socket, Socket) {
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let (here, there) = (ada.open(0, &direct).await, ben.open(1, &direct).await);
    (ada, ben, direct, here, there)
}

/// What every message leaves behind, wherever it came in.
const OF_A_MESSAGE: [(&str, usize); 5] =
    [("process send_message", 1), ("apply_commands", 1), ("publish message_received", 1), ("deliver", 2), ("write", 2)];

/// Checks everything that follows the span of the sender.
fn check_the_rest(spans: &[Recorded], sender: &Recorded) {
    let process = only(spans, "process send_message");
    assert_eq!((&process.parent_id, process.service.as_str()), (&sender.span_id, "chat-persistence"));
    assert_eq!(process.attributes["chat.verdict"], "stored");
    let (statement, publish) = (only(spans, "apply_commands"), only(spans, "publish message_received"));
    for part in [statement, publish] {
        assert_eq!((&part.parent_id, part.service.as_str()), (&process.span_id, "chat-persistence"));
    }
    let deliveries: Vec<_> = spans.iter().filter(|span| span.name == "deliver").collect();
    let mut gateways: Vec<_> = deliveries.iter().map(|span| span.instance.as_str()).collect();
    gateways.sort_unstable();
    assert_eq!(gateways, ["ws-gateway-1", "ws-gateway-2"]);
    for delivery in deliveries {
        assert_eq!((&delivery.parent_id, delivery.service.as_str()), (&publish.span_id, "chat-ws-gateway"));
        assert_eq!(delivery.attributes["chat.sockets"], "1");
        let writes = spans.iter().filter(|span| span.name == "write" && span.parent_id == delivery.span_id);
        assert_eq!(writes.filter(|write| write.instance == delivery.instance).count(), 1);
    }
}

#[tokio::test]
async fn message_of_a_frame_is_one_trace_across_two_gateways() {
    let (_, app, collector) = traced().await;
    let (_ada, _ben, _, mut here, mut there) = pair(&app).await;
    let caller = Caller::new();
    let frame = json!({
        "type": "send_message", "content": "hello", "client_id": "a",
        "traceparent": caller.parent(true), "tracestate": "vendor=kept",
    });
    here.send(frame).await;
    here.expect("message_sent").await;
    let received = [here.expect("message_received").await, there.expect("message_received").await];
    let spans = collector.trace(&caller.trace_id, &[&[("send_message", 1)], &OF_A_MESSAGE[..]].concat()).await;
    let sender = only(&spans, "send_message");
    assert_eq!((&sender.parent_id, sender.service.as_str()), (&caller.span_id, "chat-ws-gateway"));
    check_the_rest(&spans, sender);
    assert!(spans.iter().all(|span| span.state == "vendor=kept"), "{spans:#?}");
    let published = &only(&spans, "publish message_received").span_id;
    let named = format!("00-{}-{published}-01", caller.trace_id);
    assert!(received.iter().all(|frame| frame["traceparent"] == named.as_str()), "{received:?} {named}");
}

#[tokio::test]
async fn message_of_a_request_is_one_trace_too() {
    let (_, app, collector) = traced().await;
    let (ada, _ben, direct, mut here, mut there) = pair(&app).await;
    let caller = Caller::new();
    let request = ada.request(Method::POST, &send_path(&direct)).header("traceparent", caller.parent(true));
    chat_e2e::Rest::send(request.json(&json!({"content": "hello"}))).await.expect(201);
    here.expect("message_received").await;
    there.expect("message_received").await;
    let request = "POST /api/chat/conversations/{id}/send_message/";
    let names = [&[(request, 1), ("send_message", 1)], &OF_A_MESSAGE[..]].concat();
    let spans = collector.trace(&caller.trace_id, &names).await;
    let (request, asked) = (only(&spans, request), only(&spans, "send_message"));
    assert_eq!((&request.parent_id, request.service.as_str()), (&caller.span_id, "chat-api"));
    assert_eq!((&asked.parent_id, asked.service.as_str()), (&request.span_id, "chat-api"));
    assert_eq!(request.attributes["http.response.status_code"], "201");
    check_the_rest(&spans, asked);
}

#[tokio::test]
async fn way_in_of_a_socket_is_part_of_the_callers_trace() {
    let (_, app, collector) = traced().await;
    let ada = app.user("Ada").await;
    let (caller, url) = (Caller::new(), format!("{}/ws/", app.gateways()[0]));
    let named = [("traceparent", &*caller.parent(true))];
    let mut socket = Socket::connect_with(&url, Credentials::Header(&ada.token), &named).await.unwrap();
    socket.expect("ready").await;
    let spans = collector.trace(&caller.trace_id, &[("connect", 1)]).await;
    assert_eq!(only(&spans, "connect").parent_id, caller.span_id);
}

/// Says something after everything that was said before, in a trace; returns when that trace is there.
async fn settle(collector: &Collector, socket: &mut Socket) {
    let last = Caller::new();
    socket.send(json!({"type": "send_message", "content": "last", "traceparent": last.parent(true)})).await;
    collector.trace(&last.trace_id, &[("send_message", 1), ("publish message_received", 1)]).await;
}

#[tokio::test]
async fn what_the_caller_does_not_record_nobody_records() {
    let (_, app, collector) = traced().await;
    let (_ada, _ben, direct, mut here, mut there) = pair(&app).await;
    let mut broker = app.writer().await.hear(&format!("chat.conversation.*.{direct}.log")).await.unwrap();
    let caller = Caller::new();
    here.send(json!({"type": "send_message", "content": "x", "traceparent": caller.parent(false)})).await;
    let received = there.expect("message_received").await;
    assert_eq!(received["traceparent"], Value::Null);
    let event = futures_util::StreamExt::next(&mut broker).await.unwrap();
    assert!(event.headers.unwrap().get("traceparent").is_none());
    settle(&collector, &mut here).await;
    assert!(collector.spans().iter().all(|span| span.trace_id != caller.trace_id));
}

#[tokio::test]
async fn garbage_for_a_trace_is_no_error() {
    let (_, app, collector) = traced().await;
    let (ada, _ben, direct, mut here, _there) = pair(&app).await;
    for garbage in [json!("00-x-y-01"), json!(5), json!({"a": 1}), json!(null), json!("ä".repeat(200))] {
        here.send(json!({"type": "send_message", "content": "x", "traceparent": garbage, "tracestate": [1]})).await;
        here.expect("message_sent").await;
        let received = here.expect("message_received").await;
        let named = received["traceparent"].as_str().unwrap().to_owned();
        let spans = collector.trace(&named[3..35], &[("send_message", 1)]).await;
        assert_eq!(only(&spans, "send_message").parent_id, "", "{garbage}");
    }
    let request =
        ada.request(Method::POST, &send_path(&direct)).header("traceparent", "00-x").header("tracestate", "=");
    chat_e2e::Rest::send(request.json(&json!({"content": "hello"}))).await.expect(201);
}

#[tokio::test]
async fn large_audience_is_a_number_and_a_few_spans() {
    let (_, app, collector) = traced().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let mut sockets = Vec::new();
    for _ in 0..20 {
        sockets.push(ben.open(1, &direct).await);
    }
    let caller = Caller::new();
    let request = ada.request(Method::POST, &send_path(&direct)).header("traceparent", caller.parent(true));
    chat_e2e::Rest::send(request.json(&json!({"content": "hello"}))).await.expect(201);
    for socket in &mut sockets {
        socket.expect("message_received").await;
    }
    let spans = collector.trace(&caller.trace_id, &[("deliver", 1), ("write", 16)]).await;
    assert_eq!(only(&spans, "deliver").attributes["chat.sockets"], "20");
    let mut last = ada.open(1, &direct).await;
    settle(&collector, &mut last).await;
    let written =
        collector.spans().iter().filter(|span| span.trace_id == caller.trace_id && span.name == "write").count();
    assert_eq!(written, 16);
}
