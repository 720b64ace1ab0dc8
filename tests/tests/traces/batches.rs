//! Commands that are stored together: each has its span, and all of them lead to that of the one statement.

use chat_e2e::send_path;
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;

use crate::{Caller, only, traced};

#[tokio::test]
async fn commands_of_a_batch_point_to_its_statement() {
    let (_, app, collector) = traced().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    // Some of what is said at once is stored at once, sooner or later.
    for _ in 0..20 {
        let callers: Vec<_> = (0..24).map(|_| Caller::new()).collect();
        let requests = callers.iter().map(|caller| {
            let request = ada.request(Method::POST, &send_path(&direct)).header("traceparent", caller.parent(true));
            chat_e2e::Rest::send(request.json(&json!({"content": "x"})))
        });
        join_all(requests).await.into_iter().for_each(|answer| drop(answer.expect(201)));
        let mut together = 0;
        for caller in &callers {
            let spans = collector.trace(&caller.trace_id, &[("process send_message", 1)]).await;
            let process = only(&spans, "process send_message");
            let Some(link) = process.links.first() else {
                continue;
            };
            together += 1;
            let spans = collector.until("the statement", |spans| spans.iter().any(|span| span.span_id == *link)).await;
            let statement = spans.iter().find(|span| span.span_id == *link).unwrap();
            assert_eq!((statement.name.as_str(), process.links.len()), ("apply_commands", 1));
            assert_ne!(statement.trace_id, caller.trace_id);
            assert!(statement.attributes["chat.batch.commands"].parse::<u32>().unwrap() > 1);
        }
        if together > 0 {
            return;
        }
    }
    panic!("no two of 24 messages at once were stored at once, 20 times over");
}
