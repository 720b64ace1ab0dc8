//! What one address may do: connections, and calls of nobody. Whom an address belongs to, trusted proxies say.

use chat_e2e::{Credentials, Rest, Socket};
use reqwest::Method;
use tokio_tungstenite::tungstenite::Error;

use crate::{app, fresh_address, from, number};

#[tokio::test]
async fn address_has_so_many_sockets() {
    let app = app().await;
    let (here, there) = (fresh_address(), fresh_address());
    let url = format!("{}/ws/", app.gateways()[0]);
    let mut open = Vec::new();
    let connect = async |address: &str| {
        let forwarded = [("x-forwarded-for", address)];
        Socket::connect_with(&url, Credentials::None, &forwarded).await
    };
    for _ in 0..4 {
        open.push(connect(&here).await.unwrap());
    }
    let Err(Error::Http(refused)) = connect(&here).await else { panic!("a fifth socket") };
    assert_eq!(refused.status(), 503);
    assert!(refused.headers().contains_key("retry-after"));
    open.push(connect(&there).await.expect("another address is not concerned"));
}

#[tokio::test]
async fn nobody_asks_only_so_often_and_a_good_token_goes_on() {
    let app = app().await;
    let (here, ada) = (fresh_address(), app.user("Ada").await);
    let anon = app.anon();
    let mut refused = None;
    for _ in 0..60 {
        let answer = Rest::send(from(&here, &anon, Method::GET, "/api/schema/")).await;
        if answer.status == 429 {
            refused = Some(answer);
            break;
        }
        answer.expect(200);
    }
    let refused = refused.expect("nobody is refused in the end").refused(429, "rate_limited");
    assert!(number(&refused.headers, "retry-after") >= 1);
    Rest::send(from(&here, &ada, Method::GET, "/api/auth/me/")).await.expect(200);
    Rest::send(from(&here, &anon, Method::GET, "/healthz")).await.expect(200);
    Rest::send(from(&fresh_address(), &anon, Method::GET, "/api/schema/")).await.expect(200);
}

#[tokio::test]
async fn bad_tokens_count_as_nobodys() {
    let app = app().await;
    let (here, forger) = (fresh_address(), app.with_token("forged"));
    let mut statuses = Vec::new();
    for _ in 0..60 {
        let answer = Rest::send(from(&here, &forger, Method::GET, "/api/auth/me/")).await;
        statuses.push(answer.status);
        if answer.status == 429 {
            break;
        }
    }
    assert_eq!((statuses[0], statuses.last()), (401, Some(&429)), "{statuses:?}");
}
