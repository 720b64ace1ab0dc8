//! The door without NATS: what can be decided here is, and what cannot sends people away for a while.

use std::time::Duration;

use chat_auth::{Bearer, Rules, Signer, Verifier};
use chat_bus::NatsOptions;
use chat_bus::revocations::{Revocation, Upstream};
use chat_protocol::ids::{TokenId, UserId};
use chat_protocol::rest::PlatformRole;
use chrono::TimeDelta;
use tokio_util::sync::CancellationToken;

use super::*;

const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

async fn door(allows_query_token: bool) -> Admission {
    let options = NatsOptions { url: "nats://127.0.0.1:1".into(), user: None, password: None, name: "test".into() };
    let bus = Bus::connect(&options).await.unwrap();
    let revocations = Revocations::start(&bus, Upstream::Api, CancellationToken::new()).await.unwrap();
    let keyring = Keyring::fixed(Verifier::hs256(SECRET, Rules::default()));
    Admission::new(keyring, Tickets::hs256(SECRET, Rules::default()), bus, revocations, allows_query_token)
}

fn token(family: Option<FamilyId>, ttl: Duration) -> String {
    let user_id = UserId::new(7).unwrap();
    let bearer = Bearer { user_id, name: "Ada".into(), role: PlatformRole::Client, avatar_url: None, family };
    Signer::hs256(SECRET, Rules::default(), ttl).access_token(&bearer, now(), ttl)
}

fn ticket(family: Option<FamilyId>) -> String {
    let claims = Verifier::hs256(SECRET, Rules::default());
    let claims = claims.verify(&token(family, Duration::from_hours(1)), now()).unwrap();
    Tickets::hs256(SECRET, Rules::default()).sign(&Ticket::new(TokenId::generate(), claims, now()))
}

#[tokio::test]
async fn nobody_is_let_in_before_it_is_known_what_is_revoked() {
    let door = door(false).await;
    let token = token(None, Duration::from_mins(1));
    let refused = door.admit(Credential::Token(token.clone()), now()).await.unwrap_err();
    assert_eq!((refused, refused.close_code()), (AdmissionError::Unavailable, CloseCode::Unavailable));
    assert_eq!(door.verify_token(&token, now()), Err(AdmissionError::Unavailable));
    let late = now() + TimeDelta::minutes(1);
    assert_eq!(door.verify_token(&token, late), Err(AdmissionError::Expired));
    let forged = door.verify_token(&format!("{token}x"), now()).unwrap_err();
    assert_eq!(forged.close_code(), CloseCode::NotAuthenticated);
}

#[tokio::test]
async fn token_of_a_revoked_family_or_person_is_refused() {
    let family = FamilyId::generate();
    let person = Revocation::of_user(UserId::new(7).unwrap(), (now() + TimeDelta::seconds(1)).into());
    for (revocation, family) in [(Revocation::Family(family), Some(family)), (person, None)] {
        let door = door(false).await;
        let token = token(family, Duration::from_mins(1));
        door.revocations.learn([revocation]);
        assert_eq!(door.verify_token(&token, now()), Err(AdmissionError::Revoked));
        assert_eq!(door.admit(Credential::Token(token), now()).await, Err(AdmissionError::Revoked));
        assert_eq!(door.admit(Credential::Ticket(ticket(family)), now()).await, Err(AdmissionError::Revoked));
        let issued_at = Some(now().into());
        door.watch(Origin { user_id: UserId::new(7).unwrap(), issued_at, family }).revoked().await;
    }
}

#[tokio::test]
async fn what_cannot_be_found_out_is_for_later() {
    let door = door(false).await;
    let token = token(Some(FamilyId::generate()), Duration::from_mins(1));
    let (token, ticket) = (Credential::Token(token), Credential::Ticket(ticket(None)));
    let refused = tokio::join!(door.admit(token, now()), door.admit(ticket, now()));
    assert_eq!(refused, (Err(AdmissionError::Unavailable), Err(AdmissionError::Unavailable)));
    assert_eq!(AdmissionError::Unavailable.close_code(), CloseCode::Unavailable);
}

#[tokio::test]
async fn token_and_ticket_do_not_pass_for_each_other() {
    let door = door(true).await;
    let (token, ticket) = (token(None, Duration::from_mins(1)), ticket(None));
    for wrong in [Credential::Ticket(token), Credential::Token(ticket.clone()), Credential::QueryToken(ticket)] {
        let refused = door.admit(wrong, now()).await.unwrap_err();
        assert_eq!(refused.close_code(), CloseCode::NotAuthenticated);
    }
}

#[tokio::test]
async fn expired_ticket_is_told_so() {
    let door = door(false).await;
    let expired = door.admit(Credential::Ticket(ticket(None)), now() + TimeDelta::seconds(30)).await.unwrap_err();
    assert_eq!((expired, expired.close_code()), (AdmissionError::Expired, CloseCode::TokenExpired));
}

#[tokio::test]
async fn token_in_the_url_counts_only_where_it_is_allowed() {
    let (strict, open) = (door(false).await, door(true).await);
    let token = token(None, Duration::from_mins(1));
    let query = format!("after_seq=7&token={token}");
    assert_eq!(strict.credential_in(&query), None);
    let refused = strict.admit(Credential::QueryToken(token.clone()), now()).await.unwrap_err();
    assert_eq!(refused.close_code(), CloseCode::NotAuthenticated);
    let shown = open.credential_in(&query).unwrap();
    assert_eq!(shown, Credential::QueryToken(token.clone()));
    let shown = open.admit(shown, now()).await.unwrap_err();
    assert_eq!(shown, AdmissionError::Unavailable, "a good one");
    let both = format!("{query}&ticket=abc");
    assert_eq!(open.credential_in(&both), Some(Credential::Ticket("abc".into())), "a ticket comes first");
    assert_eq!(strict.credential_in("ticket=&x&ticket"), None);
    assert!(!format!("{:?}", open.credential_in(&query)).contains(&token));
}
