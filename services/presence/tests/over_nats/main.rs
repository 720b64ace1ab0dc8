//! The service over a real nats-server: a gateway that keeps a lease book, instances of the service, and a watcher.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod world;

use std::time::Duration;

use chat_bus::rpc::{RpcError, call};
use chat_protocol::ids::UserId;
use chat_protocol::presence::{
    ChosenStatus, LeaseWish, MAX_SNAPSHOT_USERS, PresenceStatus, SnapshotRequest, SnapshotResponse,
};
use chat_stack::Signal;

use crate::world::{Gateway, Nats, Service, Watcher, user};

async fn snapshot(nats: &Nats, user_ids: Vec<UserId>) -> Result<SnapshotResponse, RpcError> {
    let bus = nats.connect("asker").await;
    call(&bus, "presence", "snapshot", &SnapshotRequest { user_ids }, Duration::from_secs(5)).await
}

#[tokio::test]
async fn people_are_told_to_come_and_go_and_snapshots_agree() {
    let nats = Nats::start().await;
    let gateway = Gateway::start(&nats, "gateway-1").await;
    gateway.open(1);
    let service = Service::start(&nats, "presence-1").await;
    gateway.wait_for(LeaseWish::FullSet).await;
    gateway.wait_for(LeaseWish::Refresh).await;
    service.wait_ready().await;
    let mut watcher = Watcher::start(&nats).await;

    gateway.open(2);
    assert_eq!(watcher.next_about(2).await.status, PresenceStatus::Online);
    let answer = snapshot(&nats, vec![user(1), user(2), user(3)]).await.unwrap();
    let online: Vec<i64> = answer.users.iter().map(|known| known.user_id.get()).collect();
    assert_eq!(online, [1, 2], "also who was there before the service; strangers are left out");

    gateway.choose(2, ChosenStatus::Away, 1);
    assert_eq!(watcher.next_about(2).await.status, PresenceStatus::Away);
    gateway.close(2);
    let left = watcher.next_about(2).await;
    assert_eq!(left.status, PresenceStatus::Offline);
    assert!(left.last_seen.is_some());
}

#[tokio::test]
async fn too_large_a_snapshot_is_refused() {
    let nats = Nats::start().await;
    let service = Service::start(&nats, "presence-1").await;
    service.wait_ready().await;
    let refused = snapshot(&nats, vec![user(1); MAX_SNAPSHOT_USERS + 1]).await;
    assert!(matches!(refused, Err(RpcError::Invalid(_))), "{refused:?}");
}

#[tokio::test]
async fn dead_gateway_and_dead_instance_are_noticed_by_the_other_instance() {
    let nats = Nats::start().await;
    let gateway = Gateway::start(&nats, "gateway-1").await;
    let (first, second) = (Service::start(&nats, "presence-1").await, Service::start(&nats, "presence-2").await);
    first.wait_ready().await;
    second.wait_ready().await;
    let mut watcher = Watcher::start(&nats).await;
    gateway.open(1);
    assert_eq!(watcher.next_about(1).await.status, PresenceStatus::Online);
    first.kill();
    gateway.kill();
    let left = watcher.next_about(1).await;
    assert_eq!((left.status, left.last_seen.is_some()), (PresenceStatus::Offline, true));
}

#[tokio::test]
async fn restarted_broker_is_survived() {
    let nats = Nats::start().await;
    let gateway = Gateway::start(&nats, "gateway-1").await;
    let service = Service::start(&nats, "presence-1").await;
    service.wait_ready().await;
    let mut watcher = Watcher::start(&nats).await;
    gateway.open(1);
    assert_eq!(watcher.next_about(1).await.status, PresenceStatus::Online);

    nats.process().kill(Signal::SIGKILL).await.unwrap();
    service.wait_not_ready().await;
    gateway.open(2);
    nats.process().start(Duration::from_secs(20)).await.unwrap();
    service.wait_ready().await;
    let answer = snapshot(&nats, vec![user(1), user(2)]).await.unwrap();
    assert_eq!(answer.users.len(), 2);
    gateway.close(1);
    assert_eq!(watcher.next_about(1).await.status, PresenceStatus::Offline);
}
