//! What an operator sees and does with the database itself: how it stands, whether the schema and the rights are as this version wants
//! them, and the statements that go past the log. Nothing of it is used by a service.

pub mod conversations;
pub mod erasure;
pub mod people;
pub mod personal;
pub mod rights;
pub mod schema;
pub mod standing;
