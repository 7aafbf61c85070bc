//! Clients for the commands: each holds the one credential that its command needs, so that a fault in another one is
//! no obstacle.

use crate::cli::Global;
use crate::credentials;
use crate::failure::Failure;
use crate::terminal;
use agenthuman::{ApiKey, Client, ClientBuilder, Secret, Token};

pub fn with_key(global: &Global) -> Result<Client, Failure> {
    Ok(holding_key(global, &credentials::key(global)?).build()?)
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

/// A client for what needs no credential.
pub fn holding_none(global: &Global) -> ClientBuilder {
    settings(global).without_credentials()
}

fn settings(global: &Global) -> ClientBuilder {
    let mut builder = Client::builder().on_wait(|wait| terminal::note(&wait.to_string()));
    if let Some(url) = &global.base_url {
        builder = builder.base_url(url);
    }
    if let Some(timeout) = global.timeout {
        builder = builder.timeout(timeout).connect_timeout(timeout.min(std::time::Duration::from_secs(5)));
    }
    builder
}
