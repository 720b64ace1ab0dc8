//! Guessing of passwords, and making of accounts: counted over all instances before the work is done, so that nothing is
//! gained by asking many at once.

use std::convert::Infallible;
use std::net::IpAddr;
use std::time::Instant;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use chat_limits::{AddressKey, Exceeded};
use chat_runtime::http_server::ClientAddr;
use sha2::{Digest as _, Sha256};

use super::{Rates, counted};

/// The address that a request comes from, if it came over a port.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Client(pub(crate) Option<IpAddr>);

impl<S: Sync> FromRequestParts<S> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.extensions.get().map(|ClientAddr(address)| *address)))
    }
}

/// A log-in that counts as failed until it is forgiven.
#[must_use]
pub(crate) struct LogIn<'a> {
    rates: &'a Rates,
    of_pair: u64,
    of_address: u64,
}

impl Rates {
    /// Somebody tries to log in. Whether there is such an account makes no difference.
    pub(crate) fn begin_log_in(&self, client: Client, username: &str) -> Result<LogIn<'_>, Exceeded> {
        let now = Instant::now();
        let address = client.0.map(|address| AddressKey::from(address).to_string()).unwrap_or_default();
        let (of_pair, of_address) = (key(&[&address, &username.to_lowercase()]), key(&[&address]));
        counted("failed_login", self.failures.take(of_pair, now))?;
        if let Err(exceeded) = counted("failed_login_of_address", self.failures_of_address.take(of_address, now)) {
            self.failures.give_back(of_pair, now);
            return Err(exceeded);
        }
        self.exchange.tell_now();
        Ok(LogIn { rates: self, of_pair, of_address })
    }

    /// Somebody makes an account.
    pub(crate) fn register(&self, client: Client) -> Result<(), Exceeded> {
        let Some(address) = client.0 else { return Ok(()) };
        let of_address = key(&[&AddressKey::from(address).to_string()]);
        counted("registration", self.registrations.take(of_address, Instant::now()))?;
        self.exchange.tell_now();
        Ok(())
    }
}

impl LogIn<'_> {
    /// The password was right, or nobody could find out.
    pub(crate) fn forgive(self) {
        let now = Instant::now();
        self.rates.failures.give_back(self.of_pair, now);
        self.rates.failures_of_address.give_back(self.of_address, now);
        self.rates.exchange.tell_now();
    }
}

/// The same on all instances, and nothing that could be read from it.
fn key(parts: &[&str]) -> u64 {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
        hash.update([0]);
    }
    let digest = hash.finalize();
    digest.iter().take(8).fold(0, |key, byte| key << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use chat_runtime::config::DoorSection;
    use clap::Parser;

    use super::super::RateSection;
    use super::*;

    #[derive(Parser)]
    struct Settings {
        #[command(flatten)]
        doors: DoorSection,
        #[command(flatten)]
        rates: RateSection,
    }

    fn rates(settings: &[&str]) -> Rates {
        let Settings { doors, rates } = Settings::parse_from(["test"].iter().chain(settings));
        Rates::new(&doors, &rates)
    }

    fn at(address: &str) -> Client {
        Client(Some(address.parse().unwrap()))
    }

    #[test]
    fn failures_count_for_the_pair_and_for_the_address() {
        let rates = rates(&["--failed-logins-per-minute", "2", "--failed-logins-per-address", "5"]);
        let try_as = |client, name| rates.begin_log_in(client, name).map(|_failed| ()).is_ok();
        let (here, there) = (at("203.0.113.1"), at("203.0.113.2"));
        assert_eq!([try_as(here, "ada"), try_as(here, "ADA"), try_as(here, "Ada")], [true, true, false]);
        assert!(try_as(there, "ada"), "another address");
        assert_eq!([try_as(here, "ben"), try_as(here, "cleo"), try_as(here, "dora")], [true; 3]);
        assert!(!try_as(here, "emil"), "too many from there");
        assert!(try_as(there, "emil"));
    }

    #[test]
    fn log_in_that_succeeds_is_not_counted() {
        let rates = rates(&["--failed-logins-per-minute", "1", "--failed-logins-per-address", "1"]);
        for _ in 0..10 {
            rates.begin_log_in(at("2001:db8::1"), "ada").unwrap().forgive();
        }
        let _failed = rates.begin_log_in(at("2001:db8::1"), "ada").unwrap();
        assert!(rates.begin_log_in(at("2001:db8::2"), "ada").is_err(), "the same network");
        assert!(rates.begin_log_in(at("2001:db8::2"), "ben").is_err(), "the same network");
    }

    #[test]
    fn accounts_are_made_so_many_an_hour() {
        let rates = rates(&["--registrations-per-hour", "3"]);
        let made = [(); 4].map(|()| rates.register(at("203.0.113.1")).is_ok());
        assert_eq!(made, [true, true, true, false]);
        assert!(rates.register(at("203.0.113.2")).is_ok());
    }

    #[test]
    fn limits_that_are_off_count_nothing() {
        let rates = rates(&["--limits", "off", "--failed-logins-per-minute", "1", "--registrations-per-hour", "1"]);
        for _ in 0..10 {
            assert!(rates.begin_log_in(at("203.0.113.1"), "ada").is_ok() && rates.register(at("203.0.113.1")).is_ok());
        }
    }
}
