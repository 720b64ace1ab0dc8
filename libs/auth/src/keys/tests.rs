//! Files and documents of keys: what is taken, what is passed over, what refuses the whole; and which key a token gets.

use chat_test_issuer::Key as Pair;
use serde_json::{Value, json};

use super::*;

const ALL: &[SignatureAlgorithm] = &SignatureAlgorithm::ALL;

fn from_pem(text: &str) -> Result<Vec<String>, KeyError> {
    KeySet::from_pem(text.as_bytes(), ALL).map(|keys| keys.describe())
}

fn from_jwks(keys: &[Value]) -> (Vec<String>, Vec<&'static str>) {
    let document = json!({"keys": keys}).to_string();
    let (set, skipped) = KeySet::from_jwks(document.as_bytes(), ALL).unwrap();
    (set.describe(), skipped.into_iter().map(|key| key.reason).collect())
}

fn with(mut jwk: Value, name: &str, value: Value) -> Value {
    jwk[name] = value;
    jwk
}

#[test]
fn pem_file_holds_one_key_or_several() {
    let (rsa, p256, ed25519) = (Pair::rsa("a"), Pair::p256("b"), Pair::ed25519("c"));
    assert_eq!(from_pem(rsa.pem()).unwrap(), ["RS256"]);
    let file = [p256.pem(), "\nthe one from November on:\n", rsa.pem(), ed25519.pem()].concat();
    assert_eq!(from_pem(&file).unwrap(), ["ES256", "RS256", "EdDSA"]);
}

#[test]
fn pem_file_that_cannot_be_meant_is_refused() {
    let pem = |label: &str, body: &str| format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n");
    let good = Pair::p256("a");
    let weak = Pair::rsa_of("weak", 1024);
    let many: String = (0..9).map(|_| good.pem()).collect();
    for (file, error) in [
        (String::new(), KeyError::Empty),
        ("nonsense".into(), KeyError::Empty),
        (pem("PUBLIC KEY", "!!!"), KeyError::Malformed("PEM file")),
        (pem("PRIVATE KEY", "MC4CAQAwBQYDK2VwBCIEIAAA"), KeyError::Private),
        (pem("RSA PRIVATE KEY", "MC4CAQAwBQYDK2VwBCIEIAAA"), KeyError::Private),
        (pem("EC PRIVATE KEY", "MC4CAQAwBQYDK2VwBCIEIAAA"), KeyError::Private),
        (pem("CERTIFICATE", "MC4CAQAwBQYDK2VwBCIEIAAA"), KeyError::NoPublicKey),
        (weak.pem().to_owned(), KeyError::Unusable("of RSA with less than 2048 bits")),
        ([good.pem(), weak.pem()].concat(), KeyError::Unusable("of RSA with less than 2048 bits")),
        (many, KeyError::TooMany(8)),
    ] {
        assert_eq!(from_pem(&file), Err(error), "{file}");
    }
    for bad in ["MCowBQYDK2VwAyEA", "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE", "AAAA", ""] {
        assert!(from_pem(&pem("PUBLIC KEY", bad)).is_err(), "{bad}");
    }
    let unlisted = KeySet::from_pem(good.pem().as_bytes(), &[SignatureAlgorithm::Rs256]).unwrap_err();
    assert_eq!(unlisted, KeyError::NotListed(SignatureAlgorithm::Es256));
}

#[test]
fn key_set_gives_what_is_for_us() {
    let (rsa, p256, ed25519) = (Pair::rsa("a").jwk(), Pair::p256("b").jwk(), Pair::ed25519("c").jwk());
    let (keys, skipped) = from_jwks(&[rsa, p256, with(ed25519.clone(), "alg", json!("Ed25519"))]);
    assert_eq!((keys, skipped), (vec!["RS256 a".into(), "ES256 b".into(), "EdDSA c".into()], vec![]));
    let mut plain = ed25519;
    for name in ["alg", "use", "kid"] {
        plain.as_object_mut().unwrap().remove(name);
    }
    assert_eq!(from_jwks(&[with(plain, "key_ops", json!(["verify"]))]).0, ["EdDSA"]);
    assert_eq!(from_jwks(&[]), (vec![], vec![]));
}

