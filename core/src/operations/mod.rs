//! The operation table: a file a resource, each with its entries, parameters and models next to each other.

pub mod agents;
pub mod api_keys;
pub mod auth;
pub mod avatars;
pub mod messages;
pub mod roles;
pub mod sessions;
pub mod voices;

use crate::table::Operation;

/// A group of operations, under one name in every client.
pub struct Resource {
    pub name: &'static str,
    pub doc: &'static str,
    pub operations: &'static [&'static Operation],
}

/// Every resource, in the order in which it is shown.
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

/// Every operation.
pub fn all() -> impl Iterator<Item = &'static Operation> {
    RESOURCES.iter().flat_map(|resource| resource.operations.iter().copied())
}

/// The operation of that name.
pub fn find(name: &str) -> Option<&'static Operation> {
    all().find(|operation| operation.name == name)
}

/// The accessor of a resource on the client, and the type it gives.
macro_rules! resource {
    ($(#[doc = $doc:literal])+ $accessor:ident, $name:ident) => {
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug)]
        pub struct $name<'a>(&'a $crate::Client);

        impl $crate::Client {
            $(#[doc = $doc])+
            pub fn $accessor(&self) -> $name<'_> {
                $name(self)
            }
        }
    };
}
pub(crate) use resource;
