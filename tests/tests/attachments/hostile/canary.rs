//! A server that hostile files call when they run, and that offers files without any care.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::Full;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use tokio::net::TcpListener;

/// The server; the browser knows it as `canary.test`.
pub struct Canary {
    port: u16,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    hits: AtomicUsize,
    offered: Mutex<(&'static str, Bytes)>,
}

impl Canary {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (port, state) = (listener.local_addr().unwrap().port(), Arc::new(State::default()));
        let served = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let state = Arc::clone(&served);
                let answering = service_fn(move |request| {
                    let answer = state.answer(&request);
                    async move { Ok::<_, std::convert::Infallible>(answer) }
                });
                tokio::spawn(async move {
                    // A browser that goes away is no matter.
                    let _ = Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), answering).await;
                });
            }
        });
        Self { port, state }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// How often something has called.
    pub fn hits(&self) -> usize {
        self.state.hits.load(Ordering::SeqCst)
    }

    /// Offers this at `/offered`.
    pub fn offer(&self, content_type: &'static str, content: Vec<u8>) {
        *self.state.offered.lock().unwrap() = (content_type, content.into());
    }
}

impl State {
    fn answer<B>(&self, request: &Request<B>) -> Response<Full<Bytes>> {
        if request.uri().path() == "/offered" {
            let (content_type, content) = self.offered.lock().unwrap().clone();
            let mut response = Response::new(Full::new(content));
            response.headers_mut().insert("content-type", content_type.parse().unwrap());
            return response;
        }
        if request.uri().path() == "/hit" {
            self.hits.fetch_add(1, Ordering::SeqCst);
        }
        Response::new(Full::default())
    }
}
