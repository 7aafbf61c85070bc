//! Types of the whole library: surfaces, methods, credentials, retry rules.

use crate::environment;

/// The API that a client uses: one of the contracts of AgentHuman on a server, the backend's relay on a phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "server", derive(serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Surface {
    /// The AgentHuman API: sessions with agents.
    Server,
    /// The relay of a backend.
    Phone,
    /// The AgentHuman API for callers with a room of their own.
    Rooms,
}

impl Surface {
    /// Returns the name for the contract: `server`, `phone` or `rooms`.
    pub fn as_str(self) -> &'static str {
        match self {
            Surface::Server => "server",
            Surface::Phone => "phone",
            Surface::Rooms => "rooms",
        }
    }

    /// Returns the name of its client in Python and TypeScript, for messages.
    pub fn client(self) -> &'static str {
        match self {
            Surface::Server => "AgentHuman",
            Surface::Phone => "AgentHumanClient",
            Surface::Rooms => "AgentHumanRooms",
        }
    }

    /// Returns for whom the service has it, to follow the name of the API in a sentence. Empty if for everyone.
    pub fn audience(self) -> &'static str {
        match self {
            Surface::Server | Surface::Phone => "",
            Surface::Rooms => " for callers with a Daily or LiveKit room of their own",
        }
    }

    /// Whether a backend stands between the client and the service.
    pub fn is_relayed(self) -> bool {
        self == Surface::Phone
    }
}

/// An HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// GET.
    Get,
    /// POST.
    Post,
    /// PUT.
    Put,
    /// DELETE.
    Delete,
}

impl Method {
    /// Returns the method in capitals.
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Delete => "DELETE",
        }
    }
}

/// The kind of a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CredentialKind {
    /// An API key.
    ApiKey,
    /// A user's token (JWT).
    Token,
}

impl CredentialKind {
    /// Returns the name of the client option: `api_key` or `token`.
    pub fn as_str(self) -> &'static str {
        match self {
            CredentialKind::ApiKey => "api_key",
            CredentialKind::Token => "token",
        }
    }

    /// Returns the name for messages, with its article.
    pub fn with_article(self) -> &'static str {
        match self {
            CredentialKind::ApiKey => "an API key",
            CredentialKind::Token => "a token",
        }
    }

    /// Returns the environment variable of the credential.
    pub fn variable(self) -> &'static str {
        match self {
            CredentialKind::ApiKey => environment::API_KEY.name,
            CredentialKind::Token => environment::TOKEN.name,
        }
    }
}

/// The retry rule of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// A retry is always safe.
    Safe,
    /// A retry is safe, because each request has the client's id of the object, by which the service recognizes a repeat. Another
    /// call with another id is not.
    ByClientId,
    /// A retry is safe only if the request certainly did not reach the application.
    IfUnsent,
    /// Never.
    Never,
}

impl Repeat {
    /// Returns the name for the contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Repeat::Safe => "safe",
            Repeat::ByClientId => "by_client_id",
            Repeat::IfUnsent => "if_unsent",
            Repeat::Never => "never",
        }
    }
}

/// The content that a file must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Any.
    Any,
    /// A picture of a supported format and size.
    Picture,
}

/// The purpose of an API key.
#[cfg(feature = "server")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyEnvironment {
    /// Production: `ah_live_…`.
    Live,
    /// Development and tests: `ah_test_…`.
    Test,
}

#[cfg(feature = "server")]
impl KeyEnvironment {
    /// Returns `live` or `test`.
    pub fn as_str(self) -> &'static str {
        match self {
            KeyEnvironment::Live => "live",
            KeyEnvironment::Test => "test",
        }
    }

    pub(crate) fn of(name: &str) -> Option<KeyEnvironment> {
        [KeyEnvironment::Live, KeyEnvironment::Test].into_iter().find(|known| known.as_str() == name)
    }
}

#[cfg(feature = "server")]
impl std::fmt::Display for KeyEnvironment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
