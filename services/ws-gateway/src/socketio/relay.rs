//! A request of long polling that came to another gateway than the one that holds its connection: it is asked over NATS.
//! Nothing that the client says leads anywhere but to a gateway that hears its own subject.

use std::sync::Arc;
use std::time::Duration;

use async_nats::{Message, Request as Question, Subscriber};
use chat_protocol::subjects;
use futures_util::StreamExt as _;
use tokio_util::sync::CancellationToken;

use super::SocketIo;
use super::polling;
use super::request::EngineError;
use super::sid::Sid;

/// How long the holder lets a request for packets wait before it says that there are none; then it is asked again. So
/// the death of a holder is noticed.
const SLICE: Duration = Duration::from_secs(5);
/// How much longer an answer may take on its way.
const TRAVEL: Duration = Duration::from_secs(3);
/// How long the sessions of a connection may take to hear what a request brought.
const HEARING: Duration = Duration::from_secs(15);

/// What one gateway asks of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Call<'a> {
    /// The packets that wait.
    Poll(Sid),
    /// To hear these.
    Push(Sid, &'a str),
}

impl<'a> Call<'a> {
    fn encode(self) -> String {
        match self {
            Self::Poll(sid) => format!("poll {sid}\n"),
            Self::Push(sid, payload) => format!("push {sid}\n{payload}"),
        }
    }

    fn decode(text: &'a str) -> Option<Self> {
        let (head, payload) = text.split_once('\n')?;
        let (call, sid) = head.split_once(' ')?;
        let sid = sid.parse().ok()?;
        match call {
            "poll" if payload.is_empty() => Some(Self::Poll(sid)),
            "push" => Some(Self::Push(sid, payload)),
            _ => None,
        }
    }
}

/// What the other answers: packets, nothing, or what is wrong.
type Answer = Result<Option<String>, EngineError>;

fn encode(answer: Answer) -> String {
    match answer {
        Ok(Some(payload)) => format!("packets\n{payload}"),
        Ok(None) => "nothing\n".to_owned(),
        Err(error) => format!("error\n{}", error.number()),
    }
}

fn decode(text: &str) -> Option<Answer> {
    match text.split_once('\n')? {
        ("packets", payload) => Some(Ok(Some(payload.to_owned()))),
        ("nothing", "") => Some(Ok(None)),
        ("error", number) => Some(Err(EngineError::of(number.parse().ok()?)?)),
        _ => None,
    }
}

/// The packets of a connection that another gateway holds.
pub(super) async fn poll(server: &SocketIo, sid: Sid) -> Result<String, EngineError> {
    loop {
        if let Some(payload) = ask(server, sid, Call::Poll(sid), SLICE + TRAVEL).await? {
            return Ok(payload);
        }
    }
}

/// Brings packets to a connection that another gateway holds.
pub(super) async fn push(server: &SocketIo, sid: Sid, payload: &str) -> Result<(), EngineError> {
    ask(server, sid, Call::Push(sid, payload), HEARING + TRAVEL).await.map(drop)
}

/// A question without an answer is not repeated: what was taken for it, or heard, would be lost or heard twice. The
/// client hears that its connection is unknown, opens another and resumes.
async fn ask(server: &SocketIo, sid: Sid, call: Call<'_>, wait: Duration) -> Answer {
    metrics::counter!("chat_gateway_socketio_relayed_total").increment(1);
    let subject = subjects::polling(&sid.gateway.token());
    let question = Question::new().payload(call.encode().into()).timeout(Some(wait));
    let answer = server.shared.bus.client().send_request(subject, question).await.map_err(|error| {
        tracing::debug!(%error, "the gateway that holds a connection does not answer");
        EngineError::SessionUnknown
    })?;
    let text = std::str::from_utf8(&answer.payload).ok().and_then(decode);
    text.unwrap_or(Err(EngineError::BadRequest))
}

/// Answers the questions of other gateways until `stop`.
pub(super) async fn run(server: Arc<SocketIo>, mut calls: Subscriber, stop: CancellationToken) -> anyhow::Result<()> {
    while let Some(Some(message)) = stop.run_until_cancelled(calls.next()).await {
        drop(server.tracker.spawn(respond(server.clone(), message)));
    }
    anyhow::ensure!(stop.is_cancelled(), "the subscription has ended");
    Ok(())
}

async fn respond(server: Arc<SocketIo>, message: Message) {
    let Some(reply) = message.reply else { return };
    let call = std::str::from_utf8(&message.payload).ok().and_then(Call::decode);
    let answer = match call {
        Some(call) => carry_out(&server, call).await,
        None => Err(EngineError::BadRequest),
    };
    if let Err(error) = server.shared.bus.client().publish(reply, encode(answer).into()).await {
        tracing::warn!(%error, "an answer to another gateway could not be sent");
    }
}

async fn carry_out(server: &Arc<SocketIo>, call: Call<'_>) -> Answer {
    let (Call::Poll(sid) | Call::Push(sid, _)) = call;
    let connection = server.find(sid).ok_or(EngineError::SessionUnknown)?;
    match call {
        Call::Poll(_) => polling::poll(&connection, SLICE).await,
        Call::Push(_, payload) => polling::push(server, &connection, payload).await.map(|()| None),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::sid::GatewayRun;
    use super::*;

    proptest! {
        #[test]
        fn calls_and_answers_are_read_back(payload in "(?s).{0,60}") {
            let sid = Sid::draw(GatewayRun::draw());
            for call in [Call::Poll(sid), Call::Push(sid, &payload)] {
                let encoded = call.encode();
                prop_assert_eq!(Call::decode(&encoded), Some(call));
            }
            for answer in [Ok(Some(payload.clone())), Ok(None), Err(EngineError::SessionUnknown)] {
                prop_assert_eq!(decode(&encode(answer.clone())), Some(answer));
            }
        }

        #[test]
        fn no_text_makes_them_panic(text in "(?s)(poll|push|packets|nothing|error)?.{0,60}") {
            let _ = (Call::decode(&text), decode(&text));
        }
    }
}
