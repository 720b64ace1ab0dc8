//! The table: what may be wrong with a token, by header, claims and signature.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chat_test_issuer::{Key as Pair, signed_with_secret};
use serde_json::{Value, json};

use super::{NOW, SECRET, SOON, World, claims, merged};

impl World {
    /// Everything that must be refused, with what it is.
    pub(super) fn forged(&self) -> Vec<(String, String)> {
        [self.strange_headers(), self.strange_claims(), self.strange_signatures()].concat()
    }

    /// Signed as it should be, with a header of another kind.
    fn strange_headers(&self) -> Vec<(String, String)> {
        let other = Pair::ed25519("other").jwk();
        let changes = [
            json!({"kid": "../../../../dev/null"}),
            json!({"kid": "/etc/passwd"}),
            json!({"kid": "https://evil.example.com/key.pem"}),
            json!({"kid": "' UNION SELECT 'secret' --"}),
            json!({"kid": "x\u{0}"}),
            json!({"kid": "| id"}),
            json!({"kid": ""}),
            json!({"kid": "k".repeat(300)}),
            json!({"kid": ["the-key"]}),
            json!({"kid": 7}),
            json!({"jku": "https://evil.example.com/keys.json"}),
            json!({"jwk": other}),
            json!({"jwk": {"kty": "oct", "k": "AAAA"}}),
            json!({"x5u": "https://evil.example.com/key.pem"}),
            json!({"x5c": ["MIIB"]}),
            json!({"crit": ["b64"], "b64": true}),
            json!({"crit": ["b64"], "b64": false}),
            json!({"crit": ["exp"]}),
            json!({"crit": []}),
            json!({"b64": false}),
            json!({"typ": "ticket+jwt"}),
            json!({"typ": "refresh+jwt"}),
            json!({"typ": "id_token"}),
            json!({"typ": "JWE"}),
            json!({"typ": ""}),
            json!({"typ": 1}),
            json!({"alg": "none"}),
            json!({"alg": "None"}),
            json!({"alg": "NONE"}),
            json!({"alg": ""}),
            json!({"alg": null}),
            json!({"alg": ["HS256"]}),
            json!({"alg": "HS384"}),
            json!({"alg": "HS512"}),
            json!({"alg": "RS512"}),
            json!({"alg": "PS256"}),
            json!({"alg": "ES384"}),
            json!({"alg": self.header["alg"].as_str().unwrap().to_lowercase()}),
        ];
        let name = |change: &Value| format!("header {change}");
        changes
            .into_iter()
            .map(|change| (name(&change), self.sign(&self.header_with(change), &claims(json!({})))))
            .collect()
    }

    /// Signed as it should be, with claims that do not let anybody in.
    fn strange_claims(&self) -> Vec<(String, String)> {
        let changes = [
            json!({"exp": NOW}),
            json!({"exp": NOW - 1}),
            json!({"exp": 0}),
            json!({"exp": -1}),
            json!({"exp": -1.5e300}),
            json!({"exp": 1e300}),
            json!({"exp": u64::MAX}),
            json!({"exp": SOON.to_string()}),
            json!({"exp": null}),
            json!({"exp": true}),
            json!({"exp": [SOON]}),
            json!({"nbf": NOW + 1}),
            json!({"nbf": 1e300}),
            json!({"nbf": "0"}),
            json!({"nbf": null}),
            json!({"iat": "0"}),
            json!({"iat": 1e300}),
            json!({"iss": "them"}),
            json!({"iss": ["us"]}),
            json!({"iss": "us "}),
            json!({"aud": "mail"}),
            json!({"aud": ["mail", "Chat"]}),
            json!({"aud": []}),
            json!({"aud": {"chat": 1}}),
            json!({"sub": ""}),
            json!({"sub": "0"}),
            json!({"sub": "42 OR 1=1"}),
            json!({"sub": -42}),
            json!({"sub": 42.5}),
            json!({"sub": {"id": 42}}),
            json!({"sub": null, "user_id": 42}),
            json!({"token_type": "refresh"}),
            json!({"fam": "../x"}),
            json!({"padding": "x".repeat(1 << 20)}),
        ];
        let replaced = changes.into_iter().map(|change| {
            let name: String = format!("claims {change}").chars().take(100).collect();
            (name, self.sign(&self.header, &claims(change)))
        });
        let missing = ["sub", "exp", "iss", "aud"].into_iter().map(|claim| {
            let mut claims: Value = serde_json::from_str(&claims(json!({}))).unwrap();
            claims.as_object_mut().unwrap().remove(claim);
            (format!("without {claim}"), self.sign(&self.header, &claims.to_string()))
        });
        let texts = [
            "",
            "null",
            "[]",
            "\"42\"",
            r#"{"sub":"42""#,
            r#"{"sub":"1","sub":"42","iss":"us","aud":"chat","exp":1800000060}"#,
            r#"{"sub":"42","iss":"us","aud":"chat","exp":1e999}"#,
            r#"{"sub":"42","iss":"us","aud":"chat","exp":NaN}"#,
        ];
        let odd = texts.into_iter().map(|text| (format!("payload {text}"), self.sign(&self.header, text)));
        replaced.chain(missing).chain(odd).collect()
    }

