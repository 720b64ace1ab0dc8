//! What one socket says is stored in the order in which it was said, up to the number that may wait.

use serde_json::json;

use crate::{Scene, go_on, halt, said, workers};

/// As many as may wait unanswered on one socket.
const MAX_UNANSWERED: usize = 256;

#[tokio::test]
async fn one_more_than_may_wait_is_unavailable_and_the_others_are_stored_in_order() {
    let scene = Scene::on(workers(2)).await;
    let mut socket = scene.ada.open(0, &scene.direct).await;
    halt(scene.stack.postgres()).await;
    let name = |number: usize| format!("m-{number}");
    socket.send_all((0..=MAX_UNANSWERED).map(|number| said(&name(number), Some(&name(number))))).await;
    let refused = socket.refused("unavailable").await;
    assert_eq!(refused["client_id"], name(MAX_UNANSWERED));
    go_on(scene.stack.postgres()).await;
    for number in 0..MAX_UNANSWERED {
        let sent = socket.expect("message_sent").await;
        assert_eq!((&sent["client_id"], &sent["seq"]), (&json!(name(number)), &json!(number + 2)));
    }
    // There is room again, and the refused one was never carried out.
    socket.send(said("next", Some(&name(MAX_UNANSWERED)))).await;
    assert_eq!(socket.expect("message_sent").await["seq"], MAX_UNANSWERED + 2);
    assert_eq!(scene.count_content(&name(MAX_UNANSWERED)).await, 0);
    scene.strike().await;
}
