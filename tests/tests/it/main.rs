//! User stories on one stack that nobody breaks: each module is a topic, each test a fact.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod accounts;
mod all_conversations;
mod attachments;
mod attachments_store;
mod bad_frames;
mod bad_requests;
mod conversations;
mod expiry;
mod first_message;
mod history;
mod large_lists;
mod membership;
mod messages;
mod openapi;
mod operations;
mod order;
mod participants;
mod plans;
mod poison;
mod presence;
mod reading;
mod receipts;
mod removal;
mod repetition;
mod search;
mod sockets;
mod store;
mod store_changes;
mod store_news;
mod store_presence;
mod store_reading;
mod ten_people;
mod tickets;
mod tokens;
mod typing;
