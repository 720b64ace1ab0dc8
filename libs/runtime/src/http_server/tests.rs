//! The limits, over real sockets.

use axum::Router;
use axum::extract::{Extension, Request as AxumRequest};
use axum::routing::get;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::*;

const SHORT: Duration = Duration::from_millis(100);
const GET: &str = "GET /who HTTP/1.1\r\nhost: test\r\n\r\n";

struct Server {
    address: SocketAddr,
    stop: CancellationToken,
    serving: JoinHandle<anyhow::Result<()>>,
    slow_was_asked: Arc<Notify>,
    slow_may_answer: Arc<Notify>,
}

async fn start(limits: HttpLimits) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let (asked, may_answer) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (signal, wait) = (Arc::clone(&asked), Arc::clone(&may_answer));
    let slow = move || async move {
        signal.notify_one();
        wait.notified().await;
        "done"
    };
    let router = Router::new().route("/who", get(who)).route("/slow", get(slow)).route("/upgrade", get(upgrade));
    Server {
        address,
        serving: tokio::spawn(serve(listener, router, limits, stop.clone())),
        stop,
        slow_was_asked: asked,
        slow_may_answer: may_answer,
    }
}

async fn who(Extension(PeerAddr(peer)): Extension<PeerAddr>) -> String {
    format!("you are {peer}")
}

async fn upgrade(Extension(slot): Extension<ConnectionSlot>, mut request: AxumRequest) -> Response<Body> {
    let upgrade: OnUpgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let mut io = TokioIo::new(upgrade.await.unwrap());
        let mut byte = [0];
        while io.read_exact(&mut byte).await.is_ok() {
            io.write_all(&byte).await.unwrap();
        }
        drop(slot);
    });
    let answer = Response::builder().status(101).header("upgrade", "echo");
    answer.header("connection", "upgrade").body(Body::empty()).unwrap()
}

fn limits() -> HttpLimits {
    HttpLimits { header_timeout: Duration::from_secs(5), ..HttpLimits::default() }
}

async fn connect(server: &Server) -> TcpStream {
    TcpStream::connect(server.address).await.unwrap()
}

async fn ask(stream: &mut TcpStream, request: &str) -> String {
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = vec![0; 4096];
    let length = stream.read(&mut answer).await.unwrap();
    String::from_utf8(answer[..length].to_vec()).unwrap()
}

/// Reads to the end, within five seconds.
async fn read_to_end(stream: &mut TcpStream) -> String {
    let mut rest = Vec::new();
    let reading = stream.read_to_end(&mut rest);
    let read = tokio::time::timeout(Duration::from_secs(5), reading).await;
    read.expect("closed in time").unwrap();
    String::from_utf8(rest).unwrap()
}

#[tokio::test]
async fn kept_alive_connection_answers_again_and_knows_its_peer() {
    let server = start(limits()).await;
    let mut stream = connect(&server).await;
    let me = format!("you are {}", stream.local_addr().unwrap());
    for _ in 0..3 {
        let answer = ask(&mut stream, GET).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with(&me), "{answer}");
    }
}

#[tokio::test]
async fn connection_without_a_whole_first_header_is_closed() {
    let short = HttpLimits { header_timeout: SHORT, ..limits() };
    let server = start(short).await;
    for start_of_request in ["", "P", "PRI * HTTP/2.0\r\n", "GET /who HTTP/1.1\r\nhost: te"] {
        let mut stream = connect(&server).await;
        stream.write_all(start_of_request.as_bytes()).await.unwrap();
        assert_eq!(read_to_end(&mut stream).await, "", "{start_of_request:?}");
    }
}

#[tokio::test]
async fn request_that_takes_longer_than_the_header_timeout_is_answered() {
    let short = HttpLimits { header_timeout: SHORT, ..limits() };
    let server = start(short).await;
    let mut stream = connect(&server).await;
    let slow = "GET /slow HTTP/1.1\r\nhost: test\r\n\r\n";
    stream.write_all(slow.as_bytes()).await.unwrap();
    server.slow_was_asked.notified().await;
    tokio::time::sleep(SHORT * 2).await;
    server.slow_may_answer.notify_one();
    assert!(ask(&mut stream, "").await.ends_with("done"));
}

#[tokio::test]
async fn idle_connection_is_closed_after_the_keep_alive_time() {
    let short = HttpLimits { keep_alive_timeout: SHORT, ..limits() };
    let server = start(short).await;
    let mut stream = connect(&server).await;
    ask(&mut stream, GET).await;
    assert_eq!(read_to_end(&mut stream).await, "");
}

