//! Calls the API with the backend's credential. Of a phone's request, only the needed parameters are sent.

use crate::answers::Refusal;
use crate::found::{Found, parse};
use crate::functions::{Function, timed_out};
use crate::questions::{self, HostQuestions};
use agenthuman::host::{Call, HostClient, Question, Reply, Step};
use agenthuman::operations::phone;
use agenthuman::table::Operation;
use agenthuman::{ErrorInfo, Kind, Object};
use serde_json::{Value, json};
use std::time::Duration;

/// The maximum number of items in a list.
const MOST_ITEMS: usize = 10_000;
/// The maximum time for a list with all its pages.
const LONGEST_WALK: Duration = Duration::from_secs(60);

/// The maximum wait for the API's rate limit while a phone waits: if it is used up for longer, the phone gets an error at once, with
/// the time to wait.
const PROMPT: Duration = Duration::from_secs(2);

/// The API, on behalf of one request.
#[derive(Clone)]
pub(crate) struct Upstream {
    client: HostClient,
    /// Runs the function that returns the backend's credential, if there is one.
    host: Option<HostQuestions>,
    /// The time limit of that function.
    limit: Duration,
}

impl Upstream {
    pub fn new(client: &HostClient, host: Option<&HostQuestions>, limit: Duration) -> Upstream {
        Upstream { client: client.clone(), host: host.cloned(), limit }
    }

    /// Calls `name` for the phone's `operation`, and returns its value and the cursor of the next page.
    pub async fn call(&self, operation: &Operation, name: &str, params: Object) -> Result<(Value, Option<String>), Refusal> {
        let reply = self.reply(operation, name, params).await?;
        Ok((parse(&reply.body)?, reply.next))
    }

    /// Calls `name` for the phone's `operation`, and returns its value, not yet parsed.
    pub async fn find(&self, operation: &Operation, name: &str, params: Object) -> Result<Found, Refusal> {
        Ok(Found(self.reply(operation, name, params).await?.body))
    }

    async fn reply(&self, operation: &Operation, name: &str, params: Object) -> Result<Reply, Refusal> {
        let mut call = self.client.call_object(name, params, Some(PROMPT));
        self.finished(&mut call).await.map_err(|failure| failure.refusal(operation))
    }

    /// Whether the backend has closed its client. A closed relay serves nothing, not even cached lists.
    pub fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// A whole list, however many pages it has.
    pub async fn list(&self, operation: &Operation) -> Result<Vec<Value>, Refusal> {
        let walk = async {
            let options = json!({ "max_rate_limit_wait": PROMPT.as_secs() }).to_string();
            let pages = self.client.pages(operation.name, "{}", &options);
            let mut items = Vec::new();
            while let Some(mut page) = pages.next() {
                if let Value::Array(page) =
                    parse(&self.finished(&mut page).await.map_err(|failure| failure.refusal(operation))?.body)?
                {
                    items.extend(page);
                }
                if items.len() > MOST_ITEMS {
                    return Err(Refusal::new(Kind::InvalidResponse, Kind::InvalidResponse.entry().doc));
                }
            }
            Ok(items)
        };
        let timed_out = |_| Err(Refusal::new(Kind::Timeout, Kind::Timeout.entry().doc));
        tokio::time::timeout(LONGEST_WALK, walk).await.unwrap_or_else(timed_out)
    }

    /// Ends a session while a phone waits for the phone's `operation`.
    pub async fn end_for(&self, operation: &Operation, id: &str) -> Result<(), Refusal> {
        self.end(id, Some(PROMPT)).await.map_err(|failure| failure.refusal(operation))
    }

    /// Ends a session when no phone waits.
    pub async fn end_unattended(&self, id: &str) -> Result<(), Kind> {
        self.end(id, None).await.map_err(|failure| match failure {
            Failure::Api(info) => info.kind,
            Failure::Credential(_) => Kind::Timeout,
        })
    }

    /// Ends a session. One that is over already, or gone, is ended. The maximum wait for the rate limit is the client's by default.
    async fn end(&self, id: &str, max_rate_limit_wait: Option<Duration>) -> Result<(), Failure> {
        let mut call = self.client.call_object(phone::END_SESSION.name, about("id", Some(id)), max_rate_limit_wait);
        match self.finished(&mut call).await {
            Err(Failure::Api(info)) if matches!(info.kind, Kind::NotFound | Kind::Conflict) => Ok(()),
            outcome => outcome.map(drop),
        }
    }

    async fn finished(&self, call: &mut Call) -> Result<Reply, Failure> {
        loop {
            match call.step().await {
                Step::Done(outcome) => {
                    // The relay ends by itself a session that it cannot deliver.
                    call.claim();
                    return outcome.map_err(Failure::Api);
                }
                Step::Question(Question::Credential { kind, answer }) => {
                    let Some(host) = &self.host else {
                        answer.fail("can run only in a relay of a host language");
                        continue;
                    };
                    // Calls at the same time share one run of the function, so that there is one such question at a time.
                    let credential =
                        host.ask(|answer| questions::Question::Credential { contract: self.client.contract(), kind, answer });
                    // The call goes on meanwhile, so that its own timeout counts for the function too.
                    let credential = tokio::select! {
                        biased;
                        credential = tokio::time::timeout(self.limit, credential) => credential,
                        Step::Done(outcome) = call.step() => return outcome.map_err(Failure::Api),
                    };
                    match credential {
                        Ok(Ok(credential)) => answer.supply(credential),
                        Ok(Err(why)) => answer.fail(why.to_string()),
                        Err(_) => return Err(Failure::Credential(self.limit)),
                    }
                }
                // These are for files, for keys and for tests, which no phone deals with; dropped, they fail the call.
                Step::Question(Question::Chunk { .. } | Question::Store { .. } | Question::Response { .. }) => {}
                Step::Question(Question::Progress { .. } | Question::Event { .. } | Question::Warning { .. }) => {}
            }
        }
    }
}

enum Failure {
    Api(Box<ErrorInfo>),
    /// The function that returns the credential took longer than this.
    Credential(Duration),
}

impl Failure {
    fn refusal(self, operation: &Operation) -> Refusal {
        match self {
            Failure::Api(info) => Refusal::upstream(*info, operation),
            Failure::Credential(limit) => timed_out(Function::Credential, limit),
        }
    }
}

/// The parameters of a call that is about a session.
pub(crate) fn about(name: &str, session: Option<&str>) -> Object {
    session.map(|session| (name.to_owned(), Value::from(session))).into_iter().collect()
}
