//! The cases of the Autobahn suite that concern what is read (sections 1 to 7; 9 and 10 are the sizes), by their numbers.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use chat_websocket::{Decoder, Message, ProtocolError};

const MAX: usize = 128 * 1024;
const FIN: u8 = 0x80;
const MASK: [u8; 4] = [0x37, 0xFA, 0x21, 0x3D];

/// A frame as a client sends it.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        length @ ..126 => frame.push(0x80 | u8::try_from(length).unwrap()),
        length @ ..65_536 => {
            frame.push(0xFE);
            frame.extend(u16::try_from(length).unwrap().to_be_bytes());
        }
        length => {
            frame.push(0xFF);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    frame.extend(MASK);
    frame.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    frame
}

/// Reads it all, in pieces of so many bytes; what came before an error, and the error.
fn read(bytes: &[u8], piece: usize) -> (Vec<Message>, Option<ProtocolError>) {
    let (mut decoder, mut messages) = (Decoder::new(MAX), Vec::new());
    for mut input in bytes.chunks(piece) {
        loop {
            match decoder.read(&mut input) {
                Ok(Some(message)) => messages.push(message),
                Ok(None) => break,
                Err(error) => return (messages, Some(error)),
            }
        }
    }
    (messages, None)
}

fn check(case: &str, frames: &[Vec<u8>], messages: &[Message], error: Option<ProtocolError>) {
    let bytes = frames.concat();
    for piece in [1, 2, 3, 7, 64, 997, usize::MAX] {
        let got = read(&bytes, piece);
        assert!(got == (messages.to_vec(), error), "{case}, {piece} bytes at once: {:?}", got.1);
    }
}

fn text(text: &str) -> Message {
    Message::Text(text.to_owned())
}

fn ping(payload: &[u8]) -> Message {
    Message::Ping(payload.to_vec())
}

#[test]
fn framing_and_sizes() {
    for length in [0, 125, 126, 127, 128, 65_535, 65_536, MAX] {
        let said = "*".repeat(length);
        check("1.1, 9.1", &[frame(FIN | 1, said.as_bytes())], &[text(&said)], None);
        check("1.2, 9.2", &[frame(FIN | 2, said.as_bytes())], &[Message::Binary(said.into_bytes())], None);
    }
    check("9.1.x", &[frame(FIN | 1, &vec![b'*'; MAX + 1])], &[], Some(ProtocolError::TooLarge));
    let halves = [frame(1, &vec![b'*'; MAX]), frame(FIN, b"*")];
    check("9.3.x", &halves, &[], Some(ProtocolError::TooLarge));
    for piece in [64, 256, 1024, 4096] {
        let count = MAX / piece;
        let frames: Vec<_> = (0..count)
            .map(|index| frame(u8::from(index == 0) | if index == count - 1 { FIN } else { 0 }, &vec![b'*'; piece]))
            .collect();
        check("9.3, 10.1", &frames, &[text(&"*".repeat(MAX))], None);
    }
}

#[test]
fn pings_and_pongs() {
    for payload in [&b""[..], b"Hello", b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff", &[0xFE; 125]] {
        check("2.1-2.4", &[frame(FIN | 9, payload)], &[ping(payload)], None);
        check("2.7-2.9", &[frame(FIN | 0xA, payload)], &[Message::Pong(payload.to_vec())], None);
    }
    check("2.5", &[frame(FIN | 9, &[0xFE; 126])], &[], Some(ProtocolError::Control));
    let many: Vec<_> = (0..10).map(|index| frame(FIN | 9, &[index])).collect();
    check("2.10", &many, &(0..10).map(|index| ping(&[index])).collect::<Vec<_>>(), None);
}

#[test]
fn reserved_bits_and_opcodes() {
    for bits in [0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70] {
        let frames = [frame(FIN | 1, b"before"), frame(FIN | bits | 1, b"x"), frame(FIN | 9, b"")];
        check("3.1-3.7", &frames, &[text("before")], Some(ProtocolError::Reserved));
    }
    for opcode in [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] {
        let frames = [frame(FIN | 1, b"before"), frame(FIN | opcode, b""), frame(FIN | 9, b"")];
        check("4.1, 4.2", &frames, &[text("before")], Some(ProtocolError::Reserved));
    }
    let mut unmasked = frame(FIN | 1, b"x");
    unmasked[1] &= 0x7F;
    check("RFC 6455 5.1", &[unmasked], &[], Some(ProtocolError::Unmasked));
}

