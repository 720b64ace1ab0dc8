//! A connection that is HTTP no longer, with nothing left of what it took to be so.

use std::future::poll_fn;
use std::task::Poll;

use bytes::Bytes;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto::upgrade::downcast;
use tokio::net::TcpStream;
use tokio_util::either::Either;

use super::Stream;

/// The stream under a connection of [`serve`](super::serve) that was upgraded, and what was read of it behind the request. None if it
/// is a connection of somebody else.
pub async fn take_over(upgraded: Upgraded) -> Option<(Stream, Bytes)> {
    let parts = downcast::<TokioIo<Stream>>(upgraded).ok()?;
    // A copy: it is part of a large buffer.
    let read = Bytes::copy_from_slice(&parts.read_buf);
    let stream = parts.io.into_inner();
    forget_waker(match &stream {
        Either::Left(tcp) => tcp,
        Either::Right(tls) => tls.get_ref().0,
    })
    .await;
    Some((stream, read))
}

/// The stream still knows whom hyper wanted woken, and with that keeps the whole task of the connection: it learns of another.
async fn forget_waker(tcp: &TcpStream) {
    poll_fn(|cx| {
        let _ = (tcp.poll_read_ready(cx), tcp.poll_write_ready(cx));
        Poll::Ready(())
    })
    .await;
}
