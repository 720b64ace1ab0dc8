//! Keys that come and go, at a real server and in a real file.

use std::time::Instant;

use chat_auth::SignatureAlgorithm;
use chat_test_issuer::{Key, KeyServer, signed_with_secret};
use clap::Parser;
use serde_json::{Value, json};

use super::*;

const SECRET: &str = "0123456789abcdef0123456789abcdef";
/// Longer than anything takes that must happen.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Debug, Parser)]
struct Program {
    #[command(flatten)]
    auth: AuthSection,
}

fn section(args: &[&str]) -> AuthSection {
    let args = ["program", "--jwt-secret", SECRET].iter().chain(args).copied();
    Program::parse_from(args).auth
}

/// Keys of a server that are fetched again each so many seconds.
async fn keyring_of(server: &KeyServer, refresh_secs: &str) -> (Keyring, Lifecycle) {
    chat_runtime::install_crypto();
    let lifecycle = Lifecycle::new();
    let args = ["--jwt-jwks-url", &server.url, "--jwt-keys-refresh-secs", refresh_secs];
    (Keyring::start(&section(&args), &lifecycle).await.unwrap(), lifecycle)
}

fn claims(id: i64) -> Value {
    json!({"sub": id.to_string(), "exp": Utc::now().timestamp() + 600, "name": "Ada"})
}

async fn user_of(keyring: &Keyring, token: &str) -> Result<i64, VerifyError> {
    keyring.verify(token, Utc::now()).await.map(|claims| claims.user_id.get())
}

const UNKNOWN: Result<i64, VerifyError> = Err(VerifyError::Refused(TokenError::UnknownKey));

/// Waits until it is so after a look at the keys.
async fn becomes(keyring: &Keyring, what: &str, mut is_so: impl FnMut() -> bool) {
    let mut finished = keyring.0.rounds.as_ref().unwrap().finished();
    let until = tokio::time::Instant::now() + PATIENCE;
    while !is_so() {
        tokio::time::timeout_at(until, finished.changed()).await.expect(what).unwrap();
    }
}

#[tokio::test]
async fn first_token_of_a_new_key_is_good_at_once() {
    let (old, new) = (Key::p256("old"), Key::ed25519("new"));
    let server = KeyServer::start(&[&old]);
    let (keyring, _lifecycle) = keyring_of(&server, "86400").await;
    assert_eq!(user_of(&keyring, &old.sign(&claims(1))).await, Ok(1), "also while the keys are fetched at first");
    server.publish(&[&old, &new]);
    assert_eq!(user_of(&keyring, &new.sign(&claims(2))).await, Ok(2));
    assert_eq!(user_of(&keyring, &old.sign(&claims(3))).await, Ok(3));
    let newest = Key::p256("newest");
    server.publish(&[&new, &newest]);
    assert_eq!(user_of(&keyring, &newest.sign(&claims(4))).await, Ok(4), "right after a look at the keys");
    assert_eq!(user_of(&keyring, &old.sign(&claims(5))).await, UNKNOWN, "no longer published");
}

#[tokio::test]
async fn look_that_began_before_the_key_was_published_is_not_the_last_word() {
    let known = Key::p256("known");
    let server = KeyServer::start(&[&known]);
    let (keyring, _lifecycle) = keyring_of(&server, "86400").await;
    assert_eq!(user_of(&keyring, &known.sign(&claims(1))).await, Ok(1));
    server.set_held(true);
    let before = server.asked();
    let forged = Key::p256("forged").sign(&claims(7));
    let new = Key::p256("new");
    let asking = async { user_of(&keyring, &forged).await };
    let bearer = async {
        while server.asked() == before {
            tokio::task::yield_now().await;
        }
        server.publish(&[&known, &new]);
        let token = new.sign(&claims(2));
        let verdict = user_of(&keyring, &token);
        let release = async { server.set_held(false) };
        tokio::join!(biased; verdict, release).0
    };
    assert_eq!(tokio::join!(asking, bearer), (UNKNOWN, Ok(2)));
}

