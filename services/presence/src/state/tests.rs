//! Stories of presence, each under a world without chance.

use chat_protocol::presence::ChosenStatus::{Away, Invisible, Online};
use chat_protocol::presence::{LEASE_TTL, LeaseBook, OFFLINE_GRACE};

use super::world::{TIMING, World, user};
use super::*;

const FLUSH: Duration = Duration::from_millis(500);

#[test]
fn online_is_told_at_once_and_offline_after_the_grace() {
    let mut world = World::settled(1, 1);
    let opened = world.now;
    world.open(0, 1);
    world.run_secs(1);
    assert_eq!(world.told(1), [PresenceStatus::Online]);
    assert!(world.last_frame().at <= opened + FLUSH);
    let (closed, wall) = (world.now, world.wall());
    world.close(0, 1);
    world.run(OFFLINE_GRACE);
    assert_eq!(world.seen(1), PresenceStatus::Online, "within the grace");
    world.run_secs(1);
    let frame = world.last_frame();
    assert_eq!(frame.status, PresenceStatus::Offline);
    assert!(frame.at >= closed + OFFLINE_GRACE && frame.at <= closed + OFFLINE_GRACE + FLUSH);
    let late = frame.last_seen.unwrap().datetime() - wall.datetime();
    assert!((0..=100).contains(&late.num_milliseconds()), "last seen when the socket closed, not when the grace ended");
}

#[test]
fn return_within_the_grace_is_not_told() {
    let mut world = World::settled(2, 1);
    world.open(0, 1);
    world.run_secs(1);
    world.close(0, 1);
    world.run_secs(4);
    world.open(1, 1);
    world.run_secs(20);
    assert_eq!(world.told(1), [PresenceStatus::Online]);
}

#[test]
fn one_socket_anywhere_keeps_a_person_online() {
    let mut world = World::settled(2, 1);
    world.open(0, 1);
    world.open(1, 1);
    world.run_secs(1);
    world.close(0, 1);
    world.run_secs(60);
    assert_eq!(world.told(1), [PresenceStatus::Online]);
    world.close(1, 1);
    world.run_secs(6);
    assert_eq!(world.seen(1), PresenceStatus::Offline);
}

#[test]
fn death_of_a_gateway_is_noticed_within_fifteen_seconds() {
    for more_ms in [0, 1000, 2500, 4900] {
        let mut world = World::settled(2, 1);
        world.open(0, 1);
        world.run_secs(10);
        world.run(Duration::from_millis(more_ms));
        let (died, wall) = (world.now, world.wall());
        world.kill_gateway(0);
        world.run_secs(15);
        let frame = world.last_frame();
        assert_eq!((frame.status, frame.user), (PresenceStatus::Offline, 1));
        assert!(frame.at <= died + LEASE_TTL + FLUSH);
        assert!(frame.last_seen.unwrap() <= wall, "not seen after the death");
    }
}

#[test]
fn people_of_a_dead_gateway_who_came_back_elsewhere_stay_online() {
    let mut world = World::settled(2, 1);
    world.open(0, 1);
    world.run_secs(1);
    world.kill_gateway(0);
    world.run_secs(8);
    world.open(1, 1);
    world.run_secs(20);
    assert_eq!(world.told(1), [PresenceStatus::Online]);
}

#[test]
fn gateway_that_stops_leaves_its_people_the_grace() {
    let mut world = World::settled(2, 1);
    world.open(0, 1);
    world.open(0, 2);
    world.run_secs(1);
    world.stop_gateway(0);
    world.run_secs(2);
    world.open(1, 1);
    world.run_secs(4);
    assert_eq!(world.told(1), [PresenceStatus::Online]);
    assert_eq!(world.told(2), [PresenceStatus::Online, PresenceStatus::Offline]);
}

#[test]
fn gateway_that_starts_anew_leaves_its_people_the_grace() {
    let mut world = World::settled(1, 1);
    world.open(0, 1);
    world.open(0, 2);
    world.run_secs(1);
    world.kill_gateway(0);
    world.run_secs(1);
    world.start_gateway(0);
    world.run_secs(2);
    world.open(0, 1);
    world.run_secs(6);
    assert_eq!(world.told(1), [PresenceStatus::Online]);
    assert_eq!(world.told(2), [PresenceStatus::Online, PresenceStatus::Offline]);
}

