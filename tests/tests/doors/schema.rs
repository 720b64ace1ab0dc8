//! A service that comes before `chatctl migrate` waits for it.

use std::time::Duration;

use anyhow::{Context as _, Result};
use chat_e2e::{Instance, PATIENCE, Service, Signal, own_stack};
use sqlx::{Connection as _, PgConnection};
use tokio::time::timeout;

/// The migration that lets services ask; without it a schema is too old for them.
const SCHEMA_CHECK: i64 = 21;

#[tokio::test]
async fn services_wait_until_the_schema_is_theirs() -> Result<()> {
    let stack = own_stack().await?;
    let waiting = [stack.instance(Service::Api, 1)?, stack.instance(Service::Persistence, 1)?];
    for instance in waiting {
        instance.process.kill(Signal::SIGKILL).await?;
    }
    let mut superuser = PgConnection::connect(stack.database_url()).await?;
    sqlx::query("drop function newest_migration()").execute(&mut superuser).await?;
    sqlx::query("delete from _sqlx_migrations where version = $1").bind(SCHEMA_CHECK).execute(&mut superuser).await?;

    let migrated = async {
        for instance in waiting {
            timeout(PATIENCE, says_that_it_waits(instance))
                .await
                .context("a service says that the schema is too old")?;
        }
        stack.migrate().await
    };
    let [api, persistence] = waiting.map(|instance| &instance.process);
    tokio::try_join!(api.start(PATIENCE), persistence.start(PATIENCE), migrated)?;
    stack.stop().await
}

async fn says_that_it_waits(instance: &Instance) {
    let url = format!("{}/readyz", instance.ops_url);
    loop {
        if let Ok(answer) = reqwest::get(&url).await
            && answer.status() == 503
            && answer.text().await.is_ok_and(|body| body.contains(r#""schema":false"#))
        {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
