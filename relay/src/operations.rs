//! The operations, for an authorized user.

use crate::answers::{Refusal, success};
use crate::backend::{Backend, Decision, OpenSession, PhoneRequest, PolicyRequest};
use crate::functions::{self, Function};
use crate::grants::{Claims, Granted, Terms};
use crate::opened::{InFlight, Undelivered};
use crate::options::is_lifetime;
use crate::projection;
use crate::routes::is_id;
use crate::sessions::Full;
use crate::state::Service;
use crate::upstream::Upstream;
use agenthuman::operations::phone;
use agenthuman::table::Operation;
use agenthuman::{Id, Kind, Object};
use bytes::Bytes;
use http::Response;
use serde_json::{Value, json};

/// An authorized request: the user is known, the rate limit allows it, and the grant, if it needs one, is valid.
pub(crate) struct Authorized<'a, B> {
    pub service: &'a Service,
    pub backend: &'a B,
    pub phone: &'a PhoneRequest,
    pub upstream: Upstream,
    pub operation: &'static Operation,
    pub user: String,
    /// The session and its grant, if the request is about one.
    pub about: Option<(String, Claims)>,
    /// The parameters of body and query.
    pub params: Object,
}

impl<B: Backend> Authorized<'_, B> {
    pub async fn run(self) -> Result<(Response<Bytes>, Option<Undelivered>), Refusal> {
        let operation = self.operation;
        let mut opened = None;
        let values = match operation.name {
            "sessions.create" => {
                let (values, undelivered) = self.open().await?;
                opened = Some(undelivered);
                values
            }
            "sessions.get" | "sessions.end" => self.session().await?,
            "sessions.renew" => self.renew().await?,
            "messages.create" => self.send().await?,
            "messages.list" => self.messages().await?,
            "avatars.list" => self.catalogue("avatars").await?,
            "voices.list" => self.catalogue("voices").await?,
            "agents.list" => self.agents().await?,
            _ => return Err(Refusal::fault("the relay does not implement an operation of the table")),
        };
        Ok((success(operation.name, operation.status, &projection::body(operation, values)), opened))
    }

    async fn open(self) -> Result<(Object, Undelivered), Refusal> {
        let (mut place, open_sessions) = self.service.sessions.take_place(&self.user).map_err(|full| {
            let Full { limit, retry_after } = full;
            let why = format!("this user already has {limit} open sessions, the maximum; end one first");
            #[expect(clippy::cast_precision_loss, reason = "no grant lasts longer than a year")]
            Refusal::new(Kind::ConcurrencyLimit, why).retry_after(retry_after as f64)
        })?;
        let text = |name: &str| self.params.get(name).and_then(Value::as_str);
        let request = PolicyRequest::OpenSession {
            agent_id: text("agent_id").map(Id::from),
            session_type: text("session_type").map(str::to_owned),
            metadata: self.params.get("metadata").and_then(Value::as_object).cloned(),
            open_sessions,
        };
        let open_session = match self.decision(request).await? {
            Decision::Open(open_session) => open_session,
            Decision::Refuse(_) | Decision::Show(_) => {
                return Err(Refusal::fault("policy returned an agent list for sessions.create"));
            }
        };
        let plan = Plan::of(&open_session, self.service)?;
        let mut params = Object::new();
        params.insert("agent_id".into(), open_session.agent_id.as_str().into());
        params.extend(open_session.session_type.map(|value| ("session_type".to_owned(), value.into())));
        params.extend(open_session.metadata.map(|value| ("metadata".to_owned(), value.into())));
        if let Some(before) = place.before() {
            self.upstream.end_for(self.operation, before).await?;
            place.emptied();
        }
        let (upstream, operation, user) = (self.upstream.clone(), self.operation, self.user.clone());
        let created = InFlight::new(async move {
            let (session, _) = upstream.call(operation, operation.name, params).await?;
            let id = session["id"].as_str().unwrap_or_default().to_owned();
            if !is_id(&id) {
                return Err(Refusal::new(Kind::InvalidResponse, Kind::InvalidResponse.entry().doc));
            }
            Ok((session, Undelivered::new(upstream, id, user, place)))
        });
        let (session, undelivered) = created.await?;
        let grants = &self.service.grants;
        let until = grants.now().saturating_add(plan.session_seconds);
        let id = session["id"].as_str().unwrap_or_default().to_owned();
        let terms =
            Terms { user: self.user, session: id.clone(), operations: plan.operations, seconds: plan.grant_seconds, until };
        let granted = grants.issue(terms)?;
        if let Some(place) = undelivered.place() {
            place.fill(&id, granted.exp, until);
        }
        Ok((with_session(session, &granted), undelivered))
    }

    async fn session(self) -> Result<Object, Refusal> {
        let session = self.about_session(self.operation.name).await?;
        Ok([("session".to_owned(), session)].into_iter().collect())
    }

    /// Calls `name` for the session, and notes whether it is over.
    async fn about_session(&self, name: &str) -> Result<Value, Refusal> {
        let outcome = self.upstream.call(self.operation, name, about("id", &self.about)).await;
        let is_over = match &outcome {
            Ok((session, _)) => is_over(session),
            Err(refusal) => refusal.kind() == Kind::NotFound,
        };
        if is_over {
            self.note_end();
        }
        outcome.map(|(session, _)| session)
    }

    async fn renew(self) -> Result<Object, Refusal> {
        let Some((id, claims)) = &self.about else { return Err(Refusal::fault("a renewal has no grant")) };
        self.service.grants.refuse_over(claims)?;
        let session = self.about_session(phone::GET_SESSION.name).await?;
        if is_over(&session) {
            return Err(Refusal::new(Kind::Conflict, "the session has ended, so its grant cannot be renewed"));
        }
        let until = claims.until;
        let granted = self.service.grants.issue(claims.again())?;
        self.service.sessions.renewed(&self.user, id, granted.exp, until);
        Ok(with_session(session, &granted))
    }

    /// Frees the user's place of a session that is over.
    fn note_end(&self) {
        if let Some((id, _)) = &self.about {
            self.service.sessions.ended(&self.user, id);
        }
    }

    async fn send(self) -> Result<Object, Refusal> {
        let mut params = about("session_id", &self.about);
        params.extend(self.params.clone());
        params.insert("role".into(), "user".into());
        let sent = self.upstream.call(self.operation, self.operation.name, params).await;
        if sent.as_ref().is_err_and(|refusal| matches!(refusal.kind(), Kind::Conflict | Kind::NotFound)) {
            self.note_end();
        }
        let (exchange, _) = sent?;
        let Value::Object(mut exchange) = exchange else {
            return Err(Refusal::fault("the client's response to messages.create is not an object"));
        };
        if exchange.get("reply").is_some_and(is_hidden) {
            exchange.insert("reply".into(), Value::Null);
        }
        Ok(exchange)
    }

    async fn messages(self) -> Result<Object, Refusal> {
        let mut params = about("session_id", &self.about);
        params.extend(self.params);
        let (messages, next) = self.upstream.call(self.operation, self.operation.name, params).await?;
        let Value::Array(mut messages) = messages else {
            return Err(Refusal::fault("the client's response to a list is not an array"));
        };
        messages.retain(|message| !is_hidden(message));
        Ok([("messages".to_owned(), Value::Array(messages)), ("next".to_owned(), json!(next))].into_iter().collect())
    }

    async fn catalogue(self, name: &str) -> Result<Object, Refusal> {
        let items = self.service.catalogues.get(self.operation, &self.upstream).await?;
        Ok([(name.to_owned(), Value::Array(items.to_vec()))].into_iter().collect())
    }

    async fn agents(self) -> Result<Object, Refusal> {
        let agents = self.service.catalogues.get(self.operation, &self.upstream).await?;
        let Value::Array(agents) = projection::field(self.operation, "agents", &Value::Array(agents.to_vec())) else {
            return Err(Refusal::fault("the client's response to a list is not an array"));
        };
        let Decision::Show(shown) = self.decision(PolicyRequest::ListAgents { agents: agents.clone() }).await? else {
            return Err(Refusal::fault("policy returned a session for agents.list"));
        };
        let is_shown = |agent: &Value| agent["id"].as_str().is_some_and(|id| shown.iter().any(|shown| shown.as_str() == id));
        let agents = agents.into_iter().filter(is_shown).collect();
        Ok([("agents".to_owned(), Value::Array(agents))].into_iter().collect())
    }

    async fn decision(&self, request: PolicyRequest) -> Result<Decision, Refusal> {
        let deciding = self.backend.policy(&self.user, request);
        match functions::run(Function::Policy, self.service.options.function_timeout, &self.phone.secrets(), deciding).await? {
            Decision::Refuse(why) => {
                let why = why.unwrap_or_else(|| "You are not allowed to do this.".to_owned());
                Err(Refusal::new(Kind::PolicyRefused, why))
            }
            decision => Ok(decision),
        }
    }
}

