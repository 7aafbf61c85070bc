//! The relay in an axum server with one thread, as a backend mounts it, or a plain proxy to compare it with.
//!
//! `bench-relay WHAT BASE`, where WHAT is `relay` or `proxy`, and BASE is the URL of `bench-server`. It prints its port, and stops when
//! its standard input closes. The key is in `AGENTHUMAN_BENCH_KEY`.

mod proxy;

use agenthuman::Client;
use agenthuman_bench::end_with_stdin;
use agenthuman_relay::{Backend, BoxError, Decision, OpenSession, Options, PhoneRequest, PolicyRequest, Relay};
use anyhow::{Context, Result, bail};
use axum::Router;
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

fn relay(base: &str, key: String) -> Result<Router> {
    // One user sends all requests.
    let secret = (0..32).map(|_| fastrand::alphanumeric()).collect::<String>();
    let options =
        Options { secrets: vec![secret.into()], requests_per_minute: 0, open_sessions_per_user: 0, ..Options::default() };
    let client = Client::builder().base_url(base).api_key(key).build()?;
    Ok(Router::new().fallback_service(Relay::new(client, Users, options)?))
}

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [what, base] = &words[..] else { bail!("usage: bench-relay WHAT BASE") };
    let key = std::env::var("AGENTHUMAN_BENCH_KEY").context("AGENTHUMAN_BENCH_KEY is not set")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let router = match what.as_str() {
            "relay" => relay(base, key)?,
            "proxy" => proxy::proxy(base, &key)?,
            _ => bail!("unknown server {what}"),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("{}", listener.local_addr()?.port());
        end_with_stdin();
        Ok(axum::serve(listener, router).await?)
    })
}
