//! One table of forged tokens, against every kind of verifier: a shared secret, a PEM file, a key set.

mod table;

use std::time::Duration;

use chat_protocol::rest::PlatformRole::{Client, Service};
use chat_test_issuer::{Key as Pair, signed_with_secret};
use chrono::DateTime;
use serde_json::{Value, json};

use super::*;
use crate::SignatureAlgorithm;

const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";
const NOW: i64 = 1_800_000_000;
const SOON: i64 = NOW + 60;

/// A verifier, and whoever signs the good tokens of it.
struct World {
    name: String,
    verifier: Verifier,
    pair: Option<Pair>,
    header: Value,
}

impl World {
    fn all() -> Vec<Self> {
        let hs256 = Self {
            name: "HS256".into(),
            verifier: Verifier::hs256(SECRET, rules()),
            pair: None,
            header: json!({"alg": "HS256", "typ": "JWT"}),
        };
        let pairs = [Pair::rsa("the-key"), Pair::p256("the-key"), Pair::ed25519("the-key")];
        let public = pairs.into_iter().flat_map(|pair| {
            let all = &SignatureAlgorithm::ALL;
            let (of_file, of_set) = (
                KeySet::from_pem(pair.pem().as_bytes(), all).unwrap(),
                KeySet::from_jwks(json!({"keys": [pair.jwk()]}).to_string().as_bytes(), all).unwrap().0,
            );
            [("PEM", of_file), ("key set", of_set)].map(|(name, keys)| Self {
                name: format!("{} from a {name}", pair.alg()),
                verifier: Verifier::outside(keys, None, rules()),
                header: pair.header(),
                pair: Some(pair.clone()),
            })
        });
        std::iter::once(hs256).chain(public).collect()
    }

    fn sign(&self, header: &Value, payload: &str) -> String {
        match &self.pair {
            Some(pair) => pair.sign_text(&header.to_string(), payload),
            None => signed_with_secret(SECRET, &header.to_string(), payload),
        }
    }

    fn header_with(&self, changes: Value) -> Value {
        merged(self.header.clone(), changes)
    }

    fn good(&self) -> String {
        self.sign(&self.header, &claims(json!({})))
    }

    fn verify(&self, token: &str) -> Result<Claims, TokenError> {
        self.verifier.verify(token, at(NOW))
    }
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

fn rules() -> Rules {
    Rules { issuer: Some("us".into()), audience: Some("chat".into()), ..Rules::default() }
}

fn merged(mut object: Value, changes: Value) -> Value {
    let Value::Object(changes) = changes else { panic!("changes are an object") };
    object.as_object_mut().unwrap().extend(changes);
    object
}

/// Good claims, with some of them replaced.
fn claims(changes: Value) -> String {
    merged(json!({"sub": "42", "exp": SOON, "nbf": NOW, "iat": NOW - 5, "iss": "us", "aud": "chat"}), changes)
        .to_string()
}

#[test]
fn every_forged_token_is_refused_by_every_verifier() {
    for world in World::all() {
        assert_eq!(world.verify(&world.good()).map(|claims| claims.user_id.get()), Ok(42), "{}", world.name);
        let forged = world.forged();
        assert!(forged.len() > 100, "{}", forged.len());
        for (what, token) in forged {
            assert!(world.verify(&token).is_err(), "{}: {what}", world.name);
        }
    }
}

#[test]
fn what_is_only_unusual_is_good() {
    for world in World::all() {
        let changes = [json!({"typ": "at+jwt"}), json!({"typ": "jwt"}), json!({"cty": "x"}), json!({"x5t": "abc"})];
        for header in changes.into_iter().map(|changes| world.header_with(changes)) {
            assert!(world.verify(&world.sign(&header, &claims(json!({})))).is_ok(), "{}: {header}", world.name);
        }
        let mut nameless = world.header.clone();
        nameless.as_object_mut().unwrap().remove("kid");
        assert!(world.verify(&world.sign(&nameless, &claims(json!({})))).is_ok(), "{}: the only key", world.name);
    }
}

#[test]
fn leeway_is_exact_to_the_second_for_every_key() {
    for mut world in World::all() {
        world.verifier.rules.leeway = Duration::from_secs(5);
        let token = world.sign(&world.header, &claims(json!({"nbf": NOW, "exp": SOON})));
        for (now, is_good) in [(NOW - 6, false), (NOW - 5, true), (SOON + 4, true), (SOON + 5, false)] {
            assert_eq!(world.verifier.verify(&token, at(now)).is_ok(), is_good, "{} at {}", world.name, now - NOW);
        }
        assert_eq!(world.verifier.verify(&token, at(SOON + 5)), Err(TokenError::Expired));
    }
}

#[test]
fn beside_the_keys_of_others_our_own_tokens_are_those_of_accounts() {
    let pair = Pair::p256("the-key");
    let keys = KeySet::from_pem(pair.pem().as_bytes(), &SignatureAlgorithm::ALL).unwrap();
    let rules = Rules { service_issuers: vec!["backend".into()], ..Rules::default() };
    let machine = claims(json!({"iss": "backend", "role": "service"}));
    let own = signed_with_secret(SECRET, r#"{"alg":"HS256"}"#, &machine);
    let role = |verifier: &Verifier, token: &str| verifier.verify(token, at(NOW)).map(|claims| claims.role);
    let both = Verifier::outside(keys.clone(), Some(SECRET.into()), rules.clone());
    let signed = pair.sign_text(&pair.header().to_string(), &machine);
    assert_eq!((role(&both, &signed), role(&both, &own)), (Ok(Service), Ok(Client)));
    let closed = Verifier::outside(keys, None, rules.clone());
    assert_eq!(role(&closed, &signed), Ok(Service));
    assert!(role(&closed, &own).is_err());
    assert_eq!(role(&Verifier::hs256(SECRET, rules), &own), Ok(Service), "who shares the secret speaks for machines");
}
