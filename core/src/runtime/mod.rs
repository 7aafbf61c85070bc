//! The tokio runtimes of hosts: one per process, created at first use, and in `local` one per thread.

pub(crate) mod local;

use crate::error::{Error, ErrorInfo, Kind};
use std::sync::{Mutex, PoisonError};
use tokio::runtime::{Builder, Handle, Runtime};

static SLOT: Mutex<Option<(u32, Runtime)>> = Mutex::new(None);

/// The runtime of this process. Threads do not survive a fork, so a child gets a new one, and the parent's, whose
/// threads it could never join, is leaked. It has one thread, so that a task which yields knows that the sockets were looked
/// at in the meantime.
///
/// # Errors
/// If the operating system refuses threads or descriptors.
pub fn runtime() -> std::io::Result<Handle> {
    let process = std::process::id();
    let mut slot = SLOT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((owner, runtime)) = slot.as_ref()
        && *owner == process
    {
        return Ok(runtime.handle().clone());
    }
    let runtime = Builder::new_multi_thread().worker_threads(1).thread_name("agenthuman").enable_all().build()?;
    let handle = runtime.handle().clone();
    if let Some(parents) = slot.replace((process, runtime)) {
        std::mem::forget(parents);
    }
    Ok(handle)
}

/// Creates the error of a call without a runtime.
pub fn no_runtime(error: std::io::Error) -> Box<ErrorInfo> {
    Error::new(Kind::Connection, format!("the operating system refused resources for a connection: {error}"))
        .suggestion("Raise the limit on open files or threads (ulimit -n, ulimit -u), or make fewer concurrent calls.")
        .phase("connect")
        .into_info()
}
