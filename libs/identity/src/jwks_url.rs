//! Where a key set is: over https, so that nobody on the way can put keys into it.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use reqwest::Url;

/// An address that keys may come from. Prints without its query, which may be secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JwksUrl(Url);

impl JwksUrl {
    pub(crate) fn url(&self) -> Url {
        self.0.clone()
    }
}

impl FromStr for JwksUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let url: Url = text.parse().map_err(|_| "no URL")?;
        match url.scheme() {
            "https" => Ok(Self(url)),
            "http" if is_loopback(&url) => Ok(Self(url)),
            _ => Err("https is needed (http on this machine alone)"),
        }
    }
}

impl fmt::Display for JwksUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = &self.0;
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        write!(f, "{}://{}{port}{}", url.scheme(), url.host_str().unwrap_or_default(), url.path())
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_this_machine_alone() {
        for good in [
            "https://id.example.com/keys",
            "https://10.0.0.1/keys",
            "http://localhost:9000/keys",
            "http://127.0.0.1/keys",
            "http://127.8.8.8/keys",
            "http://[::1]:1/keys",
        ] {
            assert!(good.parse::<JwksUrl>().is_ok(), "{good}");
        }
        for bad in [
            "http://id.example.com/keys",
            "http://localhost.example.com/keys",
            "http://127.0.0.1.example.com/",
            "http://localhost@example.com/",
            "http://10.0.0.1/",
            "http://[::2]/",
            "file:///etc/keys",
            "ftp://localhost/",
            "id.example.com/keys",
            "",
        ] {
            assert!(bad.parse::<JwksUrl>().is_err(), "{bad}");
        }
    }

    #[test]
    fn secrets_of_an_address_do_not_print() {
        let url: JwksUrl = "https://who:canary@id.example.com:8443/keys?key=canary#canary".parse().unwrap();
        assert_eq!(url.to_string(), "https://id.example.com:8443/keys");
    }
}
