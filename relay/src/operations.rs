//! The operations, for an authorized user.

use crate::answers::{PAGE, Refusal, success, tagged};
use crate::backend::{Backend, Decision, PhoneRequest, PolicyRequest, UserSession};
use crate::found::{Found, is_over};
use crate::functions::{self, Function};
use crate::grants::{Claims, Granted, Terms};
use crate::in_flight::InFlight;
use crate::marks::check_metadata;
use crate::opened::{GRACE, Undelivered};
use crate::opening::{Opening, SessionTerms, with_grant};
use crate::projection;
use crate::requests;
use crate::routes::is_id;
use crate::sending::{self, Message};
use crate::sessions::Full;
use crate::state::{Contract, Service};
use crate::upstream::{Upstream, about};
use agenthuman::operations::phone;
use agenthuman::table::{Operation, Surface};
use agenthuman::{Id, Kind, Object};
use bytes::Bytes;
use http::Response;
use serde_json::{Value, json};
use std::time::Duration;

/// An authorized request: the user is known, the rate limit allows it, and the grant, if it needs one, is valid.
pub(crate) struct Authorized<'a, B> {
    pub service: &'a Service,
    pub contract: &'a Contract,
    pub backend: &'a B,
    pub phone: &'a PhoneRequest,
    pub upstream: Upstream,
    pub operation: &'static Operation,
    pub user: String,
    /// The session, if the request is about one.
    pub session: Option<String>,
    /// The claims of the session's grant, if the operation needs one.
    pub claims: Option<Claims<'a>>,
    /// The parameters of body and query.
    pub params: Object,
}

