//! Starting, serving and stopping.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::error::ApiError;
use crate::options::{AuthMode, Options};
use crate::rate_limit::RateLimiter;
use crate::request::MAX_BODY;
use crate::routes::{self, mailbox, media};
use crate::store::Store;
use crate::token::TokenKeys;
use crate::{auth, openapi, random, seed};

const STOP_PATIENCE: Duration = Duration::from_secs(5);
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What every request can reach.
pub struct App {
    pub store: Store,
    pub tokens: TokenKeys,
    pub limiter: Option<RateLimiter>,
    pub auth: AuthMode,
    pub print_mail: bool,
    pub secure_cookies: bool,
}

/// A local AgentHuman service.
pub struct Sandbox;

/// A service that is running. It stops when this is dropped.
pub struct Running {
    url: String,
    api_key: String,
    token: String,
    email: String,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<io::Result<()>>,
}

/// Why a sandbox did not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// The address cannot be listened on.
    Bind { address: SocketAddr, source: io::Error },
    /// The data file cannot be used.
    Data { path: Option<PathBuf>, reason: String },
}

impl Sandbox {
    /// Binds, prepares the data and serves in background tasks of the current tokio runtime.
    pub async fn start(options: Options) -> Result<Running, StartError> {
        let address = SocketAddr::new(options.host, options.port);
        let bind_error = |source| StartError::Bind { address, source };
        let listener = TcpListener::bind(address).await.map_err(bind_error)?;
        let url = url_of(listener.local_addr().map_err(bind_error)?);
        let data_error = |reason: String| StartError::Data { path: options.data.clone(), reason };
        let store = Store::open(options.data.as_deref(), url.clone()).map_err(|error| data_error(error.to_string()))?;
        let secret = store.token_secret().map_err(|error| data_error(error.to_string()))?;
        let app = App {
            store,
            tokens: TokenKeys::new(&secret),
            limiter: options.rate_limit.map(RateLimiter::new),
            auth: options.auth,
            print_mail: options.print_mail,
            secure_cookies: !options.host.is_loopback(),
        };
        let (api_key, token) = app.start_up_credentials().map_err(data_error)?;
        let (stop, stopped) = oneshot::channel();
        let service = router(Arc::new(app), &url).into_make_service_with_connect_info::<SocketAddr>();
        let listener = listener.tap_io(|connection| {
            let _ = connection.set_nodelay(true);
        });
        let serve = axum::serve(listener, service).with_graceful_shutdown(async {
            let _ = stopped.await;
        });
        let task = tokio::spawn(serve.into_future());
        Ok(Running { url, api_key, token, email: seed::EMAIL.to_owned(), stop: Some(stop), task })
    }
}

impl App {
    fn start_up_credentials(&self) -> Result<(String, String), String> {
        let failed = |_: ApiError| "the start-up credentials could not be stored".to_owned();
        let user = self.store.user_by_email(seed::EMAIL).map_err(failed)?.ok_or("the developer's account is missing")?;
        let key = self.store.renew_start_up_key(user.id).map_err(failed)?;
        let token = self.tokens.issue(user.id).map_err(failed)?;
        Ok((key.key, token.token))
    }
}

impl Running {
    /// The base URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// An API key of the developer's account, good until the next start on the same data.
    pub fn api_key(&self) -> &str {
        &self.api_key
    }

    /// A JWT of the developer's account, good for an hour.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The address of the developer's account.
    pub fn email(&self) -> &str {
        &self.email
    }

    /// Stops listening, and waits for a while for the requests that are being answered.
    pub async fn stop(mut self) {
        drop(self.stop.take());
        if tokio::time::timeout(STOP_PATIENCE, &mut self.task).await.is_err() {
            self.task.abort();
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
            Self::Bind { address, source } => write!(f, "cannot listen on {address}: {source}"),
            Self::Data { path: Some(path), reason } => write!(f, "cannot use {}: {reason}", path.display()),
            Self::Data { path: None, reason } => write!(f, "cannot make the data: {reason}"),
        }
    }
}

impl std::error::Error for StartError {}

/// An address that can be called: "any address" is called by the loopback one.
fn url_of(mut address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => IpAddr::V4(std::net::Ipv4Addr::LOCALHOST),
            IpAddr::V6(_) => IpAddr::V6(std::net::Ipv6Addr::LOCALHOST),
        });
    }
    format!("http://{address}")
}

fn router(app: Arc<App>, url: &str) -> Router {
    let (v1, api) = routes::v1().split_for_parts();
    let document: Arc<str> = openapi::complete(api, url).to_json().unwrap_or_else(|_| "{}".to_owned()).into();
    v1.route("/openapi.json", get(move || async move { openapi::json(&document) }))
        .route("/sandbox/mailbox", get(mailbox::json))
        .route("/mailbox", get(mailbox::page))
        .route("/media/{id}", get(media::get))
        .fallback(|| async { ApiError::not_found("Not found") })
        .method_not_allowed_fallback(|| async { ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed") })
        .layer(axum::extract::DefaultBodyLimit::max(MAX_BODY))
        .layer(from_fn_with_state(app.clone(), gate))
        .with_state(app)
}

/// What every request passes: its id, and under /v1 who sends it and how often.
async fn gate(State(app): State<Arc<App>>, ConnectInfo(peer): ConnectInfo<SocketAddr>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let mut response = if path.starts_with("/v1/") || path == "/v1" {
        v1_gate(&app, peer.ip(), request, next).await
    } else {
        next.run(request).await
    };
    if let Ok(id) = HeaderValue::from_str(&format!("req_{}", random::hex_id())) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

async fn v1_gate(app: &App, address: IpAddr, mut request: Request, next: Next) -> Response {
    let identity = match auth::identify(app, request.method(), request.headers()) {
        Ok(identity) => identity,
        Err(error) => return error.into_response(),
    };
    let verdict = app.limiter.as_ref().map(|limiter| limiter.count(identity.counted(address)));
    let mut response = if verdict.as_ref().is_some_and(|verdict| !verdict.allowed) {
        ApiError::too_many_requests().into_response()
    } else {
        request.extensions_mut().insert(identity);
        next.run(request).await
    };
    if let Some(verdict) = verdict {
        verdict.write_to(response.headers_mut());
    }
    response
}
