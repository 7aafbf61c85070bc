//! The operation table: a file a resource, each with its entries, parameters and models next to each other.

#[cfg(feature = "server")]
pub mod agents;
#[cfg(feature = "server")]
pub mod api_keys;
#[cfg(feature = "server")]
pub mod auth;
pub mod avatars;
pub mod messages;
pub mod phone;
#[cfg(feature = "server")]
pub mod roles;
pub mod sessions;
pub mod voices;

use crate::table::{Operation, Surface};

/// A group of operations, under one name in every client.
pub struct Resource {
    pub name: &'static str,
    pub doc: &'static str,
    pub operations: &'static [&'static Operation],
}

/// Every resource of a server's client, in the order in which it is shown.
#[cfg(feature = "server")]
pub static RESOURCES: &[Resource] = &[
    auth::RESOURCE,
    api_keys::RESOURCE,
    agents::RESOURCE,
    sessions::RESOURCE,
    messages::RESOURCE,
    avatars::RESOURCE,
    voices::RESOURCE,
    roles::RESOURCE,
];

/// Every operation of a surface.
pub fn all(surface: Surface) -> impl Iterator<Item = &'static Operation> {
    #[cfg(feature = "server")]
    let resources = RESOURCES;
    #[cfg(not(feature = "server"))]
    let resources: &[Resource] = &[];
    let server = resources.iter().flat_map(|resource| resource.operations.iter().copied());
    server.chain(phone::OPERATIONS.iter().copied()).filter(move |operation| operation.surface == surface)
}

/// The operation of that name.
pub fn find(surface: Surface, name: &str) -> Option<&'static Operation> {
    all(surface).find(|operation| operation.name == name)
}
