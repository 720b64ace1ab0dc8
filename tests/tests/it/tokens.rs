//! Tokens that follow each other: refreshing, logging out, and what late reuse does.

use std::time::{Duration, Instant};

use chat_auth::{RefreshToken, RefreshTokens, Rules};
use chat_e2e::{Answer, App, PATIENCE};
use chat_protocol::ids::{FamilyId, TokenId, UserId};
use chat_protocol::rest::PlatformRole;
use chat_store::token_families::{self, IssuedToken, PAGE, Presented, Rotation};
use chat_store::{Database, users};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join_all;
use serde_json::{Value, json};
use sqlx::PgConnection;

const REGISTER: &str = "/api/auth/register/";
const TOKEN: &str = "/api/auth/token/";
const REFRESH: &str = "/api/auth/token/refresh/";
const LOGOUT: &str = "/api/auth/logout/";
const ME: &str = "/api/auth/me/";

/// How soon everybody refuses what was revoked; three times as long in CI.
pub fn revoked_within() -> Duration {
    Duration::from_secs(if std::env::var_os("CI").is_some() { 6 } else { 2 })
}

/// Somebody with an account.
pub struct Member {
    pub id: i64,
    credentials: Value,
}

impl Member {
    pub async fn register(app: &App) -> Self {
        let credentials = json!({"username": format!("member-{}", app.fresh_id()), "password": "correct horse"});
        let account = app.anon().post(REGISTER, credentials.clone()).await.expect(201).body;
        Self { id: account["id"].as_i64().unwrap(), credentials }
    }

    pub async fn log_in(&self, app: &App) -> Tokens {
        Tokens::of(&self.try_log_in(app).await.expect(200))
    }

    pub async fn try_log_in(&self, app: &App) -> Answer {
        app.anon().post(TOKEN, self.credentials.clone()).await
    }
}

/// What a log-in or a refresh answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tokens {
    pub access: String,
    pub refresh: String,
}

impl Tokens {
    pub fn of(answer: &Answer) -> Self {
        Self { access: answer.text("access"), refresh: answer.text("refresh") }
    }

    fn signer(app: &App) -> RefreshTokens {
        RefreshTokens::hs256(app.jwt_secret().as_bytes(), Rules::default())
    }

    /// What the refresh token says.
    fn read(&self, app: &App) -> RefreshToken {
        Self::signer(app).verify(&self.refresh, Utc::now()).unwrap()
    }
}

pub async fn refresh(app: &App, api: usize, token: &str) -> Answer {
    app.anon_at(api).post(REFRESH, json!({"refresh": token})).await
}

pub async fn log_out(app: &App, token: &str) -> Answer {
    app.anon().post(LOGOUT, json!({"refresh": token})).await
}

/// Waits until both apis refuse the token, no longer than is promised.
async fn is_refused_everywhere_soon(app: &App, access: &str) {
    let revoked = Instant::now();
    for api in [0, 1] {
        while app.with_token_at(api, access).get(ME).await.status != 401 {
            assert!(revoked.elapsed() < revoked_within(), "api {api} still lets a revoked token in");
        }
    }
}

#[tokio::test]
async fn refresh_answers_with_tokens_that_go_on() {
    let app = App::shared().await;
    let member = Member::register(&app).await;
    let first = member.log_in(&app).await;
    let second = Tokens::of(&refresh(&app, 1, &first.refresh).await.expect(200));
    assert_ne!(second.refresh, first.refresh);
    let me = app.with_token(&second.access).get(ME).await.expect(200).body;
    assert_eq!((&me["id"], &me["username"]), (&json!(member.id), &member.credentials["username"]));
    assert_eq!(second.read(&app).family, first.read(&app).family);
    app.with_token(&first.access).get(ME).await.expect(200);
    let third = Tokens::of(&refresh(&app, 0, &second.refresh).await.expect(200));
    app.with_token(&third.access).get(ME).await.expect(200);
}

#[tokio::test]
async fn used_token_is_answered_with_the_same_successor_for_half_a_minute() {
    let app = App::shared().await;
    let member = Member::register(&app).await;
    let first = member.log_in(&app).await;
    let second = Tokens::of(&refresh(&app, 0, &first.refresh).await.expect(200));
    assert_eq!(Tokens::of(&refresh(&app, 1, &first.refresh).await.expect(200)), second);
    // Whether the successor was used meanwhile does not matter.
    let third = Tokens::of(&refresh(&app, 0, &second.refresh).await.expect(200));
    assert_eq!(Tokens::of(&refresh(&app, 0, &first.refresh).await.expect(200)), second);
    app.database().await.age_refresh_tokens(member.id, 20).await;
    assert_eq!(Tokens::of(&refresh(&app, 1, &first.refresh).await.expect(200)), second);
    assert_eq!(Tokens::of(&refresh(&app, 1, &second.refresh).await.expect(200)), third);
}

