//! Replaces the upload in a phone's client, which sends no files.

use super::{Deadline, RequestBody};
use crate::error::{Error, Result};
use crate::question::HostChannel;
use crate::vocabulary::Content;
use http::HeaderValue;

/// There is none.
#[derive(Debug)]
pub enum Upload {}

/// There is none.
pub(crate) enum Form {}

/// There is none.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadFailed {}

impl Upload {
    pub(crate) fn of(self, _: Content) -> Upload {
        match self {}
    }

    pub(crate) async fn open(self, _: Option<&HostChannel>, _: &Deadline) -> Result<Upload> {
        match self {}
    }

    pub(crate) fn into_form(self, _: &[(&'static str, String)]) -> Result<Form> {
        match self {}
    }
}

impl Form {
    /// The body, and its content type.
    pub fn into_parts(self) -> (RequestBody, HeaderValue) {
        match self {}
    }
}

impl ReadFailed {
    pub fn error(&self) -> Error {
        match *self {}
    }
}
