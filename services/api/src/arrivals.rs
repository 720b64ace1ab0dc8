//! What gateways ask when people come: who is let in where, of one or of many at once.

use std::sync::Arc;
use std::time::Instant;

use chat_bus::rpc::{RpcError, RpcService};
use chat_protocol::rpc::{
    Authorization, AuthorizeManyRequest, AuthorizeManyResponse, AuthorizeRequest, AuthorizeResponse, MAX_QUESTIONS,
};
use chat_runtime::lifecycle::Lifecycle;
use chat_store::arrivals::{self, Arrival, Coming};
use futures_util::{StreamExt as _, stream};

use crate::app::App;
use crate::rpc::unavailable;

/// The conversations of one request about membership; their answer stays below 512 KiB.
const MAX_MEMBERSHIPS: usize = 1000;
/// People of one request whose claims are taken at once.
const CLAIMS_AT_ONCE: usize = 8;

/// Answers until the stop.
pub(crate) fn serve(service: &Arc<RpcService>, app: &Arc<App>, lifecycle: &Lifecycle) {
    let (stop, answering, shared) = (lifecycle.stop(), Arc::clone(service), Arc::clone(app));
    lifecycle.spawn("rpc authorize", async move {
        let authorize = move |request| authorize(Arc::clone(&shared), request);
        Ok(answering.serve("authorize", stop, authorize).await?)
    });
    let (stop, answering, shared) = (lifecycle.stop(), Arc::clone(service), Arc::clone(app));
    lifecycle.spawn("rpc authorize_many", async move {
        let authorize = move |request| authorize_many(Arc::clone(&shared), request);
        Ok(answering.serve("authorize_many", stop, authorize).await?)
    });
}

/// What gateways asked before they gathered their questions.
async fn authorize(app: Arc<App>, request: AuthorizeRequest) -> Result<AuthorizeResponse, RpcError> {
    let many = authorize_many(app, AuthorizeManyRequest { questions: vec![request] }).await?;
    match many.answers.into_iter().next() {
        Some(Authorization::Known(response)) => Ok(response),
        Some(Authorization::Refused) => Err(RpcError::Refused("the token does not count any more".to_owned())),
        Some(Authorization::Unavailable) | None => {
            Err(RpcError::Unavailable("the database does not answer".to_owned()))
        }
    }
}

async fn authorize_many(app: Arc<App>, request: AuthorizeManyRequest) -> Result<AuthorizeManyResponse, RpcError> {
    let AuthorizeManyRequest { questions } = request;
    let conversations: usize = questions.iter().map(|question| question.conversation_ids.len()).sum();
    if questions.len() > MAX_QUESTIONS || conversations > MAX_MEMBERSHIPS {
        return Err(RpcError::Invalid(format!("at most {MAX_QUESTIONS} people in {MAX_MEMBERSHIPS} conversations")));
    }
    let mut taking = Vec::with_capacity(questions.len());
    for question in &questions {
        taking.push(app.take_claims(&question.identity));
    }
    let taken: Vec<_> = stream::iter(taking).buffered(CLAIMS_AT_ONCE).collect().await;
    let begun = Instant::now();
    let coming = |one: &AuthorizeRequest| (one.identity.user_id, one.conversation_ids.clone());
    let coming: Vec<_> = questions.iter().map(coming).collect();
    let coming: Vec<Coming<'_>> = coming.iter().map(|(user, ids)| (*user, &ids[..])).collect();
    let arrivals = app.within(arrivals::read(app.database.pool(), &coming)).await.map_err(unavailable)?;
    let mut answers = Vec::with_capacity(questions.len());
    for ((question, taken), arrival) in questions.iter().zip(taken).zip(arrivals.people) {
        let known = taken.map_err(unavailable).and_then(|()| {
            let arrival = app.let_in(&question.identity, arrival, begun).map_err(unavailable)?;
            let Arrival { name, status, status_version, memberships, .. } = arrival;
            Ok(AuthorizeResponse { log_epoch: arrivals.log_epoch, name, status, status_version, memberships })
        });
        answers.push(match known {
            Ok(response) => Authorization::Known(response),
            Err(RpcError::Refused(_)) => Authorization::Refused,
            Err(_) => Authorization::Unavailable,
        });
    }
    Ok(AuthorizeManyResponse { answers })
}
