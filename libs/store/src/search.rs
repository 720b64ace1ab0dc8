//! Finding messages by their words: blocks of messages with their tokens, filled beside the write path, and read together with
//! who takes part in what.

pub mod fold;
pub mod highlight;
pub mod matching;
pub mod query;
pub mod tokens;
