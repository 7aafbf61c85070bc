//! The interface to a backend: authentication of users, and the policy.

use crate::open_room::OpenRoom;
use crate::requests::grant;
use agenthuman::host::wrong_type;
use agenthuman::{Id, Object};
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderMap, Method, Request, Uri};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// Any error of a backend's own. The phone gets a plain 500, and the log the error with its sources.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The functions that a backend gives its relay. Each run has the time limit of
/// [`Options::function_timeout`](crate::Options::function_timeout); one that blocks its thread cannot be interrupted.
pub trait Backend: Send + Sync + 'static {
    /// Authenticates the user by the app's own token in `Authorization`. Returns the user's id, or `None` if the token
    /// is invalid. It is called only for requests with the header. An id has 1 to 256 bytes, and neither control characters
    /// nor U+FFFD.
    ///
    /// # Errors
    /// If the user cannot be determined. The phone gets 500 `server`.
    fn authorize(&self, request: &PhoneRequest) -> impl Future<Output = Result<Option<String>, BoxError>> + Send;

    /// Decides on a request of a user.
    ///
    /// # Errors
    /// If no decision is possible. The phone gets 500 `server`.
    fn policy(&self, user: &str, request: PolicyRequest) -> impl Future<Output = Result<Decision, BoxError>> + Send;

    /// Notes a session with an agent that was opened for a user, such as in the backend's database, so that the policy can list it. It runs
    /// before the phone gets the session. Default: does nothing.
    ///
    /// # Errors
    /// If the session could not be noted. It is ended, and the phone gets 500 `server`.
    fn on_open(&self, user: &str, session: UserSession) -> impl Future<Output = Result<(), BoxError>> + Send {
        let _ = (user, session);
        std::future::ready(Ok(()))
    }
}

/// A request from a phone, for [`Backend::authorize`]. Its `Debug` output does not contain its headers.
pub struct PhoneRequest {
    parts: Parts,
    operation: &'static str,
}

impl PhoneRequest {
    /// Splits a request from its body.
    pub(crate) fn split<R>(request: Request<R>, operation: &'static str) -> (PhoneRequest, R) {
        let (parts, body) = request.into_parts();
        (PhoneRequest { parts, operation }, body)
    }

    /// The name of the requested operation, such as `messages.create`.
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

    /// The extensions that layers in front of the relay added to the request.
    pub fn extensions(&self) -> &http::Extensions {
        &self.parts.extensions
    }

    /// The secrets that must not be logged.
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

impl fmt::Debug for PhoneRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PhoneRequest").field("operation", &self.operation).finish_non_exhaustive()
    }
}

/// A request of a user, for the policy to decide. Later versions may have more; a policy refuses what it does not know.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
#[serde(tag = "operation")]
pub enum PolicyRequest {
    /// Open a session. Only the form of the phone's parameters has been checked.
    #[serde(rename = "sessions.create")]
    OpenSession {
        /// The requested agent.
        #[serde(serialize_with = "as_text")]
        agent_id: Option<Id>,
        /// The requested type of session, such as `agent_chat`.
        session_type: Option<String>,
        /// Data for the policy.
        metadata: Option<Object>,
        /// The number of the user's other open sessions that this copy of the relay knows.
        open_sessions: usize,
    },
    /// Open a session in a room. Only the form of the phone's parameters has been checked.
    #[serde(rename = "rooms.create")]
    OpenRoom {
        /// The requested avatar: its id, or the URL of a picture.
        avatar: Option<String>,
        /// Data for the policy.
        metadata: Option<Object>,
        /// The number of the user's other open sessions in rooms that this copy of the relay knows.
        open_sessions: usize,
    },
    /// List the user's sessions.
    #[serde(rename = "sessions.list")]
    ListSessions {
        /// The ids of the user's open sessions that this copy of the relay knows, the last opened first. Only the backend knows them all.
        sessions: Vec<String>,
        /// The number of sessions in a list.
        limit: usize,
    },
    /// Resume a session of the user.
    #[serde(rename = "sessions.resume")]
    ResumeSession(UserSession),
    /// List the backend's agents.
    #[serde(rename = "agents.list")]
    ListAgents {
        /// All agents, as a phone would see them.
        agents: Vec<Value>,
    },
}

/// A session that the relay opened for the user.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct UserSession {
    /// The session's id.
    pub session_id: String,
    /// The agent.
    #[serde(serialize_with = "as_text")]
    pub agent_id: Option<Id>,
    /// The type of session, such as `agent_chat`.
    pub session_type: Option<String>,
    /// `active`, or `completed` if it has ended.
    pub status: Option<String>,
    /// The metadata that the policy chose when the session was opened.
    pub metadata: Option<Object>,
}

