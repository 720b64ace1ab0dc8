//! The smallest client of the public doors: REST and WebSocket, JSON as it comes. It shares no code with the services.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use futures_util::{SinkExt, StreamExt};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error as WsError, Message};
use uuid::Uuid;

use crate::history::{Delivery, Via, digest};

/// The longest that a request may take.
const REQUEST_LIMIT: Duration = Duration::from_secs(20);
/// The longest that a connection may take to be made.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// The longest that a frame may take to be written: longer than any process is halted.
const WRITE_LIMIT: Duration = Duration::from_secs(30);
/// Rows asked for at once.
const PAGE_SIZE: u32 = 200;
/// Everybody's.
const PASSWORD: &str = "correct horse battery";

/// The REST door.
#[derive(Debug, Clone)]
pub struct Api {
    urls: Arc<[String]>,
    turn: Arc<AtomicUsize>,
}

/// Somebody with a token.
#[derive(Debug, Clone)]
pub struct Person {
    /// The user id.
    pub id: u64,
    /// An access token.
    pub token: String,
}

/// What became of a message sent over REST.
#[derive(Debug, Clone)]
pub enum Posted {
    /// It is stored.
    Stored {
        /// The message.
        id: Uuid,
        /// Its position.
        seq: i64,
        /// Whether it was stored now (201) or had been before (200).
        is_new: bool,
    },
    /// It is not and never will be.
    Refused(String),
    /// Nobody knows.
    Unknown(String),
}

/// A list, read to its end.
#[derive(Debug, Default)]
pub struct List {
    /// All rows, in the list's order.
    pub rows: Vec<Delivery>,
    /// The first position of the log, where the list tells it.
    pub first_seq: Option<i64>,
    /// The head of the log when the part with the newest rows was read, where the list tells it.
    pub last_seq: Option<i64>,
}

impl Api {
    /// The door at `http://…`.
    #[must_use]
    pub fn new(url: &str) -> Self {
        Self::in_turn([url.to_owned()])
    }

    /// Several doors, each request at the next.
    pub fn in_turn(urls: impl IntoIterator<Item = String>) -> Self {
        Self { urls: urls.into_iter().collect(), turn: Arc::default() }
    }

    fn url(&self) -> &str {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        self.urls.get(turn % self.urls.len().max(1)).map_or("", String::as_str)
    }

    /// A new account, logged in.
    pub async fn register(&self, username: &str) -> Result<Person> {
        let body = json!({"username": username, "password": PASSWORD});
        let account = self.call(Method::POST, "/api/auth/register/", None, Some(&body)).await?;
        let tokens = self.call(Method::POST, "/api/auth/token/", None, Some(&body)).await?;
        let token = tokens["access"].as_str().context("no access token")?.to_owned();
        Ok(Person { id: account["id"].as_u64().context("no user id")?, token })
    }

    /// A new group.
    pub async fn create_group(&self, owner: &Person, others: &[u64]) -> Result<Uuid> {
        let body = json!({"participant_ids": others, "kind": "group", "title": "load"});
        let made = self.call(Method::POST, "/api/chat/conversations/", Some(&owner.token), Some(&body)).await?;
        made["id"].as_str().and_then(|id| id.parse().ok()).context("no conversation id")
    }

    /// The head of a conversation's log.
    pub async fn head(&self, reader: &Person, conv: Uuid) -> Result<i64> {
        let path = format!("/api/chat/conversations/{conv}/");
        let row = self.call(Method::GET, &path, Some(&reader.token), None).await?;
        row["last_seq"].as_i64().context("no last_seq")
    }

    /// Sends a message.
    pub async fn post_message(&self, sender: &Person, conv: Uuid, client_id: &str, content: &str) -> Posted {
        let path = format!("/api/chat/conversations/{conv}/send_message/");
        let body = json!({"content": content, "client_id": client_id});
        let (status, answer) = match self.send(Method::POST, &path, Some(&sender.token), Some(&body)).await {
            Ok(answered) => answered,
            Err(error) => return Posted::Unknown(format!("{error:#}")),
        };
        let code = || answer["code"].as_str().map_or_else(|| status.as_str().to_owned(), str::to_owned);
        match status {
            StatusCode::CREATED | StatusCode::OK => {
                let id = answer["id"].as_str().and_then(|id| id.parse().ok());
                match (id, answer["seq"].as_i64()) {
                    (Some(id), Some(seq)) => Posted::Stored { id, seq, is_new: status == StatusCode::CREATED },
                    _ => Posted::Unknown(format!("an answer without id or seq: {answer}")),
                }
            }
            _ if answer["outcome"] == "unknown" => Posted::Unknown(code()),
            _ if status.is_server_error() && status != StatusCode::SERVICE_UNAVAILABLE => Posted::Unknown(code()),
            _ => Posted::Refused(code()),
        }
    }

