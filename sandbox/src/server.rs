//! Starting, serving and stopping.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{DATE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tower::ServiceExt;

use crate::activity::{self, Activity, Caller};
use crate::app::App;
use crate::body::{LargeBodies, MAX_BODY};
use crate::clock::Clock;
use crate::connection::Peer;
use crate::contract::{self, Contract};
use crate::error::ApiError;
use crate::faults::{Faults, Operations, WithoutHeaders};
use crate::guard::{self, Guard};
use crate::options::Options;
use crate::rate_limit::RateLimiter;
use crate::replies::Replies;
use crate::routes::{self, control, mailbox, media};
use crate::store::Store;
use crate::store::rooms::accounts::AccountDefaults;
use crate::token::TokenKey;
use crate::{auth, dispatch, openapi, random, rooms, seed, serve, web};

const STOP_TIMEOUT: Duration = Duration::from_secs(5);
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// A local AgentHuman service.
pub struct Sandbox;

/// A running sandbox. It stops when this is dropped.
pub struct Running {
    url: String,
    api_key: String,
    token: String,
    email: String,
    stop: Option<watch::Sender<()>>,
    task: JoinHandle<()>,
}

/// The reason why a sandbox did not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// Listening on the address failed.
    Bind { address: SocketAddr, source: io::Error },
    /// The data file is unusable.
    Data { path: Option<PathBuf>, reason: String },
    /// A fault names an unknown operation, or faults are set although the sandbox does not listen on a loopback address.
    Fault { reason: String },
}

impl Sandbox {
    /// Starts a sandbox that serves in background tasks of the current tokio runtime.
    pub async fn start(options: Options) -> Result<Running, StartError> {
        let address = SocketAddr::new(options.host, options.port);
        let bind_error = |source| StartError::Bind { address, source };
        let listener = TcpListener::bind(address).await.map_err(bind_error)?;
        let address = listener.local_addr().map_err(bind_error)?;
        let url = url_of(address);
        let clock = Arc::new(Clock::default());
        let data_error = |reason: String| StartError::Data { path: options.data.clone(), reason };
        let defaults = AccountDefaults { plan: options.plan, minutes: options.minutes };
        let store = Store::open(options.data.as_deref(), url.clone(), clock.clone(), defaults);
        let store = store.map_err(data_error)?;
        let secret = store.token_secret().map_err(|error| data_error(error.to_string()))?;
        let (routes, api) = routes::v1().split_for_parts();
        let (rooms_routes, rooms_api) = rooms::v1().split_for_parts();
        let (stop, stopping) = watch::channel(());
        let app = App {
            store,
            activity: Activity::new(clock.clone()),
            clock,
            tokens: TokenKey::new(&secret),
            limiter: options.rate_limit.map(RateLimiter::new),
            auth: options.auth,
            contract: options.contract,
            livekit: options.livekit.clone(),
            print_mail: options.print_mail,
            secure_cookies: !options.host.is_loopback(),
            faults: Faults::new(Operations::in_documents(&[("", &api), ("rooms", &rooms_api)])),
            replies: Replies::default(),
            large_bodies: LargeBodies::default(),
            guard: Guard::new(address.ip(), options.allow_hosts.clone()),
            start_up_faults: options.faults.clone(),
            stopping,
        };
        app.set_start_up_faults().map_err(|reason| StartError::Fault { reason })?;
        let (api_key, token) = app.start_up_credentials(options.api_key.as_ref(), &secret).map_err(data_error)?;
        let app = Arc::new(app);
        let documents = [(api, Contract::Agents, url.clone()), (rooms_api, Contract::Rooms, format!("{url}/rooms"))];
        let documents = documents.map(|(api, contract, url)| {
            Arc::from(openapi::complete(api, contract, &url).to_json().unwrap_or_else(|_| "{}".to_owned()))
        });
        let service = router(app.clone(), routes.nest("/rooms", rooms_routes), documents);
        let task = tokio::spawn(async move {
            let prepared = {
                let app = app.clone();
                Router::new().fallback(async move |request: Request| {
                    let request = dispatch::prepare(&app, request).await;
                    service.oneshot(request).await
                })
            };
            serve::serve(listener, prepared, || app.stopped()).await;
            app.store.checkpoint();
        });
        Ok(Running { url, api_key, token, email: seed::EMAIL.to_owned(), stop: Some(stop), task })
    }
}

impl Running {
    /// The base URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// An API key of the developer's account. It stays the same for the same data.
    pub fn api_key(&self) -> &str {
        &self.api_key
    }

    /// A JWT of the developer's account, valid for one hour.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The email address of the developer's account.
    pub fn email(&self) -> &str {
        &self.email
    }

    /// Stops listening, and waits up to 5 seconds for requests in flight.
    pub async fn stop(mut self) {
        drop(self.stop.take());
        if tokio::time::timeout(STOP_TIMEOUT, &mut self.task).await.is_err() {
            self.task.abort();
            let _ = self.task.await;
        }
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running").field("url", &self.url).field("email", &self.email).finish_non_exhaustive()
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bind { address, source } => {
                write!(f, "cannot listen on {address}: {source}. Choose another port with --port; --port 0 picks a free one")
            }
            Self::Data { path: Some(path), reason } => write!(f, "cannot use {}: {reason}", path.display()),
            Self::Data { path: None, reason } => write!(f, "cannot create the data: {reason}"),
            Self::Fault { reason } => write!(f, "invalid faults: {reason}"),
        }
    }
}

