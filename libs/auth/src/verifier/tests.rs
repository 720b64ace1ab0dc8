//! Forged and odd tokens, each with its verdict, and the edges of time to the second.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chat_protocol::ids::{FamilyId, UserId};
use chat_protocol::rest::PlatformRole;
use chrono::TimeDelta;
use jsonwebtoken::{Algorithm, EncodingKey};
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::MAX_TOKEN_BYTES;

const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";
const NOW: i64 = 1_800_000_000;
const SOON: i64 = NOW + 60;
const HS256: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

fn signed_by(secret: &[u8], algorithm: Algorithm, header: &str, payload: &str) -> String {
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &EncodingKey::from_secret(secret), algorithm);
    format!("{message}.{}", signature.unwrap())
}

fn signed_text(payload: &str) -> String {
    signed_by(SECRET, Algorithm::HS256, HS256, payload)
}

fn signed(claims: &Value) -> String {
    signed_text(&claims.to_string())
}

/// Good claims, with some of them replaced.
fn with(changes: Value) -> Value {
    let mut claims = json!({"sub": "42", "exp": SOON});
    let Value::Object(changes) = changes else { panic!("changes are an object") };
    claims.as_object_mut().unwrap().extend(changes);
    claims
}

fn verify_by(rules: Rules, token: &str) -> Result<Claims, TokenError> {
    Verifier::hs256(SECRET, rules).verify(token, at(NOW))
}

fn verify(token: &str) -> Result<Claims, TokenError> {
    verify_by(Rules::default(), token)
}

fn is_invalid(result: &Result<Claims, TokenError>) -> bool {
    matches!(result, Err(TokenError::Invalid(_)))
}

#[test]
fn good_token_becomes_claims() {
    let family = Uuid::from_u128(7);
    let claims = verify(&signed(&json!({
        "sub": "42", "exp": SOON, "iat": NOW - 5, "nbf": NOW, "name": " Ada Lovelace ", "role": "freelancer",
        "avatar_url": "https://example.com/a.png", "fam": family, "iss": "x", "aud": ["y"], "token_type": "access",
        "anything": {"else": [1, 2, 3]},
    })));
    let expected = Claims {
        user_id: UserId::new(42).unwrap(),
        name: Some("Ada Lovelace".into()),
        role: PlatformRole::Freelancer,
        avatar_url: Some("https://example.com/a.png".into()),
        issued_at: Some(at(NOW - 5)),
        expires_at: at(SOON),
        family: Some(FamilyId::from_uuid(family)),
    };
    assert_eq!(claims, Ok(expected));
}

#[test]
fn user_id_is_sub_or_without_it_user_id() {
    for (claims, expected) in [
        (json!({"sub": "42", "exp": SOON}), 42),
        (json!({"sub": 42, "exp": SOON}), 42),
        (json!({"sub": "1", "exp": SOON}), 1),
        (json!({"sub": "9007199254740991", "exp": SOON}), 9_007_199_254_740_991),
        (json!({"sub": 9_007_199_254_740_991_i64, "exp": SOON}), 9_007_199_254_740_991),
        (json!({"user_id": 42, "exp": SOON}), 42),
        (json!({"user_id": "42", "exp": SOON}), 42),
        (json!({"sub": "42", "user_id": 7, "exp": SOON}), 42),
        (json!({"sub": "42", "user_id": "nobody", "exp": SOON}), 42),
    ] {
        let user_id = verify(&signed(&claims)).map(|claims| claims.user_id.get());
        assert_eq!(user_id, Ok(expected), "{claims}");
    }
}

