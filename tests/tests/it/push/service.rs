//! A push service: takes every message in, and answers at each address as it was told to.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use anyhow::Result;
use chat_e2e::PATIENCE;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::timeout;

/// A message that came.
#[derive(Debug, Clone)]
pub struct Taken {
    path: String,
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: Vec<u8>,
}

#[derive(Debug, Default)]
struct Book {
    answers: HashMap<String, (u16, &'static str)>,
    taken: Vec<Taken>,
}

/// The service; it ends with the runtime.
#[derive(Debug, Clone)]
pub struct PushService {
    /// Where it is.
    pub url: String,
    /// On which port.
    pub port: u16,
    book: Arc<watch::Sender<Book>>,
}

impl PushService {
    /// Listens on loopback.
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let service = Self { url: format!("http://127.0.0.1:{port}"), port, book: Arc::default() };
        let serving = service.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let serving = serving.clone();
                // Who hangs up early is the services' affair.
                tokio::spawn(async move { serving.serve(stream).await });
            }
        });
        Ok(service)
    }

    /// From now on this path is answered so, with these lines in the head; else with 201.
    pub fn answer(&self, path: &str, status: u16, head: &'static str) {
        let told = (path.to_owned(), (status, head));
        self.book.send_modify(|book| book.answers.extend([told]));
    }

    /// What came for a path so far.
    pub fn taken(&self, path: &str) -> Vec<Taken> {
        self.book.borrow().taken.iter().filter(|taken| taken.path == path).cloned().collect()
    }

    /// What came for a path, once it is so much.
    pub async fn take(&self, path: &str, count: usize) -> Vec<Taken> {
        let mut book = self.book.subscribe();
        let waiting = book.wait_for(|book| book.taken.iter().filter(|taken| taken.path == path).count() >= count);
        // Longer than it takes until what was refused is tried again.
        let waited = timeout(PATIENCE * 2, waiting).await;
        assert!(waited.is_ok(), "no {count} messages came for {path}");
        self.taken(path)
    }

    /// Waits for one more than there are.
    pub async fn take_one_more(&self, path: &str) {
        self.take(path, self.taken(path).len() + 1).await;
    }

    async fn serve(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut stream = BufReader::new(stream);
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
        let mut headers = BTreeMap::new();
        loop {
            line.clear();
            stream.read_line(&mut line).await?;
            let Some((name, value)) = line.split_once(':') else { break };
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
        let length = headers.get("content-length").and_then(|value| value.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await?;
        let (status, head) = self.book.borrow().answers.get(&path).copied().unwrap_or((201, ""));
        self.book.send_modify(|book| book.taken.push(Taken { path, headers, body }));
        let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n{head}\r\n");
        stream.write_all(answer.as_bytes()).await?;
        stream.shutdown().await
    }
}
