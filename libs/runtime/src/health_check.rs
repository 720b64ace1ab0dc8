//! `healthcheck`: the program asks its own operations port how it is, for images that have no other program in them.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;

use crate::config::{self, OpsSection};

/// The word that asks for it, in the first place behind the program's name.
pub const WORD: &str = "healthcheck";

/// No answer of a health path is longer, in bytes.
const LONGEST_ANSWER: usize = 16 * 1024;

/// Asks the process with the same `OPS_ADDR` how it is; exits with 0 if all is well, else with 1
#[derive(Debug, Parser)]
#[command(name = WORD, version)]
pub struct HealthCheck {
    /// Ask whether the process lives, not whether it wants traffic
    #[arg(long)]
    live: bool,
    /// How many milliseconds the answer may take
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u64).range(1..))]
    timeout_ms: u64,
    /// Where the process answers.
    #[command(flatten)]
    ops: OpsSection,
}

/// Answers for `healthcheck` if that is what the process was started for.
#[must_use]
pub fn asked_for() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1).peekable();
    arguments.next_if(|first| first == WORD)?;
    let check: HealthCheck = config::parse_from(std::iter::once(WORD.into()).chain(arguments));
    Some(match check.ask() {
        Ok(said) => {
            println!("{said}");
            ExitCode::SUCCESS
        }
        Err(said) => {
            eprintln!("{said}");
            ExitCode::FAILURE
        }
    })
}

impl HealthCheck {
    /// Asks; what was said, whether it was good or not.
    fn ask(&self) -> Result<String, String> {
        let address = reachable(self.ops.ops_addr);
        if address.port() == 0 {
            return Err("OPS_ADDR: a port that is not 0 is needed to ask there".to_owned());
        }
        let path = if self.live { "/healthz" } else { "/readyz" };
        let answer = self.get(address, path).map_err(|error| format!("{address}{path}: {error}"))?;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head.split_whitespace().nth(1).unwrap_or("no status");
        if status == "200" { Ok(body.to_owned()) } else { Err(format!("{address}{path}: {status} {body}")) }
    }

    fn get(&self, address: SocketAddr, path: &str) -> std::io::Result<String> {
        let end = Instant::now() + Duration::from_millis(self.timeout_ms);
        let left = || Some(end.saturating_duration_since(Instant::now()).max(Duration::from_millis(1)));
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_millis(self.timeout_ms))?;
        stream.set_write_timeout(left())?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
        let mut answer = Vec::new();
        let mut piece = [0; 4096];
        while answer.len() < LONGEST_ANSWER && Instant::now() < end {
            stream.set_read_timeout(left())?;
            match stream.read(&mut piece)? {
                0 => return Ok(String::from_utf8_lossy(&answer).into_owned()),
                length => answer.extend_from_slice(&piece[..length]),
            }
        }
        Err(std::io::Error::new(std::io::ErrorKind::TimedOut, "the answer does not end"))
    }
}

/// Where a process that listens everywhere is reached from beside it.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::http_server::{self, HttpLimits};
    use crate::lifecycle::Readiness;
    use crate::ops::health_router;

    fn check(address: &str, more: &[&str]) -> Result<String, String> {
        let arguments = [WORD, "--ops-addr", address].into_iter().chain(more.iter().copied());
        HealthCheck::try_parse_from(arguments).unwrap().ask()
    }

    #[test]
    fn process_that_listens_everywhere_is_asked_on_loopback() {
        assert_eq!(reachable("0.0.0.0:9100".parse().unwrap()).to_string(), "127.0.0.1:9100");
        assert_eq!(reachable("[::]:9100".parse().unwrap()).to_string(), "[::1]:9100");
        assert_eq!(reachable("10.1.2.3:9100".parse().unwrap()).to_string(), "10.1.2.3:9100");
    }

    #[test]
    fn port_that_is_chosen_by_chance_cannot_be_asked() {
        assert!(check("127.0.0.1:0", &[]).unwrap_err().contains("OPS_ADDR"));
    }

    #[test]
    fn nobody_there_is_not_well() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        drop(listener);
        assert!(check(&address, &[]).unwrap_err().contains("refused"));
    }

    #[test]
    fn silence_ends_in_time() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        assert!(check(&address, &["--timeout-ms", "50"]).is_err());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_the_port_says_decides() {
        let (listener, readiness, stop) =
            (TcpListener::bind("127.0.0.1:0").await.unwrap(), Readiness::default(), CancellationToken::new());
        let address = listener.local_addr().unwrap().to_string();
        let serving =
            http_server::serve(listener, health_router(readiness.clone()), HttpLimits::default(), stop.clone());
        let serving = tokio::spawn(serving);
        readiness.set("nats", false);
        let ask = move |more: &'static [&'static str]| {
            let address = address.clone();
            tokio::task::spawn_blocking(move || check(&address, more))
        };
        assert!(ask(&[]).await.unwrap().unwrap_err().contains(r#""nats":false"#));
        assert!(ask(&["--live"]).await.unwrap().unwrap().contains("ok"));
        readiness.set("nats", true);
        assert!(ask(&[]).await.unwrap().unwrap().contains(r#""ready":true"#));
        stop.cancel();
        serving.await.unwrap().unwrap();
    }
}
