//! A phone's proxy is the system's business: every connection is direct.

use super::address::Resolver;
use super::connector::{BoxError, Dialer, Io};
use crate::error::Result;
use http::Uri;
use url::Url;

/// The direct way.
#[derive(Clone)]
pub(super) struct Route;

impl Route {
    #[expect(clippy::unnecessary_wraps, reason = "a proxy's URL may be invalid")]
    pub fn to(_: &Url, _: Resolver) -> Result<Route> {
        Ok(Route)
    }

    pub fn is_by_proxy(&self) -> bool {
        false
    }

    pub async fn connect(&self, dialer: Dialer, service: Uri) -> Result<Io, BoxError> {
        dialer.tcp(service).await
    }
}
