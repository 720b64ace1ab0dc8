//! A gateway that says back what it hears, without asking who it is: the suite's cases need one. Handshake, settings and ends of sockets
//! are the gateway's own.

use std::convert::Infallible;

use chat_ws_gateway::closing::{End, close_frame, goodbye};
use chat_ws_gateway::upgrade::{Handshake, refuse, socket_config};
use futures_util::{SinkExt as _, StreamExt as _};
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

type Upgraded = WebSocketStream<TokioIo<hyper::upgrade::Upgraded>>;

/// Starts it, with larger messages than the gateway takes if that is asked for; its address.
pub async fn start(largest_message: Option<usize>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let config = match largest_message {
        None => socket_config(),
        largest => socket_config().max_message_size(largest).max_frame_size(largest).max_write_buffer_size(usize::MAX),
    };
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, config));
        }
    });
    format!("ws://{address}")
}

async fn serve(stream: TcpStream, config: WebSocketConfig) {
    let service = service_fn(move |mut request: Request<Incoming>| async move {
        let response = match Handshake::read(request.method(), request.headers()) {
            Ok(handshake) => {
                tokio::spawn(open(hyper::upgrade::on(&mut request), config));
                handshake.accept()
            }
            Err(refusal) => refuse(refusal),
        };
        Ok::<_, Infallible>(response)
    });
    // How a connection ends is the suite's affair.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades().await;
}

async fn open(upgrade: OnUpgrade, config: WebSocketConfig) {
    let Ok(upgraded) = upgrade.await else { return };
    let io = TokioIo::new(upgraded);
    let mut stream = WebSocketStream::from_raw_socket(io, Role::Server, Some(config)).await;
    if let Some(code) = echo(&mut stream).await.number() {
        goodbye(&mut stream, close_frame(code, String::new())).await;
    }
}

async fn echo(stream: &mut Upgraded) -> End {
    loop {
        let message = match stream.next().await {
            Some(Ok(message)) => message,
            Some(Err(error)) => return error.into(),
            None => return End::Gone,
        };
        if (message.is_text() || message.is_binary())
            && let Err(error) = stream.send(message).await
        {
            return error.into();
        }
    }
}
