//! What a URL of NATS says: the servers, and perhaps who one is there.

/// `nats://user:password@host:port,nats://host:port` taken apart; the client itself ignores users in URLs.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Servers {
    /// The addresses, without users.
    pub addresses: Vec<String>,
    /// User and password of the first address that has them.
    pub login: Option<(String, String)>,
}

impl Servers {
    pub(crate) fn parse(urls: &str) -> Self {
        let parts: Vec<_> = urls.split(',').map(|url| split(url.trim())).collect();
        let login = parts.iter().find_map(|(_, login)| login.clone());
        Self { addresses: parts.into_iter().map(|(address, _)| address).collect(), login }
    }
}

fn split(url: &str) -> (String, Option<(String, String)>) {
    let (scheme, rest) = url.split_once("://").map_or(("nats", url), |(scheme, rest)| (scheme, rest));
    let (login, host) = rest.rsplit_once('@').map_or((None, rest), |(login, host)| (login.split_once(':'), host));
    (format!("{scheme}://{host}"), login.map(|(user, password)| (user.to_owned(), password.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_taken_out_of_urls() {
        let servers = Servers::parse("nats://api:p:w@h-1:4222, tls://h-2:4222,h-3");
        assert_eq!(servers.addresses, ["nats://h-1:4222", "tls://h-2:4222", "nats://h-3"]);
        assert_eq!(servers.login, Some(("api".to_owned(), "p:w".to_owned())));
        assert_eq!(Servers::parse("nats://127.0.0.1:4222").login, None);
    }
}
