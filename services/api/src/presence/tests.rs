//! Which rows show whose presence.

use chat_protocol::ids::{ConversationId, Seq};
use chat_protocol::rest::PlatformRole;
use chat_protocol::time::Timestamp;
use chrono::DateTime;

use super::*;

fn user(id: i64) -> UserId {
    UserId::new(id).unwrap()
}

fn at(secs: i64) -> Timestamp {
    DateTime::from_timestamp(secs, 0).unwrap().into()
}

fn participant(id: i64, role: ConversationRole) -> Participant {
    Participant {
        id: user(id),
        name: format!("Person {id}"),
        avatar_url: None,
        role,
        user_role: PlatformRole::Client,
        is_online: None,
        last_seen: Some(at(10)),
    }
}

/// A conversation that the first one has opened.
fn row(kind: ConversationKind, people: &[i64]) -> Conversation {
    let (opener, others) = people.split_first().unwrap();
    let others = others.iter().map(|id| participant(*id, ConversationRole::Member));
    Conversation {
        id: ConversationId::generate(),
        kind,
        title: None,
        job: None,
        metadata: serde_json::json!({}),
        participants: [participant(*opener, ConversationRole::Owner)].into_iter().chain(others).collect(),
        participant_count: i64::try_from(people.len()).unwrap(),
        last_message: None,
        unread_count: 0,
        muted: false,
        archived: false,
        last_seq: Seq(1),
        created_at: at(0),
        updated_at: at(0),
    }
}

fn ids(people: &BTreeSet<UserId>) -> Vec<i64> {
    people.iter().map(|id| id.get()).collect()
}

#[test]
fn only_whom_the_caller_wrote_to_first_is_doubtful() {
    let large = Conversation { participant_count: 201, ..row(ConversationKind::Group, &[1, 8, 9]) };
    let mut rows = vec![
        row(ConversationKind::Direct, &[1, 2]),
        row(ConversationKind::Direct, &[3, 1]),
        row(ConversationKind::Job, &[1, 4]),
        row(ConversationKind::Direct, &[1, 5]),
        row(ConversationKind::Group, &[1, 5, 6]),
        large,
    ];
    let seen = Seen::of(user(1), &rows);
    assert_eq!(ids(&seen.visible), [1, 3, 4, 5, 6], "5 is in a group too");
    assert_eq!(ids(&seen.doubtful), [2]);
    rows[5].participant_count = 200;
    assert_eq!(ids(&Seen::of(user(1), &rows).visible), [1, 3, 4, 5, 6, 8, 9]);
}

#[test]
fn rows_show_what_is_known_and_nothing_of_whom_the_caller_may_not_see() {
    let statement = |id, status, last_seen: Option<i64>| UserPresence {
        user_id: user(id),
        status,
        last_seen: last_seen.map(at),
        as_of: at(20),
    };
    let said = [
        statement(1, PresenceStatus::Online, None),
        statement(2, PresenceStatus::Away, None),
        statement(3, PresenceStatus::Offline, Some(15)),
        statement(4, PresenceStatus::Offline, Some(5)),
    ];
    let known = Known(said.into_iter().map(|said| (said.user_id, said)).collect());
    let visible = (1..=5).map(user).collect();
    let shown =
        |row: &Conversation| -> Vec<_> { row.participants.iter().map(|one| (one.is_online, one.last_seen)).collect() };
    let mut group = row(ConversationKind::Group, &[1, 2, 3, 4, 5, 6]);
    fill_row(&mut group, &visible, Some(&known));
    let expected = [
        (Some(true), None),
        (Some(true), None),
        (Some(false), Some(at(15))),
        (Some(false), Some(at(10))),
        (Some(false), Some(at(10))),
        (None, None),
    ];
    assert_eq!(shown(&group), expected);

    let mut unknown = row(ConversationKind::Group, &[1, 6]);
    fill_row(&mut unknown, &visible, None);
    assert_eq!(shown(&unknown), [(None, Some(at(10))), (None, None)], "the service does not answer");

    let mut large = Conversation { participant_count: 201, ..row(ConversationKind::Group, &[1, 2]) };
    fill_row(&mut large, &visible, Some(&known));
    assert_eq!(shown(&large), [(None, None), (None, None)]);
}
