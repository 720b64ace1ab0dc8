//! What one socket may do, step by step.

use chat_protocol::command::{CommandBody, UpTo};
use chat_protocol::ids::{MessageId, Seq};
use chat_protocol::live::Standing;
use chat_protocol::presence::ChosenStatus;
use chat_protocol::rest::PlatformRole;
use chat_protocol::rpc::Membership;
use clap::Parser;
use proptest::prelude::*;

use super::*;

mod asking;
mod haste;

#[derive(Parser)]
struct Settings {
    #[command(flatten)]
    sockets: SocketSection,
}

struct Bench {
    session: Session,
    conversation: ConversationId,
    now: Now,
}

impl Bench {
    fn new() -> Self {
        let conversation = ConversationId::generate();
        Self::at(Door::Chat(conversation), conversation)
    }

    fn at(door: Door, conversation: ConversationId) -> Self {
        let now = Now { instant: Instant::now(), utc: Utc::now() };
        Self::limited(door, conversation, now, Limits::off())
    }

    fn limited(door: Door, conversation: ConversationId, now: Now, limits: Limits) -> Self {
        let config = Arc::new(Settings::parse_from(["test", "--max-unanswered", "3"]).sockets);
        let opening = Opening::default();
        let session = Session::new(door, "gateway-1".parse().unwrap(), config, Arc::new(limits), opening, now.instant);
        Self { session, conversation, now }
    }

    fn wait(&mut self, time: Duration) {
        self.now.instant += time;
        self.now.utc += time;
    }

    fn pass(&mut self, time: Duration) -> Vec<Effect> {
        self.wait(time);
        self.session.on_heard(self.now.instant);
        self.session.on_time(self.now)
    }

    fn text(&mut self, text: &str) -> Vec<Effect> {
        self.session.on_text(text, self.now)
    }

    fn admitted(&mut self, user: i64, ttl_secs: u64) -> Vec<Effect> {
        let identity = Identity {
            user_id: UserId::new(user).unwrap(),
            name: Some("Somebody".into()),
            role: PlatformRole::Client,
            avatar_url: None,
            issued_at: None,
        };
        let expires_at = self.now.utc + Duration::from_secs(ttl_secs);
        self.session.on_admitted(Ok(Admitted { identity, expires_at, family: None }), self.now)
    }

    fn authorized(&mut self, is_participant: bool) -> Vec<Effect> {
        let membership = Membership {
            conversation_id: self.conversation,
            is_participant,
            last_seq: Seq(7),
            joined_seq: Seq(1),
            participant_count: 2,
            is_blocked: false,
            standing: Standing::default(),
        };
        let response = AuthorizeResponse {
            log_epoch: 1,
            name: "Somebody".into(),
            status: ChosenStatus::Online,
            status_version: 0,
            memberships: vec![membership],
        };
        self.session.on_authorized(&response, self.now)
    }

    fn open() -> Self {
        let mut bench = Self::new();
        bench.admitted(1, 60);
        bench.authorized(true);
        bench
    }

    fn open_all() -> Self {
        let mut bench = Self::at(Door::All, ConversationId::generate());
        bench.admitted(1, 60);
        bench.authorized(true);
        bench
    }

    fn say(&mut self, client_id: &str) -> Vec<Effect> {
        let frame = serde_json::json!({"type": "send_message", "content": "x", "client_id": client_id});
        self.text(&frame.to_string())
    }
}

fn submitted(effects: &[Effect]) -> Option<CommandId> {
    effects.iter().find_map(|effect| match effect {
        Effect::Submit(command) => Some(command.id),
        _ => None,
    })
}

fn code(effects: &[Effect]) -> Option<ErrorCode> {
    effects.iter().find_map(|effect| match effect {
        Effect::Send(ServerFrame::Error { code, .. }) => Some(*code),
        _ => None,
    })
}

#[test]
fn token_opens_the_door_and_membership_the_conversation() {
    let mut bench = Bench::new();
    assert!(matches!(bench.admitted(1, 60).as_slice(), [Effect::Enter(who)] if who.user_id.get() == 1));
    let effects = bench.authorized(true);
    assert!(matches!(effects[0], Effect::Send(ServerFrame::Ready { last_seq: Some(Seq(7)), .. })));
    assert_eq!(effects[1], Effect::Open { log_epoch: 1 });
}

#[test]
fn stranger_is_told_that_there_is_no_such_conversation() {
    let mut bench = Bench::new();
    bench.admitted(1, 60);
    assert_eq!(bench.authorized(false), [Effect::Close(CloseCode::NoSuchConversation)]);
}

