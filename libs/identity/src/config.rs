//! The settings. One section for both services that let people in, so that they cannot differ in what they know.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::ensure;
use chat_auth::{KeySet, MIN_SECRET_BYTES, Rules, Secrets, SignatureAlgorithm, Verifier};
use chat_runtime::secret::Secret;
use clap::builder::TypedValueParser;
use clap::error::ErrorKind;
use clap::{Arg, Args, Command, ValueEnum, value_parser};

use crate::jwks_url::JwksUrl;
use crate::source::KeySource;

/// Whose tokens count.
#[derive(Debug, Clone, Args)]
pub struct AuthSection {
    /// Shared secret that signs and checks tokens (HS256), at least 32 bytes
    #[arg(long, env = "JWT_SECRET", hide_env_values = true, value_parser = SigningSecret)]
    pub jwt_secret: Secret,
    /// The secret before it, with which tokens are still checked
    #[arg(long, env = "JWT_SECRET_PREVIOUS", hide_env_values = true, value_parser = SigningSecret)]
    pub jwt_secret_previous: Option<Secret>,
    /// The one issuer whose tokens count [default: any]
    #[arg(long, env = "JWT_ISSUER")]
    pub jwt_issuer: Option<String>,
    /// The audience that tokens must name [default: any]
    #[arg(long, env = "JWT_AUDIENCE")]
    pub jwt_audience: Option<String>,
    /// How far the issuer's clock may be off, in seconds
    #[arg(long, env = "JWT_LEEWAY_SECS", default_value_t = 0, value_parser = value_parser!(u64).range(..=Rules::MAX_LEEWAY.as_secs()))]
    pub jwt_leeway_secs: u64,
    /// PEM file with the public keys of those who sign tokens
    #[arg(long, env = "JWT_PUBLIC_KEY_FILE", conflicts_with = "jwt_jwks_url")]
    pub jwt_public_key_file: Option<PathBuf>,
    /// Where those who sign tokens publish their keys (JWKS)
    #[arg(long, env = "JWT_JWKS_URL")]
    pub jwt_jwks_url: Option<JwksUrl>,
    /// The algorithms that count, separated by commas
    #[arg(long, env = "JWT_ALGORITHMS", value_delimiter = ',', default_value = "HS256,RS256,ES256,EdDSA")]
    pub jwt_algorithms: Vec<SignatureAlgorithm>,
    /// How often published keys are fetched again, in seconds; a withdrawn one is good no longer than that
    #[arg(long, env = "JWT_KEYS_REFRESH_SECS", default_value_t = 300, value_parser = value_parser!(u64).range(1..=86_400))]
    pub jwt_keys_refresh_secs: u64,
    /// Issuers whose tokens may be those of machines, separated by commas [default: none]
    #[arg(long, env = "SERVICE_ISSUERS", value_delimiter = ',', value_parser = trimmed)]
    pub service_issuers: Vec<String>,
    /// Whether people may register and log in here; `auto`: unless the keys of others are configured
    #[arg(long, env = "ACCOUNTS", value_enum, default_value_t = Accounts::Auto)]
    pub accounts: Accounts,
}

/// Whether people may register and log in here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Accounts {
    /// Unless the keys of others are configured.
    Auto,
    /// Also beside the keys of others.
    On,
    /// Not at all.
    Off,
}

impl AuthSection {
    /// Whether people may register and log in here.
    #[must_use]
    pub fn has_accounts(&self) -> bool {
        match self.accounts {
            Accounts::Auto => !self.has_outside_keys(),
            Accounts::On => true,
            Accounts::Off => false,
        }
    }

    /// What tokens must say; what we sign says it too.
    #[must_use]
    pub fn rules(&self) -> Rules {
        Rules {
            issuer: self.jwt_issuer.clone(),
            audience: self.jwt_audience.clone(),
            service_issuers: self.service_issuers.clone(),
            leeway: Duration::from_secs(self.jwt_leeway_secs),
        }
    }

    /// What we sign with.
    #[must_use]
    pub fn secrets(&self) -> Secrets {
        let previous = self.jwt_secret_previous.as_ref().map(|secret| secret.expose().as_bytes());
        Secrets::with_previous(self.jwt_secret.expose().as_bytes(), previous)
    }

    /// Refuses settings that cannot be meant.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        let has_secret = self.jwt_algorithms.contains(&SignatureAlgorithm::Hs256);
        let has_public = self.jwt_algorithms.iter().any(|one| *one != SignatureAlgorithm::Hs256);
        ensure!(
            has_secret || !self.takes_own_tokens(),
            "JWT_ALGORITHMS: HS256 is missing, with which our own tokens are signed (see JWT_PUBLIC_KEY_FILE, JWT_JWKS_URL and ACCOUNTS)"
        );
        ensure!(
            has_public || !self.has_outside_keys(),
            "JWT_ALGORITHMS: there is none for the keys of JWT_PUBLIC_KEY_FILE or JWT_JWKS_URL"
        );
        Ok(())
    }

    /// The check with these keys of others, if there are to be any.
    pub(crate) fn verifier(&self, keys: Option<KeySet>) -> Verifier {
        match keys {
            None => Verifier::hs256(self.secrets(), self.rules()),
            Some(keys) => {
                let own = self.takes_own_tokens().then(|| self.secrets());
                Verifier::outside(keys, own, self.rules())
            }
        }
    }

    pub(crate) fn source(&self) -> anyhow::Result<Option<KeySource>> {
        let interval = Duration::from_secs(self.jwt_keys_refresh_secs);
        let algorithms = self.jwt_algorithms.clone();
        Ok(match (&self.jwt_public_key_file, &self.jwt_jwks_url) {
            (Some(path), _) => Some(KeySource::file(path.clone(), algorithms, interval)),
            (None, Some(url)) => Some(KeySource::url(url.clone(), algorithms, interval)?),
            (None, None) => None,
        })
    }

    fn has_outside_keys(&self) -> bool {
        self.jwt_public_key_file.is_some() || self.jwt_jwks_url.is_some()
    }

    /// Whether tokens that are signed with our secret let anybody in.
    fn takes_own_tokens(&self) -> bool {
        !self.has_outside_keys() || self.has_accounts()
    }
}