impl std::error::Error for StartError {}

/// Returns the base URL for an address: with the loopback address if the sandbox listens on all addresses.
fn url_of(mut address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => IpAddr::V4(std::net::Ipv4Addr::LOCALHOST),
            IpAddr::V6(_) => IpAddr::V6(std::net::Ipv6Addr::LOCALHOST),
        });
    }
    format!("http://{address}")
}

fn router(app: Arc<App>, v1: Router<Arc<App>>, [agents, rooms]: [Arc<str>; 2]) -> Router {
    v1.route("/openapi.json", get(move || async move { openapi::json(&agents) }))
        .route("/openapi.rooms.json", get(move || async move { openapi::json(&rooms) }))
        .route("/sandbox/account", get(control::account).put(control::change_account))
        .route("/sandbox/sessions/{id}/leave", post(control::leave))
        .route("/sandbox/mailbox", get(mailbox::json))
        .route("/sandbox/reset", post(control::reset))
        .route("/sandbox/log", get(control::log))
        .route("/sandbox/clock", get(control::clock).post(control::advance_clock))
        .route("/sandbox/faults", get(control::faults).put(control::set_faults).delete(control::remove_faults))
        .route("/sandbox/replies", get(control::replies).put(control::set_replies).delete(control::clear_replies))
        .route("/media/{id}", get(media::get))
        .merge(web::routes())
        .fallback(|| async { ApiError::not_found("Not found") })
        .method_not_allowed_fallback(|| async { ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed") })
        .layer(axum::extract::DefaultBodyLimit::max(MAX_BODY))
        .layer(from_fn_with_state(app.clone(), gate))
        .with_state(app)
}

/// Runs for every request: the guard, faults, the caller and the rate limit (under /v1), the request id, and the log.
async fn gate(State(app): State<Arc<App>>, ConnectInfo(peer): ConnectInfo<Peer>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let path = request.uri().path();
    let (is_v1, is_media) = (guard::is_v1(path), path.starts_with("/media/"));
    let redacted_path = activity::redacted_path(path);
    let contract = Contract::of_path(path);
    let checked = app.guard.check(&request).and_then(|()| contract::check_header(request.headers()));
    let (response, caller) = if let Err(refusal) = checked {
        (refusal.into_response(), Caller::default())
    } else if is_v1 {
        with_faults(&app, &peer, request, next).await
    } else {
        (next.run(request).await, Caller::default())
    };
    let mut response = contract.render(response);
    let id = HeaderValue::from_str(&format!("req_{}", random::hex_id()));
    response.headers_mut().extend(HeaderValue::from_str(&app.clock.http_date()).map(|date| (DATE, date)));
    if response.extensions().get::<WithoutHeaders>().is_none() {
        let headers = response.headers_mut();
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if !is_media {
            headers.insert(RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
        }
        headers.extend(id.iter().map(|id| (REQUEST_ID, id.clone())));
    }
    if let Ok(id) = id {
        // Rejected requests to other paths are logged, too, since they reveal a wrong base URL.
        if is_v1 || response.status().is_client_error() {
            app.activity.record(&method, redacted_path, response.status(), started.elapsed(), caller, id);
        }
    }
    response
}

async fn with_faults(app: &App, peer: &Peer, request: Request, next: Next) -> (Response, Caller) {
    let fault = match app.faults.of(&request) {
        Ok(fault) => fault,
        Err(error) => return (error.into_response(), Caller::default()),
    };
    let contract = Contract::of_path(request.uri().path());
    // Rendered before the fault, which may cut the body.
    let work = async {
        let (response, caller) = v1_gate(app, peer.address.ip(), request, next).await;
        (contract.render(response), caller)
    };
    let Some(fault) = fault else {
        return work.await;
    };
    let mut caller = Caller::default();
    let answer = async {
        let (response, known) = work.await;
        caller = known;
        response
    };
    let response = fault.apply(&peer.connection, app.stopped(), app.clock.now_unix(), answer).await;
    (response, caller)
}

async fn v1_gate(app: &App, address: IpAddr, mut request: Request, next: Next) -> (Response, Caller) {
    let identity = match auth::identify(app, request.method(), request.headers()) {
        Ok(identity) => identity,
        Err(error) => return (error.into_response(), Caller::default()),
    };
    let caller = identity.caller();
    let verdict = app.limiter.as_ref().map(|limiter| limiter.count(identity.rate_limit_key(address), app.clock.now()));
    let mut response = if verdict.as_ref().is_some_and(|verdict| !verdict.allowed) {
        ApiError::too_many_requests().into_response()
    } else {
        request.extensions_mut().insert(identity);
        next.run(request).await
    };
    if let Some(verdict) = verdict {
        verdict.write_to(response.headers_mut());
    }
    (response, caller)
}
