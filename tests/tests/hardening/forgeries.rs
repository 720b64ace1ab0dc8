//! Tokens that nobody has issued, or not for this: each wrong in one way, and right in all others.

use std::time::{Duration, SystemTime};

use chat_test_issuer::{Key, signed_with_secret};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

/// Whose tokens count.
pub const ISSUER: &str = "https://marketplace.test";
/// Whom they must be for.
pub const AUDIENCE: &str = "chat";

const HS256: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

/// What signs, and for whom.
pub struct Forger<'a> {
    /// The secret of the services.
    pub secret: &'a [u8],
    /// A person who exists.
    pub user: i64,
}

/// Seconds since 1970, so many from now.
fn from_now(seconds: i64) -> i64 {
    let now = SystemTime::UNIX_EPOCH.elapsed().map_or(0, |since: Duration| since.as_secs());
    i64::try_from(now).unwrap_or(i64::MAX) + seconds
}

impl Forger<'_> {
    /// Good claims, with some of them others; those that become null are left out.
    fn claims(&self, changes: &Value) -> Value {
        let mut claims = json!({
            "sub": self.user.to_string(), "name": "Ada", "iat": from_now(0), "exp": from_now(600), "iss": ISSUER, "aud": AUDIENCE,
        });
        let object = claims.as_object_mut().expect("claims are an object");
        for (name, value) in changes.as_object().into_iter().flatten() {
            object.insert(name.clone(), value.clone());
        }
        object.retain(|_, value| !value.is_null());
        claims
    }

    fn sign(&self, claims: &Value) -> String {
        signed_with_secret(self.secret, HS256, &claims.to_string())
    }

    /// A token as it should be, but for these claims.
    pub fn with(&self, changes: &Value) -> String {
        self.sign(&self.claims(changes))
    }

    /// A token as it should be, under another header.
    fn under(&self, header: &str) -> String {
        signed_with_secret(self.secret, header, &self.claims(&json!({})).to_string())
    }

    /// A token that is as it should be.
    pub fn good(&self) -> String {
        self.with(&json!({}))
    }

    /// Tokens that were good once.
    pub fn expired(&self) -> Vec<(&'static str, String)> {
        [
            ("long ago", json!(1)),
            ("now", json!(from_now(-1))),
            ("before 1970", json!(-5)),
            ("as a fraction", json!(0.5)),
        ]
        .map(|(name, exp)| (name, self.with(&json!({"exp": exp}))))
        .into()
    }

    /// Tokens that never were.
    pub fn forged(&self) -> Vec<(&'static str, String)> {
        [self.unsigned(), self.signed_otherwise(), self.under_headers(), self.of_claims(), self.misshapen()].concat()
    }

    fn unsigned(&self) -> Vec<(&'static str, String)> {
        let without = |header: &str| {
            let signed = self.under(header);
            format!("{}.", signed.rsplit_once('.').expect("tokens have three parts").0)
        };
        let named = |alg: &str| format!(r#"{{"alg":"{alg}","typ":"JWT"}}"#);
        vec![
            ("alg none", without(&named("none"))),
            ("alg None", without(&named("None"))),
            ("alg NONE", without(&named("NONE"))),
            ("alg nOnE", without(&named("nOnE"))),
            ("alg none, signed", self.under(&named("none"))),
            ("alg empty", self.under(&named(""))),
            ("no alg", self.under(r#"{"typ":"JWT"}"#)),
            ("no signature", without(HS256)),
        ]
    }

    fn signed_otherwise(&self) -> Vec<(&'static str, String)> {
        let claims = self.claims(&json!({}));
        let by = |secret: &[u8]| signed_with_secret(secret, HS256, &claims.to_string());
        let wider = |algorithm| {
            let key = EncodingKey::from_secret(self.secret);
            jsonwebtoken::encode(&Header::new(algorithm), &claims, &key).expect("a secret signs")
        };
        let other = self.with(&json!({"sub": (self.user + 1).to_string()}));
        let (good, swapped) = (self.good(), other.rsplit_once('.').expect("three parts").1.to_owned());
        let rsa = Key::rsa("ours");
        let embedded = |key: &Key| json!({"alg": key.alg(), "typ": "JWT", "jwk": key.jwk()}).to_string();
        vec![
            ("another secret", by(b"another secret of thirty-two byte")),
            ("no secret", by(b"")),
            ("the secret cut", by(&self.secret[..self.secret.len() - 1])),
            ("HS384 with the secret", wider(Algorithm::HS384)),
            ("HS512 with the secret", wider(Algorithm::HS512)),
            ("says HS512, is HS256", self.under(r#"{"alg":"HS512","typ":"JWT"}"#)),
            ("says RS256, is HS256", self.under(r#"{"alg":"RS256","typ":"JWT"}"#)),
            ("signature of another", format!("{}.{swapped}", good.rsplit_once('.').expect("three parts").0)),
            ("signature bent", bent(&good)),
            ("RS256 by a stranger", rsa.sign(&claims)),
            ("ES256 by a stranger", Key::p256("ours").sign(&claims)),
            ("EdDSA by a stranger", Key::ed25519("ours").sign(&claims)),
            ("RS256, key in the header", rsa.sign_text(&embedded(&rsa), &claims.to_string())),
            ("HS256 with a public key", signed_with_secret(rsa.pem().as_bytes(), HS256, &claims.to_string())),
        ]
    }

    fn under_headers(&self) -> Vec<(&'static str, String)> {
        let claims = self.claims(&json!({})).to_string();
        let pointing = |more: Value, secret: &[u8]| {
            let mut header = json!({"alg": "HS256", "typ": "JWT"});
            header.as_object_mut().expect("an object").extend(more.as_object().cloned().into_iter().flatten());
            signed_with_secret(secret, &header.to_string(), &claims)
        };
        vec![
            ("kid of an empty file", pointing(json!({"kid": "../../../../dev/null"}), b"")),
            ("kid of SQL", pointing(json!({"kid": "x' union select 'k"}), b"k")),
            ("kid of a command", pointing(json!({"kid": "|echo k"}), b"k")),
            ("kid of no text", pointing(json!({"kid": ["k"]}), self.secret)),
            ("jku", pointing(json!({"jku": "http://127.0.0.1:9/keys.json"}), b"k")),
            ("x5u", pointing(json!({"x5u": "http://127.0.0.1:9/chain.pem"}), b"k")),
            ("jwk of a secret", pointing(json!({"jwk": {"kty": "oct", "k": "aw"}}), b"k")),
            ("crit b64", pointing(json!({"b64": false, "crit": ["b64"]}), self.secret)),
            ("crit unknown", pointing(json!({"crit": ["exp"]}), self.secret)),
            ("typ of a refresh token", pointing(json!({"typ": "refresh+jwt"}), self.secret)),
            ("typ of a ticket", pointing(json!({"typ": "ticket+jwt"}), self.secret)),
            ("typ of an event", pointing(json!({"typ": "secevent+jwt"}), self.secret)),
        ]
    }

    fn of_claims(&self) -> Vec<(&'static str, String)> {
        let later = from_now(600);
        let wrong = [
            ("no exp", json!({"exp": null})),
            ("exp of text", json!({"exp": later.to_string()})),
            ("exp of a list", json!({"exp": [later]})),
            ("exp of truth", json!({"exp": true})),
            ("exp beyond the calendar", json!({"exp": 1e300})),
            ("exp of 64 bits", json!({"exp": u64::MAX})),
            ("nbf to come", json!({"nbf": later})),
            ("nbf of text", json!({"nbf": "0"})),
            ("iat of text", json!({"iat": "0"})),
            ("no sub", json!({"sub": null})),
            ("sub 0", json!({"sub": "0"})),
            ("sub below 0", json!({"sub": -1})),
            ("sub too large", json!({"sub": 1_i64 << 53})),
            ("sub of SQL", json!({"sub": "1 or 1=1"})),
            ("sub of a list", json!({"sub": [self.user]})),
            ("sub of other digits", json!({"sub": "١"})),
            ("another issuer", json!({"iss": "https://marketplace.test.evil.test"})),
            ("no issuer", json!({"iss": null})),
            ("issuers in a list", json!({"iss": [ISSUER]})),
            ("another audience", json!({"aud": "billing"})),
            ("no audience", json!({"aud": null})),
            ("family of no form", json!({"fam": "x"})),
            ("a refresh token", json!({"token_type": "refresh"})),
        ];
        wrong.map(|(name, changes)| (name, self.with(&changes))).into()
    }

    fn misshapen(&self) -> Vec<(&'static str, String)> {
        let good = self.good();
        let twice = format!(r#"{{"sub":"{0}","sub":"{0}","exp":{1}}}"#, self.user, from_now(600));
        let signed = |payload: &str| signed_with_secret(self.secret, HS256, payload);
        vec![
            ("two parts", good.rsplit_once('.').expect("three parts").0.to_owned()),
            ("two signatures", format!("{good}.{}", good.rsplit_once('.').expect("three parts").1)),
            ("five parts", "e30.e30.e30.e30.e30".to_owned()),
            ("dots", "..".to_owned()),
            ("garbage", "garbage".to_owned()),
            ("padded", format!("{good}=")),
            ("a claim twice", signed(&twice)),
            ("claims of no JSON", signed("sub=1")),
            ("claims in a list", signed("[]")),
            ("a header of no JSON", signed_with_secret(self.secret, "HS256", "{}")),
            ("too long", self.with(&json!({"name": "x".repeat(9000)}))),
        ]
    }
}

/// The same with one bit of the signature's first character changed.
fn bent(token: &str) -> String {
    let (message, signature) = token.rsplit_once('.').expect("three parts");
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    format!("{message}.{first}{}", &signature[1..])
}
