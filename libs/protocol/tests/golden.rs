//! The wire as files: each golden file is read and written by its type without a change, and nothing on the wire is without one.
//! The web client reads the same files. Another form of the wire makes `v2/` beside `v1/`.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::{fmt, fs};

use chat_protocol::close::CloseCode;
use chat_protocol::command::{CommandBody, CommandKind};
use chat_protocol::error::{ErrorCode, Problem};
use chat_protocol::event::{EventKind, LogEvent, MessageReceived};
use chat_protocol::frame::{ClientFrame, ServerFrame, Target};
use chat_protocol::heads::{Heads, HeadsRequest};
use chat_protocol::live::{LiveNews, UserNews};
use chat_protocol::message::{Message, MessageType, SendMessageRequest};
use chat_protocol::moderation::{CheckRequest, Verdict};
use chat_protocol::presence::{
    AcquaintancesRequest, AcquaintancesResponse, Choice, ChoicesRequest, ChoicesResponse, ChosenStatus, LeaseBody,
    LeaseReply, LeaseUpdate, LeaseWish, OwnPresence, PresenceDiff, PresenceRow, PresenceSnapshot, PresenceStatus,
    SetPresenceRequest, SnapshotRequest, SnapshotResponse, UserStatusChange,
};
use chat_protocol::reply::{Outcome, Positions, Replies};
use chat_protocol::rest::{
    Account, AddParticipantsRequest, AdminConversation, AdminReport, AdminReportInContext, AdminUser, Attachment,
    AttachmentKind, AuditEntry, Block, ChangeParticipantRequest, Conversation, ConversationChanges, ConversationKind,
    ConversationRole, CreateConversationRequest, CreateWebhookRequest, DirectUpload, DirectUploadRequest,
    EditMessageRequest, FoundMessage, MarkAsReadRequest, MarkedAsRead, Page, Participant, Participants, PlatformRole,
    PushKey, PushNotice, PushSubscription, PushSubscriptionRequest, PutUserRequest, RedeliverRequest, Redelivered,
    Report, ReportRequest, ReportStatus, ReviewReportRequest, Unread, Webhook, WebhookChanges, WebhookDelivery,
};
use chat_protocol::rpc::{
    AuthorizeManyRequest, AuthorizeManyResponse, AuthorizeRequest, AuthorizeResponse, EventsAfterRequest,
    EventsAfterResponse, MembershipVersionsRequest, MembershipVersionsResponse, MembershipsRequest,
    MembershipsResponse, ReadStatesManyRequest, ReadStatesManyResponse, ReadStatesRequest, ReadStatesResponse,
};
use chat_protocol::taken::Taken;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Reads a text as one type and writes it again.
type Rewrite = fn(&str) -> Value;

fn golden_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/v1")
}

fn text(name: &str) -> String {
    fs::read_to_string(golden_dir().join(format!("{name}.json"))).unwrap_or_else(|error| panic!("{name}.json: {error}"))
}

fn value(name: &str) -> Value {
    serde_json::from_str(&text(name)).unwrap_or_else(|error| panic!("{name}.json: {error}"))
}

fn rewrite<T: DeserializeOwned + Serialize>(text: &str) -> Value {
    let typed: T = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    serde_json::from_str(&serde_json::to_string(&typed).unwrap()).unwrap()
}

fn rewrite_command(kind: CommandKind, text: &str) -> Value {
    let body = CommandBody::decode(kind, text.as_bytes()).unwrap();
    assert_eq!(body.kind(), kind);
    serde_json::from_slice(&body.encode().unwrap()).unwrap()
}

/// Clients' frames are only read here: the test writes them.
fn rewrite_client_frame(text: &str) -> Value {
    let frame = ClientFrame::parse(text).unwrap();
    let kind = client_frame_name(&frame);
    let (target, mut json) = match frame {
        ClientFrame::SendMessage(target, request) => (target, serde_json::to_value(request).unwrap()),
        ClientFrame::MarkAsRead(target, request) => (target, serde_json::to_value(request).unwrap()),
        ClientFrame::TypingStart(target) | ClientFrame::TypingStop(target) => (target, json!({})),
        ClientFrame::Authenticate(frame) => (Target::Absent, json!({"token": frame.token})),
        ClientFrame::Resume(frame) => {
            let json =
                json!({"after_seq": frame.after_seq, "positions": frame.positions, "log_epoch": frame.log_epoch});
            (Target::Absent, without_nulls(json))
        }
        ClientFrame::Ping => (Target::Absent, json!({})),
    };
    json["type"] = json!(kind);
    match target {
        Target::Absent => {}
        Target::Conversation(id) => json["conversation_id"] = json!(id),
        Target::Malformed => panic!("no conversation: {text}"),
    }
    json
}