fn trimmed(text: &str) -> Result<String, &'static str> {
    match text.trim() {
        "" => Err("an issuer has a name"),
        issuer => Ok(issuer.to_owned()),
    }
}

/// Takes secrets that are long enough. What is refused is not printed.
#[derive(Debug, Clone)]
struct SigningSecret;

impl TypedValueParser for SigningSecret {
    type Value = Secret;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<Secret, clap::Error> {
        let text = value.to_str().filter(|text| text.len() >= MIN_SECRET_BYTES);
        text.map(Secret::new).ok_or_else(|| {
            let variable = arg.and_then(Arg::get_env).unwrap_or_default().to_string_lossy();
            let text = format!("{variable}: text of at least {MIN_SECRET_BYTES} bytes is needed\n");
            clap::Error::raw(ErrorKind::ValueValidation, text).with_cmd(command)
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    const SECRET: &str = "0123456789abcdef0123456789abcdef";
    const URL: [&str; 2] = ["--jwt-jwks-url", "https://id.example.com/keys"];

    #[derive(Debug, Parser)]
    struct Program {
        #[command(flatten)]
        auth: AuthSection,
    }

    fn parse(args: &[&str]) -> Result<AuthSection, String> {
        let args = ["program", "--jwt-secret", SECRET].iter().chain(args).copied();
        let section = Program::try_parse_from(args).map_err(|error| error.to_string())?.auth;
        section.check().map_err(|error| error.to_string())?;
        Ok(section)
    }

    #[test]
    fn accounts_are_closed_where_others_say_who_people_are() {
        let off = ["--accounts", "off"];
        let on = ["--accounts", "on"];
        for (args, has_accounts, takes_own_tokens) in [
            (vec![], true, true),
            (off.to_vec(), false, true),
            (URL.to_vec(), false, false),
            (vec!["--jwt-public-key-file", "keys.pem"], false, false),
            ([URL, on].concat(), true, true),
            ([URL, off].concat(), false, false),
        ] {
            let section = parse(&args).unwrap();
            assert_eq!(
                (section.has_accounts(), section.takes_own_tokens()),
                (has_accounts, takes_own_tokens),
                "{args:?}"
            );
        }
    }

    #[test]
    fn algorithms_must_suit_the_keys() {
        for bad in [
            vec!["--jwt-algorithms", "RS256"],
            [URL, ["--jwt-algorithms", "HS256"]].concat(),
            [[URL[0], URL[1], "--accounts"], ["on", "--jwt-algorithms", "ES256"]].concat(),
            vec!["--jwt-algorithms", "none"],
            vec!["--jwt-algorithms", "HS256,HS512"],
            vec!["--jwt-algorithms", "hs256"],
        ] {
            let message = parse(&bad).unwrap_err();
            assert!(message.contains("JWT_ALGORITHMS"), "{bad:?}: {message}");
        }
        let section = parse(&[URL, ["--jwt-algorithms", "RS256,EdDSA"]].concat()).unwrap();
        assert_eq!(section.jwt_algorithms, [SignatureAlgorithm::Rs256, SignatureAlgorithm::EdDsa]);
    }

    #[test]
    fn wrong_setting_is_named() {
        for (args, variable) in [
            (vec!["--jwt-jwks-url", "http://id.example.com/keys"], "JWT_JWKS_URL"),
            ([URL, ["--jwt-public-key-file", "x"]].concat(), "JWT_PUBLIC_KEY_FILE"),
            (vec!["--jwt-leeway-secs", "31"], "JWT_LEEWAY_SECS"),
            (vec!["--jwt-keys-refresh-secs", "0"], "JWT_KEYS_REFRESH_SECS"),
            (vec!["--service-issuers", "a,,b"], "SERVICE_ISSUERS"),
            (vec!["--accounts", "maybe"], "ACCOUNTS"),
            (vec!["--jwt-secret-previous", "short"], "JWT_SECRET_PREVIOUS"),
        ] {
            let message = parse(&args).unwrap_err();
            assert!(message.contains(variable), "{args:?}: {message}");
        }
        let issuers = parse(&["--service-issuers", "backend, https://billing.example.com"]).unwrap().service_issuers;
        assert_eq!(issuers, ["backend", "https://billing.example.com"]);
    }

    #[test]
    fn short_secret_is_refused_and_not_printed() {
        let message = Program::try_parse_from(["program", "--jwt-secret", "tiny-canary"]).unwrap_err().to_string();
        assert!(message.contains("JWT_SECRET") && !message.contains("canary"), "{message}");
        let section = parse(&["--jwt-secret-previous", "canary-0123456789abcdef0123456789"]).unwrap();
        assert!(!format!("{section:?}{:?}", section.secrets()).contains("0123456789"));
    }
}
