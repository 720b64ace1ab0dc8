//! Tokens that others sign, with keys that they publish: by every algorithm, over REST and sockets; and keys that come, go and
//! cannot be had. One stack for all of them, beside an identity provider of its own.

mod provider;

use std::time::{Duration, Instant};

use chat_e2e::{Credentials, PATIENCE, SERVICE_ISSUER, Socket};
use chat_test_issuer::{Key, signed_with_secret};
use chrono::Utc;
use reqwest::Method;
use serde_json::{Value, json};

pub use self::provider::Provider;
use self::provider::{ISSUER, REFRESH};

const ME: &str = "/api/auth/me/";
const CONVERSATIONS: &str = "/api/chat/conversations/";

#[tokio::test]
async fn token_of_every_algorithm_is_good_over_rest_and_sockets() {
    let provider = Provider::shared().await;
    let [rsa, p256, ed25519] = &provider.keys;
    let (ada, ben, cleo) =
        (provider.user(rsa, "Ada").await, provider.user(p256, "Ben").await, provider.user(ed25519, "Cleo").await);
    let group = ada.group_with(&[&ben, &cleo]).await;
    let mut sockets = [ada.open(0, &group).await, ben.open(1, &group).await, cleo.open(0, &group).await];
    for speaker in [&ada, &ben, &cleo] {
        let said = speaker.say(&group, &format!("by {}", speaker.name)).await;
        for socket in &mut sockets {
            let heard = &socket.messages(1).await[0];
            assert_eq!((&heard["id"], &heard["sender"]["name"]), (&said["id"], &json!(speaker.name)));
        }
    }
}

#[tokio::test]
async fn person_is_made_from_the_claims_and_a_newer_token_refreshes_them() {
    let provider = Provider::shared().await;
    let id = provider.app.fresh_id();
    let now = Utc::now().timestamp();
    let token = |name: &str, ago: i64, more: Value| {
        let mut claims = Provider::claims(id, name);
        claims["iat"] = json!(now - ago);
        claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        provider.keys[1].sign(&claims)
    };
    let me = async |api: usize, token: &str| provider.app.with_token_at(api, token).get(ME).await.expect(200).body;
    let picture = "https://example.com/ada.png";
    let first = token("Ada", 60, json!({"role": "freelancer", "avatar_url": picture}));
    let expected = json!({"id": id, "username": null, "name": "Ada", "role": "freelancer", "avatar_url": picture});
    assert_eq!(me(0, &first).await, expected);
    let newer = token("Ada Lovelace", 30, json!({"role": "admin", "avatar_url": "https://example.com/2.png"}));
    let refreshed = me(1, &newer).await;
    assert_eq!((&refreshed["name"], &refreshed["role"]), (&json!("Ada Lovelace"), &json!("freelancer")));
    assert_eq!(refreshed["avatar_url"], "https://example.com/2.png");
    for api in [0, 1] {
        assert_eq!(me(api, &first).await["name"], "Ada Lovelace", "an older token changes nothing");
    }
    // A socket is as good as a request.
    let newest = token("Ada King", 10, json!({}));
    let mut socket = provider.knock(1, &newest).await;
    socket.expect("ready").await;
    assert_eq!(me(0, &first).await["name"], "Ada King");
}

#[tokio::test]
async fn first_token_of_a_new_key_is_good_at_once_everywhere() {
    let provider = Provider::shared().await;
    let ada = provider.user(&provider.keys[2], "Ada").await;
    let mut open = ada.knock_all(0, "").await;
    open.expect("ready").await;
    let mut others = provider.others.lock().await;
    for new in [Key::ed25519("new-1"), Key::p256("new-2")] {
        others.push(new.clone());
        provider.publish(&others);
        let tokens = [(); 2].map(|()| provider.token(&new));
        let both = tokio::join!(provider.lets_in(0, &tokens[0]), provider.lets_in(1, &tokens[1]));
        assert_eq!(both, ((true, true), (true, true)), "{}", new.kid);
    }
    // A socket that is open takes it as its next token.
    let newest = Key::ed25519("new-3");
    others.push(newest.clone());
    provider.publish(&others);
    let fresh = newest.sign(&Provider::claims(ada.id, "Ada"));
    open.send(json!({"type": "authenticate", "token": fresh})).await;
    open.send(json!({"type": "ping"})).await;
    open.expect("authenticated").await;
    open.expect("pong").await;
    // And one whose key nobody publishes closes it.
    let forged = Key::ed25519("new-4").sign(&Provider::claims(ada.id, "Ada"));
    open.send(json!({"type": "authenticate", "token": forged})).await;
    assert_eq!(open.close_code().await, 4501);
}

#[tokio::test]
async fn withdrawn_key_is_refused_within_the_interval() {
    let provider = Provider::shared().await;
    let mut others = provider.others.lock().await;
    let withdrawn = Key::p256("withdrawn");
    others.push(withdrawn.clone());
    provider.publish(&others);
    let token = provider.token(&withdrawn);
    for instance in [0, 1] {
        assert_eq!(provider.lets_in(instance, &token).await, (true, true));
    }
    others.retain(|key| key.kid != withdrawn.kid);
    provider.publish(&others);
    let begun = Instant::now();
    for instance in [0, 1] {
        while provider.lets_in(instance, &token).await != (false, false) {
            assert!(begun.elapsed() < PATIENCE, "{instance} still lets it in");
        }
    }
    let slack = if std::env::var_os("CI").is_some() { 10 } else { 4 };
    assert!(begun.elapsed() < REFRESH + Duration::from_secs(slack), "{:?}", begun.elapsed());
    assert_eq!(provider.lets_in(0, &provider.token(&provider.keys[0])).await, (true, true), "the others stay");
}

