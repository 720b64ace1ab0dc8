//! What gateways ask about people and their conversations: where somebody takes part, whether news of that was missed, and
//! how far everybody has read.

use std::sync::Arc;

use chat_bus::rpc::{RpcError, RpcService};
use chat_protocol::rpc::{
    MAX_QUESTIONS, MembershipVersionsRequest, MembershipVersionsResponse, MembershipsRequest, MembershipsResponse,
    ReadStatesManyRequest, ReadStatesManyResponse, ReadStatesRequest, ReadStatesResponse,
};
use chat_runtime::lifecycle::Lifecycle;
use chat_store::reads::StatesOfMany;
use chat_store::{memberships, reads};

use crate::app::App;
use crate::rpc::unavailable;

/// The people of one question about versions.
const MAX_PEOPLE: usize = 2000;
/// The conversations of one question about read states.
const MAX_CONVERSATIONS: usize = 100;
/// The conversations of all questions of one request.
const MAX_CONVERSATIONS_TOGETHER: usize = 1000;

/// Answers until the stop.
pub(crate) fn serve(service: &Arc<RpcService>, app: &Arc<App>, lifecycle: &Lifecycle) {
    let (stop, answering, shared) = (lifecycle.stop(), Arc::clone(service), Arc::clone(app));
    lifecycle.spawn("rpc memberships", async move {
        let page = move |request| page(Arc::clone(&shared), request);
        Ok(answering.serve("memberships", stop, page).await?)
    });
    let (stop, answering, shared) = (lifecycle.stop(), Arc::clone(service), Arc::clone(app));
    lifecycle.spawn("rpc membership_versions", async move {
        let versions = move |request| versions(Arc::clone(&shared), request);
        Ok(answering.serve("membership_versions", stop, versions).await?)
    });
    let (stop, answering, shared) = (lifecycle.stop(), Arc::clone(service), Arc::clone(app));
    lifecycle.spawn("rpc read_states", async move {
        let read_states = move |request| read_states(Arc::clone(&shared), request);
        Ok(answering.serve("read_states", stop, read_states).await?)
    });
    let (stop, answering, shared) = (lifecycle.stop(), Arc::clone(service), Arc::clone(app));
    lifecycle.spawn("rpc read_states_many", async move {
        let read_states = move |request| read_states_of_many(Arc::clone(&shared), request);
        Ok(answering.serve("read_states_many", stop, read_states).await?)
    });
}

async fn page(app: Arc<App>, request: MembershipsRequest) -> Result<MembershipsResponse, RpcError> {
    let page = memberships::page(app.database.pool(), request.user_id, request.after, request.limit);
    app.within(page).await.map_err(unavailable)
}

async fn versions(app: Arc<App>, request: MembershipVersionsRequest) -> Result<MembershipVersionsResponse, RpcError> {
    if request.user_ids.len() > MAX_PEOPLE {
        return Err(RpcError::Invalid(format!("at most {MAX_PEOPLE} people")));
    }
    let versions = memberships::versions(app.database.pool(), &request.user_ids);
    Ok(MembershipVersionsResponse { versions: app.within(versions).await.map_err(unavailable)? })
}

/// What gateways asked before they gathered their questions.
async fn read_states(app: Arc<App>, request: ReadStatesRequest) -> Result<ReadStatesResponse, RpcError> {
    if request.conversation_ids.len() > MAX_CONVERSATIONS {
        return Err(RpcError::Invalid(format!("at most {MAX_CONVERSATIONS} conversations")));
    }
    let states = reads::read_states(app.database.pool(), request.user_id, &request.conversation_ids);
    Ok(ReadStatesResponse { conversations: app.within(states).await.map_err(unavailable)? })
}

async fn read_states_of_many(
    app: Arc<App>,
    request: ReadStatesManyRequest,
) -> Result<ReadStatesManyResponse, RpcError> {
    let conversations = || request.questions.iter().map(|question| question.conversation_ids.len());
    if request.questions.len() > MAX_QUESTIONS
        || conversations().any(|count| count > MAX_CONVERSATIONS)
        || conversations().sum::<usize>() > MAX_CONVERSATIONS_TOGETHER
    {
        return Err(RpcError::Invalid(format!("at most {MAX_CONVERSATIONS} conversations of {MAX_QUESTIONS} people")));
    }
    let asking: Vec<_> = request.questions.iter().map(|one| (one.user_id, &one.conversation_ids[..])).collect();
    let states = reads::read_states_of_many(app.database.pool(), &asking);
    let StatesOfMany { states, answers } = app.within(states).await.map_err(unavailable)?;
    Ok(ReadStatesManyResponse { states, answers })
}
