//! HTTP: sending, repeating, waiting, reading. It knows no operation.

mod body;
mod connect;
mod deadline;
pub(crate) mod gate;
pub(crate) mod limit;
pub(crate) mod redact;
pub(crate) mod retry;
#[cfg_attr(not(feature = "server"), path = "no_upload.rs")]
pub(crate) mod upload;

pub(crate) use body::{BodyFault, decoded, read_capped};
pub(crate) use connect::{Http, HttpOptions, classify};
pub(crate) use deadline::{Deadline, Suspended};