#[test]
fn what_is_not_for_us_is_passed_over() {
    let (rsa, p256, ed25519) = (Pair::rsa("a").jwk(), Pair::p256("b").jwk(), Pair::ed25519("c").jwk());
    let off_the_curve = Pair::p256("d").jwk()["y"].clone();
    for (entry, reason) in [
        (
            json!({"kty": "oct", "k": "c2VjcmV0", "kid": "s", "alg": "HS256"}),
            "a secret, which has no place in a key set",
        ),
        (with(rsa.clone(), "use", json!("enc")), "for another use"),
        (with(rsa.clone(), "use", json!(["sig"])), "for another use"),
        (with(rsa.clone(), "key_ops", json!(["encrypt"])), "for another use"),
        (with(rsa.clone(), "key_ops", json!("verify")), "for another use"),
        (with(rsa.clone(), "alg", json!("RS512")), "for another algorithm"),
        (with(rsa.clone(), "alg", json!("PS256")), "for another algorithm"),
        (with(rsa.clone(), "alg", json!("HS256")), "for another algorithm"),
        (with(rsa.clone(), "alg", json!("none")), "for another algorithm"),
        (with(rsa.clone(), "alg", json!(null)), "for another algorithm"),
        (with(rsa.clone(), "kid", json!(7)), "of a malformed name"),
        (with(rsa.clone(), "kid", json!("")), "of a malformed name"),
        (with(rsa.clone(), "kid", json!("k".repeat(257))), "of a malformed name"),
        (with(rsa.clone(), "n", json!(null)), "incomplete"),
        (with(rsa.clone(), "n", json!("AQAB")), "of RSA with less than 2048 bits"),
        (with(rsa.clone(), "n", json!("A".repeat(400))), "of RSA with less than 2048 bits"),
        (with(rsa.clone(), "n", json!("_".repeat(1400))), "of RSA with more than 4096 bits"),
        (with(rsa.clone(), "n", json!("+/+/")), "not in base64url"),
        (with(rsa.clone(), "e", json!("AQ")), "no key of RSA"),
        (with(rsa.clone(), "e", json!("Ag")), "no key of RSA"),
        (with(rsa.clone(), "d", json!("AQAB")), "a private key: whoever reads the key set can sign with it"),
        (with(rsa, "kty", json!("RSA2")), "of another kind"),
        (Pair::rsa_of("weak", 1024).jwk(), "of RSA with less than 2048 bits"),
        (with(p256.clone(), "crv", json!("P-384")), "of another kind"),
        (with(p256.clone(), "crv", json!("secp256k1")), "of another kind"),
        (with(p256.clone(), "y", off_the_curve), "no point of P-256"),
        (with(p256.clone(), "x", json!("AAAA")), "no point of P-256"),
        (with(p256, "alg", json!("RS256")), "for another algorithm"),
        (with(ed25519.clone(), "crv", json!("Ed448")), "of another kind"),
        (with(ed25519.clone(), "crv", json!("X25519")), "of another kind"),
        (with(ed25519.clone(), "x", json!("AA")), "no point of Ed25519"),
        (with(ed25519, "x", json!("A".repeat(86))), "no point of Ed25519"),
        (json!({}), "of another kind"),
        (json!(null), "of another kind"),
        (json!("RSA"), "of another kind"),
    ] {
        let (keys, skipped) = from_jwks(&[entry.clone(), Pair::ed25519("good").jwk()]);
        assert_eq!((keys, skipped), (vec!["EdDSA good".into()], vec![reason]), "{entry}");
    }
}

