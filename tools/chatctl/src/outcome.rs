//! How a command ends, and what the shell hears of it.

use std::fmt;
use std::process::ExitCode;

const WRONGLY_CALLED: u8 = 2;
const DEGRADED: u8 = 3;

/// How a command ended that did what it was to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// All is well.
    Well,
    /// It works, and something needs looking after.
    Degraded,
    /// What was looked at is broken; that has been said.
    Badly,
}

impl From<()> for Ended {
    fn from((): ()) -> Self {
        Self::Well
    }
}

/// The command cannot be carried out as it was given.
#[derive(Debug)]
pub(crate) struct WronglyCalled(pub(crate) String);

impl fmt::Display for WronglyCalled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for WronglyCalled {}

/// Says what went wrong, and the code for the shell.
pub(crate) fn exit_code(ended: anyhow::Result<Ended>) -> ExitCode {
    match ended {
        Ok(Ended::Well) => ExitCode::SUCCESS,
        Ok(Ended::Degraded) => ExitCode::from(DEGRADED),
        Ok(Ended::Badly) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("chatctl: {error:#}");
            if error.is::<WronglyCalled>() { ExitCode::from(WRONGLY_CALLED) } else { ExitCode::FAILURE }
        }
    }
}
