//! A backend in axum that mounts the relay at `/agenthuman`, for the phone apps of its users.
//!
//! ```text
//! AGENTHUMAN_API_KEY=… AGENTHUMAN_RELAY_SECRETS=… cargo run -p agenthuman-relay --example axum_backend
//! ```
//!
//! The relay signs grants with `AGENTHUMAN_RELAY_SECRETS`: 32 bytes or more, the same for all copies of the backend.

use agenthuman::Client;
use agenthuman_relay::{Backend, BoxError, Decision, OpenSession, Options, PhoneRequest, PolicyRequest, Relay};
use axum::Router;
use axum::routing::get;
use serde_json::json;
use std::collections::HashMap;
use tokio::net::TcpListener;

/// The agent that the users of this app talk to.
const AGENT: &str = "1";

/// The users of the app.
struct Users {
    /// User ids by the token that the app sends. Replace with your own sign-in.
    by_token: HashMap<String, String>,
}

impl Backend for Users {
    /// Identifies the user of a request. `None` if the token is unknown: the app gets 401.
    async fn authorize(&self, request: &PhoneRequest) -> Result<Option<String>, BoxError> {
        Ok(request.bearer().and_then(|token| self.by_token.get(token)).cloned())
    }

    /// Decides what a user may do. The app's own parameters have no effect unless they are returned.
    async fn policy(&self, user: &str, request: PolicyRequest) -> Result<Decision, BoxError> {
        Ok(match request {
            PolicyRequest::OpenSession { session_type, .. } => Decision::Open(OpenSession {
                agent_id: AGENT.into(),
                session_type,
                metadata: json!({ "user": user }).as_object().cloned(),
                ..OpenSession::default()
            }),
            PolicyRequest::ListAgents { .. } => Decision::Show(vec![AGENT.into()]),
            _ => Decision::Refuse(None),
        })
    }
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let users = Users { by_token: HashMap::from([("a-token-of-your-app".to_owned(), "ada".to_owned())]) };
    let relay = Relay::new(Client::from_env()?, users, Options::default())?;
    let app = Router::new().route("/health", get(|| async { "ok" })).nest_service("/agenthuman", relay);
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}
