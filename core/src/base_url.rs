//! Base URLs, and the addresses that a client may connect to.

use crate::error::{Error, Kind, Result};
use crate::transport::{Reach, is_loopback_name};
use http::Uri;
use http::uri::{Authority, PathAndQuery, Scheme};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use url::{Host, Position, Url, form_urlencoded};

/// A base URL, and the addresses that it allows.
#[derive(Clone)]
pub(crate) struct Base {
    pub url: Url,
    pub reach: Reach,
    scheme: Scheme,
    authority: Authority,
}

impl Base {
    fn new(url: Url, reach: Reach) -> Result<Base> {
        let authority = url[Position::BeforeHost..Position::AfterPort].parse();
        let authority = authority.map_err(|_| {
            Error::new(Kind::Configuration, "the base URL has a host name that is not valid in HTTP").parameter("base_url")
        })?;
        let scheme = if url.scheme() == "https" { Scheme::HTTPS } else { Scheme::HTTP };
        Ok(Base { url, reach, scheme, authority })
    }

    /// Returns the URI of a request. Its path, which is percent-encoded, may contain a query, and is appended to the path of the
    /// base URL.
    ///
    /// # Errors
    /// If the path contains characters that are not valid in HTTP (`configuration`).
    pub fn uri(&self, path: &str, query: &[(String, String)]) -> Result<Uri> {
        let mut target = format!("{}{path}", self.url.path().trim_end_matches('/'));
        if !query.is_empty() {
            target.push(if target.contains('?') { '&' } else { '?' });
            let begin = target.len();
            target = form_urlencoded::Serializer::for_suffix(target, begin).extend_pairs(query).finish();
        }
        let invalid = |_| Error::new(Kind::Configuration, "the URL of the request is not valid in HTTP");
        let target = PathAndQuery::from_maybe_shared(bytes::Bytes::from(target)).map_err(invalid)?;
        let uri = Uri::builder().scheme(self.scheme.clone()).authority(self.authority.clone()).path_and_query(target).build();
        uri.map_err(|_| Error::internal("the parts of a URL are valid, and the whole is not"))
    }
}

/// The characters that a path and a query must not contain as they are, beside those that are not ASCII.
const NOT_IN_PATHS: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'^').add(b'`').add(b'{').add(b'}');

/// Percent-encodes what a path, with or without a query, must not contain.
pub(crate) fn encoded_path(path: &str) -> String {
    utf8_percent_encode(path, NOT_IN_PATHS).to_string()
}

/// The addresses to which plain HTTP is allowed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum PlainHttp {
    #[default]
    Loopback,
    PrivateNetwork,
}

/// Parses a base URL. No error repeats it, because it may contain a password.
pub(crate) fn base_url(text: &str, plain: PlainHttp) -> Result<Base> {
    let error = |why: &str| Error::new(Kind::Configuration, format!("the base URL {why}")).parameter("base_url");
    let refused = |why: &str| Err(error(why));
    let not_a_url = || {
        error("is not a valid URL").suggestion_by_surface(
            "Use a URL such as https://api.agenthuman.com.",
            "Use the URL of the relay in your backend, such as https://example.com/agenthuman.",
        )
    };
    if text.len() > 2_048 {
        return refused("must have at most 2048 bytes");
    }
    if !text.contains("://") {
        return Err(match with_scheme(text) {
            Some(whole) => error("must start with https://").suggestion(format!("Use {whole}.")),
            None => not_a_url(),
        });
    }
    let Ok(url) = Url::parse(text) else { return Err(not_a_url()) };
    if !url.username().is_empty() || url.password().is_some() {
        return refused("must not contain a user name or password");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return refused("must not contain a query or a fragment");
    }
    if url.host().is_none() {
        return refused("has no host name");
    }
    if let Some(prefix) = without_version(url.path()) {
        let mut whole = url.clone();
        whole.set_path(prefix);
        let whole = whole.as_str().trim_end_matches('/');
        return Err(
            error("must not end with /v1, because every path already starts with /v1").suggestion(format!("Use {whole}."))
        );
    }
    match (url.scheme(), plain) {
        ("https", _) => Base::new(url, Reach::Anywhere),
        ("http", _) if host_allows(&url, Reach::Loopback) => Base::new(url, Reach::Loopback),
        ("http", PlainHttp::PrivateNetwork) if host_allows(&url, Reach::PrivateNetwork) => Base::new(url, Reach::PrivateNetwork),
        ("http", PlainHttp::PrivateNetwork) => {
            refused("must use https; allow_insecure_http allows http for private network addresses only")
        }
        ("http", PlainHttp::Loopback) => Err(error("must use https (http is allowed for localhost only)").suggestion_by_surface(
            "To use a test server in a private network, set allow_insecure_http.",
            "To use a backend on your computer during development, set allow_insecure_http and use the computer's address in \
                 the private network (10.0.2.2 in the Android emulator), or run `adb reverse`.",
        )),
        _ => refused("must use https"),
    }
}

/// Whether plain HTTP may be allowed to the host, before its name is resolved.
fn host_allows(url: &Url, reach: Reach) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => reach.allows(address.into()),
        Some(Host::Ipv6(address)) => reach.allows(address.into()),
        Some(Host::Domain(name)) => reach == Reach::PrivateNetwork || is_loopback_name(name),
        None => false,
    }
}

/// Returns the path without a `/v1` at its end, if it has one.
fn without_version(path: &str) -> Option<&str> {
    let (prefix, last) = path.trim_end_matches('/').rsplit_once('/')?;
    last.eq_ignore_ascii_case("v1").then_some(prefix)
}

/// Adds the scheme to a URL such as `localhost:8787` or `api.agenthuman.com`.
fn with_scheme(text: &str) -> Option<String> {
    if text.contains(['@', '?', '#', '\\']) || text.starts_with('/') || !text.contains(['.', ':']) {
        return None;
    }
    let plain = Url::parse(&format!("http://{text}")).ok()?;
    let scheme = if host_allows(&plain, Reach::Loopback) { "http" } else { "https" };
    Some(format!("{scheme}://{text}"))
}
