//! A call as Swift and Kotlin step through it.

use agenthuman::host::{Answer, Call, Question, Step, error_json, no_runtime, runtime};
use agenthuman::table::CredentialKind;
use agenthuman::{Error, Secret};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::task::AbortHandle;

/// An operation under way. One step at a time.
#[derive(uniffi::Object)]
pub struct PhoneCall {
    state: Mutex<State>,
    /// The question for the app's token that has no answer yet.
    question: Mutex<Option<Answer<Secret>>>,
}

/// The outcome of a call, or a question.
#[derive(uniffi::Enum)]
pub enum PhoneStep {
    /// It succeeded: its answer as JSON, and the cursor of the page after it.
    Done { body: String, next: Option<String> },
    /// It failed: the error's fields, as JSON.
    Failed { error: String },
    /// The app's token is needed: `supply` it or `fail`, while the next step runs. That step ends at the call's deadline,
    /// whether there is an answer or not.
    TokenNeeded,
    /// It was cancelled, and its request dropped.
    Cancelled,
}

enum State {
    /// Between steps.
    Waiting(Box<Call>),
    Stepping(AbortHandle),
    Cancelled,
    Ended,
}

/// The step of a task, which leaves the call for the next one where there is one.
enum Advance {
    Ended(PhoneStep),
    Question(Box<Call>, Answer<Secret>),
}

impl PhoneCall {
    pub(crate) fn new(call: Call) -> PhoneCall {
        PhoneCall { state: Mutex::new(State::Waiting(Box::new(call))), question: Mutex::new(None) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn question(&self) -> MutexGuard<'_, Option<Answer<Secret>>> {
        self.question.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[uniffi::export]
impl PhoneCall {
    /// Runs until the outcome, or until the app's token is needed. Dropping it cancels the call.
    pub async fn step(self: Arc<Self>) -> PhoneStep {
        let task = {
            let mut state = self.state();
            let call = match std::mem::replace(&mut *state, State::Ended) {
                State::Waiting(call) => call,
                State::Cancelled => {
                    *state = State::Cancelled;
                    return PhoneStep::Cancelled;
                }
                other @ (State::Stepping(_) | State::Ended) => {
                    *state = other;
                    return failed("the call was stepped during a step or after its end");
                }
            };
            let runtime = match runtime() {
                Ok(runtime) => runtime,
                Err(error) => return PhoneStep::Failed { error: error_json(&no_runtime(error)) },
            };
            let task = runtime.spawn(advance(call));
            *state = State::Stepping(task.abort_handle());
            task
        };
        let guard = CancelOnDrop(&self);
        let advance = task.await;
        std::mem::forget(guard);
        let mut state = self.state();
        match (advance, &*state) {
            (Ok(Advance::Question(call, answer)), State::Stepping(_)) => {
                *state = State::Waiting(call);
                *self.question() = Some(answer);
                PhoneStep::TokenNeeded
            }
            (Ok(Advance::Ended(step)), _) => {
                *state = State::Ended;
                step
            }
            (_, State::Cancelled) => PhoneStep::Cancelled,
            (Ok(Advance::Question(..)) | Err(_), _) => {
                *state = State::Ended;
                failed("see the panic message on stderr")
            }
        }
    }

    /// Records that the call was made inside the app's own token function, which would wait for itself: the call fails
    /// where it needs the token. To be called before the first step.
    pub fn made_in_token_function(&self) {
        if let State::Waiting(call) = &*self.state() {
            call.made_within(CredentialKind::Token);
        }
    }

    /// Answers `TokenNeeded` with the app's token.
    pub fn supply(&self, token: String) {
        let question = self.question().take();
        if let Some(question) = question {
            question.supply(Secret::new(token));
        }
    }

    /// Answers `TokenNeeded` if the app has no token: `why` names what failed, and quotes nothing of it.
    pub fn fail(&self, why: String) {
        let question = self.question().take();
        if let Some(question) = question {
            question.fail(why);
        }
    }

    /// Drops the request. A step that waits gives `Cancelled`, and so does a later one.
    pub fn cancel(&self) {
        let mut state = self.state();
        if let State::Ended = *state {
            return;
        }
        let was = std::mem::replace(&mut *state, State::Cancelled);
        drop(state);
        match was {
            State::Stepping(task) => task.abort(),
            State::Waiting(call) => drop_call(call),
            State::Cancelled | State::Ended => {}
        }
    }
}

impl Drop for PhoneCall {
    fn drop(&mut self) {
        self.cancel();
    }
}

/// Cancels the call if its step is dropped.
struct CancelOnDrop<'a>(&'a PhoneCall);

impl Drop for CancelOnDrop<'_> {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

async fn advance(mut call: Box<Call>) -> Advance {
    loop {
        match call.step().await {
            Step::Done(Ok(reply)) => {
                return Advance::Ended(PhoneStep::Done { body: reply.body.to_json(), next: reply.next });
            }
            Step::Done(Err(error)) => return Advance::Ended(PhoneStep::Failed { error: error_json(&error) }),
            Step::Question(Question::Credential { answer, .. }) => return Advance::Question(call, answer),
            // No operation of a phone asks for these; dropped unanswered, they fail the call.
            Step::Question(Question::Chunk { .. } | Question::Store { .. } | Question::Response { .. }) => {}
            Step::Question(Question::Progress { .. } | Question::Event { .. } | Question::Warning { .. }) => {}
        }
    }
}

fn failed(why: &str) -> PhoneStep {
    PhoneStep::Failed { error: error_json(Error::internal(why).info()) }
}

/// Returning connections to the pool may start tasks, which requires a thread that has entered the runtime.
fn drop_call(call: Box<Call>) {
    if let Ok(runtime) = runtime() {
        let _entered = runtime.enter();
        drop(call);
    }
}
