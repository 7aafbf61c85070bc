//! The operations as methods of the client: a module for each resource, with its methods, parameters and models.
//!
//! A method returns a [`Request`], which is sent when it is awaited, or [`Pages`], which are fetched when they are needed.

mod generated;
mod overrides;
mod pages;
mod request;
pub mod rooms;
mod rotation;

pub use generated::*;
pub use pages::{Page, Pages};
pub use request::Request;
pub use rotation::Rotation;

/// What the rendered modules use.
mod names {
    pub(super) use super::{Pages, Request, Rotation};
    pub(super) use crate::client::Client;
    pub(super) use crate::credentials::SourceError;
    pub(super) use crate::operations;
    pub(super) use crate::picture::AvatarSource;
    pub(super) use crate::table::{OrNull, Params};
    pub(super) use crate::transport::upload::Upload;
    pub(super) use crate::values::{Id, Object, Secret};
    pub(super) use jiff::Timestamp;
    pub(super) use std::time::Duration;
}
