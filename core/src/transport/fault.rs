//! The meaning of a failure to get a response.

use super::address::LookupFailed;
use super::connector::ConnectTimedOut;
use super::upload::ReadFailed;
use crate::error::{Error, Kind};
use hyper_util::client::legacy;
use std::io::ErrorKind;

/// Converts a failure of the transport to an error, and returns whether the request certainly did not reach the application.
pub(crate) fn classify(error: &legacy::Error, by_proxy: bool) -> (Error, bool) {
    let unsent = error.is_connect() || was_refused_unprocessed(error);
    let is_timeout = chain(error).any(is_timeout);
    let error = if is_timeout && error.is_connect() {
        Error::new(Kind::Timeout, "timed out while connecting to the service").phase("connect")
    } else if let Some(fault) = chain(error).find_map(|cause| cause.downcast_ref::<ReadFailed>()) {
        fault.error()
    } else if let Some(fault) = chain(error).find_map(|cause| cause.downcast_ref::<LookupFailed>()) {
        lookup_fault(fault, by_proxy)
    } else if let Some(fault) = chain(error).find_map(tls_fault) {
        fault
    } else if error.is_connect() && (by_proxy || chain(error).any(is_tunnel_fault)) {
        let why = if chain(error).any(is_tunnel_fault) {
            "the proxy did not open a connection to the service".to_owned()
        } else {
            format!("could not connect to the proxy: {}", io_fault(error))
        };
        Error::new(Kind::Proxy, why).phase("proxy")
    } else if error.is_connect() {
        Error::new(Kind::Connection, format!("could not connect to the service: {}", io_fault(error))).phase("connect")
    } else if let Some(why) = chain(error).find_map(not_http) {
        Error::new(Kind::InvalidResponse, format!("the response is not valid HTTP: {why}"))
            .suggestion("Check the base URL, and check any proxy or load balancer in between.")
            .phase("read")
    } else if is_timeout {
        let why = "the connection stopped responding before the response";
        Error::new(Kind::Connection, why).phase("read")
    } else {
        Error::new(Kind::Connection, format!("the connection was lost before the response: {}", io_fault(error))).phase("send")
    };
    (error, unsent)
}

/// Converts a failure to read the file of an upload.
#[cfg(feature = "server")]
pub(crate) fn read_fault(error: &std::io::Error) -> Error {
    let fault = chain(error).find_map(|cause| cause.downcast_ref::<ReadFailed>());
    fault.map_or_else(|| Error::internal("a body failed without a reason"), ReadFailed::error)
}

pub(super) fn chain<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |error| {
        // An io::Error keeps what it wraps out of its `source`.
        error
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref)
            .map_or_else(|| error.source(), |inner| Some(inner as &(dyn std::error::Error + 'static)))
    })
}

fn is_timeout(cause: &(dyn std::error::Error + 'static)) -> bool {
    let of_hyper = || cause.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_timeout);
    let of_system = || cause.downcast_ref::<std::io::Error>().is_some_and(|fault| fault.kind() == ErrorKind::TimedOut);
    cause.is::<ConnectTimedOut>() || of_hyper() || of_system()
}

fn lookup_fault(fault: &LookupFailed, by_proxy: bool) -> Error {
    match fault {
        LookupFailed::Unknown if by_proxy => {
            Error::new(Kind::Proxy, "the host name of the proxy could not be resolved").phase("dns")
        }
        LookupFailed::Unknown => Error::new(Kind::Connection, "the host name of the service could not be resolved").phase("dns"),
        LookupFailed::NotAllowed => {
            Error::new(Kind::Connection, fault.to_string()).suggestion("Use https, or localhost.").phase("dns").permanent()
        }
    }
}

fn tls_fault(cause: &(dyn std::error::Error + 'static)) -> Option<Error> {
    let failed = |why: &str| Error::new(Kind::Tls, format!("the TLS connection failed: {why}")).phase("tls");
    if let Some(fault) = cause.downcast_ref::<rustls::Error>() {
        let error = failed(&fault.to_string());
        if !matches!(fault, rustls::Error::InvalidCertificate(_)) {
            return Some(error);
        }
        // The same certificate comes again at the next attempt.
        return Some(error.permanent().suggestion_by_surface(
            "If the certificate is from a private certificate authority, set ca_file to the authority's certificate (PEM). Otherwise \
             check the host name of the base URL and this machine's clock.",
            Kind::Tls.entry().phone_suggestion,
        ));
    }
    // tokio-rustls has no type of its own for a peer that closes the connection during the handshake.
    let closed = |cause: &&std::io::Error| cause.to_string() == "tls handshake eof";
    cause.downcast_ref::<std::io::Error>().filter(closed).map(|_| failed("the connection was closed during the handshake"))
}

/// hyper-util does not export its errors of tunnels and SOCKS, so they are recognised by their own words.
fn is_tunnel_fault(cause: &(dyn std::error::Error + 'static)) -> bool {
    let text = cause.to_string();
    text.starts_with("tunnel error") || text.starts_with("SOCKS error")
}

/// Returns the reason why the received bytes are not a response.
fn not_http(cause: &(dyn std::error::Error + 'static)) -> Option<String> {
    if let Some(fault) = cause.downcast_ref::<hyper::Error>()
        && fault.is_parse()
    {
        return Some(fault.to_string());
    }
    #[cfg(feature = "server")]
    if let Some(fault) = cause.downcast_ref::<h2::Error>()
        && fault.is_library()
    {
        return Some(format!("HTTP/2: {fault}"));
    }
    None
}

/// Whether the server said, by HTTP/2, that it did not process the request.
#[cfg(feature = "server")]
pub(super) fn was_refused_unprocessed(error: &legacy::Error) -> bool {
    chain(error).find_map(|cause| cause.downcast_ref::<h2::Error>()).is_some_and(|fault| {
        fault.is_remote()
            && ((fault.is_go_away() && fault.reason() == Some(h2::Reason::NO_ERROR))
                || (fault.is_reset() && fault.reason() == Some(h2::Reason::REFUSED_STREAM)))
    })
}

#[cfg(not(feature = "server"))]
pub(super) fn was_refused_unprocessed(_: &legacy::Error) -> bool {
    false
}

fn io_fault(error: &legacy::Error) -> String {
    let fault = chain(error).find_map(|cause| cause.downcast_ref::<std::io::Error>());
    let Some(fault) = fault else { return "connection closed".to_owned() };
    match fault.kind().to_string() {
        // Such as too many open files, of which the kind says nothing.
        kind if kind == "uncategorized error" || kind == "other error" => fault.to_string(),
        kind => kind,
    }
}
