//! What Postgres counts of itself, asked through `psql`.

use tokio::process::Command;

use crate::run_file::{RunFile, loopback};

/// Transactions of the database so far; none if `psql` is not there or fails, which is said.
pub(crate) async fn transactions(run_file: &RunFile) -> Option<u64> {
    loopback(&run_file.postgres.url).ok()?;
    let statement = "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()";
    let asked = Command::new("psql").args(["-tAXc", statement, &run_file.postgres.url]).output().await;
    let answer = asked.ok().filter(|answer| answer.status.success());
    let count = answer.and_then(|answer| String::from_utf8(answer.stdout).ok()?.trim().parse().ok());
    if count.is_none() {
        eprintln!("psql does not tell how many transactions there were: that figure will be missing");
    }
    count
}
