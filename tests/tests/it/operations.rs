//! What operators and balancers ask: health and readiness everywhere, metrics on the operations ports alone.

use chat_e2e::{App, Service, shared_stack};
use serde_json::json;

#[tokio::test]
async fn every_service_says_that_it_is_well_ready_and_what_it_measures() {
    let app = App::shared().await;
    let stack = shared_stack().await;
    for service in Service::ALL {
        for instance in stack.instances(service) {
            let base = &instance.ops_url;
            assert_eq!(app.anon().get(&format!("{base}/healthz")).await.expect(200).body, json!({"status": "ok"}));
            let ready = app.anon().get(&format!("{base}/readyz")).await.expect(200).body;
            assert_eq!(ready["ready"], true, "{}: {ready}", instance.process.name());
            let metrics = app.anon().get(&format!("{base}/metrics")).await.expect(200);
            let content_type = metrics.headers["content-type"].to_str().unwrap();
            assert!(content_type.starts_with("text/plain"), "{content_type}");
        }
    }
}

#[tokio::test]
async fn public_ports_tell_health_and_no_metrics() {
    let app = App::shared().await;
    let stack = shared_stack().await;
    for service in [Service::Api, Service::Gateway] {
        for instance in stack.instances(service) {
            let base = instance.url.as_deref().unwrap().replace("ws://", "http://");
            assert_eq!(app.anon().get(&format!("{base}/healthz")).await.expect(200).body, json!({"status": "ok"}));
            assert_eq!(app.anon().get(&format!("{base}/readyz")).await.expect(200).body["ready"], true);
            app.anon().get(&format!("{base}/metrics")).await.refused(404, "not_found");
        }
    }
}

#[tokio::test]
async fn gateway_counts_what_it_takes_and_delivers() {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let mut socket = ada.open(0, &direct).await;
    socket.say("counted", "c").await;
    socket.messages(1).await;
    let base = &shared_stack().await.instances(Service::Gateway)[0].ops_url;
    let request = app.anon().request(reqwest::Method::GET, &format!("{base}/metrics"));
    let text = request.send().await.unwrap().text().await.unwrap();
    for name in ["chat_gateway_frames_received_total", "chat_gateway_frames_sent_total", "chat_gateway_sockets"] {
        let line = text.lines().find(|line| line.starts_with(&format!("{name} ")));
        let value: f64 = line.and_then(|line| line.rsplit_once(' ')).expect(name).1.parse().unwrap();
        assert!(value >= 1.0, "{name} {value}");
    }
}
