//! One socket of the load: sends what is ordered, takes the time of what comes back, and checks that the log it hears
//! has no hole.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use chat_protocol::error::ErrorCode;
use chat_protocol::message::SendMessageRequest;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use serde::{Deserialize, Serialize};
use tokio::net::TcpStream;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::AUTHORIZATION;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error as WsError, Message};

use crate::latency::Latencies;
use crate::pace::Order;
use crate::people::Seat;

/// How long a socket may take from the connection to `ready`.
const READY_TIMEOUT: Duration = Duration::from_secs(10);

type Stream = WebSocketStream<TcpStream>;

/// What all sockets of a run share.
#[derive(Debug)]
pub(crate) struct Run {
    /// Part of every `client_id`, so that those of another run are not taken for ours.
    pub(crate) tag: String,
    /// What every message says.
    pub(crate) content: String,
    /// Times in `client_id`s count from here.
    pub(crate) base: Instant,
    /// How many stretches there are.
    pub(crate) steps: usize,
    /// What has come back until now.
    pub(crate) progress: Progress,
}

/// Counted while it happens, to know when everything has come back.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    pub(crate) acked: AtomicU64,
    pub(crate) refused: AtomicU64,
    pub(crate) received: AtomicU64,
}

/// What one socket has seen of one stretch.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    pub(crate) acks: Latencies,
    pub(crate) receipts: Latencies,
    pub(crate) send_delays: Latencies,
    pub(crate) acked: u64,
    pub(crate) received: u64,
    pub(crate) refused: BTreeMap<String, u64>,
}

/// What one socket has seen in all.
#[derive(Debug, Default)]
pub(crate) struct Sight {
    pub(crate) steps: Vec<Seen>,
    /// Events whose `seq` did not follow the one before.
    pub(crate) out_of_order: u64,
    /// Why it ended before it was told to.
    pub(crate) closed: Option<String>,
}

/// An open socket whose `ready` has come.
pub(crate) struct Socket {
    stream: Stream,
    run: Arc<Run>,
    /// Its number among all sockets.
    index: usize,
    last_seq: i64,
}

/// The part of a server's frame that is looked at.
#[derive(Deserialize)]
struct Incoming<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    client_id: Option<String>,
    seq: Option<i64>,
    last_seq: Option<i64>,
    code: Option<ErrorCode>,
    message: Option<IncomingMessage>,
}

#[derive(Deserialize)]
struct IncomingMessage {
    client_id: Option<String>,
}

#[derive(Serialize)]
struct Outgoing<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(flatten)]
    request: &'a SendMessageRequest,
}

/// What a `client_id` of ours says.
#[derive(Debug, PartialEq, Eq)]
struct Label {
    sender: usize,
    step: usize,
    intended: Duration,
}

impl Run {
    fn client_id(&self, sender: usize, order: Order) -> String {
        let intended = order.intended.saturating_duration_since(self.base).as_micros();
        format!("{}.{sender}.{}.{intended}.{}", self.tag, order.step, order.number)
    }

    /// Reads a `client_id` back; none if it is not of this run.
    fn label(&self, client_id: Option<&str>) -> Option<Label> {
        let mut parts = client_id?.strip_prefix(self.tag.as_str())?.strip_prefix('.')?.split('.');
        let (sender, step, micros) =
            (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        (step < self.steps).then_some(Label { sender, step, intended: Duration::from_micros(micros) })
    }
}

impl Socket {
    /// Connects and waits for `ready`.
    pub(crate) async fn open(run: Arc<Run>, gateway: SocketAddr, seat: Seat, index: usize) -> anyhow::Result<Self> {
        let opened = timeout(READY_TIMEOUT, Self::connect(gateway, &seat)).await;
        let (stream, last_seq) = opened.context("no `ready` in time")??;
        Ok(Self { stream, run, index, last_seq })
    }