impl<B: Backend> Authorized<'_, B> {
    pub async fn run(&self) -> Result<(Response<Bytes>, Option<Undelivered>), Refusal> {
        let operation = self.operation;
        let mut opened = None;
        let mut values = match operation.name {
            "sessions.create" | "rooms.create" => {
                let (values, undelivered) = self.open().await?;
                opened = Some(undelivered);
                values
            }
            "sessions.list" => self.users_sessions().await?,
            "sessions.resume" => self.resume().await?,
            "sessions.get" | "rooms.get" => return Ok((self.state_of_session(phone::GET_SESSION.name).await?, None)),
            "sessions.end" | "rooms.end" => return Ok((self.state_of_session(phone::END_SESSION.name).await?, None)),
            "sessions.renew" | "rooms.renew" => self.renew().await?,
            "messages.create" => self.send().await?,
            "messages.list" => return Ok((self.messages().await?, None)),
            "avatars.list" => self.catalogue("avatars").await?,
            "voices.list" => self.catalogue("voices").await?,
            "agents.list" => self.agents().await?,
            _ => return Err(Refusal::fault("the relay does not implement an operation of the table")),
        };
        values.insert("success".to_owned(), true.into());
        Ok((success(operation.name, operation.status, &projection::body(operation, &values)), opened))
    }

    async fn open(&self) -> Result<(Object, Undelivered), Refusal> {
        check_metadata(&self.params)?;
        let (mut place, open_sessions) = self.contract.sessions.take_place(&self.user).map_err(|full| {
            let Full { limit, retry_after } = full;
            let why = format!("this user already has {limit} open sessions, the maximum; end one first");
            #[expect(clippy::cast_precision_loss, reason = "no grant lasts longer than a year")]
            Refusal::new(Kind::ConcurrencyLimit, why).retry_after(retry_after as f64)
        })?;
        let decision = self.decision(self.request_to_open(open_sessions)).await?;
        let Opening { call, params, terms, joins } = Opening::of(self.operation, decision, &self.mark(), &self.service.options)?;
        if let Some(before) = place.before() {
            self.upstream.end_for(self.operation, before).await?;
            place.emptied();
        }
        let (upstream, operation, user) = (self.upstream.clone(), self.operation, self.user.clone());
        let created = InFlight::new(GRACE, async move {
            let (session, _) = upstream.call(operation, call, params).await?;
            let id = session["id"].as_str().unwrap_or_default().to_owned();
            if !is_id(&id) {
                return Err(Refusal::new(Kind::InvalidResponse, Kind::InvalidResponse.entry().doc));
            }
            Ok((session, Undelivered::new(upstream, id, user, place)))
        });
        let (session, undelivered) = created.await?;
        let id = session["id"].as_str().unwrap_or_default().to_owned();
        let (granted, until) = self.first_grant(&id, terms)?;
        if let Some(place) = undelivered.place() {
            place.fill(&id, granted.exp, until);
        }
        if self.operation.contract == Surface::Server {
            let noting = self.backend.on_open(&self.user, UserSession::of(&id, &session));
            functions::run(Function::OnOpen, self.service.options.function_timeout, self.phone, noting).await?;
        }
        Ok((joins.answer(session, &granted)?, undelivered))
    }

    /// Issues a grant by the terms that the policy decided. Returns it with the time until which it is renewed.
    pub fn first_grant(&self, session: &str, terms: SessionTerms) -> Result<(Granted, u64), Refusal> {
        let grants = &self.service.grants;
        let until = grants.now().saturating_add(terms.session_seconds);
        let granted = grants.issue(Terms {
            contract: self.operation.contract,
            user: self.user.clone(),
            session: session.to_owned(),
            operations: terms.operations,
            seconds: terms.grant_seconds,
            until,
        })?;
        Ok((granted, until))
    }

    /// The question to the policy whether to open a session.
    fn request_to_open(&self, open_sessions: usize) -> PolicyRequest {
        let text = |name: &str| self.params.get(name).and_then(Value::as_str);
        let metadata = self.params.get("metadata").and_then(Value::as_object).cloned();
        if self.operation.contract == Surface::Rooms {
            return PolicyRequest::OpenRoom { avatar: text("avatar").map(str::to_owned), metadata, open_sessions };
        }
        PolicyRequest::OpenSession {
            agent_id: text("agent_id").map(Id::from),
            session_type: text("session_type").map(str::to_owned),
            metadata,
            open_sessions,
        }
    }

    async fn state_of_session(&self, call: &str) -> Result<Response<Bytes>, Refusal> {
        let session = self.about_session(call).await?;
        let body = projection::with_found(self.operation, "session", &session);
        Ok(success(self.operation.name, self.operation.status, &body))
    }

    /// Calls `name` for the session, and notes whether it is over.
    pub async fn about_session(&self, name: &str) -> Result<Found, Refusal> {
        let outcome = self.upstream.find(self.operation, name, about("id", self.session.as_deref())).await;
        let is_over = match &outcome {
            Ok(session) => session.is_over(),
            Err(refusal) => refusal.kind() == Kind::NotFound,
        };
        if is_over {
            self.note_end();
        }
        outcome
    }

    async fn renew(&self) -> Result<Object, Refusal> {
        let (Some(id), Some(claims)) = (&self.session, &self.claims) else {
            return Err(Refusal::fault("a renewal has no grant"));
        };
        self.service.grants.refuse_over(claims)?;
        let session = self.about_session(phone::GET_SESSION.name).await?.value()?;
        if is_over(&session) {
            return Err(Refusal::new(Kind::Conflict, "the session has ended, so its grant cannot be renewed"));
        }
        let until = claims.until;
        let granted = self.service.grants.issue(claims.again(self.operation.contract))?;
        self.contract.sessions.renewed(&self.user, id, granted.exp, until);
        Ok(with_grant("session", session, &granted))
    }

    /// Frees the user's place of a session that is over.
    fn note_end(&self) {
        if let Some(id) = &self.session {
            self.contract.sessions.ended(&self.user, id);
            self.service.listed.ended(id);
        }
    }

    async fn send(&self) -> Result<Object, Refusal> {
        let Some(session) = &self.session else { return Err(Refusal::fault("a message has no session")) };
        let repeat_after = requests::repeat_after(self.phone.headers())?;
        let message = Message { user: self.user.clone(), session: session.clone(), params: self.params.clone(), repeat_after };
        let sent = sending::send(&self.service.messages, &self.service.watches, &self.upstream, message).await;
        if sent
            .as_ref()
            .is_err_and(|refusal| !refusal.outcome_unknown() && matches!(refusal.kind(), Kind::Conflict | Kind::NotFound))
        {
            self.note_end();
        }
        let mut exchange = sent?;
        if exchange.get("reply").is_some_and(is_hidden) {
            exchange.insert("reply".into(), Value::Null);
        }
        Ok(exchange)
    }

    /// Lists messages. A request with the tag of the page that the phone knows can wait for another one.
    async fn messages(&self) -> Result<Response<Bytes>, Refusal> {
        let Some(session) = &self.session else { return Err(Refusal::fault("a list of messages has no session")) };
        let headers = self.phone.headers();
        let wait = requests::wait(headers).min(Duration::from_secs(self.service.options.wait_seconds));
        let known = headers.get(PAGE).filter(|_| !wait.is_zero());
        let page = Value::Object(self.params.clone()).to_string();
        let watch = known.and_then(|_| self.service.watches.begin(&self.user, session, page));
        match watch {
            None => self.page().await,
            Some(watch) => {
                let is_known = |page: &Response<Bytes>| page.headers().get(PAGE) == known;
                watch.wait(wait, is_known, || self.page()).await
            }
        }
    }

    /// The response with a page of messages.
    async fn page(&self) -> Result<Response<Bytes>, Refusal> {
        let mut params = about("session_id", self.session.as_deref());
        params.extend(self.params.clone());
        let (messages, next) = self.upstream.call(self.operation, self.operation.name, params).await?;
        let Value::Array(mut messages) = messages else {
            return Err(Refusal::fault("the client's response to a list is not an array"));
        };
        messages.retain(|message| !is_hidden(message));
        let page = [
            ("success".to_owned(), true.into()),
            ("messages".to_owned(), Value::Array(messages)),
            ("next".to_owned(), json!(next)),
        ];
        let page = page.into_iter().collect();
        let body = projection::body(self.operation, &page);
        Ok(tagged(success(self.operation.name, self.operation.status, &body)))
    }

    async fn catalogue(&self, name: &str) -> Result<Object, Refusal> {
        let items = self.service.catalogues.get(self.operation, &self.upstream).await?;
        Ok([(name.to_owned(), Value::Array(items.to_vec()))].into_iter().collect())
    }

    async fn agents(&self) -> Result<Object, Refusal> {
        let agents = self.service.catalogues.get(self.operation, &self.upstream).await?;
        let Value::Array(agents) = projection::field(self.operation, "agents", &Value::Array(agents.to_vec())) else {
            return Err(Refusal::fault("the client's response to a list is not an array"));
        };
        let Decision::Show(shown) = self.decision(PolicyRequest::ListAgents { agents: agents.clone() }).await? else {
            return Err(Refusal::fault("policy returned a decision that does not fit agents.list"));
        };
        let is_shown = |agent: &Value| agent["id"].as_str().is_some_and(|id| shown.iter().any(|shown| shown.as_str() == id));
        let agents = agents.into_iter().filter(is_shown).collect();
        Ok([("agents".to_owned(), Value::Array(agents))].into_iter().collect())
    }

    pub async fn decision(&self, request: PolicyRequest) -> Result<Decision, Refusal> {
        let deciding = self.backend.policy(&self.user, request);
        match functions::run(Function::Policy, self.service.options.function_timeout, self.phone, deciding).await? {
            Decision::Refuse(why) => {
                let why = why.unwrap_or_else(|| "You are not allowed to do this.".to_owned());
                Err(Refusal::new(Kind::PolicyRefused, why))
            }
            decision => Ok(decision),
        }
    }
}

/// Only messages of the user and of the agent are for the phone. Those of other roles (`system`, `tool`, `developer`), or of
/// none, pass between the backend and the agent.
fn is_hidden(message: &Value) -> bool {
    !matches!(message["role"].as_str(), Some("user" | "assistant"))
}
