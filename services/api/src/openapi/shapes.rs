//! Two forms that are not derived as one would write them: rows of pages by their name, and bodies that may be absent.

use utoipa::Modify;
use utoipa::openapi::request_body::RequestBody;
use utoipa::openapi::schema::{ArrayItems, OneOf};
use utoipa::openapi::{Components, OpenApi as Document, Ref, RefOr, Required, Schema};

use super::problems::operations;

/// Puts both right.
pub(super) struct Shapes;

impl Modify for Shapes {
    fn modify(&self, document: &mut Document) {
        name_rows(document.components.get_or_insert_default());
        let calls = document.paths.paths.values_mut().flat_map(operations);
        for body in calls.filter_map(|call| call.request_body.as_mut()) {
            if let RefOr::T(body) = body {
                drop_null(body);
            }
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
