//! What gateways, which have no database, ask: who may listen where, and what a log holds after a position.

use std::sync::Arc;

use chat_bus::rpc::{RpcError, RpcService};
use chat_bus::{Bus, BusError};
use chat_protocol::heads::{HeadsRequest, Standpoints};
use chat_protocol::ids::Seq;
use chat_protocol::rpc::{EventsAfterRequest, EventsAfterResponse, FramedEvent};
use chat_runtime::lifecycle::Lifecycle;
use chat_store::log::{self, LoggedEvent};
use chat_store::messages::Window;
use serde_json::value::RawValue;

use crate::app::App;
use crate::error::ApiError;
use crate::{arrivals, families, memberships, presence};

/// The frames of one answer, in bytes; more is asked for again.
const MAX_ANSWER_BYTES: usize = 512 * 1024;
/// The events of one answer.
const MAX_EVENTS: u32 = 500;
/// The conversations of one question about heads; their answer stays below 512 KiB.
const MAX_HEADS: usize = 5000;

/// Answers until the stop.
pub(crate) async fn start(bus: &Bus, app: &Arc<App>, lifecycle: &Lifecycle) -> Result<(), BusError> {
    let service = Arc::new(RpcService::start(bus, "api", env!("CARGO_PKG_VERSION")).await?);
    let (stop, answering, shared) = (lifecycle.stop(), Arc::clone(&service), Arc::clone(app));
    lifecycle.spawn("rpc heads", async move {
        let heads = move |request| heads(Arc::clone(&shared), request);
        Ok(answering.serve("heads", stop, heads).await?)
    });
    arrivals::serve(&service, app, lifecycle);
    presence::serve(&service, app, lifecycle);
    memberships::serve(&service, app, lifecycle);
    families::serve(&service, app, lifecycle);
    let (stop, answering, shared) = (lifecycle.stop(), service, Arc::clone(app));
    lifecycle.spawn("rpc events_after", async move {
        let events_after = move |request| events_after(Arc::clone(&shared), request);
        Ok(answering.serve("events_after", stop, events_after).await?)
    });
    Ok(())
}

async fn heads(app: Arc<App>, request: HeadsRequest) -> Result<Standpoints, RpcError> {
    if request.conversation_ids.len() > MAX_HEADS {
        return Err(RpcError::Invalid(format!("at most {MAX_HEADS} conversations")));
    }
    let heads = log::heads(app.database.pool(), &request.conversation_ids);
    Ok(Standpoints { heads: app.within(heads).await.map_err(unavailable)? })
}

async fn events_after(app: Arc<App>, request: EventsAfterRequest) -> Result<EventsAfterResponse, RpcError> {
    let EventsAfterRequest { conversation_id, user_id, after_seq, limit } = request;
    let pool = app.database.pool();
    let log_epoch = app.within(log::log_epoch(pool)).await.map_err(unavailable)?;
    let window = Window::After(after_seq);
    let stretch = log::stretch(pool, conversation_id, user_id, window, limit.clamp(1, MAX_EVENTS));
    let Some(stretch) = app.within(stretch).await.map_err(unavailable)? else {
        let nowhere = Seq::default();
        let events = Vec::new();
        return Ok(EventsAfterResponse {
            log_epoch,
            is_participant: false,
            first_seq: nowhere,
            last_seq: nowhere,
            events,
        });
    };
    let (first_seq, last_seq) = (stretch.first_seq, stretch.last_seq);
    let events =
        frame_up_to(MAX_ANSWER_BYTES, &stretch.events).map_err(|error| RpcError::Invalid(error.to_string()))?;
    Ok(EventsAfterResponse { log_epoch, is_participant: true, first_seq, last_seq, events })
}

/// Frames events from the first on, until the next would be too much; always at least one.
fn frame_up_to(max_bytes: usize, events: &[LoggedEvent]) -> Result<Vec<FramedEvent>, serde_json::Error> {
    let mut framed = Vec::with_capacity(events.len());
    let mut bytes = 0;
    for logged in events {
        let event = &logged.event;
        let frame: Box<RawValue> = serde_json::value::to_raw_value(event)?;
        bytes += frame.get().len();
        if bytes > max_bytes && !framed.is_empty() {
            break;
        }
        framed.push(FramedEvent { seq: event.seq(), kind: event.kind(), facts: logged.facts, frame });
    }
    Ok(framed)
}

/// The reason stays in our log; the gateway asks again, unless the person is not let in.
#[expect(clippy::needless_pass_by_value, reason = "a mapper of errors")]
pub(crate) fn unavailable(error: ApiError) -> RpcError {
    if matches!(error, ApiError::BadToken(_)) {
        return RpcError::Refused("the token does not count any more".to_owned());
    }
    tracing::warn!("a gateway's question got no answer: {error}");
    RpcError::Unavailable("the database does not answer".to_owned())
}

#[cfg(test)]
mod tests {
    use chat_protocol::event::{Event, EventFacts, EventKind, LogEvent};
    use chat_protocol::ids::ConversationId;
    use chrono::DateTime;

    use super::*;

    #[test]
    fn answer_is_cut_by_bytes_and_never_empty() {
        let conversation_id = ConversationId::generate();
        let event = |seq: i64| {
            let event = Event::Log(Box::new(LogEvent {
                kind: EventKind::ConversationCreated,
                conversation_id,
                seq: Seq(seq),
                actor_id: None,
                created_at: DateTime::UNIX_EPOCH.into(),
                body: serde_json::Map::new(),
            }));
            LoggedEvent { id: conversation_id.uuid(), command_pos: seq, event, facts: EventFacts::default() }
        };
        let events: Vec<_> = (1..=4).map(event).collect();
        let one = serde_json::to_string(&events[0].event).unwrap().len();
        for (max_bytes, expected) in [(1, 1), (one, 1), (2 * one - 1, 1), (2 * one, 2), (100 * one, 4)] {
            let framed = frame_up_to(max_bytes, &events).unwrap();
            assert_eq!(framed.len(), expected, "{max_bytes}");
            assert_eq!(framed[0].frame.get(), serde_json::to_string(&events[0].event).unwrap());
        }
    }
}
