//! Questions of one kind, gathered over all sockets: the first goes at once, what is asked soon after goes together. So however
//! many come at the same time, they ask a few times.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use chat_bus::rpc::RpcError;
use parking_lot::Mutex;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

/// The time from one batch to the next, at the least: what somebody who comes alone never waits for.
const PACE: Duration = Duration::from_millis(20);
/// Batches that are under way at once: one that takes long holds nobody up.
const AT_ONCE: usize = 4;
/// Questions that may wait. Each socket has one or a few.
const MAX_WAITING: usize = 1 << 20;

/// What becomes of one question of a batch.
#[derive(Debug)]
pub enum Verdict<Answer> {
    /// It is answered, well or not.
    Answered(Result<Answer, RpcError>),
    /// There was no room for it: it is asked again, before others. The first of a batch always has room.
    AskAgain,
}

/// How questions of one kind are asked.
pub trait Kind: Send + Sync + 'static {
    /// The question.
    type Question: Clone + Send + Sync + 'static;
    /// Its answer.
    type Answer: Send + 'static;

    /// How much of a batch it takes.
    fn weight(question: &Self::Question) -> usize;

    /// The weight of a batch.
    const MAX_WEIGHT: usize;

    /// Asks; one verdict for each question, in their order.
    fn ask(
        &self,
        questions: Vec<Self::Question>,
    ) -> impl Future<Output = Result<Vec<Verdict<Self::Answer>>, RpcError>> + Send;
}

/// The questions of one kind. Cheap to clone.
pub struct Gathering<K: Kind>(Arc<Inner<K>>);

struct Inner<K: Kind> {
    kind: K,
    waiting: Mutex<VecDeque<Waiting<K>>>,
    asked: Notify,
}

struct Waiting<K: Kind> {
    question: K::Question,
    answer: oneshot::Sender<Result<K::Answer, RpcError>>,
}

impl<K: Kind> Clone for Gathering<K> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K: Kind> Gathering<K> {
    /// Asks until `end`.
    pub fn start(kind: K, end: CancellationToken) -> Self {
        let gathering = Self(Arc::new(Inner { kind, waiting: Mutex::default(), asked: Notify::new() }));
        let asking = gathering.clone();
        tokio::spawn(async move { end.run_until_cancelled(asking.run()).await });
        gathering
    }

    /// The answer to a question, which is asked together with others.
    pub async fn ask(&self, question: K::Question, wait: Duration) -> Result<K::Answer, RpcError> {
        let (answer, answered) = oneshot::channel();
        {
            let mut waiting = self.0.waiting.lock();
            if waiting.len() >= MAX_WAITING {
                return Err(RpcError::Unavailable("too many questions".to_owned()));
            }
            waiting.push_back(Waiting { question, answer });
        }
        self.0.asked.notify_one();
        match timeout(wait, answered).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(RpcError::Unavailable("stopping".to_owned())),
            Err(_) => Err(RpcError::Unavailable("no answer in time".to_owned())),
        }
    }

    async fn run(self) {
        let places = Arc::new(Semaphore::new(AT_ONCE));
        let mut next_at = Instant::now();
        loop {
            while self.0.waiting.lock().is_empty() {
                self.0.asked.notified().await;
            }
            sleep_until(next_at).await;
            let Ok(place) = places.clone().acquire_owned().await else { return };
            let batch = self.take();
            if !batch.is_empty() {
                next_at = Instant::now() + PACE;
                tokio::spawn(self.clone().answer(batch, place));
            }
        }
    }

    /// What goes together: at least one, if anybody still waits.
    fn take(&self) -> Vec<Waiting<K>> {
        let mut waiting = self.0.waiting.lock();
        let (mut batch, mut weight) = (Vec::new(), 0);
        while let Some(next) = waiting.pop_front_if(|next| {
            weight += K::weight(&next.question);
            batch.is_empty() || weight <= K::MAX_WEIGHT
        }) {
            // Whoever is gone needs no answer.
            if next.answer.is_closed() {
                weight -= K::weight(&next.question);
            } else {
                batch.push(next);
            }
        }
        batch
    }

    async fn answer(self, batch: Vec<Waiting<K>>, place: OwnedSemaphorePermit) {
        let questions: Vec<_> = batch.iter().map(|one| one.question.clone()).collect();
        let verdicts = self.0.kind.ask(questions).await.and_then(|verdicts| {
            let is_whole = verdicts.len() == batch.len();
            is_whole.then_some(verdicts).ok_or_else(|| RpcError::Invalid("answers to other questions".to_owned()))
        });
        drop(place);
        let mut again = Vec::new();
        match verdicts {
            Ok(verdicts) => {
                for (one, verdict) in batch.into_iter().zip(verdicts) {
                    match verdict {
                        // The other end is gone if nobody waits any more.
                        Verdict::Answered(answer) => drop(one.answer.send(answer)),
                        Verdict::AskAgain => again.push(one),
                    }
                }
            }
            Err(error) => batch.into_iter().for_each(|one| drop(one.answer.send(Err(error.clone())))),
        }
        if !again.is_empty() {
            let mut waiting = self.0.waiting.lock();
            again.into_iter().rev().for_each(|one| waiting.push_front(one));
            drop(waiting);
            self.0.asked.notify_one();
        }
    }
}

#[cfg(test)]
mod tests;
