//! What each operation does, once it is known who asks.

use crate::answers::{Refusal, success};
use crate::backend::{Backend, Decision, Opening, Wish};
use crate::grants::{Claims, Terms};
use crate::options::is_lifetime;
use crate::rows;
use crate::service::Service;
use crate::upstream::Upstream;
use agenthuman::operations::phone;
use agenthuman::table::Operation;
use agenthuman::{Id, Kind, Object};
use bytes::Bytes;
use http::Response;
use serde_json::{Value, json};

/// An operation that may go on: the user is known, the limit is kept, and the grant, where it needs one, is good.
pub(crate) struct Allowed<'a, B> {
    pub service: &'a Service,
    pub backend: &'a B,
    pub upstream: Upstream<'a>,
    pub operation: &'static Operation,
    pub user: String,
    /// The session and its grant, where it is about one.
    pub about: Option<(String, Claims)>,
    /// The parameters of body and query.
    pub params: Object,
}

impl<B: Backend> Allowed<'_, B> {
    pub async fn run(self) -> Result<Response<Bytes>, Refusal> {
        let operation = self.operation;
        let values = match operation.name {
            "sessions.create" => self.open().await?,
            "sessions.get" | "sessions.end" => self.session().await?,
            "sessions.renew" => self.renew().await?,
            "messages.create" => self.send().await?,
            "messages.list" => self.messages().await?,
            "avatars.list" => self.catalogue("avatars").await?,
            "voices.list" => self.catalogue("voices").await?,
            "agents.list" => self.agents().await?,
            _ => return Err(Refusal::fault("the table has an operation that the relay has not")),
        };
        Ok(success(operation.name, operation.status, &rows::body(operation, values)))
    }

    async fn open(self) -> Result<Object, Refusal> {
        let text = |name: &str| self.params.get(name).and_then(Value::as_str);
        let wish = Wish::OpenSession {
            agent_id: text("agent_id").map(Id::from),
            session_type: text("session_type").map(str::to_owned),
            metadata: self.params.get("metadata").and_then(Value::as_object).cloned(),
        };
        let opening = match self.decision(wish).await? {
            Decision::Open(opening) => opening,
            Decision::Refuse(_) | Decision::Show(_) => return Err(Refusal::fault("policy decided about something else")),
        };
        let plan = Plan::of(&opening, self.service)?;
        let mut params = Object::new();
        params.insert("agent_id".into(), opening.agent_id.as_str().into());
        params.extend(opening.session_type.map(|value| ("session_type".to_owned(), value.into())));
        params.extend(opening.metadata.map(|value| ("metadata".to_owned(), value.into())));
        let session = self.upstream.call_as_decided(self.operation.name, params).await?;
        let id = session["id"].as_str().unwrap_or_default().to_owned();
        let grants = &self.service.grants;
        let until = grants.now().saturating_add(plan.session_seconds);
        let terms = Terms { user: self.user, session: id, operations: plan.operations, seconds: plan.grant_seconds, until };
        granted(self.service, session, terms)
    }

    async fn session(self) -> Result<Object, Refusal> {
        let (session, _) = self.upstream.call(self.operation.name, about("id", &self.about)).await?;
        Ok([("session".to_owned(), session)].into_iter().collect())
    }

    async fn renew(self) -> Result<Object, Refusal> {
        let params = about("id", &self.about);
        let Some((_, claims)) = self.about else { return Err(Refusal::fault("a renewal came without a grant")) };
        self.service.grants.refuse_over(&claims)?;
        let (session, _) = self.upstream.call(phone::GET_SESSION.name, params).await?;
        let is_over = session["status"].as_str().is_some_and(|status| status == "completed") || session["ended_at"].is_string();
        if is_over {
            return Err(Refusal::new(Kind::Conflict, "the session has ended, so its grant is not renewed"));
        }
        granted(self.service, session, claims.again())
    }

    async fn send(self) -> Result<Object, Refusal> {
        let mut params = about("session_id", &self.about);
        params.extend(self.params);
        params.insert("role".into(), "user".into());
        let (exchange, _) = self.upstream.call(self.operation.name, params).await?;
        let Value::Object(mut exchange) = exchange else { return Err(Refusal::fault("an exchange is no object")) };
        if exchange.get("reply").is_some_and(is_hidden) {
            exchange.insert("reply".into(), Value::Null);
        }
        Ok(exchange)
    }

    async fn messages(self) -> Result<Object, Refusal> {
        let mut params = about("session_id", &self.about);
        params.extend(self.params);
        let (messages, next) = self.upstream.call(self.operation.name, params).await?;
        let Value::Array(mut messages) = messages else { return Err(Refusal::fault("a list is no array")) };
        messages.retain(|message| !is_hidden(message));
        Ok([("messages".to_owned(), Value::Array(messages)), ("next".to_owned(), json!(next))].into_iter().collect())
    }

    async fn catalogue(self, name: &str) -> Result<Object, Refusal> {
        let items = self.upstream.list(self.operation.name).await?;
        Ok([(name.to_owned(), Value::Array(items))].into_iter().collect())
    }

    async fn agents(self) -> Result<Object, Refusal> {
        let agents = Value::Array(self.upstream.list(self.operation.name).await?);
        let Value::Array(agents) = rows::row(self.operation, "agents", &agents) else {
            return Err(Refusal::fault("a list is no array"));
        };
        let Decision::Show(shown) = self.decision(Wish::ListAgents { agents: agents.clone() }).await? else {
            return Err(Refusal::fault("policy decided about something else"));
        };
        let is_shown = |agent: &Value| agent["id"].as_str().is_some_and(|id| shown.iter().any(|shown| shown.as_str() == id));
        let agents = agents.into_iter().filter(is_shown).collect();
        Ok([("agents".to_owned(), Value::Array(agents))].into_iter().collect())
    }

    async fn decision(&self, wish: Wish) -> Result<Decision, Refusal> {
        match self.backend.policy(&self.user, wish).await {
            Ok(Decision::Refuse(why)) => {
                let why = why.unwrap_or_else(|| "the backend does not allow this".to_owned());
                Err(Refusal::new(Kind::PolicyRefused, why))
            }
            Ok(decision) => Ok(decision),
            Err(_) => Err(Refusal::fault("policy failed")),
        }
    }
}

