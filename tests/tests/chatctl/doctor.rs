//! `chatctl doctor` sees what is wrong, says what to do, and its exit code says how bad it is.

use chat_bus::{Bus, NatsOptions};
use chat_e2e::Service;
use chat_protocol::subjects::EVENTS_STREAM;
use serde_json::Value;

use crate::operator::{Operator, said};

/// What the doctor found: the exit code, and its findings.
struct Visit(Option<i32>, Vec<Value>);

impl Visit {
    async fn of(operator: &Operator, options: &[&str]) -> Self {
        let arguments: Vec<_> = ["doctor", "--output", "json"].into_iter().chain(options.iter().copied()).collect();
        let output = operator.run(&arguments).await;
        let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", said(&output)));
        Self(output.status.code(), report["findings"].as_array().unwrap().clone())
    }

    fn finding(&self, area: &str, name: &str) -> &Value {
        let is_it = |finding: &&Value| finding["area"] == area && finding["name"] == name;
        self.1.iter().find(is_it).unwrap_or_else(|| panic!("no {area} {name} in {:#?}", self.1))
    }

    /// The finding is as bad as this, and says what to do.
    fn expect(&self, area: &str, name: &str, state: &str) -> String {
        let finding = self.finding(area, name);
        assert_eq!(finding["state"], state, "{finding}");
        assert_eq!(finding["advice"].is_string(), state != "ok", "{finding}");
        assert!(state != "failed" || self.0 == Some(1), "{:?}", self.0);
        finding["seen"].as_str().unwrap().to_owned()
    }
}

#[tokio::test]
async fn well_is_well() {
    let operator = Operator::new().await;
    let ports = Service::ALL.into_iter().flat_map(|service| operator.stack.instances(service));
    let ports: Vec<_> = ports.map(|instance| instance.ops_url.clone()).collect();
    let options = ["--services", &ports.join(","), "--commands-max-bytes", &commands_max(&operator).await];
    let visit = Visit::of(&operator, &options).await;
    let failed: Vec<_> = visit.1.iter().filter(|finding| finding["state"] == "failed").collect();
    assert!(failed.is_empty(), "{failed:#?}");
    for (area, name) in [
        ("postgres", "reachable"),
        ("postgres", "schema"),
        ("postgres", "grants"),
        ("postgres", "least rights"),
        ("workers", "partitions"),
        ("workers", "lag"),
        ("nats", "version"),
        ("nats", "jetstream"),
        ("nats", "max_payload"),
        ("objects", "store"),
        ("services", "versions"),
        ("services", "complete"),
    ] {
        visit.expect(area, name, "ok");
    }
}

/// What the stack's services were told.
async fn commands_max(operator: &Operator) -> String {
    let status = operator.run(&["--output", "json", "stream", "status"]).await;
    let rows: Value = serde_json::from_slice(&status.stdout).unwrap();
    let differs = rows[0]["differs"].as_str().unwrap_or_default();
    let told = differs.strip_prefix("max_bytes is ").and_then(|rest| rest.split_once(','));
    told.map_or_else(|| (4_u64 << 30).to_string(), |(bytes, _)| bytes.to_owned())
}

#[tokio::test]
async fn what_is_not_there_is_named() {
    let visit = Visit::of(&Operator::new().await.with("NATS_URL", "nats://127.0.0.1:1"), &[]).await;
    visit.expect("nats", "reachable", "failed");
    let nowhere = "postgres://nobody:nothing@127.0.0.1:1/none";
    let visit =
        Visit::of(&Operator::new().await.with("DATABASE_URL", nowhere), &["--services", "http://127.0.0.1:1"]).await;
    visit.expect("postgres", "reachable", "failed");
    visit.expect("services", "http://127.0.0.1:1", "failed");
    visit.expect("services", "complete", "degraded");
}

#[tokio::test]
async fn database_that_is_not_as_it_has_to_be_is_described() {
    let operator = Operator::new().await;
    let store = operator.app.fresh_store().await;
    let run = async |statement: &'static str| sqlx::raw_sql(statement).execute(store.pool()).await.unwrap();
    run("delete from _sqlx_migrations where version = 15; revoke insert on messages from chat_persistence; grant select on accounts to chat_persistence").await;
    let name: String = sqlx::query_scalar("select current_database()").fetch_one(store.pool()).await.unwrap();
    run("do $$ begin execute format('alter database %I set synchronous_commit = off', current_database()); end $$")
        .await;
    let (server, _) = operator.app.database_url().rsplit_once('/').unwrap();
    let visit = Visit::of(&Operator::new().await.with("DATABASE_URL", format!("{server}/{name}")), &[]).await;
    assert!(visit.expect("postgres", "schema", "failed").contains("15"));
    assert!(visit.expect("postgres", "grants", "failed").contains("insert on messages to chat_persistence"));
    assert!(visit.expect("postgres", "least rights", "degraded").contains("select on accounts to chat_persistence"));
    assert_eq!(visit.expect("postgres", "synchronous_commit", "failed"), "off");
    assert!(visit.expect("workers", "partitions", "failed").starts_with("0 of 64"));
}

#[tokio::test]
async fn secrets_that_are_guessed_and_a_store_that_takes_nothing() {
    let file = std::env::temp_dir().join(format!("no-folder-{:016x}", rand::random::<u64>()));
    std::fs::write(&file, "a file").unwrap();
    let operator = Operator::new().await.with("JWT_SECRET", "password-password-password-password");
    let visit = Visit::of(&operator.with("ATTACHMENTS_DIR", file.to_str().unwrap()), &[]).await;
    visit.expect("secrets", "JWT_SECRET", "degraded");
    visit.expect("objects", "store", "failed");
    std::fs::remove_file(file).unwrap();
}

#[tokio::test]
async fn stream_with_other_settings_is_seen_and_made_right() {
    let operator = Operator::new().await;
    let bytes = commands_max(&operator).await;
    let stream = async |verb: &str| operator.run(&["stream", verb, "--commands-max-bytes", &bytes]).await;
    let right = stream("ensure").await;
    assert_eq!(right.status.code(), Some(0), "{}", said(&right));
    let url = operator.app.nats_url().to_owned();
    let bus = Bus::connect(&NatsOptions { url, user: None, password: None, name: "test".to_owned() }).await.unwrap();
    let mut config = bus.jetstream().get_stream(EVENTS_STREAM).await.unwrap().cached_info().config.clone();
    config.max_age *= 2;
    bus.jetstream().update_stream(&config).await.unwrap();
    let visit = Visit::of(&operator, &["--commands-max-bytes", &bytes]).await;
    assert!(visit.expect("nats", EVENTS_STREAM, "degraded").contains("max_age_secs is 1209600"));
    assert_eq!(stream("status").await.status.code(), Some(3));
    assert_eq!(stream("ensure").await.status.code(), Some(0));
    assert_eq!(stream("status").await.status.code(), Some(0));
}
