//! What a token must say, beyond being signed and not expired.

use std::time::Duration;

use chrono::TimeDelta;

/// Issuer, audience and leeway. They hold for the signer too, so that what we sign passes our own check.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// The one issuer whose tokens count (`iss`); unchecked when absent.
    pub issuer: Option<String>,
    /// The audience that we are (`aud`, a text or a list of texts); unchecked when absent.
    pub audience: Option<String>,
    /// Issuers whose tokens may be those of machines (`role: "service"`), beside [`issuer`](Self::issuer).
    pub service_issuers: Vec<String>,
    /// How far the issuer's clock may be off; more than [`Rules::MAX_LEEWAY`] counts as that. By default zero.
    pub leeway: Duration,
}

impl Rules {
    /// The longest leeway.
    pub const MAX_LEEWAY: Duration = Duration::from_secs(30);

    pub(crate) fn without_services(&self) -> Self {
        Self { service_issuers: Vec::new(), ..self.clone() }
    }

    pub(crate) fn leeway(&self) -> TimeDelta {
        let leeway = self.leeway.min(Self::MAX_LEEWAY);
        TimeDelta::from_std(leeway).expect("half a minute fits")
    }
}
