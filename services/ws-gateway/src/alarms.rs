//! What a quiet socket waits for besides news. It is asked for once, with the mailbox as the waker, and then not looked at until that
//! has been woken by it.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use chat_bus::revocations::RevocationWatch;
use pin_project_lite::pin_project;
use tokio::time::{Instant, Sleep, sleep_until};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use crate::closing::End;
use crate::mailbox::Mailbox;
use crate::transport::Said;

pin_project! {
    /// The alarms of one socket.
    pub(crate) struct Alarms {
        #[pin]
        draining: WaitForCancellationFutureOwned,
        #[pin]
        revoked: Option<WaitForCancellationFutureOwned>,
        #[pin]
        clock: Sleep,
        // Whether each of them will wake the mailbox, and so will the transport.
        is_armed: bool,
    }
}

/// What has happened on a quiet socket.
pub(crate) enum Next {
    /// There is something in the mailbox.
    News,
    /// The gateway is to be left.
    Draining,
    /// The token was revoked.
    Revoked,
    /// Something is due.
    Time,
    /// The client has said something, or is gone.
    Said(Result<Said, End>),
}

impl Alarms {
    /// The alarms of a socket that has no token yet.
    pub(crate) fn new(draining: &CancellationToken) -> Self {
        let clock = sleep_until(Instant::now());
        Self { draining: draining.clone().cancelled_owned(), revoked: None, clock, is_armed: false }
    }

    /// There is another token.
    pub(crate) fn watch(self: Pin<&mut Self>, revocation: &RevocationWatch) {
        let mut this = self.project();
        this.revoked.set(revocation.alarm());
        *this.is_armed = false;
    }

    /// Something is due at that time. An alarm that comes too early does no harm.
    pub(crate) fn expect(self: Pin<&mut Self>, deadline: Instant) {
        let this = self.project();
        if this.clock.is_elapsed() || deadline < this.clock.deadline() {
            this.clock.reset(deadline);
            *this.is_armed = false;
        }
    }

    /// Others will be woken by what the mailbox was to be woken by.
    pub(crate) fn disarm(self: Pin<&mut Self>) {
        *self.project().is_armed = false;
    }

    /// Whether the mailbox will be woken by everything that is here.
    pub(crate) fn is_armed(&self) -> bool {
        self.is_armed
    }

    /// Looks at all of it; the mailbox is woken by what comes later.
    pub(crate) fn poll(
        self: Pin<&mut Self>,
        mailbox: &Arc<Mailbox>,
        receive: impl FnOnce(&mut Context<'_>) -> Poll<Result<Said, End>>,
    ) -> Poll<Next> {
        let waker = Waker::from(mailbox.clone());
        let mut cx = Context::from_waker(&waker);
        let this = self.project();
        *this.is_armed = false;
        if this.draining.poll(&mut cx).is_ready() {
            return Poll::Ready(Next::Draining);
        }
        if this.revoked.as_pin_mut().is_some_and(|revoked| revoked.poll(&mut cx).is_ready()) {
            return Poll::Ready(Next::Revoked);
        }
        if this.clock.poll(&mut cx).is_ready() {
            return Poll::Ready(Next::Time);
        }
        if let Poll::Ready(said) = receive(&mut cx) {
            return Poll::Ready(Next::Said(said));
        }
        *this.is_armed = true;
        Poll::Pending
    }
}
