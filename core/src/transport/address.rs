//! The addresses that a client may connect to, and the name lookup that enforces it.

use futures_util::future::BoxFuture;
use hyper_util::client::legacy::connect::dns::Name;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::task::{Context, Poll};
use tower_service::Service;

/// The addresses that a client may connect to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Any address: TLS protects the credential.
    Anywhere,
    /// Plain HTTP that stays on this machine.
    Loopback,
    /// Plain HTTP that stays in a private network (`allow_insecure_http`).
    PrivateNetwork,
}

impl Reach {
    pub fn allows(self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        match self {
            Reach::Anywhere => true,
            Reach::Loopback => address.is_loopback(),
            Reach::PrivateNetwork => is_private(address),
        }
    }
}

fn is_private(address: IpAddr) -> bool {
    address.is_loopback()
        || match address {
            IpAddr::V4(address) => address.is_private() || address.is_link_local(),
            IpAddr::V6(address) => address.is_unique_local() || address.is_unicast_link_local(),
        }
}

/// Whether a name stands for this machine by definition (RFC 6761), whatever a hosts file or a name server says.
pub(crate) fn is_loopback_name(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

/// Resolves names with the system's resolver, limited to the addresses that the client may connect to.
#[derive(Clone, Copy)]
pub(super) struct Resolver {
    pub reach: Reach,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum LookupFailed {
    #[error("the host name could not be resolved")]
    Unknown,
    #[error("plain http is not allowed to the addresses of this host name")]
    NotAllowed,
}

impl Resolver {
    async fn lookup(self, name: &str) -> Result<Vec<SocketAddr>, LookupFailed> {
        if is_loopback_name(name) {
            let addresses = [IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)];
            return Ok(addresses.into_iter().map(|address| SocketAddr::new(address, 0)).collect());
        }
        let found = tokio::net::lookup_host((name, 0)).await.map_err(|_| LookupFailed::Unknown)?;
        let mut found = found.peekable();
        found.peek().ok_or(LookupFailed::Unknown)?;
        let allowed: Vec<SocketAddr> = found.filter(|address| self.reach.allows(address.ip())).collect();
        if allowed.is_empty() { Err(LookupFailed::NotAllowed) } else { Ok(allowed) }
    }

    /// Replaces the host name of a URL with an address, for a proxy that does not resolve names.
    #[cfg(feature = "server")]
    pub async fn addressed(self, url: http::Uri, only_v4: bool) -> Result<http::Uri, LookupFailed> {
        let found = self.lookup(url.host().unwrap_or_default().trim_matches(['[', ']'])).await?;
        let mut address = *found.iter().find(|address| !only_v4 || address.is_ipv4()).ok_or(LookupFailed::Unknown)?;
        address.set_port(url.port_u16().unwrap_or(443));
        format!("https://{address}").parse().map_err(|_| LookupFailed::Unknown)
    }
}

impl Service<Name> for Resolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = LookupFailed;
    type Future = BoxFuture<'static, Result<Self::Response, LookupFailed>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), LookupFailed>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let resolver = *self;
        Box::pin(async move { resolver.lookup(name.as_str()).await.map(Vec::into_iter) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn lookup(name: &str) -> Vec<IpAddr> {
        let resolver = Resolver { reach: Reach::Loopback };
        resolver.lookup(name).await.unwrap().iter().map(SocketAddr::ip).collect()
    }

    #[tokio::test]
    async fn names_below_localhost_are_loopback_without_a_lookup() {
        for name in ["localhost", "LocalHost", "localhost.", "not-in-any-hosts-file.localhost", "a.B.LOCALHOST."] {
            let found = lookup(name).await;
            assert!(!found.is_empty() && found.iter().all(IpAddr::is_loopback), "{name}: {found:?}");
        }
        for name in ["localhost.example.com", "notlocalhost", "localhost..", ""] {
            assert!(!is_loopback_name(name), "{name}");
        }
    }

    #[tokio::test]
    async fn a_name_of_another_address_is_not_connected_to() {
        let refused = Resolver { reach: Reach::Loopback }.lookup("192.0.2.1").await;
        assert!(matches!(refused, Err(LookupFailed::NotAllowed)));
    }

    #[test]
    fn loopback_is_told_from_other_addresses() {
        for address in ["127.0.0.1", "127.255.0.1", "::1", "::ffff:127.0.0.1"] {
            assert!(Reach::Loopback.allows(address.parse().unwrap()), "{address}");
        }
        for address in ["0.0.0.0", "::", "10.0.0.1", "169.254.1.1", "::ffff:10.0.0.1", "1.1.1.1", "fe80::1"] {
            assert!(!Reach::Loopback.allows(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn private_networks_are_told_from_public_ones() {
        for address in ["10.0.2.2", "172.31.0.1", "192.168.1.1", "169.254.1.1", "127.0.0.1", "::1", "fd00::1", "fe80::1"] {
            assert!(Reach::PrivateNetwork.allows(address.parse().unwrap()), "{address}");
        }
        for address in ["0.0.0.0", "172.32.0.1", "100.64.0.1", "1.1.1.1", "::", "2001:db8::1", "::ffff:1.1.1.1"] {
            assert!(!Reach::PrivateNetwork.allows(address.parse().unwrap()), "{address}");
        }
    }
}