#[tokio::test]
async fn looks_are_shared_and_not_more_than_one_a_second() {
    let key = Key::p256("known");
    let server = KeyServer::start(&[&key]);
    let (keyring, _lifecycle) = keyring_of(&server, "86400").await;
    assert_eq!(user_of(&keyring, &key.sign(&claims(1))).await, Ok(1));
    let (begun, before) = (Instant::now(), server.asked());
    for _ in 0..2 {
        let forged: Vec<_> = (0..100).map(|n| Key::ed25519(&format!("forged-{n}")).sign(&claims(7))).collect();
        let mut asking = tokio::task::JoinSet::new();
        for token in forged {
            let keyring = keyring.clone();
            asking.spawn(async move { user_of(&keyring, &token).await });
        }
        assert!(asking.join_all().await.into_iter().all(|verdict| verdict == UNKNOWN));
    }
    let (looks, seconds) = (server.asked() - before, begun.elapsed().as_secs());
    assert!((1..=usize::try_from(seconds).unwrap() + 2).contains(&looks), "{looks} in {seconds} s");
}

#[tokio::test]
async fn more_than_can_wait_are_refused_at_once() {
    let key = Key::p256("known");
    let server = KeyServer::start(&[&key]);
    let (keyring, _lifecycle) = keyring_of(&server, "86400").await;
    assert_eq!(user_of(&keyring, &key.sign(&claims(1))).await, Ok(1));
    let places = keyring.0.waiting.acquire_many(u32::try_from(MAX_WAITING).unwrap()).await.unwrap();
    let before = server.asked();
    assert_eq!(user_of(&keyring, &Key::p256("unknown").sign(&claims(1))).await, UNKNOWN);
    assert_eq!(user_of(&keyring, &key.sign(&claims(1))).await, Ok(1), "who is known is let in");
    assert_eq!(server.asked(), before);
    drop(places);
}

#[tokio::test]
async fn withdrawn_key_is_refused_after_the_interval() {
    let (old, new) = (Key::p256("old"), Key::p256("new"));
    let server = KeyServer::start(&[&old, &new]);
    let (keyring, _lifecycle) = keyring_of(&server, "1").await;
    let (of_old, of_new) = (old.sign(&claims(1)), new.sign(&claims(2)));
    assert_eq!(user_of(&keyring, &of_old).await, Ok(1));
    server.publish(&[&new]);
    becomes(&keyring, "refused", || keyring.verify_now(&of_old, Utc::now()).is_err()).await;
    assert_eq!(user_of(&keyring, &of_new).await, Ok(2));
    server.publish(&[]);
    becomes(&keyring, "the last one too", || keyring.verify_now(&of_new, Utc::now()).is_err()).await;
}

#[tokio::test]
async fn known_keys_go_on_when_there_is_nothing_to_be_had() {
    let (key, unknown) = (Key::p256("known"), Key::p256("unknown"));
    let server = KeyServer::start(&[&key]);
    let (keyring, _lifecycle) = keyring_of(&server, "86400").await;
    assert_eq!(user_of(&keyring, &key.sign(&claims(1))).await, Ok(1));
    let document = json!({"keys": [unknown.jwk()]}).to_string();
    let elsewhere = KeyServer::start(&[&unknown]);
    let redirection = format!("location: {}\r\n", elsewhere.url);
    let too_large = format!("{document}{}", " ".repeat(300 * 1024));
    for (status, headers, body) in [
        (500, "", document.as_str()),
        (404, "", ""),
        (302, &redirection, ""),
        (204, "", ""),
        (200, "", ""),
        (200, "", "<html>"),
        (200, "", "[]"),
        (200, "", &too_large),
        (200, "", &document[..document.len() / 2]),
    ] {
        server.say(status, headers, body);
        let before = server.asked();
        assert_eq!(user_of(&keyring, &unknown.sign(&claims(1))).await, UNKNOWN, "{status} {body:.20}");
        assert!(server.asked() > before, "it was looked at");
        assert_eq!(user_of(&keyring, &key.sign(&claims(1))).await, Ok(1), "{status} {body:.20}");
    }
    assert_eq!(elsewhere.asked(), 0, "redirections are not followed");
    server.set_silent(true);
    let begun = Instant::now();
    assert_eq!(user_of(&keyring, &unknown.sign(&claims(1))).await, UNKNOWN);
    assert!(begun.elapsed() < KEY_WAIT + Duration::from_secs(2), "the wait has a limit");
    assert_eq!(user_of(&keyring, &key.sign(&claims(1))).await, Ok(1));
    server.set_silent(false);
    server.publish(&[&key, &unknown]);
    assert_eq!(user_of(&keyring, &unknown.sign(&claims(2))).await, Ok(2));
}

