//! Each way a process can end, with its outcome.

use std::future::pending;

use anyhow::bail;
use tokio::sync::oneshot;

use super::*;

const SHORT: Duration = Duration::from_millis(50);

async fn outcome_of(lifecycle: &Lifecycle) -> Outcome {
    lifecycle.wait(pending).await
}

fn until_stopped(lifecycle: &Lifecycle) -> impl Future<Output = anyhow::Result<()>> + use<> {
    let stop = lifecycle.stop();
    async move {
        stop.cancelled().await;
        Ok(())
    }
}

#[tokio::test]
async fn stops_cleanly_when_asked() {
    let lifecycle = Lifecycle::new();
    lifecycle.spawn("worker", until_stopped(&lifecycle));
    lifecycle.request_stop();
    assert_eq!(outcome_of(&lifecycle).await, Outcome::Clean);
}

/// What a process does that gets these signals, one after the other, and none after them.
async fn outcome_of_signals(lifecycle: &Lifecycle, names: &[&'static str]) -> Outcome {
    let mut names = names.iter();
    let next_signal = async || match names.next() {
        Some(name) => *name,
        None => pending().await,
    };
    lifecycle.wait(next_signal).await
}

#[tokio::test]
async fn first_signal_stops_softly() {
    let lifecycle = Lifecycle::new();
    lifecycle.spawn("worker", until_stopped(&lifecycle));
    let outcome = outcome_of_signals(&lifecycle, &["SIGTERM"]).await;
    assert_eq!(outcome, Outcome::Clean);
    assert!(lifecycle.stop().is_cancelled() && !lifecycle.ready().is_ready());
}

#[tokio::test]
async fn second_signal_ends_the_waiting() {
    let lifecycle = Lifecycle::new();
    lifecycle.spawn("stuck", pending());
    let outcome = outcome_of_signals(&lifecycle, &["SIGTERM", "SIGINT"]).await;
    assert_eq!(outcome, Outcome::SecondSignal);
    assert!(lifecycle.end().is_cancelled());
}

#[tokio::test]
async fn failed_task_stops_the_others_with_failure() {
    let lifecycle = Lifecycle::new();
    lifecycle.spawn("worker", until_stopped(&lifecycle));
    lifecycle.spawn("broken", async { bail!("out of luck") });
    assert_eq!(outcome_of(&lifecycle).await, Outcome::TaskFailed);
    assert!(!lifecycle.ready().is_ready());
}

#[tokio::test]
async fn panicking_task_stops_the_others_with_failure() {
    let lifecycle = Lifecycle::new();
    lifecycle.spawn("worker", until_stopped(&lifecycle));
    lifecycle.spawn("broken", async { panic!("a test's panic") });
    assert_eq!(outcome_of(&lifecycle).await, Outcome::TaskFailed);
}

#[tokio::test]
async fn task_that_just_ends_is_a_failure() {
    let lifecycle = Lifecycle::new();
    lifecycle.spawn("too short", async { Ok(()) });
    assert_eq!(outcome_of(&lifecycle).await, Outcome::TaskFailed);
}

#[tokio::test]
async fn failure_while_stopping_keeps_the_clean_exit() {
    let lifecycle = Lifecycle::new();
    let stop = lifecycle.stop();
    lifecycle.spawn("worker", async move {
        stop.cancelled().await;
        bail!("the connection was gone already")
    });
    lifecycle.request_stop();
    assert_eq!(outcome_of(&lifecycle).await, Outcome::Clean);
}

#[tokio::test]
async fn step_may_end_well_but_not_fail() {
    let lifecycle = Lifecycle::new();
    let (done, finished) = oneshot::channel::<()>();
    lifecycle.spawn_step("start", async move {
        drop(done);
        Ok(())
    });
    finished.await.unwrap_err();
    tokio::task::yield_now().await;
    assert!(!lifecycle.stop().is_cancelled());
    lifecycle.spawn_step("start again", async { bail!("the port is taken") });
    assert_eq!(outcome_of(&lifecycle).await, Outcome::TaskFailed);
}

#[tokio::test]
async fn step_that_still_waits_is_dropped_at_the_stop() {
    let lifecycle = Lifecycle::new();
    lifecycle.spawn_step("start", pending());
    lifecycle.request_stop();
    assert_eq!(outcome_of(&lifecycle).await, Outcome::Clean);
}

#[tokio::test]
async fn stuck_task_runs_into_the_drain_limit() {
    let lifecycle = Lifecycle::with_drain_limit(SHORT);
    lifecycle.spawn("stuck", pending());
    lifecycle.request_stop();
    assert_eq!(outcome_of(&lifecycle).await, Outcome::DrainTimedOut);
}

#[tokio::test]
async fn stop_goes_in_order_not_ready_then_drain_then_end() {
    let lifecycle = Lifecycle::new();
    let (stop, readiness, end) = (lifecycle.stop(), lifecycle.ready().clone(), lifecycle.end());
    lifecycle.spawn("worker", async move {
        assert!(readiness.is_ready());
        stop.cancelled().await;
        assert!(!readiness.is_ready(), "not ready before the stop token");
        assert!(!end.is_cancelled(), "the end waits for the drain");
        Ok(())
    });
    let end = lifecycle.end();
    lifecycle.spawn_to_the_end("ops", async move {
        end.cancelled().await;
        Ok(())
    });
    let stopping = lifecycle.clone();
    tokio::spawn(async move {
        tokio::task::yield_now().await;
        stopping.request_stop();
    });
    assert_eq!(outcome_of(&lifecycle).await, Outcome::Clean);
    assert!(lifecycle.end().is_cancelled());
}

#[tokio::test]
async fn connection_tasks_are_waited_for_and_may_end_early() {
    let lifecycle = Lifecycle::new();
    lifecycle.tracker().spawn(async {});
    let (release, released) = oneshot::channel::<()>();
    let connection = lifecycle.tracker().spawn(async move {
        released.await.unwrap();
    });
    lifecycle.request_stop();
    release.send(()).unwrap();
    assert_eq!(outcome_of(&lifecycle).await, Outcome::Clean);
    assert!(connection.is_finished());
}
