//! `chat-bench floor`: the least that fan-out can cost here. It accepts sockets with an upgrade made by hand and writes what comes
//! on its control connection, already framed, straight to each of them: what comes together is written together, once.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;

use clap::Args;
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};

/// What the control connection asks for in its upgrade.
pub(crate) const CONTROL_PATH: &str = "/control";
const LISTENER: Token = Token(0);
/// The answer to every upgrade.
const ACCEPTED: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
/// What is read from the control connection at once.
const BATCH_BYTES: usize = 256 * 1024;

#[derive(Debug, Args)]
pub(crate) struct Floor {
    /// Port on loopback; 0 takes any. The address is the first line that is printed
    #[arg(long, default_value_t = 0)]
    port: u16,
}

struct Peer {
    stream: TcpStream,
    is_open: bool,
    /// What did not fit into the socket.
    pending: Vec<u8>,
}

struct Server {
    poll: Poll,
    listener: TcpListener,
    peers: Vec<Peer>,
    control: Option<usize>,
    batch: Vec<u8>,
}

impl Floor {
    /// Serves until the control connection ends.
    pub(crate) fn run(&self) -> anyhow::Result<ExitCode> {
        let poll = Poll::new()?;
        let mut listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, self.port)))?;
        poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
        println!("{}", listener.local_addr()?);
        std::io::stdout().flush()?;
        let server = Server { poll, listener, peers: Vec::new(), control: None, batch: vec![0; BATCH_BYTES] };
        server.serve()?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Server {
    fn serve(mut self) -> anyhow::Result<()> {
        let mut events = Events::with_capacity(1024);
        loop {
            if let Err(error) = self.poll.poll(&mut events, None) {
                anyhow::ensure!(error.kind() == ErrorKind::Interrupted, error);
            }
            for event in &events {
                if event.token() == LISTENER {
                    self.accept()?;
                    continue;
                }
                let index = event.token().0 - 1;
                if event.is_writable() {
                    self.peers[index].flush();
                }
                if Some(index) == self.control {
                    if !self.pass_on(index)? {
                        return Ok(());
                    }
                } else if event.is_readable() {
                    self.hear(index)?;
                }
            }
        }
    }

    fn accept(&mut self) -> anyhow::Result<()> {
        loop {
            match self.listener.accept() {
                Ok((mut stream, _)) => {
                    stream.set_nodelay(true)?;
                    let token = Token(self.peers.len() + 1);
                    self.poll.registry().register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
                    self.peers.push(Peer { stream, is_open: false, pending: Vec::new() });
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// An upgrade, in one piece on loopback; later frames of clients mean nothing here.
    fn hear(&mut self, index: usize) -> anyhow::Result<()> {
        let peer = &mut self.peers[index];
        loop {
            match peer.stream.read(&mut self.batch) {
                Ok(0) => {
                    peer.is_open = false;
                    return Ok(());
                }
                Ok(len) if !peer.is_open => {
                    if self.batch[..len].starts_with(format!("GET {CONTROL_PATH} ").as_bytes()) {
                        self.control = Some(index);
                    }
                    peer.is_open = true;
                    peer.write(ACCEPTED);
                }
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::ConnectionReset => {
                    peer.is_open = false;
                    return Ok(());
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Writes what has come to everybody; false if nothing will come any more.
    fn pass_on(&mut self, control: usize) -> anyhow::Result<bool> {
        loop {
            match self.peers[control].stream.read(&mut self.batch) {
                Ok(0) => return Ok(false),
                Ok(len) => {
                    for (index, peer) in self.peers.iter_mut().enumerate() {
                        if index != control && peer.is_open {
                            peer.write(&self.batch[..len]);
                        }
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(true),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl Peer {
    fn write(&mut self, bytes: &[u8]) {
        if !self.pending.is_empty() {
            self.pending.extend_from_slice(bytes);
            return;
        }
        match self.stream.write(bytes) {
            Ok(len) => self.pending.extend_from_slice(&bytes[len..]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => self.pending.extend_from_slice(bytes),
            Err(_) => self.is_open = false,
        }
    }

    fn flush(&mut self) {
        while !self.pending.is_empty() {
            match self.stream.write(&self.pending) {
                Ok(len) => drop(self.pending.drain(..len)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(_) => {
                    self.is_open = false;
                    self.pending.clear();
                }
            }
        }
    }
}