/// What a policy's opening comes to, with what it leaves open.
struct Plan {
    operations: Vec<String>,
    grant_seconds: u64,
    session_seconds: u64,
}

impl Plan {
    fn of(opening: &Opening, service: &Service) -> Result<Plan, Refusal> {
        let granted = || phone::OPERATIONS.iter().filter(|operation| operation.grant).map(|operation| operation.name);
        let operations = match &opening.operations {
            None => granted().map(str::to_owned).collect(),
            Some(names) if names.iter().all(|name| granted().any(|known| known == name)) => names.clone(),
            Some(_) => return Err(Refusal::fault("policy named an operation that no grant is for")),
        };
        let grant_seconds = opening.grant_seconds.unwrap_or(service.options.grant_seconds);
        let session_seconds = opening.session_seconds.unwrap_or(service.options.session_seconds);
        if !is_lifetime(grant_seconds) || !is_lifetime(session_seconds) {
            return Err(Refusal::fault("policy gave a number of seconds that is out of range"));
        }
        Ok(Plan { operations, grant_seconds, session_seconds })
    }
}

fn granted(service: &Service, session: Value, terms: Terms) -> Result<Object, Refusal> {
    let granted = service.grants.issue(terms)?;
    Ok([
        ("session".to_owned(), session),
        ("grant".to_owned(), granted.grant.expose().into()),
        ("expires_in".to_owned(), granted.expires_in.into()),
    ]
    .into_iter()
    .collect())
}

fn about(name: &str, about: &Option<(String, Claims)>) -> Object {
    about.iter().map(|(session, _)| (name.to_owned(), Value::from(session.as_str()))).collect()
}

/// What the backend and the agent say to each other is not for the phone.
fn is_hidden(message: &Value) -> bool {
    message["role"].as_str() == Some("system")
}
