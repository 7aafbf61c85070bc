//! Requests a session from the service, to check whether the service responds and accepts the key.

use super::report::Check;
use crate::failure::Failure;
use agenthuman::table::Surface;
use agenthuman::{Client, ClientBuilder, Error, Kind};
use serde_json::Value;
use std::time::{Duration, Instant};

/// The reason why a later check is skipped.
pub const UNUSABLE: &str = "the service is not available";

pub struct Service {
    /// `None`: there is no valid base URL.
    outcome: Option<Result<(), Error>>,
    took: Duration,
    with_key: bool,
    /// The contract that the service speaks, if it is known.
    contract: Option<Surface>,
}

/// Returns the contract by the form of the list of avatars, which needs no avatars.
async fn contract_of(client: &Client) -> Option<Surface> {
    match client.request("GET", "/v1/avatars", None, Some("api_key")).await.ok()? {
        Value::Array(_) => Some(Surface::Server),
        Value::Object(lists) if lists.contains_key("public_avatars") => Some(Surface::Rooms),
        _ => None,
    }
}

impl Service {
    pub fn unasked() -> Service {
        Service { outcome: None, took: Duration::ZERO, with_key: false, contract: None }
    }

    pub async fn asked_with(client: ClientBuilder) -> Service {
        let client = match client.max_retries(0).build() {
            Ok(client) => client,
            Err(error) => return Service { outcome: Some(Err(error)), took: Duration::ZERO, with_key: true, contract: None },
        };
        let began = Instant::now();
        // Both contracts have this path, with different sessions.
        let outcome = client.request("GET", "/v1/sessions?limit=1", None, Some("api_key")).await.map(drop);
        let took = began.elapsed();
        let contract = match &outcome {
            Ok(()) => contract_of(&client).await,
            Err(_) => None,
        };
        Service { outcome: Some(outcome), took, with_key: true, contract }
    }

    /// Sends the request without a key, which a working service rejects.
    pub async fn asked_without_key(client: &Client) -> Service {
        let began = Instant::now();
        let outcome = client.request("GET", "/v1/sessions?limit=1", None, Some("none")).await.map(drop);
        Service { outcome: Some(outcome), took: began.elapsed(), with_key: false, contract: None }
    }

    /// Whether an AgentHuman service responded, so that further checks are possible.
    pub fn is_usable(&self) -> bool {
        match &self.outcome {
            None => false,
            Some(Ok(())) => true,
            Some(Err(error)) => {
                let kind = error.kind();
                kind.is(Kind::Authentication) || matches!(kind, Kind::RateLimited | Kind::PermissionDenied)
            }
        }
    }

    pub fn took_key(&self) -> bool {
        self.with_key && matches!(self.outcome, Some(Ok(())))
    }

    pub fn answers(&self) -> Check {
        match &self.outcome {
            None => Check::skipped("no valid base URL"),
            Some(Err(error)) if error.kind() == Kind::NotFound => Check::fail(
                "the server responds but does not have /v1/sessions",
                "Check that the base URL is the URL of the AgentHuman API.",
            ),
            Some(Err(error)) if !self.is_usable() => {
                let failure = Failure::from(error.clone());
                match error.info().status {
                    Some(status) => Check::from_failure(&failure.in_place(&format!("HTTP status {status}"))),
                    None => Check::from_failure(&failure),
                }
            }
            Some(_) => Check::ok(format!("responds in {} ms", self.took.as_millis())),
        }
    }

    /// Which client to use with the service.
    pub fn contract(&self) -> Check {
        match self.contract {
            _ if !self.took_key() => Check::skipped("no key that the service accepts"),
            Some(Surface::Rooms) => Check::ok("avatars in rooms: use AgentHumanRooms and `agenthuman rooms`"),
            Some(surface) => Check::ok(format!("sessions with agents: use {}", surface.client())),
            None => Check::skipped("unknown: the list of avatars has neither form"),
        }
    }

    /// `is_live_key_at_home`: whether a live key is used with a service on this machine.
    pub fn accepts_key(&self, is_live_key_at_home: bool) -> Check {
        match &self.outcome {
            _ if !self.is_usable() => Check::skipped(UNUSABLE),
            _ if !self.with_key => Check::skipped("no valid key"),
            None | Some(Ok(())) => Check::ok("by sessions.list"),
            Some(Err(error)) if error.kind() == Kind::RateLimited => {
                Check::fail("unknown: the rate limit is used up", "Wait a minute, then try again.")
            }
            Some(Err(error)) if is_live_key_at_home => {
                let failure = Failure::from(error.clone());
                Check::from_failure(&failure.suggest(
                    "This is a live key, and the service is a sandbox on this machine: use the key that the sandbox printed, or \
                     leave the base URL out.",
                ))
            }
            // Other commands suggest to run this one.
            Some(Err(error)) if error.kind() == Kind::InvalidApiKey => Check::from_failure(
                &Failure::from(error.clone())
                    .suggest("Check that the full key was copied, and that it belongs to the service at this base URL."),
            ),
            Some(Err(error)) => Check::from_failure(&Failure::from(error.clone())),
        }
    }
}
