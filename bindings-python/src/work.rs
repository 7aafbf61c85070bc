//! Work that goes on in steps: a call, or an answer of the relay. Each step is the outcome, or a question to the host.

use crate::step::to_json;
use crate::wake::{Arrival, Mailbox};
use agenthuman::host::{no_runtime, runtime};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::task::AbortHandle;

pub trait Work: Send + 'static {
    type Step: Send + 'static;
    /// What it may wait for an answer to.
    type Question: Send + 'static;

    /// What it is called in messages.
    const NAME: &'static str;

    fn step(&mut self) -> impl Future<Output = Self::Step> + Send;

    /// The tuple of a step, and the question in it.
    fn read(py: Python<'_>, step: Self::Step) -> PyResult<(Py<PyAny>, Option<Self::Question>)>;
}

/// Work that Python holds. Dropping or cancelling it drops what it has under way.
pub struct Stepped<W: Work>(Arc<Shared<W>>);

struct Shared<W: Work> {
    /// Away while a step is under way.
    work: Mutex<Option<W>>,
    question: Mutex<Option<W::Question>>,
    task: Mutex<Option<AbortHandle>>,
}

fn held<T>(slot: &Mutex<T>) -> MutexGuard<'_, T> {
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<W: Work> Stepped<W> {
    pub fn new(work: W) -> Stepped<W> {
        Stepped(Arc::new(Shared { work: Mutex::new(Some(work)), question: Mutex::default(), task: Mutex::default() }))
    }

    /// Takes the work for a step, to be put back after it.
    pub fn take(&self) -> PyResult<W> {
        let why = || PyRuntimeError::new_err(format!("the {} is over, or is being stepped elsewhere", W::NAME));
        held(&self.0.work).take().ok_or_else(why)
    }

    pub fn put_back(&self, work: W) {
        *held(&self.0.work) = Some(work);
    }

    /// The tuple of a step, whose question is kept until it is answered.
    pub fn show(&self, py: Python<'_>, step: W::Step) -> PyResult<Py<PyAny>> {
        self.0.show(py, step)
    }

    /// The question that waits for its answer.
    pub fn asked(&self) -> PyResult<W::Question> {
        self.asked_if(|_| true).ok_or_else(|| PyRuntimeError::new_err(format!("the {} asks for nothing", W::NAME)))
    }

    /// The question that waits for its answer, if it is one of those.
    pub fn asked_if(&self, wanted: impl FnOnce(&W::Question) -> bool) -> Option<W::Question> {
        held(&self.0.question).take_if(|question| wanted(question))
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
            *held(&shared.work) = Some(work);
            let show = move |py: Python<'_>| shared.show(py, step);
            queue.put(Arrival { waiter, show: Box::new(show) });
        });
        *held(&self.0.task) = Some(task.abort_handle());
        Ok(())
    }

    pub fn cancel(&self) {
        if let Some(task) = held(&self.0.task).take() {
            task.abort();
        }
        held(&self.0.question).take();
        held(&self.0.work).take();
    }
}

impl<W: Work> Shared<W> {
    fn show(&self, py: Python<'_>, step: W::Step) -> PyResult<Py<PyAny>> {
        let (tuple, question) = W::read(py, step)?;
        // Progress comes while a question waits for its answer.
        if question.is_some() {
            *held(&self.question) = question;
        }
        Ok(tuple)
    }
}
