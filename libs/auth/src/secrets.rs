//! The shared secret: signs and checks tokens of ours, and those of a marketplace that has it too.

use std::fmt;

use jsonwebtoken::EncodingKey;

use crate::keys::Key;

/// The secret that signs, and the one before it while tokens of both are in use. Does not print.
#[derive(Clone, PartialEq, Eq)]
pub struct Secrets {
    current: Vec<u8>,
    previous: Option<Vec<u8>>,
}

impl Secrets {
    /// A secret that took another one's place; see [`MIN_SECRET_BYTES`](crate::MIN_SECRET_BYTES).
    #[must_use]
    pub fn with_previous(current: &[u8], previous: Option<&[u8]>) -> Self {
        Self { current: current.to_vec(), previous: previous.map(<[u8]>::to_vec) }
    }

    pub(crate) fn signing_key(&self) -> EncodingKey {
        EncodingKey::from_secret(&self.current)
    }

    pub(crate) fn verifying_keys(&self) -> Vec<Key> {
        [Some(&self.current), self.previous.as_ref()].into_iter().flatten().map(|secret| Key::secret(secret)).collect()
    }
}

impl<T: AsRef<[u8]> + ?Sized> From<&T> for Secrets {
    fn from(secret: &T) -> Self {
        Self::with_previous(secret.as_ref(), None)
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use chat_protocol::ids::{FamilyId, TokenId, UserId};
    use chat_protocol::rest::PlatformRole;
    use chrono::{DateTime, TimeDelta};

    use super::*;
    use crate::{Bearer, RefreshToken, RefreshTokens, Rules, Signer, Ticket, Tickets, Verifier};

    const OLD: &[u8] = b"the secret of yesterday, 32 bytes";
    const NEW: &[u8] = b"the secret of today, of 32 bytes!";

    #[test]
    fn what_the_previous_secret_signed_is_good_and_nothing_new_is_signed_with_it() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let rotating = || Secrets::with_previous(NEW, Some(OLD));
        let user_id = UserId::new(42).unwrap();
        let bearer = Bearer { user_id, name: "Ada".into(), role: PlatformRole::Client, avatar_url: None, family: None };
        let access = |secrets: Secrets| {
            Signer::hs256(secrets, Rules::default(), Signer::ACCESS_TTL).access_token(&bearer, now, Signer::ACCESS_TTL)
        };
        let verifies = |secrets: Secrets, token: &str| Verifier::hs256(secrets, Rules::default()).verify(token, now);
        for secrets in [OLD.into(), NEW.into(), rotating()] {
            assert!(verifies(rotating(), &access(secrets)).is_ok());
        }
        assert!(
            verifies(NEW.into(), &access(rotating())).is_ok() && verifies(OLD.into(), &access(rotating())).is_err()
        );
        assert!(verifies(NEW.into(), &access(OLD.into())).is_err(), "once it is taken out");

        let (id, family) = (TokenId::generate(), FamilyId::generate());
        let refresh = RefreshToken { id, family, user_id, issued_at: now, expires_at: now + TimeDelta::days(1) };
        let text = RefreshTokens::hs256(OLD, Rules::default()).sign(&refresh);
        assert_eq!(RefreshTokens::hs256(rotating(), Rules::default()).verify(&text, now), Ok(refresh));
        let claims = verifies(OLD.into(), &access(OLD.into())).unwrap();
        let text = Tickets::hs256(OLD, Rules::default()).sign(&Ticket::new(id, claims, now));
        assert!(Tickets::hs256(rotating(), Rules::default()).verify(&text, now).is_ok());
        assert!(Tickets::hs256(NEW, Rules::default()).verify(&text, now).is_err());
    }

    #[test]
    fn secrets_do_not_print() {
        assert_eq!(format!("{:?}", Secrets::with_previous(NEW, Some(OLD))), "[redacted]");
    }
}
