//! What the sockets of this gateway ask the api together: who may read where, how far everybody has read.

use std::time::Duration;

use chat_bus::Bus;
use chat_bus::rpc::{self, RpcError};
use chat_protocol::rpc::{
    Authorization, AuthorizeManyRequest, AuthorizeManyResponse, AuthorizeRequest, AuthorizeResponse, MAX_QUESTIONS,
    ReadStatesManyRequest, ReadStatesManyResponse, ReadStatesRequest, ReadStatesResponse,
};
use tokio_util::sync::CancellationToken;

use crate::gathering::{Gathering, Kind, Verdict};

/// How long the api may take for the questions of one request.
const WAIT: Duration = Duration::from_secs(5);

/// The questions that are asked together.
#[derive(Clone)]
pub struct Asking {
    /// Who may read where.
    pub authorize: Gathering<Authorize>,
    /// How far everybody has read.
    pub read_states: Gathering<ReadStates>,
}

impl Asking {
    /// Asks until `end`.
    #[must_use]
    pub fn start(bus: &Bus, end: &CancellationToken) -> Self {
        Self {
            authorize: Gathering::start(Authorize(bus.clone()), end.clone()),
            read_states: Gathering::start(ReadStates(bus.clone()), end.clone()),
        }
    }
}

/// May these people take part in these conversations?
pub struct Authorize(Bus);

impl Kind for Authorize {
    type Question = AuthorizeRequest;
    type Answer = AuthorizeResponse;

    const MAX_WEIGHT: usize = MAX_QUESTIONS;

    fn weight(question: &AuthorizeRequest) -> usize {
        question.conversation_ids.len().max(1)
    }

    async fn ask(&self, questions: Vec<AuthorizeRequest>) -> Result<Vec<Verdict<AuthorizeResponse>>, RpcError> {
        let request = AuthorizeManyRequest { questions };
        let response: AuthorizeManyResponse = rpc::call(&self.0, "api", "authorize_many", &request, WAIT).await?;
        let verdict = |answer| {
            Verdict::Answered(match answer {
                Authorization::Known(response) => Ok(response),
                Authorization::Refused => Err(RpcError::Refused("not let in".to_owned())),
                Authorization::Unavailable => Err(RpcError::Unavailable("not known now".to_owned())),
            })
        };
        Ok(response.answers.into_iter().map(verdict).collect())
    }
}

/// How far has everybody read in these conversations?
pub struct ReadStates(Bus);

impl Kind for ReadStates {
    type Question = ReadStatesRequest;
    type Answer = ReadStatesResponse;

    const MAX_WEIGHT: usize = MAX_QUESTIONS;

    fn weight(question: &ReadStatesRequest) -> usize {
        question.conversation_ids.len().max(1)
    }

    async fn ask(&self, questions: Vec<ReadStatesRequest>) -> Result<Vec<Verdict<ReadStatesResponse>>, RpcError> {
        let request = ReadStatesManyRequest { questions };
        let response: ReadStatesManyResponse = rpc::call(&self.0, "api", "read_states_many", &request, WAIT).await?;
        let ReadStatesManyResponse { states, answers } = response;
        let verdict = |answer: Option<Vec<usize>>| {
            let Some(answer) = answer else { return Verdict::AskAgain };
            let conversations = answer.into_iter().map(|state| states.get(state).cloned()).collect::<Option<_>>();
            let response = conversations.map(|conversations| ReadStatesResponse { conversations });
            Verdict::Answered(response.ok_or_else(|| RpcError::Invalid("a state that is not there".to_owned())))
        };
        Ok(answers.into_iter().map(verdict).collect())
    }
}
