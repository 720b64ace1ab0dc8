//! `chat-bench echo`: says back whatever comes, through the gateway's own codec, as the Autobahn suite wants it of a server. What it
//! is run with stands in `docs/adr/0035`.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use chat_websocket::{Decoder, Frame, Message, binary, close, pong};
use clap::Args;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// The suite's largest message, and nothing beyond it.
const MAX_MESSAGE_BYTES: usize = 16 << 20;
const MAX_REQUEST_BYTES: usize = 8192;
const PIECE_BYTES: usize = 16 * 1024;
/// How long the other end may take to close the connection behind a close frame.
const GOODBYE: Duration = Duration::from_secs(1);

#[derive(Debug, Args)]
pub(crate) struct Echo {
    /// Port on loopback; 0 takes any. The address is the first line that is printed
    #[arg(long, default_value_t = 0)]
    port: u16,
}

impl Echo {
    /// Serves until it is ended.
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))).await?;
        println!("{}", listener.local_addr()?);
        loop {
            let (stream, _) = listener.accept().await?;
            tokio::spawn(async move {
                if let Err(error) = serve(stream).await {
                    eprintln!("{error:#}");
                }
            });
        }
    }
}

async fn serve(mut stream: TcpStream) -> anyhow::Result<()> {
    let mut read = Vec::new();
    let end = loop {
        if let Some(at) = memchr::memmem::find(&read, b"\r\n\r\n") {
            break at + 4;
        }
        ensure!(read.len() < MAX_REQUEST_BYTES && stream.read_buf(&mut read).await? > 0, "no request");
    };
    let request = String::from_utf8_lossy(&read[..end]).into_owned();
    let key = request.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("sec-websocket-key").then(|| value.trim())
    });
    let accept = derive_accept_key(key.context("no key")?.as_bytes());
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
    );
    stream.write_all(answer.as_bytes()).await?;
    talk(stream, read.split_off(end)).await
}

/// Ends behind a close frame, its own or the other's.
async fn talk(mut stream: TcpStream, mut read: Vec<u8>) -> anyhow::Result<()> {
    let mut decoder = Decoder::new(MAX_MESSAGE_BYTES);
    loop {
        let mut input = read.as_slice();
        loop {
            let answer = match decoder.read(&mut input) {
                Ok(None) => break,
                Ok(Some(Message::Text(text))) => Frame::text(&text).into_bytes(),
                Ok(Some(Message::Binary(bytes))) => binary(&bytes),
                Ok(Some(Message::Ping(payload))) => pong(&payload),
                Ok(Some(Message::Pong(_))) => continue,
                Ok(Some(Message::Close(code))) => return leave(stream, code.map(|(code, _)| code)).await,
                Err(error) => return leave(stream, Some(error.close_code())).await,
            };
            stream.write_all(&answer).await?;
        }
        read.clear();
        read.reserve(PIECE_BYTES);
        if stream.read_buf(&mut read).await? == 0 {
            return Ok(());
        }
    }
}

async fn leave(mut stream: TcpStream, code: Option<u16>) -> anyhow::Result<()> {
    stream.write_all(&close(code, "")).await?;
    stream.shutdown().await?;
    let mut rest = vec![0; PIECE_BYTES];
    // Whoever does not close either is left alone.
    let _late = timeout(GOODBYE, async { while stream.read(&mut rest).await.is_ok_and(|len| len > 0) {} }).await;
    Ok(())
}
