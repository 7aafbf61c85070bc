//! Where a credential comes from, and who fetches it: one caller for all who wait.

#[cfg(feature = "server")]
use super::ApiKey;
use super::Token;
use crate::error::{Error, Kind, Result};
use crate::host::HostChannel;
use crate::table::CredentialKind;
use crate::{Object, Secret};
use futures_util::future::BoxFuture;
use std::fmt;
#[cfg(feature = "server")]
use std::path::PathBuf;
use std::sync::{Arc, RwLock};
#[cfg(feature = "server")]
use std::time::SystemTime;
use tokio::sync::Mutex;

/// What a function that gives credentials fails with.
pub type SourceError = Box<dyn std::error::Error + Send + Sync>;

type Callback = Arc<dyn Fn() -> BoxFuture<'static, Result<Secret, SourceError>> + Send + Sync>;

/// Where the API key comes from.
#[cfg(feature = "server")]
#[derive(Clone)]
pub enum KeySource {
    Value(Secret),
    /// A file that holds the key alone; it is read again when it changes.
    File(PathBuf),
    /// Asked at first use, and again when the service refuses the key it gave.
    Callback(Callback),
    /// A function of the host language, asked through the call that needs it.
    Host,
}

/// Where the user's token comes from.
#[derive(Clone)]
pub enum TokenSource {
    Value(Secret),
    /// Asked at first use, and again when the token has expired or is refused.
    Callback(Callback),
    /// A function of the host language, asked through the call that needs it.
    Host,
}

/// A credential as it is sent.
#[derive(Clone)]
pub(crate) enum Held {
    #[cfg(feature = "server")]
    ApiKey(ApiKey),
    Token(Token),
}

impl Held {
    pub fn kind(&self) -> CredentialKind {
        match self {
            #[cfg(feature = "server")]
            Held::ApiKey(_) => CredentialKind::ApiKey,
            Held::Token(_) => CredentialKind::Token,
        }
    }

    pub fn expose(&self) -> &str {
        match self {
            #[cfg(feature = "server")]
            Held::ApiKey(key) => key.expose(),
            Held::Token(token) => token.expose(),
        }
    }

    fn has_expired(&self) -> bool {
        matches!(self, Held::Token(token) if token.has_expired())
    }

    fn parse(kind: CredentialKind, text: &str) -> Result<Held> {
        match kind {
            #[cfg(feature = "server")]
            CredentialKind::ApiKey => ApiKey::parse(text).map(Held::ApiKey),
            #[cfg(not(feature = "server"))]
            CredentialKind::ApiKey => Err(Error::new(Kind::Configuration, "a phone's client holds no API key")),
            CredentialKind::Token => Token::parse(text).map(Held::Token),
        }
    }
}

/// The source of one kind of credential.
pub(crate) struct Source {
    kind: CredentialKind,
    origin: Origin,
    /// What the origin gave last. Held while it is asked, so that all others wait for the one who asks.
    cache: Mutex<Option<Held>>,
}

enum Origin {
    Fixed(Held),
    #[cfg(feature = "server")]
    File {
        path: PathBuf,
        read: std::sync::Mutex<Option<(SystemTime, Held)>>,
    },
    Callback(Callback),
    Host,
    /// The host, at every call.
    HostEachTime,
}

impl Source {
    fn new(kind: CredentialKind, origin: Origin) -> Source {
        Source { kind, origin, cache: Mutex::new(None) }
    }

    pub fn fixed(held: Held) -> Source {
        Source::new(held.kind(), Origin::Fixed(held))
    }

    #[cfg(feature = "server")]
    pub fn key(source: KeySource) -> Result<Source> {
        let kind = CredentialKind::ApiKey;
        Ok(match source {
            KeySource::Value(text) => Source::fixed(Held::parse(kind, text.expose())?),
            KeySource::File(path) => Source::new(kind, Origin::File { path, read: std::sync::Mutex::default() }),
            KeySource::Callback(callback) => Source::new(kind, Origin::Callback(callback)),
            KeySource::Host => Source::new(kind, Origin::Host),
        })
    }

    pub fn token(source: TokenSource) -> Result<Source> {
        let kind = CredentialKind::Token;
        Ok(match source {
            TokenSource::Value(text) => Source::fixed(Held::parse(kind, text.expose())?),
            TokenSource::Callback(callback) => Source::new(kind, Origin::Callback(callback)),
            TokenSource::Host => Source::new(kind, Origin::Host),
        })
    }

    /// A function of a phone's app, which is asked at every call: the app knows when its user changes, and keeps its
    /// tokens itself.
    pub fn of_app() -> Source {
        Source::new(CredentialKind::Token, Origin::HostEachTime)
    }

    /// The credential to send. With `refused`, the one that the service did not accept: another one, or `None`.
    pub async fn get(&self, refused: Option<&Held>, host: Option<&HostChannel>) -> Result<Option<Held>> {
        let usable = |held: &Held| refused.is_none_or(|refused| refused.expose() != held.expose());
        match &self.origin {
            Origin::Fixed(held) if held.has_expired() && refused.is_none() => Err(expired()),
            Origin::Fixed(held) => Ok(usable(held).then(|| held.clone())),
            #[cfg(feature = "server")]
            Origin::File { path, read } => read_file(path, read, self.kind).map(|held| usable(&held).then_some(held)),
            Origin::Callback(_) | Origin::Host => {
                let mut cache = self.cache.lock().await;
                if let Some(held) = cache.as_ref()
                    && usable(held)
                    && !held.has_expired()
                {
                    return Ok(Some(held.clone()));
                }
                let held = self.fetch(host).await?;
                *cache = Some(held.clone());
                Ok(usable(&held).then_some(held))
            }
            Origin::HostEachTime => self.fetch(host).await.map(|held| usable(&held).then_some(held)),
        }
    }

