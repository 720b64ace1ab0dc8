//! What a gateway tells of its sockets.

use chrono::DateTime;

use super::*;

fn at(secs: i64) -> Timestamp {
    DateTime::from_timestamp(secs, 0).unwrap().into()
}

fn user(id: i64) -> UserId {
    UserId::new(id).unwrap()
}

fn book() -> LeaseBook {
    LeaseBook::new("gateway".parse().unwrap(), at(0))
}

fn held(id: i64, status: ChosenStatus, status_version: i64) -> HeldUser {
    HeldUser { user_id: user(id), status, status_version }
}

fn bodies(updates: Vec<LeaseUpdate>) -> Vec<LeaseBody> {
    updates.into_iter().map(|update| update.body).collect()
}

#[test]
fn first_socket_and_last_socket_are_told() {
    let mut book = book();
    book.open(user(1), ChosenStatus::Online, 0);
    book.open(user(1), ChosenStatus::Online, 0);
    let online = LeaseBody::Change { online: vec![held(1, ChosenStatus::Online, 0)], offline: vec![] };
    assert_eq!(bodies(book.take_changes(at(1))), [online]);
    book.close(user(1), at(2));
    assert_eq!(book.take_changes(at(2)), []);
    book.close(user(1), at(3));
    let offline = LeaseBody::Change { online: vec![], offline: vec![user(1)] };
    assert_eq!(bodies(book.take_changes(at(3))), [offline]);
    book.close(user(1), at(4));
    assert_eq!(book.take_changes(at(4)), []);
}

#[test]
fn newest_choice_counts() {
    let mut book = book();
    book.open(user(1), ChosenStatus::Online, 5);
    book.choose(user(1), ChosenStatus::Away, 7);
    book.choose(user(1), ChosenStatus::Invisible, 6);
    book.open(user(1), ChosenStatus::Online, 5);
    let away = LeaseBody::Change { online: vec![held(1, ChosenStatus::Away, 7)], offline: vec![] };
    assert_eq!(bodies(book.take_changes(at(1))), [away]);
    book.choose(user(2), ChosenStatus::Away, 9);
    assert_eq!(book.take_changes(at(2)), []);
}

#[test]
fn every_change_has_the_next_version_and_a_later_time() {
    let mut book = book();
    let mut versions = vec![];
    let mut times = vec![];
    for step in 1..=4 {
        book.open(user(step), ChosenStatus::Online, 0);
        // The clock steps back once.
        let now = if step == 3 { at(0) } else { at(10) };
        let updates = [book.take_changes(now), vec![book.heartbeat(now)]].concat();
        versions.extend(updates.iter().map(|update| update.version));
        times.extend(updates.iter().map(|update| update.sent_at));
    }
    assert_eq!(versions, [1, 1, 2, 2, 3, 3, 4, 4]);
    assert!(times.is_sorted_by(|earlier, later| earlier < later), "{times:?}");
}

#[test]
fn full_set_has_everyone_and_who_left_lately() {
    let mut book = book();
    for id in 1..=4 {
        book.open(user(id), if id == 3 { ChosenStatus::Invisible } else { ChosenStatus::Online }, 0);
    }
    book.close(user(1), at(10));
    book.close(user(2), at(60));
    book.close(user(3), at(60));
    let full = LeaseBody::Full {
        part: 0,
        more: false,
        users: vec![held(4, ChosenStatus::Online, 0)],
        left: vec![Departure { user_id: user(2), at: at(60) }],
    };
    assert_eq!(bodies(book.full_set(at(80))), [full]);
    assert_eq!(book.take_changes(at(80)), [], "the full set has told them");
}

#[test]
fn large_full_set_comes_in_parts_of_one_version() {
    let mut book = book();
    let count = i64::try_from(MAX_USERS_PER_UPDATE).unwrap() + 10;
    for id in 1..=count {
        book.open(user(id), ChosenStatus::Online, 0);
    }
    for id in 1..=5 {
        book.close(user(id), at(1));
    }
    let updates = book.full_set(at(2));
    assert!(updates.iter().all(|update| update.version == 1));
    let parts: Vec<_> = bodies(updates)
        .into_iter()
        .map(|body| match body {
            LeaseBody::Full { part, more, users, left } => (part, more, users.len(), left.len()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(parts, [(0, true, MAX_USERS_PER_UPDATE, 0), (1, false, 5, 5)]);
}

#[test]
fn empty_book_has_a_full_set_too() {
    let full = LeaseBody::Full { part: 0, more: false, users: vec![], left: vec![] };
    assert_eq!(bodies(book().full_set(at(1))), [full]);
}

#[test]
fn many_changes_come_in_several_updates() {
    let mut book = book();
    let count = i64::try_from(MAX_USERS_PER_UPDATE).unwrap() + 1;
    for id in 1..=count {
        book.open(user(id), ChosenStatus::Online, 0);
    }
    let versions: Vec<_> = book.take_changes(at(1)).iter().map(|update| update.version).collect();
    assert_eq!(versions, [1, 2]);
}
