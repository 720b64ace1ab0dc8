//! The web page with the real stack behind it: how it is served, and what it does in a real browser (`web/e2e`).

mod browser;
mod control;
mod serving;

use std::path::{Path, PathBuf};

use chat_e2e::{Instances, Service, Stack, StackOptions, options};
use chat_stack::{WebPage, seed};

/// What `scripts/build-web` makes.
fn built_page() -> PathBuf {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/demo/dist");
    assert!(dir.join("index.html").is_file(), "scripts/build-web makes the page");
    dir
}

/// A stack that serves a page from this folder, and the demo people in it.
async fn start(dir: PathBuf, settings: &[(Service, &str, &str)]) -> Stack {
    let page = WebPage { dir, with_demo_people: true };
    let options = options().expect("a place for the stack").instances(Instances::default()).serving(page);
    let set =
        |options: StackOptions, (service, name, value): &(Service, &str, &str)| options.env(*service, name, *value);
    let stack = Stack::start(settings.iter().fold(options, set)).await.expect("the stack starts");
    seed::seed_showcase(&reqwest::Client::new(), stack.api_url().expect("an api runs"))
        .await
        .expect("the demo people are made");
    stack
}
