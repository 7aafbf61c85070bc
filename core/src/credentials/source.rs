//! Sources of credentials. A function runs once for all calls that need its result.

use super::Token;
use super::advice::{Environment, missing};
#[cfg(feature = "server")]
use super::file::KeyFile;
use super::flight::{Accept, Flight, Landing};
#[cfg(feature = "server")]
use super::{ApiKey, KeyCommand};
use crate::error::{Error, Kind, Result};
use crate::question::{HostChannel, Unanswered};
use crate::vocabulary::CredentialKind;
use crate::{Object, Secret};
use futures_util::future::BoxFuture;
use std::fmt;
#[cfg(feature = "server")]
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;
use tokio::time::Instant;

/// The error of a function that returns a credential.
pub type SourceError = Box<dyn std::error::Error + Send + Sync>;

type Callback = Arc<dyn Fn() -> BoxFuture<'static, Result<Secret, SourceError>> + Send + Sync>;

/// A source of the API key.
#[cfg(feature = "server")]
#[derive(Clone)]
pub enum KeySource {
    /// The key itself.
    Value(Secret),
    /// A file that contains only the key. It is read again when it changes.
    File(PathBuf),
    /// A command that prints the key. It runs at first use, and again when the service rejects the key.
    Command(KeyCommand),
    /// A function that is called at first use, and again when the service rejects the key. It must not use a client that
    /// needs it.
    Callback(Callback),
    /// A function of the host language. The call that needs it asks the host.
    Host,
}

/// A source of the user's token.
#[derive(Clone)]
pub enum TokenSource {
    /// The token itself.
    Value(Secret),
    /// A function that is called at first use, and again when the token has expired or is rejected. It must not use a
    /// client that needs it.
    Callback(Callback),
    /// A function of the host language. The call that needs it asks the host.
    Host,
}

/// A credential of a request.
#[derive(Clone)]
pub(crate) enum Credential {
    #[cfg(feature = "server")]
    ApiKey(ApiKey),
    Token(Token),
}

impl Credential {
    pub fn kind(&self) -> CredentialKind {
        match self {
            #[cfg(feature = "server")]
            Credential::ApiKey(_) => CredentialKind::ApiKey,
            Credential::Token(_) => CredentialKind::Token,
        }
    }

    pub fn expose(&self) -> &str {
        match self {
            #[cfg(feature = "server")]
            Credential::ApiKey(key) => key.expose(),
            Credential::Token(token) => token.expose(),
        }
    }

    fn is(&self, other: &Credential) -> bool {
        self.expose() == other.expose()
    }

    /// Whether its lifetime, counted from when it was received, is over.
    fn is_outlived(&self) -> bool {
        matches!(self, Credential::Token(token) if token.is_outlived())
    }

    /// Whether the source's function must be called again: when the clock says that the token has expired, and if
    /// its expiry is unknown, after a rejection.
    fn is_due(&self) -> bool {
        matches!(self, Credential::Token(token) if token.left().is_some_and(|left| left.is_zero()))
    }

    fn parse(kind: CredentialKind, text: &str) -> Result<Credential> {
        match kind {
            #[cfg(feature = "server")]
            CredentialKind::ApiKey => ApiKey::parse(text).map(Credential::ApiKey),
            #[cfg(not(feature = "server"))]
            CredentialKind::ApiKey => Err(Error::new(Kind::Configuration, "a phone's client holds no API key")),
            CredentialKind::Token => Token::parse(text).map(Credential::Token),
        }
    }
}

/// The pause after a source returned a rejected credential again.
const REST: Duration = Duration::from_secs(1);

/// The source of one kind of credential.
pub(crate) struct Source {
    kind: CredentialKind,
    origin: Origin,
    state: Mutex<State>,
    flight: Flight<Result<Credential>>,
    /// Whether the function made a call that needs the function.
    waits_for_itself: AtomicBool,
}

