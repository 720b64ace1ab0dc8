//! TCP ports: free inner ones that two copies side by side do not both take, and the check of the public ones.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Context, Result, bail};
use rand::Rng;

/// Below the range from which Linux gives outgoing connections their ports, so that none of them takes one between probing and use.
const INNER: std::ops::Range<u16> = 20_000..32_000;

/// A port that nobody else can take until this is dropped, right before its server starts.
#[derive(Debug)]
pub struct ReservedPort {
    port: u16,
    _listener: TcpListener,
}

impl ReservedPort {
    /// Reserves any free inner port on loopback.
    pub fn probe() -> Result<Self> {
        let mut rng = rand::rng();
        for _ in 0..200 {
            let port = rng.random_range(INNER);
            if let Ok(listener) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
                return Ok(Self { port, _listener: listener });
            }
        }
        bail!("no free port between {} and {}", INNER.start, INNER.end)
    }

    /// Reserves this public port; `variable` is what the operator can set to choose another.
    pub fn public(port: u16, variable: &str) -> Result<Self> {
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            Ok(listener) => Ok(Self { port, _listener: listener }),
            Err(error) if error.kind() == ErrorKind::AddrInUse => {
                bail!("port {port} is in use: stop what listens there, or choose another with {variable}=PORT")
            }
            Err(error) => Err(error).with_context(|| format!("cannot listen on port {port} ({variable})")),
        }
    }

    /// The number.
    pub fn number(&self) -> u16 {
        self.port
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn busy_public_port_is_one_clear_line() {
        let taken = ReservedPort::probe().unwrap();
        let error = ReservedPort::public(taken.number(), "API_PORT").unwrap_err().to_string();
        assert!(error.contains("is in use") && error.contains("API_PORT=PORT") && !error.contains('\n'), "{error}");
    }

    #[test]
    fn reserved_ports_differ() {
        let ports: Vec<_> = (0..20).map(|_| ReservedPort::probe().unwrap()).collect();
        let mut numbers: Vec<_> = ports.iter().map(ReservedPort::number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), 20);
    }
}