#[test]
fn invisible_is_offline_to_others_since_the_choice() {
    let mut world = World::settled(1, 1);
    world.open(0, 1);
    world.run_secs(10);
    let chosen = world.wall();
    world.choose(0, 1, Invisible, 1);
    world.run_secs(1);
    let frame = world.last_frame();
    assert_eq!(frame.status, PresenceStatus::Offline);
    assert!((frame.last_seen.unwrap().datetime() - chosen.datetime()).num_milliseconds() <= 100);
    world.close(0, 1);
    world.run_secs(10);
    assert_eq!(world.frames.len(), 2, "the real departure is not told");
    let seen = world.instances[&0].snapshot(&[user(1)]).unwrap();
    assert_eq!(seen[0].last_seen, frame.last_seen);
}

#[test]
fn coming_invisible_is_not_told() {
    let mut world = World::settled(1, 1);
    world.open_as(0, 1, Invisible, 3);
    world.run_secs(10);
    assert_eq!(world.instances[&0].snapshot(&[user(1)]), Some(vec![]));
    world.close(0, 1);
    world.run_secs(10);
    assert_eq!(world.statements, 0);
    world.open_as(0, 1, Invisible, 3);
    world.choose(0, 1, Online, 4);
    world.run_secs(1);
    assert_eq!(world.told(1), [PresenceStatus::Online]);
}

#[test]
fn return_as_invisible_within_the_grace_does_not_show() {
    let mut world = World::settled(1, 1);
    world.open(0, 1);
    world.run_secs(1);
    let closed = world.wall();
    world.close(0, 1);
    world.run_secs(3);
    world.open_as(0, 1, Invisible, 1);
    world.run_secs(10);
    let frame = world.last_frame();
    assert_eq!(frame.status, PresenceStatus::Offline);
    assert!((frame.last_seen.unwrap().datetime() - closed.datetime()).num_milliseconds() <= 100);
}

#[test]
fn short_visit_within_the_grace_renews_it() {
    let mut world = World::settled(1, 1);
    world.open(0, 1);
    world.run_secs(1);
    world.close(0, 1);
    world.run_secs(3);
    world.open(0, 1);
    let closed = world.now;
    world.close(0, 1);
    world.run_secs(10);
    assert!(world.last_frame().at >= closed + OFFLINE_GRACE);
}

#[test]
fn newest_choice_counts_over_all_gateways() {
    let mut world = World::settled(2, 1);
    world.open_as(0, 1, Online, 5);
    world.open_as(1, 1, Online, 5);
    world.run_secs(1);
    world.choose(1, 1, Away, 6);
    world.run_secs(1);
    assert_eq!(world.seen(1), PresenceStatus::Away);
    world.choose(0, 1, Online, 7);
    world.run_secs(1);
    assert_eq!(world.seen(1), PresenceStatus::Online);
    world.close(0, 1);
    world.run_secs(1);
    assert_eq!(world.seen(1), PresenceStatus::Away, "the other gateway knows no better");
}

#[test]
fn lost_change_is_found_by_the_next_heartbeat() {
    let mut world = World::settled(2, 1);
    world.open(0, 2);
    world.run_secs(1);
    world.cut.insert((0, 0));
    world.open(0, 1);
    world.close(0, 2);
    world.run_secs(1);
    world.cut.clear();
    world.run_secs(7);
    assert_eq!(world.seen(1), PresenceStatus::Online);
    world.run_secs(5);
    assert_eq!(world.seen(2), PresenceStatus::Offline);
}

#[test]
fn lost_part_of_a_full_set_is_asked_for_again() {
    let mut book = LeaseBook::new("g".parse().unwrap(), World::default().wall());
    let (first, last) = (1, 12_000);
    (first..=last).for_each(|id| book.open(user(id), Online, 0));
    let mut state = State::new(TIMING, Duration::ZERO);
    let at = |secs| Duration::from_secs(secs);
    let parts = book.full_set(World::default().wall());
    assert_eq!(parts.len(), 3);
    for lost in 0..3 {
        let arrived = parts.iter().enumerate().filter(|(part, _)| *part != lost);
        arrived.for_each(|(_, update)| state.hear_lease(update.clone(), Some("reply"), at(1)));
        state.hear_lease(book.heartbeat(World::default().wall()), Some("reply"), at(2));
        let asked = state.flush(at(10 + 2 * u64::try_from(lost).unwrap())).full_set_from;
        assert_eq!(asked, ["reply"], "part {lost}");
        assert!(!state.is_speaking());
    }
    for update in parts {
        state.hear_lease(update, Some("reply"), at(20));
    }
    assert_eq!(state.flush(at(20)).full_set_from, Vec::<String>::new());
    assert_eq!(state.counts(), Counts { leases: 1, online: 12_000 });
    assert!(state.is_speaking());
}