enum Origin {
    Fixed(Credential),
    #[cfg(feature = "server")]
    File(KeyFile),
    #[cfg(feature = "server")]
    Command(KeyCommand),
    Callback(Callback),
    Host,
    /// A function of the host, at every call.
    HostEachTime,
}

#[derive(Default)]
struct State {
    /// The last result of the function.
    current: Option<Credential>,
    /// The last credential that the service rejected.
    rejected: Option<Credential>,
    /// The time at which the function returned the rejected credential again.
    repeated_at: Option<Instant>,
}

impl State {
    fn is_rejected(&self, credential: &Credential) -> bool {
        self.rejected.as_ref().is_some_and(|rejected| rejected.is(credential))
    }

    fn rests(&self) -> bool {
        self.repeated_at.is_some_and(|at| at.elapsed() < REST)
    }
}

tokio::task_local! {
    /// The sources whose functions run in this task, by address.
    static RUNNING: Vec<usize>;
}

impl Source {
    fn new(kind: CredentialKind, origin: Origin) -> Source {
        Source { kind, origin, state: Mutex::default(), flight: Flight::default(), waits_for_itself: AtomicBool::new(false) }
    }

    pub fn fixed(credential: Credential) -> Source {
        Source::new(credential.kind(), Origin::Fixed(credential))
    }

    #[cfg(feature = "server")]
    pub fn key(source: KeySource) -> Result<Source> {
        let kind = CredentialKind::ApiKey;
        Ok(match source {
            KeySource::Value(text) => Source::fixed(Credential::parse(kind, text.expose())?),
            KeySource::File(path) => Source::new(kind, Origin::File(KeyFile::new(path))),
            KeySource::Command(command) => Source::new(kind, Origin::Command(command)),
            KeySource::Callback(callback) => Source::new(kind, Origin::Callback(callback)),
            KeySource::Host => Source::new(kind, Origin::Host),
        })
    }

    pub fn token(source: TokenSource) -> Result<Source> {
        let kind = CredentialKind::Token;
        Ok(match source {
            TokenSource::Value(text) => Source::fixed(Credential::parse(kind, text.expose())?),
            TokenSource::Callback(callback) => Source::new(kind, Origin::Callback(callback)),
            TokenSource::Host => Source::new(kind, Origin::Host),
        })
    }

    /// The function of a phone's app, which runs at every call: the app knows when its user changes, and keeps its
    /// tokens itself.
    pub fn of_app() -> Source {
        Source::new(CredentialKind::Token, Origin::HostEachTime)
    }

    /// Returns the credential to send; if the service `rejected` one, another one or `None`.
    pub async fn get(&self, rejected: Option<&Credential>, host: Option<&HostChannel>) -> Result<Option<Credential>> {
        let is_other = |credential: &Credential| rejected.is_none_or(|rejected| !rejected.is(credential));
        match &self.origin {
            Origin::Fixed(credential) if credential.is_outlived() && rejected.is_none() => Err(expired()),
            Origin::Fixed(credential) => Ok(is_other(credential).then(|| credential.clone())),
            #[cfg(feature = "server")]
            Origin::File(file) => {
                let rejected = rejected.and_then(|rejected| match rejected {
                    Credential::ApiKey(key) => Some(key),
                    Credential::Token(_) => None,
                });
                Ok(Some(Credential::ApiKey(file.key(rejected).await?)).filter(is_other))
            }
            Origin::HostEachTime => {
                if rejected.is_some() && self.state().rests() {
                    return Ok(None);
                }
                // A function that ran before the call began may have returned the token of the user before.
                Ok(Some(self.fetched(Accept::BegunLater, rejected, host).await?).filter(is_other))
            }
            // A function or a command, whose result is kept.
            _ => {
                {
                    let state = self.state();
                    if let Some(credential) = &state.current
                        && is_other(credential)
                        && !credential.is_due()
                        // If it was rejected, the service says so again, and a function that knows no other one rests.
                        && (!state.is_rejected(credential) || state.rests())
                    {
                        return Ok(Some(credential.clone()));
                    }
                    if rejected.is_some() && state.rests() {
                        return Ok(None);
                    }
                }
                Ok(Some(self.fetched(Accept::Any, rejected, host).await?).filter(is_other))
            }
        }
    }

