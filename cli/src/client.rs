//! Clients for the commands. Each has only the credential that its command needs, so that an error in another one
//! does not matter.

use crate::credentials;
use crate::failure::Failure;
use crate::global::Global;
use crate::terminal;
use agenthuman::table::{CredentialKind, Operation};
use agenthuman::{ApiKey, Client, ClientBuilder, Secret, Token};

pub async fn with_key(global: &Global) -> Result<Client, Failure> {
    Ok(holding_key(global, &credentials::key(global).await?).build()?)
}

pub fn with_token(global: &Global) -> Result<Client, Failure> {
    Ok(holding_token(global, &credentials::token(global)?).build()?)
}

pub fn holding_key(global: &Global, key: &ApiKey) -> ClientBuilder {
    settings(global).api_key(Secret::new(key.expose()))
}

pub fn holding_token(global: &Global, token: &Token) -> ClientBuilder {
    settings(global).token(Secret::new(token.expose()))
}

/// A client with one credential: the first that the operation accepts and that is set. `None` if none is set.
pub async fn of_operation(global: &Global, operation: &Operation) -> Result<Option<ClientBuilder>, Failure> {
    for kind in operation.auth.0 {
        match kind {
            CredentialKind::ApiKey => {
                if let Some(found) = credentials::find_key(global).await? {
                    return Ok(Some(holding_key(global, &credentials::parse_key(&found)?).surface(operation.surface)));
                }
            }
            CredentialKind::Token if credentials::find_token(global)?.is_some() => {
                return Ok(Some(holding_token(global, &credentials::token(global)?)));
            }
            CredentialKind::Token => {}
        }
    }
    Ok(operation.auth.0.is_empty().then(|| holding_none(global).surface(operation.surface)))
}

/// Creates a client without credentials.
pub fn holding_none(global: &Global) -> ClientBuilder {
    settings(global).without_credentials()
}

/// Whether the host of a URL is a loopback address or a name below localhost.
pub fn is_on_this_machine(url: &str) -> bool {
    let url = url.parse::<http::Uri>().ok().filter(|url| url.scheme().is_some());
    url.as_ref().and_then(http::Uri::host).is_some_and(agenthuman_sandbox::is_loopback_name)
}

fn settings(global: &Global) -> ClientBuilder {
    let mut builder = Client::builder().on_wait(|wait| terminal::note(&wait.to_string()));
    if let Some(url) = &global.base_url {
        builder = builder.base_url(url);
    }
    if let Some(environment) = global.selected.as_ref().and_then(|selected| selected.profile.environment) {
        builder = builder.environment(environment.of_keys());
    }
    if let Some(path) = &global.ca_file {
        builder = builder.ca_file(path);
    }
    if global.allow_insecure_http {
        builder = builder.allow_insecure_http();
    }
    if let Some(timeout) = global.timeout {
        builder = builder.timeout(timeout).connect_timeout(timeout.min(std::time::Duration::from_secs(5)));
    }
    builder
}

#[cfg(test)]
mod tests {
    use super::is_on_this_machine;

    #[test]
    fn this_machine_is_told_from_others() {
        for here in
            ["http://localhost:1", "http://127.0.0.1:8787/x", "http://[::1]:1", "http://a.localhost", "https://LOCALHOST/v1"]
        {
            assert!(is_on_this_machine(here), "{here}");
        }
        for elsewhere in [
            "https://api.agenthuman.com",
            "http://10.0.0.1",
            "http://127.0.0.1.example.com",
            "http://localhost@evil.test",
            "nonsense",
            "",
        ] {
            assert!(!is_on_this_machine(elsewhere), "{elsewhere}");
        }
    }
}
