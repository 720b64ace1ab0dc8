//! The one thread that starts every child. Linux sends the parent-death signal when the *thread* that forked ends, so this one lives
//! exactly as long as the stack, whatever becomes of the caller's runtime.

use std::thread::JoinHandle;

use anyhow::{Context, Result};
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

/// A thread with a runtime of its own; tasks given to it run there and nowhere else.
#[derive(Debug)]
pub struct Keeper {
    handle: Handle,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Keeper {
    /// Starts the thread.
    pub fn start() -> Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build().context("cannot make the keeper's runtime")?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel::<()>();
        let body = move || {
            // Either way, a message or a dropped sender, the keeper has to end.
            let _ = runtime.block_on(stopped);
        };
        let thread =
            std::thread::Builder::new().name("stack-keeper".into()).spawn(body).context("cannot start the keeper")?;
        Ok(Self { handle, stop: Some(stop), thread: Some(thread) })
    }

    /// Where to spawn tasks on it.
    pub fn handle(&self) -> &Handle {
        &self.handle
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic in there has been printed already and there is nothing left to stop.
            let _ = thread.join();
        }
    }
}
