//! Suggestions for missing and rejected credentials.

use crate::error::{Error, Kind};
use crate::vocabulary::CredentialKind;

/// Whether a client takes its credentials from the environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Environment {
    /// The client was created without a credential.
    #[cfg_attr(
        all(not(feature = "server"), not(test)),
        expect(dead_code, reason = "a phone's client reads nothing from the environment")
    )]
    Read,
    /// The client was created with a credential, or explicitly without any.
    Ignored,
}

/// The state of an environment variable.
#[derive(Clone, Copy, Debug)]
enum Variable {
    Missing,
    Empty,
    Set,
}

impl Variable {
    fn of(name: &str) -> Variable {
        match std::env::var_os(name) {
            None => Variable::Missing,
            Some(value) if value.is_empty() => Variable::Empty,
            Some(_) => Variable::Set,
        }
    }
}

/// The error of an operation whose accepted credentials the client does not have.
pub(super) fn missing(accepted: &[CredentialKind], available: Option<CredentialKind>, environment: Environment) -> Error {
    let needs: Vec<_> = accepted.iter().map(|kind| kind.with_article()).collect();
    let has = available.map_or_else(|| "no credential".to_owned(), |kind| format!("only {}", kind.with_article()));
    let ways: Vec<_> = accepted.iter().map(|kind| way(*kind, environment, Variable::of(kind.variable()))).collect();
    let mut suggestion = ways.join("; or ");
    if let Some(first) = suggestion.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    Error::new(Kind::MissingCredential, format!("this operation requires {}, but the client has {has}", needs.join(" or ")))
        .suggestion(format!("{suggestion}."))
}

fn way(kind: CredentialKind, environment: Environment, state: Variable) -> String {
    let (name, variable) = (kind.with_article(), kind.variable());
    let give = match kind {
        CredentialKind::ApiKey => format!("pass {name} to the client"),
        CredentialKind::Token => format!("sign in with a one-time code, or pass {name} to the client"),
    };
    match (environment, state) {
        (Environment::Read, Variable::Missing) => format!("{give}, or set {variable}"),
        (Environment::Read, Variable::Empty) => format!("{give}, or set {variable}, which is empty"),
        (Environment::Read, Variable::Set) => {
            format!("{give}, or create a new client: {variable} is read when a client is created")
        }
        (Environment::Ignored, Variable::Set) => {
            format!("{give}: {variable} is read only if a client is created without any credential")
        }
        (Environment::Ignored, Variable::Missing | Variable::Empty) => give,
    }
}

/// The suggestion after a 401 of this kind to a request with this credential. `None` if the kind's own suggestion
/// fits.
pub(crate) fn after_rejection(kind: Kind, sent: Option<CredentialKind>) -> Option<&'static str> {
    let expects_key = matches!(kind, Kind::ApiKeyRequired | Kind::InvalidApiKey | Kind::ApiKeyRevoked);
    let expects_token = matches!(kind, Kind::InvalidToken | Kind::TokenExpired);
    match sent {
        Some(CredentialKind::Token) if expects_key => {
            Some("The request was sent with a token, but the service expects an API key.")
        }
        Some(CredentialKind::ApiKey) if expects_token => {
            Some("The request was sent with an API key, but the service expects a token.")
        }
        Some(CredentialKind::ApiKey) if kind == Kind::ApiKeyRequired => {
            Some("The request was sent with an API key. Check that no proxy removes its header.")
        }
        Some(CredentialKind::ApiKey) if kind == Kind::Authentication => {
            Some("Check the API key, and check that it belongs to the service at the base URL.")
        }
        Some(CredentialKind::Token) if kind == Kind::Authentication => {
            Some("Check the token, or sign in again with a one-time code.")
        }
        None if kind.is(Kind::Authentication) => {
            Some("The request was sent without a credential. Check its parameters, or send it with a credential.")
        }
        Some(_) | None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_to_give_a_credential_depends_on_the_environment() {
        use Environment::{Ignored, Read};
        for (environment, state, expected) in [
            (Read, Variable::Missing, "pass an API key to the client, or set AGENTHUMAN_API_KEY"),
            (Read, Variable::Empty, "pass an API key to the client, or set AGENTHUMAN_API_KEY, which is empty"),
            (
                Read,
                Variable::Set,
                "pass an API key to the client, or create a new client: AGENTHUMAN_API_KEY is read when a client is created",
            ),
            (
                Ignored,
                Variable::Set,
                "pass an API key to the client: AGENTHUMAN_API_KEY is read only if a client is created without any credential",
            ),
            (Ignored, Variable::Missing, "pass an API key to the client"),
        ] {
            assert_eq!(way(CredentialKind::ApiKey, environment, state), expected);
        }
    }

    #[test]
    fn a_missing_credential_is_told_with_what_the_client_has() {
        let text =
            |accepted: &[CredentialKind], available| missing(accepted, available, Environment::Ignored).info().message.clone();
        let (key, token) = (CredentialKind::ApiKey, CredentialKind::Token);
        assert_eq!(text(&[token], Some(key)), "this operation requires a token, but the client has only an API key");
        assert_eq!(text(&[key, token], None), "this operation requires an API key or a token, but the client has no credential");
    }
}
