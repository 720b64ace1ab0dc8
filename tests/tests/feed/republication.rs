//! `chatctl republish` while everything runs: sockets see nothing of it, and a run that was cut off goes on where it was.

use async_nats::Message;
use chat_e2e::PATIENCE;
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::operator::Feed;
use crate::traffic::Groups;

#[tokio::test]
async fn sockets_see_nothing_of_what_is_published_again() {
    let feed = Feed::take().await;
    let mut groups = Groups::begin(&feed.app).await;
    groups.talk(&feed.app, 5).await;
    // Among the old events is the removal of somebody who takes part again.
    groups.change().await;
    let group = groups.ids[0].clone();
    let mut sockets = Vec::new();
    for gateway in [0, 1] {
        sockets.push(groups.ben.open(gateway, &group).await);
        let mut everywhere = groups.ben.knock_all(gateway, "").await;
        everywhere.expect("ready").await;
        sockets.push(everywhere);
    }
    for socket in &mut sockets {
        socket.settle().await;
    }

    heard_again(&feed, &groups, &group).await;
    let said = groups.ada.say(&group, "afterwards").await;
    for socket in &mut sockets {
        assert_eq!(socket.expect("message_received").await["message"]["id"], said["id"]);
        assert_eq!(of_the_log(socket.settle().await), Vec::<Value>::new());
    }
}

#[tokio::test]
async fn socket_that_opens_meanwhile_sees_nothing_either() {
    let feed = Feed::take().await;
    let mut groups = Groups::begin(&feed.app).await;
    groups.talk(&feed.app, 5).await;
    groups.change().await;
    let bus = feed.developer().await;
    for (gateway, group) in groups.ids.clone().iter().take(2).enumerate() {
        let again = heard_again(&feed, &groups, group).await;
        // Nobody has had this conversation on a gateway: it hears old events before it knows where the log stands.
        let publishing = async {
            for event in again.iter().cycle() {
                let (subject, headers) = (event.subject.clone(), event.headers.clone().unwrap());
                bus.client().publish_with_headers(subject, headers, event.payload.clone()).await.unwrap();
                bus.flush().await.unwrap();
            }
        };
        let using = async {
            let mut socket = groups.ben.knock(gateway, group).await;
            let (last, _) = groups.standings().await[group];
            assert_eq!(socket.expect("ready").await["last_seq"], last);
            let said = groups.ada.say(group, "meanwhile").await;
            assert_eq!(socket.expect("message_received").await["message"]["id"], said["id"]);
            assert_eq!(of_the_log(socket.settle().await), Vec::<Value>::new());
        };
        tokio::select! {
            () = publishing => unreachable!("there is always another one"),
            () = using => {}
        }
    }
}

/// Publishes a conversation again; its events as they pass where gateways hear.
async fn heard_again(feed: &Feed, groups: &Groups, group: &str) -> Vec<Message> {
    let subject = format!("chat.conversation.*.{group}.log");
    let heard = feed.app.writer().await.hear(&subject).await.unwrap();
    feed.republish(&["--conversation", group]).await;
    let (last, _) = groups.standings().await[group];
    let events = heard.take(usize::try_from(last).unwrap()).collect();
    timeout(PATIENCE, events).await.expect("all of it is published")
}

/// What is about the log among frames.
fn of_the_log(frames: Vec<Value>) -> Vec<Value> {
    let is_it = |frame: &Value| frame["seq"].is_number() || frame["type"] == "resync_required";
    frames.into_iter().filter(is_it).collect()
}

#[tokio::test]
async fn lost_stream_is_made_anew_by_who_publishes() {
    let feed = Feed::take().await;
    let mut groups = Groups::begin(&feed.app).await;
    feed.lose_stream().await;
    groups.talk(&feed.app, 3).await;
    let group = &groups.ids[0];
    feed.republish(&["--conversation", group]).await;
    let events = feed.app.writer().await.events_of(group).await.unwrap();
    let seqs: Vec<_> = events.iter().map(|(seq, _)| *seq).collect();
    let (live, again) = seqs.split_at(seqs.len() - 4);
    assert_eq!((live, again), (&[2, 3, 4][..], &[1, 2, 3, 4][..]));
    let ids = |seq: i64| events.iter().filter(move |(at, _)| *at == seq).map(|(_, id)| id).collect::<Vec<_>>();
    assert_eq!(ids(3)[0], ids(3)[1], "the same event has the same id");
}

#[tokio::test]
async fn republication_goes_on_where_it_was() {
    let feed = Feed::take().await;
    let groups = Groups::begin(&feed.app).await;
    let file = std::env::temp_dir().join(format!("progress-{:016x}", rand::random::<u64>()));
    let progress = file.to_str().unwrap();
    let all = feed.republish(&["--progress", progress]).await;
    assert!(!all.contains("Done: 0 events"), "{all}");
    let last = std::fs::read_to_string(&file).unwrap();
    let newer = groups.ada.begin(json!({"kind": "group", "participant_ids": [groups.ben.id]})).await;
    let rest = feed.republish(&["--progress", progress]).await;
    assert!(rest.contains(&format!("Going on after {}.", last.trim())), "{rest}");
    assert!(rest.contains("Done: 1 events of 1 conversations"), "{rest}");
    assert_eq!(std::fs::read_to_string(&file).unwrap().trim(), newer);
    std::fs::remove_file(file).unwrap();
}
