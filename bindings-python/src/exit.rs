//! Keeping the runtime's threads out of Python once the interpreter goes down.

use agenthuman::host::wait_for_lingering;
use pyo3::prelude::*;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// The longest time that the end of the interpreter waits for sessions to be ended whose calls were interrupted.
const LONGEST_LINGER: Duration = Duration::from_secs(5);

static STOPPED: AtomicBool = AtomicBool::new(false);
/// How many of the runtime's threads are in Python, or wait to be let in.
static INSIDE: AtomicUsize = AtomicUsize::new(0);

/// Counts a thread as inside, also where it leaves by a panic.
struct Visit;

impl Visit {
    fn begin() -> Visit {
        INSIDE.fetch_add(1, Ordering::SeqCst);
        Visit
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        INSIDE.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Runs it attached to the interpreter, or not at all where that is going down.
pub fn in_python(work: impl FnOnce(Python<'_>)) {
    let _visit = Visit::begin();
    if !STOPPED.load(Ordering::SeqCst) {
        Python::try_attach(work);
    }
}

/// Called at exit: no thread of the runtime enters Python from here on, and those inside have left.
#[pyfunction]
pub fn stop(py: Python<'_>) {
    STOPPED.store(true, Ordering::SeqCst);
    py.detach(|| {
        wait_for_lingering(LONGEST_LINGER);
        while INSIDE.load(Ordering::SeqCst) > 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
    });
}

/// Called in the child of a fork, where the threads that were inside are gone.
#[pyfunction]
pub fn forked() {
    agenthuman::host::forked();
    INSIDE.store(0, Ordering::SeqCst);
}
