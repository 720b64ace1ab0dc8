//! What a service tells the one who started it: systemd by its socket, an image by `healthcheck`.

use std::time::Duration;

use chat_e2e::{PATIENCE, shared_stack};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::net::{TcpListener, UnixDatagram};
use tokio::process::Command;
use tokio::time::timeout;

use crate::program;

/// Reads what is told until it is this.
async fn until_told(socket: &UnixDatagram, expected: &str) {
    let told = async {
        let mut line = [0; 256];
        loop {
            let length = socket.recv(&mut line).await.unwrap();
            if line[..length].trim_ascii_end() == expected.as_bytes() {
                return;
            }
        }
    };
    timeout(PATIENCE, told).await.unwrap_or_else(|_| panic!("{expected} is told"));
}

#[tokio::test]
async fn service_tells_that_it_is_ready_alive_and_on_its_way_down() {
    let stack = shared_stack().await;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let with_settings = |program: &std::path::Path| {
        let mut command = Command::new(program);
        let server = stack.nats_url().rsplit('@').next().unwrap().trim_start_matches("nats://").to_owned();
        command.env("NATS_URL", format!("nats://{server}")).env("NATS_USER", "presence");
        command.env("NATS_PASSWORD", stack.nats_password("presence").unwrap());
        command.env("OPS_ADDR", port.to_string()).kill_on_drop(true);
        command
    };
    let program = program("chat-presence");
    let limit = Duration::from_secs(1).as_micros().to_string();
    let mut service = with_settings(&program).env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", limit).spawn().unwrap();
    until_told(&socket, "READY=1").await;
    let asked = with_settings(&program).arg("healthcheck").output().await.unwrap();
    assert!(asked.status.success(), "it is ready when it says so: {}", String::from_utf8_lossy(&asked.stderr));
    until_told(&socket, "WATCHDOG=1").await;
    until_told(&socket, "WATCHDOG=1").await;
    kill(Pid::from_raw(i32::try_from(service.id().unwrap()).unwrap()), Signal::SIGTERM).unwrap();
    until_told(&socket, "STOPPING=1").await;
    let ended = timeout(PATIENCE, service.wait()).await.expect("it ends").unwrap();
    assert!(ended.success());
    let asked = with_settings(&program).arg("healthcheck").output().await.unwrap();
    assert_eq!(asked.status.code(), Some(1), "nobody is there any more");
}
