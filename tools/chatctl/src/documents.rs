//! What is made from the definitions of the commands: completion for shells, and manual pages.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::command::Chatctl;

/// `chatctl completion`.
#[derive(Debug, Args)]
pub(crate) struct Completion {
    /// For which shell
    shell: Shell,
}

impl Completion {
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Chatctl::command(), "chatctl", &mut script);
        crate::output::print(String::from_utf8(script)?.trim_end())
    }
}

/// `chatctl man`.
#[derive(Debug, Args)]
pub(crate) struct Man {
    /// The folder for them; it is made
    dir: PathBuf,
    /// One page in Markdown with everything, in place of many
    #[arg(long)]
    markdown: bool,
}

impl Man {
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let context = || self.dir.display().to_string();
        std::fs::create_dir_all(&self.dir).with_context(context)?;
        if self.markdown {
            return std::fs::write(self.dir.join("chatctl.md"), markdown()).with_context(context);
        }
        clap_mangen::generate_to(Chatctl::command(), &self.dir).with_context(context)?;
        eprintln!("Written to {}.", self.dir.display());
        Ok(())
    }
}

/// The reference: every command with what `--help` says of it.
fn markdown() -> String {
    let mut text = String::from(
        "# chatctl\n\nMade from the program's own definitions; `chatctl man --markdown docs` writes it anew.\n\
         How to use it for what: [operations](operations.md).\n",
    );
    let mut command = Chatctl::command().disable_help_subcommand(true);
    command.build();
    describe(&command, "chatctl", &mut text);
    text
}

fn describe(command: &clap::Command, path: &str, text: &mut String) {
    let help = command.clone().hide_possible_values(false).term_width(110).render_long_help().to_string();
    let lines = help.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    // Writing to a string does not fail.
    let _ = writeln!(text, "\n## {path}\n\n```text\n{}\n```", lines.trim_end());
    for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
        describe(sub, &format!("{path} {}", sub.get_name()), text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/chatctl.md");

    #[test]
    fn reference_is_fresh() {
        let committed = std::fs::read_to_string(FILE).unwrap();
        assert_eq!(committed, markdown(), "chatctl man --markdown docs");
    }

    #[test]
    fn every_shell_is_served() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Chatctl::command(), "chatctl", &mut script);
            assert!(String::from_utf8(script).unwrap().contains("doctor"), "{shell}");
        }
    }
}