    async fn connect(gateway: SocketAddr, seat: &Seat) -> anyhow::Result<(Stream, i64)> {
        let mut request = format!("ws://{gateway}/ws/chat/{}/", seat.conversation).into_client_request()?;
        request.headers_mut().insert(AUTHORIZATION, HeaderValue::try_from(format!("Bearer {}", seat.token))?);
        let connection = TcpStream::connect(gateway).await?;
        connection.set_nodelay(true)?;
        let config = WebSocketConfig::default().read_buffer_size(16 * 1024).write_buffer_size(16 * 1024);
        let (mut stream, _) = tokio_tungstenite::client_async_with_config(request, connection, Some(config)).await?;
        while let Some(message) = stream.next().await {
            match message? {
                Message::Text(text) => {
                    let frame: Incoming<'_> = serde_json::from_str(&text)?;
                    if let ("ready", Some(last_seq)) = (frame.kind.as_ref(), frame.last_seq) {
                        return Ok((stream, last_seq));
                    }
                }
                Message::Close(frame) => bail!("closed instead of `ready`: {}", close_reason(frame.as_ref())),
                _ => {}
            }
        }
        bail!("the connection ended before `ready`")
    }

    /// Sends and listens until `stop`; never one instead of the other, so that neither waits for the other end.
    pub(crate) async fn serve(
        self,
        orders: Option<UnboundedReceiver<Order>>,
        mut stop: watch::Receiver<bool>,
    ) -> Sight {
        let (sink, stream) = self.stream.split();
        let (run, index) = (self.run, self.index);
        let mut sight = Sight { steps: vec![Seen::default(); run.steps], ..Sight::default() };
        let mut ear = Ear { run: &run, index, last_seq: self.last_seq, sight: &mut sight };
        let mut send_delays = vec![Latencies::default(); run.steps];
        let closed = tokio::select! {
            reason = ear.listen(stream) => Some(reason),
            error = speak(&run, index, sink, orders, &mut send_delays) => Some(error.to_string()),
            // Nobody is left to say stop: as good as said.
            _ = stop.wait_for(|stop| *stop) => None,
        };
        for (seen, delays) in sight.steps.iter_mut().zip(send_delays) {
            seen.send_delays = delays;
        }
        Sight { closed, ..sight }
    }
}

/// Sends what is ordered, all that is due in one write. Returns only when the socket fails.
async fn speak(
    run: &Run,
    index: usize,
    mut sink: SplitSink<Stream, Message>,
    orders: Option<UnboundedReceiver<Order>>,
    delays: &mut [Latencies],
) -> WsError {
    let Some(mut orders) = orders else { return std::future::pending().await };
    let mut request = SendMessageRequest { content: Some(run.content.clone()), ..SendMessageRequest::default() };
    let mut due = Vec::new();
    while orders.recv_many(&mut due, 64).await > 0 {
        for order in due.drain(..) {
            request.client_id = Some(run.client_id(index, order));
            let frame = Outgoing { kind: "send_message", request: &request };
            let text = serde_json::to_string(&frame).expect("a frame of strings is JSON");
            if let Err(error) = sink.feed(Message::text(text)).await {
                return error;
            }
            if let Some(delays) = delays.get_mut(order.step) {
                delays.record(order.intended.elapsed());
            }
        }
        if let Err(error) = sink.flush().await {
            return error;
        }
    }
    std::future::pending().await
}

/// The listening half of a socket.
struct Ear<'a> {
    run: &'a Run,
    index: usize,
    last_seq: i64,
    sight: &'a mut Sight,
}

