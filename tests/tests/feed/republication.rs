//! `chatctl republish` while everything runs: sockets see nothing of it, and a run that was cut off goes on where it was.

use chat_e2e::PATIENCE;
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

    let mut heard = feed.app.writer().await.hear("chat.conversation.*.*.log").await.unwrap();
    feed.republish(&["--conversation", &group]).await;
    // All of it has passed where gateways hear.
    let (last, _) = groups.standings().await[&group];
    for _ in 0..last {
        timeout(PATIENCE, futures_util::StreamExt::next(&mut heard)).await.expect("it is published").unwrap();
    }
    let said = groups.ada.say(&group, "afterwards").await;
    for socket in &mut sockets {
        assert_eq!(socket.expect("message_received").await["message"]["id"], said["id"]);
        let rest = socket.settle().await;
        let of_the_log = |frame: &&Value| frame["seq"].is_number() || frame["type"] == "resync_required";
        assert_eq!(rest.iter().filter(of_the_log).collect::<Vec<_>>(), Vec::<&Value>::new());
    }
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
