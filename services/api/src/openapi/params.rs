//! Parameters of queries, for the document alone: handlers read them by name from `Params`.
#![expect(dead_code, reason = "for the document alone")]

use chat_protocol::ids::{ConversationId, Seq, UserId};
use chat_protocol::message::MessageType;
use chat_protocol::rest::{DeliveryStatus, ReportStatus};
use chat_protocol::time::Timestamp;
use utoipa::IntoParams;

/// Of every list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageParams {
    /// Rows on the page; more than 200 is cut to 200.
    #[param(minimum = 1, default = 50)]
    page_size: Option<u32>,
    /// Where the page begins: comes in `next` and `previous`.
    cursor: Option<String>,
}

/// Of the list of conversations.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListParams {
    /// About this job.
    job_id: Option<String>,
    /// With this person.
    participant: Option<UserId>,
    /// With this in the title or a participant's name.
    search: Option<String>,
    /// Put away, or not.
    archived: Option<bool>,
    /// With something unread, or without.
    unread: Option<bool>,
}

/// Of a conversation's messages and events.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct HistoryParams {
    /// Exclusive; begins here, newest first.
    before_seq: Option<Seq>,
    /// Exclusive; begins here, oldest first.
    after_seq: Option<Seq>,
    /// Another order than that.
    #[param(inline)]
    order: Option<Order>,
}

/// In which order.
#[derive(utoipa::ToSchema)]
#[schema(rename_all = "snake_case")]
enum Order {
    /// Oldest first.
    Asc,
    /// Newest first.
    Desc,
}

/// Of a conversation's messages.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AroundParams {
    /// A position or a message's id, which is then in the middle of the page.
    around: Option<String>,
}

/// Of the list of all messages.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AllMessagesParams {
    /// Of this conversation.
    conversation: Option<ConversationId>,
    /// Of this person.
    sender: Option<UserId>,
    /// Of this type.
    message_type: Option<MessageType>,
    /// Stored then or later.
    since: Option<Timestamp>,
    /// Stored before.
    until: Option<Timestamp>,
    /// With all of these words. `roo*` is the beginning of one, and so is the last word; `"a phrase"` is in this order; `-word` must
    /// not be there. Accents and case do not matter.
    #[param(max_length = 256, example = "\"red roof\" -tile")]
    search: Option<String>,
}

/// Of presence.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PresenceParams {
    /// These people, with commas between them; at most 500. Everyone, if it is absent.
    #[param(example = "1,2")]
    user_ids: Option<String>,
}

/// Of the list of people.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AdminUserParams {
    /// How the name begins, or the whole username or id.
    #[param(max_length = 200)]
    search: Option<String>,
}

/// Of the list of reports.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AdminReportParams {
    /// That stand so.
    status: Option<ReportStatus>,
    /// Of what was said here.
    conversation: Option<ConversationId>,
}

/// Of the moderators' list of conversations.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AdminConversationParams {
    /// With this person.
    participant: Option<UserId>,
    /// About this job.
    job_id: Option<String>,
}

/// Of what is on its way to a webhook.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeliveryParams {
    /// That stand so.
    status: Option<DeliveryStatus>,
}

/// Of what is on record.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditParams {
    /// Of this person.
    actor: Option<UserId>,
    /// About whom or what has this id.
    object: Option<String>,
}
