//! A receiver of webhooks: takes every request in, and answers at each path as it was told to.

use std::collections::{BTreeMap, HashMap};
use std::net::Ipv4Addr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What it answers.
#[derive(Debug, Clone)]
pub enum Answer {
    /// With this status, and these lines in the head.
    Status(u16, &'static str),
    /// Exactly these bytes; then it hangs up.
    Bytes(&'static str),
    /// Nothing, for a minute.
    Nothing,
}

/// A request that came.
#[derive(Debug, Clone)]
pub struct Got {
    /// The path.
    pub path: String,
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: Vec<u8>,
}

impl Got {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("payloads are JSON")
    }
}

/// What it was told and what came.
#[derive(Debug, Default)]
pub struct Book {
    answers: HashMap<String, Answer>,
    pub got: Vec<Got>,
}

/// A receiver that listens.
#[derive(Debug, Clone)]
pub struct Receiver {
    pub port: u16,
    book: Arc<watch::Sender<Book>>,
}

impl Receiver {
    /// Listens on this listener, for as long as the runtime lives.
    pub fn on(listener: TcpListener) -> Self {
        let book = Arc::new(watch::Sender::new(Book::default()));
        let receiver = Self { port: listener.local_addr().unwrap().port(), book };
        let serving = receiver.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let serving = serving.clone();
                // Who hangs up early is the services' affair.
                tokio::spawn(async move { drop(serving.serve(stream).await) });
            }
        });
        receiver
    }

    /// From now on this path is answered so; else with 200.
    pub fn answer(&self, path: &str, answer: Answer) {
        self.book.send_modify(|book| {
            book.answers.insert(path.to_owned(), answer);
        });
    }

    /// What came.
    pub fn book(&self) -> watch::Receiver<Book> {
        self.book.subscribe()
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
        let answer = self.book.borrow().answers.get(&path).cloned().unwrap_or(Answer::Status(200, ""));
        self.book.send_modify(|book| book.got.push(Got { path, headers, body }));
        let bytes = match answer {
            Answer::Status(status, head) => {
                format!("HTTP/1.1 {status} X\r\ncontent-length: 2\r\nconnection: close\r\n{head}\r\nok")
            }
            Answer::Bytes(bytes) => bytes.to_owned(),
            Answer::Nothing => {
                tokio::time::sleep(Duration::from_mins(1)).await;
                String::new()
            }
        };
        stream.write_all(bytes.as_bytes()).await?;
        stream.shutdown().await
    }
}

/// The receiver of all tests: on every address of this machine, in a runtime that outlives each of them.
pub fn shared_receiver() -> &'static Receiver {
    static RECEIVER: OnceLock<Receiver> = OnceLock::new();
    RECEIVER.get_or_init(|| {
        let (tell, told) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).await.unwrap();
                tell.send(Receiver::on(listener)).unwrap();
                std::future::pending::<()>().await;
            });
        });
        told.recv().unwrap()
    })
}

/// A port of this address where nobody listens.
pub fn free_port(address: Ipv4Addr) -> u16 {
    std::net::TcpListener::bind((address, 0)).unwrap().local_addr().unwrap().port()
}
