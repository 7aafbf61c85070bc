//! Calls to the API with the backend's own credential. Nothing that a phone sent goes along but what a call needs.

use crate::answers::Refusal;
use crate::host::Asks;
use agenthuman::host::{Call, HostClient, HostReply, Step};
use agenthuman::{ErrorInfo, Kind, Object};
use serde_json::Value;

/// The API, on behalf of one request.
#[derive(Clone, Copy)]
pub(crate) struct Upstream<'a> {
    client: &'a HostClient,
    /// Who runs the function that gives the backend's credential, where there is one.
    host: Option<&'a Asks>,
}

impl<'a> Upstream<'a> {
    pub fn new(client: &'a HostClient, host: Option<&'a Asks>) -> Upstream<'a> {
        Upstream { client, host }
    }

    /// What an operation gives, and the cursor of the next page.
    pub async fn call(&self, operation: &str, params: Object) -> Result<(Value, Option<String>), Refusal> {
        let reply = self.reply(operation, params).await.map_err(|info| Refusal::upstream(*info))?;
        Ok((read(&reply)?, reply.next))
    }

    /// The same with parameters that the backend's policy chose: what is wrong with them is no fault of the phone's.
    pub async fn call_as_decided(&self, operation: &str, params: Object) -> Result<Value, Refusal> {
        let reply = self.reply(operation, params).await.map_err(|info| match info.kind {
            Kind::InvalidArgument => Refusal::fault("policy chose what the API does not take"),
            _ => Refusal::upstream(*info),
        })?;
        read(&reply)
    }

    async fn reply(&self, operation: &str, params: Object) -> Result<HostReply, Box<ErrorInfo>> {
        self.finished(self.client.call(operation, &Value::Object(params).to_string(), "")).await
    }

    /// A whole list, however many pages it has.
    pub async fn list(&self, operation: &str) -> Result<Vec<Value>, Refusal> {
        let pages = self.client.pages(operation, "{}", "");
        let mut items = Vec::new();
        while let Some(page) = pages.next() {
            if let Value::Array(page) = read(&self.finished(page).await.map_err(|info| Refusal::upstream(*info))?)? {
                items.extend(page);
            }
        }
        Ok(items)
    }

    async fn finished(&self, mut call: Call) -> Result<HostReply, Box<ErrorInfo>> {
        loop {
            match call.step().await {
                Step::Done(outcome) => return outcome,
                Step::Credential(request) => match self.host {
                    Some(host) => host.credential(request),
                    None => request.answer.fail("has nobody who runs it"),
                },
                // These are for files and for keys, which no phone deals with; dropped, they fail the call.
                Step::Chunk(_) | Step::Progress { .. } | Step::Store(_) => {}
                Step::Waiting { .. } => {}
            }
        }
    }
}

fn read(reply: &HostReply) -> Result<Value, Refusal> {
    serde_json::from_str(&reply.body.to_json()).map_err(|_| Refusal::fault("the client's answer is not JSON"))
}
