//! What watches are told, case by case.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chat_protocol::presence::{PresenceRow, PresenceSnapshot, PresenceStatus, UserStatusChange};
use chat_protocol::time::Timestamp;

use super::*;
use PresenceStatus::{Away, Offline, Online};

fn user(id: i64) -> UserId {
    UserId::new(id).unwrap()
}

fn at(secs: i64) -> Timestamp {
    chrono::DateTime::from_timestamp(secs, 0).unwrap().into()
}

fn people(ids: impl IntoIterator<Item = i64>) -> Vec<Acquaintance> {
    ids.into_iter().map(|id| Acquaintance { user_id: user(id), last_seen: None }).collect()
}

fn said(id: i64, status: PresenceStatus, as_of: i64) -> UserPresence {
    let last_seen = (!status.is_online()).then(|| at(as_of));
    UserPresence { user_id: user(id), status, last_seen, as_of: at(as_of) }
}

fn row(id: i64, status: PresenceStatus, last_seen: Option<i64>) -> PresenceRow {
    PresenceRow::new(user(id), status, last_seen.map(at))
}

/// A view with a watch over these people, and how often it was woken.
fn watching(view: &mut View, ids: impl IntoIterator<Item = i64>) -> (WatchId, Arc<AtomicUsize>) {
    let woken = Arc::new(AtomicUsize::new(0));
    let count = woken.clone();
    let wake = Box::new(move || {
        count.fetch_add(1, Ordering::Relaxed);
    });
    (view.watch(user(9000), &people(ids), wake), woken)
}

/// Asks until nothing is left to ask; the service answers with these.
fn ask_all(view: &mut View, rows: &[UserPresence]) {
    while let Some(question) = view.next_question() {
        view.answer(&question, rows.to_vec());
    }
}

fn take_snapshot(view: &mut View, id: WatchId) -> Option<Vec<PresenceRow>> {
    let frames = view.take_snapshot(id)?;
    let parts = frames.iter().map(|frame| serde_json::from_str::<PresenceSnapshot>(frame).unwrap());
    Some(parts.flat_map(|part| part.users).collect())
}

fn take_changes(view: &mut View, id: WatchId) -> Vec<PresenceRow> {
    let frames = view.take_changes(id);
    frames.iter().map(|frame| serde_json::from_str::<UserStatusChange>(frame).unwrap().row).collect()
}

/// A watch that has taken its snapshot: 1 is online, 2 is unknown to the service.
fn told() -> (View, WatchId, Arc<AtomicUsize>) {
    let mut view = View::default();
    let (id, woken) = watching(&mut view, [1, 2]);
    ask_all(&mut view, &[said(1, Online, 5)]);
    assert_eq!(take_snapshot(&mut view, id).unwrap().len(), 2);
    woken.store(0, Ordering::Relaxed);
    (view, id, woken)
}

#[test]
fn snapshot_waits_until_everyone_is_known_and_comes_once() {
    let mut view = View::default();
    let ids = 1..=i64::try_from(MAX_SNAPSHOT_USERS).unwrap() + 1;
    let (id, woken) = watching(&mut view, ids);
    let first = view.next_question().unwrap();
    let second = view.next_question().unwrap();
    assert_eq!((first.user_ids.len(), second.user_ids.len()), (MAX_SNAPSHOT_USERS, 1));
    assert!(view.next_question().is_none());
    view.answer(&second, vec![]);
    assert_eq!(view.take_snapshot(id), None);
    assert_eq!(woken.load(Ordering::Relaxed), 0);
    view.answer(&first, vec![said(1, Online, 5), said(2, Offline, 4)]);
    assert_eq!(woken.load(Ordering::Relaxed), 1);
    let rows = take_snapshot(&mut view, id).unwrap();
    assert_eq!(rows.len(), MAX_SNAPSHOT_USERS + 1);
    assert_eq!(rows[..3], [row(1, Online, None), row(2, Offline, Some(4)), row(3, Offline, None)]);
    assert_eq!(view.take_snapshot(id), None);
    assert_eq!(take_changes(&mut view, id), []);
}

#[test]
fn snapshot_of_nobody_comes_at_once() {
    let mut view = View::default();
    let (id, woken) = watching(&mut view, [9000]);
    assert_eq!(woken.load(Ordering::Relaxed), 1);
    assert!(view.next_question().is_none(), "nobody watches oneself");
    assert_eq!(take_snapshot(&mut view, id), Some(vec![]));
}

#[test]
fn changes_before_the_snapshot_are_in_it() {
    let mut view = View::default();
    let (id, _) = watching(&mut view, [1]);
    ask_all(&mut view, &[]);
    view.hear(&[said(1, Online, 5)]);
    assert_eq!(take_changes(&mut view, id), []);
    assert_eq!(take_snapshot(&mut view, id), Some(vec![row(1, Online, None)]));
    assert_eq!(take_changes(&mut view, id), []);
}

