//! The program `chat-api`.

use std::process::ExitCode;

use anyhow::Context as _;
use chat_api::config::Config;
use chat_runtime::service;
use tokio::net::TcpListener;

fn main() -> ExitCode {
    service::main("api", |config: Config, lifecycle| async move {
        let address = config.http.api_addr;
        let listener =
            TcpListener::bind(address).await.with_context(|| format!("API_ADDR: cannot listen on {address}"))?;
        chat_api::run(config, listener, lifecycle).await
    })
}
