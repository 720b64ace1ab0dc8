//! Presence of gateways over a real nats-server and real presence services: what people do on one gateway is seen on
//! another, whatever fails in between.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod world;

use chat_protocol::presence::{ChosenStatus, LeaseBody, PresenceStatus};

use crate::world::{Api, Gateway, Link, World, choice, start_hesitant_presence, user};

use PresenceStatus::{Away, Offline, Online};

#[tokio::test]
async fn people_of_one_gateway_are_seen_on_another() {
    let world = World::with_presence().await;
    let (here, there) = (Gateway::start(&world, "gateway-1").await, Gateway::start(&world, "gateway-2").await);
    let stay = here.enter(1);
    let mut watcher = there.watch([1, 2]);
    let rows = watcher.snapshot().await;
    assert_eq!(rows.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [1, 2]);
    watcher.until(1, Online).await;
    let second = here.enter(1);
    drop(stay);
    let other = here.enter(2);
    watcher.until(2, Online).await;
    assert_eq!(watcher.status(1), Some(Online), "one socket is enough");
    drop((second, other));
    assert!(watcher.until(1, Offline).await.last_seen.is_some());
    watcher.until(2, Offline).await;
}

#[tokio::test]
async fn watch_follows_whom_it_is_over() {
    let world = World::with_presence().await;
    let gateway = Gateway::start(&world, "gateway-1").await;
    let _stays = [1, 2, 3].map(|id| gateway.enter(id));
    let mut watcher = gateway.watch([1]);
    watcher.snapshot().await;
    watcher.until(1, Online).await;
    watcher.set_people([2, 3]);
    watcher.until(2, Online).await;
    watcher.until(3, Online).await;
    watcher.until(1, Offline).await;
    gateway.choose(choice(1, ChosenStatus::Away, 1)).await;
    gateway.choose(choice(2, ChosenStatus::Away, 1)).await;
    watcher.until(2, Away).await;
    assert_eq!(watcher.status(1), Some(Offline), "nothing more comes of who is not watched");
}

#[tokio::test]
async fn snapshot_waits_for_a_presence_service() {
    let world = World::start().await;
    let gateway = Gateway::start(&world, "gateway-1").await;
    let _stay = gateway.enter(1);
    let mut watcher = gateway.watch([1]);
    gateway.next_lease(|body| *body == LeaseBody::Heartbeat).await;
    assert!(!watcher.has_snapshot());
    world.start_presence(0).await;
    watcher.snapshot().await;
    watcher.until(1, Online).await;
}

#[tokio::test]
async fn choice_that_was_heard_before_its_person_came_counts() {
    let world = World::with_presence().await;
    let gateway = Gateway::start(&world, "gateway-1").await;
    let mut watcher = gateway.watch([1, 2]);
    watcher.snapshot().await;
    gateway.choose(choice(1, ChosenStatus::Invisible, 5)).await;
    gateway.choose(choice(2, ChosenStatus::Away, 5)).await;
    let _marker = gateway.enter(9);
    // Both choices were heard before the next lease is published.
    gateway.next_lease(|body| names(body, 9)).await;
    let _stays = (gateway.enter_as(1, ChosenStatus::Online, 4), gateway.enter_as(2, ChosenStatus::Online, 4));
    watcher.until(2, Away).await;
    assert_ne!(watcher.status(1), Some(Online), "never shown");
    gateway.choose(choice(1, ChosenStatus::Online, 6)).await;
    watcher.until(1, Online).await;
}

#[tokio::test]
async fn lease_is_given_back_when_the_last_socket_has_closed() {
    let world = World::start().await;
    let gateway = Gateway::start(&world, "gateway-1").await;
    let stay = gateway.enter(1);
    gateway.next_lease(|body| names(body, 1)).await;
    gateway.stop();
    let late = gateway.enter(2);
    gateway.next_lease(|body| names(body, 2)).await;
    drop((stay, late));
    gateway.next_lease(|body| *body == LeaseBody::Released).await;
    gateway.stopped().await;
}

#[tokio::test]
async fn what_happened_while_no_presence_service_was_there_is_told_later() {
    let world = World::with_presence().await;
    let (here, there) = (Gateway::start(&world, "gateway-1").await, Gateway::start(&world, "gateway-2").await);
    let stay = here.enter(1);
    let mut watcher = there.watch([1, 2]);
    watcher.snapshot().await;
    watcher.until(1, Online).await;
    world.kill_presence(0).await;
    drop(stay);
    let _other = here.enter(2);
    here.next_lease(|body| names(body, 2)).await;
    world.start_presence(1).await;
    watcher.until(2, Online).await;
    assert!(watcher.until(1, Offline).await.last_seen.is_some());
}

