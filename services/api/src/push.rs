//! Web Push: browsers that want to know what their people miss (`message.missed`) are told through the push services of their makers
//! (RFC 8030), encrypted for the browser alone (`encryption`). What was missed and who was told of it is in Postgres (`telling`).

mod encryption;
mod notice;
mod request;
pub(crate) mod settings;
mod telling;

use std::sync::Arc;

use chat_runtime::lifecycle::Lifecycle;

pub(crate) use self::encryption::BrowserKeys;
use self::settings::{PushSection, Sender};
use crate::app::App;

/// What requests and tasks need of it.
pub(crate) struct Push {
    pub(crate) settings: PushSection,
    /// None: nobody is told anything.
    pub(crate) sender: Option<Sender>,
}

impl Push {
    pub(crate) fn new(settings: &PushSection) -> anyhow::Result<Self> {
        Ok(Self { settings: settings.clone(), sender: settings.sender()? })
    }
}

/// Starts telling, if there is a key to do it with.
pub(crate) fn start(app: &Arc<App>, lifecycle: &Lifecycle) {
    if app.push.sender.is_some() {
        lifecycle.spawn("push", telling::run(Arc::clone(app), lifecycle.stop()));
    }
}