    /// Records that the service rejected a credential.
    pub fn reject(&self, credential: &Credential) {
        let is_read_again = match &self.origin {
            Origin::Fixed(_) => true,
            #[cfg(feature = "server")]
            Origin::File(_) => true,
            _ => false,
        };
        if !is_read_again {
            self.state().rejected = Some(credential.clone());
        }
    }

    /// Records that the service accepted a credential.
    pub fn accept(&self, credential: &Credential) {
        let mut state = self.state();
        if state.is_rejected(credential) {
            state.rejected = None;
            state.repeated_at = None;
        }
    }

    /// Returns the next result of the function or command, the same for all waiting callers.
    async fn fetched(&self, accept: Accept, rejected: Option<&Credential>, host: Option<&HostChannel>) -> Result<Credential> {
        let address = std::ptr::from_ref(self) as usize;
        let is_running = RUNNING.try_with(|running| running.contains(&address)).unwrap_or_default();
        if is_running || host.is_some_and(|host| host.is_within(self.kind)) {
            self.waits_for_itself.store(true, Ordering::Relaxed);
            return Err(self.waiting_for_itself());
        }
        self.flight
            .join(accept, || async {
                #[cfg(feature = "server")]
                if let Origin::Command(command) = &self.origin {
                    let key = command.key().await;
                    return Landing::Shared(key.and_then(|key| self.learn(key.expose(), rejected)));
                }
                self.waits_for_itself.store(false, Ordering::Relaxed);
                let mut running = RUNNING.try_with(Clone::clone).unwrap_or_default();
                running.push(address);
                match RUNNING.scope(running, self.ask(host)).await {
                    // Only that caller went away.
                    Err(Unanswered::Dropped) => Landing::Own(Err(self.failed(&Unanswered::Dropped))),
                    Err(why) => Landing::Shared(Err(self.failed(&why))),
                    Ok(text) => Landing::Shared(self.learn(text.expose(), rejected)),
                }
            })
            .await
    }

    fn learn(&self, text: &str, rejected: Option<&Credential>) -> Result<Credential> {
        let credential = Credential::parse(self.kind, text)?;
        let mut state = self.state();
        let is_repeated = rejected.is_some_and(|rejected| rejected.is(&credential)) || state.is_rejected(&credential);
        state.repeated_at = is_repeated.then(Instant::now);
        if !matches!(self.origin, Origin::HostEachTime) {
            state.current = Some(credential.clone());
        }
        Ok(credential)
    }

    async fn ask(&self, host: Option<&HostChannel>) -> Result<Secret, Unanswered> {
        match (&self.origin, host) {
            // The failure's own text may quote the credential, so only that it failed is reported. An error of this
            // library quotes nothing.
            (Origin::Callback(callback), _) => callback().await.map_err(|error| {
                let known = error.downcast_ref::<Error>().map(|error| format!("failed: {}", error.info().message));
                Unanswered::Failed(known.unwrap_or_else(|| "failed".to_owned()))
            }),
            (_, Some(host)) => host.credential(self.kind).await,
            (_, None) => Err(Unanswered::Failed("can run only during a call".to_owned())),
        }
    }

    fn failed(&self, why: &Unanswered) -> Error {
        if self.waits_for_itself.load(Ordering::Relaxed) {
            return self.waiting_for_itself();
        }
        let credential = described(self.kind);
        let why = match why {
            Unanswered::Dropped => {
                format!("did not return a {}", if self.kind == CredentialKind::ApiKey { "key" } else { "token" })
            }
            Unanswered::Failed(why) => why.clone(),
        };
        let kind = match self.origin {
            Origin::HostEachTime => Kind::TokenUnavailable,
            _ => Kind::MissingCredential,
        };
        Error::new(kind, format!("the {credential} function {why}"))
    }

