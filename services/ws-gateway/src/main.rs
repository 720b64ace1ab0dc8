//! Starts the gateway.

use std::process::ExitCode;

use anyhow::Context as _;
use chat_ws_gateway::config::Config;
use tokio::net::TcpListener;

fn main() -> ExitCode {
    chat_runtime::service::main("ws-gateway", |config: Config, lifecycle| async move {
        let address = config.ws_addr;
        let listener =
            TcpListener::bind(address).await.with_context(|| format!("WS_ADDR: cannot listen on {address}"))?;
        chat_ws_gateway::run(config, listener, lifecycle).await
    })
}
