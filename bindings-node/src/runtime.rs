//! The thread that the calls of this process are worked on, made at first use. One is enough: it waits for sockets and
//! reads answers, and each further thread would add a wake-up to every call.

use std::io;
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use tokio::runtime::{Builder, Handle};

static RUNTIME: Mutex<Option<Handle>> = Mutex::new(None);

/// # Errors
/// If the operating system cannot start a thread.
pub(crate) fn runtime() -> io::Result<Handle> {
    let mut slot = RUNTIME.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(handle) = slot.as_ref() {
        return Ok(handle.clone());
    }
    let handle = begin()?;
    *slot = Some(handle.clone());
    Ok(handle)
}

fn begin() -> io::Result<Handle> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let handle = runtime.handle().clone();
    let (ready, begun) = mpsc::channel();
    thread::Builder::new().name("agenthuman".to_owned()).spawn(move || {
        runtime.block_on(async {
            let _ = ready.send(());
            std::future::pending::<()>().await;
        });
    })?;
    let _ = begun.recv();
    Ok(handle)
}
