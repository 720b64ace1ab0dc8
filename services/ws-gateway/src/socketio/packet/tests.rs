use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn parsed(frame: &str) -> Value {
    serde_json::from_str(frame).unwrap()
}

#[test]
fn packets_of_the_real_client_are_read() {
    let chat = "/ws/chat/01a207ab-8f4e-7128-a65e-ab007adeb3cd/";
    let connect = format!("0{chat},{{\"token\":\"x\"}}");
    assert_eq!(Packet::parse(&connect), Some(Packet::Connect { namespace: chat, auth: r#"{"token":"x"}"# }));
    assert_eq!(Packet::parse("0/ws/"), Some(Packet::Connect { namespace: "/ws/", auth: "" }));
    assert_eq!(Packet::parse("0"), Some(Packet::Connect { namespace: "/", auth: "" }));
    assert_eq!(Packet::parse("1/ws/,"), Some(Packet::Disconnect { namespace: "/ws/" }));
    let event = Packet::Event { namespace: "/ws/", callback: Some(Callback(12)), event: r#"["ping"]"# };
    assert_eq!(Packet::parse(r#"2/ws/,12["ping"]"#), Some(event));
    let event = Packet::Event { namespace: "/", callback: None, event: r#"["ping"]"# };
    assert_eq!(Packet::parse(r#"2["ping"]"#), Some(event));
    let binary = r#"51-/ws/,["x",{"_placeholder":true,"num":0}]"#;
    assert_eq!(Packet::parse(binary), Some(Packet::Binary { namespace: "/ws/" }));
    assert_eq!(Packet::parse("3/ws/,1[]"), Some(Packet::Ack));
}

#[test]
fn what_no_client_may_send_is_not_read() {
    for bad in ["", "4/ws/,{}", "7", "x", "5/ws/,[]", "1/ws/,[]", "0/ws/,5{}", "2/ws/,99999999999999999999[]", "é"] {
        assert_eq!(Packet::parse(bad), None, "{bad}");
    }
    for bad in ["", "0{}", "2", "2probe", "7", "b4AQID", "é"] {
        assert_eq!(EnginePacket::parse(bad), None, "{bad}");
    }
}

#[test]
fn events_name_is_the_frames_type_whatever_the_argument_says() {
    for (event, frame) in [
        (r#"["ping"]"#, json!({"type": "ping"})),
        (r#"["ping",{}]"#, json!({"type": "ping"})),
        (r#"["a",{"b":[1,{"type":"x"}],"c":null}]"#, json!({"type": "a", "b": [1, {"type": "x"}], "c": null})),
        (r#"["a",{"type":"z","b":1}]"#, json!({"type": "a", "b": 1})),
        (r#"["a",{"b":1},"more",2]"#, json!({"type": "a", "b": 1})),
        (r#"["a",{"x\ny":1}]"#, json!({"type": "a", "x\ny": 1})),
    ] {
        assert_eq!(parsed(frame_of(event).as_str()), frame, "{event}");
        assert!(frame_of(event).starts_with(r#"{"type":"#));
    }
    for nothing in ["", "[]", "{}", r#"["a",5]"#, r#"["a",[]]"#, r#"["a""#] {
        assert_eq!(frame_of(nothing).as_str(), nothing, "is left for the session to refuse");
    }
}

#[test]
fn frames_become_events_and_answers() {
    assert_eq!(event("/ws/", r#"{"type":"pong"}"#).as_str(), r#"42/ws/,["pong",{}]"#);
    assert_eq!(event("/ws/", r#"{"type":"a","b":{"c":1}}"#).as_str(), r#"42/ws/,["a",{"b":{"c":1}}]"#);
    assert_eq!(ack("/ws/", Callback(3), r#"{"type":"message_sent","seq":2}"#).as_str(), r#"43/ws/,3[{"seq":2}]"#);
    let refused = ack("/ws/", Callback(0), r#"{"type":"error","code":"invalid"}"#);
    assert_eq!(refused.as_str(), r#"43/ws/,0[{"error":{"code":"invalid"}}]"#);
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map("\\PC{0,8}", inner, 0..4).prop_map(|map| json!(map)),
        ]
    })
}

proptest! {
    #[test]
    fn no_text_makes_the_parsers_panic(text in "\\PC{0,60}", digits in "[0-6]{0,3}[-/,0-9a-z\\[\"{é]{0,30}") {
        for text in [text, digits] {
            let _ = EnginePacket::parse(&text);
            let _ = Packet::parse(&text);
            let _ = frame_of(&text);
            let _ = event("/ws/", &text);
            let _ = ack("/ws/", Callback(1), &text);
        }
    }

    /// What a frame says survives the way out as an event and the way back as a frame.
    #[test]
    fn frame_survives_as_an_event(
        name in "[a-z_]{1,20}",
        fields in proptest::collection::btree_map("[a-z\"\\\\é]{1,6}", json_value(), 0..5),
    ) {
        prop_assume!(!fields.contains_key("type"));
        let rest = json!(fields).to_string();
        let comma = if fields.is_empty() { "" } else { "," };
        let frame = format!("{{\"type\":\"{name}\"{comma}{}", &rest[1..]);
        let packet = event("/ws/", &frame);
        let Some(EnginePacket::Message(packet)) = EnginePacket::parse(&packet) else { panic!("{packet}") };
        let Some(Packet::Event { namespace, callback: None, event }) = Packet::parse(packet) else { panic!("{packet}") };
        prop_assert_eq!(namespace, "/ws/");
        prop_assert_eq!(parsed(frame_of(event).as_str()), parsed(&frame));
    }
}
