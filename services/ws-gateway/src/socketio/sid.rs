//! The id of a connection: it names the gateway that holds it, and nobody can guess it.

use std::fmt;
use std::str::FromStr;

use chat_protocol::ids::InstanceId;
use rand::Rng as _;

/// Digits of the gateway's part.
const GATEWAY_DIGITS: usize = 16;
/// Digits of both parts.
const DIGITS: usize = GATEWAY_DIGITS + 32;

/// One run of a gateway, as ids of connections name it: drawn at its start, so that it says nothing about the machine,
/// and so that a gateway that was started anew is another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct GatewayRun(u64);

impl GatewayRun {
    /// A new one.
    pub(super) fn draw() -> Self {
        Self(rand::rng().random())
    }

    /// Its token in subjects of NATS.
    pub(super) fn token(self) -> InstanceId {
        format!("{:016x}", self.0).parse().expect("digits are a token")
    }
}

/// The id of one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sid {
    /// Who holds it.
    pub(super) gateway: GatewayRun,
    /// Which it is there.
    pub(super) secret: u128,
}

impl Sid {
    /// A new one of this gateway.
    pub(super) fn draw(gateway: GatewayRun) -> Self {
        Self { gateway, secret: rand::rng().random() }
    }
}

impl fmt::Display for Sid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}{:032x}", self.gateway.0, self.secret)
    }
}

/// The text is no id of ours.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NoSid;

impl FromStr for Sid {
    type Err = NoSid;

    fn from_str(text: &str) -> Result<Self, NoSid> {
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() != DIGITS || !text.bytes().all(is_digit) {
            return Err(NoSid);
        }
        let (gateway, secret) = text.split_at(GATEWAY_DIGITS);
        let gateway = GatewayRun(u64::from_str_radix(gateway, 16).map_err(|_| NoSid)?);
        Ok(Self { gateway, secret: u128::from_str_radix(secret, 16).map_err(|_| NoSid)? })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn id_names_its_gateway_and_is_read_back() {
        let gateway = GatewayRun::draw();
        let (one, other) = (Sid::draw(gateway), Sid::draw(gateway));
        assert_ne!(one, other);
        assert_eq!(one.to_string().parse(), Ok(one));
        assert!(one.to_string().starts_with(gateway.token().as_str()));
    }

    proptest! {
        #[test]
        fn whatever_is_read_prints_the_same(text in "[0-9a-fA-F.*> ]{46,50}") {
            if let Ok(sid) = text.parse::<Sid>() {
                prop_assert_eq!(sid.to_string(), text);
            }
        }
    }
}