fn without_nulls(mut json: Value) -> Value {
    json.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    json
}

/// Every file, and how it is read and written.
const FILES: &[(&str, Rewrite)] = &[
    ("account", rewrite::<Account>),
    ("acquaintances_request", rewrite::<AcquaintancesRequest>),
    ("acquaintances_response", rewrite::<AcquaintancesResponse>),
    ("add_participants_request", rewrite::<AddParticipantsRequest>),
    ("admin_conversation", rewrite::<AdminConversation>),
    ("admin_report", rewrite::<AdminReport>),
    ("admin_report_in_context", rewrite::<AdminReportInContext>),
    ("admin_user", rewrite::<AdminUser>),
    ("attachment", rewrite::<Attachment>),
    ("attachment_voice", rewrite::<Attachment>),
    ("audit_entry", rewrite::<AuditEntry>),
    ("authenticated", rewrite::<ServerFrame>),
    ("authorize_many_request", rewrite::<AuthorizeManyRequest>),
    ("authorize_many_response", rewrite::<AuthorizeManyResponse>),
    ("authorize_request", rewrite::<AuthorizeRequest>),
    ("authorize_response", rewrite::<AuthorizeResponse>),
    ("block", rewrite::<Block>),
    ("change_participant_request", rewrite::<ChangeParticipantRequest>),
    ("choice", rewrite::<Choice>),
    ("choices_request", rewrite::<ChoicesRequest>),
    ("choices_response", rewrite::<ChoicesResponse>),
    ("client_authenticate", rewrite_client_frame),
    ("client_mark_as_read", rewrite_client_frame),
    ("client_mark_as_read_up_to", rewrite_client_frame),
    ("client_ping", rewrite_client_frame),
    ("client_resume", rewrite_client_frame),
    ("client_resume_positions", rewrite_client_frame),
    ("client_send_message", rewrite_client_frame),
    ("client_typing_start", rewrite_client_frame),
    ("client_typing_stop", rewrite_client_frame),
    ("close_codes", rewrite::<Value>),
    ("command_add_participants", |text| rewrite_command(CommandKind::AddParticipants, text)),
    ("command_change_participant", |text| rewrite_command(CommandKind::ChangeParticipant, text)),
    ("command_create_conversation", |text| rewrite_command(CommandKind::CreateConversation, text)),
    ("command_create_conversation_for_others", |text| rewrite_command(CommandKind::CreateConversation, text)),
    ("command_delete_conversation", |text| rewrite_command(CommandKind::DeleteConversation, text)),
    ("command_delete_message", |text| rewrite_command(CommandKind::DeleteMessage, text)),
    ("command_edit_message", |text| rewrite_command(CommandKind::EditMessage, text)),
    ("command_mark_as_read", |text| rewrite_command(CommandKind::MarkAsRead, text)),
    ("command_mark_as_read_all", |text| rewrite_command(CommandKind::MarkAsRead, text)),
    ("command_mark_as_read_up_to_message", |text| rewrite_command(CommandKind::MarkAsRead, text)),
    ("command_moderate_message", |text| rewrite_command(CommandKind::ModerateMessage, text)),
    ("command_post_system_message", |text| rewrite_command(CommandKind::PostSystemMessage, text)),
    ("command_remove_participant", |text| rewrite_command(CommandKind::RemoveParticipant, text)),
    ("command_send_message", |text| rewrite_command(CommandKind::SendMessage, text)),
    ("command_send_message_with_all", |text| rewrite_command(CommandKind::SendMessage, text)),
    ("command_set_reaction", |text| rewrite_command(CommandKind::SetReaction, text)),
    ("command_update_conversation", |text| rewrite_command(CommandKind::UpdateConversation, text)),
    ("conversation", rewrite::<Conversation>),
    ("conversation_changes", rewrite::<ConversationChanges>),
    ("conversation_created", rewrite::<LogEvent>),
    ("conversation_deleted", rewrite::<ServerFrame>),
    ("conversation_updated", rewrite::<LogEvent>),
    ("create_conversation_request", rewrite::<CreateConversationRequest>),
    ("create_conversation_request_of_a_machine", rewrite::<CreateConversationRequest>),
    ("create_webhook_request", rewrite::<CreateWebhookRequest>),
    ("direct_upload", rewrite::<DirectUpload>),
    ("direct_upload_request", rewrite::<DirectUploadRequest>),
    ("edit_message_request", rewrite::<EditMessageRequest>),
    ("error", rewrite::<ServerFrame>),
    ("error_moderated", rewrite::<ServerFrame>),
    ("error_rate_limited", rewrite::<ServerFrame>),
    ("error_statuses", rewrite::<HashMap<ErrorCode, u16>>),
    ("events_after_request", rewrite::<EventsAfterRequest>),
    ("events_after_response", rewrite::<EventsAfterResponse>),
    ("found_message", rewrite::<FoundMessage>),
    ("heads", rewrite::<Heads>),
    ("heads_request", rewrite::<HeadsRequest>),
    ("heartbeat", rewrite::<ServerFrame>),
    ("heartbeat_heads", rewrite::<ServerFrame>),
    ("lease_change", rewrite::<LeaseUpdate>),
    ("lease_full", rewrite::<LeaseUpdate>),
    ("lease_heartbeat", rewrite::<LeaseUpdate>),
    ("lease_released", rewrite::<LeaseUpdate>),
    ("lease_reply_full_set", rewrite::<LeaseReply>),
    ("lease_reply_refresh", rewrite::<LeaseReply>),
    ("live_blocked", rewrite::<LiveNews>),
    ("live_deleted", rewrite::<LiveNews>),
    ("live_read", rewrite::<LiveNews>),
    ("live_typing", rewrite::<LiveNews>),
    ("mark_as_read_request", rewrite::<MarkAsReadRequest>),
    ("mark_as_read_request_up_to", rewrite::<MarkAsReadRequest>),
    ("marked_as_read", rewrite::<MarkedAsRead>),
    ("membership_versions_request", rewrite::<MembershipVersionsRequest>),
    ("membership_versions_response", rewrite::<MembershipVersionsResponse>),
    ("memberships_request", rewrite::<MembershipsRequest>),
    ("memberships_response", rewrite::<MembershipsResponse>),
    ("message", rewrite::<Message>),
    ("message_deleted", rewrite::<LogEvent>),
    ("message_edited", rewrite::<LogEvent>),
    ("message_of_the_system", rewrite::<Message>),
    ("message_received", rewrite::<MessageReceived>),
    ("message_sent", rewrite::<ServerFrame>),
    ("message_tombstone", rewrite::<Message>),
    ("message_with_attachments", rewrite::<Message>),
    ("messages_read", rewrite::<ServerFrame>),
    ("moderation_accept", rewrite::<Verdict>),
    ("moderation_check", rewrite::<CheckRequest>),
    ("moderation_check_of_an_edit", rewrite::<CheckRequest>),
    ("moderation_refuse", rewrite::<Verdict>),
    ("moderation_replace", rewrite::<Verdict>),
    ("own_presence", rewrite::<OwnPresence>),
    ("page_of_blocks", rewrite::<Page<Block>>),
    ("page_of_messages", rewrite::<Page<Message>>),
    ("page_of_presence", rewrite::<Page<PresenceRow>>),
    ("participant", rewrite::<Participant>),
    ("participant_added", rewrite::<LogEvent>),
    ("participant_changed", rewrite::<LogEvent>),
    ("participant_removed", rewrite::<LogEvent>),
    ("participants", rewrite::<Participants>),
    ("pong", rewrite::<ServerFrame>),
    ("positions", rewrite::<Positions>),
    ("presence_diff", rewrite::<PresenceDiff>),
    ("presence_snapshot", rewrite::<PresenceSnapshot>),
    ("problem_invalid", rewrite::<Problem>),
    ("problem_outcome_unknown", rewrite::<Problem>),
    ("problem_rate_limited", rewrite::<Problem>),
    ("push_key", rewrite::<PushKey>),
    ("push_notice", rewrite::<PushNotice>),
    ("push_subscription", rewrite::<PushSubscription>),
    ("push_subscription_request", rewrite::<PushSubscriptionRequest>),
    ("put_user_request", rewrite::<PutUserRequest>),
    ("reaction_added", rewrite::<LogEvent>),
    ("reaction_removed", rewrite::<LogEvent>),
    ("read_states_many_request", rewrite::<ReadStatesManyRequest>),
    ("read_states_many_response", rewrite::<ReadStatesManyResponse>),
    ("read_states_request", rewrite::<ReadStatesRequest>),
    ("read_states_response", rewrite::<ReadStatesResponse>),
    ("ready", rewrite::<ServerFrame>),
    ("ready_everywhere", rewrite::<ServerFrame>),
    ("redeliver_request", rewrite::<RedeliverRequest>),
    ("redelivered", rewrite::<Redelivered>),
    ("reply_conversation_stored", rewrite::<Replies>),
    ("reply_done", rewrite::<Replies>),
    ("reply_marked_as_read", rewrite::<Replies>),
    ("reply_message_stored", rewrite::<Replies>),
    ("reply_refused", rewrite::<Replies>),
    ("report", rewrite::<Report>),
    ("report_request", rewrite::<ReportRequest>),
    ("resumed", rewrite::<ServerFrame>),
    ("resumed_in_parts", rewrite::<ServerFrame>),
    ("resync_required", rewrite::<ServerFrame>),
    ("review_report_request", rewrite::<ReviewReportRequest>),
    ("send_message_request", rewrite::<SendMessageRequest>),
    ("set_presence_request", rewrite::<SetPresenceRequest>),
    ("snapshot_request", rewrite::<SnapshotRequest>),
    ("snapshot_response", rewrite::<SnapshotResponse>),
    ("taken", rewrite::<Taken>),
    ("typing_indicator", rewrite::<ServerFrame>),
    ("unread", rewrite::<Unread>),
    ("unread_changed", rewrite::<ServerFrame>),
    ("user_acquaintances", rewrite::<UserNews>),
    ("user_joined", rewrite::<UserNews>),
    ("user_left", rewrite::<UserNews>),
    ("user_standing", rewrite::<UserNews>),
    ("user_status_change", rewrite::<UserStatusChange>),
    ("vocabulary", rewrite::<Value>),
    ("webhook", rewrite::<Webhook>),
    ("webhook_changes", rewrite::<WebhookChanges>),
    ("webhook_delivery", rewrite::<WebhookDelivery>),
    ("webhook_disabled", rewrite::<Webhook>),
];

