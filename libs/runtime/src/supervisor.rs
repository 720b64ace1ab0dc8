//! What systemd is told (`sd_notify(3)`): ready, still alive, on the way down. Nothing where nobody listens.

use std::time::Duration;

use sd_notify::NotifyState;

use crate::lifecycle::{Lifecycle, Readiness};

/// How often it is looked whether the process is ready.
const LOOK: Duration = Duration::from_millis(100);

/// Tells the supervisor, if it asked for that, until the process has ended. The process counts as started once it was ready for the first
/// time; that it is not ready later is what `/readyz` and the metrics are for.
pub fn inform(lifecycle: &Lifecycle) {
    if !is_there() {
        return;
    }
    let (readiness, stop, end) = (lifecycle.ready().clone(), lifecycle.stop(), lifecycle.end());
    lifecycle.spawn_to_the_end("supervisor", async move {
        let ready = async {
            if stop.run_until_cancelled(become_ready(&readiness)).await.is_some() {
                tell(NotifyState::Ready);
            }
        };
        tokio::join!(ready, end.run_until_cancelled(tell_of_life()));
        Ok(())
    });
}

/// Tells that the process is on its way down: at once, because what follows may be over at once.
pub fn say_stopping() {
    if is_there() {
        tell(NotifyState::Stopping);
    }
}

fn is_there() -> bool {
    std::env::var_os("NOTIFY_SOCKET").is_some()
}

async fn become_ready(readiness: &Readiness) {
    while !readiness.is_ready() {
        tokio::time::sleep(LOOK).await;
    }
}

/// Twice in the time after which the supervisor takes the process for hung. A runtime that stands still tells nothing.
async fn tell_of_life() {
    let Some(pause) = sd_notify::watchdog_enabled().map(|limit| limit / 2).filter(|pause| !pause.is_zero()) else {
        return;
    };
    let mut beats = tokio::time::interval(pause);
    loop {
        beats.tick().await;
        tell(NotifyState::Watchdog);
    }
}

fn tell(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!(%error, "the supervisor cannot be told");
    }
}
