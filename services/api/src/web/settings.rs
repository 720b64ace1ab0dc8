//! The settings of the web page, checked before a public port opens.

use std::path::PathBuf;
use std::str::FromStr;

use axum::http::Uri;
use chat_protocol::rest::PlatformRole;
use clap::Args;
use serde::{Deserialize, Serialize};

/// Which web page is served, and what it is told.
#[derive(Debug, Clone, Default, Args)]
pub struct WebSection {
    /// The folder of a built web page that is served at `/` [default: none, nothing is served]
    #[arg(long, env = "WEB_DIR")]
    pub web_dir: Option<PathBuf>,
    /// Where the page reaches the gateways [default: where the page itself came from]
    #[arg(long, env = "WEB_WS_URL", requires = "web_dir")]
    pub web_ws_url: Option<WsOrigin>,
    /// People that anybody may be by one click on the page, with their passwords; for demonstrations alone. JSON:
    /// `[{"username", "password", "name", "role"}, …]` [default: none]
    #[arg(long, env = "WEB_DEMO_PEOPLE", requires = "web_dir")]
    pub web_demo_people: Option<DemoPeople>,
}

/// Where sockets are opened: scheme, host and port, such as `wss://chat.example.com`. It is safe to stand in a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct WsOrigin(String);

/// Why a text is no such address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not the address of a gateway, such as wss://chat.example.com or ws://127.0.0.1:8001")]
pub struct BadWsOrigin(String);

impl FromStr for WsOrigin {
    type Err = BadWsOrigin;

    fn from_str(text: &str) -> Result<Self, BadWsOrigin> {
        let bad = || BadWsOrigin(text.to_owned());
        let uri: Uri = text.parse().map_err(|_| bad())?;
        let authority = uri.authority().map(|authority| authority.as_str().to_ascii_lowercase()).ok_or_else(bad)?;
        let is_plain =
            authority.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '[' | ']'));
        match uri.scheme_str() {
            Some(scheme @ ("ws" | "wss")) if is_plain && uri.path() == "/" && uri.query().is_none() => {
                Ok(Self(format!("{scheme}://{authority}")))
            }
            _ => Err(bad()),
        }
    }
}

impl WsOrigin {
    /// As a policy names it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Somebody whom visitors of a demonstration may be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DemoPerson {
    username: String,
    password: String,
    name: String,
    role: PlatformRole,
}

/// All of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct DemoPeople(Vec<DemoPerson>);

impl FromStr for DemoPeople {
    type Err = serde_json::Error;

    fn from_str(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gateway_is_scheme_host_and_port() {
        for (text, origin) in [
            ("ws://127.0.0.1:8001", "ws://127.0.0.1:8001"),
            ("wss://Chat.example.com/", "wss://chat.example.com"),
            ("ws://[::1]:8001", "ws://[::1]:8001"),
        ] {
            assert_eq!(text.parse::<WsOrigin>().unwrap().as_str(), origin);
        }
        for bad in [
            "",
            "chat.example.com",
            "http://chat.example.com",
            "wss://chat.example.com/ws/",
            "wss://chat.example.com?a",
            "wss://user@chat.example.com",
            "wss://chat.example.com;script-src",
            "wss://a,b",
            "wss://*",
            "wss://chat.example.com 'unsafe-inline'",
        ] {
            assert!(bad.parse::<WsOrigin>().is_err(), "{bad}");
        }
    }

    #[test]
    fn demo_people_are_a_list() {
        let one = r#"[{"username": "ada", "password": "secret-1", "name": "Ada", "role": "client"}]"#;
        let people: DemoPeople = one.parse().unwrap();
        assert_eq!(serde_json::to_value(&people).unwrap()[0]["username"], "ada");
        assert!("ada:secret-1".parse::<DemoPeople>().is_err());
    }
}