#[test]
fn every_other_user_id_is_refused() {
    let too_large = 1_i64 << 53;
    let bad = [
        json!(""),
        json!("0"),
        json!("01"),
        json!(" 1"),
        json!("1 "),
        json!("+1"),
        json!("-1"),
        json!("1e3"),
        json!("1.0"),
        json!("0x10"),
        json!("ada"),
        json!("1\u{0}"),
        json!("١"),
        json!(too_large.to_string()),
        json!("99999999999999999999"),
        json!(0),
        json!(-1),
        json!(1.0),
        json!(1.5),
        json!(1e3),
        json!(too_large),
        json!(u64::MAX),
        json!(true),
        json!(false),
        json!(null),
        json!([]),
        json!(["42"]),
        json!({"id": 42}),
    ];
    for id in bad {
        for claims in [
            json!({"sub": id, "exp": SOON}),
            json!({"user_id": id, "exp": SOON}),
            json!({"sub": id, "user_id": 42, "exp": SOON}),
        ] {
            let result = verify(&signed(&claims));
            assert!(is_invalid(&result), "{claims}: {result:?}");
        }
    }
    assert!(is_invalid(&verify(&signed(&json!({"exp": SOON})))));
}

#[test]
fn exp_is_required_and_a_number() {
    assert!(is_invalid(&verify(&signed(&json!({"sub": "42"})))));
    for bad in [json!("1800000060"), json!(null), json!(true), json!([SOON]), json!({"at": SOON}), json!("")] {
        let result = verify(&signed(&with(json!({"exp": bad}))));
        assert!(is_invalid(&result), "{bad}: {result:?}");
    }
    for beyond_the_calendar in [json!(u64::MAX), json!(i64::MAX), json!(1e300), json!(-1e300), json!(i64::MIN)] {
        let result = verify(&signed(&with(json!({"exp": beyond_the_calendar}))));
        assert!(is_invalid(&result), "{beyond_the_calendar}: {result:?}");
    }
    for nonsense in ["1e999", "NaN", "Infinity", "0123"] {
        let result = verify(&signed_text(&format!(r#"{{"sub":"42","exp":{nonsense}}}"#)));
        assert!(is_invalid(&result), "{nonsense}: {result:?}");
    }
    for past in [json!(0), json!(-1), json!(-0.5), json!(NOW - 1)] {
        assert_eq!(verify(&signed(&with(json!({"exp": past})))), Err(TokenError::Expired), "{past}");
    }
    let far = verify(&signed(&with(json!({"exp": 253_402_300_799_i64})))).unwrap();
    assert_eq!(far.expires_at, at(253_402_300_799));
    let float = verify(&signed_text(r#"{"sub":"42","exp":1800000001.9}"#)).unwrap();
    assert_eq!(float.expires_at, at(NOW + 1), "a fraction is cut off");
}

#[test]
fn expiry_is_exact_to_the_second() {
    let token = signed(&with(json!({"exp": NOW})));
    let verifier = Verifier::hs256(SECRET, Rules::default());
    assert!(verifier.verify(&token, at(NOW - 1)).is_ok());
    assert!(verifier.verify(&token, at(NOW) - TimeDelta::milliseconds(1)).is_ok());
    assert_eq!(verifier.verify(&token, at(NOW)), Err(TokenError::Expired));
    assert_eq!(verifier.verify(&token, at(NOW + 1)), Err(TokenError::Expired));
}

#[test]
fn not_before_is_exact_to_the_second() {
    let token = signed(&with(json!({"nbf": NOW, "exp": NOW + 10})));
    let verifier = Verifier::hs256(SECRET, Rules::default());
    assert!(is_invalid(&verifier.verify(&token, at(NOW - 1))));
    assert!(verifier.verify(&token, at(NOW)).is_ok());
    assert!(verifier.verify(&token, at(NOW + 1)).is_ok());
}

#[test]
fn leeway_moves_both_edges_and_stops_at_half_a_minute() {
    let token = signed(&with(json!({"nbf": NOW, "exp": NOW + 100})));
    for (leeway_secs, counts_as) in [(5, 5), (30, 30), (31, 30), (3600, 30)] {
        let rules = Rules { leeway: Duration::from_secs(leeway_secs), ..Rules::default() };
        let verifier = Verifier::hs256(SECRET, rules);
        assert!(is_invalid(&verifier.verify(&token, at(NOW - counts_as - 1))));
        assert!(verifier.verify(&token, at(NOW - counts_as)).is_ok());
        assert!(verifier.verify(&token, at(NOW + 100 + counts_as - 1)).is_ok());
        assert_eq!(verifier.verify(&token, at(NOW + 100 + counts_as)), Err(TokenError::Expired));
    }
}

#[test]
fn wrongly_typed_times_are_refused() {
    for claim in ["nbf", "iat"] {
        for bad in [json!("1800000000"), json!(null), json!(true), json!([]), json!(1e300)] {
            let result = verify(&signed(&with(json!({claim: bad}))));
            assert!(is_invalid(&result), "{claim}: {bad}: {result:?}");
        }
    }
    assert!(is_invalid(&verify(&signed(&with(json!({"nbf": NOW + 1}))))));
}

#[test]
fn issue_time_is_never_in_the_future() {
    for (issued_at, expected) in [(NOW - 1, NOW - 1), (NOW, NOW), (NOW + 1, NOW), (NOW + 1_000_000, NOW)] {
        let claims = verify(&signed(&with(json!({"iat": issued_at})))).unwrap();
        assert_eq!(claims.issued_at, Some(at(expected)));
    }
}

#[test]
fn only_the_pinned_algorithm_and_key_count() {
    let payload = json!({"sub": "42", "exp": SOON}).to_string();
    let none = |header: &str| format!("{}.{}.", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(&payload));
    let good = signed_text(&payload);
    let (message, signature) = good.rsplit_once('.').unwrap();
    let other_payload = URL_SAFE_NO_PAD.encode(json!({"sub": "1", "exp": SOON}).to_string());
    let (header, _) = message.split_once('.').unwrap();
    for forged in [
        none(r#"{"alg":"none"}"#),
        none(r#"{"alg":"None","typ":"JWT"}"#),
        none(r#"{"alg":"HS256","typ":"JWT"}"#),
        none(r#"{"typ":"JWT"}"#),
        signed_by(b"another secret of thirty-two byte", Algorithm::HS256, HS256, &payload),
        signed_by(b"", Algorithm::HS256, HS256, &payload),
        signed_by(SECRET, Algorithm::HS512, r#"{"alg":"HS512","typ":"JWT"}"#, &payload),
        signed_by(SECRET, Algorithm::HS384, HS256, &payload),
        signed_by(SECRET, Algorithm::HS256, r#"{"alg":"RS256","typ":"JWT"}"#, &payload),
        signed_by(SECRET, Algorithm::HS256, r#"{"alg":"ES256","typ":"JWT"}"#, &payload),
        signed_by(SECRET, Algorithm::HS256, r#"{"alg":"EdDSA","typ":"JWT"}"#, &payload),
        signed_by(SECRET, Algorithm::HS256, r#"{"alg":"hs256","typ":"JWT"}"#, &payload),
        signed_by(SECRET, Algorithm::HS256, r#"{"alg":"HS256","crit":["b64"],"b64":true}"#, &payload),
        format!("{message}.{}x", &signature[..signature.len() - 1]),
        format!("{message}.{signature}="),
        format!("{message}."),
        format!("{header}.{other_payload}.{signature}"),
    ] {
        let result = verify(&forged);
        assert!(is_invalid(&result), "{forged}: {result:?}");
    }
    assert!(verify(&good).is_ok());
}

#[test]
fn tokens_of_another_use_are_refused() {
    let payload = json!({"sub": "42", "exp": SOON}).to_string();
    for typ in ["ticket", "ticket+jwt", "refresh", "JWE", ""] {
        let header = json!({"alg": "HS256", "typ": typ}).to_string();
        let result = verify(&signed_by(SECRET, Algorithm::HS256, &header, &payload));
        assert_eq!(result, Err(TokenError::Invalid("of another type")), "{typ}");
    }
    for header in [r#"{"alg":"HS256"}"#, r#"{"alg":"HS256","typ":"jwt"}"#, r#"{"alg":"HS256","typ":"at+jwt"}"#] {
        assert!(verify(&signed_by(SECRET, Algorithm::HS256, header, &payload)).is_ok(), "{header}");
    }
    for token_type in [json!("refresh"), json!("sliding"), json!(null), json!(1)] {
        assert!(is_invalid(&verify(&signed(&with(json!({"token_type": token_type}))))));
    }
}

#[test]
fn text_that_is_no_token_is_refused() {
    let good = signed(&with(json!({})));
    let mut parts = good.split('.');
    let (header, payload, signature) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
    for bad in [
        String::new(),
        ".".into(),
        "..".into(),
        "...".into(),
        header.into(),
        format!("{header}.{payload}"),
        format!("{header}{payload}{signature}"),
        format!("{good}.{signature}"),
        format!(".{good}"),
        format!(" {good}"),
        format!("{good}\n"),
        format!("Bearer {good}"),
        format!("{header}.ä.{signature}"),
        "null".into(),
        "\0".into(),
        "x".repeat(1 << 20),
        ".".repeat(1 << 20),
    ] {
        assert!(is_invalid(&verify(&bad)), "{:?}", &bad[..bad.len().min(100)]);
    }
    for payload in ["", "null", "[]", "42", "{", "\"sub\"", r#"{"sub":"42","exp":1800000060"#] {
        assert!(is_invalid(&verify(&signed_text(payload))), "{payload}");
    }
    let twice = r#"{"sub":"1","sub":"42","exp":1800000060}"#;
    assert!(is_invalid(&verify(&signed_text(twice))), "two readers may take another one each");
}

#[test]
fn token_over_eight_kib_is_refused_though_it_is_signed() {
    let sized = |length: usize| signed(&with(json!({"padding": "x".repeat(length)})));
    assert!(verify(&sized(5000)).is_ok());
    let large = sized(MAX_TOKEN_BYTES);
    assert_eq!(verify(&large), Err(TokenError::Invalid("too long")));
    assert_eq!(verify(&sized(1 << 20)), Err(TokenError::Invalid("too long")));
}

#[test]
fn issuer_and_audience_are_checked_when_configured() {
    let issuer = Rules { issuer: Some("us".into()), ..Rules::default() };
    let audience = Rules { audience: Some("chat".into()), ..Rules::default() };
    for (rules, claims, is_good) in [
        (&issuer, json!({"iss": "us"}), true),
        (&issuer, json!({"iss": "them"}), false),
        (&issuer, json!({"iss": ["us"]}), false),
        (&issuer, json!({"iss": null}), false),
        (&issuer, json!({}), false),
        (&audience, json!({"aud": "chat"}), true),
        (&audience, json!({"aud": ["mail", "chat"]}), true),
        (&audience, json!({"aud": ["mail"]}), false),
        (&audience, json!({"aud": "chatter"}), false),
        (&audience, json!({"aud": []}), false),
        (&audience, json!({"aud": {"chat": true}}), false),
        (&audience, json!({}), false),
    ] {
        let result = verify_by(rules.clone(), &signed(&with(claims.clone())));
        assert_eq!(result.is_ok(), is_good, "{claims}: {result:?}");
        assert!(is_good || is_invalid(&result));
    }
}

#[test]
fn expired_is_said_only_of_tokens_that_are_good_otherwise() {
    let rules = Rules { issuer: Some("us".into()), ..Rules::default() };
    let old = NOW - 100;
    assert_eq!(verify_by(rules.clone(), &signed(&with(json!({"exp": old, "iss": "us"})))), Err(TokenError::Expired));
    assert!(is_invalid(&verify_by(rules.clone(), &signed(&with(json!({"exp": old, "iss": "them"}))))));
    assert!(is_invalid(&verify_by(rules, &signed(&with(json!({"exp": old, "iss": "us", "sub": "ada"}))))));
    let payload = with(json!({"exp": old})).to_string();
    assert!(is_invalid(&verify(&signed_by(b"other", Algorithm::HS256, HS256, &payload))));
}

#[test]
fn describing_claims_are_dropped_when_wrong() {
    for bad in [json!(42), json!(null), json!(""), json!("  "), json!("\u{0}\n"), json!(["Ada"]), json!(true)] {
        let claims = verify(&signed(&with(json!({"name": bad})))).unwrap();
        assert_eq!(claims.name, None, "{bad}");
    }
    let name = verify(&signed(&with(json!({"name": "é".repeat(500)})))).unwrap().name.unwrap();
    assert_eq!(name.chars().count(), 200);
    let name = verify(&signed(&with(json!({"name": "\tA\u{0}da\n"})))).unwrap().name;
    assert_eq!(name.as_deref(), Some("Ada"));
    for bad in [json!("javascript:alert(1)"), json!("data:image/png;base64,x"), json!("//x"), json!(1), json!(null)] {
        let claims = verify(&signed(&with(json!({"avatar_url": bad})))).unwrap();
        assert_eq!(claims.avatar_url, None, "{bad}");
    }
}

#[test]
fn no_claim_makes_an_admin_or_a_service() {
    for (role, expected) in [
        (json!("client"), PlatformRole::Client),
        (json!("freelancer"), PlatformRole::Freelancer),
        (json!("admin"), PlatformRole::Client),
        (json!("service"), PlatformRole::Client),
        (json!("Freelancer"), PlatformRole::Client),
        (json!("root"), PlatformRole::Client),
        (json!(["freelancer"]), PlatformRole::Client),
        (json!(2), PlatformRole::Client),
        (json!(null), PlatformRole::Client),
    ] {
        let claims = verify(&signed(&with(json!({"role": role})))).unwrap();
        assert_eq!(claims.role, expected, "{role}");
    }
    assert_eq!(verify(&signed(&with(json!({})))).unwrap().role, PlatformRole::Client);
}

#[test]
fn service_is_who_says_so_by_an_issuer_that_is_listed() {
    let rules = |issuer: Option<&str>| Rules {
        issuer: issuer.map(str::to_owned),
        service_issuers: vec!["backend".into(), "billing".into()],
        ..Rules::default()
    };
    let role = |rules: Rules, claims: Value| verify_by(rules, &signed(&with(claims))).map(|claims| claims.role);
    for ours in [None, Some("us")] {
        for listed in ["backend", "billing"] {
            let service = role(rules(ours), json!({"iss": listed, "role": "service"}));
            assert_eq!(service, Ok(PlatformRole::Service), "{listed} beside {ours:?}");
        }
        for not_listed in [json!("backend "), json!("Backend"), json!(["backend"]), json!(null), json!("")] {
            let role = role(rules(ours), json!({"iss": not_listed, "role": "service"}));
            assert_eq!(role.ok(), ours.is_none().then_some(PlatformRole::Client), "{not_listed} beside {ours:?}");
        }
    }
    assert_eq!(role(rules(None), json!({"role": "service"})), Ok(PlatformRole::Client), "of nobody known");
    assert_eq!(role(rules(Some("us")), json!({"iss": "us", "role": "service"})), Ok(PlatformRole::Client));
    let person = role(rules(Some("us")), json!({"iss": "backend", "role": "client"}));
    assert_eq!(person, Err(TokenError::Invalid("by another issuer")), "listed for services alone");
}

#[test]
fn malformed_family_is_refused() {
    for bad in [json!("x"), json!(7), json!(null), json!("")] {
        assert!(is_invalid(&verify(&signed(&with(json!({"fam": bad}))))));
    }
}

proptest! {
    #[test]
    fn no_text_is_a_token(text in "[A-Za-z0-9_.=-]{0,300}|\\PC{0,300}") {
        prop_assert!(is_invalid(&verify(&text)));
    }

    #[test]
    fn no_changed_byte_survives(position: prop::sample::Index, byte in 0_u8..128) {
        let good = signed(&with(json!({"name": "Ada"})));
        let mut bytes = good.clone().into_bytes();
        let position = position.index(bytes.len());
        bytes[position] = byte;
        let changed = String::from_utf8(bytes).unwrap();
        prop_assume!(changed != good);
        prop_assert!(is_invalid(&verify(&changed)));
    }
}
