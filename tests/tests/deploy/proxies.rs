//! nginx and `HAProxy`, as the examples of `deploy/` have them, really in front of two gateways and two apis.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use chat_e2e::{App, Credentials, PATIENCE, Rest, Service, Socket, send_path, shared_stack};
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// Where the examples say everything is.
const ADDRESSES: [(&str, Service, usize); 4] = [
    ("127.0.0.1:8000", Service::Api, 0),
    ("127.0.0.1:8010", Service::Api, 1),
    ("127.0.0.1:8001", Service::Gateway, 0),
    ("127.0.0.1:8011", Service::Gateway, 1),
];

fn example(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy").join(name);
    fs::read_to_string(path).unwrap()
}

/// The program, if it is on this machine.
fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let dirs = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    let found = dirs.map(|dir| dir.join(name)).find(|file| file.is_file());
    if found.is_none() {
        println!("{name} is not here (scripts/install-proxies brings it): left out");
    }
    found
}

/// The example with the addresses of the shared stack and a free port of its own.
async fn fitted(name: &str) -> (String, String) {
    let stack = shared_stack().await;
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let text = ADDRESSES.iter().fold(example(name), |text, (there, service, index)| {
        let url = stack.instance(*service, *index).unwrap().url.clone().unwrap();
        assert!(text.contains(there), "{name} names {there}");
        text.replace(there, url.rsplit('/').next().unwrap())
    });
    assert!(text.contains("127.0.0.1:8080"));
    // As many open files as that would need are not had everywhere.
    let text = text.replace("maxconn 100000", "maxconn 1000");
    (text.replace("127.0.0.1:8080", &port.to_string()), port.to_string())
}

/// Starts a proxy and waits until it takes connections.
async fn start(mut command: Command, address: &str) -> Child {
    let child = command.stdout(Stdio::null()).kill_on_drop(true).spawn().unwrap();
    let up = async {
        while TcpStream::connect(address).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, up).await.expect("the proxy takes connections");
    child
}

/// Two people, each with a socket and with REST through the proxy, and what one says is heard by the other.
async fn talk_through(address: &str) {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let conversation = ada.direct_with(&ben).await;
    let url = format!("ws://{address}/ws/chat/{conversation}/");
    let mut sockets = Vec::new();
    for user in [&ada, &ben, &ben] {
        let mut socket = Socket::connect(&url, Credentials::Header(&user.token)).await.unwrap();
        socket.expect("ready").await;
        sockets.push(socket);
    }
    let rest = Rest::new(&format!("http://{address}"), Some(&ada.token));
    rest.post(&send_path(&conversation), json!({"content": "through the proxy"})).await.expect(201);
    for socket in &mut sockets {
        assert_eq!(socket.messages(1).await[0]["content"], "through the proxy");
    }
    let hello = Rest::new(&format!("http://{address}"), Some(&ada.token));
    let polling = hello.get("/socket.io/?EIO=4&transport=polling").await;
    assert_eq!(polling.status, 200, "long polling is let through");
}

#[tokio::test]
async fn people_talk_through_nginx() {
    let Some(nginx) = program("nginx") else { return };
    let (text, address) = fitted("nginx/chat.conf").await;
    let dir = tempfile::tempdir().unwrap();
    let place = dir.path().display();
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let temporary = temporary.map(|kind| format!("{kind}_temp_path {place}/{kind};")).concat();
    let whole = format!(
        "daemon off; master_process off; pid {place}/pid; error_log stderr; events {{}} http {{ access_log off; {temporary} {text} }}"
    );
    let config = dir.path().join("nginx.conf");
    fs::write(&config, whole).unwrap();
    let mut command = Command::new(nginx);
    command.arg("-c").arg(&config).args(["-e", "stderr"]);
    let mut child = start(command, &address).await;
    talk_through(&address).await;
    child.kill().await.unwrap();
}

#[tokio::test]
async fn people_talk_through_haproxy() {
    let Some(haproxy) = program("haproxy") else { return };
    let (text, address) = fitted("haproxy/chat.cfg").await;
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("haproxy.cfg");
    fs::write(&config, text).unwrap();
    let mut command = Command::new(haproxy);
    command.args(["-db", "-f"]).arg(&config);
    let mut child = start(command, &address).await;
    talk_through(&address).await;
    child.kill().await.unwrap();
}
