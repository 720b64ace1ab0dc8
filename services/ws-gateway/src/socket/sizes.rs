//! What a socket holds as long as it is open: four boxes, whose sizes add up. Whoever makes one larger does it nineteen thousand
//! times on a machine that is full.

use std::mem::size_of;

use tokio::io::DuplexStream;

use super::*;
use crate::plain_socket::PlainSocket;
use crate::seat::Seat;

type Plain = Socket<PlainSocket<DuplexStream>>;

/// The size of the future that serves a socket.
fn future_of<F: Future>(_: impl FnOnce(Box<Plain>, Option<Credential>) -> F) -> usize {
    size_of::<F>()
}

#[test]
fn idle_socket_is_small() {
    let bounds = [
        ("the socket: session, questions, outbox and what else may be under way", size_of::<Plain>(), 1856),
        // Of what it may wait for it holds what is frequent; what is rare is in a box while it lasts.
        ("the future that serves it", future_of(Plain::run), 1536),
        ("its place in a conversation", size_of::<Seat>(), 208),
        ("its mailbox", size_of::<Mailbox>(), 128),
    ];
    for (what, size, bound) in bounds {
        assert!(size <= bound, "{what}: {size} bytes");
    }
}
