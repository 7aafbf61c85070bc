//! The operation table. Each resource has a file with its entries, parameters and models.

#[macro_use]
mod macros;

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
#[cfg(feature = "server")]
pub mod rooms;
pub mod sessions;
pub mod voices;

use crate::table::{Answer, Field, Model, Operation, Surface};

/// A group of operations with one name in every client.
pub struct Resource {
    /// The name, such as `sessions`.
    pub name: &'static str,
    /// The documentation.
    pub doc: &'static str,
    /// The operations of the resource.
    pub operations: &'static [&'static Operation],
}

/// The resources of a server's client, in the order of the documentation.
#[cfg(feature = "server")]
static RESOURCES: &[Resource] = &[
    auth::RESOURCE,
    api_keys::RESOURCE,
    agents::RESOURCE,
    sessions::RESOURCE,
    messages::RESOURCE,
    avatars::RESOURCE,
    voices::RESOURCE,
    roles::RESOURCE,
];

/// The surface of the models here, and the one whose operations return them.
const SURFACE: Surface = Surface::Server;

/// The contracts of the service. Each has a client of its own in every language of a server.
#[cfg(feature = "server")]
pub const CONTRACTS: [Surface; 2] = [Surface::Server, Surface::Rooms];

/// Returns the resources of a contract of the service.
#[cfg(feature = "server")]
pub fn resources(surface: Surface) -> &'static [Resource] {
    match surface {
        Surface::Server => RESOURCES,
        Surface::Rooms => rooms::RESOURCES,
        Surface::Phone => &[],
    }
}

/// Returns the resources of the service, of which a phone's client has none.
#[cfg(not(feature = "server"))]
fn resources(_: Surface) -> &'static [Resource] {
    &[]
}

/// Returns the operations of a surface.
pub fn all(surface: Surface) -> impl Iterator<Item = &'static Operation> {
    let relayed = if surface.is_relayed() { phone::OPERATIONS } else { &[] };
    resources(surface).iter().flat_map(|resource| resource.operations).chain(relayed).copied()
}

/// Returns the other contract that has the operation or the resource, if this one has not.
#[cfg(feature = "server")]
pub fn elsewhere(surface: Surface, name: &str) -> Option<Surface> {
    let has = |surface| all(surface).any(|operation| operation.name == name || operation.resource() == name);
    CONTRACTS.into_iter().find(|other| *other != surface && has(*other)).filter(|_| !has(surface))
}

/// Returns the model with that name, which an operation of the surface returns, alone or inside another model.
pub fn model(surface: Surface, name: &str) -> Option<&'static Model> {
    fn within(model: &'static Model, name: &str) -> Option<&'static Model> {
        let inner = |field: &'static Field| field.kind.inner().and_then(|inner| within(inner, name));
        if model.name == name { Some(model) } else { model.fields.iter().find_map(inner) }
    }
    all(surface).find_map(|operation| match operation.answer {
        Answer::One { model, .. } | Answer::List { model, .. } => within(model, name),
        Answer::Nothing | Answer::Raw => None,
    })
}

/// Returns the operation with that name.
pub fn find(surface: Surface, name: &str) -> Option<&'static Operation> {
    all(surface).find(|operation| operation.name == name)
}