/// A decision of the policy.
#[derive(Clone, Debug)]
pub enum Decision {
    /// Rejects the request. The user gets the reason, if there is one.
    Refuse(Option<String>),
    /// Opens this session.
    Open(OpenSession),
    /// Opens this session in a room.
    OpenRoom(OpenRoom),
    /// Lists the agents with these ids.
    Show(Vec<Id>),
    /// Lists the sessions with these ids: the first 20 of at most 1,000, without those that the relay did not open for the user.
    ShowSessions(Vec<Id>),
    /// Resumes the session.
    Resume(ResumeSession),
}

/// A session to resume: what its grant allows, and for how long.
#[derive(Clone, Debug, Default)]
pub struct ResumeSession {
    /// The names of the operations that the grant allows. Default: all operations on a session. A grant
    /// without `sessions.renew` cannot be renewed.
    pub operations: Option<Vec<String>>,
    /// The lifetime of each grant, in seconds. Default: [`Options::grant_seconds`](crate::Options).
    pub grant_seconds: Option<u64>,
    /// The time from now during which grants can be renewed, in seconds. Default: [`Options::session_seconds`](crate::Options).
    pub session_seconds: Option<u64>,
}

/// A session to open. The phone's request has no effect except for what is repeated here.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OpenSession {
    /// The agent to talk with.
    #[serde(deserialize_with = "id")]
    pub agent_id: Id,
    /// The type of session, such as `agent_chat`. Default: the API's.
    pub session_type: Option<String>,
    /// Data kept with the session. The phone never sees it.
    pub metadata: Option<Object>,
    /// The names of the operations that the grant allows. Default: all operations on a session. A grant
    /// without `sessions.renew` cannot be renewed.
    pub operations: Option<Vec<String>>,
    /// The lifetime of each grant of this session, in seconds. Default: [`Options::grant_seconds`](crate::Options).
    pub grant_seconds: Option<u64>,
    /// The time during which grants can be renewed, in seconds. Default: [`Options::session_seconds`](crate::Options).
    pub session_seconds: Option<u64>,
}

/// Parses an id from a host: text, or a whole number.
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
struct RefusedDecision {
    refused: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ShownAgents {
    #[serde(deserialize_with = "ids")]
    agents: Vec<Id>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ShownSessions {
    #[serde(deserialize_with = "ids")]
    sessions: Vec<Id>,
}

/// A decision to resume a session, which names it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ResumedSession {
    #[serde(deserialize_with = "id")]
    session_id: Id,
    operations: Option<Vec<String>>,
    grant_seconds: Option<u64>,
    session_seconds: Option<u64>,
}

impl Decision {
    /// Parses the decision of a host's policy.
    ///
    /// # Errors
    /// What is wrong with it. No value of it is quoted, since it may be a secret.
    pub(crate) fn from_json(request: &PolicyRequest, text: &str) -> Result<Decision, String> {
        let value: Value = serde_json::from_str(text).map_err(|_| "it is not JSON".to_owned())?;
        if value.is_null() {
            return Ok(Decision::Refuse(None));
        }
        if value.get("refused").is_some() {
            return parse(value).map(|RefusedDecision { refused }| Decision::Refuse(refused));
        }
        match request {
            PolicyRequest::OpenSession { .. } => parse(value).map(Decision::Open),
            PolicyRequest::OpenRoom { .. } => parse(value).map(Decision::OpenRoom),
            PolicyRequest::ListSessions { .. } => parse(value).map(|ShownSessions { sessions }| Decision::ShowSessions(sessions)),
            PolicyRequest::ResumeSession(asked) => {
                let ResumedSession { session_id, operations, grant_seconds, session_seconds } = parse(value)?;
                if session_id.as_str() != asked.session_id {
                    return Err("session_id must be that of the request".to_owned());
                }
                Ok(Decision::Resume(ResumeSession { operations, grant_seconds, session_seconds }))
            }
            PolicyRequest::ListAgents { .. } => parse(value).map(|ShownAgents { agents }| Decision::Show(agents)),
        }
    }
}

fn parse<T: DeserializeOwned>(value: Value) -> Result<T, String> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().to_string();
        let why = error.inner().to_string();
        if why.starts_with("invalid ") { wrong_type(&path, error.inner()) } else { why }
    })
}
