//! A call under way, stepped from a thread that waits or from an event loop that does not.

use crate::step::{Question, read};
use crate::wake::{Arrival, Mailbox};
use agenthuman::Secret;
use agenthuman::host::{self, Step, runtime};
use bytes::Bytes;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::task::AbortHandle;

/// How long a waiting thread leaves a Ctrl-C unseen.
const SIGNALS: Duration = Duration::from_millis(50);

/// A call. Dropping or cancelling it drops its request.
#[pyclass(frozen, module = "agenthuman._native")]
pub struct Call(Arc<Shared>);

pub struct Shared {
    /// Away while a step is under way.
    call: Mutex<Option<host::Call>>,
    question: Mutex<Option<Question>>,
    task: Mutex<Option<AbortHandle>>,
}

fn held<T>(slot: &Mutex<T>) -> MutexGuard<'_, T> {
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Call {
    pub fn new(call: host::Call) -> Call {
        Call(Arc::new(Shared { call: Mutex::new(Some(call)), question: Mutex::default(), task: Mutex::default() }))
    }

    fn take(&self) -> PyResult<host::Call> {
        held(&self.0.call).take().ok_or_else(|| PyRuntimeError::new_err("the call is over, or is being stepped elsewhere"))
    }

    fn asked(&self) -> PyResult<Question> {
        held(&self.0.question).take().ok_or_else(|| PyRuntimeError::new_err("the call asks for nothing"))
    }
}

impl Shared {
    pub fn show(&self, py: Python<'_>, step: Step) -> PyResult<Py<PyAny>> {
        let (tuple, question) = read(py, step)?;
        *held(&self.question) = question;
        Ok(tuple)
    }
}

#[pymethods]
impl Call {
    /// Waits for the next step. Ctrl-C ends the wait, and drops the request.
    fn step(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let mut call = self.take()?;
        let step = loop {
            let next = async { tokio::time::timeout(SIGNALS, call.step()).await.ok() };
            if let Some(step) = py.detach(|| host::drive(next))? {
                break step;
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
        *held(&self.0.call) = Some(call);
        self.0.show(py, step)
    }

    /// Has the next step put into the mailbox for `waiter`, which is like a future, unless the call is cancelled.
    fn step_to(&self, mailbox: &Mailbox, waiter: Py<PyAny>) -> PyResult<()> {
        let mut call = self.take()?;
        let (shared, queue) = (self.0.clone(), mailbox.0.clone());
        let task = runtime()?.spawn(async move {
            let step = call.step().await;
            *held(&shared.call) = Some(call);
            queue.put(Arrival { waiter, call: shared, step });
        });
        *held(&self.0.task) = Some(task.abort_handle());
        Ok(())
    }

    fn supply_credential(&self, text: String) -> PyResult<()> {
        if let Question::Credential(request) = self.asked()? {
            request.answer.supply(Secret::new(text));
        }
        Ok(())
    }

    /// An empty chunk ends the file.
    fn supply_chunk(&self, chunk: &[u8]) -> PyResult<()> {
        if let Question::Chunk(request) = self.asked()? {
            request.answer.supply(Bytes::copy_from_slice(chunk));
        }
        Ok(())
    }

    fn stored(&self) -> PyResult<()> {
        if let Question::Store(request) = self.asked()? {
            request.answer.supply(());
        }
        Ok(())
    }

    /// What was asked for cannot be had; `why` is the name of a class, and quotes nothing.
    fn fail(&self, why: &str) -> PyResult<()> {
        self.asked()?.fail(why);
        Ok(())
    }

    fn cancel(&self) {
        if let Some(task) = held(&self.0.task).take() {
            task.abort();
        }
        held(&self.0.question).take();
        held(&self.0.call).take();
    }
}