    /// Not signed, or not as it should be.
    fn strange_signatures(&self) -> Vec<(String, String)> {
        let good = self.good();
        let (message, signature) = good.rsplit_once('.').unwrap();
        let (header, payload) = message.split_once('.').unwrap();
        let raw = |header: &str, signature: &str| format!("{}.{payload}.{signature}", URL_SAFE_NO_PAD.encode(header));
        let someone_else = URL_SAFE_NO_PAD.encode(claims(json!({"sub": "1"})));
        let zeros = |length: usize| URL_SAFE_NO_PAD.encode(vec![0; length]);
        let mut forged = vec![
            ("no signature", format!("{message}.")),
            ("no signature part", message.to_owned()),
            ("alg none, unsigned", raw(r#"{"alg":"none"}"#, "")),
            ("alg none, signed", raw(r#"{"alg":"none","typ":"JWT"}"#, signature)),
            ("no alg", raw(r#"{"typ":"JWT"}"#, signature)),
            ("two algs", raw(r#"{"alg":"none","alg":"HS256"}"#, signature)),
            ("header is no object", raw("[]", signature)),
            ("zeros of 32 bytes", format!("{message}.{}", zeros(32))),
            ("zeros of 64 bytes", format!("{message}.{}", zeros(64))),
            ("zeros of 256 bytes", format!("{message}.{}", zeros(256))),
            ("padding", format!("{good}=")),
            ("two signatures", format!("{good}.{signature}")),
            ("signature cut", good[..good.len() - 2].to_owned()),
            ("another's claims", format!("{header}.{someone_else}.{signature}")),
            ("space before", format!(" {good}")),
            ("line after", format!("{good}\n")),
            ("five parts", format!("{good}..")),
            ("a megabyte of dots", ".".repeat(1 << 20)),
            ("JSON, flattened", json!({"protected": header, "payload": payload, "signature": signature}).to_string()),
            (
                "JSON with two signatures",
                json!({"payload": payload, "signatures": [{"protected": header, "signature": signature}, {"protected": header, "signature": signature}]}).to_string(),
            ),
        ];
        for (name, secret) in [
            ("HS256 with nothing", &b""[..]),
            ("HS256 with a zero", b"\0"),
            ("HS256 with `secret`", b"secret"),
            ("HS256 with another secret", b"another secret of thirty-two byte"),
        ] {
            let kid_of_an_empty_file = r#"{"alg":"HS256","typ":"JWT","kid":"../../../../dev/null"}"#;
            forged.push((name, signed_with_secret(secret, r#"{"alg":"HS256"}"#, &claims(json!({})))));
            forged.push((name, signed_with_secret(secret, kid_of_an_empty_file, &claims(json!({})))));
        }
        forged.into_iter().map(|(name, token)| (name.to_owned(), token)).chain(self.confusions()).collect()
    }

    /// A public key taken for a secret, and keys of somebody else.
    fn confusions(&self) -> Vec<(String, String)> {
        let mut forged = Vec::new();
        if let Some(pair) = &self.pair {
            let jwk = pair.jwk();
            let der: String = pair.pem().lines().filter(|line| !line.starts_with('-')).collect();
            let der = STANDARD.decode(der).unwrap();
            let text = |name: &str| jwk[name].as_str().unwrap_or_default().as_bytes().to_vec();
            let pem = pair.pem().as_bytes();
            let secrets =
                [pem.to_vec(), pem.trim_ascii().to_vec(), der, text("n"), text("x"), jwk.to_string().into_bytes()];
            for header in [json!({"alg": "HS256", "typ": "JWT"}), merged(pair.header(), json!({"alg": "HS256"}))] {
                let signed = |secret: &Vec<u8>| signed_with_secret(secret, &header.to_string(), &claims(json!({})));
                forged.extend(secrets.iter().map(|secret| ("HS256 with the public key".to_owned(), signed(secret))));
            }
            let own = signed_with_secret(SECRET, r#"{"alg":"HS256","typ":"JWT"}"#, &claims(json!({})));
            forged.push(("HS256 with our secret, which is for tickets alone".to_owned(), own));
        }
        for other in [Pair::rsa("other"), Pair::p256("the-key"), Pair::ed25519("the-key")] {
            let brought = merged(other.header(), json!({"jwk": other.jwk()}));
            forged.push((
                format!("{} of somebody else", other.alg()),
                other.sign_text(&other.header().to_string(), &claims(json!({}))),
            ));
            forged.push(("a key that it brings".to_owned(), other.sign_text(&brought.to_string(), &claims(json!({})))));
            let claimed = other.sign_text(&self.header.to_string(), &claims(json!({})));
            forged.push((format!("the header of the good one, signed with {}", other.alg()), claimed));
        }
        forged
    }
}
