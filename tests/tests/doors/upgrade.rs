//! A data directory from before there were roles: they are made in place, and everything that is there is theirs.

use anyhow::{Context as _, Result};
use chat_e2e::{App, Role, Stack, StackOptions, options};
use sqlx::{Connection as _, PgConnection};

/// The migration that grants; an old directory has not seen it.
const GRANTS: i64 = 13;

#[tokio::test]
async fn old_data_directory_gets_the_roles_and_keeps_what_was_said() -> Result<()> {
    let mut keep = StackOptions { remove_data: false, ..options()? };
    // Elsewhere than those of other tests, who remove what nobody uses at the moment.
    let name = keep.data_dir.file_name().context("the directory has a name")?;
    keep.data_dir = keep.bin_dir.join("kept").join(name);
    let stack = Stack::start(keep.clone()).await?;
    let app = App::of(&stack)?;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let conversation = ada.direct_with(&ben).await;
    ada.say(&conversation, "from before").await;
    let secret = stack.jwt_secret().to_owned();
    stack.stop().await?;
    drop(stack);

    forget_roles(&keep).await?;
    let stack = Stack::start(keep.clone()).await?;
    let app = App::of(&stack)?;
    assert_eq!(stack.jwt_secret(), secret);
    let history = app.with_token(&ben.token).get(&format!("/api/chat/conversations/{conversation}/messages/")).await;
    assert_eq!(history.expect(200).body["results"][0]["content"], "from before");
    app.with_token(&ada.token)
        .post(&chat_e2e::send_path(&conversation), serde_json::json!({"content": "and after"}))
        .await
        .expect(201);
    stack.stop().await?;
    Ok(std::fs::remove_dir_all(&keep.data_dir)?)
}

/// As it was when the superuser did everything.
async fn forget_roles(options: &StackOptions) -> Result<()> {
    let stack = Stack::prepare(options.clone()).await?;
    stack.launch_servers().await?;
    let mut superuser = PgConnection::connect(stack.database_url()).await?;
    for role in Role::ALL {
        for statement in ["reassign owned by {} to chat", "drop owned by {}", "drop role {}"] {
            let statement = sqlx::AssertSqlSafe(statement.replace("{}", role.name()));
            sqlx::query(statement).execute(&mut superuser).await?;
        }
        std::fs::remove_file(options.data_dir.join("postgres").join(format!("password-{}", role.name())))?;
    }
    sqlx::query("delete from _sqlx_migrations where version = $1").bind(GRANTS).execute(&mut superuser).await?;
    stack.stop().await
}
