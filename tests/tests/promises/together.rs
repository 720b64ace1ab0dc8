//! Those who come at the same time are asked about together, and each hears what is their own.

use chat_protocol::rpc::AuthorizeManyRequest;
use chat_protocol::subjects;
use futures_util::StreamExt as _;

use crate::Scene;
use crate::resume::replayed;

/// Sockets of each of two people.
const SOCKETS: usize = 15;
/// Requests in which the api may be asked about all of them: a few are under way before it is seen that more come.
const MAX_REQUESTS: usize = 10;
const NO_SUCH_CONVERSATION: u16 = 4504;

#[tokio::test]
async fn sockets_that_come_at_once_ask_together_and_hear_their_own() {
    let scene = Scene::shared().await;
    let stranger = scene.app.user("Cem").await;
    scene.fill(0, 3).await;
    let listener = scene.app.writer().await;
    let mut asked = listener.bus.client().subscribe(subjects::rpc("api", "authorize_many")).await.unwrap();
    listener.bus.flush().await.unwrap();
    scene.halt_apis().await;
    let mut sockets = Vec::new();
    for _ in 0..SOCKETS {
        sockets.push(scene.ada.knock_with(0, &scene.direct, "after_seq=2").await);
        sockets.push(scene.ben.knock_with(0, &scene.direct, "after_seq=3").await);
    }
    let mut outside = stranger.knock_with(0, &scene.direct, "after_seq=1").await;
    scene.go_on_with_apis().await;
    for (index, socket) in sockets.iter_mut().enumerate() {
        let missing = if index % 2 == 0 { vec![3, 4] } else { vec![4] };
        assert_eq!(replayed(socket).await, (missing, 4));
    }
    assert_eq!(outside.close_code().await, NO_SUCH_CONVERSATION);
    let (mut requests, mut questions) = (0, 0);
    while questions < sockets.len() + 1 {
        let request = asked.next().await.expect("each was asked about");
        let request: AuthorizeManyRequest = serde_json::from_slice(&request.payload).unwrap();
        requests += 1;
        questions += request.questions.len();
    }
    assert!(requests <= MAX_REQUESTS, "{requests} requests with {questions} questions");
}
