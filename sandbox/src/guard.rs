//! Rejects requests of other web sites, and control of the sandbox by other machines.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use axum::http::header::{HOST, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, Method, Request};

use crate::error::ApiError;
use crate::faults;
use crate::options::HostName;

/// Pages that other sites may link to, besides those of links.
const PAGES: [&str; 3] = ["/", "/playground", "/mailbox"];
const MAX_QUOTED_HOST: usize = 100;

pub struct Guard {
    is_local: bool,
    /// Host names that are allowed in addition to loopback names.
    allowed: Vec<HostName>,
}

impl Guard {
    pub fn new(listening: IpAddr, allowed: Vec<HostName>) -> Self {
        Self { is_local: listening.is_loopback(), allowed }
    }

    pub fn is_local(&self) -> bool {
        self.is_local
    }

    pub fn check<B>(&self, request: &Request<B>) -> Result<(), ApiError> {
        let headers = request.headers();
        let (host, target) = hosts_of(request).ok_or_else(|| ApiError::bad_request("A request must have one Host header"))?;
        // A web page could bypass the same-origin policy with another name that resolves to this machine.
        if self.is_local || !self.allowed.is_empty() {
            for host in [Some(host), target.map(str::as_bytes)].into_iter().flatten() {
                self.check_host(host)?;
            }
        }
        let path = request.uri().path();
        if !request.method().is_safe() && (is_cross_site(headers) || (!is_v1(path) && is_foreign(headers, host, target))) {
            return Err(ApiError::forbidden("The sandbox rejects changes by pages of other origins."));
        }
        // Other sites may embed avatars.
        let is_for_others = is_v1(path) || path.starts_with("/media/") || is_link(request);
        if is_cross_site(headers) && !is_for_others {
            return Err(ApiError::forbidden("The sandbox rejects requests of pages of other sites."));
        }
        if !self.is_local && (is_control(path) || faults::has_fault_header(request)) {
            return Err(ApiError::forbidden("Controlling the sandbox is allowed only if it listens on a loopback address."));
        }
        Ok(())
    }

    fn check_host(&self, host: &[u8]) -> Result<(), ApiError> {
        let Some(name) = name_of(host) else {
            return Err(ApiError::bad_request("The Host header is malformed"));
        };
        if is_loopback_name(name) || self.allowed.iter().any(|allowed| allowed.is(name)) {
            return Ok(());
        }
        let quoted = |text: &str| text.chars().take(MAX_QUOTED_HOST).collect::<String>();
        Err(ApiError::forbidden(format!(
            "The sandbox accepts requests for localhost and loopback addresses only, not for \"{}\". Start it with --allow-host {} to \
             allow this name.",
            quoted(&String::from_utf8_lossy(host)),
            quoted(name),
        )))
    }
}

/// Returns the hosts that a request names: its Host header, and the authority of its target if there is one.
fn hosts_of<B>(request: &Request<B>) -> Option<(&[u8], Option<&str>)> {
    let mut hosts = request.headers().get_all(HOST).iter().map(HeaderValue::as_bytes);
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return None };
    Some((host, request.uri().authority().map(Authority::as_str)))
}

/// Whether the host of a request is this machine, with any port. A web page could bypass the browser's same-origin policy
/// with another name that resolves to this machine.
pub fn is_for_this_machine<B>(request: &Request<B>) -> bool {
    let is_local = |host: &[u8]| name_of(host).is_some_and(is_loopback_name);
    hosts_of(request).is_some_and(|(host, target)| is_local(host) && target.is_none_or(|target| is_local(target.as_bytes())))
}

/// Returns the name in `name:port`. The port does not matter, since it may be forwarded.
fn name_of(host: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(host).ok()?;
    let name = text.parse::<Authority>().ok()?.host().len();
    let (name, port) = text.split_at_checked(name)?;
    let is_port = port.is_empty() || port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok());
    (!name.is_empty() && is_port).then_some(name)
}

/// Whether a name is `localhost`, a name below it, or a loopback address. It is not looked up.
pub fn is_loopback_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    if let Some(address) = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')) {
        return address.parse::<Ipv6Addr>().is_ok_and(|address| address.to_canonical().is_loopback());
    }
    name == "localhost" || name.ends_with(".localhost") || name.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}

/// Whether a path is one of an operation, of either contract.
pub fn is_v1(path: &str) -> bool {
    let path = path.strip_prefix("/rooms").unwrap_or(path);
    path == "/v1" || path.starts_with("/v1/")
}

/// Includes the mailbox, since its codes allow signing in as any user.
fn is_control(path: &str) -> bool {
    path == "/mailbox" || path.starts_with("/sandbox/")
}

