//! A way to NATS that can be broken: cut, so that both ends notice, or silent, so that nobody does.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result};
use chat_stack::{Service, Stack, StackOptions};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

/// How the way is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line {
    Open,
    /// What is sent arrives when it is open again.
    Silent,
    /// There is no connection.
    Cut,
}

/// The way that one service's instances take to NATS. Ends when dropped.
pub struct Relay {
    shared: Arc<Shared>,
    address: SocketAddr,
    _until_dropped: DropGuard,
}

struct Shared {
    line: watch::Sender<Line>,
    /// Changes with each cut.
    cuts: watch::Sender<u64>,
    nats: watch::Sender<Option<SocketAddr>>,
}

impl Relay {
    /// Starts a stack in which a service meets NATS on this way alone.
    pub async fn before(service: Service, options: StackOptions) -> Result<(Self, Stack)> {
        let relay = Self::open().await?;
        let stack = Stack::prepare(options.env(service, "NATS_URL", format!("nats://{}", relay.address))).await?;
        let nats = stack.nats_url().rsplit(['/', '@']).next().and_then(|address| address.parse().ok());
        let nats = nats.context("the address of NATS")?;
        relay.shared.nats.send_replace(Some(nats));
        stack.launch().await?;
        Ok((relay, stack))
    }

    async fn open() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            line: watch::Sender::new(Line::Open),
            cuts: watch::Sender::default(),
            nats: watch::Sender::default(),
        });
        let stop = CancellationToken::new();
        let accepting = stop.clone().run_until_cancelled_owned(accept(listener, shared.clone()));
        tokio::spawn(accepting);
        Ok(Self { shared, address, _until_dropped: stop.drop_guard() })
    }

    /// Ends the connections, and lets nobody through.
    pub fn cut(&self) {
        self.shared.line.send_replace(Line::Cut);
        self.shared.cuts.send_modify(|cuts| *cuts += 1);
    }

    /// Nothing passes any more, and no connection ends.
    pub fn silence(&self) {
        self.shared.line.send_replace(Line::Silent);
    }

    /// Everything passes again.
    pub fn restore(&self) {
        self.shared.line.send_replace(Line::Open);
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((client, _)) = listener.accept().await {
        tokio::spawn(carry(client, shared.clone()));
    }
}

/// Carries one connection until it ends or is cut.
async fn carry(client: TcpStream, shared: Arc<Shared>) {
    let mut cuts = shared.cuts.subscribe();
    if *shared.line.borrow() == Line::Cut {
        return;
    }
    let nats = *shared.nats.borrow();
    let Some(nats) = nats else { return };
    let Ok(server) = TcpStream::connect(nats).await else { return };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    tokio::select! {
        () = pump(from_client, to_server, shared.line.subscribe()) => {}
        () = pump(from_server, to_client, shared.line.subscribe()) => {}
        _ = cuts.changed() => {}
    }
}

async fn pump(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut line: watch::Receiver<Line>) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        if line.wait_for(|line| *line != Line::Silent).await.is_err() || to.write_all(&buffer[..length]).await.is_err()
        {
            return;
        }
    }
}
