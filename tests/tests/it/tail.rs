//! `chatctl tail`: what happens, a line an event, as an operator sees it.

use std::process::Stdio;

use chat_e2e::{App, PATIENCE, StackOptions};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

struct Tail {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Tail {
    /// Starts it, and waits until it follows.
    async fn start(app: &App, arguments: &[&str]) -> Self {
        let program = StackOptions::for_tests().unwrap().bin_dir.join("chatctl");
        let mut command = Command::new(program);
        command.arg("tail").args(arguments).env("NATS_URL", app.operator_url());
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true).spawn().expect("chatctl runs");
        let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
        let first = timeout(PATIENCE, said.next_line()).await.expect("it says that it follows").unwrap();
        assert_eq!(first.as_deref(), Some("Following. Ctrl-C ends it."));
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    async fn line(&mut self) -> String {
        timeout(PATIENCE, self.lines.next_line()).await.expect("a line comes").unwrap().expect("it goes on")
    }

    /// Ends it as Ctrl-C does; what it printed meanwhile.
    async fn interrupt(mut self) -> Vec<String> {
        let id = self.child.id().expect("it runs").to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().await.unwrap().success());
        let mut rest = Vec::new();
        while let Some(line) = timeout(PATIENCE, self.lines.next_line()).await.expect("it ends").unwrap() {
            rest.push(line);
        }
        let status = timeout(PATIENCE, self.child.wait()).await.expect("it ends").unwrap();
        assert_eq!(status.code(), Some(0));
        rest
    }
}

#[tokio::test]
async fn conversation_is_followed_without_what_was_said() {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let (group, other) = (ada.group_with(&[&ben]).await, ada.direct_with(&ben).await);
    let mut tail = Tail::start(&app, &["--conversation", &group]).await;
    ada.say(&other, "elsewhere").await;
    let message = ben.say(&group, "canary").await;
    ada.remove(&group, &ben).await;
    let time = message["created_at"].as_str().unwrap();
    assert_eq!(tail.line().await, format!("{time} message_received {group} seq=2 actor={}", ben.id));
    let removed = tail.line().await;
    assert!(removed.ends_with(&format!(" participant_removed {group} seq=3 actor={}", ada.id)), "{removed}");
    assert_eq!(tail.interrupt().await, [""; 0]);
}

#[tokio::test]
async fn earlier_events_and_content_are_shown_when_asked_for() {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let group = ada.group_with(&[&ben]).await;
    let (one, two) = (ada.say(&group, "one").await, ada.say(&group, "two").await);
    for begin in [["--from-seq", "2"], ["--since", "1h"]] {
        let arguments = ["--conversation", &group, "--json", "--content"];
        let mut tail = Tail::start(&app, &[&arguments[..], &begin[..]].concat()).await;
        let mut line = serde_json::from_str::<Value>(&tail.line().await).unwrap();
        if begin[0] == "--since" {
            assert_eq!((&line["kind"], &line["seq"]), (&json!("conversation_created"), &json!(1)));
            line = serde_json::from_str(&tail.line().await).unwrap();
        }
        let expected = json!({"time": one["created_at"], "kind": "message_received", "conversation_id": group, "seq": 2,
                              "actor_id": ada.id, "content": {"message": one}});
        assert_eq!(line, expected);
        assert!(tail.line().await.contains(two["id"].as_str().unwrap()));
        tail.interrupt().await;
    }
}

#[tokio::test]
async fn all_conversations_are_followed_in_their_order() {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let mut tail = Tail::start(&app, &["--json"]).await;
    let both = [ada.group_with(&[&ben]).await, ada.direct_with(&ben).await];
    for number in 0..10 {
        ada.say(&both[number % 2], "x").await;
    }
    let mut seen: [Vec<i64>; 2] = Default::default();
    while seen.iter().any(|seqs| seqs.len() < 6) {
        let line: Value = serde_json::from_str(&tail.line().await).unwrap();
        assert!(line.get("content").is_none(), "{line}");
        if let Some(place) = both.iter().position(|id| line["conversation_id"] == **id) {
            seen[place].push(line["seq"].as_i64().unwrap());
        }
    }
    assert_eq!(seen, [[1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6]]);
    tail.interrupt().await;
}

#[tokio::test]
async fn what_cannot_be_followed_is_said() {
    let program = StackOptions::for_tests().unwrap().bin_dir.join("chatctl");
    for (arguments, said) in [
        (&["tail", "--conversation", "x"][..], "malformed conversation id"),
        (&["tail", "--from-seq", "1"], "--conversation"),
        (&["tail", "--since", "yesterday"], "15m"),
    ] {
        let output = Command::new(&program).args(arguments).output().await.unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && text.contains(said), "{arguments:?}: {text}");
    }
}