    /// Uploads a small file; whether it was taken, or the status.
    pub async fn upload(&self, person: &Person) -> Result<StatusCode> {
        let part =
            "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nsome text\r\n--b--\r\n";
        let request = http().post(format!("{}/api/chat/attachments/", self.url())).bearer_auth(&person.token);
        let request = request.header("content-type", "multipart/form-data; boundary=b").body(part);
        Ok(request.send().await.context("no answer to an upload")?.status())
    }

    /// Reads a list to its end: the positions after `after_seq`.
    pub async fn read_list(&self, reader: &Person, conv: Uuid, via: Via, after_seq: i64) -> Result<List> {
        let query = match via {
            Via::RestFwd => format!("messages/?order=asc&after_seq={after_seq}"),
            Via::RestBack => format!("messages/?after_seq={after_seq}&order=desc"),
            Via::EventsFwd => format!("events/?after_seq={after_seq}"),
            Via::EventsBack => format!("events/?before_seq={}", i64::MAX),
            Via::Live | Via::Resume => bail!("{via:?} is no list"),
        };
        let mut next = Some(format!("{}/api/chat/conversations/{conv}/{query}&page_size={PAGE_SIZE}", self.url()));
        let mut list = List::default();
        while let Some(url) = next {
            let page = self.get(&url, &reader.token).await?;
            let rows = page["results"].as_array().context("a page without results")?;
            list.rows.extend(rows.iter().filter_map(|row| row_of(conv, row, via)));
            if list.last_seq.is_none() || !via.is_backwards() {
                list.last_seq = page["last_seq"].as_i64();
            }
            list.first_seq = page["first_seq"].as_i64();
            next = page["next"].as_str().map(str::to_owned);
        }
        Ok(list)
    }

    async fn get(&self, url: &str, token: &str) -> Result<Value> {
        let response = http().get(url).bearer_auth(token).send().await.with_context(|| format!("GET {url}"))?;
        let status = response.status();
        let text = response.text().await.with_context(|| format!("GET {url}"))?;
        if status != StatusCode::OK {
            bail!("GET {url} was answered {status}: {text}");
        }
        serde_json::from_str(&text).with_context(|| format!("GET {url}: the answer is no JSON"))
    }

    async fn call(&self, method: Method, path: &str, token: Option<&str>, body: Option<&Value>) -> Result<Value> {
        let (status, answer) = self.send(method, path, token, body).await?;
        if !status.is_success() {
            bail!("{path} was answered {status}: {answer}");
        }
        Ok(answer)
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<&Value>,
    ) -> Result<(StatusCode, Value)> {
        let mut request = http().request(method, format!("{}{path}", self.url()));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.context("no answer")?;
        let status = response.status();
        let text = response.text().await.context("half an answer")?;
        Ok((status, serde_json::from_str(&text).unwrap_or(Value::Null)))
    }
}

/// The time of day by the clock of the process behind an operations port, in whole seconds since 1970.
pub async fn clock(ops_url: &str) -> Result<i64> {
    let response = http().get(format!("{ops_url}/healthz")).send().await.context("no answer")?;
    let date = response.headers().get("date").and_then(|date| date.to_str().ok()).context("no date in the answer")?;
    seconds_of(date).with_context(|| format!("{date:?} is no date"))
}