#[tokio::test]
async fn service_is_not_ready_before_it_has_keys() {
    let key = Key::p256("known");
    let server = KeyServer::start(&[&key]);
    server.say(503, "", "");
    let (keyring, lifecycle) = keyring_of(&server, "86400").await;
    assert!(!lifecycle.ready().is_ready());
    assert_eq!(user_of(&keyring, &key.sign(&claims(1))).await, Err(VerifyError::NotReady));
    let refused = user_of(&keyring, "x.y.z").await;
    assert!(matches!(refused, Err(VerifyError::Refused(TokenError::Invalid(_)))), "what can be said is said");
    server.publish(&[&key]);
    becomes(&keyring, "ready", || lifecycle.ready().is_ready()).await;
    assert_eq!(user_of(&keyring, &key.sign(&claims(1))).await, Ok(1));
}

#[tokio::test]
async fn file_is_read_again_when_it_changes() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("keys.pem");
    let [first, second] = ["first", "second"].map(Key::p256);
    let lifecycle = Lifecycle::new();
    let settings = ["--jwt-public-key-file", path.to_str().unwrap(), "--jwt-keys-refresh-secs", "1"];
    let missing = Keyring::start(&section(&settings), &lifecycle).await.unwrap_err();
    assert!(format!("{missing:#}").contains("JWT_PUBLIC_KEY_FILE"), "{missing:#}");
    std::fs::write(&path, "nonsense").unwrap();
    let nonsense = Keyring::start(&section(&settings), &lifecycle).await.unwrap_err();
    assert!(format!("{nonsense:#}").contains("no public key"), "{nonsense:#}");

    std::fs::write(&path, first.pem()).unwrap();
    let keyring = Keyring::start(&section(&settings), &lifecycle).await.unwrap();
    assert!(lifecycle.ready().is_ready());
    let good = |key: &Key| keyring.verify_now(&key.sign(&claims(1)), Utc::now()).is_ok();
    assert!(good(&first) && !good(&second));
    std::fs::write(&path, [first.pem(), second.pem()].concat()).unwrap();
    becomes(&keyring, "both count", || good(&first) && good(&second)).await;
    std::fs::write(&path, second.pem()).unwrap();
    becomes(&keyring, "the first has gone", || !good(&first) && good(&second)).await;
    std::fs::write(&path, "half a fi").unwrap();
    std::fs::remove_file(&path).unwrap();
    let mut finished = keyring.0.rounds.as_ref().unwrap().finished();
    for _ in 0..2 {
        finished.changed().await.unwrap();
    }
    assert!(good(&second), "what is known goes on");
}

#[tokio::test]
async fn own_tokens_count_where_accounts_are_open() {
    let key = Key::p256("known");
    let server = KeyServer::start(&[&key]);
    chat_runtime::install_crypto();
    let own = signed_with_secret(SECRET.as_bytes(), r#"{"alg":"HS256","typ":"JWT"}"#, &claims(1).to_string());
    for (settings, is_good) in [
        (vec![], true),
        (vec!["--accounts", "off"], true),
        (vec!["--jwt-jwks-url", &server.url], false),
        (vec!["--jwt-jwks-url", &server.url, "--accounts", "on"], true),
        (vec!["--jwt-jwks-url", &server.url, "--accounts", "off"], false),
    ] {
        let lifecycle = Lifecycle::new();
        let keyring = Keyring::start(&section(&settings), &lifecycle).await.unwrap();
        assert_eq!(user_of(&keyring, &own).await.is_ok(), is_good, "{settings:?}");
        assert_eq!(user_of(&keyring, &key.sign(&claims(2))).await.is_ok(), settings.contains(&"--jwt-jwks-url"));
    }
}

#[test]
fn algorithms_are_those_of_the_contract() {
    let names = section(&[]).jwt_algorithms.iter().map(|one| one.name()).collect::<Vec<_>>();
    assert_eq!(names, ["HS256", "RS256", "ES256", "EdDSA"]);
    assert_eq!(SignatureAlgorithm::ALL.len(), names.len());
}
