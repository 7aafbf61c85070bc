//! A session that the policy decided to open: the call that opens it, the terms of its grants, and the answer to the phone.

use crate::answers::Refusal;
use crate::backend::{Decision, OpenSession, ResumeSession};
use crate::grants::Granted;
use crate::marks::Mark;
use crate::open_room::OpenRoom;
use crate::options::{Options, is_lifetime};
use agenthuman::operations::phone;
use agenthuman::table::{Operation, Surface};
use agenthuman::{Kind, Object, Secret};
use serde_json::{Value, json};

/// The longest wait for a place, if the backend's client for rooms limits the sessions that it has open.
const LONGEST_WAIT_SECONDS: u64 = 2;

pub(crate) struct Opening {
    /// The name of the call.
    pub call: &'static str,
    pub params: Object,
    pub terms: SessionTerms,
    pub joins: Joins,
}

/// What the phone may do with the session, and for how long.
pub(crate) struct SessionTerms {
    /// The operations that the grant allows.
    pub operations: Vec<String>,
    pub grant_seconds: u64,
    pub session_seconds: u64,
}

/// What the phone joins.
pub(crate) enum Joins {
    /// A conversation, through the relay.
    Conversation,
    /// A room of the backend's.
    OwnRoom { platform: String, url: String, token: Secret },
    /// A room of the service's, which it describes in its response.
    RoomOfTheService,
}

impl Opening {
    /// What the policy decided for `operation`. A session with an agent gets the mark.
    pub fn of(operation: &Operation, decision: Decision, mark: &Mark, options: &Options) -> Result<Opening, Refusal> {
        match decision {
            Decision::Open(decision) if operation.contract == Surface::Server => Opening::of_session(decision, mark, options),
            Decision::OpenRoom(decision) if operation.contract == Surface::Rooms => Opening::of_room(decision, options),
            _ => Err(Refusal::fault(format!("policy returned a decision that does not fit {}", operation.name))),
        }
    }

    fn of_session(decision: OpenSession, mark: &Mark, options: &Options) -> Result<Opening, Refusal> {
        let OpenSession { agent_id, session_type, metadata, operations, grant_seconds, session_seconds } = decision;
        let mut params = Object::new();
        params.insert("agent_id".into(), agent_id.as_str().into());
        params.extend(session_type.map(|value| ("session_type".to_owned(), value.into())));
        params.insert("metadata".into(), mark.added_to(metadata)?.into());
        let terms = SessionTerms::of(Surface::Server, operations, grant_seconds, session_seconds, options)?;
        Ok(Opening { call: "sessions.create", params, terms, joins: Joins::Conversation })
    }

    fn of_room(decision: OpenRoom, options: &Options) -> Result<Opening, Refusal> {
        let mut params = decision.params();
        params.insert("max_wait".into(), LONGEST_WAIT_SECONDS.into());
        let OpenRoom { room, participant_token, operations, grant_seconds, session_seconds, .. } = decision;
        let joins = match (room.url, participant_token) {
            (None, None) => Joins::RoomOfTheService,
            (Some(url), Some(token)) => Joins::OwnRoom { platform: room.platform.as_str().to_owned(), url, token },
            (Some(_), None) => {
                return Err(Refusal::fault("policy returned a room without participant_token, with which the app joins"));
            }
            (None, Some(_)) => return Err(Refusal::fault("policy returned participant_token without the url of the room")),
        };
        let terms = SessionTerms::of(Surface::Rooms, operations, grant_seconds, session_seconds, options)?;
        // If the response is lost, this call looks for the session and ends it.
        Ok(Opening { call: "sessions.open", params, terms, joins })
    }
}

impl Joins {
    /// The fields of the answer.
    pub fn answer(self, session: Value, granted: &Granted) -> Result<Object, Refusal> {
        let (platform, url, token) = match self {
            Joins::Conversation => return Ok(with_grant("session", session, granted)),
            Joins::OwnRoom { platform, url, token } => (platform, url, token),
            Joins::RoomOfTheService => {
                let text = |name: &str| session["room"][name].as_str().map(str::to_owned);
                let (Some(url), Some(token)) = (text("room_url"), text("participant_token")) else {
                    return Err(Refusal::new(Kind::InvalidResponse, Kind::InvalidResponse.entry().doc));
                };
                ("proxy".to_owned(), url, Secret::new(token))
            }
        };
        let room = json!({ "session": session, "platform": platform, "url": url, "token": token.expose() });
        Ok(with_grant("room", room, granted))
    }
}

impl SessionTerms {
    /// The terms of a session that is resumed.
    pub fn resumed(decision: ResumeSession, options: &Options) -> Result<SessionTerms, Refusal> {
        let ResumeSession { operations, grant_seconds, session_seconds } = decision;
        SessionTerms::of(Surface::Server, operations, grant_seconds, session_seconds, options)
    }

    /// What the policy chose, with the defaults of the relay.
    fn of(
        contract: Surface,
        operations: Option<Vec<String>>,
        grant_seconds: Option<u64>,
        session_seconds: Option<u64>,
        options: &Options,
    ) -> Result<SessionTerms, Refusal> {
        let terms = SessionTerms {
            operations: operations_of(contract, operations)?,
            grant_seconds: grant_seconds.unwrap_or(options.grant_seconds),
            session_seconds: session_seconds.unwrap_or(options.session_seconds),
        };
        if !is_lifetime(terms.grant_seconds) || !is_lifetime(terms.session_seconds) {
            return Err(Refusal::fault(
                "policy returned grant_seconds or session_seconds out of range: each must be 1 to 31536000",
            ));
        }
        Ok(terms)
    }
}

/// The fields of an answer with a grant.
pub(crate) fn with_grant(name: &str, value: Value, granted: &Granted) -> Object {
    let grant = Value::from(granted.grant.expose());
    [(name, value), ("grant", grant), ("expires_in", granted.expires_in.into())]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// The operations of a grant: by default all on a session of the contract.
fn operations_of(contract: Surface, chosen: Option<Vec<String>>) -> Result<Vec<String>, Refusal> {
    let on_a_session = |operation: &&Operation| operation.grant && operation.contract == contract;
    let granted = || phone::OPERATIONS.iter().copied().filter(on_a_session).map(|operation| operation.name);
    match chosen {
        None => Ok(granted().map(str::to_owned).collect()),
        Some(names) if names.iter().all(|name| granted().any(|known| known == name)) => Ok(names),
        Some(_) => Err(Refusal::fault("policy returned an unknown name in operations")),
    }
}
