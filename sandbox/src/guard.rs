//! Who may be served what: nothing to other origins, and what controls the sandbox only on loopback.

use std::net::SocketAddr;

use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderValue, Request};

use crate::error::ApiError;
use crate::faults;

pub struct Guard {
    /// The values of `Host` that are answered; none means all, which is for addresses that others may reach.
    hosts: Option<Vec<String>>,
}

impl Guard {
    pub fn new(address: SocketAddr) -> Self {
        let port = address.port();
        let names = [format!("localhost:{port}"), format!("127.0.0.1:{port}"), format!("[::1]:{port}"), address.to_string()];
        let mut hosts = names.to_vec();
        if port == 80 {
            hosts.extend(names.iter().filter_map(|name| name.strip_suffix(":80")).map(str::to_owned));
        }
        Self { hosts: address.ip().is_loopback().then_some(hosts) }
    }

    pub fn is_local(&self) -> bool {
        self.hosts.is_some()
    }

    pub fn check<B>(&self, request: &Request<B>) -> Result<(), ApiError> {
        let headers = request.headers();
        let target = request.uri().authority().map(|authority| authority.as_str());
        if let Some(hosts) = &self.hosts {
            // Another name that leads here is how a web page would get past the rule of the same origin.
            let named = [headers.get(HOST).map(HeaderValue::as_bytes), target.map(str::as_bytes)];
            let known = |host: &[u8]| hosts.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(host));
            if named == [None, None] || !named.into_iter().flatten().all(known) {
                return Err(ApiError::forbidden("The sandbox is reached as localhost, 127.0.0.1 or [::1], with its port."));
            }
        }
        let path = request.uri().path();
        if !is_v1(path) && !request.method().is_safe() && is_foreign(headers, target) {
            return Err(ApiError::forbidden("The sandbox takes no changes from pages of other origins."));
        }
        if !self.is_local() && (is_control(path) || faults::is_asked_for_by_header(request)) {
            return Err(ApiError::forbidden("The sandbox is controlled only where it listens on a loopback address."));
        }
        Ok(())
    }
}

pub fn is_v1(path: &str) -> bool {
    path == "/v1" || path.starts_with("/v1/")
}

/// The mailbox is among them, since whoever reads it can sign in as anybody.
fn is_control(path: &str) -> bool {
    path == "/mailbox" || path.starts_with("/sandbox/")
}

fn is_foreign(headers: &HeaderMap, target: Option<&str>) -> bool {
    let Some(origin) = headers.get(ORIGIN) else {
        return false;
    };
    let own = target.map(str::as_bytes).or(headers.get(HOST).map(HeaderValue::as_bytes));
    let named = origin.to_str().ok().and_then(|origin| origin.split_once("://")).map(|(_, authority)| authority.as_bytes());
    named.is_none() || named.zip(own).is_none_or(|(named, own)| !named.eq_ignore_ascii_case(own))
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
        match Guard::new(listening.parse().unwrap()).check(&request.body(()).unwrap()) {
            Ok(()) => true,
            Err(error) => {
                assert_eq!(error.into_response().status(), StatusCode::FORBIDDEN);
                false
            }
        }
    }

    #[test]
    fn on_loopback_only_its_own_names_are_served() {
        let serves = |host| check("127.0.0.1:8787", "GET", "/v1/agents", &[("host", host)]);
        for host in ["localhost:8787", "LOCALHOST:8787", "127.0.0.1:8787", "[::1]:8787"] {
            assert!(serves(host), "{host}");
        }
        for host in ["localhost", "localhost:8788", "evil.test:8787", "127.0.0.1.evil.test:8787", "localhost.:8787", ""] {
            assert!(!serves(host), "{host}");
        }
        assert!(!check("127.0.0.1:8787", "GET", "/v1/agents", &[]), "no host");
        assert!(check("127.0.0.1:80", "GET", "/", &[("host", "localhost")]));
        assert!(check("127.0.0.2:8787", "GET", "/", &[("host", "127.0.0.2:8787")]));
        let absolute = "http://evil.test:8787/v1/agents";
        assert!(!check("127.0.0.1:8787", "GET", absolute, &[("host", "localhost:8787")]));
    }

    #[test]
    fn elsewhere_any_name_is_served_but_nothing_is_controlled() {
        let host = ("host", "sandbox.example.test");
        assert!(check("0.0.0.0:8787", "GET", "/v1/agents", &[host]));
        for path in ["/sandbox/reset", "/sandbox/faults", "/sandbox/clock", "/sandbox/mailbox", "/mailbox"] {
            assert!(!check("0.0.0.0:8787", "GET", path, &[host]), "{path}");
        }
        assert!(!check("0.0.0.0:8787", "GET", "/v1/agents", &[host, ("x-sandbox-fault", "hang")]));
    }

    #[test]
    fn changes_come_from_the_same_origin_or_from_no_page() {
        let host = ("host", "localhost:8787");
        let takes = |method, path, origin| check("127.0.0.1:8787", method, path, &[host, ("origin", origin)]);
        assert!(check("127.0.0.1:8787", "POST", "/sandbox/reset", &[host]));
        assert!(takes("POST", "/sandbox/reset", "http://localhost:8787"));
        for origin in ["http://evil.test", "http://localhost:3000", "http://127.0.0.1:8787", "null", ""] {
            assert!(!takes("POST", "/sandbox/reset", origin), "{origin}");
            assert!(takes("POST", "/v1/agents", origin), "{origin}");
            assert!(takes("GET", "/sandbox/mailbox", origin), "{origin}");
        }
    }
}