#[test]
fn asking_for_the_full_set_is_repeated_once_a_second() {
    let mut book = LeaseBook::new("g".parse().unwrap(), World::default().wall());
    let mut state = State::new(TIMING, Duration::ZERO);
    state.hear_lease(book.heartbeat(World::default().wall()), Some("reply"), Duration::ZERO);
    let asked = (0..40).filter(|tick| !state.flush(Duration::from_millis(tick * 100)).full_set_from.is_empty());
    assert_eq!(asked.collect::<Vec<_>>(), [0, 10, 20, 30]);
}

#[test]
fn older_updates_change_nothing() {
    let world = World::default();
    let name = || "g".parse().unwrap();
    let mut old_life = LeaseBook::new(name(), world.wall());
    old_life.open(user(1), Online, 0);
    let of_old_life = old_life.full_set(world.wall());
    let later = (world.wall().datetime() + chrono::TimeDelta::seconds(1)).into();
    let mut book = LeaseBook::new(name(), later);
    book.open(user(2), Online, 0);
    let older = book.full_set(later);
    book.close(user(2), later);
    let newer = book.full_set(later);
    let mut state = State::new(TIMING, Duration::ZERO);
    let updates = newer.into_iter().chain(older).chain(of_old_life).chain([old_life.release(later)]);
    updates.for_each(|update| state.hear_lease(update, None, Duration::ZERO));
    assert_eq!(state.counts(), Counts { leases: 1, online: 0 });
}

#[test]
fn fresh_instance_is_silent_until_every_lease_is_known() {
    let mut world = World::settled(2, 1);
    world.open(0, 1);
    world.open(1, 2);
    world.run_secs(1);
    world.instances.clear();
    world.start_instance(0);
    // Of gateway 1 it hears the heartbeats, but no full set.
    let mut state = world.instances.remove(&0).unwrap();
    let mut muffled = LeaseBook::new("gateway-9".parse().unwrap(), world.wall());
    state.hear_lease(muffled.heartbeat(world.wall()), Some("9"), world.now);
    assert_eq!(state.snapshot(&[user(1)]), None);
    for secs in (0..60).step_by(5) {
        let now = world.now + Duration::from_secs(secs);
        state.hear_lease(muffled.heartbeat(world.wall()), Some("9"), now);
        state.expire(now);
        let outbox = state.flush(now);
        assert_eq!(outbox.full_set_from, ["9"]);
        assert!(outbox.diffs.is_empty() && outbox.refresh.is_empty());
        assert_eq!(state.snapshot(&[user(1)]), None);
    }
    let now = world.now + Duration::from_mins(1);
    muffled.full_set(world.wall()).into_iter().for_each(|update| state.hear_lease(update, Some("9"), now));
    assert_eq!(state.flush(now).refresh, ["9"]);
    assert!(state.snapshot(&[user(1)]).is_some());
}

#[test]
fn fresh_instance_does_not_repeat_what_was_said() {
    let mut world = World::settled(1, 1);
    (1..=9).for_each(|id| world.open(0, id));
    world.run_secs(1);
    assert_eq!(world.statements, 9);
    world.instances.clear();
    world.run_secs(3);
    world.start_instance(1);
    world.run_secs(20);
    assert!(world.instances[&1].is_speaking());
    assert_eq!((world.statements, world.frames.len()), (9, 9));
    assert_eq!(world.instances[&1].snapshot(&[user(1), user(10)]).unwrap().len(), 1);
}

#[test]
fn what_happened_while_no_instance_was_there_is_told_later() {
    let mut world = World::settled(2, 1);
    (1..=3).for_each(|id| world.open(0, id));
    world.open(1, 4);
    world.run_secs(1);
    world.instances.clear();
    let closed = world.wall();
    world.close(0, 1);
    world.kill_gateway(1);
    world.open(0, 5);
    world.run_secs(20);
    world.start_instance(0);
    world.run_secs(12);
    assert_eq!(world.told(2), [PresenceStatus::Online]);
    assert_eq!(world.seen(5), PresenceStatus::Online);
    assert_eq!(world.seen(4), PresenceStatus::Offline, "its gateway died unseen");
    assert_eq!(world.seen(1), PresenceStatus::Offline);
    let seen = world.instances[&0].snapshot(&[user(1)]).unwrap();
    assert_eq!(seen[0].last_seen, Some(closed), "the gateway remembered the departure");
}

