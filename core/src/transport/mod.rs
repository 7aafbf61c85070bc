//! HTTP: sending, repeating, waiting, reading. It knows no operation.

mod address;
mod begun;
mod body;
mod connect;
mod deadline;
mod fault;
pub(crate) mod gate;
pub(crate) mod limit;
#[cfg(feature = "server")]
mod proxy;
pub(crate) mod redact;
pub(crate) mod retry;
mod trust;
#[cfg_attr(not(feature = "server"), path = "no_upload.rs")]
pub(crate) mod upload;

pub(crate) use address::{Reach, is_loopback_name};
pub(crate) use begun::Begun;
pub(crate) use body::{BodyFault, decoded, read_capped};
pub(crate) use connect::{Http, HttpOptions, Pool};
pub(crate) use deadline::{Deadline, Suspended};
pub(crate) use fault::classify;
pub(crate) use trust::Trust;
