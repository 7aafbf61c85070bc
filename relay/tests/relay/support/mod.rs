//! A relay over a canned API, its log, and phones that talk to it.

pub mod contract;
pub mod mounted;
pub mod phone;

use agenthuman::{Client, Secret};
use agenthuman_relay::{Backend, BoxError, Clock, Decision, Options, PhoneRequest, PolicyRequest, Relay, UserSession};
use agenthuman_testing::canned::Canned;
pub use agenthuman_testing::made_up::KEY;
pub use agenthuman_testing::relay::{PLANTED, allow_all, api};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response};
use http_body_util::{BodyExt, Full};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use tracing_subscriber::fmt::MakeWriter;

pub const SECRET: &str = "the-relay-signs-with-this-secret-in-tests";
pub const RETIRED: &str = "the-relay-signed-with-this-one-last-year";
pub const ALICE: &str = "user-alice-8841";
/// The mark of Alice's sessions at the API. It must stay the same, or her sessions are lost to her.
pub const MARK: &str = "dF1dky3Lqz4Qle2Ll-CjYJipdcNbMw9fLfA3ix4aGp0";
pub const BOB: &str = "user-bob-2290";
/// When the tests' clock begins: some time in 2030.
pub const BEGIN: u64 = 1_900_000_000;

/// The app's own token of a user.
pub fn token(user: &str) -> String {
    format!("app-token-of-{user}")
}

type Policy = Box<dyn Fn(&str, PolicyRequest) -> Result<Decision, BoxError> + Send + Sync>;

/// Who sends a request, in its extensions: an id that need not fit into a header.
#[derive(Clone)]
pub struct User(pub String);

type OnOpen = Box<dyn Fn(&str, UserSession) -> Result<(), BoxError> + Send + Sync>;

/// A backend whose tokens name their users, and whose policy is given.
pub struct TestBackend {
    policy: Policy,
    on_open: OnOpen,
}

impl TestBackend {
    pub fn new(policy: impl Fn(&str, PolicyRequest) -> Result<Decision, BoxError> + Send + Sync + 'static) -> TestBackend {
        TestBackend { policy: Box::new(policy), on_open: Box::new(|_, _| Ok(())) }
    }

    /// The backend with a function for sessions that were opened.
    pub fn on_open(self, on_open: impl Fn(&str, UserSession) -> Result<(), BoxError> + Send + Sync + 'static) -> TestBackend {
        TestBackend { on_open: Box::new(on_open), ..self }
    }
}

impl Backend for TestBackend {
    async fn authorize(&self, asked: &PhoneRequest) -> Result<Option<String>, BoxError> {
        if let Some(User(user)) = asked.extensions().get() {
            return Ok(Some(user.clone()));
        }
        match asked.bearer() {
            Some("raises") => Err("the vault is shut".into()),
            Some("panics") => panic!("a panic on purpose"),
            Some(token) => Ok(token.strip_prefix("app-token-of-").map(str::to_owned)),
            None => Ok(None),
        }
    }

    async fn policy(&self, user: &str, request: PolicyRequest) -> Result<Decision, BoxError> {
        (self.policy)(user, request)
    }

    async fn on_open(&self, user: &str, session: UserSession) -> Result<(), BoxError> {
        (self.on_open)(user, session)
    }
}

/// The tests' own time, which passes when it is told to.
#[derive(Clone)]
pub struct Time(Arc<AtomicU64>);

impl Time {
    pub fn new() -> Time {
        Time(Arc::new(AtomicU64::new(BEGIN)))
    }

    pub fn now(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }

    pub fn pass(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }

    pub fn clock(&self) -> Clock {
        let time = self.clone();
        Clock::new(move || time.now())
    }
}

/// Everything this thread logs, while it is held.
pub struct Log {
    text: Arc<Mutex<Vec<u8>>>,
    _guard: tracing::subscriber::DefaultGuard,
}

#[derive(Clone)]
struct Writer(Arc<Mutex<Vec<u8>>>);

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Writer {
    type Writer = Writer;

    fn make_writer(&self) -> Writer {
        self.clone()
    }
}

impl Log {
    pub fn new() -> Log {
        let text = Arc::new(Mutex::new(Vec::new()));
        let subscriber =
            tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(Writer(text.clone())).finish();
        Log { _guard: tracing::subscriber::set_default(subscriber), text }
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.text.lock().unwrap().clone()).unwrap()
    }
}

/// An answer of the relay, read.
#[derive(Clone, Debug)]
pub struct Answered {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answered {
    pub fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    #[track_caller]
    pub fn is(&self, status: u16, code: &str) {
        assert_eq!((self.status, self.code()), (status, code), "{}", self.body);
    }

    #[track_caller]
    pub fn ok(&self, status: u16) -> &Value {
        assert_eq!((self.status, &self.body["success"]), (status, &json!(true)), "{}", self.body);
        &self.body
    }
}

pub async fn read(response: Response<Full<Bytes>>) -> Answered {
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).expect("the answer is JSON") };
    Answered { status: parts.status.as_u16(), headers: parts.headers, body }
}

