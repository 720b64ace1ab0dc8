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
