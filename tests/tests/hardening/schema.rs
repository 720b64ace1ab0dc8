//! The api does what its document says, whatever it is asked: schemathesis.

use chat_e2e::{App, shared_stack};
use serde_json::json;

use crate::tools;

/// Examples for each call; the variable is for runs by hand.
const EXAMPLES: &str = "10";

/// An account of the api's own, so that ids from 1 on are people; the first one's token.
async fn first_account(app: &App) -> String {
    let mut tokens = Vec::new();
    for number in 1..=4 {
        let account = json!({"username": format!("schema-{number}"), "password": "correct horse"});
        app.anon().post("/api/auth/register/", account.clone()).await.expect(201);
        tokens.push(app.anon().post("/api/auth/token/", account).await.expect(200).text("access"));
    }
    tokens.remove(0)
}

#[tokio::test]
async fn api_does_what_its_document_says() {
    let app = App::shared().await;
    let address = format!("{}/api/schema/", shared_stack().await.api_url().unwrap());
    let config = tools::here().join("schemathesis.toml").display().to_string();
    let authorization = format!("Authorization: Bearer {}", first_account(&app).await);
    let wanted = std::env::var_os("SCHEMATHESIS_EXAMPLES").and_then(|number| number.into_string().ok());
    let examples = wanted.unwrap_or_else(|| EXAMPLES.to_owned());
    let arguments = [
        ["--config-file", &config, "run", &address],
        ["--header", &authorization, "--max-examples", &examples],
        ["--no-color", "--continue-on-failure", "--warnings", "off"],
        ["--suppress-health-check", "all", "--generation-database", "none"],
    ];
    let (is_content, printed) =
        tools::run("schemathesis", &arguments.concat(), &[("SCHEMATHESIS_HOOKS", "schemathesis_hooks")]).await;
    assert!(is_content, "{printed}");
    assert!(printed.contains("No issues found"), "{printed}");
}