    async fn fetch(&self, host: Option<&HostChannel>) -> Result<Held> {
        let text = self.ask(host).await?;
        let held = Held::parse(self.kind, text.expose())?;
        if held.has_expired() { Err(expired()) } else { Ok(held) }
    }

    async fn ask(&self, host: Option<&HostChannel>) -> Result<Secret> {
        let answer = match (&self.origin, host) {
            (Origin::Callback(callback), _) => callback().await.map_err(|_| "failed".to_owned()),
            (_, Some(host)) => host.credential(self.kind).await,
            (_, None) => Err("cannot be asked outside a call of the host language".to_owned()),
        };
        // The failure's own text may quote the credential, so only that it failed is told here.
        answer.map_err(|why| {
            Error::new(Kind::MissingCredential, format!("the function that gives the {} {why}", described(self.kind)))
        })
    }

    /// The fixed key, where that is what this source is.
    #[cfg(feature = "server")]
    pub fn fixed_key(&self) -> Option<&ApiKey> {
        match &self.origin {
            Origin::Fixed(Held::ApiKey(key)) => Some(key),
            _ => None,
        }
    }
}

fn expired() -> Error {
    Error::new(Kind::MissingCredential, "the token held has expired")
        .suggestion("Sign in again by a one-time code, or give the client a fresh token.")
}

#[cfg(feature = "server")]
fn read_file(path: &PathBuf, read: &std::sync::Mutex<Option<(SystemTime, Held)>>, kind: CredentialKind) -> Result<Held> {
    let unreadable = |error: std::io::Error| {
        Error::new(Kind::MissingCredential, format!("the API key's file {} cannot be read: {}", path.display(), error.kind()))
    };
    let changed = std::fs::metadata(path).and_then(|data| data.modified()).map_err(unreadable)?;
    let mut read = read.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some((at, held)) = read.as_ref()
        && *at == changed
    {
        return Ok(held.clone());
    }
    let text = Secret::new(std::fs::read_to_string(path).map_err(unreadable)?);
    // A file ends with a line break by habit; in a variable or an argument one is a mistake.
    let line = text.expose();
    let line = line.strip_suffix('\n').unwrap_or(line);
    let held = Held::parse(kind, line.strip_suffix('\r').unwrap_or(line))?;
    *read = Some((changed, held.clone()));
    Ok(held)
}

fn described(kind: CredentialKind) -> &'static str {
    match kind {
        CredentialKind::ApiKey => "API key",
        CredentialKind::Token => "token",
    }
}

/// What a client holds: sources that are swapped whole, so that calls under way keep theirs.
pub(crate) struct Sources {
    key: RwLock<Option<Arc<Source>>>,
    token: RwLock<Option<Arc<Source>>>,
}

impl Sources {
    pub fn new(key: Option<Source>, token: Option<Source>) -> Sources {
        Sources { key: RwLock::new(key.map(Arc::new)), token: RwLock::new(token.map(Arc::new)) }
    }

    fn slot(&self, kind: CredentialKind) -> &RwLock<Option<Arc<Source>>> {
        match kind {
            CredentialKind::ApiKey => &self.key,
            CredentialKind::Token => &self.token,
        }
    }

    pub fn held(&self, kind: CredentialKind) -> Option<Arc<Source>> {
        self.slot(kind).read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    pub fn swap(&self, kind: CredentialKind, source: Option<Source>) {
        *self.slot(kind).write().unwrap_or_else(std::sync::PoisonError::into_inner) = source.map(Arc::new);
    }

    /// The source to use for an operation: the first that it takes and that is held.
    pub fn choose(&self, accepted: &[CredentialKind]) -> Result<Option<Arc<Source>>> {
        if accepted.is_empty() {
            return Ok(None);
        }
        if let Some(source) = accepted.iter().find_map(|kind| self.held(*kind)) {
            return Ok(Some(source));
        }
        let needs: Vec<_> = accepted.iter().map(|kind| described(*kind)).collect();
        let ways: Vec<_> = accepted
            .iter()
            .map(|kind| match kind {
                CredentialKind::ApiKey => "give the client an API key, or set AGENTHUMAN_API_KEY",
                CredentialKind::Token => "sign in by a one-time code, give the client a token, or set AGENTHUMAN_TOKEN",
            })
            .collect();
        let mut suggestion = ways.join("; or ");
        if let Some(first) = suggestion.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        Err(Error::new(Kind::MissingCredential, format!("this needs {}, and the client holds none", article(&needs)))
            .suggestion(format!("{suggestion}.")))
    }
}

fn article(needs: &[&str]) -> String {
    needs
        .iter()
        .map(|need| if need.starts_with('A') { format!("an {need}") } else { format!("a {need}") })
        .collect::<Vec<_>>()
        .join(" or ")
}

impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let holds = |kind| if self.held(kind).is_some() { "held" } else { "none" };
        f.debug_struct("Credentials")
            .field("api_key", &holds(CredentialKind::ApiKey))
            .field("token", &holds(CredentialKind::Token))
            .finish()
    }
}

/// A masked summary of what is held, for a host's `repr`.
impl Sources {
    pub fn summary(&self) -> Object {
        let mut summary = Object::new();
        #[cfg(feature = "server")]
        if let Some(source) = self.held(CredentialKind::ApiKey) {
            let shown = source.fixed_key().map_or_else(|| "from a source".to_owned(), ApiKey::masked);
            summary.insert("api_key".into(), shown.into());
        }
        if self.held(CredentialKind::Token).is_some() {
            summary.insert("token".into(), "[token]".into());
        }
        summary
    }
}
