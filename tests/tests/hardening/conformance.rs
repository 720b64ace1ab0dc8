//! Sockets keep to RFC 6455: the cases of the Autobahn suite, as kosoku runs them, against the gateway's own upgrade and settings.

use crate::{echo, tools};

/// What one message of the suite's cases about size has at most, in bytes.
const LARGEST_CASE: usize = 64 * 1024 * 1024;

async fn passed(address: &str, cases: &[&str]) -> usize {
    let chosen = cases.iter().flat_map(|case| ["--include", case]);
    let arguments: Vec<_> = [address, "--parallelism", "4"].into_iter().chain(chosen).collect();
    let (is_content, printed) = tools::run("kosoku", &arguments, &[]).await;
    assert!(is_content, "{printed}");
    let words: Vec<_> = printed.split_whitespace().collect();
    let passed = words.windows(3).find(|words| words[1..] == ["cases", "passed"]).expect(&printed);
    passed[0].parse().unwrap()
}

#[tokio::test]
async fn sockets_keep_to_the_protocol() {
    let gateway = echo::start(None).await;
    let passed = passed(&gateway, &["1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "10.*"]).await;
    assert_eq!(passed, 247);
}

#[tokio::test]
async fn sockets_keep_to_the_protocol_with_large_messages() {
    let gateway = echo::start(Some(LARGEST_CASE)).await;
    assert_eq!(passed(&gateway, &["9.*"]).await, 54);
}
