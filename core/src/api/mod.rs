//! The operations as methods of the client: a file a resource.

mod agents;
mod api_keys;
mod auth;
mod avatars;
mod messages;
mod roles;
mod sessions;
mod voices;

pub use agents::Agents;
pub use api_keys::ApiKeys;
pub use auth::Auth;
pub use avatars::Avatars;
pub use messages::Messages;
pub use roles::Roles;
pub use sessions::Sessions;
pub use voices::Voices;

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
use resource;