/// Whether a browser sent the request for a page of another origin.
fn is_foreign(headers: &HeaderMap, host: &[u8], target: Option<&str>) -> bool {
    let own = target.map_or(host, str::as_bytes);
    let is_own = |origin: &HeaderValue| {
        let named = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
        named.is_some_and(|(_, authority)| authority.as_bytes().eq_ignore_ascii_case(own))
    };
    !headers.get_all(ORIGIN).iter().all(is_own)
}

/// Whether a browser sent the request for a page of another site. Pages are not allowed to set this header.
fn is_cross_site(headers: &HeaderMap) -> bool {
    headers.get_all("sec-fetch-site").iter().any(|site| site == "cross-site")
}

/// Whether the request comes from a link to a page.
fn is_link<B>(request: &Request<B>) -> bool {
    let is = |name: &str, value: &str| request.headers().get(name).is_some_and(|found| found == value);
    request.method() == Method::GET
        && (PAGES.contains(&request.uri().path()) || request.uri().path().starts_with("/s/"))
        && is("sec-fetch-mode", "navigate")
        && is("sec-fetch-dest", "document")
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use axum::response::IntoResponse;

    use super::*;

    fn check(listening: &str, method: &str, target: &str, headers: &[(&str, &str)]) -> bool {
        let mut request = Request::builder().method(method).uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        match Guard::new(listening.parse().unwrap(), Vec::new()).check(&request.body(()).unwrap()) {
            Ok(()) => true,
            Err(error) => {
                let status = error.into_response().status();
                assert!([StatusCode::FORBIDDEN, StatusCode::BAD_REQUEST].contains(&status), "{status}");
                false
            }
        }
    }

    #[test]
    fn on_loopback_only_loopback_names_are_allowed() {
        let serves = |host| check("127.0.0.1", "GET", "/v1/agents", &[("host", host)]);
        for host in ["localhost:8787", "LOCALHOST:8787", "localhost", "localhost:1", "a.localhost:3000", "127.0.0.1:8787"] {
            assert!(serves(host), "{host}");
        }
        for host in ["127.0.0.1", "127.0.0.2:8787", "127.9.9.9", "[::1]:8787", "[::1]", "[::ffff:127.0.0.1]:1"] {
            assert!(serves(host), "{host}");
        }
        for host in
            ["evil.test:8787", "127.0.0.1.evil.test:8787", "localhost.:8787", "localhost.evil.test", "evil.localhost.test"]
        {
            assert!(!serves(host), "{host}");
        }
        for host in
            ["", ":80", "localhost:", "localhost:x", "localhost:65536", "a@localhost", "10.0.0.1", "[::2]", "0x7f.1", "127.1"]
        {
            assert!(!serves(host), "{host}");
        }
        assert!(!check("127.0.0.1", "GET", "/v1/agents", &[]), "no host");
        assert!(!check("127.0.0.1", "GET", "/v1/agents", &[("host", "localhost"), ("host", "localhost")]), "two hosts");
        let absolute = "http://evil.test:8787/v1/agents";
        assert!(!check("127.0.0.1", "GET", absolute, &[("host", "localhost:8787")]));
    }

    #[test]
    fn on_other_addresses_all_names_are_allowed_and_control_is_rejected() {
        let host = ("host", "sandbox.example.test");
        assert!(check("0.0.0.0", "GET", "/v1/agents", &[host]));
        for path in ["/sandbox/reset", "/sandbox/faults", "/sandbox/clock", "/sandbox/mailbox", "/mailbox"] {
            assert!(!check("0.0.0.0", "GET", path, &[host]), "{path}");
        }
        assert!(!check("0.0.0.0", "GET", "/v1/agents", &[host, ("x-sandbox-fault", "hang")]));
    }

    #[test]
    fn changes_by_pages_of_other_origins_are_rejected() {
        let host = ("host", "localhost:8787");
        let accepts = |method, path, origin| check("127.0.0.1", method, path, &[host, ("origin", origin)]);
        assert!(check("127.0.0.1", "POST", "/sandbox/reset", &[host]));
        assert!(accepts("POST", "/sandbox/reset", "http://localhost:8787"));
        for origin in ["http://evil.test", "http://localhost:3000", "http://127.0.0.1:8787", "null", ""] {
            assert!(!accepts("POST", "/sandbox/reset", origin), "{origin}");
            assert!(accepts("POST", "/v1/agents", origin), "{origin}");
            assert!(accepts("GET", "/sandbox/mailbox", origin), "{origin}");
        }
    }
}
