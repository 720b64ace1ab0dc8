//! The only SQL of the project: the schema, and one file of free functions for each family of tables.

pub mod accounts;
pub mod admin;
pub mod all_messages;
pub mod apply;
pub mod arrivals;
pub mod attachments;
pub mod blocks;
pub mod conversations;
pub mod error;
pub mod import;
pub mod log;
pub mod log_positions;
pub mod memberships;
pub mod messages;
pub mod missed;
pub mod operator;
pub mod outbox;
pub mod participants;
pub mod partitions;
pub mod pool;
pub mod presence;
pub mod push;
pub mod reads;
pub mod reports;
pub mod revoked_users;
mod schema_check;
pub mod search;
pub mod seed;
pub mod surroundings;
pub mod token_families;
pub mod users;
pub mod webhooks;

pub use error::StoreError;
pub use pool::{BatchConnection, Database, migrate, within};
