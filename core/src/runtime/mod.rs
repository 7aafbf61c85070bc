//! The tokio runtimes of hosts: one per process, created at first use, and in `local` one per thread.

pub(crate) mod local;

use crate::error::{Error, ErrorInfo, Kind};
#[cfg(feature = "server")]
use std::sync::Condvar;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
#[cfg(feature = "server")]
use std::time::Duration;
use tokio::runtime::{Builder, Handle, Runtime};

static SLOT: Mutex<Option<(Generation, Runtime)>> = Mutex::new(None);

/// The number of forks from the process that loaded the library to this one. To ask the operating system for the number of
/// the process instead would be a system call in each call.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Generation(u32);

static GENERATION: AtomicU32 = AtomicU32::new(0);

impl Generation {
    const FIRST: Generation = Generation(0);

    pub fn current() -> Generation {
        Generation(GENERATION.load(Ordering::Relaxed))
    }
}

/// To be called by a host in the child of a fork, before anything else of the library: the child gets its own runtimes and
/// connections, and does not touch its parent's.
pub fn forked() {
    GENERATION.fetch_add(1, Ordering::Relaxed);
}

/// The runtime of this process. Threads do not survive a fork, so a child gets a new one, and the parent's, whose
/// threads it could never join, is leaked. It has one thread, so that a task which yields knows that the sockets were looked
/// at in the meantime.
///
/// # Errors
/// If the operating system refuses threads or descriptors.
pub fn runtime() -> std::io::Result<Handle> {
    let generation = Generation::current();
    let mut slot = SLOT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((owner, runtime)) = slot.as_ref()
        && *owner == generation
    {
        return Ok(runtime.handle().clone());
    }
    let runtime = Builder::new_multi_thread().worker_threads(1).thread_name("agenthuman").enable_all().build()?;
    let handle = runtime.handle().clone();
    if let Some(parents) = slot.replace((generation, runtime)) {
        std::mem::forget(parents);
    }
    Ok(handle)
}

/// The tasks that nobody waits for, and the news that one is done.
#[cfg(feature = "server")]
static LINGERING: (Mutex<usize>, Condvar) = (Mutex::new(0), Condvar::new());

/// Runs a task that outlives its caller: on the caller's own runtime, or on that of the process if the caller's runs only while
/// a call does.
#[cfg(feature = "server")]
pub(crate) fn linger(task: impl Future<Output = ()> + Send + 'static) {
    struct Done;
    impl Drop for Done {
        fn drop(&mut self) {
            *LINGERING.0.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
            LINGERING.1.notify_all();
        }
    }
    let own = Handle::try_current().ok().filter(|_| !local::is_driving());
    // Without a runtime there is nothing that could run it.
    let Some(handle) = own.or_else(|| runtime().ok()) else { return };
    *LINGERING.0.lock().unwrap_or_else(PoisonError::into_inner) += 1;
    let done = Done;
    handle.spawn(async move {
        task.await;
        drop(done);
    });
}

/// Waits for the tasks that nobody waits for, at the end of a process.
#[cfg(feature = "server")]
pub fn wait_for_lingering(limit: Duration) {
    let count = LINGERING.0.lock().unwrap_or_else(PoisonError::into_inner);
    let _ = LINGERING.1.wait_timeout_while(count, limit, |count| *count > 0);
}

/// Creates the error of a call without a runtime.
pub fn no_runtime(error: std::io::Error) -> Box<ErrorInfo> {
    Error::new(Kind::Connection, format!("the operating system refused resources for a connection: {error}"))
        .suggestion("Raise the limit on open files or threads (ulimit -n, ulimit -u), or make fewer concurrent calls.")
        .phase("connect")
        .into_info()
}