#[tokio::test]
async fn header_over_the_limit_is_refused() {
    let server = start(limits()).await;
    let mut stream = connect(&server).await;
    let request = format!("GET /who HTTP/1.1\r\nx: {}\r\n\r\n", "x".repeat(17 * 1024));
    let answer = ask(&mut stream, &request).await;
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
}

#[tokio::test]
async fn connection_over_the_cap_is_told_to_come_back() {
    let one = HttpLimits { max_connections: 1, ..limits() };
    let server = start(one).await;
    let mut first = connect(&server).await;
    assert!(ask(&mut first, GET).await.starts_with("HTTP/1.1 200"));
    let mut second = connect(&server).await;
    second.write_all(GET.as_bytes()).await.unwrap();
    second.shutdown().await.unwrap();
    let answer = read_to_end(&mut second).await;
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("retry-after: "));
    assert!(head.ends_with(&format!("content-length: {}", body.len())), "{head}");
    assert!(serde_json::from_str::<serde_json::Value>(body).is_ok(), "{body}");
}

#[tokio::test]
async fn one_address_has_so_many_connections_and_proxies_speak_for_others() {
    let one = HttpLimits { max_connections_per_address: 1, ..limits() };
    let server = start(one.clone()).await;
    let mut first = connect(&server).await;
    assert!(ask(&mut first, GET).await.starts_with("HTTP/1.1 200"));
    assert!(ask(&mut connect(&server).await, "").await.starts_with("HTTP/1.1 503"));
    drop(first);
    let answered = async { while !ask(&mut connect(&server).await, GET).await.starts_with("HTTP/1.1 200") {} };
    tokio::time::timeout(Duration::from_secs(5), answered).await.expect("the place came free");

    let server = start(HttpLimits { trusted_proxies: "127.0.0.1".parse().unwrap(), ..one }).await;
    let upgrade = |client| {
        let head = "GET /upgrade HTTP/1.1\r\nhost: test\r\nconnection: upgrade\r\nupgrade: echo\r\n";
        format!("{head}x-forwarded-for: {client}\r\n\r\n")
    };
    let (mut socket, mut second, mut other) = (connect(&server).await, connect(&server).await, connect(&server).await);
    assert!(ask(&mut socket, &upgrade("203.0.113.1")).await.starts_with("HTTP/1.1 101"));
    let refused = ask(&mut second, &upgrade("203.0.113.1")).await;
    assert!(refused.starts_with("HTTP/1.1 503") && refused.contains("retry-after: "), "{refused}");
    assert!(ask(&mut other, &upgrade("203.0.113.2")).await.starts_with("HTTP/1.1 101"));
    let health = "GET /healthz HTTP/1.1\r\nhost: test\r\nx-forwarded-for: 203.0.113.1\r\n\r\n";
    assert!(ask(&mut second, health).await.starts_with("HTTP/1.1 404"), "health is nobody's place");
}

#[tokio::test]
async fn upgraded_connection_speaks_and_counts_until_its_slot_is_dropped() {
    let one = HttpLimits { max_connections: 1, ..limits() };
    let server = start(one).await;
    let mut socket = connect(&server).await;
    let request = "GET /upgrade HTTP/1.1\r\nhost: test\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n";
    assert!(ask(&mut socket, request).await.starts_with("HTTP/1.1 101"));
    assert_eq!(ask(&mut socket, "x").await, "x");
    let mut refused = connect(&server).await;
    assert!(ask(&mut refused, "").await.starts_with("HTTP/1.1 503"));
    drop(socket);
    let answered = async { while !ask(&mut connect(&server).await, GET).await.starts_with("HTTP/1.1 200") {} };
    tokio::time::timeout(Duration::from_secs(5), answered).await.expect("the slot came free");
}

#[tokio::test]
async fn stop_closes_idle_connections_and_finishes_what_is_under_way() {
    let mut server = start(limits()).await;
    let (mut idle, mut silent, mut busy) = (connect(&server).await, connect(&server).await, connect(&server).await);
    ask(&mut idle, GET).await;
    let slow = "GET /slow HTTP/1.1\r\nhost: test\r\n\r\n";
    busy.write_all(slow.as_bytes()).await.unwrap();
    server.slow_was_asked.notified().await;
    server.stop.cancel();
    assert_eq!(read_to_end(&mut idle).await, "");
    assert_eq!(read_to_end(&mut silent).await, "");
    assert!(!server.serving.is_finished());
    server.slow_may_answer.notify_one();
    assert!(read_to_end(&mut busy).await.ends_with("done"));
    (&mut server.serving).await.unwrap().unwrap();
    TcpStream::connect(server.address).await.expect_err("the port is closed");
}
