//! The client of a server, against servers of this machine.

mod bad_input;
mod behaviour;
mod cassette;
mod connections;
mod credentials;
mod hooks;
mod host;
mod mock;
mod network;
mod proxy_and_identity;
mod rate_limit;
mod rooms;
mod rotation;
mod rust_api;
mod upload;
mod vectors;

use agenthuman::Client;
use agenthuman_testing::canned::Canned;
use agenthuman_testing::made_up::{KEY, TOKEN};

/// A client with a key and a token, without retries.
fn client_of(server: &Canned) -> Client {
    Client::builder().base_url(&server.url).api_key(KEY).token(TOKEN).max_retries(0).build().unwrap()
}
