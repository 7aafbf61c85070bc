//! The proxy that the environment names for the base URL, and connections through it.

use super::address::Resolver;
use super::connector::{BoxError, Dialer, Io};
use crate::error::{Error, Kind, Result};
use http::Uri;
use hyper_util::client::legacy::connect::proxy::{SocksV4, SocksV5, Tunnel};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use std::sync::Arc;
use tower_service::Service;
use url::{Host, Url};

const SCHEMES: [&str; 6] = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];

/// The client's option for the proxy.
#[derive(Clone, Debug, Default)]
pub(crate) enum ProxySetting {
    /// HTTPS_PROXY, ALL_PROXY and NO_PROXY, or else the operating system's settings.
    #[default]
    Environment,
    Direct,
    Url(Url),
}

impl ProxySetting {
    /// Parses the option: a URL, or `direct` for no proxy.
    ///
    /// # Errors
    /// If the URL is invalid (`configuration`). The error contains none of it, except an unsupported scheme.
    pub fn of(option: &str) -> Result<ProxySetting> {
        if option == "direct" {
            return Ok(ProxySetting::Direct);
        }
        parse(Kind::Configuration, "proxy", option).map(ProxySetting::Url).map_err(|error| error.parameter("proxy"))
    }

    /// The URL without its password, for printing.
    pub fn summary(&self) -> Option<String> {
        match self {
            ProxySetting::Environment => None,
            ProxySetting::Direct => Some("direct".to_owned()),
            ProxySetting::Url(url) => Some(shown(url)),
        }
    }
}

/// The URL of a proxy without its password.
fn shown(url: &Url) -> String {
    let user = match (url.username(), url.password()) {
        ("", None) => String::new(),
        (user, None) => format!("{user}@"),
        (user, Some(_)) => format!("{user}:…@"),
    };
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{user}{}{port}", url.scheme(), url.host_str().unwrap_or_default())
}

/// The way from this machine to the service.
#[derive(Debug)]
enum Path {
    Direct,
    Proxy(Url),
    /// The environment names no proxy, so the operating system's own settings apply (macOS and Windows).
    System,
}

/// The proxy of a client as a person can read it: without its password, and with where it comes from.
#[doc(hidden)]
#[derive(Debug, PartialEq, Eq)]
pub enum ProxyInForce {
    None,
    /// Plain HTTP stays on this machine or in a private network.
    NotForPlainHttp,
    /// By NO_PROXY.
    Exempt,
    /// The URL, and the variable that names it; the operating system's settings if there is none.
    Proxy(String, Option<&'static str>),
}

pub(crate) fn proxy_in_force(base: &Url) -> Result<ProxyInForce> {
    in_force(base, environment)
}

fn in_force(base: &Url, variable: impl Fn(&str) -> Option<String>) -> Result<ProxyInForce> {
    Ok(match path_by(base, variable)? {
        (Path::Direct, _) if base.scheme() == "http" => ProxyInForce::NotForPlainHttp,
        (Path::Direct, _) => ProxyInForce::Exempt,
        (Path::Proxy(url), name) => ProxyInForce::Proxy(shown(&url), name),
        (Path::System, _) => {
            let service = base.as_str().parse::<Uri>().ok();
            match service.and_then(|service| Matcher::from_system().intercept(&service)) {
                Some(proxy) => ProxyInForce::Proxy(proxy.uri().to_string(), None),
                None => ProxyInForce::None,
            }
        }
    })
}

/// The way of connections to the service: direct, or through a proxy.
#[derive(Clone)]
pub(super) struct Route {
    proxy: Option<Arc<Intercept>>,
    resolver: Resolver,
}

impl Route {
    /// # Errors
    /// If the proxy's URL is not valid.
    pub fn to(base: &Url, resolver: Resolver, setting: &ProxySetting) -> Result<Route> {
        let unusable = || Error::new(Kind::Proxy, "the URL of the proxy is not valid").phase("proxy").permanent();
        let service: Uri = base.as_str().parse().map_err(|_| unusable())?;
        let proxy = match path_to(base, setting)? {
            Path::Direct => None,
            Path::System => Matcher::from_system().intercept(&service),
            Path::Proxy(url) => Some(Matcher::builder().all(url.as_str()).build().intercept(&service).ok_or_else(unusable)?),
        };
        Ok(Route { proxy: proxy.map(Arc::new), resolver })
    }

