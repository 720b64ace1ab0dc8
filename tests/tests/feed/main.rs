//! The event feed as consumers outside see it: what they are sent, the examples of consumers in three languages, what happens when
//! the stream is lost, replay, and the document that describes all of it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod asyncapi;
mod consumer;
mod events;
mod examples;
mod operator;
mod replay;
mod republication;
mod traffic;
