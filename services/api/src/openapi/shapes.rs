//! Forms that are not derived as one would write them: rows of pages by their name, lists that may be of either kind, bodies that may be
//! absent, and the size of a page.

use utoipa::Modify;
use utoipa::openapi::path::Parameter;
use utoipa::openapi::request_body::RequestBody;
use utoipa::openapi::schema::{AnyOfBuilder, ArrayItems, OneOf};
use utoipa::openapi::{Components, OpenApi as Document, Ref, RefOr, Required, Schema};

use super::problems::operations;

/// Puts them right.
pub(super) struct Shapes;

impl Modify for Shapes {
    fn modify(&self, document: &mut Document) {
        let components = document.components.get_or_insert_default();
        name_rows(components);
        components.schemas.get_mut("MessageList").into_iter().for_each(allow_both);
        for call in document.paths.paths.values_mut().flat_map(operations) {
            if let Some(RefOr::T(body)) = &mut call.request_body {
                drop_null(body);
            }
            call.parameters.iter_mut().flatten().for_each(allow_any_size);
        }
    }
}

/// `Page_Message` has rows that are described whole; they become `Message`.
fn name_rows(components: &mut Components) {
    let pages: Vec<String> = components.schemas.keys().filter(|name| name.starts_with("Page_")).cloned().collect();
    for page in pages {
        let row = page.trim_start_matches("Page_").to_owned();
        let Some(RefOr::T(Schema::Object(object))) = components.schemas.get_mut(&page) else { continue };
        let Some(RefOr::T(Schema::Array(results))) = object.properties.get_mut("results") else { continue };
        let reference = ArrayItems::RefOrSchema(Box::new(Ref::from_schema_name(&row).into()));
        if let ArrayItems::RefOrSchema(described) = std::mem::replace(&mut results.items, reference) {
            components.schemas.entry(row).or_insert(*described);
        }
    }
}

/// An empty page is of one kind as well as of the other.
fn allow_both(list: &mut RefOr<Schema>) {
    let RefOr::T(Schema::OneOf(OneOf { items, description, .. })) = list else { return };
    let either = AnyOfBuilder::new().description(description.take());
    *list = std::mem::take(items).into_iter().fold(either, AnyOfBuilder::item).into();
}

/// A body that may be absent is not therefore `null`.
fn drop_null(body: &mut RequestBody) {
    for content in body.content.values_mut() {
        let RefOr::T(content) = content else { continue };
        if let Some(RefOr::T(Schema::OneOf(OneOf { items, .. }))) = &content.schema
            && let Some(reference @ RefOr::Ref(_)) = items.iter().find(|item| matches!(item, RefOr::Ref(_)))
        {
            content.schema = Some(reference.clone());
            body.required = Some(Required::False);
        }
    }
}

/// More than the largest page is cut, however much it is: a format would be a limit.
fn allow_any_size(parameter: &mut RefOr<Parameter>) {
    if let RefOr::T(Parameter { name, schema: Some(RefOr::T(Schema::Object(size))), .. }) = parameter
        && name == "page_size"
    {
        size.format = None;
    }
}