    pub fn is_by_proxy(&self) -> bool {
        self.proxy.is_some()
    }

    pub async fn connect(&self, dialer: Dialer, service: Uri) -> Result<Io, BoxError> {
        let Some(proxy) = &self.proxy else { return dialer.tcp(service).await };
        let scheme = proxy.uri().scheme_str().unwrap_or("http");
        let service = match scheme {
            "socks4" => self.resolver.addressed(service, true).await?,
            "socks5" => self.resolver.addressed(service, false).await?,
            _ => service,
        };
        let connected = match (scheme, proxy.raw_auth(), proxy.basic_auth()) {
            ("socks4" | "socks4a", ..) => SocksV4::new(socks_uri(proxy.uri())?, dialer).call(service).await?,
            ("socks5" | "socks5h", None, _) => SocksV5::new(socks_uri(proxy.uri())?, dialer).call(service).await?,
            ("socks5" | "socks5h", Some((user, password)), _) => {
                let socks = SocksV5::new(socks_uri(proxy.uri())?, dialer);
                socks.with_auth(user.to_owned(), password.to_owned()).call(service).await?
            }
            (_, _, None) => Tunnel::new(proxy.uri().clone(), dialer).call(service).await?,
            (_, _, Some(authorization)) => {
                Tunnel::new(proxy.uri().clone(), dialer).with_auth(authorization.clone()).call(service).await?
            }
        };
        Ok(connected.into_inner())
    }
}

/// The proxy's URL with its port, which is not one that HTTP would choose.
fn socks_uri(proxy: &Uri) -> Result<Uri, BoxError> {
    let port = proxy.port_u16().unwrap_or(1080);
    Ok(format!("http://{}:{port}", proxy.host().unwrap_or_default()).parse()?)
}

/// Reads HTTPS_PROXY, ALL_PROXY and NO_PROXY, in capitals or small letters; an empty variable counts as not set.
///
/// # Errors
/// If the proxy's URL is invalid. The request is then not sent, because without the proxy it would take a path that was
/// not meant for it.
fn path_to(base: &Url, setting: &ProxySetting) -> Result<Path> {
    match setting {
        // Plain http is for this machine or a private network, where no proxy has to carry it.
        _ if base.scheme() == "http" => Ok(Path::Direct),
        ProxySetting::Environment => path_by(base, environment).map(|(path, _)| path),
        ProxySetting::Direct => Ok(Path::Direct),
        ProxySetting::Url(url) => Ok(Path::Proxy(url.clone())),
    }
}

fn environment(name: &str) -> Option<String> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(|value| value.to_string_lossy().into_owned())
}

/// The path, and the variable that names the proxy.
fn path_by(base: &Url, variable: impl Fn(&str) -> Option<String>) -> Result<(Path, Option<&'static str>)> {
    // Plain http is for this machine or a private network, where no proxy has to carry it.
    if base.scheme() == "http" {
        return Ok((Path::Direct, None));
    }
    if ["NO_PROXY", "no_proxy"].iter().find_map(|name| variable(name)).is_some_and(|list| is_exempt(base, &list)) {
        return Ok((Path::Direct, None));
    }
    let found = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]
        .iter()
        .find_map(|name| variable(name).map(|value| (*name, value)));
    found.map_or(Ok((Path::System, None)), |(name, value)| Ok((Path::Proxy(parse(Kind::Proxy, name, value.trim())?), Some(name))))
}

