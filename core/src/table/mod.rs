//! Operations, parameters and models: the types of the table in `operations/`.

mod check;
mod choices;
mod error_field;
mod model;
mod operation;
mod param;
pub(crate) mod wire;

pub use crate::vocabulary::{Content, CredentialKind, Method, Repeat, Surface};
pub(crate) use check::{Outgoing, Params, Prepared, plain};
pub use choices::{Choices, Unlisted};
pub use error_field::{ERROR_FIELDS, ErrorField, ErrorFieldKind};
pub use model::{Field, FieldKind, Model};
pub(crate) use model::{FieldType, Modelled};
pub(crate) use operation::{API_KEY_ONLY, API_KEY_OR_TOKEN, NO_CREDENTIAL, OPERATION, TOKEN_ONLY, TOKEN_OR_API_KEY};
pub use operation::{Answer, Auth, Effect, Operation, Steps};
#[cfg(feature = "server")]
pub(crate) use param::text_path;
pub use param::{ALL, Group, IdWire, OnlyWith, OrNull, Param, Place, Rule};
pub(crate) use param::{ParamType, body, limit, local, part, path, query};
pub use wire::{Wire, WireField, WireKind, WireObject};

/// The evidence that the real service does this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// Method, path and body are documented.
    Documented,
    /// The API's documentation names it but does not describe its body.
    Named,
    /// Our own assumption: the service may differ.
    Assumed,
}

impl Evidence {
    /// Returns the mark for `x-evidence` and docstrings.
    pub fn as_str(self) -> &'static str {
        match self {
            Evidence::Documented => "documented",
            Evidence::Named => "named",
            Evidence::Assumed => "assumed",
        }
    }

    /// Returns the mark with its meaning, for documentation in every language and the help of the command line.
    pub fn meaning(self) -> &'static str {
        match self {
            Evidence::Documented => "documented",
            Evidence::Named => "named (the service's documentation names it and does not describe it)",
            Evidence::Assumed => "assumed (the service may differ)",
        }
    }
}
