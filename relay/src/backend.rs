//! What a backend decides: who asks, and what that user may do.

use crate::requests::grant;
use agenthuman::{Id, Object};
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderMap, Method, Uri};
use serde::de::Error as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// Any error of a backend's own. The phone gets a plain 500, and the log the error with its sources.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The two functions that a backend gives its relay. Each run has the time limit of
/// [`Options::function_timeout`](crate::Options::function_timeout); one that blocks its thread cannot be interrupted.
pub trait Backend: Send + Sync + 'static {
    /// Says who sends the request, by the app's own token in `Authorization`: the user's id, or nothing where the token
    /// is not good. Only requests that have the header come here. An id has 1 to 256 bytes, and neither control characters
    /// nor U+FFFD.
    ///
    /// # Errors
    /// Whatever kept it from being known; the phone gets 500 `server`.
    fn authorize(&self, asked: &Asked) -> impl Future<Output = Result<Option<String>, BoxError>> + Send;

    /// Says what becomes of a user's wish.
    ///
    /// # Errors
    /// Whatever kept it from being decided; the phone gets 500 `server`.
    fn policy(&self, user: &str, wish: Wish) -> impl Future<Output = Result<Decision, BoxError>> + Send;
}

/// A request as [`Backend::authorize`] sees it. It never prints what its headers hold.
pub struct Asked {
    parts: Parts,
    operation: &'static str,
}

impl Asked {
    pub(crate) fn new(parts: Parts, operation: &'static str) -> Asked {
        Asked { parts, operation }
    }

    /// The name of the operation that is asked for, such as `messages.create`.
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    /// The request's method.
    pub fn method(&self) -> &Method {
        &self.parts.method
    }

    /// The request's path and query, from where the relay is mounted.
    pub fn uri(&self) -> &Uri {
        &self.parts.uri
    }

    /// The request's headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.parts.headers
    }

    /// What the layers in front of the relay added to the request.
    pub fn extensions(&self) -> &http::Extensions {
        &self.parts.extensions
    }

    /// The texts that no log may have.
    pub(crate) fn secrets(&self) -> [&str; 2] {
        let grant = grant(self.headers()).unwrap_or_default();
        [self.bearer().unwrap_or_default(), grant]
    }

    /// The app's own token: what follows `Bearer` in `Authorization`.
    pub fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.parts.headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    }
}

impl fmt::Debug for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asked").field("operation", &self.operation).finish_non_exhaustive()
    }
}

/// What a user wishes, for the policy to decide.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "operation")]
pub enum Wish {
    /// To open a session. What the phone gave is checked for its form only.
    #[serde(rename = "sessions.create")]
    OpenSession {
        /// The agent wished for.
        #[serde(serialize_with = "as_text")]
        agent_id: Option<Id>,
        /// How the session is to be held, such as `agent_chat`.
        session_type: Option<String>,
        /// Data for the policy.
        metadata: Option<Object>,
        /// How many other sessions the user has open, as far as this copy of the relay knows.
        open_sessions: usize,
    },
    /// To see the backend's agents.
    #[serde(rename = "agents.list")]
    ListAgents {
        /// All of them, as a phone would see them.
        agents: Vec<Value>,
    },
}

/// What the policy decides.
#[derive(Clone, Debug)]
pub enum Decision {
    /// No. The user is told why, where a reason is given.
    Refuse(Option<String>),
    /// A session is opened like this.
    Open(Opening),
    /// The agents that are shown, by their ids.
    Show(Vec<Id>),
}

/// How a session is opened. The phone's wish counts for nothing that is not repeated here.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Opening {
    /// The agent to talk with.
    #[serde(deserialize_with = "id")]
    pub agent_id: Id,
    /// How the session is held, such as `agent_chat`; the API's own default where it is not given.
    pub session_type: Option<String>,
    /// Data kept with the session. The phone never sees it.
    pub metadata: Option<Object>,
    /// The names of the operations that the grant allows; all that are about a session where it is not given. A grant
    /// without `sessions.renew` cannot be renewed.
    pub operations: Option<Vec<String>>,
    /// How long each grant of this session is good, in seconds; [`Options::grant_seconds`](crate::Options) otherwise.
    pub grant_seconds: Option<u64>,
    /// For how long grants can be renewed, in seconds; [`Options::session_seconds`](crate::Options) otherwise.
    pub session_seconds: Option<u64>,
}

/// An id as a host may give it: text, or a whole number.
fn loose_id(value: &Value) -> Option<Id> {
    match value {
        Value::String(text) => Some(text.as_str().into()),
        Value::Number(number) => number.as_i64().map(Id::from),
        _ => None,
    }
}

fn id<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Id, D::Error> {
    loose_id(&Value::deserialize(deserializer)?).ok_or_else(|| D::Error::custom("an id must be text or a whole number"))
}

fn ids<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<Id>, D::Error> {
    let ids = Option::<Vec<Value>>::deserialize(deserializer)?.unwrap_or_default();
    ids.iter().map(|id| loose_id(id).ok_or_else(|| D::Error::custom("an id must be text or a whole number"))).collect()
}

fn as_text<S: serde::Serializer>(id: &Option<Id>, serializer: S) -> Result<S::Ok, S::Error> {
    id.as_ref().map(Id::as_str).serialize(serializer)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Refused {
    refused: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shown {
    #[serde(deserialize_with = "ids")]
    agents: Vec<Id>,
}

impl Decision {
    /// The decision of a host's policy about a wish.
    pub(crate) fn from_json(wish: &Wish, text: &str) -> serde_json::Result<Decision> {
        let value: Value = serde_json::from_str(text)?;
        if value.is_null() {
            return Ok(Decision::Refuse(None));
        }
        if value.get("refused").is_some() {
            return serde_json::from_value(value).map(|Refused { refused }| Decision::Refuse(refused));
        }
        match wish {
            Wish::OpenSession { .. } => serde_json::from_value(value).map(Decision::Open),
            Wish::ListAgents { .. } => serde_json::from_value(value).map(|Shown { agents }| Decision::Show(agents)),
        }
    }
}