#[test]
fn changes_are_told_once_and_only_if_something_is_different() {
    let (mut view, id, woken) = told();
    view.hear(&[said(1, Away, 6), said(3, Online, 6)]);
    view.hear(&[said(2, Online, 6)]);
    assert_eq!(woken.load(Ordering::Relaxed), 1, "woken for both at once");
    assert_eq!(take_changes(&mut view, id), [row(1, Away, None), row(2, Online, None)]);
    assert_eq!(take_changes(&mut view, id), []);
    view.hear(&[said(1, Away, 7)]);
    assert_eq!(woken.load(Ordering::Relaxed), 1, "newer evidence of the same is no news");
    view.hear(&[said(1, Online, 8)]);
    view.hear(&[said(1, Away, 9)]);
    assert_eq!(take_changes(&mut view, id), [], "back where it was");
    view.hear(&[said(1, Offline, 5)]);
    assert_eq!(take_changes(&mut view, id), [], "older than what is known");
    view.hear(&[said(1, Online, 10)]);
    view.hear(&[said(1, Offline, 11)]);
    assert_eq!(take_changes(&mut view, id), [row(1, Offline, Some(11))], "the last state alone");
}

#[test]
fn newly_watched_person_comes_as_a_change() {
    let (mut view, id, woken) = told();
    let (other, _) = watching(&mut view, [3]);
    ask_all(&mut view, &[said(3, Away, 5)]);
    assert!(take_snapshot(&mut view, other).is_some());
    view.set_people(id, &people([1, 2, 3, 4]));
    assert_eq!(woken.load(Ordering::Relaxed), 1);
    assert_eq!(take_changes(&mut view, id), [row(3, Away, None)], "who is known at once");
    ask_all(&mut view, &[]);
    assert_eq!(take_changes(&mut view, id), [row(4, Offline, None)], "and who has to be asked about later");
    assert_eq!(take_changes(&mut view, other), []);
    view.set_people(id, &people([1, 2, 3, 4]));
    assert_eq!(take_changes(&mut view, id), []);
}

#[test]
fn whom_the_watch_lost_is_told_to_be_gone_and_nothing_after_that() {
    let (mut view, id, woken) = told();
    view.hear(&[said(1, Away, 6)]);
    take_changes(&mut view, id);
    let before = woken.load(Ordering::Relaxed);
    view.set_people(id, &people([2]));
    assert_eq!(woken.load(Ordering::Relaxed), before + 1);
    view.hear(&[said(1, Online, 7)]);
    assert_eq!(take_changes(&mut view, id), [row(1, Offline, None)]);
    assert_eq!(take_changes(&mut view, id), []);
    assert_eq!(view.len(), 1);
    view.set_people(id, &people([1, 2]));
    ask_all(&mut view, &[said(1, Online, 7)]);
    assert_eq!(take_changes(&mut view, id), [row(1, Online, None)], "met again");
}

#[test]
fn people_who_leave_or_come_before_the_snapshot_count() {
    let mut view = View::default();
    let (id, woken) = watching(&mut view, [1, 2]);
    let question = view.next_question().unwrap();
    view.set_people(id, &people([2, 3]));
    view.answer(&question, vec![]);
    assert_eq!(woken.load(Ordering::Relaxed), 0);
    assert_eq!(view.take_snapshot(id), None);
    view.set_people(id, &people([2]));
    assert_eq!(woken.load(Ordering::Relaxed), 1);
    assert_eq!(take_snapshot(&mut view, id), Some(vec![row(2, Offline, None)]));
}

#[test]
fn answer_holds_even_if_older_but_not_over_what_was_said_meanwhile() {
    let (mut view, id, _) = told();
    view.doubt();
    ask_all(&mut view, &[said(1, Offline, 3)]);
    assert_eq!(take_changes(&mut view, id), [row(1, Offline, Some(3))]);
    view.doubt();
    let question = view.next_question().unwrap();
    view.hear(&[said(1, Online, 9)]);
    view.answer(&question, vec![said(1, Offline, 8)]);
    assert_eq!(take_changes(&mut view, id), [row(1, Online, None)]);
    view.doubt();
    let question = view.next_question().unwrap();
    view.hear(&[said(1, Offline, 10)]);
    view.answer(&question, vec![said(1, Away, 11)]);
    assert_eq!(take_changes(&mut view, id), [row(1, Away, None)]);
    view.doubt();
    let question = view.next_question().unwrap();
    view.hear(&[said(2, Online, 12)]);
    view.answer(&question, vec![said(1, Away, 11)]);
    assert_eq!(take_changes(&mut view, id), [row(2, Online, None)], "missing in the answer, but heard of since");
}