#[tokio::test]
async fn late_reuse_revokes_the_family() {
    let app = App::shared().await;
    let member = Member::register(&app).await;
    let first = member.log_in(&app).await;
    let second = Tokens::of(&refresh(&app, 0, &first.refresh).await.expect(200));
    let other_device = member.log_in(&app).await;
    app.database().await.age_refresh_tokens(member.id, 30).await;
    refresh(&app, 0, &first.refresh).await.refused(401, "not_authenticated");
    for access in [&first.access, &second.access] {
        is_refused_everywhere_soon(&app, access).await;
    }
    for token in [&first.refresh, &second.refresh] {
        refresh(&app, 1, token).await.refused(401, "not_authenticated");
    }
    app.with_token(&other_device.access).get(ME).await.expect(200);
    refresh(&app, 1, &other_device.refresh).await.expect(200);
}

#[tokio::test]
async fn concurrent_refreshes_agree_on_one_successor() {
    let app = App::shared().await;
    let member = Member::register(&app).await;
    let first = member.log_in(&app).await;
    let answers = join_all((0..16).map(|index| refresh(&app, index, &first.refresh))).await;
    let successors: Vec<_> = answers.into_iter().map(|answer| Tokens::of(&answer.expect(200))).collect();
    assert!(successors.iter().all(|tokens| *tokens == successors[0]), "{successors:#?}");
    refresh(&app, 0, &successors[0].refresh).await.expect(200);
}

