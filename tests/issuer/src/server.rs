//! A server of one key set over plain HTTP on loopback. It speaks just enough HTTP/1.1 for that.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use serde_json::{Value, json};

use crate::Key;

/// The server; it ends with the program.
#[derive(Clone)]
pub struct KeyServer {
    /// Where the key set is.
    pub url: String,
    state: Arc<Mutex<State>>,
    released: Arc<Condvar>,
}

struct State {
    status: u16,
    headers: String,
    body: Vec<u8>,
    asked: usize,
    is_silent: bool,
    is_held: bool,
}

impl KeyServer {
    /// Starts a server that publishes these keys.
    #[must_use]
    pub fn start(keys: &[&Key]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let state =
            State { status: 200, headers: String::new(), body: Vec::new(), asked: 0, is_silent: false, is_held: false };
        let state = Arc::new(Mutex::new(state));
        let released = Arc::<Condvar>::default();
        let (told, release) = (Arc::clone(&state), Arc::clone(&released));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (state, released) = (Arc::clone(&told), Arc::clone(&release));
                std::thread::spawn(move || answer(stream, &state, &released));
            }
        });
        let server = Self { url: format!("http://{address}/keys.json"), state, released };
        server.publish(keys);
        server
    }

    /// From now on these keys, and no others.
    pub fn publish(&self, keys: &[&Key]) {
        let keys: Vec<_> = keys.iter().map(|key| key.jwk()).collect();
        self.publish_document(&json!({"keys": keys}));
    }

    /// From now on this document.
    pub fn publish_document(&self, document: &Value) {
        self.say(200, "", document.to_string().into_bytes());
    }

    /// From now on this answer, with these lines in its header.
    pub fn say(&self, status: u16, headers: &str, body: impl Into<Vec<u8>>) {
        let mut state = self.state.lock();
        (state.status, state.headers, state.body) = (status, headers.to_owned(), body.into());
    }

    /// From now on no answer at all, or answers again.
    pub fn set_silent(&self, is_silent: bool) {
        self.state.lock().is_silent = is_silent;
    }

    /// From now on answers are made, and given when this is taken back.
    pub fn set_held(&self, is_held: bool) {
        self.state.lock().is_held = is_held;
        self.released.notify_all();
    }

    /// How often the key set was asked for.
    #[must_use]
    pub fn asked(&self) -> usize {
        self.state.lock().asked
    }
}

fn answer(mut stream: TcpStream, state: &Mutex<State>, released: &Condvar) {
    let mut lines = BufReader::new(&stream).lines();
    while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
    drop(lines);
    let response = {
        let mut state = state.lock();
        state.asked += 1;
        let response = (!state.is_silent).then(|| {
            let head = format!(
                "HTTP/1.1 {} Said\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n{}\r\n",
                state.status,
                state.body.len(),
                state.headers,
            );
            [head.as_bytes(), &state.body].concat()
        });
        released.wait_while(&mut state, |state| state.is_held);
        response
    };
    match response {
        // A client that has gone is no matter.
        Some(bytes) => drop(stream.write_all(&bytes)),
        // Longer than anybody waits.
        None => std::thread::sleep(Duration::from_mins(5)),
    }
}