#[test]
fn question_between_services_is_not_believed() {
    let mut view = View::default();
    let (id, _) = watching(&mut view, [1]);
    let question = view.next_question().unwrap();
    let asked = UserPresence { last_seen: None, ..said(1, Offline, 4) };
    view.hear(&[asked]);
    assert_eq!(view.take_snapshot(id), None, "nothing is known before the answer");
    view.answer(&question, vec![said(1, Online, 5)]);
    view.hear(&[asked]);
    assert_eq!(take_snapshot(&mut view, id), Some(vec![row(1, Online, None)]));
}

#[test]
fn last_visit_is_the_latest_that_anybody_knows_of() {
    let mut view = View::default();
    let known = [Acquaintance { user_id: user(1), last_seen: Some(at(50)) }];
    let id = view.watch(user(9000), &known, Box::new(|| ()));
    ask_all(&mut view, &[said(1, Offline, 40)]);
    assert_eq!(take_snapshot(&mut view, id), Some(vec![row(1, Offline, Some(50))]));
    view.hear(&[said(1, Online, 60)]);
    assert_eq!(take_changes(&mut view, id), [row(1, Online, None)]);
    view.doubt();
    ask_all(&mut view, &[]);
    assert_eq!(take_changes(&mut view, id), [row(1, Offline, Some(60))], "the departure was missed");
    let later = [Acquaintance { user_id: user(1), last_seen: Some(at(70)) }];
    let other = view.watch(user(1001), &later, Box::new(|| ()));
    assert_eq!(take_snapshot(&mut view, other), Some(vec![row(1, Offline, Some(70))]));
    assert_eq!(take_changes(&mut view, id), [row(1, Offline, Some(70))]);
    view.hear(&[said(1, Online, 80), said(1, Offline, 75)]);
    assert_eq!(take_changes(&mut view, id), [row(1, Online, None)]);
}

#[test]
fn what_is_known_holds_until_doubts_are_answered() {
    let (mut view, id, woken) = told();
    let question = {
        view.doubt();
        view.next_question().unwrap()
    };
    view.doubt();
    view.answer(&question, vec![said(1, Online, 5)]);
    assert_eq!(woken.load(Ordering::Relaxed), 0);
    let again = view.next_question().expect("the doubt came after the question");
    assert_eq!(again.user_ids, [user(1), user(2)]);
    view.repeat(&again);
    assert_eq!(view.next_question().expect("not answered").user_ids, again.user_ids);
    assert_eq!(take_changes(&mut view, id), []);
}

#[test]
fn every_watch_hears_of_a_doubt_once() {
    let (mut view, id, woken) = told();
    view.doubt();
    assert!(!view.take_doubt(id), "only states are in doubt");
    view.doubt_everything();
    assert_eq!(woken.load(Ordering::Relaxed), 1);
    assert!(view.next_question().is_some() && view.take_doubt(id) && !view.take_doubt(id));
}

#[test]
fn answer_about_somebody_who_was_lost_and_found_meanwhile_does_not_count() {
    let mut view = View::default();
    let (first, _) = watching(&mut view, [1]);
    let question = view.next_question().unwrap();
    view.unwatch(first);
    assert_eq!(view.len(), 0);
    let (second, _) = watching(&mut view, [1]);
    let another = view.next_question().unwrap();
    view.answer(&question, vec![said(1, Online, 5)]);
    assert_eq!(view.take_snapshot(second), None, "what was said while nobody watched was not heard");
    view.answer(&another, vec![said(1, Offline, 6)]);
    assert_eq!(take_snapshot(&mut view, second), Some(vec![row(1, Offline, Some(6))]));
}

#[test]
fn frame_is_encoded_once_for_all_watches() {
    let (mut view, first, _) = told();
    let (second, _) = watching(&mut view, [1]);
    assert!(view.take_snapshot(second).is_some());
    view.hear(&[said(1, Away, 6)]);
    let (one, other) = (view.take_changes(first), view.take_changes(second));
    assert_eq!((one.len(), one[0].as_ptr()), (1, other[0].as_ptr()));
}

#[test]
fn nothing_stays_when_all_watches_are_over() {
    let (mut view, id, woken) = told();
    let (other, _) = watching(&mut view, [2, 3]);
    view.unwatch(id);
    assert_eq!(view.len(), 2);
    view.unwatch(other);
    view.hear(&[said(1, Away, 9)]);
    assert!(view.people.is_empty() && view.watches.is_empty() && view.to_ask.is_empty());
    assert_eq!((woken.load(Ordering::Relaxed), view.take_changes(id).len()), (0, 0));
}
