//! Words that the whole library uses: surfaces, methods, credentials, when to retry.

/// The API that a client speaks: a server the one of AgentHuman, a phone that of its own backend's relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    Server,
    Phone,
}

impl Surface {
    pub fn as_str(self) -> &'static str {
        match self {
            Surface::Server => "server",
            Surface::Phone => "phone",
        }
    }
}

/// An HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
    Put,
    Delete,
}

impl Method {
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Delete => "DELETE",
        }
    }
}

/// A credential that a request is sent with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CredentialKind {
    ApiKey,
    Token,
}

impl CredentialKind {
    pub fn as_str(self) -> &'static str {
        match self {
            CredentialKind::ApiKey => "api_key",
            CredentialKind::Token => "token",
        }
    }

    /// As prose has it, with its article.
    pub(crate) fn with_article(self) -> &'static str {
        match self {
            CredentialKind::ApiKey => "an API key",
            CredentialKind::Token => "a token",
        }
    }

    /// The environment variable that a client on a server reads it from.
    pub fn variable(self) -> &'static str {
        match self {
            CredentialKind::ApiKey => "AGENTHUMAN_API_KEY",
            CredentialKind::Token => "AGENTHUMAN_TOKEN",
        }
    }
}

/// When a failed attempt may be retried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// A retry does no harm.
    Safe,
    /// Only if the request certainly did not reach the application.
    IfUnsent,
    Never,
}

impl Repeat {
    pub fn as_str(self) -> &'static str {
        match self {
            Repeat::Safe => "safe",
            Repeat::IfUnsent => "if_unsent",
            Repeat::Never => "never",
        }
    }
}
