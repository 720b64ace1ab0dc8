//! Feeds the view: hears what the presence service says and asks it for snapshots. The lock is never held across an
//! await.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use async_nats::Subscriber;
use chat_bus::Bus;
use chat_bus::rpc::{self, RpcError};
use chat_protocol::ids::UserId;
use chat_protocol::presence::{Acquaintance, DIFFS_WILDCARD, PresenceDiff, SnapshotRequest, SnapshotResponse};
use chat_runtime::backoff::Backoff;
use futures_util::StreamExt as _;
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio_tungstenite::tungstenite::Utf8Bytes;
use tokio_util::sync::CancellationToken;

use super::view::{Question, View, Wake, WatchId};

/// How long the presence service may take to answer.
const QUESTION_TIMEOUT: Duration = Duration::from_secs(2);

/// The view and what feeds it. Cheap to clone.
#[derive(Clone)]
pub(super) struct Watching(Arc<Inner>);

struct Inner {
    bus: Bus,
    view: Mutex<View>,
    /// Notified when there is something to ask.
    questions: Notify,
}

impl Watching {
    pub(super) fn new(bus: Bus) -> Self {
        Self(Arc::new(Inner { bus, view: Mutex::default(), questions: Notify::new() }))
    }

    pub(super) fn watch(&self, user_id: UserId, people: &[Acquaintance], wake: Wake) -> Watch {
        let has_news = Arc::new(AtomicBool::new(false));
        let news = has_news.clone();
        let wake = Box::new(move || {
            news.store(true, Ordering::Release);
            wake();
        });
        let id = self.edit(|view| view.watch(user_id, people, wake));
        self.0.questions.notify_one();
        Watch { watching: self.clone(), id, has_news }
    }

    fn edit<T>(&self, edit: impl FnOnce(&mut View) -> T) -> T {
        let mut view = self.0.view.lock();
        let edited = edit(&mut view);
        #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
        metrics::gauge!("chat_gateway_people_watched").set(view.len() as f64);
        edited
    }

    /// A presence service that starts anew may have missed changes: everyone is asked about again.
    pub(super) fn refresh(&self) {
        self.0.view.lock().doubt();
        self.0.questions.notify_one();
    }

    /// Waits for the first watch; then hears and asks until the stop.
    pub(super) async fn run(self, stop: CancellationToken) -> anyhow::Result<()> {
        if stop.run_until_cancelled(self.0.questions.notified()).await.is_none() {
            return Ok(());
        }
        // First the subscription, then, on the same connection, the questions: nothing is missed in between.
        let diffs = self.0.bus.client().subscribe(DIFFS_WILDCARD).await.context("diffs")?;
        self.0.questions.notify_one();
        tokio::try_join!(self.hear(diffs, &stop), self.ask(&stop), self.follow_disturbances(&stop))?;
        Ok(())
    }

    async fn hear(&self, mut diffs: Subscriber, stop: &CancellationToken) -> anyhow::Result<()> {
        while let Some(Some(message)) = stop.run_until_cancelled(diffs.next()).await {
            match serde_json::from_slice::<PresenceDiff>(&message.payload) {
                Ok(diff) => self.0.view.lock().hear(&diff.users),
                Err(error) => tracing::warn!(%error, "malformed statements about presence"),
            }
        }
        anyhow::ensure!(stop.is_cancelled(), "the subscription has ended");
        Ok(())
    }

    async fn follow_disturbances(&self, stop: &CancellationToken) -> anyhow::Result<()> {
        let mut disturbances = self.0.bus.disturbances();
        while let Some(Ok(())) = stop.run_until_cancelled(disturbances.changed()).await {
            self.0.view.lock().doubt_everything();
            self.0.questions.notify_one();
        }
        Ok(())
    }

    async fn ask(&self, stop: &CancellationToken) -> anyhow::Result<()> {
        let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(2));
        let mut is_answered = true;
        while !stop.is_cancelled() {
            let question = self.0.view.lock().next_question();
            let Some(question) = question else {
                stop.run_until_cancelled(self.0.questions.notified()).await;
                continue;
            };
            match self.ask_once(&question).await {
                Ok(answer) => {
                    self.0.view.lock().answer(&question, answer.users);
                    backoff.reset();
                    is_answered = true;
                }
                Err(error) => {
                    if std::mem::replace(&mut is_answered, false) {
                        tracing::warn!(%error, "the presence service does not answer; asking again");
                    }
                    self.0.view.lock().repeat(&question);
                    stop.run_until_cancelled(tokio::time::sleep(backoff.next_delay())).await;
                }
            }
        }
        Ok(())
    }

    async fn ask_once(&self, question: &Question) -> Result<SnapshotResponse, RpcError> {
        let request = SnapshotRequest { user_ids: question.user_ids.clone() };
        rpc::call(&self.0.bus, "presence", "snapshot", &request, QUESTION_TIMEOUT).await
    }
}

/// One socket's view of the people whom its person may see. Ends when dropped.
pub struct Watch {
    watching: Watching,
    id: WatchId,
    /// Whether there is something to take: a look that finds nothing costs no lock.
    has_news: Arc<AtomicBool>,
}

/// What a socket is to be told of presence.
#[derive(Debug, Default)]
pub struct PresenceNews {
    /// News of whom the person may see may have been missed: they are to be read again.
    pub is_in_doubt: bool,
    /// First `presence_snapshot`, in parts below 100 KiB, as soon as the state of everyone watched is known. Then a
    /// `user_status_change` for each person whose state is not what this watch was told last: the present one.
    pub frames: Vec<Utf8Bytes>,
}

impl Watch {
    /// The acquaintances are these from now on. Who is new comes as a change; who is gone is not told of any more.
    pub fn set_people(&self, people: &[Acquaintance]) {
        self.watching.edit(|view| view.set_people(self.id, people));
        self.watching.0.questions.notify_one();
    }

    /// What is new, if anything is. What is not taken costs nothing but the number of people who have changed.
    #[must_use]
    pub fn take_news(&self) -> Option<PresenceNews> {
        if !self.has_news.swap(false, Ordering::AcqRel) {
            return None;
        }
        let mut view = self.watching.0.view.lock();
        let is_in_doubt = view.take_doubt(self.id);
        let mut frames = view.take_snapshot(self.id).unwrap_or_default();
        frames.extend(view.take_changes(self.id));
        Some(PresenceNews { is_in_doubt, frames })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.watching.edit(|view| view.unwatch(self.id));
    }
}
