//! What deletes asks first: on a terminal by a question, elsewhere by an option.

use std::io::{IsTerminal as _, Write as _, stderr, stdin};

use clap::Args;

use crate::outcome::WronglyCalled;

/// Whether something is really to be done.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Consent {
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Say what would be done, and do nothing
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
}

impl Consent {
    /// Whether to go on with this, after whoever sits there has been asked.
    pub(crate) fn to(self, what: &str) -> anyhow::Result<bool> {
        if self.dry_run {
            eprintln!("Would {what}.");
            return Ok(false);
        }
        if self.yes {
            return Ok(true);
        }
        if !stdin().is_terminal() {
            return Err(WronglyCalled(format!("--yes is needed to {what}")).into());
        }
        eprint!("This will {what}. Type yes: ");
        stderr().flush()?;
        let mut answer = String::new();
        stdin().read_line(&mut answer)?;
        let agrees = answer.trim() == "yes";
        if !agrees {
            eprintln!("Nothing was done.");
        }
        Ok(agrees)
    }
}
