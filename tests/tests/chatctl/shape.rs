//! What holds for all commands: exit codes, old names, consent, what is printed for programs.

use serde_json::Value;

use crate::operator::{Operator, said};

#[tokio::test]
async fn exit_codes_tell_what_happened() {
    let operator = Operator::new().await;
    assert_eq!(operator.run(&["migrate", "status"]).await.status.code(), Some(0));
    assert_eq!(operator.run(&["user", "show", "999999999"]).await.status.code(), Some(1));
    assert_eq!(operator.run(&["user", "nonsense"]).await.status.code(), Some(2));
    let unasked = operator.run(&["user", "erase", "999"]).await;
    assert_eq!(unasked.status.code(), Some(1), "nobody has that id: {}", said(&unasked));
    let ada = operator.app.user("Ada").await;
    let unasked = operator.run(&["user", "erase", &ada.id.to_string()]).await;
    assert_eq!(unasked.status.code(), Some(2), "{}", said(&unasked));
    assert!(said(&unasked).contains("--yes"), "{}", said(&unasked));
    let dry = operator.run(&["user", "erase", &ada.id.to_string(), "--dry-run"]).await;
    assert_eq!(dry.status.code(), Some(0), "{}", said(&dry));
    ada.get("/api/auth/me/").await.expect(200);
}

#[tokio::test]
async fn commands_answer_to_their_old_names() {
    let operator = Operator::new().await;
    operator.ask(&["migrate"]).await;
    let token = operator.ask(&["token", "--user", "4242", "--name", "Old"]).await;
    operator.app.user_with(4242, "Old", token.trim()).get("/api/auth/me/").await.expect(200);
    assert!(operator.ask(&["vapid"]).await.starts_with("VAPID_PRIVATE_KEY="));
    let none = "01a207ab-8f4e-7128-a65e-ab007adeb3cd";
    let done = operator.run(&["republish", "--conversation", none]).await;
    assert!(said(&done).contains("Done: 0 events"), "{}", said(&done));
}

#[tokio::test]
async fn settings_are_shown_without_secrets() {
    let operator = Operator::new().await;
    let settings = operator.ask_json(&["config", "dump", "--service", "api"]).await;
    let setting = |name: &str| settings.as_array().unwrap().iter().find(|row| row["name"] == name).unwrap().clone();
    assert_eq!(
        (&setting("JWT_SECRET")["value"], &setting("JWT_SECRET")["source"]),
        (&Value::from("[hidden]"), &Value::from("environment"))
    );
    assert_eq!(setting("API_ADDR")["source"], "default");
    assert!(!settings.to_string().contains(operator.app.jwt_secret()));
    assert_eq!(operator.run(&["config", "check"]).await.status.code(), Some(0));
    let broken = Operator::new().await.with("JWT_SECRET", "short").run(&["config", "check"]).await;
    assert_eq!(broken.status.code(), Some(1));
    assert!(said(&broken).contains("JWT_SECRET") && said(&broken).contains("persistence: good"), "{}", said(&broken));
}

#[tokio::test]
async fn manual_and_completion_are_made() {
    let operator = Operator::new().await;
    let dir = std::env::temp_dir().join(format!("man-{:016x}", rand::random::<u64>()));
    operator.ask(&["man", dir.to_str().unwrap()]).await;
    assert!(dir.join("chatctl.1").is_file() && dir.join("chatctl-user-erase.1").is_file());
    std::fs::remove_dir_all(dir).unwrap();
    assert!(operator.ask(&["completion", "bash"]).await.contains("chatctl"));
}

#[tokio::test]
async fn tokens_of_the_old_and_the_new_key_count_side_by_side() {
    let operator = Operator::new().await;
    let keys = operator.ask_json(&["key", "rotate"]).await;
    let (new, old) = (keys["JWT_SECRET"].as_str().unwrap(), keys["JWT_SECRET_PREVIOUS"].as_str().unwrap());
    assert_eq!(old, operator.app.jwt_secret());
    let of_old = operator.ask(&["token", "mint", "--user", "77"]).await;
    let rotated = Operator::new().await.with("JWT_SECRET", new).with("JWT_SECRET_PREVIOUS", old);
    let of_new = rotated.ask(&["token", "mint", "--user", "77"]).await;
    for (token, verdict) in [(&of_old, "counts"), (&of_new, "counts")] {
        let shown: Value = serde_json::from_str(&rotated.ask(&["token", "inspect", token.trim()]).await).unwrap();
        assert_eq!((&shown["claims"]["sub"], &shown["verdict"]), (&Value::from("77"), &Value::from(verdict)));
    }
    let without = Operator::new().await.with("JWT_SECRET", new);
    let shown: Value = serde_json::from_str(&without.ask(&["token", "inspect", of_old.trim()]).await).unwrap();
    assert!(shown["verdict"].as_str().unwrap().starts_with("does not count"), "{shown}");
}
