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
pub mod sessions;
pub mod voices;

use crate::table::{Answer, Field, FieldKind, Model, Operation, Surface};

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

/// Returns the operations of a surface.
pub fn all(surface: Surface) -> impl Iterator<Item = &'static Operation> {
    #[cfg(feature = "server")]
    let resources = RESOURCES;
    #[cfg(not(feature = "server"))]
    let resources: &[Resource] = &[];
    let server = resources.iter().flat_map(|resource| resource.operations.iter().copied());
    server.chain(phone::OPERATIONS.iter().copied()).filter(move |operation| operation.surface == surface)
}

/// Returns the model with that name, which an operation of the surface returns, alone or inside another model.
pub fn model(surface: Surface, name: &str) -> Option<&'static Model> {
    fn within(model: &'static Model, name: &str) -> Option<&'static Model> {
        let inner = |field: &'static Field| if let FieldKind::Model(inner) = field.kind { within(inner, name) } else { None };
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
