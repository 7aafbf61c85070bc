//! HTTP: sending, repeating, waiting, reading. It knows no operation.

mod address;
mod body;
mod connect;
mod connector;
mod deadline;
mod fault;
pub(crate) mod gate;
#[cfg(feature = "server")]
mod identity;
pub(crate) mod limit;
#[cfg_attr(not(feature = "server"), path = "no_proxy.rs")]
mod proxy;
mod request;
pub(crate) mod retry;
mod socket;
mod trust;
#[cfg_attr(not(feature = "server"), path = "no_upload.rs")]
pub(crate) mod upload;

pub(crate) use address::{Reach, is_loopback_name};
pub(crate) use body::{BodyFault, decoded, read_capped};
pub(crate) use connect::{Http, HttpOptions, Watch};
pub(crate) use deadline::{Deadline, Suspended};
pub(crate) use fault::classify;
#[cfg(feature = "server")]
pub(crate) use fault::read_fault;
#[cfg(feature = "server")]
pub(crate) use identity::Identity;
#[cfg(feature = "server")]
pub use identity::Pem;
#[cfg(feature = "server")]
pub use proxy::ProxyInForce;
#[cfg(feature = "server")]
pub(crate) use proxy::{ProxySetting, proxy_in_force};
pub(crate) use request::{Begun, RequestBody};
pub(crate) use trust::Trust;