/// Of `Tue, 24 Nov 2026 02:10:08 GMT`; counts days by the civil calendar.
fn seconds_of(date: &str) -> Option<i64> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut words = date.split_whitespace().skip(1);
    let day: i64 = words.next()?.parse().ok()?;
    let name = words.next()?;
    let month = i64::try_from(MONTHS.iter().position(|month| *month == name)?).ok()? + 1;
    let year: i64 = words.next()?.parse().ok()?;
    let mut clock = words.next()?.split(':').map(str::parse::<i64>);
    let mut next = || clock.next()?.ok();
    let (hours, minutes, seconds) = (next()?, next()?, next()?);
    // The year begins in March, so that the leap day is its last.
    let (year, month) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1 - 719_468;
    Some(days * 86_400 + hours * 3_600 + minutes * 60 + seconds)
}

/// What a process says of itself on its operations port: the sum of one metric over its labels.
pub async fn metric(ops_url: &str, name: &str) -> Result<f64> {
    let response = http().get(format!("{ops_url}/metrics")).send().await.context("no metrics")?;
    Ok(sum_of(&response.text().await?, name))
}

fn sum_of(text: &str, name: &str) -> f64 {
    let samples = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let (series, value) = line.rsplit_once(' ')?;
        let of = series.split('{').next()?;
        (of == name).then(|| value.parse::<f64>().ok())?
    });
    samples.sum()
}

/// No pool: the connection of a killed server must not be used again.
fn http() -> &'static reqwest::Client {
    static CLIENT: OnceLock<reqwest::Client> = OnceLock::new();
    CLIENT.get_or_init(|| {
        // Already installed by the program is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).timeout(REQUEST_LIMIT);
        builder.build().expect("a client without certificates of its own can be built")
    })
}

/// How a socket ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// The server said why.
    Closed(u16, String),
    /// It broke.
    Lost(String),
}

impl From<WsError> for End {
    fn from(error: WsError) -> Self {
        Self::Lost(error.to_string())
    }
}

/// A WebSocket.
#[derive(Debug)]
pub struct Socket {
    stream: WebSocketStream<TcpStream>,
}

impl Socket {
    /// Opens one with the token in a header; `receive_buffer` bytes are asked of the kernel, if given.
    pub async fn open(url: &str, token: &str, receive_buffer: Option<u32>) -> Result<Self> {
        timeout(CONNECT_LIMIT, Self::connect(url, token, receive_buffer)).await.context("no upgrade in time")?
    }

    async fn connect(url: &str, token: &str, receive_buffer: Option<u32>) -> Result<Self> {
        let mut request = url.into_client_request().context("no address")?;
        request.headers_mut().insert("authorization", format!("Bearer {token}").parse().context("no header")?);
        let address: SocketAddr = request.uri().authority().context("no address")?.as_str().parse()?;
        let socket = TcpSocket::new_v4()?;
        if let Some(bytes) = receive_buffer {
            socket.set_recv_buffer_size(bytes)?;
        }
        let stream = socket.connect(address).await?;
        stream.set_nodelay(true)?;
        let (stream, _) = tokio_tungstenite::client_async(request, stream).await?;
        Ok(Self { stream })
    }

    /// The next frame. Safe to cancel.
    pub async fn next(&mut self) -> Result<Value, End> {
        loop {
            match self.stream.next().await {
                Some(Ok(Message::Text(text))) => {
                    return serde_json::from_str(&text).map_err(|error| End::Lost(format!("no JSON: {error}")));
                }
                Some(Ok(Message::Close(Some(CloseFrame { code, reason })))) => {
                    return Err(End::Closed(code.into(), reason.to_string()));
                }
                Some(Ok(Message::Close(None))) => return Err(End::Lost("closed without a code".to_owned())),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error.into()),
                None => return Err(End::Lost("end of stream".to_owned())),
            }
        }
    }

    /// Sends a frame.
    pub async fn send(&mut self, frame: &Value) -> Result<(), End> {
        match timeout(WRITE_LIMIT, self.stream.send(Message::text(frame.to_string()))).await {
            Ok(sent) => Ok(sent?),
            Err(_) => Err(End::Lost("a frame could not be written in time".to_owned())),
        }
    }

    /// Says goodbye.
    pub async fn close(mut self) {
        // Whoever does not hear it notices the end of the connection.
        let _ = timeout(CONNECT_LIMIT, self.stream.close(None)).await;
    }
}