#[test]
fn nobody_speaks_before_the_token() {
    assert_eq!(Bench::new().say("a"), [Effect::Close(CloseCode::NotAuthenticated)]);
    assert_eq!(Bench::new().text("nonsense"), [Effect::Close(CloseCode::NotAuthenticated)]);
    let mut bench = Bench::new();
    let token = bench.text(r#"{"type":"authenticate","token":"x"}"#);
    assert_eq!(token, [Effect::Verify(Token("x".into()))]);
    let refused = bench.session.on_admitted(Err(AdmissionError::Invalid("bad")), bench.now);
    assert_eq!(refused, [Effect::Close(CloseCode::NotAuthenticated)]);
}

#[test]
fn what_comes_before_the_door_is_open_waits() {
    let mut bench = Bench::new();
    bench.session.on_credential();
    assert_eq!(bench.say("a"), []);
    let effects = bench.admitted(1, 60);
    assert!(matches!(effects.as_slice(), [Effect::Enter(_), Effect::Submit(_)]), "{effects:?}");
    for _ in 0..MAX_EARLY_FRAMES {
        assert_eq!(bench.text(r#"{"type":"typing_start"}"#), []);
    }
    assert_eq!(code(&bench.text(r#"{"type":"typing_start"}"#)), Some(ErrorCode::Unavailable));
    let typing = Effect::Typing(bench.conversation, true);
    assert_eq!(bench.authorized(true).into_iter().filter(|effect| *effect == typing).count(), 1);
}

#[test]
fn socket_lives_no_longer_than_its_token_unless_a_fresh_one_comes() {
    let is_close = |effect: &Effect| matches!(effect, Effect::Close(_));
    let mut bench = Bench::open();
    assert!(!bench.pass(Duration::from_secs(59)).iter().any(is_close));
    let fresh = bench.admitted(1, 60);
    assert!(matches!(fresh.as_slice(), [Effect::Send(ServerFrame::Authenticated { .. })]));
    assert!(!bench.pass(Duration::from_secs(30)).iter().any(is_close));
    assert_eq!(bench.pass(Duration::from_secs(31)), [Effect::Close(CloseCode::TokenExpired)]);
}

#[test]
fn another_users_token_ends_the_socket() {
    assert_eq!(Bench::open().admitted(2, 60), [Effect::Close(CloseCode::NotAuthenticated)]);
}

#[test]
fn silence_and_missing_authentication_have_their_limits() {
    let mut bench = Bench::new();
    assert_eq!(bench.session.next_deadline(), bench.now.instant + Duration::from_secs(5));
    bench.wait(Duration::from_secs(5));
    let late = bench.session.on_time(bench.now);
    assert_eq!(late, [Effect::Close(CloseCode::AuthenticationTimeout)]);
    bench.session.on_credential();
    assert_eq!(bench.session.on_time(bench.now), [], "it was shown in time, and is being looked at");
    bench.wait(ADMISSION_PATIENCE);
    assert_eq!(bench.session.on_time(bench.now), [Effect::Close(CloseCode::Unavailable)]);
    let mut bench = Bench::open();
    bench.wait(Duration::from_secs(40));
    assert_eq!(bench.session.on_time(bench.now), [Effect::Abandon]);
}

#[test]
fn resume_before_ready_waits_for_it() {
    let mut bench = Bench::new();
    bench.admitted(1, 60);
    assert_eq!(bench.text(r#"{"type":"resume","after_seq":3}"#), []);
    let resume = Resume { after_seq: Seq(3), log_epoch: None };
    assert_eq!(bench.authorized(true).last(), Some(&Effect::Resume(bench.conversation, resume)));
}

#[test]
fn socket_of_all_conversations_wants_to_know_which() {
    let mut bench = Bench::open_all();
    let id = bench.conversation;
    for nameless in [
        r#"{"type":"send_message","content":"x"}"#,
        r#"{"type":"typing_start"}"#,
        r#"{"type":"mark_as_read"}"#,
        r#"{"type":"resume","after_seq":1}"#,
    ] {
        assert_eq!(code(&bench.text(nameless)), Some(ErrorCode::Invalid), "{nameless}");
    }
    let malformed = bench.text(r#"{"type":"typing_start","conversation_id":"x"}"#);
    assert_eq!(code(&malformed), Some(ErrorCode::NotFound));
    let named = bench.text(&format!(r#"{{"type":"send_message","content":"x","conversation_id":"{id}"}}"#));
    assert!(submitted(&named).is_some());
    let resumed = bench.text(&format!(r#"{{"type":"resume","positions":{{"{id}":3,"x":1}},"log_epoch":1}}"#));
    let resume = Resume { after_seq: Seq(3), log_epoch: Some(1) };
    assert_eq!((&resumed[0], code(&resumed)), (&Effect::Resume(id, resume), Some(ErrorCode::NotFound)));
    assert_eq!(resumed.last(), Some(&Effect::Release));
}

#[test]
fn socket_of_one_conversation_takes_no_other() {
    let mut bench = Bench::open();
    let (this, other) = (bench.conversation, ConversationId::generate());
    let say = |id| format!(r#"{{"type":"send_message","content":"x","conversation_id":"{id}"}}"#);
    assert!(submitted(&bench.text(&say(this))).is_some());
    assert_eq!(code(&bench.text(&say(other))), Some(ErrorCode::Invalid));
}

#[test]
fn presence_socket_only_listens() {
    let mut bench = Bench::at(Door::Presence, ConversationId::generate());
    bench.admitted(1, 60);
    assert!(matches!(bench.authorized(true)[0], Effect::Send(ServerFrame::Ready { conversation_id: None, .. })));
    assert_eq!(code(&bench.say("a")), Some(ErrorCode::Invalid));
    assert_eq!(code(&bench.text(r#"{"type":"resume","after_seq":1}"#)), Some(ErrorCode::Invalid));
    assert_eq!(bench.text(r#"{"type":"ping"}"#), [Effect::Send(ServerFrame::Pong)]);
}

#[test]
fn typing_ends_by_itself_and_with_the_message() {
    let mut bench = Bench::open();
    let (begun, ended) = (Effect::Typing(bench.conversation, true), Effect::Typing(bench.conversation, false));
    assert_eq!(bench.text(r#"{"type":"typing_start"}"#), [begun]);
    assert_eq!(bench.session.next_deadline(), bench.now.instant + Duration::from_secs(6));
    assert!(bench.pass(Duration::from_secs(6)).contains(&ended));
    bench.text(r#"{"type":"typing_start"}"#);
    assert!(bench.say("a").contains(&ended));
    bench.text(r#"{"type":"typing_start"}"#);
    assert_eq!(bench.session.on_end(bench.now), [ended]);
}

#[test]
fn marks_are_gathered_and_none_is_lost_at_the_end() {
    let mut bench = Bench::open();
    let marks = |effects: &[Effect]| {
        effects.iter().find_map(|effect| match effect {
            Effect::Submit(command) => match &command.body {
                CommandBody::MarkAsRead(body) => Some((command.id, body.marks.clone())),
                _ => None,
            },
            _ => None,
        })
    };
    assert_eq!(bench.text(r#"{"type":"mark_as_read","up_to":3}"#), []);
    assert_eq!(bench.text(r#"{"type":"mark_as_read","up_to":5}"#), []);
    let (id, told) = marks(&bench.pass(Duration::from_millis(300))).unwrap();
    assert_eq!(told.up_to, Some(UpTo::Seq(Seq(5))));
    assert_eq!(bench.session.on_answer(id, Outcome::MarkedAsRead { marked: 1, unread_count: 0 }), None);
    bench.text(r#"{"type":"mark_as_read","up_to":6}"#);
    assert_eq!(marks(&bench.session.on_end(bench.now)).unwrap().1.up_to, Some(UpTo::Seq(Seq(6))));
}

#[test]
fn marks_wait_while_too_much_is_unanswered() {
    let mut bench = Bench::open();
    let ids: Vec<_> = ["a", "b", "c"].map(|id| submitted(&bench.say(id)).unwrap()).into();
    bench.text(r#"{"type":"mark_as_read"}"#);
    assert_eq!(submitted(&bench.pass(Duration::from_millis(300))), None);
    assert!(bench.session.next_deadline() > bench.now.instant);
    bench.session.on_answer(ids[0], Outcome::Done);
    assert!(submitted(&bench.pass(Duration::ZERO)).is_some());
}

proptest! {
    /// Whatever is said and answered in whatever order: every message gets one answer, never more than the limit
    /// wait, and only bad frames in a row close the socket.
    #[test]
    fn every_message_gets_one_answer(steps in proptest::collection::vec((0_u8..4, any::<prop::sample::Index>()), 0..80)) {
        let mut bench = Bench::open();
        let (mut waiting, mut answers, mut said) = (Vec::new(), 0, 0);
        for (step, which) in steps {
            match step {
                0 | 1 => {
                    said += 1;
                    let effects = bench.say(&format!("c{said}"));
                    if let Some(id) = submitted(&effects) {
                        waiting.push(id);
                    } else {
                        prop_assert_eq!(code(&effects), Some(ErrorCode::Unavailable));
                        prop_assert_eq!(waiting.len(), 3);
                        answers += 1;
                    }
                }
                2 if !waiting.is_empty() => {
                    let id = waiting.swap_remove(which.index(waiting.len()));
                    let outcome = Outcome::MessageStored {
                        id: MessageId::from(id), seq: Seq(1), created_at: bench.now.utc.into(), created: true,
                    };
                    prop_assert!(bench.session.on_answer(id, outcome.clone()).is_some());
                    prop_assert!(bench.session.on_answer(id, outcome).is_none());
                    answers += 1;
                }
                _ => {
                    let effects = bench.text("nonsense");
                    prop_assert!(code(&effects) == Some(ErrorCode::Invalid)
                        || effects == [Effect::Close(CloseCode::Protocol)]);
                }
            }
            prop_assert!(waiting.len() <= 3);
        }
        prop_assert_eq!(answers + waiting.len(), said);
        prop_assert_eq!(bench.session.unanswered().count(), waiting.len());
    }
}
