//! A phone's client has no hooks.

use super::Run;
use crate::Secret;
use crate::error::{Attempt, Kind};
use crate::transport::RequestBody;
use crate::transport::gate::Delay;
use http::HeaderMap;
use std::time::Duration;

#[expect(clippy::unused_self, reason = "a server's client reports to its hooks")]
impl Run<'_> {
    pub(super) fn report_request(&self, _: &http::Request<RequestBody>) {}

    pub(super) fn keep_headers(&self, _: &HeaderMap, _: &[Secret]) {}

    pub(super) fn report_response(&self, _: &Attempt, _: Option<&str>) {}

    pub(super) fn report_retry(&self, _: Option<u16>, _: Kind, _: Duration) {}

    pub(super) fn report_wait(&self, _: Delay) {}
}