#[tokio::test]
async fn logout_ends_the_family_everywhere_and_no_other() {
    let app = App::shared().await;
    let member = Member::register(&app).await;
    let (here, there) = (member.log_in(&app).await, member.log_in(&app).await);
    let outside = app.token(member.id, "From outside");
    let second = Tokens::of(&refresh(&app, 0, &here.refresh).await.expect(200));
    // With an older token of the family: it is still the family's.
    let gone = log_out(&app, &here.refresh).await.expect(204);
    assert_eq!(gone.body, Value::Null);
    for access in [&here.access, &second.access] {
        is_refused_everywhere_soon(&app, access).await;
    }
    let refused = app.with_token(&here.access).get(ME).await.refused(401, "not_authenticated");
    assert_eq!(refused.headers["www-authenticate"], r#"Bearer error="invalid_token""#);
    for token in [&here.refresh, &second.refresh] {
        refresh(&app, 1, token).await.refused(401, "not_authenticated");
    }
    log_out(&app, &second.refresh).await.expect(204);
    for good in [&there.access, &outside] {
        app.with_token_at(1, good).get(ME).await.expect(200);
    }
    refresh(&app, 0, &there.refresh).await.expect(200);
}

#[tokio::test]
async fn what_is_no_good_refresh_token_is_not_authenticated() {
    let app = App::shared().await;
    let member = Member::register(&app).await;
    let tokens = member.log_in(&app).await;
    let good = tokens.read(&app);
    let signer = Tokens::signer(&app);
    let bad = [
        String::new(),
        "garbage".to_owned(),
        tokens.access.clone(),
        format!("{}x", tokens.refresh),
        RefreshTokens::hs256(b"another secret of thirty-two byte", Rules::default()).sign(&good),
        signer.sign(&RefreshToken { expires_at: Utc::now() - TimeDelta::seconds(1), ..good }),
        signer.sign(&RefreshToken { family: FamilyId::generate(), ..good }),
        signer.sign(&RefreshToken { user_id: UserId::new(app.fresh_id()).unwrap(), ..good }),
    ];
    for token in &bad {
        refresh(&app, 0, token).await.refused(401, "not_authenticated");
        log_out(&app, token).await.refused(401, "not_authenticated");
    }
    for path in [REFRESH, LOGOUT] {
        let refused = app.anon().post(path, json!({})).await.refused(400, "invalid");
        assert!(refused.body["errors"]["refresh"].is_array(), "{}", refused.body);
    }
    // None of them has done anything to the family.
    app.with_token(&tokens.access).get(ME).await.expect(200);
    refresh(&app, 0, &tokens.refresh).await.expect(200);
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
}

fn issued(seconds: i64) -> IssuedToken {
    IssuedToken { id: TokenId::generate(), issued_at: at(seconds), expires_at: at(seconds + 1000) }
}

/// A family of a person in a database of the test's own: its first token.
async fn family(store: &Database, access_until: DateTime<Utc>) -> Presented {
    let (user_id, family, first) = (UserId::new(1).unwrap(), FamilyId::generate(), issued(0));
    users::insert_many(store.pool(), &[(user_id, "Ada".into(), PlatformRole::Client)]).await.unwrap();
    token_families::begin(store.pool(), family, user_id, first, access_until).await.unwrap();
    Presented { id: first.id, family, user_id }
}

#[tokio::test]
async fn revoked_families_are_listed_as_long_as_an_access_token_may_be_good() {
    let store = App::shared().await.fresh_store().await;
    let pool = store.pool();
    let [kept, old, new] = [family(&store, at(50)).await, family(&store, at(10)).await, family(&store, at(60)).await];
    for revoked in [old, new] {
        assert!(token_families::revoke(pool, revoked.family, revoked.user_id).await.unwrap());
        assert!(token_families::is_revoked(pool, revoked.family).await.unwrap());
    }
    assert!(!token_families::revoke(pool, kept.family, UserId::new(2).unwrap()).await.unwrap(), "somebody else's");
    assert!(!token_families::is_revoked(pool, kept.family).await.unwrap());
    assert!(!token_families::is_revoked(pool, FamilyId::generate()).await.unwrap());
    let listed = token_families::revoked(pool, at(0), None).await.unwrap();
    assert_eq!(listed.iter().map(|one| one.id).collect::<Vec<_>>(), [old.family, new.family]);
    assert_eq!(token_families::revoked(pool, at(10), None).await.unwrap(), listed[1..]);
    assert_eq!(token_families::revoked(pool, at(0), Some(listed[0])).await.unwrap(), listed[1..]);
    assert!(listed.len() < PAGE);
}

#[tokio::test]
async fn families_are_forgotten_when_all_their_tokens_have_expired() {
    let store = App::shared().await.fresh_store().await;
    let pool = store.pool();
    let (idle, busy) = (family(&store, at(2000)).await, family(&store, at(2000)).await);
    let grace = Duration::from_secs(30);
    let next = issued(1500);
    let rotated = token_families::rotate(pool, busy, next, at(2400), grace).await.unwrap();
    assert_eq!(rotated, Rotation::Successor(next));
    assert_eq!(token_families::forget_expired(pool, at(1999)).await.unwrap(), 0);
    assert_eq!(token_families::forget_expired(pool, at(2001)).await.unwrap(), 1);
    assert_eq!(token_families::rotate(pool, idle, issued(3), at(3), grace).await.unwrap(), Rotation::Unknown);
    let again = token_families::rotate(pool, busy, issued(3), at(3), grace).await.unwrap();
    assert_eq!(again, Rotation::Successor(next));
    assert_eq!(token_families::forget_expired(pool, at(2501)).await.unwrap(), 1);
}

/// Waits until so many statements on the connection's database wait for a lock.
async fn so_many_wait(connection: &mut PgConnection, count: i64) {
    let begun = Instant::now();
    loop {
        sqlx::query("select pg_stat_clear_snapshot()").execute(&mut *connection).await.unwrap();
        let waiting =
            "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
        if sqlx::query_scalar::<_, i64>(waiting).fetch_one(&mut *connection).await.unwrap() == count {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "nobody waits");
    }
}

#[tokio::test]
async fn who_comes_while_a_successor_is_made_gets_that_one() {
    let store = App::shared().await.fresh_store().await;
    let token = family(&store, at(1000)).await;
    let grace = Duration::from_secs(30);
    let mut lock = store.pool().begin().await.unwrap();
    sqlx::query("select from token_families for no key update").execute(&mut *lock).await.unwrap();
    let rotate = |seconds| {
        let pool = store.pool().clone();
        tokio::spawn(
            async move { token_families::rotate(&pool, token, issued(seconds), at(1000), grace).await.unwrap() },
        )
    };
    let rotations = [rotate(1), rotate(2)];
    so_many_wait(&mut lock, 2).await;
    lock.commit().await.unwrap();
    let [first, second] = rotations;
    let successor = first.await.unwrap();
    assert!(matches!(successor, Rotation::Successor(_)), "{successor:?}");
    assert_eq!(second.await.unwrap(), successor);
}
