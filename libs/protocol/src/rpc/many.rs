//! Questions of many sockets in one: what a gateway asks when all of its people come at once.

use serde::{Deserialize, Serialize};

use super::{AuthorizeRequest, AuthorizeResponse, ConversationReadState, ReadStatesRequest};

/// The questions of one request; their conversations are together at most as many as one question may name.
pub const MAX_QUESTIONS: usize = 256;

/// `chat.rpc.api.authorize_many`: several [`AuthorizeRequest`]s, at most [`MAX_QUESTIONS`] with 1,000 conversations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizeManyRequest {
    /// Of whom.
    pub questions: Vec<AuthorizeRequest>,
}

/// The answer to [`AuthorizeManyRequest`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizeManyResponse {
    /// One for each question, in that order.
    pub answers: Vec<Authorization>,
}

/// The answer to one of many questions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Authorization {
    /// What holds for the person.
    Known(AuthorizeResponse),
    /// The person is not let in.
    Refused,
    /// It cannot be known now. Repeat with backoff.
    Unavailable,
}

/// `chat.rpc.api.read_states_many`: several [`ReadStatesRequest`]s, at most [`MAX_QUESTIONS`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadStatesManyRequest {
    /// Of whom.
    pub questions: Vec<ReadStatesRequest>,
}

/// The answer to [`ReadStatesManyRequest`]; cut at 512 KiB. The first question always has its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadStatesManyResponse {
    /// What was asked for, once for all who see the same.
    pub states: Vec<ConversationReadState>,
    /// For each question which of the states answer it, in the order asked for; null: ask again.
    pub answers: Vec<Option<Vec<usize>>>,
}