    fn waiting_for_itself(&self) -> Error {
        let credential = described(self.kind);
        let why = format!("the {credential} function called an operation that needs the {credential} on the same client");
        Error::new(Kind::Configuration, format!("{why}, which would deadlock"))
            .suggestion("In the function, use another client that has its own credential or needs none.")
            .parameter(self.kind.as_str())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the remaining lifetime of a fixed token, if it is known.
    #[cfg(feature = "server")]
    pub fn fixed_token_left(&self) -> Option<Duration> {
        match &self.origin {
            Origin::Fixed(Credential::Token(token)) => token.left(),
            _ => None,
        }
    }

    /// Returns the key of a fixed source.
    #[cfg(feature = "server")]
    pub fn fixed_key(&self) -> Option<&ApiKey> {
        match &self.origin {
            Origin::Fixed(Credential::ApiKey(key)) => Some(key),
            _ => None,
        }
    }
}

fn expired() -> Error {
    Error::new(Kind::MissingCredential, "the token has expired").suggestion_by_surface(
        "Sign in again with a one-time code, or pass a new token to the client.",
        Kind::TokenExpired.entry().phone_suggestion,
    )
}

fn described(kind: CredentialKind) -> &'static str {
    match kind {
        CredentialKind::ApiKey => "API key",
        CredentialKind::Token => "token",
    }
}

/// The credential sources of a client. They are replaced as a whole, so that calls in flight keep theirs.
pub(crate) struct Sources {
    key: RwLock<Option<Arc<Source>>>,
    token: RwLock<Option<Arc<Source>>>,
    environment: Environment,
}

impl Sources {
    pub fn new(key: Option<Source>, token: Option<Source>, environment: Environment) -> Sources {
        Sources { key: RwLock::new(key.map(Arc::new)), token: RwLock::new(token.map(Arc::new)), environment }
    }

    fn slot(&self, kind: CredentialKind) -> &RwLock<Option<Arc<Source>>> {
        match kind {
            CredentialKind::ApiKey => &self.key,
            CredentialKind::Token => &self.token,
        }
    }

    pub fn source(&self, kind: CredentialKind) -> Option<Arc<Source>> {
        self.slot(kind).read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn swap(&self, kind: CredentialKind, source: Option<Source>) {
        *self.slot(kind).write().unwrap_or_else(PoisonError::into_inner) = source.map(Arc::new);
    }

    /// The same sources, for another client.
    #[cfg(feature = "server")]
    pub fn snapshot(&self) -> Sources {
        let copy = |kind| RwLock::new(self.source(kind));
        Sources { key: copy(CredentialKind::ApiKey), token: copy(CredentialKind::Token), environment: self.environment }
    }

    /// Returns the source for an operation: the first of its credentials that the client has.
    pub fn choose(&self, accepted: &[CredentialKind]) -> Result<Option<Arc<Source>>> {
        if accepted.is_empty() {
            return Ok(None);
        }
        if let Some(source) = accepted.iter().find_map(|kind| self.source(*kind)) {
            return Ok(Some(source));
        }
        let credential = [CredentialKind::ApiKey, CredentialKind::Token].into_iter().find(|kind| self.source(*kind).is_some());
        Err(missing(accepted, credential, self.environment))
    }
}

impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let holds = |kind| if self.source(kind).is_some() { "held" } else { "none" };
        f.debug_struct("Credentials")
            .field("api_key", &holds(CredentialKind::ApiKey))
            .field("token", &holds(CredentialKind::Token))
            .finish()
    }
}

/// Returns a masked summary of the credentials, for a host's `repr`.
impl Sources {
    pub fn summary(&self) -> Object {
        let mut summary = Object::new();
        #[cfg(feature = "server")]
        if let Some(source) = self.source(CredentialKind::ApiKey) {
            let shown = source.fixed_key().map_or_else(|| "from a source".to_owned(), ApiKey::masked);
            summary.insert("api_key".into(), shown.into());
        }
        if self.source(CredentialKind::Token).is_some() {
            summary.insert("token".into(), "[token]".into());
        }
        summary
    }
}
