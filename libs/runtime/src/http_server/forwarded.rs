//! Whose requests these are: the other end of the connection, or whom a trusted proxy there names.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;

use axum::http::header::FORWARDED;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use ipnet::IpNet;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Request extension: the address that a request comes from, behind proxies that are trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientAddr(pub IpAddr);

/// Networks of proxies whose word on their clients' addresses counts. As text: `10.0.0.0/8,192.0.2.1`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies(Arc<[IpNet]>);

/// Why a text is no list of networks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is neither an address nor a network, such as 192.0.2.1 or 10.0.0.0/8")]
pub struct BadNetwork(String);

impl FromStr for TrustedProxies {
    type Err = BadNetwork;

    fn from_str(text: &str) -> Result<Self, BadNetwork> {
        let networks = text.split(',').map(str::trim).filter(|network| !network.is_empty());
        let parsed = networks.map(|network| {
            let single = || network.parse::<IpAddr>().map(IpNet::from);
            network.parse::<IpNet>().or_else(|_| single()).map_err(|_| BadNetwork(network.to_owned()))
        });
        Ok(Self(parsed.collect::<Result<_, _>>()?))
    }
}

impl TrustedProxies {
    /// Whether this is one of them.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Who asks: the right-most address that is not a trusted proxy's. Where the two headers do not agree, one of them
    /// may be the client's own invention: then it is the proxy itself.
    #[must_use]
    pub fn client_of(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let peer = peer.to_canonical();
        if !self.contains(peer) {
            return peer;
        }
        let told = [(X_FORWARDED_FOR, false), (FORWARDED, true)].map(|(name, has_names)| {
            let values: Vec<_> = headers.get_all(name).iter().map(HeaderValue::as_bytes).collect();
            (!values.is_empty()).then(|| self.rightmost(peer, &values, has_names))
        });
        match told {
            [Some(one), Some(other)] if one != other => peer,
            [Some(client), _] | [None, Some(client)] => client,
            [None, None] => peer,
        }
    }

    /// Goes from hop to hop as long as the hop is trusted and what it says can be read.
    fn rightmost(&self, peer: IpAddr, values: &[&[u8]], has_names: bool) -> IpAddr {
        let mut client = peer;
        for value in values.iter().rev() {
            for hop in value.rsplit(|byte| *byte == b',') {
                let named = std::str::from_utf8(hop).ok().and_then(|hop| read_hop(hop, has_names));
                let Some(address) = named else { return client };
                client = address;
                if !self.contains(client) {
                    return client;
                }
            }
        }
        client
    }
}

/// `192.0.2.1`, with a port or without; in `Forwarded` it is the `for` of several pairs, and may be quoted.
fn read_hop(hop: &str, has_names: bool) -> Option<IpAddr> {
    let address = if has_names {
        let mut pairs = hop.split(';').filter_map(|pair| pair.split_once('='));
        pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case("for"))?.1.trim().trim_matches('"')
    } else {
        hop.trim()
    };
    let bare = || address.strip_prefix('[')?.strip_suffix(']')?.parse::<IpAddr>().ok();
    let with_port = || address.parse::<SocketAddr>().ok().map(|address| address.ip());
    address.parse().ok().or_else(bare).or_else(with_port).map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, headers: &[(&'static str, &'static str)]) -> String {
        let proxies: TrustedProxies = "10.0.0.0/8, 192.0.2.1,2001:db8::/32".parse().unwrap();
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_static(value));
        }
        proxies.client_of(peer.parse().unwrap(), &map).to_string()
    }

    #[test]
    fn only_the_word_of_a_trusted_proxy_counts() {
        let says = [("x-forwarded-for", "203.0.113.9")];
        assert_eq!(client("10.1.2.3", &says), "203.0.113.9");
        assert_eq!(client("::ffff:10.1.2.3", &says), "203.0.113.9");
        assert_eq!(client("203.0.113.1", &says), "203.0.113.1");
        assert_eq!(client("10.1.2.3", &[]), "10.1.2.3");
        let nobody = TrustedProxies::default();
        assert!(!nobody.contains([10, 1, 2, 3].into()));
    }

    #[test]
    fn rightmost_address_that_is_not_trusted_is_the_client() {
        for (header, expected) in [
            ("198.51.100.1, 203.0.113.9", "203.0.113.9"),
            ("198.51.100.1, 203.0.113.9, 192.0.2.1", "203.0.113.9"),
            ("10.9.9.9, 192.0.2.1", "10.9.9.9"),
            ("203.0.113.9:4711", "203.0.113.9"),
            ("[2a00::1]:4711, 2001:db8::7", "2a00::1"),
            ("203.0.113.9, unknown", "10.1.2.3"),
            ("203.0.113.9, unknown, 192.0.2.1", "192.0.2.1"),
            ("", "10.1.2.3"),
            ("203.0.113.9,", "10.1.2.3"),
        ] {
            assert_eq!(client("10.1.2.3", &[("x-forwarded-for", header)]), expected, "{header}");
        }
        let two = [("x-forwarded-for", "198.51.100.1"), ("x-forwarded-for", "203.0.113.9, 10.0.0.1")];
        assert_eq!(client("10.1.2.3", &two), "203.0.113.9");
    }

    #[test]
    fn forwarded_is_read_as_well_and_must_agree() {
        for (header, expected) in [
            ("for=203.0.113.9", "203.0.113.9"),
            ("for=198.51.100.1, For=\"203.0.113.9:80\";proto=https;by=10.0.0.1", "203.0.113.9"),
            ("proto=https;for=\"[2a00::1]:80\"", "2a00::1"),
            ("for=_hidden", "10.1.2.3"),
            ("proto=https", "10.1.2.3"),
        ] {
            assert_eq!(client("10.1.2.3", &[("forwarded", header)]), expected, "{header}");
        }
        let both = |other| client("10.1.2.3", &[("x-forwarded-for", "203.0.113.9"), ("forwarded", other)]);
        assert_eq!(both("for=203.0.113.9"), "203.0.113.9");
        assert_eq!(both("for=198.51.100.7"), "10.1.2.3");
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for bad in ["10.0.0.0/33", "proxy.example.com", "10.0.0.0/8,x", "10.0.0.1-9"] {
            assert!(bad.parse::<TrustedProxies>().is_err(), "{bad}");
        }
        assert_eq!("".parse(), Ok(TrustedProxies::default()));
    }
}