#[test]
fn document_that_is_no_key_set_is_refused() {
    let key = Pair::ed25519("a").jwk();
    let many = json!({"keys": vec![key.clone(); 101]}).to_string();
    let large = format!("{}{}", json!({"keys": [key]}), " ".repeat(MAX_DOCUMENT_BYTES));
    for bad in ["", "{}", "[]", "null", "<html>", r#"{"keys":{}}"#, r#"{"keys":null}"#, &many, &large] {
        assert!(KeySet::from_jwks(bad.as_bytes(), ALL).is_err(), "{bad:.40}");
    }
}

#[test]
fn algorithms_that_do_not_count_are_passed_over() {
    let document = json!({"keys": [Pair::p256("a").jwk(), Pair::ed25519("b").jwk()]}).to_string();
    let es256 = [SignatureAlgorithm::Es256, SignatureAlgorithm::Hs256];
    let (keys, skipped) = KeySet::from_jwks(document.as_bytes(), &es256).unwrap();
    assert_eq!((keys.describe(), skipped[0].kid.as_deref()), (vec!["ES256 a".to_owned()], Some("b")));
    let refused = |algorithm| keys.fitting(algorithm, Some("b")).map(|keys| keys.len());
    assert!(matches!(refused(SignatureAlgorithm::EdDsa), Err(TokenError::Invalid(_))), "nobody looks for its key");
    assert!(matches!(refused(SignatureAlgorithm::Hs256), Err(TokenError::Invalid(_))));
    assert_eq!(refused(SignatureAlgorithm::Es256), Err(TokenError::UnknownKey));
}

#[test]
fn token_gets_the_key_that_it_names() {
    let jwks = |pairs: &[Pair]| {
        let keys: Vec<_> = pairs.iter().map(Pair::jwk).collect();
        KeySet::from_jwks(json!({"keys": keys}).to_string().as_bytes(), ALL).unwrap().0
    };
    let of = |keys: &KeySet, kid: Option<&str>| {
        keys.fitting(SignatureAlgorithm::Es256, kid)
            .map(|keys| keys.iter().map(|key| key.kid.clone()).collect::<Vec<_>>())
    };
    let one = jwks(&[Pair::p256("a"), Pair::ed25519("b")]);
    assert_eq!(of(&one, Some("a")), Ok(vec![Some("a".into())]));
    assert_eq!(of(&one, None), Ok(vec![Some("a".into())]), "the only one of its algorithm");
    assert_eq!(of(&one, Some("b")), Err(TokenError::UnknownKey), "of another algorithm");
    assert_eq!(of(&one, Some("A")), Err(TokenError::UnknownKey));
    let two = jwks(&[Pair::p256("a"), Pair::p256("b")]);
    assert_eq!(of(&two, Some("b")), Ok(vec![Some("b".into())]));
    assert!(matches!(of(&two, None), Err(TokenError::Invalid(_))), "nothing says which");
    assert_eq!(of(&jwks(&[Pair::ed25519("b")]), None), Err(TokenError::UnknownKey), "one may be published yet");

    let files = [Pair::p256("a"), Pair::rsa("c"), Pair::p256("b")].map(|pair| pair.pem().to_owned());
    let file = KeySet::from_pem(files.concat().as_bytes(), ALL).unwrap();
    assert_eq!(of(&file, None), Ok(vec![None, None]), "each is tried");
    assert_eq!(of(&file, Some("arn:aws:kms:eu:1:key/7f")), Ok(vec![None, None]), "a file has no names");
    assert!(matches!(of(&file, Some("../a")), Err(TokenError::Invalid(_))));
}

#[test]
fn both_keys_of_a_rotation_count() {
    let (old, new) = (Pair::p256("old"), Pair::p256("new"));
    let file = KeySet::from_pem([old.pem(), new.pem()].concat().as_bytes(), ALL).unwrap();
    for pair in [&old, &new] {
        let token = pair.sign(&json!({"sub": "42"}));
        let (header, algorithm) = read_header(&token).unwrap();
        let claims: Value = decode(&token, file.fitting(algorithm, header.kid.as_deref()).unwrap()).unwrap();
        assert_eq!(claims["sub"], "42");
    }
}
