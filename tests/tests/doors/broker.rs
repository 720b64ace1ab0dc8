//! The protocol of NATS by hand: says one line, and hears at once whether the server lets this user.

use anyhow::{Context as _, Result, ensure};
use chat_e2e::PATIENCE;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// What somebody tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    Publish,
    Subscribe,
}

/// A connection of one user.
pub struct Knocker(BufReader<TcpStream>);

impl Knocker {
    /// Connects as this user.
    pub async fn connect(address: &str, user: &str, password: &str) -> Result<Self> {
        let mut knocker = Self(BufReader::new(TcpStream::connect(address).await?));
        ensure!(knocker.line().await?.starts_with("INFO "), "no server of NATS");
        let login = serde_json::json!({"user": user, "pass": password, "verbose": false, "pedantic": false, "lang": "test",
                                       "version": "1", "protocol": 1});
        let errors = knocker.say(&format!("CONNECT {login}\r\n")).await?;
        ensure!(errors.is_empty(), "not let in: {errors:?}");
        Ok(knocker)
    }

    /// Whether the server lets this user.
    pub async fn may(&mut self, act: Act, subject: &str) -> Result<bool> {
        let errors = match act {
            Act::Publish => self.say(&format!("PUB {subject} 0\r\n\r\n")).await?,
            Act::Subscribe => self.say(&format!("SUB {subject} 1\r\nUNSUB 1\r\n")).await?,
        };
        let denied = |line: &String| line.contains("Permissions Violation");
        ensure!(errors.iter().all(denied), "{subject}: {errors:?}");
        Ok(errors.is_empty())
    }

    /// Says it; the errors that came before the server had taken it in.
    async fn say(&mut self, text: &str) -> Result<Vec<String>> {
        self.0.get_mut().write_all(format!("{text}PING\r\n").as_bytes()).await?;
        let mut errors = Vec::new();
        loop {
            let line = self.line().await?;
            match line.split_whitespace().next() {
                Some("PONG") => return Ok(errors),
                Some("-ERR") => errors.push(line),
                Some("PING") => self.0.get_mut().write_all(b"PONG\r\n").await?,
                _ => {}
            }
        }
    }

    async fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        let read = timeout(PATIENCE, self.0.read_line(&mut line)).await.context("the server is silent")??;
        ensure!(read > 0, "the server has hung up");
        Ok(line.trim_end().to_owned())
    }
}
