//! Keys in a PEM file, accounts beside them, and secrets that follow each other: one stack that has all three.

use chat_e2e::{App, Credentials, PATIENCE, Service, Socket, Stack, options};
use chat_test_issuer::{Key, signed_with_secret};
use serde_json::json;
use tokio::time::{Instant, interval, timeout_at};

use crate::keys::Provider;

const ME: &str = "/api/auth/me/";
const PREVIOUS: &str = "the secret of yesterday, 32 bytes";

#[tokio::test]
async fn file_may_change_accounts_may_stay_and_secrets_may_follow_each_other() {
    let (old, new) = (Key::rsa("old"), Key::p256("new"));
    let path = std::env::temp_dir().join(format!("chat-keys-{}.pem", std::process::id()));
    std::fs::write(&path, old.pem()).unwrap();
    let file = path.to_str().unwrap();
    let settings = [
        ("JWT_PUBLIC_KEY_FILE", file),
        ("JWT_KEYS_REFRESH_SECS", "1"),
        ("JWT_SECRET_PREVIOUS", PREVIOUS),
        ("ACCOUNTS", "on"),
    ];
    let both = [Service::Api, Service::Gateway]
        .into_iter()
        .flat_map(|service| settings.map(|(name, value)| (service, name, value)));
    let options = both.fold(options().unwrap(), |options, (service, name, value)| options.env(service, name, value));
    let stack = Stack::start(options).await.unwrap();
    let app = App::of(&stack).unwrap();

    let by_file = |key: &Key| key.sign(&Provider::claims(app.fresh_id(), "Ada"));
    let status = async |api: usize, token: &str| app.with_token_at(api, token).get(ME).await.status;
    assert_eq!((status(0, &by_file(&old)).await, status(0, &by_file(&new)).await), (200, 401));

    let credentials = json!({"username": "ada", "password": "correct horse"});
    app.anon().post("/api/auth/register/", credentials.clone()).await.expect(201);
    let own = app.anon().post("/api/auth/token/", credentials).await.expect(200).text("access");
    let claims = Provider::claims(app.fresh_id(), "Ben").to_string();
    let previous = signed_with_secret(PREVIOUS.as_bytes(), r#"{"alg":"HS256"}"#, &claims);
    let forged = signed_with_secret(b"the secret of nobody, of 32 bytes", r#"{"alg":"HS256"}"#, &claims);
    for (token, expected) in [(own, 200), (previous, 200), (forged, 401)] {
        assert_eq!(status(1, &token).await, expected);
        let mut socket =
            Socket::connect(&format!("{}/ws/", app.gateways()[0]), Credentials::Header(&token)).await.unwrap();
        assert_eq!(socket.next().await.is_ok(), expected == 200);
    }

    std::fs::write(&path, [old.pem(), new.pem()].concat()).unwrap();
    let (until, mut looks) = (Instant::now() + PATIENCE, interval(std::time::Duration::from_millis(100)));
    let takes_new = async {
        for api in [0, 1] {
            while status(api, &by_file(&new)).await != 200 {
                looks.tick().await;
            }
        }
    };
    timeout_at(until, takes_new).await.expect("the new key is read");
    assert_eq!(status(0, &by_file(&old)).await, 200, "both count while the keys change");
    stack.stop().await.unwrap();
    std::fs::remove_file(path).unwrap();
}
