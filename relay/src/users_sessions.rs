//! The sessions of a user, which were opened on any device: their list, and a grant for one of them.

use crate::answers::Refusal;
use crate::backend::{Backend, Decision, PolicyRequest, UserSession};
use crate::found::is_over;
use crate::marks::{Mark, without_mark};
use crate::opening::{SessionTerms, with_grant};
use crate::operations::Authorized;
use crate::projection;
use crate::routes::is_id;
use crate::upstream::about;
use agenthuman::operations::phone::GET_SESSION;
use agenthuman::{Id, Kind, Object};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::Value;
use std::cmp::Reverse;
use std::collections::HashSet;

/// Sessions in a list: each can cost a request, and the API allows 60 a minute to a key.
const MOST_LISTED: usize = 20;
/// Ids that a policy may return. The first are listed.
const MOST_IDS: usize = 1000;
/// Requests to the API at once for one list.
const AT_ONCE: usize = 4;

impl<B: Backend> Authorized<'_, B> {
    /// Lists the sessions that the policy shows, if they are the user's.
    pub async fn users_sessions(&self) -> Result<Object, Refusal> {
        let known = self.contract.sessions.ids(&self.user);
        let request = PolicyRequest::ListSessions { sessions: known, limit: MOST_LISTED };
        let Decision::ShowSessions(ids) = self.decision(request).await? else {
            return Err(Refusal::fault("policy returned a decision that does not fit sessions.list"));
        };
        if ids.len() > MOST_IDS {
            let why = format!(
                "policy returned {} sessions; the maximum is {MOST_IDS}, and the first {MOST_LISTED} are listed",
                ids.len()
            );
            return Err(Refusal::fault(why));
        }
        let mark = self.mark();
        let sessions = stream::iter(first(&ids)).map(|id| self.listed(id, &mark)).buffered(AT_ONCE);
        let sessions: Vec<Option<Value>> = sessions.try_collect().await?;
        let mut sessions: Vec<Value> = sessions.into_iter().flatten().collect();
        // In this order, 10:30:00.5Z is later than 10:30:00Z.
        sessions
            .sort_by_cached_key(|session| Reverse(session["started_at"].as_str().map(|at| at.trim_end_matches('Z').to_owned())));
        Ok([("sessions".to_owned(), Value::Array(sessions))].into_iter().collect())
    }

    /// The session as the phone sees it, if it is the user's.
    async fn listed(&self, id: String, mark: &Mark) -> Result<Option<Value>, Refusal> {
        let listed = &self.service.listed;
        if let Some(session) = listed.get(&id, mark) {
            return Ok(Some(session));
        }
        let session = match self.upstream.call(self.operation, GET_SESSION.name, about("id", Some(&id))).await {
            Ok((session, _)) => session,
            Err(refusal) if refusal.kind() == Kind::NotFound => return Ok(None),
            Err(refusal) => return Err(refusal),
        };
        if !mark.is_on(&session) {
            return Ok(None);
        }
        let seen = projection::field(&GET_SESSION, "session", &session);
        listed.insert(&id, mark, &seen, is_over(&session));
        Ok(Some(seen))
    }

    /// Gives the phone a grant for a session of the user.
    pub async fn resume(&self) -> Result<Object, Refusal> {
        let Some(id) = &self.session else { return Err(Refusal::fault("a session to resume has no id")) };
        let session = self.about_session(GET_SESSION.name).await?.value()?;
        // Whether another user has a session with this id is not this user's matter.
        if !self.mark().is_on(&session) {
            return Err(Refusal::new(Kind::NotFound, Kind::NotFound.entry().doc));
        }
        let Decision::Resume(decision) = self.decision(PolicyRequest::ResumeSession(UserSession::of(id, &session))).await? else {
            return Err(Refusal::fault("policy returned a decision that does not fit sessions.resume"));
        };
        let terms = SessionTerms::resumed(decision, &self.service.options)?;
        let (granted, until) = self.first_grant(id, terms)?;
        if !is_over(&session) {
            self.contract.sessions.renewed(&self.user, id, granted.exp, until);
        }
        Ok(with_grant("session", session, &granted))
    }

    pub fn mark(&self) -> Mark {
        Mark::of(&self.service.options.audience, &self.user)
    }
}

/// The first ids, each once. One that cannot be an id is not that of a session.
fn first(ids: &[Id]) -> Vec<String> {
    let mut seen = HashSet::new();
    let ids = ids.iter().map(Id::as_str).filter(|id| is_id(id));
    ids.filter(|id| seen.insert(*id)).take(MOST_LISTED).map(str::to_owned).collect()
}

impl UserSession {
    pub(crate) fn of(id: &str, session: &Value) -> UserSession {
        let text = |name: &str| session[name].as_str().map(str::to_owned);
        UserSession {
            session_id: id.into(),
            agent_id: text("agent_id").map(Id::from),
            session_type: text("session_type"),
            status: text("status"),
            metadata: without_mark(session),
        }
    }
}
