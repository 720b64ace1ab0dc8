//! Runs what `web/e2e` says of the built page: Node.js drives a real Chromium, and is told in its environment where the stack is.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use chat_e2e::{Service, Stack};
use tokio::process::Command;
use tokio::time::timeout;

use crate::control::Control;
use crate::{built_page, start};

/// All of them together.
const LIMIT: Duration = Duration::from_mins(10);
/// The page looks at a dead line as soon as it is dead for people.
const SETTINGS: [(Service, &str, &str); 1] = [(Service::Gateway, "HEARTBEAT_MS", "2000")];

/// Runs every story of `web/e2e`, one after another, and shows what they write.
async fn run(stack: &Stack) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let brought = root.join(".tools/node/bin/node");
    let mut command = Command::new(if brought.is_file() { brought.as_path() } else { Path::new("node") });
    command.args(["--test", "--test-concurrency=1", "--test-reporter=spec"]).args(stories(&root.join("web/e2e")));
    command.current_dir(root.join("web/e2e")).stdin(Stdio::null()).kill_on_drop(true);
    command
        .env("PAGE_URL", stack.api_url().expect("an api runs"))
        .env("GATEWAY_URL", stack.ws_url().expect("a gateway runs"));
    command.env("JWT_SECRET", stack.jwt_secret());
    command.env("PICTURES_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("page-pictures"));
    let control = Control::listen().await;
    command.env("CONTROL", control.address());
    let status = tokio::select! {
        status = timeout(LIMIT, command.status()) => status.expect("the browser's tests end in time"),
        () = control.serve(stack) => unreachable!("it listens for ever"),
    };
    assert!(status.expect("node is there").success(), "see above");
}

/// Every file of stories.
fn stories(dir: &Path) -> Vec<PathBuf> {
    let entries =
        std::fs::read_dir(dir).expect("the stories are there").map(|entry| entry.expect("it can be read").path());
    let mut stories: Vec<_> = entries.filter(|path| path.to_string_lossy().ends_with(".test.mjs")).collect();
    stories.sort();
    assert!(!stories.is_empty());
    stories
}

#[tokio::test]
async fn page_does_what_people_expect() {
    let stack = start(built_page(), &SETTINGS).await;
    run(&stack).await;
    stack.stop().await.unwrap();
}
