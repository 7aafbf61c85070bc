//! Phones: the core's own client of the relay.

use agenthuman::host::{Call, HostClient, Question, Step};
use agenthuman::{ErrorInfo, Secret};
use serde_json::{Value, json};

/// A phone whose user is asked for the app's token by a function.
pub fn phone(backend: &str) -> HostClient {
    let config = json!({ "backend": backend, "token": { "function": true }, "max_retries": 0 });
    HostClient::phone(&config.to_string()).unwrap()
}

/// The outcome of a phone's call, as its app would see it.
pub async fn finish(mut call: Call, token: &str) -> Result<(Value, Option<String>), Box<ErrorInfo>> {
    loop {
        match call.step().await {
            Step::Done(outcome) => {
                return outcome.map(|reply| (serde_json::from_str(&reply.body.to_json()).unwrap(), reply.next));
            }
            Step::Question(Question::Credential { answer: request, .. }) => request.supply(Secret::new(token)),
            _ => panic!("a phone was asked for something that it has not"),
        }
    }
}

/// An operation with its parameters.
pub async fn call(phone: &HostClient, token: &str, operation: &str, params: Value) -> Result<Value, Box<ErrorInfo>> {
    finish(phone.call(operation, &params.to_string(), ""), token).await.map(|(value, _)| value)
}