/// The session that the policy decided on, with the defaults filled in.
struct Plan {
    operations: Vec<String>,
    grant_seconds: u64,
    session_seconds: u64,
}

impl Plan {
    fn of(open_session: &OpenSession, service: &Service) -> Result<Plan, Refusal> {
        let granted = || phone::OPERATIONS.iter().filter(|operation| operation.grant).map(|operation| operation.name);
        let operations = match &open_session.operations {
            None => granted().map(str::to_owned).collect(),
            Some(names) if names.iter().all(|name| granted().any(|known| known == name)) => names.clone(),
            Some(_) => return Err(Refusal::fault("policy returned an unknown name in operations")),
        };
        let grant_seconds = open_session.grant_seconds.unwrap_or(service.options.grant_seconds);
        let session_seconds = open_session.session_seconds.unwrap_or(service.options.session_seconds);
        if !is_lifetime(grant_seconds) || !is_lifetime(session_seconds) {
            return Err(Refusal::fault(
                "policy returned grant_seconds or session_seconds out of range: each must be 1 to 31536000",
            ));
        }
        Ok(Plan { operations, grant_seconds, session_seconds })
    }
}

fn with_session(session: Value, granted: &Granted) -> Object {
    let grant = Value::from(granted.grant.expose());
    [("session", session), ("grant", grant), ("expires_in", granted.expires_in.into())]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn is_over(session: &Value) -> bool {
    session["status"].as_str().is_some_and(|status| status == "completed") || session["ended_at"].is_string()
}

fn about(name: &str, about: &Option<(String, Claims)>) -> Object {
    about.iter().map(|(session, _)| (name.to_owned(), Value::from(session.as_str()))).collect()
}

/// Only messages of the user and of the agent are for the phone. Those of other roles (`system`, `tool`, `developer`), or of
/// none, pass between the backend and the agent.
fn is_hidden(message: &Value) -> bool {
    !matches!(message["role"].as_str(), Some("user" | "assistant"))
}
