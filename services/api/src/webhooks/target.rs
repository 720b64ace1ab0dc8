//! Where an endpoint is: its address as a URL that may be posted to, and the only way from its name to addresses.

use std::error::Error;
use std::net::{IpAddr, SocketAddr};

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::networks::Networks;

/// What the operator lets through.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rules {
    /// Whether TLS may be missing.
    pub(crate) allow_http: bool,
    /// The ports that may be posted to.
    pub(crate) ports: Vec<u16>,
    /// Networks beside the internet.
    pub(crate) networks: Networks,
}

/// Why nothing is posted there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadTarget {
    /// It cannot be read.
    #[error("No address of the form https://host/path.")]
    Malformed,
    /// Not https, or not even http.
    #[error("Only https.")]
    Scheme,
    /// A name, a password or a fragment.
    #[error("No name, password or fragment in it.")]
    Surplus,
    /// A port where no receivers are expected.
    #[error("Not on this port.")]
    Port,
    /// It leads inside.
    #[error("It leads to an address that is not of the public internet.")]
    Inside,
}

impl Rules {
    /// The URL, if it may be posted to as far as that can be known without asking for its name. Whatever an address is written like
    /// (`0x7f.1`, `2130706433`, full-width digits), the URL has it as what it is.
    pub(crate) fn read(&self, text: &str) -> Result<Url, BadTarget> {
        let url = Url::parse(text).map_err(|_| BadTarget::Malformed)?;
        match url.scheme() {
            "https" => {}
            "http" if self.allow_http => {}
            _ => return Err(BadTarget::Scheme),
        }
        if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() || text.contains('@') {
            return Err(BadTarget::Surplus);
        }
        let port = url.port_or_known_default().ok_or(BadTarget::Malformed)?;
        if !self.ports.contains(&port) {
            return Err(BadTarget::Port);
        }
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(BadTarget::Malformed)?;
        match literal(host) {
            Some(address) if !self.networks.let_through(address) => Err(BadTarget::Inside),
            _ => Ok(url),
        }
    }

    /// The addresses of a name, if each of them may be posted to.
    pub(crate) fn check(&self, addresses: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, BadTarget> {
        let is_let = |one: &SocketAddr| self.networks.let_through(one.ip());
        if addresses.iter().all(is_let) { Ok(addresses) } else { Err(BadTarget::Inside) }
    }
}

/// The address that a host is, if it is no name.
pub(crate) fn literal(host: &str) -> Option<IpAddr> {
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

/// Asks for names, once for each connection, and connects to nothing but what was checked.
#[derive(Debug, Clone)]
pub(crate) struct CheckedNames(pub(crate) Rules);

impl Resolve for CheckedNames {
    fn resolve(&self, name: Name) -> Resolving {
        let rules = self.0.clone();
        Box::pin(async move {
            // The port is set by whoever connects.
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let checked = rules.check(found.collect())?;
            Ok(Box::new(checked.into_iter()) as Addrs)
        })
    }
}

/// Whether an attempt ended because it led inside.
pub(crate) fn is_inside(error: &(dyn Error + 'static)) -> bool {
    error.downcast_ref::<BadTarget>() == Some(&BadTarget::Inside) || error.source().is_some_and(is_inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> Rules {
        Rules { allow_http: false, ports: vec![80, 443], networks: Networks::default() }
    }

    #[test]
    fn addresses_are_what_they_are_in_any_spelling() {
        for url in [
            "https://127.0.0.1/",
            "https://127.1/",
            "https://0x7f.1/",
            "https://0x7f000001/",
            "https://2130706433/",
            "https://017700000001/",
            "https://0177.0.0.1/",
            "https://127.0.0.1./",
            "https://127.000.000.001/",
            "https://0/",
            "https://①②⑦.⓪.⓪.①/",
            "https://127。0。0。1/",
            "https://%31%32%37.0.0.1/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:7f00:1]/",
            "https://[0:0:0:0:0:ffff:169.254.169.254]/",
            "https://[64:ff9b::127.0.0.1]/",
            "https://[2002:7f00:1::]/",
            "https://[fd00::1]/",
            "https://[fe80::1]/",
            "https://169.254.169.254/latest/meta-data/",
            "https://0xA9FEA9FE/",
            "https://2852039166/",
            "https://10.0.0.1/",
            "https://192.168.1.1:443/",
            "https://100.100.100.200/",
            "https:127.0.0.1",
            "https:\\\\127.0.0.1\\",
            "  https://127.0.0.1/",
        ] {
            assert_eq!(rules().read(url), Err(BadTarget::Inside), "{url}");
        }
    }

    #[test]
    fn what_is_no_plain_https_address_is_refused() {
        for (url, expected) in [
            ("", BadTarget::Malformed),
            ("example.com", BadTarget::Malformed),
            ("https://", BadTarget::Malformed),
            ("https://exa mple.com/", BadTarget::Malformed),
            ("https://256.256.256.256/", BadTarget::Malformed),
            ("https://[fe80::1%25eth0]/", BadTarget::Malformed),
            ("http://example.com/", BadTarget::Scheme),
            ("file:///etc/passwd", BadTarget::Scheme),
            ("gopher://example.com:70/_x", BadTarget::Scheme),
            ("ftp://example.com/", BadTarget::Scheme),
            ("javascript:alert(1)", BadTarget::Scheme),
            ("data:text/plain,x", BadTarget::Scheme),
            ("https://user@example.com/", BadTarget::Surplus),
            ("https://user:word@example.com/", BadTarget::Surplus),
            ("https://example.com@127.0.0.1/", BadTarget::Surplus),
            ("https://@example.com/", BadTarget::Surplus),
            ("https://example.com/#x", BadTarget::Surplus),
            ("https://example.com:22/", BadTarget::Port),
            ("https://example.com:6379/", BadTarget::Port),
            ("https://example.com:0/", BadTarget::Port),
        ] {
            assert_eq!(rules().read(url), Err(expected), "{url:?}");
        }
        for good in [
            "https://example.com/",
            "https://example.com:443/a?b=c",
            "https://example.com./",
            "https://8.8.8.8/",
            "https://[2606:4700::1111]/",
        ] {
            assert!(rules().read(good).is_ok(), "{good}");
        }
        assert!(Rules { allow_http: true, ..rules() }.read("http://example.com/").is_ok());
    }

    #[test]
    fn one_address_inside_spoils_a_name() {
        let address = |text: &str| SocketAddr::new(text.parse().unwrap(), 0);
        assert!(rules().check(vec![address("8.8.8.8"), address("2606:4700::1111")]).is_ok());
        for bad in ["127.0.0.1", "::1", "::ffff:10.0.0.1", "169.254.169.254"] {
            assert_eq!(rules().check(vec![address("8.8.8.8"), address(bad)]), Err(BadTarget::Inside), "{bad}");
        }
    }

    #[tokio::test]
    async fn names_of_this_machine_are_not_resolved() {
        let resolve = async |name: &str| CheckedNames(rules()).resolve(name.parse().unwrap()).await.err();
        let error = resolve("localhost").await.expect("it leads inside");
        assert!(is_inside(error.as_ref()), "{error}");
        assert!(resolve("localhost.").await.is_some(), "it leads inside, or nowhere");
        let named = Rules { networks: "127.0.0.0/8,::1/128".parse().unwrap(), ..rules() };
        assert!(CheckedNames(named).resolve("localhost".parse().unwrap()).await.is_ok());
    }
}
