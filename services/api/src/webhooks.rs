//! Webhooks: what is stored becomes deliveries (`reading`), which are claimed and tried until they are taken (`dispatching`, `attempt`,
//! `schedule`), signed (`signing`), and at addresses of the public internet alone (`target`, `networks`). Beside it: what people have
//! missed (`missing`). Everything that must not be lost is in Postgres; any number of apis do this side by side, and any may die.

mod attempt;
mod dispatching;
mod missing;
mod networks;
mod reading;
mod schedule;
pub(crate) mod settings;
pub(crate) mod signing;
mod target;

use std::sync::Arc;

use chat_runtime::lifecycle::Lifecycle;
use reqwest::{Client, Url};

use self::attempt::Sender;
pub(crate) use self::schedule::retry_after;
use self::settings::WebhookSection;
use self::target::{BadTarget, literal};
use crate::app::App;

/// What requests and tasks need of it.
pub(crate) struct Webhooks {
    pub(crate) settings: WebhookSection,
    sender: Sender,
}

impl Webhooks {
    pub(crate) fn new(settings: &WebhookSection) -> anyhow::Result<Self> {
        Ok(Self { settings: settings.clone(), sender: Sender::new(settings)? })
    }

    /// The client that connects to nothing inside, and the address as it may be posted to now: for whatever else goes out.
    pub(crate) fn way_out(&self, text: &str) -> Result<(&Client, Url), BadTarget> {
        self.sender.way_out(text)
    }

    /// The address as it is kept, if it may be posted to as far as is known now. What a name leads to can be another thing later: it is
    /// looked at again at every attempt.
    pub(crate) async fn check_address(&self, text: &str) -> Result<Url, String> {
        let rules = self.settings.rules();
        let url = rules.read(text).map_err(|bad| bad.to_string())?;
        let host = url.host_str().unwrap_or_default();
        if literal(host).is_none() {
            let asked = tokio::time::timeout(self.settings.connect_timeout(), tokio::net::lookup_host((host, 0)));
            // Who is not found now may be later.
            if let Ok(Ok(found)) = asked.await {
                rules.check(found.collect()).map_err(|bad: BadTarget| bad.to_string())?;
            }
        }
        Ok(url)
    }
}

/// Starts everything that goes on beside requests.
pub(crate) fn start(app: &Arc<App>, lifecycle: &Lifecycle) {
    lifecycle.spawn("webhooks read", reading::run(Arc::clone(app), lifecycle.stop()));
    lifecycle.spawn("webhooks", dispatching::run(Arc::clone(app), lifecycle.stop()));
    lifecycle.spawn("missed messages", missing::run(Arc::clone(app), lifecycle.stop()));
}
