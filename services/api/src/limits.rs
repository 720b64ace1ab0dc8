//! How much callers may ask for: by person and class of call, by address for whoever is nobody yet, and log-ins that fail.

mod calls;
mod log_ins;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use chat_bus::limits::Exchange;
use chat_limits::{AddressKey, Allowance, Bucket, Exceeded, Limiter, Quota, SharedLimiter, Standing, Telling, Window};
use chat_protocol::ids::UserId;
use chat_runtime::config::DoorSection;
use clap::{Args, value_parser};

use self::calls::Class;
pub(crate) use self::calls::{count_caller, limit, refusal_headers};
pub(crate) use self::log_ins::Client;

/// People, or addresses, of whom it is known what they take of one class.
const MAX_KEYS: usize = 100_000;

/// How much callers may ask for.
#[derive(Debug, Clone, Args)]
pub struct RateSection {
    /// Calls of one person that read: so many a second/so many at once
    #[arg(long, env = "READ_LIMIT", default_value = "50/200")]
    pub read_limit: Quota,
    /// Calls of one person that change something and are no messages
    #[arg(long, env = "WRITE_LIMIT", default_value = "20/100")]
    pub write_limit: Quota,
    /// Uploads of one person
    #[arg(long, env = "UPLOAD_LIMIT", default_value = "5/50")]
    pub upload_limit: Quota,
    /// Searches of one person
    #[arg(long, env = "SEARCH_LIMIT", default_value = "5/30")]
    pub search_limit: Quota,
    /// Calls of one moderator under `/api/admin/`
    #[arg(long, env = "ADMIN_LIMIT", default_value = "50/200")]
    pub admin_limit: Quota,
    /// Calls of one machine (role `service`), of any kind
    #[arg(long, env = "SERVICE_LIMIT", default_value = "200/1000")]
    pub service_limit: Quota,
    /// Calls without a good token from one address
    #[arg(long, env = "ANONYMOUS_LIMIT", default_value = "50/200")]
    pub anonymous_limit: Quota,
    /// Log-ins that may fail in a minute, for each pair of address and username
    #[arg(long, env = "FAILED_LOGINS_PER_MINUTE", default_value_t = 5, value_parser = value_parser!(u32).range(1..=10_000))]
    pub failed_logins_per_minute: u32,
    /// Log-ins that may fail in a minute from one address
    #[arg(long, env = "FAILED_LOGINS_PER_ADDRESS", default_value_t = 100, value_parser = value_parser!(u32).range(1..=10_000))]
    pub failed_logins_per_address: u32,
    /// Accounts that may be registered in an hour from one address
    #[arg(long, env = "REGISTRATIONS_PER_HOUR", default_value_t = 300, value_parser = value_parser!(u32).range(1..=10_000))]
    pub registrations_per_hour: u32,
}

/// All that is counted.
pub(crate) struct Rates {
    sends: Arc<SharedLimiter<Bucket>>,
    reads: Limiter<UserId, Bucket>,
    writes: Limiter<UserId, Bucket>,
    uploads: Limiter<UserId, Bucket>,
    searches: Limiter<UserId, Bucket>,
    admins: Limiter<UserId, Bucket>,
    services: Limiter<UserId, Bucket>,
    anonymous: Limiter<AddressKey, Bucket>,
    failures: Arc<SharedLimiter<Window>>,
    failures_of_address: Arc<SharedLimiter<Window>>,
    registrations: Arc<SharedLimiter<Window>>,
    exchange: Arc<Exchange>,
}

impl Rates {
    pub(crate) fn new(doors: &DoorSection, section: &RateSection) -> Self {
        let is_on = doors.are_limits_on();
        let of_users = |quota| if is_on { Limiter::new(quota, MAX_KEYS) } else { Limiter::off() };
        let of_all = |class, allowance| {
            Arc::new(if is_on { SharedLimiter::of_window(class, allowance) } else { SharedLimiter::off(class) })
        };
        let sends = if is_on { SharedLimiter::of_rate("send", doors.send_limit) } else { SharedLimiter::off("send") };
        let sends = Arc::new(sends);
        let failures = of_all("failed_login", Allowance::a_minute(section.failed_logins_per_minute));
        let failures_of_address =
            of_all("failed_login_of_address", Allowance::a_minute(section.failed_logins_per_address));
        let registrations = of_all("registration", Allowance::an_hour(section.registrations_per_hour));
        let told: Vec<Arc<dyn Telling>> =
            vec![sends.clone(), failures.clone(), failures_of_address.clone(), registrations.clone()];
        Self {
            sends,
            reads: of_users(section.read_limit),
            writes: of_users(section.write_limit),
            uploads: of_users(section.upload_limit),
            searches: of_users(section.search_limit),
            admins: of_users(section.admin_limit),
            services: of_users(section.service_limit),
            anonymous: if is_on { Limiter::new(section.anonymous_limit, MAX_KEYS) } else { Limiter::off() },
            failures,
            failures_of_address,
            registrations,
            exchange: Arc::new(Exchange::new(told)),
        }
    }

    /// What the instances tell each other.
    pub(crate) fn exchange(&self) -> Arc<Exchange> {
        Arc::clone(&self.exchange)
    }

    /// Counts a call of somebody, or refuses it.
    fn take(&self, class: Class, user: UserId, now: Instant) -> Result<Option<Standing>, Exceeded> {
        let taken = match class {
            Class::Send => self.sends.take(user.get().unsigned_abs(), now),
            Class::Read => self.reads.take(user, now),
            Class::Write => self.writes.take(user, now),
            Class::Upload => self.uploads.take(user, now),
            Class::Search => self.searches.take(user, now),
            Class::Admin => self.admins.take(user, now),
            Class::Service => self.services.take(user, now),
        };
        counted(class.label(), taken)
    }

    /// Counts a call of nobody, or refuses it.
    fn take_anonymous(&self, address: Option<IpAddr>, now: Instant) -> Result<Option<Standing>, Exceeded> {
        let Some(address) = address else { return Ok(None) };
        counted("anonymous", self.anonymous.take(address.into(), now))
    }
}

fn counted<T>(class: &'static str, taken: Result<T, Exceeded>) -> Result<T, Exceeded> {
    if taken.is_err() {
        metrics::counter!("chat_limits_refused_total", "class" => class).increment(1);
    }
    taken
}
