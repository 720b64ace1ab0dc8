//! What gateways ask about presence: whom a person may see, and what people chose to show.

use std::sync::Arc;

use chat_bus::rpc::{RpcError, RpcService};
use chat_protocol::presence::{
    ACQUAINTANCES_PAGE, AcquaintancesRequest, AcquaintancesResponse, ChoicesRequest, ChoicesResponse, MAX_CHOICES,
};
use chat_runtime::lifecycle::Lifecycle;
use chat_store::presence::{self, AcquaintanceWindow};

use crate::app::App;
use crate::error::ApiError;

/// Answers until the stop.
pub(crate) fn serve(service: &Arc<RpcService>, app: &Arc<App>, lifecycle: &Lifecycle) {
    let (stop, answering, shared) = (lifecycle.stop(), Arc::clone(service), Arc::clone(app));
    lifecycle.spawn("rpc acquaintances", async move {
        let acquaintances = move |request| acquaintances(Arc::clone(&shared), request);
        Ok(answering.serve("acquaintances", stop, acquaintances).await?)
    });
    let (stop, answering, shared) = (lifecycle.stop(), Arc::clone(service), Arc::clone(app));
    lifecycle.spawn("rpc choices", async move {
        let choices = move |request| choices(Arc::clone(&shared), request);
        Ok(answering.serve("choices", stop, choices).await?)
    });
}

async fn acquaintances(app: Arc<App>, request: AcquaintancesRequest) -> Result<AcquaintancesResponse, RpcError> {
    let window = AcquaintanceWindow::After(request.after);
    let people = presence::acquaintances(app.database.pool(), request.user_id, window, ACQUAINTANCES_PAGE);
    let people = app.within(people).await.map_err(unavailable)?;
    let is_full = people.len() >= ACQUAINTANCES_PAGE as usize;
    let next = people.last().filter(|_| is_full).map(|last| last.user_id);
    Ok(AcquaintancesResponse { people, next })
}

async fn choices(app: Arc<App>, request: ChoicesRequest) -> Result<ChoicesResponse, RpcError> {
    if request.user_ids.len() > MAX_CHOICES {
        return Err(RpcError::Invalid(format!("at most {MAX_CHOICES} people")));
    }
    let choices = presence::choices(app.database.pool(), &request.user_ids);
    Ok(ChoicesResponse { choices: app.within(choices).await.map_err(unavailable)? })
}

/// The reason stays in our log; the gateway asks again.
#[expect(clippy::needless_pass_by_value, reason = "a mapper of errors")]
fn unavailable(error: ApiError) -> RpcError {
    tracing::warn!("a gateway's question about presence got no answer: {error}");
    RpcError::Unavailable("the database does not answer".to_owned())
}
