//! The stories' way to the processes of the stack: a line asks, a line answers.

use chat_e2e::{PATIENCE, Process, Service, Signal, Stack};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A port on loopback that stories connect to.
pub struct Control(TcpListener);

impl Control {
    /// Takes a free port.
    pub async fn listen() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").await.expect("a free port"))
    }

    /// Where that is.
    pub fn address(&self) -> String {
        self.0.local_addr().expect("it is bound").to_string()
    }

    /// Does what stories ask for, one after another, for ever.
    pub async fn serve(&self, stack: &Stack) {
        loop {
            let (story, _) = self.0.accept().await.expect("stories connect");
            answer(story, stack).await;
        }
    }
}

async fn answer(mut story: TcpStream, stack: &Stack) {
    let mut line = String::new();
    let (read, mut write) = story.split();
    BufReader::new(read).read_line(&mut line).await.expect("a story says a line");
    let answer = obey(line.trim(), &stack.instances(Service::Gateway)[0].process).await;
    write.write_all(format!("{answer}\n").as_bytes()).await.expect("the story listens");
}

async fn obey(line: &str, gateway: &Process) -> &'static str {
    match line {
        "kill gateway" => gateway.kill(Signal::SIGKILL).await.expect("the gateway can be killed"),
        "start gateway" => gateway.start(PATIENCE).await.expect("the gateway starts"),
        _ => return "unknown",
    }
    "done"
}