pub fn options() -> Options {
    Options { secrets: vec![Secret::new(SECRET)], ..Options::default() }
}

/// A relay over a canned API.
pub struct Bench {
    pub relay: Relay<TestBackend>,
    pub upstream: Canned,
    pub time: Time,
    pub log: Log,
}

impl Bench {
    pub async fn new() -> Bench {
        Bench::with(options(), allow_all).await
    }

    pub async fn with(
        options: Options,
        policy: impl Fn(&str, PolicyRequest) -> Result<Decision, BoxError> + Send + Sync + 'static,
    ) -> Bench {
        Bench::of(options, TestBackend::new(policy)).await
    }

    pub async fn of(options: Options, backend: TestBackend) -> Bench {
        let log = Log::new();
        let time = Time::new();
        let upstream = Canned::on_this_runtime(api);
        let client = Client::builder().base_url(&upstream.url).api_key(KEY).max_retries(0).build().unwrap();
        let options = Options { clock: time.clock(), ..options };
        let relay = Relay::new(client, backend, options).unwrap();
        Bench { relay, upstream, time, log }
    }

    /// Sends a request, and holds the answer against the contract.
    pub async fn send(&self, request: Request<Full<Bytes>>) -> Answered {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let answered = read(self.relay.handle(request).await).await;
        contract::check(&method, &path, &answered);
        answered
    }

    pub async fn get(&self, path: &str, grant: Option<&str>) -> Answered {
        self.send(request(Method::GET, path, grant, None)).await
    }

    /// Sends a request of another user.
    pub async fn send_as(&self, user: &str, mut request: Request<Full<Bytes>>) -> Answered {
        request.headers_mut().insert("authorization", HeaderValue::from_str(&format!("Bearer {}", token(user))).unwrap());
        self.send(request).await
    }

    pub async fn post(&self, path: &str, grant: Option<&str>, body: Value) -> Answered {
        self.send(request(Method::POST, path, grant, Some(body))).await
    }

    pub async fn put(&self, path: &str, grant: Option<&str>) -> Answered {
        self.send(request(Method::PUT, path, grant, None)).await
    }

    /// A grant that the relay itself gave Alice for session 101.
    pub async fn opened(&self) -> String {
        let opened = self.post("/v1/sessions", None, json!({})).await;
        opened.ok(201)["grant"].as_str().unwrap().to_owned()
    }

    /// Nothing secret is in the log, and the API was not called.
    #[track_caller]
    pub fn nothing_happened(&self, secrets: &[&str]) {
        assert_eq!(self.upstream.seen().len(), 0, "the API was called: {:?}", self.upstream.seen());
        self.log_is_clean(secrets);
    }

    #[track_caller]
    pub fn log_is_clean(&self, secrets: &[&str]) {
        let log = self.log.text();
        assert!(log.contains("operation="), "the log holds the request: {log}");
        let tokens = [token(ALICE), token(BOB)];
        let always = [KEY, SECRET, RETIRED, PLANTED, ALICE, BOB, "eyJ"].into_iter().chain(tokens.iter().map(String::as_str));
        for secret in always.chain(secrets.iter().copied()) {
            assert!(!log.contains(secret), "{secret} is in the log:\n{log}");
        }
    }
}

/// A request of Alice's.
pub fn request(method: Method, path: &str, grant: Option<&str>, body: Option<Value>) -> Request<Full<Bytes>> {
    let mut request = Request::builder().method(method).uri(path).header("authorization", format!("Bearer {}", token(ALICE)));
    if let Some(grant) = grant {
        request = request.header("x-agenthuman-grant", grant);
    }
    if body.is_some() {
        request = request.header("content-type", "application/json");
    }
    request.body(Full::from(body.map(|body| body.to_string()).unwrap_or_default())).unwrap()
}

/// The head of a request of Alice's that carries JSON.
pub fn app_request(method: Method, path: &str, grant: Option<&str>) -> http::request::Builder {
    let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
    let request = request.header("authorization", format!("Bearer {}", token(ALICE)));
    match grant {
        Some(grant) => request.header("x-agenthuman-grant", grant),
        None => request,
    }
}

/// What a good grant of Alice's for session 101 says at the tests' begin.
pub fn claims() -> Value {
    json!({
        "iss": "agenthuman-relay", "aud": "agenthuman-relay", "sub": ALICE, "sid": "101",
        "ops": ["sessions.get", "sessions.end", "sessions.renew", "messages.create", "messages.list"],
        "iat": BEGIN, "exp": BEGIN + 900, "until": BEGIN + 28_800, "jti": "1", "dialect": "agents",
    })
}

/// The claims with some of them changed.
pub fn claims_with(changes: Value) -> Value {
    let mut claims = claims();
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims
}

pub fn signed(claims: &Value, secret: &str) -> String {
    signed_by(Algorithm::HS256, claims, secret)
}

pub fn signed_by(algorithm: Algorithm, claims: &Value, secret: &str) -> String {
    jsonwebtoken::encode(&Header::new(algorithm), claims, &EncodingKey::from_secret(secret.as_bytes())).unwrap()
}