/// The value may hold a password, so no part of it but an unsupported scheme gets into an error.
fn parse(kind: Kind, name: &str, value: &str) -> Result<Url> {
    let fault = |why: String, suggestion: &str| {
        let error = Error::new(kind, format!("{name} {why}")).suggestion(suggestion).permanent();
        Err(if kind == Kind::Proxy { error.phase("proxy") } else { error })
    };
    let form = "Write it as http://host:port or http://user:password@host:port, with special characters of the user name \
                and the password percent-encoded (# is %23, / is %2F).";
    let scheme = value.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    if let Some(scheme) = &scheme
        && !SCHEMES.contains(&scheme.as_str())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    {
        let known = SCHEMES.join(", ");
        return fault(format!("has the unsupported proxy scheme {scheme:?}"), &format!("Supported schemes: {known}."));
    }
    let text = if scheme.is_some() { value.to_owned() } else { format!("http://{value}") };
    match Url::parse(&text) {
        // A "#", "?" or "/" in a password ends the host name in a URL, so that what follows would be lost.
        Ok(url) if url.fragment().is_none() && url.query().is_none() && !url.path().contains('@') && url.has_host() => Ok(url),
        _ => fault("is not a valid proxy URL".to_owned(), form),
    }
}

/// Whether an entry of NO_PROXY names the host: `*`, a domain and all below it, an address, a network; each with or
/// without a port.
fn is_exempt(base: &Url, list: &str) -> bool {
    let Some(host) = base.host() else { return false };
    let port = base.port_or_known_default();
    list.split([',', ' ', '\t', '\n']).filter(|entry| !entry.is_empty()).any(|entry| {
        let entry = entry.split_once("://").map_or(entry, |(_, rest)| rest);
        let (name, wanted) = split_port(entry);
        wanted.is_none_or(|wanted| Some(wanted) == port) && matches(&host, name)
    })
}

fn split_port(entry: &str) -> (&str, Option<u16>) {
    let unbracketed = |name: &'_ str| name.starts_with('[') && name.ends_with(']');
    if let Some((name, port)) = entry.rsplit_once(':')
        && (unbracketed(name) || !name.contains(':'))
        && let Ok(port) = port.parse()
    {
        return (name.trim_matches(['[', ']']), Some(port));
    }
    (entry.trim_matches(['[', ']']), None)
}

