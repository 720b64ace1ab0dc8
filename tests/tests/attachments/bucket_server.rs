//! A real S3 server (s3s, on files) that checks signatures, and can be told to fail, hang and lie.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s_fs::FileSystem;
use tokio::net::TcpListener;

use crate::fresh_dir;

pub const BUCKET: &str = "chat-attachments";
pub const ACCESS_KEY: &str = "the-access-key";
pub const SECRET_KEY: &str = "the-secret-key-of-the-bucket";

/// What the server does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Answers 500.
    Fails,
    /// Does not answer.
    Hangs,
    /// Says that it has done it, and has not.
    Forgets,
    /// Gives half of what was asked for, and says that this is all.
    Halves,
    /// Gives the right number of other bytes.
    Garbles,
}

/// The server; it ends with the program.
#[derive(Clone)]
pub struct BucketServer {
    pub url: String,
    dir: PathBuf,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    trouble: Option<(Method, Trouble)>,
    /// How many requests of that method met it.
    met: usize,
}

impl BucketServer {
    /// Starts a server with an empty bucket, on a thread of its own.
    pub fn start() -> Self {
        let dir = fresh_dir("s3");
        std::fs::create_dir_all(dir.join(BUCKET)).unwrap();
        let mut builder = S3ServiceBuilder::new(FileSystem::new(&dir).unwrap());
        builder.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
        let (service, state) = (builder.build(), Arc::new(Mutex::new(State::default())));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address: SocketAddr = listener.local_addr().unwrap();
        let served = Arc::clone(&state);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
            runtime.block_on(serve(listener, service, served));
        });
        Self { url: format!("http://{address}"), dir, state }
    }

    /// The settings of apis that keep attachments there.
    pub fn settings(&self) -> Vec<(&str, &str)> {
        vec![
            ("ATTACHMENTS_S3_BUCKET", BUCKET),
            ("ATTACHMENTS_S3_ENDPOINT", &self.url),
            ("ATTACHMENTS_S3_ACCESS_KEY", ACCESS_KEY),
            ("ATTACHMENTS_S3_SECRET_KEY", SECRET_KEY),
            ("ATTACHMENTS_S3_ALLOW_HTTP", "true"),
            ("ATTACHMENTS_TIMEOUT_MS", "1500"),
        ]
    }

    /// From now on requests of this method meet this trouble; none if there is none.
    pub fn set_trouble(&self, trouble: Option<(Method, Trouble)>) {
        *self.state.lock().unwrap() = State { trouble, met: 0 };
    }

    /// How many requests have met the trouble.
    pub fn met(&self) -> usize {
        self.state.lock().unwrap().met
    }

    /// The names of all objects.
    pub fn objects(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.dir.join(BUCKET)).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort_unstable();
        names
    }

    /// The file of an object.
    pub fn file_of(&self, name: &str) -> PathBuf {
        self.dir.join(BUCKET).join(name)
    }
}

async fn serve(listener: std::net::TcpListener, service: S3Service, state: Arc<Mutex<State>>) {
    let listener = TcpListener::from_std(listener).unwrap();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let (service, state) = (service.clone(), Arc::clone(&state));
        let answering = service_fn(move |request| {
            let (service, state) = (service.clone(), Arc::clone(&state));
            async move { Ok::<_, Infallible>(answer(&service, &state, request).await) }
        });
        tokio::spawn(async move {
            // A client that goes away is no matter.
            let _ = Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), answering).await;
        });
    }
}

async fn answer(service: &S3Service, state: &Mutex<State>, request: Request<Incoming>) -> Response<s3s::Body> {
    let trouble = {
        let mut state = state.lock().unwrap();
        let trouble =
            state.trouble.clone().filter(|(method, _)| method == request.method()).map(|(_, trouble)| trouble);
        state.met += usize::from(trouble.is_some());
        trouble
    };
    match trouble {
        None => pass(service, request).await,
        Some(Trouble::Fails) => empty(StatusCode::INTERNAL_SERVER_ERROR),
        Some(Trouble::Hangs) => std::future::pending().await,
        Some(Trouble::Forgets) => {
            // What was sent is taken, as if it were kept.
            let _ = request.into_body().collect().await;
            let mut response = empty(StatusCode::OK);
            response.headers_mut().insert("etag", "\"0123456789abcdef0123456789abcdef\"".parse().unwrap());
            response
        }
        Some(Trouble::Halves) => changed(pass(service, request).await, |bytes| bytes.slice(..bytes.len() / 2)).await,
        Some(Trouble::Garbles) => {
            changed(pass(service, request).await, |bytes| bytes.iter().map(|byte| byte ^ 1).collect()).await
        }
    }
}

async fn pass(service: &S3Service, request: Request<Incoming>) -> Response<s3s::Body> {
    service.call(request.map(s3s::Body::from)).await.unwrap_or_else(|_| empty(StatusCode::INTERNAL_SERVER_ERROR))
}

fn empty(status: StatusCode) -> Response<s3s::Body> {
    let mut response = Response::new(s3s::Body::empty());
    *response.status_mut() = status;
    response
}

async fn changed(response: Response<s3s::Body>, change: impl FnOnce(Bytes) -> Bytes) -> Response<s3s::Body> {
    let (mut parts, body) = response.into_parts();
    let bytes = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    parts.headers.remove("content-length");
    Response::from_parts(parts, s3s::Body::http_body(Full::new(change(bytes))))
}
