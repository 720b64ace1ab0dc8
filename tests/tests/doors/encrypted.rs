//! A whole stack over TLS: one message travels all of its ways, and whoever comes without TLS, trusts another authority or has no
//! certificate is refused at every door.

use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use async_nats::ConnectOptions;
use chat_e2e::{App, Certificates, PATIENCE, Role, Stack, TlsMode, options, send_path};
use futures_util::StreamExt as _;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::Message;

/// Whom somebody trusts, and who they are themselves.
#[derive(Clone, Copy)]
struct Trust<'a> {
    authority: &'a Certificates,
    own: Option<(&'a Certificates, &'a str)>,
}

impl Trust<'_> {
    fn tls(self) -> Result<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(self.authority.authority())?)?;
        let builder = ClientConfig::builder().with_root_certificates(roots);
        let Some((certificates, name)) = self.own else { return Ok(builder.with_no_client_auth()) };
        let certificate = CertificateDer::from_pem_file(certificates.certificate(name))?;
        Ok(builder.with_client_auth_cert(vec![certificate], PrivateKeyDer::from_pem_file(certificates.key(name))?)?)
    }

    fn rest(self) -> Result<reqwest::Client> {
        let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).tls_backend_preconfigured(self.tls()?);
        Ok(client.build()?)
    }

    async fn stream(self, url: &str) -> Result<TlsStream<TcpStream>> {
        let (_, address) = url.split_once("://").context("a URL")?;
        let stream = TcpStream::connect(address).await?;
        let name = ServerName::try_from("127.0.0.1")?;
        Ok(timeout(PATIENCE, TlsConnector::from(Arc::new(self.tls()?)).connect(name, stream)).await??)
    }

    async fn broker(self, stack: &Stack) -> Result<()> {
        let (_, address) = stack.nats_url().rsplit_once('@').context("the URL names a user")?;
        let settings = ConnectOptions::with_user_and_password("api".into(), stack.nats_password("api")?.into());
        let settings = settings.tls_client_config(self.tls()?).require_tls(true);
        settings.connect(format!("tls://{address}")).await?.flush().await?;
        Ok(())
    }

    async fn database(self, stack: &Stack) -> Result<()> {
        let (server, _) = stack.role_url(Role::Api)?.split_once('?').context("the URL has parameters")?;
        let own = self.own.map(|(certificates, name)| {
            format!("&sslcert={}&sslkey={}", certificates.certificate(name).display(), certificates.key(name).display())
        });
        let authority = self.authority.authority();
        let trusted = format!("sslmode=verify-full&sslrootcert={}", authority.display());
        let url = format!("{server}?{trusted}{}", own.unwrap_or_default());
        let mut connection = PgConnection::connect(&url).await?;
        sqlx::query("select 1").execute(&mut connection).await?;
        Ok(())
    }
}

async fn stack(tls: TlsMode) -> Result<Stack> {
    // As every program's first line does.
    drop(rustls::crypto::ring::default_provider().install_default());
    let mut options = options()?;
    options.tls = tls;
    Stack::start(options).await
}