impl Ear<'_> {
    /// Returns why the socket ended.
    async fn listen(&mut self, mut stream: SplitStream<Stream>) -> String {
        loop {
            match stream.next().await {
                Some(Ok(Message::Text(text))) => match serde_json::from_str(&text) {
                    Ok(frame) => self.hear(&frame),
                    Err(error) => return format!("a frame that is not understood: {error}"),
                },
                Some(Ok(Message::Close(frame))) => return close_reason(frame.as_ref()),
                Some(Ok(_)) => {}
                Some(Err(error)) => return error.to_string(),
                None => return "the connection ended".to_owned(),
            }
        }
    }

    fn hear(&mut self, frame: &Incoming<'_>) {
        match frame.kind.as_ref() {
            "message_sent" => self.hear_ack(frame),
            "error" => self.hear_refusal(frame),
            _ => self.hear_event(frame),
        }
    }

    fn hear_ack(&mut self, frame: &Incoming<'_>) {
        let Some((label, latency)) = self.time(frame.client_id.as_deref()) else { return };
        self.run.progress.acked.fetch_add(1, Ordering::Relaxed);
        let seen = &mut self.sight.steps[label.step];
        seen.acked += 1;
        seen.acks.record(latency);
    }

    fn hear_refusal(&mut self, frame: &Incoming<'_>) {
        let Some((label, _)) = self.time(frame.client_id.as_deref()) else { return };
        self.run.progress.refused.fetch_add(1, Ordering::Relaxed);
        let code = frame.code.map_or_else(|| "without code".to_owned(), |code| code.to_string());
        *self.sight.steps[label.step].refused.entry(code).or_default() += 1;
    }

    fn hear_event(&mut self, frame: &Incoming<'_>) {
        let Some(seq) = frame.seq else { return };
        if seq != self.last_seq + 1 {
            self.sight.out_of_order += 1;
        }
        self.last_seq = seq;
        let client_id = frame.message.as_ref().and_then(|message| message.client_id.as_deref());
        let Some((label, latency)) = self.time(client_id) else { return };
        // One's own message comes too; what counts is how long the others wait for it.
        if label.sender != self.index {
            self.run.progress.received.fetch_add(1, Ordering::Relaxed);
            let seen = &mut self.sight.steps[label.step];
            seen.received += 1;
            seen.receipts.record(latency);
        }
    }

    /// How long after its intended time a message of ours has come.
    fn time(&self, client_id: Option<&str>) -> Option<(Label, Duration)> {
        let label = self.run.label(client_id)?;
        let latency = self.run.base.elapsed().saturating_sub(label.intended);
        Some((label, latency))
    }
}

fn close_reason(frame: Option<&tokio_tungstenite::tungstenite::protocol::CloseFrame>) -> String {
    frame.map_or_else(
        || "closed without a code".to_owned(),
        |frame| format!("{} {}", u16::from(frame.code), frame.reason),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run() -> Run {
        Run {
            tag: "b1".to_owned(),
            content: "x".to_owned(),
            base: Instant::now(),
            steps: 3,
            progress: Progress::default(),
        }
    }

    #[test]
    fn client_id_says_when_the_message_was_due() {
        let run = run();
        let order = Order { step: 2, number: 9, intended: run.base + Duration::from_micros(1234) };
        let label = Label { sender: 7, step: 2, intended: Duration::from_micros(1234) };
        assert_eq!(run.label(Some(&run.client_id(7, order))), Some(label));
        for foreign in [None, Some(""), Some("b2.7.2.1234.9"), Some("b1"), Some("b1.7.3.1.1"), Some("b12.1.1.1.1")] {
            assert_eq!(run.label(foreign), None, "{foreign:?}");
        }
    }

    #[test]
    fn holes_and_own_messages_are_told_apart() {
        let run = run();
        let mut sight = Sight { steps: vec![Seen::default(); 3], ..Sight::default() };
        let mut ear = Ear { run: &run, index: 0, last_seq: 4, sight: &mut sight };
        let event = |seq: i64, sender: usize| {
            format!(r#"{{"type":"message_received","seq":{seq},"message":{{"client_id":"b1.{sender}.1.0.0"}}}}"#)
        };
        for text in [event(5, 0), event(6, 1), event(8, 1)] {
            ear.hear(&serde_json::from_str(&text).unwrap());
        }
        assert_eq!((sight.out_of_order, sight.steps[1].received), (1, 2));
    }

    #[test]
    fn refusals_are_counted_by_code() {
        let run = run();
        let mut sight = Sight { steps: vec![Seen::default(); 3], ..Sight::default() };
        let mut ear = Ear { run: &run, index: 0, last_seq: 0, sight: &mut sight };
        let text = r#"{"type":"error","code":"unavailable","detail":"x","client_id":"b1.0.1.0.0"}"#;
        ear.hear(&serde_json::from_str(text).unwrap());
        assert_eq!(sight.steps[1].refused, BTreeMap::from([("unavailable".to_owned(), 1)]));
    }
}