#[tokio::test]
async fn either_presence_service_may_die() {
    let world = World::with_presence().await;
    world.start_presence(1).await;
    let gateway = Gateway::start(&world, "gateway-1").await;
    let mut watcher = gateway.watch([1, 2]);
    watcher.snapshot().await;
    let stay = gateway.enter(1);
    watcher.until(1, Online).await;
    world.kill_presence(0).await;
    let _other = gateway.enter(2);
    drop(stay);
    watcher.until(2, Online).await;
    watcher.until(1, Offline).await;
}

#[tokio::test]
async fn dead_gateway_is_noticed() {
    let world = World::with_presence().await;
    let (here, there) = (Gateway::start(&world, "gateway-1").await, Gateway::start(&world, "gateway-2").await);
    let stay = here.enter(1);
    let mut watcher = there.watch([1]);
    watcher.snapshot().await;
    watcher.until(1, Online).await;
    here.kill();
    assert!(watcher.until(1, Offline).await.last_seen.is_some());
    drop(stay);
}

#[tokio::test]
async fn broken_connection_is_survived_with_what_was_chosen_meanwhile() {
    let world = World::with_presence().await;
    let (here, there) = (Gateway::start(&world, "gateway-1").await, Gateway::start(&world, "gateway-2").await);
    let stay = here.enter(1);
    let _stays = [2, 3].map(|id| here.enter(id));
    let mut watcher = there.watch([1, 2, 3, 4]);
    watcher.snapshot().await;
    watcher.until(2, Online).await;
    world.kill_nats().await;
    drop(stay);
    let _late = here.enter(4);
    let api = Api::start(&world).await;
    api.chosen(choice(2, ChosenStatus::Away, 7));
    world.start_nats().await;
    watcher.until(1, Offline).await;
    watcher.until(2, Away).await;
    watcher.until(3, Online).await;
    watcher.until(4, Online).await;
}

#[tokio::test]
async fn gateway_that_was_cut_off_learns_what_it_missed_and_tells_what_others_missed() {
    let world = World::with_presence().await;
    let link = Link::start(&world).await;
    let here = Gateway::start(&world, "gateway-1").await;
    let there = Gateway::start_over(&world, &link, "gateway-2").await;
    let (stay, mut watcher, mut others) = (here.enter(1), there.watch([1, 2]), here.watch([1, 2, 3]));
    watcher.snapshot().await;
    others.snapshot().await;
    watcher.until(1, Online).await;
    // Whatever the connection has been through so far.
    watcher.take_doubt();
    link.cut();
    drop(stay);
    let _stays = (here.enter(2), there.enter(3));
    others.until(1, Offline).await;
    others.until(2, Online).await;
    link.mend();
    watcher.until(2, Online).await;
    watcher.until(1, Offline).await;
    others.until(3, Online).await;
    assert!(watcher.take_doubt(), "whom the person may see is to be read again");
}

#[tokio::test]
async fn question_that_was_not_answered_is_asked_again() {
    let world = World::start().await;
    start_hesitant_presence(&world).await;
    let gateway = Gateway::start(&world, "gateway-1").await;
    let mut watcher = gateway.watch([1, 2]);
    assert_eq!(watcher.snapshot().await, [(1, Away), (2, Away)]);
}

#[tokio::test]
async fn acquaintances_are_read_page_by_page_until_it_has_succeeded() {
    let world = World::start().await;
    let gateway = Gateway::start(&world, "gateway-1").await;
    let api = Api::start(&world).await;
    api.fails_first();
    let people = gateway.acquaintances(7).await;
    let expected: Vec<_> = (1..=5).map(user).collect();
    assert_eq!(people.iter().map(|one| one.user_id).collect::<Vec<_>>(), expected);
    assert_eq!(api.asked_after(), [None, None, Some(user(2)), Some(user(4))]);
}

/// Whether an update of a lease says that this person is there.
fn names(body: &LeaseBody, id: i64) -> bool {
    match body {
        LeaseBody::Full { users: online, .. } | LeaseBody::Change { online, .. } => {
            online.iter().any(|held| held.user_id == user(id))
        }
        LeaseBody::Heartbeat | LeaseBody::Released => false,
    }
}
