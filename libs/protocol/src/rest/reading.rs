//! What was read and what was not.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::command::{Marks, UpTo};
use crate::error::{Refusal, Validation};
use crate::ids::{ConversationId, Seq};
use crate::limits::MAX_MARKED_IDS;

/// The body of `mark_as_read`, on REST and sockets, before it is checked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MarkAsReadRequest {
    /// Just these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<Vec<crate::ids::MessageId>>"))]
    pub message_ids: Option<Vec<String>>,
    /// Everything up to and with this position or message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(schema_with = super::schemas::place))]
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::place"))]
    pub up_to: Option<Value>,
}

impl MarkAsReadRequest {
    /// What is to be marked; everything, if nothing is named. Ids of no form are as good as unknown ones: ignored.
    pub fn check(self) -> Result<Marks, Refusal> {
        let mut wrong = Validation::default();
        let up_to = match (&self.up_to, &self.message_ids) {
            (None, None) => Some(UpTo::All),
            (None, Some(_)) => None,
            (Some(place), _) => {
                let place = read_place(place);
                if place.is_none() {
                    wrong.reject("up_to", "A position from 0 on, or the id of a message.");
                }
                place
            }
        };
        let names = self.message_ids.unwrap_or_default();
        if names.len() > MAX_MARKED_IDS {
            wrong.reject("message_ids", format!("At most {MAX_MARKED_IDS}."));
        }
        wrong.finish()?;
        let mut message_ids: Vec<_> = names.iter().filter_map(|id| id.parse().ok()).collect();
        message_ids.sort_unstable();
        message_ids.dedup();
        Ok(Marks { up_to, message_ids })
    }
}

fn read_place(place: &Value) -> Option<UpTo> {
    match place {
        Value::Number(number) => number.as_i64().filter(|seq| *seq >= 0).map(|seq| UpTo::Seq(Seq(seq))),
        Value::String(id) => id.parse().ok().map(UpTo::Message),
        _ => None,
    }
}

/// The answer to `mark_as_read`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MarkedAsRead {
    /// How many were not read before.
    pub marked: i64,
    /// How many are left, at most 1,000.
    pub unread_count: i64,
}

/// The answer to `GET unread/`: what is unread and not muted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Unread {
    /// The sum over the conversations.
    pub total: i64,
    /// Those with anything unread, newest activity first.
    pub conversations: Vec<UnreadConversation>,
}

/// What is unread in one conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UnreadConversation {
    /// Which.
    pub id: ConversationId,
    /// How many messages, at most 1,000.
    pub unread_count: i64,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ids::MessageId;

    fn check(body: Value) -> Result<Marks, Refusal> {
        serde_json::from_value::<MarkAsReadRequest>(body).unwrap().check()
    }

    #[test]
    fn nothing_named_means_all_and_an_empty_list_means_nothing() {
        assert_eq!(check(json!({})).unwrap().up_to, Some(UpTo::All));
        assert_eq!(check(json!({"message_ids": []})).unwrap(), Marks::default());
    }

    #[test]
    fn places_are_positions_or_messages() {
        let id = MessageId::generate();
        assert_eq!(check(json!({"up_to": 7})).unwrap().up_to, Some(UpTo::Seq(Seq(7))));
        assert_eq!(check(json!({"up_to": id})).unwrap().up_to, Some(UpTo::Message(id)));
        for bad in [json!(-1), json!(1.5), json!("x"), json!([]), json!(true)] {
            let refusal = check(json!({"up_to": bad})).unwrap_err();
            assert!(refusal.errors.contains_key("up_to"));
        }
    }

    #[test]
    fn ids_are_at_most_500_and_those_of_no_form_are_ignored() {
        let id = MessageId::generate();
        assert_eq!(check(json!({"message_ids": ["x", id, id]})).unwrap().message_ids, [id]);
        let many: Vec<_> = (0..=MAX_MARKED_IDS).map(|_| MessageId::generate()).collect();
        assert!(check(json!({"message_ids": many})).unwrap_err().errors.contains_key("message_ids"));
        assert!(check(json!({"message_ids": many[1..]})).is_ok());
    }
}
