//! Text that must never reach a log, an error message or `--help`.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

/// A password, key or connection string. Its `Debug` and `Display` print `[redacted]`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a text that must not be printed.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one call that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl FromStr for Secret {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self::new(text))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_prints_itself() {
        let secret: Secret = "hunter2".parse().unwrap();
        for printed in
            [format!("{secret}"), format!("{secret:?}"), format!("{:#?}", Some(&secret)), format!("{secret:>40}")]
        {
            assert!(printed.contains("[redacted]"), "{printed}");
            assert!(!printed.contains("hunter2"), "{printed}");
        }
        assert_eq!(secret.expose(), "hunter2");
    }
}
