//! Replaces the recording of calls in a phone's client, which has no cassettes.

use super::exchange::{Head, NoHead};
use super::{RequestAuth, Run};
use crate::table::Outgoing;
use crate::transport::upload::Form;
use crate::transport::{BodyFault, RequestBody};
use bytes::Bytes;
use http::HeaderMap;

/// There is none.
pub(super) enum Tape {}

impl Run<'_> {
    #[expect(clippy::unused_self, reason = "a server's client has one")]
    pub(super) fn tape(&self, _: &Outgoing, _: RequestAuth<'_>, _: Option<&Form>) -> Option<Tape> {
        None
    }

    #[expect(clippy::unused_self, reason = "a server's client records it")]
    pub(super) fn gives_up(&self, measure: impl FnOnce() -> bool) -> bool {
        measure()
    }
}

impl Tape {
    pub async fn exchange(&mut self, _: http::Request<RequestBody>) -> Result<Head<'static>, NoHead> {
        match *self {}
    }

    pub fn answered(self, _: u16, _: &HeaderMap, _: &Result<(Bytes, Option<String>), BodyFault>) {
        match self {}
    }
}
