//! The operator's command line. It says on stderr what it does; results go to stdout or to the file that was named.

mod asking;
mod command;
mod config;
mod consent;
mod conversation;
mod doctor;
mod documents;
mod events;
mod feed;
mod import;
mod key;
mod migrate;
mod old_names;
mod outcome;
mod output;
mod plan;
mod progress;
mod reindex;
mod seed;
mod settings;
mod stream;
mod tail;
mod token;
mod user;

use std::process::ExitCode;

use self::command::Chatctl;

#[tokio::main]
async fn main() -> ExitCode {
    chat_runtime::install_crypto();
    let arguments = old_names::translate(std::env::args_os().collect());
    let chatctl: Chatctl = chat_runtime::config::parse_from(arguments);
    outcome::exit_code(chatctl.run().await)
}
