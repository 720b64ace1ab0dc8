//! What one socket may do, step by step.

use chat_auth::{Bearer, Rules, Signer};
use chat_protocol::ids::MessageId;
use chat_protocol::rest::PlatformRole;
use chat_protocol::rpc::Membership;
use clap::Parser;
use proptest::prelude::*;

use super::*;

const SECRET: &[u8] = b"a secret of at least thirty-two bytes";

#[derive(Parser)]
struct Settings {
    #[command(flatten)]
    sockets: SocketSection,
}

struct Bench {
    session: Session,
    verifier: Verifier,
    conversation: ConversationId,
    now: Now,
}

impl Bench {
    fn new() -> Self {
        let conversation = ConversationId::generate();
        let now = Now { instant: Instant::now(), utc: Utc::now() };
        let config = Settings::parse_from(["test", "--max-unanswered", "3"]).sockets;
        let instance = "gateway-1".parse().unwrap();
        let session = Session::new(conversation, instance, config, Opening::default(), now.instant);
        Self { session, verifier: Verifier::hs256(SECRET, Rules::default()), conversation, now }
    }

    fn token(&self, user: i64, ttl_secs: u64) -> String {
        let signer = Signer::hs256(SECRET, Rules::default(), Duration::from_mins(1));
        let bearer = Bearer {
            user_id: UserId::new(user).unwrap(),
            name: "Somebody".into(),
            role: PlatformRole::Client,
            avatar_url: None,
            family: None,
        };
        signer.access_token(&bearer, self.now.utc, Duration::from_secs(ttl_secs))
    }

    fn wait(&mut self, time: Duration) {
        self.now.instant += time;
        self.now.utc += time;
    }

    fn text(&mut self, text: &str) -> Vec<Effect> {
        self.session.on_text(text, &self.verifier, self.now)
    }

    fn authenticate(&mut self, user: i64, ttl_secs: u64) -> Vec<Effect> {
        let token = self.token(user, ttl_secs);
        self.session.on_token(&token, &self.verifier, self.now)
    }

    fn authorized(&mut self, is_participant: bool) -> Vec<Effect> {
        let membership = Membership { conversation_id: self.conversation, is_participant, last_seq: Seq(7) };
        self.session.on_authorized(&AuthorizeResponse { log_epoch: 1, memberships: vec![membership] })
    }

    fn open() -> Self {
        let mut bench = Self::new();
        bench.authenticate(1, 60);
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
    assert!(matches!(bench.authenticate(1, 60).as_slice(), [Effect::Authorize(who)] if who.user_id.get() == 1));
    let effects = bench.authorized(true);
    assert!(matches!(effects[0], Effect::Send(ServerFrame::Ready { last_seq: Some(Seq(7)), .. })));
    assert_eq!(effects[1], Effect::Open { head: Seq(7), log_epoch: 1 });
}

#[test]
fn stranger_is_told_that_there_is_no_such_conversation() {
    let mut bench = Bench::new();
    bench.authenticate(1, 60);
    assert_eq!(bench.authorized(false), [Effect::Close(CloseCode::NoSuchConversation)]);
}

#[test]
fn nobody_speaks_before_the_token() {
    assert_eq!(Bench::new().say("a"), [Effect::Close(CloseCode::NotAuthenticated)]);
    assert_eq!(Bench::new().text("nonsense"), [Effect::Close(CloseCode::NotAuthenticated)]);
    let bad_token = r#"{"type":"authenticate","token":"x"}"#;
    assert_eq!(Bench::new().text(bad_token), [Effect::Close(CloseCode::NotAuthenticated)]);
}

#[test]
fn socket_lives_no_longer_than_its_token_unless_a_fresh_one_comes() {
    let mut bench = Bench::open();
    bench.wait(Duration::from_secs(59));
    bench.session.on_heard(bench.now.instant);
    assert!(bench.session.on_time(bench.now.instant, None).iter().all(|effect| !matches!(effect, Effect::Close(_))));
    let fresh = bench.authenticate(1, 60);
    assert!(matches!(fresh.as_slice(), [Effect::Send(ServerFrame::Authenticated { .. })]));
    bench.wait(Duration::from_secs(30));
    bench.session.on_heard(bench.now.instant);
    assert!(bench.session.on_time(bench.now.instant, None).iter().all(|effect| !matches!(effect, Effect::Close(_))));
    bench.wait(Duration::from_secs(31));
    bench.session.on_heard(bench.now.instant);
    let late = bench.session.on_time(bench.now.instant, None);
    assert_eq!(late, [Effect::Close(CloseCode::TokenExpired)]);
}

#[test]
fn another_users_token_ends_the_socket() {
    assert_eq!(Bench::open().authenticate(2, 60), [Effect::Close(CloseCode::NotAuthenticated)]);
}

#[test]
fn silence_and_missing_authentication_have_their_limits() {
    let mut bench = Bench::new();
    assert_eq!(bench.session.next_deadline(), bench.now.instant + Duration::from_secs(5));
    bench.wait(Duration::from_secs(5));
    let late = bench.session.on_time(bench.now.instant, None);
    assert_eq!(late, [Effect::Close(CloseCode::AuthenticationTimeout)]);
    let mut bench = Bench::open();
    bench.wait(Duration::from_secs(40));
    assert_eq!(bench.session.on_time(bench.now.instant, None), [Effect::Abandon]);
}

#[test]
fn resume_before_ready_waits_for_it() {
    let mut bench = Bench::new();
    bench.authenticate(1, 60);
    assert_eq!(bench.text(r#"{"type":"resume","after_seq":3}"#), []);
    let resume = Resume { after_seq: Seq(3), log_epoch: None };
    assert_eq!(bench.authorized(true).last(), Some(&Effect::Resume(resume)));
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