#[test]
fn fragments() {
    check("5.1", &[frame(9, b"a"), frame(FIN, b"b")], &[], Some(ProtocolError::Control));
    check("5.2", &[frame(10, b"a"), frame(FIN, b"b")], &[], Some(ProtocolError::Control));
    check("5.3-5.5", &[frame(1, b"a"), frame(FIN, b"b")], &[text("ab")], None);
    let between = [frame(1, b"a"), frame(FIN | 9, b"p"), frame(FIN, b"b")];
    check("5.6-5.8", &between, &[ping(b"p"), text("ab")], None);
    check("5.9-5.12", &[frame(FIN, b"a"), frame(FIN | 1, b"b")], &[], Some(ProtocolError::Order));
    check("5.13, 5.14", &[frame(0, b"a"), frame(FIN | 1, b"b")], &[], Some(ProtocolError::Order));
    let twice = [frame(1, b"a"), frame(FIN, b"b"), frame(0, b"c"), frame(FIN | 1, b"d"), frame(FIN, b"e")];
    check("5.15", &twice, &[text("ab")], Some(ProtocolError::Order));
    check("5.18", &[frame(1, b"a"), frame(FIN | 1, b"b")], &[], Some(ProtocolError::Order));
    let five = [
        frame(1, b"1"),
        frame(0, b"2"),
        frame(FIN | 9, b"p"),
        frame(0, b"3"),
        frame(0, b"4"),
        frame(FIN | 9, b"q"),
        frame(FIN, b"5"),
    ];
    check("5.19, 5.20", &five, &[ping(b"p"), ping(b"q"), text("12345")], None);
}

#[test]
fn texts_are_utf8_from_the_first_wrong_byte() {
    check("6.1", &[frame(1, b""), frame(0, b""), frame(FIN, b"")], &[text("")], None);
    let words = "Hello-µ@ßöäüàá-UTF-8!!";
    check("6.2.1", &[frame(FIN | 1, words.as_bytes())], &[text(words)], None);
    let bytes: Vec<_> = words.bytes().map(|byte| frame(0, &[byte])).collect();
    let in_bytes = [vec![frame(1, b"")], bytes, vec![frame(FIN, b"")]].concat();
    check("6.2.3, 6.2.4", &in_bytes, &[text(words)], None);
    let wrong = b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited";
    check("6.3", &[frame(FIN | 1, wrong)], &[], Some(ProtocolError::Utf8));
    check("6.4.1, 6.4.2", &[frame(1, &wrong[..13])], &[], Some(ProtocolError::Utf8));
    let mut begun = frame(1, &[wrong, &[b'*'; 100][..]].concat());
    begun.truncate(2 + 4 + 13);
    check("6.4.3, 6.4.4", &[begun], &[], Some(ProtocolError::Utf8));
    for good in [
        "κόσμε",
        "\0",
        "\u{80}",
        "\u{800}",
        "\u{10000}",
        "\u{7f}",
        "\u{7ff}",
        "\u{ffff}",
        "\u{10ffff}",
        "\u{d7ff}",
        "\u{fffe}",
    ] {
        check("6.5-6.11, 6.22", &[frame(FIN | 1, good.as_bytes())], &[text(good)], None);
    }
    for bad in [
        &b"\xce"[..],
        b"\xce\xba\xe1",
        b"\xf8\x88\x80\x80\x80",
        b"\xfc\x84\x80\x80\x80\x80",
        b"\xf4\x90\x80\x80",
        b"\x80",
        b"\xbf",
        b"\x80\xbf",
        b"\xc0 ",
        b"\xe0 ",
        b"\xf0 ",
        b"\xfe",
        b"\xff",
        b"\xfe\xfe\xff\xff",
        b"\xc0\xaf",
        b"\xe0\x80\xaf",
        b"\xf0\x80\x80\xaf",
        b"\xc1\xbf",
        b"\xe0\x9f\xbf",
        b"\xc0\x80",
        b"\xed\xa0\x80",
        b"\xed\xbf\xbf",
        b"\xed\xa0\x80\xed\xb0\x80",
    ] {
        check("6.6-6.21", &[frame(FIN | 1, bad)], &[], Some(ProtocolError::Utf8));
    }
}

#[test]
fn closes() {
    let closed = |code: u16, reason: &str| frame(FIN | 8, &[&code.to_be_bytes()[..], reason.as_bytes()].concat());
    check("7.3.1", &[frame(FIN | 8, b"")], &[Message::Close(None)], None);
    check("7.3.2", &[frame(FIN | 8, b"a")], &[], Some(ProtocolError::CloseCode));
    for reason in ["", "Hello World!", &"*".repeat(123)] {
        check("7.3.3-7.3.5", &[closed(1000, reason)], &[Message::Close(Some((1000, reason.to_owned())))], None);
    }
    check("7.3.6", &[closed(1000, &"*".repeat(124))], &[], Some(ProtocolError::Control));
    let wrong = [&1000_u16.to_be_bytes()[..], b"\xce\xba\xe1\xbd\xb9\xed\xa0\x80"].concat();
    check("7.5.1", &[frame(FIN | 8, &wrong)], &[], Some(ProtocolError::Utf8));
    for code in [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999] {
        check("7.7", &[closed(code, "")], &[Message::Close(Some((code, String::new())))], None);
    }
    for code in [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999, 5000, 65_535] {
        check("7.9, 7.13", &[closed(code, "")], &[], Some(ProtocolError::CloseCode));
    }
}