#[tokio::test]
async fn known_keys_go_on_while_the_url_is_down_and_unknown_ones_are_refused() {
    let provider = Provider::shared().await;
    let others = provider.others.lock().await;
    let unknown = provider.token(&Key::p256("never-published"));
    for (trouble, is_silent) in [((500, "oops"), false), ((200, "<html>"), false), ((200, ""), true)] {
        provider.server.say(trouble.0, "", trouble.1);
        provider.server.set_silent(is_silent);
        let before = provider.server.asked();
        let refused = tokio::join!(provider.lets_in(0, &unknown), provider.lets_in(1, &unknown));
        assert_eq!(refused, ((false, false), (false, false)), "{trouble:?}");
        assert!(provider.server.asked() > before, "it was asked for the key");
        for key in &provider.keys {
            let token = provider.token(key);
            assert_eq!(provider.lets_in(0, &token).await, (true, true), "{trouble:?}");
            assert_eq!(provider.lets_in(1, &token).await, (true, true), "{trouble:?}");
        }
    }
    provider.server.set_silent(false);
    provider.publish(&others);
}

#[tokio::test]
async fn forged_tokens_are_refused_everywhere() {
    let provider = Provider::shared().await;
    let [rsa, p256, _] = &provider.keys;
    let claims = Provider::claims(provider.app.fresh_id(), "Mallory");
    let (text, now) = (claims.to_string(), Utc::now().timestamp());
    let with = |name: &str, value: Value| {
        let mut claims = claims.clone();
        claims[name] = value;
        p256.sign(&claims)
    };
    let confused = json!({"alg": "HS256", "typ": "JWT", "kid": rsa.kid}).to_string();
    let own = provider.app.jwt_secret().as_bytes();
    for (what, token) in [
        ("the public key as a secret", signed_with_secret(rsa.pem().as_bytes(), &confused, &text)),
        ("our own secret", signed_with_secret(own, r#"{"alg":"HS256","typ":"JWT"}"#, &text)),
        ("another algorithm's key", p256.sign_text(&rsa.header().to_string(), &text)),
        ("another key of that name", Key::p256(&p256.kid).sign(&claims)),
        ("no name, and several keys", Key::p256("x").sign_text(r#"{"alg":"ES256"}"#, &text)),
        ("a path", Key::ed25519("../../../../dev/null").sign(&claims)),
        ("a statement", Key::ed25519("' OR 1=1 --").sign(&claims)),
        (
            "a key of its own",
            p256.sign_text(&json!({"alg": "ES256", "kid": p256.kid, "jwk": p256.jwk()}).to_string(), &text),
        ),
        (
            "an address",
            p256.sign_text(&json!({"alg": "ES256", "kid": p256.kid, "jku": provider.server.url}).to_string(), &text),
        ),
        (
            "critical headers",
            p256.sign_text(&json!({"alg": "ES256", "kid": p256.kid, "crit": ["b64"]}).to_string(), &text),
        ),
        ("another issuer", with("iss", json!("https://id.example.com"))),
        ("another audience", with("aud", json!("mail"))),
        ("not yet", with("nbf", json!(now + 600))),
        ("of words", with("exp", json!("never"))),
    ] {
        assert_eq!(provider.lets_in(0, &token).await, (false, false), "{what}");
    }
}

#[tokio::test]
async fn accounts_are_not_there_and_tickets_are() {
    let provider = Provider::shared().await;
    let credentials = json!({"username": "ada", "password": "correct horse", "refresh": "x"});
    for path in ["/api/auth/register/", "/api/auth/token/", "/api/auth/token/refresh/", "/api/auth/logout/"] {
        provider.app.anon().post(path, credentials.clone()).await.refused(404, "not_found");
    }
    let ada = provider.user(&provider.keys[0], "Ada").await;
    let ticket = ada.request(Method::POST, "/api/auth/ticket/");
    let ticket = chat_e2e::Rest::send(ticket).await.expect(201).text("ticket");
    let url = format!("{}/ws/?ticket={ticket}", provider.app.gateways()[1]);
    let mut socket = Socket::connect(&url, Credentials::None).await.unwrap();
    assert_eq!(socket.expect("ready").await["user_id"], ada.id);
}

#[tokio::test]
async fn machines_are_those_of_listed_issuers_and_of_the_providers_keys() {
    let provider = Provider::shared().await;
    let [ada, ben] = [provider.user(&provider.keys[0], "Ada").await, provider.user(&provider.keys[1], "Ben").await];
    let mut claims = Provider::claims(provider.app.fresh_id(), "Back end");
    (claims["iss"], claims["role"]) = (json!(SERVICE_ISSUER), json!("service"));
    let ask = async |token: String| {
        let body = json!({"participant_ids": [ada.id, ben.id], "owner_id": ada.id, "kind": "group"});
        provider.app.with_token(&token).post(CONVERSATIONS, body).await
    };
    let begun = ask(provider.keys[2].sign(&claims)).await.expect(201).body;
    assert_eq!(begun["participant_count"], 2, "without the machine: {begun}");
    let own = signed_with_secret(provider.app.jwt_secret().as_bytes(), r#"{"alg":"HS256"}"#, &claims.to_string());
    ask(own).await.refused(401, "not_authenticated");
    claims["role"] = json!("client");
    ask(provider.keys[2].sign(&claims)).await.refused(401, "not_authenticated");
    (claims["iss"], claims["role"]) = (json!(ISSUER), json!("service"));
    claims["sub"] = json!(provider.app.fresh_id());
    ask(provider.keys[2].sign(&claims)).await.refused(403, "permission_denied");
}
