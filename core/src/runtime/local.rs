//! Runs calls on the calling thread, with one runtime per thread, because passing a call to another thread and waiting
//! for it costs more than the call.

use super::{Generation, no_runtime, runtime};
use crate::error::{Error, ErrorInfo};
use std::any::Any;
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tokio::runtime::{Builder, Runtime};

thread_local! {
    static LOCAL: RefCell<Option<Local>> = const { RefCell::new(None) };
}

/// Maximum number of threads with their own runtime. Further threads use the shared runtime of the process: it serves many sockets
/// in one turn, so that with many threads a call costs less there, and each runtime needs four descriptors beside its connections.
const MOST: usize = 8;

/// The number of such threads of this process: a forked child has only one thread of its parent.
static COUNT: Mutex<(Generation, usize)> = Mutex::new((Generation::FIRST, 0));

/// The runtime and connections of a thread, dropped when the thread ends.
struct Local {
    /// A forked child has its parent's thread, and must not touch its parent's sockets.
    owner: Generation,
    runtime: Option<Runtime>,
    /// The connections of each client. A connection lives on the runtime that made it, so each thread has its own.
    pools: HashMap<usize, (Weak<()>, Box<dyn Any>)>,
}

impl Local {
    /// `None` if enough threads have one, or if the operating system refuses another.
    fn new() -> Option<Local> {
        let owner = Generation::current();
        let mut count = COUNT.lock().unwrap_or_else(PoisonError::into_inner);
        if count.0 != owner {
            *count = (owner, 0);
        }
        if count.1 >= MOST {
            return None;
        }
        let runtime = Builder::new_current_thread().enable_all().build().ok()?;
        count.1 += 1;
        Some(Local { owner, runtime: Some(runtime), pools: HashMap::new() })
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        let mut count = COUNT.lock().unwrap_or_else(PoisonError::into_inner);
        if count.0 == self.owner {
            count.1 = count.1.saturating_sub(1);
        }
    }
}

/// Runs a future to its end on this thread's own runtime, or on the one of the process.
///
/// # Errors
/// If the operating system refuses the resources, or if a call already runs on this thread.
pub fn drive<F: Future>(future: F) -> Result<F::Output, Box<ErrorInfo>> {
    let mine = LOCAL.with_borrow_mut(|slot| {
        if slot.as_ref().is_none_or(|local| local.owner != Generation::current())
            && let Some(parents) = std::mem::replace(slot, Local::new())
        {
            std::mem::forget(parents);
        }
        // Taken out while it runs: what runs may come back here for its connections.
        slot.as_mut().map(|local| local.runtime.take())
    });
    let Some(mine) = mine else {
        return runtime().map_err(no_runtime).map(|shared| shared.block_on(future));
    };
    let runtime = mine.ok_or_else(|| Error::internal("this thread is already running a call").into_info())?;
    let output = runtime.block_on(future);
    LOCAL.with_borrow_mut(|slot| {
        if let Some(local) = slot {
            local.runtime = Some(runtime);
        }
    });
    Ok(output)
}

/// Whether this thread drives a call on its own runtime.
#[cfg(feature = "server")]
pub(super) fn is_driving() -> bool {
    LOCAL.with_borrow(|slot| slot.as_ref().is_some_and(|local| local.runtime.is_none()))
}

/// Runs this thread's runtime briefly, so that the connection of a cancelled call is closed.
pub fn settle() {
    if LOCAL.with_borrow(Option::is_some) {
        let _ = drive(catch_up());
    }
}

/// Lets the connections process events that arrived while no thread polled them.
pub(crate) async fn examine() {
    let drives_itself = LOCAL.with_borrow(|slot| slot.as_ref().is_some_and(|local| local.runtime.is_none()));
    if drives_itself || tokio::task::try_id().is_some() {
        catch_up().await;
    } else {
        // This thread only waits for the runtime's.
        let _ = tokio::spawn(catch_up()).await;
    }
}

async fn catch_up() {
    // Each turn ends with a look at the sockets: the first finds what came, before the second the connections have acted
    // on it.
    for _ in 0..2 {
        tokio::task::yield_now().await;
    }
}

/// Returns the connections that this thread keeps for the owner of `token`, if this thread is driving a call. If there are
/// none that are usable, they are made.
pub(crate) fn pool<P: Clone + 'static, E>(
    token: &Arc<()>,
    is_usable: impl FnOnce(&P) -> bool,
    make: impl FnOnce() -> Result<P, E>,
) -> Option<Result<P, E>> {
    LOCAL.with_borrow_mut(|slot| {
        let local = slot.as_mut().filter(|local| local.runtime.is_none())?;
        let key = Arc::as_ptr(token) as usize;
        if let Some((owner, pool)) = local.pools.get(&key)
            && owner.strong_count() > 0
            && let Some(pool) = pool.downcast_ref::<P>()
            && is_usable(pool)
        {
            return Some(Ok(pool.clone()));
        }
        local.pools.retain(|_, (owner, _)| owner.strong_count() > 0);
        Some(make().inspect(|pool| {
            local.pools.insert(key, (Arc::downgrade(token), Box::new(pool.clone())));
        }))
    })
}
