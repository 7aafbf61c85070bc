//! A call under way, stepped from a thread that waits or from an event loop that does not.

use crate::step::read;
use crate::stepped::{Stepped, Work};
use crate::wake::Mailbox;
use agenthuman::host::{self, Open, Step};
use agenthuman::table::CredentialKind;
use pyo3::prelude::*;
use std::time::Duration;

/// How long a waiting thread leaves a Ctrl-C unseen.
const SIGNALS: Duration = Duration::from_millis(50);

/// A call. Dropping or cancelling it drops its request.
#[pyclass(frozen, module = "agenthuman._native")]
pub struct Call(Stepped<host::Call>, host::Note);

impl Call {
    pub fn new(call: host::Call) -> Call {
        let note = call.note();
        Call(Stepped::new(call), note)
    }
}

impl Work for host::Call {
    type Step = Step;

    const NAME: &'static str = "call";

    async fn step(&mut self) -> Step {
        host::Call::step(self).await
    }

    fn read(py: Python<'_>, step: Step) -> PyResult<(Py<PyAny>, Option<Open>)> {
        read(py, step)
    }
}

#[pymethods]
impl Call {
    /// Waits for the next step. Ctrl-C ends the wait, and drops the request.
    fn step(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let mut call = self.0.take()?;
        let step = loop {
            let next = async { tokio::time::timeout(SIGNALS, call.step()).await.ok() };
            match py.detach(|| host::drive(next)) {
                Ok(Some(step)) => break step,
                Ok(None) => {}
                Err(error) => break Step::Done(Err(error)),
            }
            if let Err(interrupted) = py.check_signals() {
                py.detach(|| {
                    drop(call);
                    host::settle();
                });
                return Err(interrupted);
            }
        };
        if matches!(step, Step::Done(Err(_))) {
            py.detach(host::settle);
        }
        self.0.put_back(call);
        self.0.show(py, step)
    }

    /// Has the next step put into the mailbox for `waiter`, which is like a future, unless the call is cancelled.
    fn step_to(&self, mailbox: &Mailbox, waiter: Py<PyAny>) -> PyResult<()> {
        self.0.step_to(mailbox, waiter)
    }

    /// Takes over the session that the call has opened. If the call is dropped before that, the session is ended.
    fn claim(&self) {
        if let Ok(mut call) = self.0.take() {
            call.claim();
            self.0.put_back(call);
        }
    }

    fn supply_credential(&self, text: String) {
        self.0.supply_secret(text);
    }

    /// An empty chunk ends the file.
    fn supply_chunk(&self, chunk: &[u8]) {
        self.0.supply_chunk(chunk);
    }

    /// The JSON of a response, for a mock.
    fn supply_response(&self, json: String) {
        self.0.supply_json(json);
    }

    fn stored(&self) {
        self.0.done();
    }

    fn fail(&self, why: &str) {
        self.0.fail(why);
    }

    /// Records that the call was made inside the client's own function for a credential. Before the first step.
    fn made_within(&self, kind: &str) -> PyResult<()> {
        let call = self.0.take()?;
        if let Some(kind) = [CredentialKind::ApiKey, CredentialKind::Token].into_iter().find(|known| known.as_str() == kind) {
            call.made_within(kind);
        }
        self.0.put_back(call);
        Ok(())
    }

    /// Drops the request. Returns the call's note, if the interruption leaves something behind.
    fn cancel(&self) -> Option<String> {
        let note = self.1.text();
        self.0.cancel();
        note
    }
}
