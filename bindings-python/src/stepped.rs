//! Work that goes on in steps: a call, or an answer of the relay. Each step is the outcome, or a question to the host.

use crate::step::to_json;
use crate::wake::{Arrival, Mailbox};
use agenthuman::Secret;
use agenthuman::host::{Open, no_runtime, runtime};
use bytes::Bytes;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::task::AbortHandle;

pub trait Work: Send + 'static {
    type Step: Send + 'static;

    /// The name in messages.
    const NAME: &'static str;

    fn step(&mut self) -> impl Future<Output = Self::Step> + Send;

    /// The tuple of a step, and the question in it.
    fn read(py: Python<'_>, step: Self::Step) -> PyResult<(Py<PyAny>, Option<Open>)>;
}

/// Work that Python holds. Dropping or cancelling it drops what it has under way.
pub struct Stepped<W: Work>(Arc<Shared<W>>);

struct Shared<W: Work> {
    /// Away while a step is under way.
    work: Mutex<Option<W>>,
    question: Mutex<Option<Open>>,
    task: Mutex<Option<AbortHandle>>,
}

fn lock<T>(slot: &Mutex<T>) -> MutexGuard<'_, T> {
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<W: Work> Stepped<W> {
    pub fn new(work: W) -> Stepped<W> {
        Stepped(Arc::new(Shared { work: Mutex::new(Some(work)), question: Mutex::default(), task: Mutex::default() }))
    }

    /// Takes the work for a step, to be put back after it.
    pub fn take(&self) -> PyResult<W> {
        let why = || PyRuntimeError::new_err(format!("the {} has ended or is being stepped by another thread", W::NAME));
        lock(&self.0.work).take().ok_or_else(why)
    }

    pub fn put_back(&self, work: W) {
        *lock(&self.0.work) = Some(work);
    }

    /// The tuple of a step, whose question is kept until it is answered.
    pub fn show(&self, py: Python<'_>, step: W::Step) -> PyResult<Py<PyAny>> {
        self.0.show(py, step)
    }

    /// Answers with a credential. Like every answer, it is dropped if it comes too late or if another was wanted.
    pub fn supply_secret(&self, text: String) {
        if let Some(Open::Secret(answer)) = self.open() {
            answer.supply(Secret::new(text));
        }
    }

    /// Answers with a chunk. A question of another kind stays open: the body of a request is read while others wait.
    pub fn supply_chunk(&self, chunk: &[u8]) {
        let open = lock(&self.0.question).take_if(|open| matches!(open, Open::Bytes(_)));
        if let Some(Open::Bytes(answer)) = open {
            answer.supply(Bytes::copy_from_slice(chunk));
        }
    }

    pub fn supply_user(&self, user: Option<String>) {
        if let Some(Open::User(answer)) = self.open() {
            answer.supply(user);
        }
    }

    pub fn supply_json(&self, json: String) {
        if let Some(Open::Json(answer)) = self.open() {
            answer.supply(json);
        }
    }

    pub fn done(&self) {
        if let Some(Open::Done(answer)) = self.open() {
            answer.supply(());
        }
    }

    /// Says that there is no answer. `why` is the name of a class, and quotes nothing.
    pub fn fail(&self, why: &str) {
        if let Some(open) = self.open() {
            open.fail(why);
        }
    }

    fn open(&self) -> Option<Open> {
        lock(&self.0.question).take()
    }

    /// Has the next step put into the mailbox for `waiter`, which is like a future, unless the work is cancelled.
    pub fn step_to(&self, mailbox: &Mailbox, waiter: Py<PyAny>) -> PyResult<()> {
        let mut work = self.take()?;
        let (shared, queue) = (self.0.clone(), mailbox.0.clone());
        let runtime = match runtime() {
            Ok(runtime) => runtime,
            Err(error) => {
                let error = to_json(&no_runtime(error));
                let show = move |py: Python<'_>| Ok(("failed", error).into_pyobject(py)?.into_any().unbind());
                queue.put(Arrival { waiter, show: Box::new(show) });
                return Ok(());
            }
        };
        let task = runtime.spawn(async move {
            let step = work.step().await;
            *lock(&shared.work) = Some(work);
            let show = move |py: Python<'_>| shared.show(py, step);
            queue.put(Arrival { waiter, show: Box::new(show) });
        });
        *lock(&self.0.task) = Some(task.abort_handle());
        Ok(())
    }

    pub fn cancel(&self) {
        if let Some(task) = lock(&self.0.task).take() {
            task.abort();
        }
        lock(&self.0.question).take();
        lock(&self.0.work).take();
    }
}

impl<W: Work> Shared<W> {
    fn show(&self, py: Python<'_>, step: W::Step) -> PyResult<Py<PyAny>> {
        let (tuple, question) = W::read(py, step)?;
        // Progress comes while a question waits for its answer.
        if question.is_some() {
            *lock(&self.question) = question;
        }
        Ok(tuple)
    }
}
