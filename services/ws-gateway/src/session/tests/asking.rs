//! Frames with a callback.

use super::*;

const CALLBACK: Callback = Callback(7);

fn ask(bench: &mut Bench, text: &str) -> Vec<Effect> {
    bench.session.on_question(text, CALLBACK, bench.now)
}

fn stored(bench: &mut Bench, command: CommandId) -> Effect {
    let outcome =
        Outcome::MessageStored { id: command.into(), seq: Seq(8), created_at: bench.now.utc.into(), created: true };
    let frame = bench.session.on_answer(command, outcome).unwrap();
    bench.session.to_asker(command, frame)
}

#[test]
fn callback_of_a_message_gets_its_answer_once_it_is_stored() {
    let mut bench = Bench::open();
    let effects = ask(&mut bench, r#"{"type":"send_message","content":"x"}"#);
    assert!(matches!(effects.as_slice(), [Effect::Submit(_)]), "nothing is answered yet: {effects:?}");
    let with_callback = submitted(&effects).unwrap();
    let without = submitted(&bench.say("c")).unwrap();
    assert!(matches!(stored(&mut bench, without), Effect::Send(ServerFrame::MessageSent { .. })));
    assert!(matches!(stored(&mut bench, with_callback), Effect::Answer(CALLBACK, ServerFrame::MessageSent { .. })));
}

#[test]
fn callback_gets_the_refusal_and_nobody_else_does() {
    let mut bench = Bench::open();
    for bad in [r#"{"type":"send_message"}"#, r#"{"type":"shout"}"#, "[]", r#"{"type":"resume"}"#] {
        let effects = ask(&mut bench, bad);
        assert!(matches!(effects.as_slice(), [Effect::Answer(CALLBACK, ServerFrame::Error { .. })]), "{effects:?}");
    }
    let effects = ask(&mut bench, r#"{"type":"send_message","content":"x"}"#);
    let command = submitted(&effects).unwrap();
    let frame = bench.session.on_not_taken(command).unwrap();
    let told = bench.session.to_asker(command, frame);
    assert!(matches!(told, Effect::Answer(CALLBACK, ServerFrame::Error { code: ErrorCode::Unavailable, .. })));
}

#[test]
fn callback_of_anything_else_hears_that_it_was_taken() {
    let mut bench = Bench::open();
    let effects = ask(&mut bench, r#"{"type":"typing_start"}"#);
    assert_eq!(effects, [Effect::Typing(bench.conversation, true), Effect::Taken(CALLBACK)]);
    assert_eq!(ask(&mut bench, r#"{"type":"ping"}"#), [Effect::Answer(CALLBACK, ServerFrame::Pong)]);
    let read = format!(r#"{{"type":"mark_as_read","message_ids":["{}"]}}"#, MessageId::from(CommandId::generate()));
    assert_eq!(ask(&mut bench, &read), [Effect::Taken(CALLBACK)]);
}

#[test]
fn marks_that_come_due_are_not_the_callbacks_command() {
    let mut bench = Bench::open();
    bench.text(r#"{"type":"mark_as_read","up_to":3}"#);
    let effects = ask(
        &mut bench,
        &format!(r#"{{"type":"mark_as_read","message_ids":["{}"]}}"#, MessageId::from(CommandId::generate())),
    );
    assert!(effects.contains(&Effect::Taken(CALLBACK)), "{effects:?}");
}
