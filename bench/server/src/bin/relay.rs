//! The relay in an axum server with one thread, as a backend mounts it.
//!
//! `bench-relay BASE`, where BASE is the URL of `bench-server`. It prints its port, and stops when its standard input closes. The key
//! is in `AGENTHUMAN_BENCH_KEY`.

use agenthuman::Client;
use agenthuman_bench::end_with_stdin;
use agenthuman_relay::{Backend, BoxError, Decision, OpenSession, Options, PhoneRequest, PolicyRequest, Relay};
use anyhow::{Context, Result};
use tokio::net::TcpListener;

struct Users;

impl Backend for Users {
    async fn authorize(&self, request: &PhoneRequest) -> Result<Option<String>, BoxError> {
        Ok(request.bearer().map(str::to_owned))
    }

    async fn policy(&self, _: &str, request: PolicyRequest) -> Result<Decision, BoxError> {
        Ok(match request {
            PolicyRequest::OpenSession { .. } => Decision::Open(OpenSession { agent_id: "1".into(), ..OpenSession::default() }),
            PolicyRequest::ListAgents { .. } => Decision::Show(Vec::new()),
            _ => Decision::Refuse(None),
        })
    }
}

fn main() -> Result<()> {
    let base = std::env::args().nth(1).context("usage: bench-relay BASE")?;
    let key = std::env::var("AGENTHUMAN_BENCH_KEY").context("AGENTHUMAN_BENCH_KEY is not set")?;
    // One user sends all requests.
    let secret = (0..32).map(|_| fastrand::alphanumeric()).collect::<String>();
    let options =
        Options { secrets: vec![secret.into()], requests_per_minute: 0, open_sessions_per_user: 0, ..Options::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let client = Client::builder().base_url(base).api_key(key).build()?;
        let relay = Relay::new(client, Users, options)?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("{}", listener.local_addr()?.port());
        end_with_stdin();
        Ok(axum::serve(listener, axum::Router::new().fallback_service(relay)).await?)
    })
}
