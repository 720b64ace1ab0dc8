//! Secrets that everybody could guess. What they are is never said.

use chat_auth::MIN_SECRET_BYTES;

use super::{Doctor, Findings};

const AREA: &str = "secrets";
/// What stands in examples, and what people type first.
const KNOWN: [&str; 14] = [
    "admin",
    "change",
    "chat",
    "demo",
    "dev",
    "example",
    "insecure",
    "pass",
    "password",
    "postgres",
    "secret",
    "test",
    "workconnect",
    "xxx",
];
/// A random text of the least length has more different signs than this.
const FEW_SIGNS: usize = 10;
/// How long passwords of servers should be.
const MIN_PASSWORD: usize = 12;

pub(super) fn check(doctor: &Doctor, findings: &mut Findings) {
    let database = doctor.database_url.as_ref().and_then(|url| password_in(url.expose()));
    let nats = doctor.nats.nats_password.as_ref().map(|secret| secret.expose().to_owned());
    let nats = nats.or_else(|| password_in(&doctor.nats.nats_url));
    judge(
        "JWT_SECRET",
        doctor.jwt_secret.as_ref().map(chat_runtime::secret::Secret::expose),
        MIN_SECRET_BYTES,
        findings,
    );
    judge("NATS_PASSWORD", nats.as_deref(), MIN_PASSWORD, findings);
    judge("DATABASE_URL", database.as_deref(), MIN_PASSWORD, findings);
}

fn judge(name: &'static str, secret: Option<&str>, least: usize, findings: &mut Findings) {
    let Some(secret) = secret else { return findings.skipped(AREA, name, "It is not set here") };
    match weakness(secret, least) {
        None => findings.ok(AREA, name, "not easily guessed"),
        Some(why) => findings.degraded(AREA, name, why, "chatctl key generate makes one of 32 random bytes"),
    }
}

fn weakness(secret: &str, least: usize) -> Option<&'static str> {
    let signs: std::collections::BTreeSet<_> = secret.chars().collect();
    let lower = secret.to_lowercase();
    if secret.len() < least {
        Some("too short")
    } else if signs.len() < FEW_SIGNS && secret.len() < 64 {
        Some("few different signs")
    } else if KNOWN.iter().any(|word| lower.contains(word)) {
        Some("it has a word in it that is guessed first")
    } else {
        None
    }
}

/// The password of a URL such as `postgres://user:password@host/database`.
fn password_in(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let (login, _) = rest.split_once('@')?;
    login.split_once(':').map(|(_, password)| password.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn demo_secrets_are_known() {
        let random = "9f3b1c7a44d2e08865aa01bb37cc5d2e";
        assert_eq!(weakness(random, 32), None);
        assert!(weakness("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 32).is_some());
        assert!(weakness("this-is-a-secret-for-development-only", 32).is_some());
        assert!(weakness("short", 32).is_some());
        assert_eq!(password_in("postgres://u:pw@h/d").as_deref(), Some("pw"));
        assert_eq!(password_in("postgres://u@h/d"), None);
    }
}
