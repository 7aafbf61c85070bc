//! Sends a phone's message, at most once if the phone gave it an id.

use crate::answers::Refusal;
use crate::in_flight::InFlight;
use crate::sent::{Outcome, Seen, SentMessages};
use crate::upstream::Upstream;
use crate::watches::Watches;
use agenthuman::operations::phone::{LIST_MESSAGES, SEND_MESSAGE};
use agenthuman::{Kind, Object};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::time::Duration;

/// Maximum wait for the outcome of a message after its phone has disconnected, and of a repeat for the first.
const GRACE: Duration = Duration::from_secs(120);
/// Pages of the history in which a repeat is looked for.
const MOST_PAGES: usize = 5;
const PAGE: usize = 200;

/// A message of a user.
pub(crate) struct Message {
    pub user: String,
    pub session: String,
    /// The parameters of the request.
    pub params: Object,
    /// Of a repeat: the last message that the phone knew before it first sent this one, or empty.
    pub repeat_after: Option<String>,
}

/// Sends a message, and returns it with its reply.
pub(crate) async fn send(messages: &SentMessages, watches: &Watches, upstream: &Upstream, message: Message) -> Outcome {
    let Message { user, session, params, repeat_after: after } = message;
    let text = |name: &str| params.get(name).and_then(Value::as_str).map(str::to_owned);
    let create = Create {
        upstream: upstream.clone(),
        watches: watches.clone(),
        session: session.clone(),
        content: params.get("content").cloned(),
    };
    let (Some(id), Some(content)) = (text("id"), text("content")) else { return create.call().await };
    let (sending, look) = match messages.begin(&user, &session, &id, &content)? {
        Seen::Answered(exchange) => return Ok(exchange),
        Seen::Under(mut outcome) => {
            let ended = tokio::time::timeout(GRACE, outcome.wait_for(Option::is_some)).await;
            let known = ended.ok().and_then(|ended| ended.ok()?.clone());
            return known.unwrap_or_else(|| Err(unknown()));
        }
        Seen::First(sending) => (sending, after),
        Seen::Unknown(sending) => (sending, Some(after.unwrap_or_default())),
    };
    let others = messages.answered(&user, &session);
    let work = async move {
        let outcome = match look {
            None => create.call().await,
            Some(after) => match create.find(&content, after, &others).await {
                Ok(Some(exchange)) => Ok(exchange),
                Ok(None) => create.call().await,
                Err(refusal) => Err(refusal.with_unknown_outcome()),
            },
        };
        sending.finish(&outcome);
        outcome
    };
    InFlight::new(GRACE, work).await
}

fn unknown() -> Refusal {
    Refusal::new(Kind::Conflict, "it is unknown whether the message was sent").with_unknown_outcome()
}

struct Create {
    upstream: Upstream,
    watches: Watches,
    session: String,
    content: Option<Value>,
}

impl Create {
    async fn call(&self) -> Outcome {
        let mut params = Object::new();
        params.insert("session_id".into(), self.session.as_str().into());
        params.extend(self.content.clone().map(|content| ("content".to_owned(), content)));
        params.insert("role".into(), "user".into());
        let sent = self.upstream.call(&SEND_MESSAGE, SEND_MESSAGE.name, params).await;
        self.watches.sent(&self.session);
        match sent?.0 {
            Value::Object(exchange) => Ok(exchange),
            _ => Err(Refusal::fault("the client's response to messages.create is not an object")),
        }
    }

    /// Looks for the message in the history, after the message with that id. `others` are the ids of other messages.
    async fn find(&self, content: &str, after: String, others: &HashSet<String>) -> Result<Option<Object>, Refusal> {
        let mut cursor = Some(after).filter(|after| !after.is_empty());
        let mut found: Option<Object> = None;
        for _ in 0..MOST_PAGES {
            let mut params = json!({ "session_id": self.session, "limit": PAGE });
            params.as_object_mut().and_then(|params| Some(params.insert("after".into(), cursor.take()?.into())));
            let Value::Object(params) = params else { break };
            let (page, next) = self.upstream.call(&LIST_MESSAGES, LIST_MESSAGES.name, params).await?;
            for message in page.as_array().into_iter().flatten() {
                let id = message["id"].as_str().unwrap_or_default();
                let is_of_user = message["role"] == "user";
                match &mut found {
                    Some(exchange) if message["role"] == "assistant" => {
                        exchange.insert("reply".into(), message.clone());
                        return Ok(found);
                    }
                    Some(_) if is_of_user => return Ok(found),
                    Some(_) => {}
                    None if is_of_user && !others.contains(id) && is_text(message, content) => {
                        let exchange = [("message".to_owned(), message.clone()), ("reply".to_owned(), Value::Null)];
                        found = Some(exchange.into_iter().collect());
                    }
                    None => {}
                }
            }
            if next.is_none() {
                return Ok(found);
            }
            cursor = next;
        }
        match found {
            None => Err(unknown()),
            found => Ok(found),
        }
    }
}

/// Whether the message has that text. The API may have removed white space around it.
fn is_text(message: &Value, content: &str) -> bool {
    message["content"].as_str().is_some_and(|text| text.trim() == content.trim())
}
