//! `agenthuman relay --demo`: a relay on this machine that accepts every user, to try phone apps with the sandbox.

use crate::client::is_on_this_machine;
use crate::credentials;
use crate::failure::Failure;
use crate::global::Global;
use crate::output::Output;
use agenthuman::api::agents::{CreateAgent, ListAgents};
use agenthuman::environment::{BASE_URL, RELAY_SECRETS};
use agenthuman::host::environment_variable;
use agenthuman::rooms::sessions::Room;
use agenthuman::{Client, Id, Kind, Secret, rooms};
use agenthuman_relay::{
    Backend, BoxError, Decision, OpenRoom, OpenSession, Options, PhoneRequest, PolicyRequest, Relay, ResumeSession, UserSession,
};
use agenthuman_sandbox::{Running, Sandbox, is_for_this_machine};
use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::Full;
use rand::distr::{Alphanumeric, SampleString};
use serde_json::json;
use std::collections::{HashMap, VecDeque};
use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;

pub const AFTER_HELP: &str = "\
The app's token is demo- and any user name, such as demo-alice. The demo checks no passwords, so it
accepts only connections from this machine and calls only a sandbox. It starts a sandbox unless
--base-url or AGENTHUMAN_BASE_URL is set.

A real backend mounts the relay with its own sign-in and policy: see docs/guides/phones.md.
Grants are signed with the secrets in AGENTHUMAN_RELAY_SECRETS; if it is not set, with a random
secret for this run.";

/// The avatar that joins a room if the phone names none.
const AVATAR: &str = "PUBLIC/Avatars/sara-office";

/// Maximum wait for requests in flight when the relay stops.
const STOP_PATIENCE: Duration = Duration::from_secs(5);

#[derive(clap::Args)]
pub struct Args {
    /// Required: confirms that this is a demo that accepts every user
    #[arg(long, required = true)]
    demo: bool,
    /// Port to listen on; 0 for a free port
    #[arg(long, default_value_t = 8788)]
    port: u16,
    /// Lifetime of a grant, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 900)]
    grant_seconds: u64,
    /// Maximum requests per minute and user; 0 for no limit
    #[arg(long, value_name = "N", default_value_t = 120)]
    requests_per_minute: u32,
    /// Maximum open sessions per user; 0 for no limit
    #[arg(long, value_name = "N", default_value_t = 0)]
    open_sessions_per_user: u32,
}

/// The service behind the relay.
struct Service {
    client: Client,
    /// The sandbox speaks the contract of rooms below a path of its own.
    rooms: rooms::Client,
    url: String,
    /// Dropping it stops the sandbox.
    sandbox: Option<Running>,
}

pub async fn run(global: &Global, output: &Output, args: Args) -> Result<ExitCode, Failure> {
    let Service { client, rooms, url, sandbox } = service(global).await?;
    // A phone that names no agent gets the first one.
    if client.agents().list(ListAgents::new()).next().await?.is_none() {
        client.agents().create(CreateAgent::new("Demo")).await?;
    }
    let mut options = Options {
        grant_seconds: args.grant_seconds,
        requests_per_minute: args.requests_per_minute,
        open_sessions_per_user: args.open_sessions_per_user,
        ..Options::default()
    };
    if std::env::var_os(RELAY_SECRETS.name).is_none() {
        options.secrets.push(Secret::new(Alphanumeric.sample_string(&mut rand::rng(), 64)));
    }
    let relay = Relay::new((client.clone(), rooms), Demo::new(client), options)?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, args.port)).await.map_err(|error| {
        let what = format!("could not listen on port {}: {}", args.port, error.kind());
        Failure::new(Kind::Configuration, what).suggest("Use another --port; 0 for a free port.")
    })?;
    let own = format!("http://{}", listener.local_addr()?);
    if output.json {
        output.document(&json!({ "url": own, "sandbox": url }))?;
    } else {
        output.text(&format!(
            "AgentHuman relay (demo) on {own}\n\n\
             App's token  demo-alice, or demo- and any user name\n\
             Service      {url}\n\n\
             Press Ctrl-C to stop."
        ))?;
    }
    serve(listener, relay).await;
    if let Some(sandbox) = sandbox {
        sandbox.stop().await;
    }
    Ok(ExitCode::SUCCESS)
}

/// Serves until the program is stopped.
async fn serve(listener: TcpListener, relay: Relay<Demo>) {
    let router = Router::new().fallback(move |request: Request<Body>| {
        let relay = relay.clone();
        async move { answer(relay, request).await }
    });
    let (stop, stopped) = watch::channel(());
    let stopped = move || {
        let mut stopped = stopped.clone();
        // Returns when `stop` is dropped.
        async move { drop(stopped.changed().await) }
    };
    let until_stopped = async {
        agenthuman_sandbox::command::until_stopped().await;
        drop(stop);
        tokio::time::sleep(STOP_PATIENCE).await;
    };
    tokio::select! {
        () = agenthuman_sandbox::serve(listener, router, stopped) => {}
        () = until_stopped => {}
    }
}

