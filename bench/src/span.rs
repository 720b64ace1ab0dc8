//! What the floors of storing and of the broker are told alike.

use std::path::PathBuf;

use clap::Args;

/// How long, of what, and where to.
#[derive(Debug, Args)]
pub(crate) struct Span {
    /// How long each is measured
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub(crate) seconds: u64,
    /// How long the text of a message is, in bytes
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=16_384))]
    pub(crate) content_bytes: u32,
    /// Where to write the result as JSON
    #[arg(long)]
    pub(crate) json: Option<PathBuf>,
}
