//! Schemas of what no type of ours describes, for the document of the REST api.

use utoipa::openapi::schema::{OneOfBuilder, Schema, Type};
use utoipa::openapi::{ObjectBuilder, RefOr};

/// The marketplace's id of a job.
pub(super) fn job_id() -> RefOr<Schema> {
    string_or_integer("The marketplace's id of it: a string or an integer, returned as given.").into()
}

/// A place in the log; null is none.
pub(super) fn place() -> RefOr<Schema> {
    let place = string_or_integer("Everything up to and with this position or message.");
    place.item(ObjectBuilder::new().schema_type(Type::Null)).into()
}

fn string_or_integer(description: &str) -> OneOfBuilder {
    let of = |kind| ObjectBuilder::new().schema_type(kind);
    OneOfBuilder::new().item(of(Type::String)).item(of(Type::Integer)).description(Some(description))
}
