//! Passwords in Argon2id. Every function here works for tens of milliseconds and 19 MiB: call it in `spawn_blocking`,
//! and only a few at a time.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{self, PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};

/// The shortest password, in characters.
pub const MIN_CHARS: usize = 8;

/// The longest password, in bytes.
pub const MAX_BYTES: usize = 1024;

/// Random bytes in the shape and with the parameters of [`hash`]: no password is known to fit. The work for an unknown
/// user.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$V43xi/T3/gZ5PiZAAC7DHg$0lajoL5K4pZc3qbGjoUFIz67XOgGpLIX2om/4GpGFGU";

/// Why there is no hash or no verdict.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// The person chooses a longer one.
    #[error("at least {MIN_CHARS} characters")]
    TooShort,
    /// The person chooses a shorter one.
    #[error("at most {MAX_BYTES} bytes")]
    TooLong,
    /// What is stored is no hash of ours, or there is no randomness to be had: an operator's trouble.
    #[error("password hashing failed")]
    Failed(#[from] password_hash::Error),
}

/// Whether a person may choose this password.
pub fn check(password: &str) -> Result<(), PasswordError> {
    if password.len() > MAX_BYTES {
        Err(PasswordError::TooLong)
    } else if password.chars().count() < MIN_CHARS {
        Err(PasswordError::TooShort)
    } else {
        Ok(())
    }
}

/// The hash to store, with a random salt, as a PHC string. Blocking.
pub fn hash(password: &str) -> Result<String, PasswordError> {
    check(password)?;
    Ok(argon2id().hash_password(password.as_bytes())?.to_string())
}

/// Whether the password is the one behind the stored hash. Without one (unknown user) the answer is no, after the same
/// work, so that the time of the answer does not tell who exists. Blocking.
pub fn verify(password: &str, stored: Option<&str>) -> Result<bool, PasswordError> {
    let parsed = PasswordHash::new(stored.unwrap_or(NOBODY)).map_err(password_hash::Error::from)?;
    let fits = password.len() <= MAX_BYTES;
    let tried = if fits { password.as_bytes() } else { b"" };
    match argon2id().verify_password(tried, &parsed) {
        Ok(()) => Ok(stored.is_some() && fits),
        Err(password_hash::Error::PasswordInvalid) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The parameters that OWASP gives as the least for Argon2id: 19 MiB, two passes, one lane.
fn argon2id() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::DEFAULT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn right_password_alone_is_accepted() {
        let stored = hash("correct horse").unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(verify("correct horse", Some(&stored)).unwrap());
        for wrong in ["", "correct hors", "correct horse ", "Correct horse"] {
            assert!(!verify(wrong, Some(&stored)).unwrap(), "{wrong:?}");
        }
    }

    #[test]
    fn same_password_hashes_differ() {
        assert_ne!(hash("correct horse").unwrap(), hash("correct horse").unwrap());
    }

    #[test]
    fn length_is_bounded() {
        assert!(matches!(check("1234567"), Err(PasswordError::TooShort)));
        assert!(matches!(check("ééééééé"), Err(PasswordError::TooShort)));
        assert!(matches!(hash("1234567"), Err(PasswordError::TooShort)));
        assert!(check("12345678").is_ok());
        assert!(check("éééééééé").is_ok());
        assert!(check(&"x".repeat(MAX_BYTES)).is_ok());
        assert!(matches!(check(&"x".repeat(MAX_BYTES + 1)), Err(PasswordError::TooLong)));
        let stored = hash("correct horse").unwrap();
        assert!(!verify(&"x".repeat(1 << 20), Some(&stored)).unwrap());
    }

    #[test]
    fn unknown_user_costs_the_same_work_and_is_refused() {
        let parameters = |text: &str| text.rsplitn(3, '$').last().map(str::to_owned);
        assert_eq!(parameters(NOBODY), parameters(&hash("correct horse").unwrap()));
        for password in ["", "correct horse", "nobody"] {
            assert!(!verify(password, None).unwrap());
        }
    }

    #[test]
    fn broken_hash_is_an_error_and_no_verdict() {
        for broken in ["", "plain text", "$argon2id$v=19$m=19456,t=2,p=1$", "$1$abc$def"] {
            assert!(matches!(verify("correct horse", Some(broken)), Err(PasswordError::Failed(_))), "{broken:?}");
        }
    }
}