fn matches(host: &Host<&str>, entry: &str) -> bool {
    if entry == "*" {
        return true;
    }
    let address = match host {
        Host::Ipv4(address) => std::net::IpAddr::from(*address),
        Host::Ipv6(address) => std::net::IpAddr::from(*address),
        Host::Domain(name) => {
            let name = name.trim_end_matches('.');
            let entry = entry.trim_start_matches('*').trim_start_matches('.').trim_end_matches('.').to_ascii_lowercase();
            return !entry.is_empty()
                && name.strip_suffix(entry.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        }
    };
    entry.parse::<ipnet::IpNet>().map_or_else(|_| entry.parse() == Ok(address), |network| network.contains(&address))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lookup<'a>(variables: &'a [(&str, &str)]) -> impl Fn(&str) -> Option<String> + 'a {
        |name| {
            let found = variables.iter().find(|(known, _)| *known == name)?;
            Some(found.1.to_owned()).filter(|value| !value.is_empty())
        }
    }

    fn path(base: &str, variables: &[(&str, &str)]) -> Result<Path> {
        path_by(&base.parse().unwrap(), lookup(variables)).map(|(path, _)| path)
    }

    #[test]
    fn the_proxy_in_force_is_shown_without_its_password() {
        let shown = |base: &str, variables: &[(&str, &str)]| in_force(&base.parse().unwrap(), lookup(variables));
        let https = "https://api.example";
        let proxy = |url: &str, name| ProxyInForce::Proxy(url.to_owned(), Some(name));
        assert_eq!(
            shown(https, &[("HTTPS_PROXY", "http://me:p%40ss@proxy.test:3128")]).unwrap(),
            proxy("http://me:…@proxy.test:3128", "HTTPS_PROXY")
        );
        assert_eq!(shown(https, &[("all_proxy", "proxy.test:1")]).unwrap(), proxy("http://proxy.test:1", "all_proxy"));
        assert_eq!(shown(https, &[("ALL_PROXY", "socks5://a@b")]).unwrap(), proxy("socks5://a@b", "ALL_PROXY"));
        let both = [("HTTPS_PROXY", "http://proxy.test"), ("NO_PROXY", ".example")];
        assert_eq!(shown(https, &both).unwrap(), ProxyInForce::Exempt);
        assert_eq!(shown("http://localhost:1", &both).unwrap(), ProxyInForce::NotForPlainHttp);
        let error = shown(https, &[("HTTPS_PROXY", "http://me:se#cret@proxy.test")]).unwrap_err();
        assert!(error.kind() == Kind::Proxy && !format!("{error:?}").contains("cret"), "{error:?}");
    }

    #[test]
    fn plain_http_uses_no_proxy() {
        let all = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"].map(|name| (name, "http://127.0.0.1:1"));
        assert!(matches!(path("http://localhost:8787", &all), Ok(Path::Direct)));
        assert!(matches!(path("https://api.example", &all), Ok(Path::Proxy(_))));
        assert!(matches!(path("https://api.example", &[("HTTP_PROXY", "http://127.0.0.1:1")]), Ok(Path::System)));
    }

    #[test]
    fn no_proxy_is_honoured() {
        for (base, list, exempt) in [
            ("https://api.example", "*", true),
            ("https://127.0.0.1:8443", "*", true),
            ("https://127.0.0.1:8443", "127.0.0.1:8443", true),
            ("https://127.0.0.1:8443", "127.0.0.1:9", false),
            ("https://api.example", "api.example:443", true),
            ("https://api.example", "other.example api.example", true),
            ("https://api.example", "example", true),
            ("https://api.example", ".example,", true),
            ("https://api.example", "*.Example", true),
            ("https://api.example", "pi.example", false),
            ("https://api.example", ",", false),
            ("https://10.1.2.3", "10.0.0.0/8", true),
            ("https://10.1.2.3", "11.0.0.0/8", false),
            ("https://[::1]:8443", "[::1]:8443", true),
            ("https://[::1]:8443", "::1", true),
            ("https://api.example.", "api.example", true),
        ] {
            let path = path(base, &[("NO_PROXY", list), ("HTTPS_PROXY", "http://proxy.example:3128")]).unwrap();
            assert_eq!(matches!(path, Path::Direct), exempt, "{base} {list:?}");
        }
    }

    #[test]
    fn a_proxy_that_cannot_be_used_is_an_error_without_its_password() {
        for (value, part) in [
            ("http://me:hunt#er2@proxy.example:3128", "valid proxy URL"),
            ("http://me:12#hunter@proxy.example:3128", "valid proxy URL"),
            ("http://me:12/hunter@proxy.example:3128", "valid proxy URL"),
            ("http://me:12?hunter@proxy.example:3128", "valid proxy URL"),
            ("http://me:hunter@:3128", "valid proxy URL"),
            ("http://", "valid proxy URL"),
            ("gopher://me:hunter@proxy.example", "gopher"),
            ("me:hunter#2@proxy.example:3128", "valid proxy URL"),
        ] {
            let error = path("https://api.example", &[("HTTPS_PROXY", value)]).unwrap_err();
            assert_eq!(error.kind(), Kind::Proxy);
            let text = format!("{error:?}");
            assert!(text.contains(part) && text.contains("HTTPS_PROXY") && !text.contains("hunt"), "{text}");
        }
    }

    #[test]
    fn a_proxy_is_read_in_all_its_forms() {
        for (value, url) in [
            ("proxy.example:3128", "http://proxy.example:3128/"),
            ("http://me:p%23w@proxy.example:3128/", "http://me:p%23w@proxy.example:3128/"),
            ("http://me:p@w@proxy.example:3128", "http://me:p%40w@proxy.example:3128/"),
            ("socks5://127.0.0.1:1080", "socks5://127.0.0.1:1080"),
            ("SOCKS5H://127.0.0.1:1080", "socks5h://127.0.0.1:1080"),
        ] {
            let Ok(Path::Proxy(parsed)) = path("https://api.example", &[("HTTPS_PROXY", ""), ("all_proxy", value)]) else {
                panic!("{value}")
            };
            assert_eq!(parsed.as_str(), url);
        }
    }
}