/// The durable event in a frame; none if it is another kind of frame.
#[must_use]
pub fn delivery_of(conv: Uuid, frame: &Value, via: Via) -> Option<Delivery> {
    let (seq, kind) = (frame["seq"].as_i64()?, frame["type"].as_str()?);
    if kind == "message_sent" {
        return None;
    }
    match frame.get("message").filter(|_| kind == "message_received") {
        Some(message) if message["seq"].as_i64() == Some(seq) => message_of(conv, message, via),
        Some(_) => Some(other(conv, seq, "message_at_two_positions", via)),
        None => Some(Delivery {
            id: changed(frame),
            sha256: text(frame),
            users: people_in(frame),
            ..other(conv, seq, kind, via)
        }),
    }
}

/// The message that an event changes.
fn changed(frame: &Value) -> Option<Uuid> {
    frame["message_id"].as_str().or_else(|| frame["message"]["id"].as_str())?.parse().ok()
}

/// The text that an edit brings.
fn text(frame: &Value) -> Option<String> {
    frame["message"]["content"].as_str().filter(|text| !text.is_empty()).map(digest)
}

/// Who comes or goes with an event.
fn people_in(frame: &Value) -> Vec<u64> {
    let all =
        frame["conversation"]["participants"].as_array().into_iter().flatten().filter_map(|one| one["id"].as_u64());
    let one = frame["type"].as_str().filter(|kind| matches!(*kind, "participant_added" | "participant_removed"));
    all.chain(one.and_then(|_| frame["user_id"].as_u64())).collect()
}

fn row_of(conv: Uuid, row: &Value, via: Via) -> Option<Delivery> {
    if via.is_whole_log() { delivery_of(conv, row, via) } else { message_of(conv, row, via) }
}

fn message_of(conv: Uuid, message: &Value, via: Via) -> Option<Delivery> {
    Some(Delivery {
        conv: message["conversation_id"].as_str().and_then(|id| id.parse().ok()).unwrap_or(conv),
        seq: message["seq"].as_i64()?,
        kind: "message_received".to_owned(),
        id: message["id"].as_str().and_then(|id| id.parse().ok()),
        sender: message["sender"]["id"].as_u64(),
        client_id: message["client_id"].as_str().map(str::to_owned),
        sha256: message["content"].as_str().filter(|text| !text.is_empty()).map(digest),
        attachments: ids_of(&message["attachments"]),
        via,
        ..Delivery::default()
    })
}

fn other(conv: Uuid, seq: i64, kind: &str, via: Via) -> Delivery {
    Delivery { conv, seq, kind: kind.to_owned(), via, ..Delivery::default() }
}

fn ids_of(list: &Value) -> Vec<Uuid> {
    list.as_array().into_iter().flatten().filter_map(|one| one["id"].as_str()?.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metric_is_summed_over_its_labels() {
        let text = "# TYPE x counter\nx{a=\"1\"} 2\nx{a=\"2\"} 3.5\nx_total 9\ny 1\n";
        assert!((sum_of(text, "x") - 5.5).abs() < f64::EPSILON);
        assert!(sum_of(text, "z").abs() < f64::EPSILON);
    }

    #[test]
    fn dates_are_read() {
        assert_eq!(seconds_of("Thu, 01 Jan 1970 00:00:01 GMT"), Some(1));
        assert_eq!(seconds_of("Tue, 29 Feb 2000 12:00:00 GMT"), Some(951_825_600));
        assert_eq!(seconds_of("soon"), None);
    }

    #[test]
    fn events_are_told_from_other_frames() {
        let conv = Uuid::from_u128(1);
        assert_eq!(delivery_of(conv, &json!({"type": "ready", "last_seq": 3}), Via::Live), None);
        assert_eq!(delivery_of(conv, &json!({"type": "message_sent", "seq": 3}), Via::Live), None);
        let created = delivery_of(conv, &json!({"type": "conversation_created", "seq": 1}), Via::Live).unwrap();
        assert_eq!((created.seq, created.is_message()), (1, false));
        let mut frame =
            json!({"type": "message_received", "seq": 2, "message": {"seq": 2, "content": "x", "sender": {"id": 7}}});
        let seen = delivery_of(conv, &frame, Via::Live).unwrap();
        assert_eq!((seen.sender, seen.sha256), (Some(7), Some(digest("x"))));
        frame["message"]["seq"] = json!(3);
        assert!(!delivery_of(conv, &frame, Via::Live).unwrap().is_message());
    }
}
