//! Limits, as a session keeps them.

use chat_runtime::config::DoorSection;

use super::*;
use crate::limits::LimitSection;

#[derive(Parser)]
struct Doors {
    #[command(flatten)]
    doors: DoorSection,
    #[command(flatten)]
    limits: LimitSection,
}

fn limits(settings: &[&str]) -> Limits {
    let Doors { doors, limits } = Doors::parse_from(["test"].iter().chain(settings));
    Limits::new(&doors, &limits)
}

fn hurried(settings: &[&str]) -> Bench {
    let conversation = ConversationId::generate();
    let now = Now { instant: Instant::now(), utc: Utc::now() };
    let mut bench = Bench::limited(Door::Chat(conversation), conversation, now, limits(settings));
    bench.admitted(1, 60);
    bench.authorized(true);
    bench
}

fn refusal(effects: &[Effect]) -> Option<(ErrorCode, Option<String>, Option<u64>)> {
    effects.iter().find_map(|effect| match effect {
        Effect::Send(ServerFrame::Error { code, client_id, retry_after_ms, .. }) => {
            Some((*code, client_id.clone(), *retry_after_ms))
        }
        _ => None,
    })
}

#[test]
fn message_over_the_limit_is_refused_and_may_be_sent_again() {
    let mut bench = hurried(&["--send-limit", "10/2"]);
    assert!(submitted(&bench.say("a")).is_some() && submitted(&bench.say("b")).is_some());
    let (code, client_id, retry_after_ms) = refusal(&bench.say("c")).unwrap();
    assert_eq!((code, client_id.as_deref(), retry_after_ms), (ErrorCode::RateLimited, Some("c"), Some(101)));
    bench.wait(Duration::from_millis(retry_after_ms.unwrap()));
    assert!(submitted(&bench.say("c")).is_some(), "its id is not used up");
}

#[test]
fn limits_are_the_persons_on_all_sockets() {
    let shared = Arc::new(limits(&["--send-limit", "1/3"]));
    let sockets = [0, 1].map(|_| {
        let (conversation, now) = (ConversationId::generate(), Now { instant: Instant::now(), utc: Utc::now() });
        let mut bench = Bench::limited(Door::Chat(conversation), conversation, now, Limits::off());
        bench.session.limits = Arc::clone(&shared);
        bench.admitted(1, 60);
        bench.authorized(true);
        bench
    });
    let said: Vec<_> =
        sockets.into_iter().flat_map(|mut socket| ["a", "b"].map(|id| refusal(&socket.say(id)))).collect();
    assert_eq!(said.iter().filter(|refused| refused.is_none()).count(), 3);
}

#[test]
fn each_kind_of_frame_has_its_own_limit() {
    let slow = ["--typing-limit", "1/1", "--mark-limit", "1/1", "--resume-limit", "1/1", "--control-limit", "1/1"];
    let mut bench = hurried(&slow);
    for frame in [
        r#"{"type":"typing_start"}"#,
        r#"{"type":"mark_as_read"}"#,
        r#"{"type":"resume","after_seq":1}"#,
        r#"{"type":"ping"}"#,
    ] {
        assert_eq!(refusal(&bench.text(frame)), None, "{frame}");
        assert_eq!(code(&bench.text(frame)), Some(ErrorCode::RateLimited), "{frame}");
    }
    assert_eq!(code(&bench.text("nonsense")), Some(ErrorCode::RateLimited));
    assert!(submitted(&bench.say("a")).is_some());
}

#[test]
fn who_hammers_on_is_sent_away_and_who_slows_down_is_not() {
    let settings = ["--send-limit", "10/1", "--max-rate-refusals", "20"];
    let mut bench = hurried(&settings);
    let closed = Effect::Close(CloseCode::RateLimited);
    for tries in 0.. {
        if bench.say("x").contains(&closed) {
            assert_eq!(tries, 21, "one was sent, twenty were refused");
            break;
        }
    }
    let mut bench = hurried(&settings);
    for _ in 0..200 {
        bench.wait(Duration::from_millis(100));
        assert!(!bench.say("x").contains(&closed) && !bench.say("y").contains(&closed));
        bench.session.unanswered.clear();
    }
}

#[test]
fn person_has_so_many_sockets() {
    let shared = Arc::new(limits(&["--max-sockets-per-user", "2"]));
    let socket = |user| {
        let (conversation, now) = (ConversationId::generate(), Now { instant: Instant::now(), utc: Utc::now() });
        let mut bench = Bench::limited(Door::Chat(conversation), conversation, now, Limits::off());
        bench.session.limits = Arc::clone(&shared);
        let effects = bench.admitted(user, 60);
        (bench, effects)
    };
    let (first, second) = (socket(1), socket(1));
    assert_eq!(socket(1).1, [Effect::Close(CloseCode::TooManySockets)]);
    assert!(matches!(socket(2).1.as_slice(), [Effect::Enter(_)]));
    drop(first);
    assert!(matches!(socket(1).1.as_slice(), [Effect::Enter(_)]));
    drop(second);
}

#[test]
fn limits_that_are_off_refuse_nothing() {
    let mut bench = hurried(&["--limits", "off", "--send-limit", "1/1"]);
    for _ in 0..100 {
        assert!(submitted(&bench.say("x")).is_some());
        bench.session.unanswered.clear();
    }
}