async fn answer(relay: Relay<Demo>, request: Request<Body>) -> Response<Full<Bytes>> {
    if is_for_this_machine(&request) {
        return relay.handle(request).await;
    }
    let why = "the demo accepts requests only to localhost, 127.0.0.1 or [::1]";
    let error = json!({ "success": false, "error": { "code": "permission_denied", "message": why } });
    let mut response = Response::new(Full::from(error.to_string()));
    *response.status_mut() = StatusCode::FORBIDDEN;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

async fn service(global: &Global) -> Result<Service, Failure> {
    let base_url = match &global.base_url {
        Some(url) => Some(url.clone()),
        None => environment_variable(BASE_URL.name)?,
    };
    if let Some(url) = base_url {
        if !is_on_this_machine(&url) {
            let what = "the demo accepts every user, so its base URL must be a sandbox on this machine";
            return Err(Failure::new(Kind::Configuration, what).suggest("Remove --base-url and AGENTHUMAN_BASE_URL."));
        }
        let key = credentials::key(global).await?;
        return connected(&url, key.expose(), None);
    }
    let options = agenthuman_sandbox::Options { port: 0, rate_limit: None, ..agenthuman_sandbox::Options::default() };
    let sandbox = Sandbox::start(options).await.map_err(|error| Failure::new(Kind::Configuration, error.to_string()))?;
    let (url, key) = (sandbox.url().to_owned(), sandbox.api_key().to_owned());
    connected(&url, &key, Some(sandbox))
}

fn connected(url: &str, key: &str, sandbox: Option<Running>) -> Result<Service, Failure> {
    let client = Client::builder().base_url(url).api_key(key).build()?;
    let rooms = rooms::Client::builder().base_url(format!("{}/rooms", url.trim_end_matches('/'))).api_key(key).build()?;
    Ok(Service { client, rooms, url: url.to_owned(), sandbox })
}

/// Sessions of a user that the demo remembers.
const MOST_SESSIONS: usize = 1000;

/// A backend that accepts every user and every request.
struct Demo {
    client: Client,
    /// The ids of each user's sessions, the last opened last. A real backend has them in its database.
    sessions: Mutex<HashMap<String, VecDeque<Id>>>,
}

impl Backend for Demo {
    async fn authorize(&self, phone: &PhoneRequest) -> Result<Option<String>, BoxError> {
        Ok(phone.bearer().and_then(|token| token.strip_prefix("demo-")).filter(|user| !user.is_empty()).map(str::to_owned))
    }

    async fn policy(&self, user: &str, request: PolicyRequest) -> Result<Decision, BoxError> {
        Ok(match request {
            PolicyRequest::OpenSession { agent_id, session_type, metadata, .. } => {
                let agent_id = match agent_id {
                    Some(id) => id,
                    None => self.first_agent().await?,
                };
                Decision::Open(OpenSession { agent_id, session_type, metadata, ..OpenSession::default() })
            }
            PolicyRequest::OpenRoom { avatar, metadata, .. } => {
                let avatar = avatar.unwrap_or_else(|| AVATAR.to_owned());
                Decision::OpenRoom(OpenRoom { metadata, ..OpenRoom::new(avatar, Room::proxy()) })
            }
            PolicyRequest::ListAgents { agents } => {
                Decision::Show(agents.iter().filter_map(|agent| agent["id"].as_str()).map(Id::from).collect())
            }
            PolicyRequest::ListSessions { limit, .. } => {
                let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
                Decision::ShowSessions(sessions.get(user).into_iter().flatten().rev().take(limit).cloned().collect())
            }
            PolicyRequest::ResumeSession(_) => Decision::Resume(ResumeSession::default()),
            _ => Decision::Refuse(None),
        })
    }

    async fn on_open(&self, user: &str, session: UserSession) -> Result<(), BoxError> {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let sessions = sessions.entry(user.to_owned()).or_default();
        sessions.push_back(session.session_id.into());
        while sessions.len() > MOST_SESSIONS {
            sessions.pop_front();
        }
        Ok(())
    }
}

impl Demo {
    fn new(client: Client) -> Demo {
        Demo { client, sessions: Mutex::default() }
    }

    async fn first_agent(&self) -> Result<Id, BoxError> {
        let first = self.client.agents().list(ListAgents::new()).next().await?;
        first.map(|agent| agent.id).ok_or_else(|| "the service has no agents".into())
    }
}