/// A message over REST, heard on a socket of the other one.
async fn say_something(stack: &Stack, trust: Trust<'_>) -> Result<()> {
    let (app, rest, api) = (App::of(stack)?, trust.rest()?, stack.api_url()?);
    let gateway = app.gateways()[1].clone();
    let people = [app.fresh_id(), app.fresh_id()].map(|id| (id, app.token(id, "Somebody")));
    for (_, token) in &people {
        rest.get(format!("{api}/api/auth/me/")).bearer_auth(token).send().await?.error_for_status()?;
    }
    let [(_, ada), (ben_id, ben)] = &people;
    let conversations = format!("{api}/api/chat/conversations/");
    let begin = rest.post(&conversations).bearer_auth(ada).json(&json!({"participant_ids": [ben_id]}));
    let made: Value = begin.send().await?.error_for_status()?.json().await?;
    let id = made["id"].as_str().context("an id")?;

    let mut request = format!("{gateway}/ws/chat/{id}/").into_client_request()?;
    request.headers_mut().insert("authorization", format!("Bearer {ben}").parse()?);
    let (mut socket, _) = tokio_tungstenite::client_async(request, trust.stream(&gateway).await?).await?;
    let mut hear = async |wanted: &str| loop {
        let message = timeout(PATIENCE, socket.next()).await?.context("the socket ended")??;
        let Message::Text(text) = message else { continue };
        let frame: Value = serde_json::from_str(&text)?;
        match frame["type"].as_str() {
            Some(kind) if kind == wanted => return anyhow::Ok(frame),
            Some("error") | None => bail!("{frame}"),
            Some(_) => {}
        }
    };
    hear("ready").await?;
    let message = rest.post(format!("{api}{}", send_path(id))).bearer_auth(ada).json(&json!({"content": "sealed"}));
    let sent: Value = message.send().await?.error_for_status()?.json().await?;
    assert_eq!(hear("message_received").await?["message"]["id"], sent["id"]);

    let begin = rest.post(&conversations).bearer_auth(ada).json(&json!({"kind": "group", "participant_ids": [ben_id]}));
    begin.send().await?.error_for_status()?;
    let page = rest.get(format!("{conversations}?page_size=1")).bearer_auth(ada).send().await?;
    let page: Value = page.error_for_status()?.json().await?;
    assert!(page["next"].as_str().is_some_and(|next| next.starts_with("https://")), "{page}");
    Ok(())
}

#[tokio::test]
async fn message_travels_over_tls_and_who_cannot_show_who_they_are_is_refused_everywhere() -> Result<()> {
    let stack = stack(TlsMode::Mutual).await?;
    let app = App::of(&stack)?;
    let ours = stack.certificates().context("the stack has certificates")?;
    let foreign = Certificates::make(&stack.options().data_dir.join("foreign"), &[Certificates::CLIENT])?;
    let own = Some((ours, Certificates::CLIENT));
    let good = Trust { authority: ours, own };
    say_something(&stack, good).await?;
    good.broker(&stack).await?;
    good.database(&stack).await?;

    for (what, trust) in [
        ("another authority", Trust { authority: &foreign, own }),
        ("no certificate", Trust { authority: ours, own: None }),
        ("another's certificate", Trust { authority: ours, own: Some((&foreign, Certificates::CLIENT)) }),
    ] {
        assert!(trust.broker(&stack).await.is_err(), "NATS, {what}");
        assert!(trust.database(&stack).await.is_err(), "Postgres, {what}");
        assert!(trust.rest()?.get(format!("{}/healthz", stack.api_url()?)).send().await.is_err(), "api, {what}");
        let gateway = app.gateways()[0].replace("wss://", "https://");
        assert!(trust.rest()?.get(format!("{gateway}/healthz")).send().await.is_err(), "gateway, {what}");
    }
    refuse_plain_text(&stack, &app).await?;
    stack.stop().await
}

/// Nobody who says something that is not encrypted is answered.
async fn refuse_plain_text(stack: &Stack, app: &App) -> Result<()> {
    for url in [stack.api_url()?, app.gateways()[0].as_str()] {
        let (_, address) = url.split_once("://").context("a URL")?;
        assert!(reqwest::get(format!("http://{address}/healthz")).await.is_err(), "{url}");
    }
    let (_, address) = stack.nats_url().rsplit_once('@').context("the URL names a user")?;
    let password = stack.nats_password("api")?;
    assert!(crate::broker::Knocker::connect(address, "api", password).await.is_err(), "NATS");
    let (server, _) = stack.role_url(Role::Api)?.split_once('?').context("the URL has parameters")?;
    assert!(PgConnection::connect(&format!("{server}?sslmode=disable")).await.is_err(), "Postgres");
    Ok(())
}

#[tokio::test]
async fn without_mutual_tls_clients_need_no_certificate_and_services_do() -> Result<()> {
    let stack = stack(TlsMode::On).await?;
    let ours = stack.certificates().context("the stack has certificates")?;
    let client = Trust { authority: ours, own: None };
    say_something(&stack, client).await?;
    assert!(client.broker(&stack).await.is_err(), "NATS");
    assert!(client.database(&stack).await.is_err(), "Postgres");
    stack.stop().await
}
