//! The section of whoever publishes durable events: what consumers outside are told with each of them.

use clap::Args;

use super::Switch;

/// What events carry for consumers outside.
#[derive(Debug, Clone, Args)]
pub struct FeedSection {
    /// Whether events carry the attributes of CloudEvents, which consumers outside read and nobody else
    #[arg(long, env = "EVENTS_ATTRIBUTES", value_enum, default_value_t = Switch::On)]
    pub events_attributes: Switch,
    /// What events name as their source (`ce-source`): a URI, or the path of one, that tells this installation from others
    #[arg(long, env = "EVENTS_SOURCE", default_value = "/chat", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub events_source: String,
}

impl FeedSection {
    /// The source to name, where consumers are told anything.
    #[must_use]
    pub fn source(&self) -> Option<&str> {
        (self.events_attributes == Switch::On).then_some(&self.events_source)
    }
}