/// Lists that have no variants to be found in: they are not extended by unknown fields.
const LISTS: [&str; 3] = ["close_codes", "error_statuses", "vocabulary"];

/// The names that a type takes, told by its decoder when it is given another.
fn variants<T: DeserializeOwned + fmt::Debug>(wrong: &Value) -> BTreeSet<String> {
    let complaint = serde_json::from_value::<T>(wrong.clone()).unwrap_err().to_string();
    let (_, names) = complaint.split_once("expected").expect("the decoder names what it expects");
    names.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn names_of<T: DeserializeOwned + fmt::Debug>() -> BTreeSet<String> {
    variants::<T>(&json!("no such name"))
}

#[test]
fn every_file_is_read_and_written_without_a_change() {
    for (name, rewrite) in FILES {
        assert_eq!(rewrite(&text(name)), value(name), "{name}.json");
    }
}

#[test]
fn every_file_is_known_and_every_known_file_is_there() {
    let there: BTreeSet<_> = fs::read_dir(golden_dir())
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    let known: BTreeSet<_> = FILES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(there, known);
}

#[test]
fn unknown_fields_are_no_obstacle() {
    for (name, rewrite) in FILES.iter().filter(|(name, _)| !LISTS.contains(name)) {
        let mut extended = value(name);
        extend(&mut extended);
        // What comes out may or may not have them; what was known before is still there.
        let rewritten = rewrite(&extended.to_string());
        for (field, expected) in value(name).as_object().unwrap().iter().filter(|(_, value)| !value.is_object()) {
            if !expected.is_array() {
                assert_eq!(&rewritten[field], expected, "{name}.json {field}");
            }
        }
    }
}

/// Objects that have no room for another field: maps, and the one place of a mark.
const MAPS: [&str; 6] = ["errors", "headers", "heads", "positions", "taken", "up_to"];

/// Adds a field to every object in it but those that are maps of somebody's own.
fn extend(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            // An object of one field may be a variant, which has no room for another.
            let is_variant = fields.len() == 1 && fields.values().all(Value::is_object);
            let is_map = |name: &str, value: &Value| MAPS.contains(&name) && value.is_object();
            fields.iter_mut().filter(|(name, value)| !is_map(name, value)).for_each(|(_, value)| extend(value));
            if !is_variant {
                fields.insert("added_later".to_owned(), json!({"by": ["a newer version"]}));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(extend),
        _ => {}
    }
}

#[test]
fn every_frame_of_the_server_has_a_file() {
    let types = variants::<ServerFrame>(&json!({"type": "no such type"}));
    assert!(types.len() >= 8, "{types:?}");
    for kind in types.iter().chain(&names_of::<EventKind>()) {
        assert_eq!(&value(kind)["type"], kind, "{kind}.json");
    }
}

#[test]
fn frames_of_the_server_begin_with_their_type() {
    for (name, _) in FILES {
        let frame = value(name);
        let Some(kind) = frame["type"].as_str().filter(|kind| kind == name) else { continue };
        let written = match *name {
            "message_received" => {
                serde_json::to_string(&serde_json::from_value::<MessageReceived>(frame.clone()).unwrap())
            }
            "presence_snapshot" => {
                serde_json::to_string(&serde_json::from_value::<PresenceSnapshot>(frame.clone()).unwrap())
            }
            "user_status_change" => {
                serde_json::to_string(&serde_json::from_value::<UserStatusChange>(frame.clone()).unwrap())
            }
            kind if names_of::<EventKind>().contains(kind) => {
                serde_json::to_string(&serde_json::from_value::<LogEvent>(frame.clone()).unwrap())
            }
            _ => serde_json::to_string(&serde_json::from_value::<ServerFrame>(frame.clone()).unwrap()),
        };
        assert!(written.unwrap().starts_with(&format!(r#"{{"type":"{kind}""#)), "{name}.json");
    }
}

#[test]
fn every_frame_of_the_client_has_a_file() {
    let mut seen = BTreeSet::new();
    for (name, _) in FILES.iter().filter(|(name, _)| name.starts_with("client_")) {
        let kind = client_frame_name(&ClientFrame::parse(&text(name)).unwrap());
        let kind_of_file = name.trim_start_matches("client_");
        assert!(kind_of_file.starts_with(kind), "{name}.json is {kind}");
        if kind_of_file == kind {
            seen.insert(kind);
        }
    }
    assert_eq!(seen.len(), CLIENT_FRAMES, "a frame without a file");
}

/// How many arms the next function has.
const CLIENT_FRAMES: usize = 7;

fn client_frame_name(frame: &ClientFrame) -> &'static str {
    match frame {
        ClientFrame::SendMessage(..) => "send_message",
        ClientFrame::MarkAsRead(..) => "mark_as_read",
        ClientFrame::TypingStart(_) => "typing_start",
        ClientFrame::TypingStop(_) => "typing_stop",
        ClientFrame::Authenticate(_) => "authenticate",
        ClientFrame::Resume(_) => "resume",
        ClientFrame::Ping => "ping",
    }
}

#[test]
fn every_command_has_a_file() {
    for kind in CommandKind::ALL {
        rewrite_command(kind, &text(&format!("command_{}", kind.as_str())));
        assert_eq!(CommandKind::from_name(kind.as_str()), Some(kind));
    }
    let files = FILES.iter().filter_map(|(name, _)| name.strip_prefix("command_"));
    for file in files {
        assert!(
            CommandKind::ALL.iter().any(|kind| file.starts_with(kind.as_str())),
            "command_{file}.json is of no kind"
        );
    }
}

#[test]
fn every_outcome_and_every_word_about_leases_has_a_file() {
    for outcome in names_of::<Outcome>() {
        let name = format!("reply_{}", outcome.trim_start_matches("reply_"));
        let told = &value(&name)["replies"][0]["outcome"];
        assert!(*told == outcome.as_str() || told.get(&outcome).is_some(), "{name}.json");
    }
    for body in names_of::<LeaseBody>() {
        let update = value(&format!("lease_{body}"));
        assert!(update["body"] == body.as_str() || update["body"].get(&body).is_some(), "{body}: {update}");
    }
    for wish in names_of::<LeaseWish>() {
        assert_eq!(value(&format!("lease_reply_{wish}"))["wish"], wish.as_str());
    }
}

#[test]
fn every_kind_of_news_has_a_file() {
    let no_kind = json!({"kind": "no such kind"});
    let of_conversations = variants::<LiveNews>(&no_kind).into_iter().map(|kind| (format!("live_{kind}"), kind));
    let of_people = variants::<UserNews>(&no_kind).into_iter().map(|kind| (format!("user_{kind}"), kind));
    for (name, kind) in of_conversations.chain(of_people) {
        assert_eq!(value(&name)["kind"], kind.as_str(), "{name}.json");
    }
}

#[test]
fn vocabulary_is_complete() {
    let vocabulary: BTreeMap<String, BTreeSet<String>> = serde_json::from_value(value("vocabulary")).unwrap();
    let expected = BTreeMap::from([
        ("attachment_kind".to_owned(), names_of::<AttachmentKind>()),
        ("chosen_status".to_owned(), names_of::<ChosenStatus>()),
        ("conversation_kind".to_owned(), names_of::<ConversationKind>()),
        ("conversation_role".to_owned(), names_of::<ConversationRole>()),
        ("error_code".to_owned(), names_of::<ErrorCode>()),
        ("event_kind".to_owned(), names_of::<EventKind>()),
        ("message_type".to_owned(), names_of::<MessageType>()),
        ("platform_role".to_owned(), names_of::<PlatformRole>()),
        ("presence_status".to_owned(), names_of::<PresenceStatus>()),
        ("report_status".to_owned(), names_of::<ReportStatus>()),
    ]);
    assert_eq!(vocabulary, expected);
}

#[test]
fn every_error_code_has_its_status() {
    let statuses: BTreeMap<String, u16> = serde_json::from_value(value("error_statuses")).unwrap();
    let expected = ErrorCode::ALL.iter().map(|code| (code.as_str().to_owned(), code.status())).collect();
    assert_eq!(statuses, expected);
    assert_eq!(statuses.keys().cloned().collect::<BTreeSet<_>>(), names_of::<ErrorCode>());
}

/// The codes in the order of their numbers; a new one does not compile until it stands here.
fn next_close_code(code: CloseCode) -> Option<CloseCode> {
    Some(match code {
        CloseCode::Draining => CloseCode::SlowReader,
        CloseCode::SlowReader => CloseCode::TokenExpired,
        CloseCode::TokenExpired => CloseCode::Resync,
        CloseCode::Resync => CloseCode::Unavailable,
        CloseCode::Unavailable => CloseCode::RateLimited,
        CloseCode::RateLimited => CloseCode::Protocol,
        CloseCode::Protocol => CloseCode::NotAuthenticated,
        CloseCode::NotAuthenticated => CloseCode::NotParticipant,
        CloseCode::NotParticipant => CloseCode::NoSuchConversation,
        CloseCode::NoSuchConversation => CloseCode::AuthenticationTimeout,
        CloseCode::AuthenticationTimeout => CloseCode::TooManySockets,
        CloseCode::TooManySockets => CloseCode::FrameTooLarge,
        CloseCode::FrameTooLarge => return None,
    })
}

#[test]
fn close_codes_are_as_written() {
    let codes = std::iter::successors(Some(CloseCode::Draining), |code| next_close_code(*code));
    let row =
        |code: CloseCode| json!({"code": code.code(), "reason": code.reason(), "may_reconnect": code.may_reconnect()});
    assert_eq!(Value::Array(codes.map(row).collect()), value("close_codes"));
}
