//! `LIMITS=off`, for load tests: nobody is limited, and it is said loudly. The other tests run like that.

use chat_e2e::{App, Service, shared_stack};
use serde_json::json;

#[tokio::test]
async fn limits_that_are_off_limit_nobody_and_say_so() {
    let stack = shared_stack().await;
    let app = App::of(stack).unwrap();
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let mut socket = ada.open(0, &direct).await;
    for number in 0..60 {
        socket.say("x", &format!("o{number}")).await;
    }
    for _ in 0..60 {
        socket.expect("message_sent").await;
    }
    for _ in 0..8 {
        let wrong = json!({"username": "nobody", "password": "wrong horse"});
        app.anon().post("/api/auth/token/", wrong).await.refused(401, "not_authenticated");
    }
    for service in [Service::Api, Service::Gateway] {
        let name = stack.instance(service, 0).unwrap().process.name().to_owned();
        let log = std::fs::read_to_string(stack.options().data_dir.join("log").join(format!("{name}.log"))).unwrap();
        assert!(log.contains("LIMITS=off: NOBODY IS LIMITED"), "{log}");
    }
}