#[test]
fn two_instances_say_everything_once() {
    let mut world = World::settled(2, 2);
    (1..=10).for_each(|id| world.open(u8::try_from(id % 2).unwrap(), id));
    world.run_secs(2);
    assert_eq!(world.statements, 10);
    (1..=10).for_each(|id| world.close(u8::try_from(id % 2).unwrap(), id));
    world.run_secs(10);
    assert_eq!((world.statements, world.frames.len()), (20, 20));
}

#[test]
fn either_instance_may_die_without_a_gap() {
    for dying in [0, 1] {
        let mut world = World::settled(1, 2);
        world.open(0, 1);
        world.run_secs(1);
        world.close(0, 1);
        world.open(0, 2);
        world.instances.remove(&dying);
        world.run_secs(1);
        assert_eq!(world.seen(2), PresenceStatus::Online);
        world.run_secs(5);
        assert_eq!(world.seen(1), PresenceStatus::Offline);
    }
}

#[test]
fn instance_that_is_deaf_to_a_gateway_is_contradicted_once() {
    let mut world = World::settled(1, 2);
    world.open(0, 1);
    world.run_secs(6);
    world.cut.insert((0, 1));
    world.run_secs(120);
    let expected = [PresenceStatus::Online, PresenceStatus::Offline, PresenceStatus::Online];
    assert!(world.told(1) == expected[..1] || world.told(1) == expected, "{:?}", world.told(1));
    let seen = world.instances[&1].snapshot(&[user(1)]).unwrap();
    assert_eq!(seen[0].status, PresenceStatus::Online, "the better evidence holds");
    world.cut.clear();
    world.close(0, 1);
    world.run_secs(20);
    assert_eq!(world.seen(1), PresenceStatus::Offline);
}

#[test]
fn instance_that_stood_still_starts_over() {
    let mut world = World::settled(2, 2);
    world.open(0, 1);
    world.run_secs(1);
    world.close(0, 1);
    world.run_secs(1);
    world.stalled.insert(0);
    world.open(1, 1);
    world.run_secs(30);
    let now = world.now;
    world.instances.get_mut(&0).unwrap().start_over(now);
    world.wake_instance(0);
    world.run_secs(20);
    assert!(world.instances[&0].is_speaking());
    assert_eq!(world.told(1), [PresenceStatus::Online]);
}

#[test]
fn starting_over_holds_no_silence_against_gateways() {
    let mut world = World::settled(1, 1);
    world.open(0, 1);
    world.run_secs(1);
    world.cut.insert((0, 0));
    world.run_secs(11);
    let now = world.now;
    world.instances.get_mut(&0).unwrap().start_over(now);
    world.cut.clear();
    world.run_secs(30);
    assert_eq!(world.told(1), [PresenceStatus::Online]);
}

#[test]
fn who_left_long_ago_is_forgotten() {
    let mut world = World::settled(1, 2);
    (1..=9).for_each(|id| world.open(0, id));
    world.run_secs(1);
    (1..=9).for_each(|id| world.close(0, id));
    world.run_secs(10);
    assert_eq!(world.instances[&0].snapshot(&[user(1)]).unwrap().len(), 1);
    world.run_secs(60);
    for state in world.instances.values() {
        assert_eq!(state.snapshot(&[user(1)]), Some(vec![]));
        assert!(state.people.is_empty() && state.timers.is_empty() && state.unsettled.is_empty());
    }
}

#[test]
fn clock_of_a_gateway_may_lag() {
    let mut world = World::settled(1, 1);
    world.open(0, 1);
    world.run_secs(1);
    // Somebody with a clock two minutes ahead said otherwise.
    let as_of = (world.known_as_of(1).datetime() + chrono::TimeDelta::minutes(2)).into();
    let wrong = UserPresence { user_id: user(1), status: PresenceStatus::Away, last_seen: None, as_of };
    let now = world.now;
    world.instances.get_mut(&0).unwrap().hear_diff(&[wrong], now);
    world.close(0, 1);
    world.run_secs(7);
    let told = world.instances[&0].snapshot(&[user(1)]).unwrap()[0];
    assert_eq!(told.status, PresenceStatus::Offline, "what a gateway says is newer than what was told before");
}
