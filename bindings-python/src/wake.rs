//! Bringing steps from the runtime's threads to an event loop, with one wake-up for all that come in the meantime.

use crate::exit;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use std::sync::{Arc, Mutex, PoisonError};

/// Where the steps for one event loop wait.
#[pyclass(frozen, module = "agenthuman._native")]
pub struct Mailbox(pub Arc<Queue>);

pub struct Queue {
    arrived: Mutex<Vec<Arrival>>,
    bell: Bell,
}

pub struct Arrival {
    pub waiter: Py<PyAny>,
    pub show: Show,
}

/// Makes the step's tuple, once the loop's thread is there to do it.
type Show = Box<dyn FnOnce(Python<'_>) -> PyResult<Py<PyAny>> + Send>;

/// The wake-up of the loop.
enum Bell {
    #[cfg(unix)]
    Descriptor(descriptor::Bell),
    /// A function, for loops that watch no descriptors.
    Function(Py<PyAny>),
}

impl Queue {
    pub fn put(self: &Arc<Self>, arrival: Arrival) {
        let mut arrived = self.arrived.lock().unwrap_or_else(PoisonError::into_inner);
        arrived.push(arrival);
        let first = arrived.len() == 1;
        drop(arrived);
        if first {
            self.ring();
        }
    }

    fn take(&self) -> Vec<Arrival> {
        std::mem::take(&mut *self.arrived.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn ring(self: &Arc<Self>) {
        match &self.bell {
            #[cfg(unix)]
            Bell::Descriptor(bell) => bell.ring(),
            Bell::Function(function) => exit::in_python(|py| {
                // On a closed loop no code waits any more.
                if let Err(error) = function.call1(py, (Mailbox(self.clone()),))
                    && !error.is_instance_of::<PyRuntimeError>(py)
                {
                    error.write_unraisable(py, None);
                }
            }),
        }
    }
}

#[pymethods]
impl Mailbox {
    /// A function is called from another thread with the mailbox, and is to have the loop call its `deliver`.
    #[new]
    #[pyo3(signature = (wake = None))]
    fn new(wake: Option<Py<PyAny>>) -> PyResult<Mailbox> {
        let bell = match wake {
            Some(function) => Bell::Function(function),
            #[cfg(unix)]
            None => Bell::Descriptor(descriptor::Bell::new()?),
            #[cfg(not(unix))]
            None => return Err(PyRuntimeError::new_err("event loops of this operating system cannot watch file descriptors")),
        };
        Ok(Mailbox(Arc::new(Queue { arrived: Mutex::default(), bell })))
    }

    /// The descriptor that is ready to be read when there is something to deliver.
    fn fileno(&self) -> PyResult<i32> {
        match &self.0.bell {
            #[cfg(unix)]
            Bell::Descriptor(bell) => Ok(bell.fileno()),
            Bell::Function(_) => Err(PyRuntimeError::new_err("the event has no file descriptor")),
        }
    }

    /// Hands each step to the one who waits for it, unless that one is done with waiting.
    fn deliver(&self, py: Python<'_>) {
        #[cfg(unix)]
        if let Bell::Descriptor(bell) = &self.0.bell {
            // Before the steps are taken: what comes after that rings again.
            bell.hush();
        }
        for Arrival { waiter, show } in self.0.take() {
            let outcome = show(py).and_then(|step| {
                if waiter.call_method0(py, "done")?.is_truthy(py)? {
                    Ok(())
                } else {
                    waiter.call_method1(py, "set_result", (step,)).map(drop)
                }
            });
            if let Err(error) = outcome {
                error.write_unraisable(py, Some(waiter.bind(py)));
            }
        }
    }
}

#[cfg(target_os = "linux")]
mod descriptor {
    //! An eventfd.

    use rustix::event::{EventfdFlags, eventfd};
    use std::os::fd::{AsRawFd, OwnedFd};

    pub struct Bell(OwnedFd);

    impl Bell {
        pub fn new() -> std::io::Result<Bell> {
            Ok(Bell(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?))
        }

        pub fn ring(&self) {
            // Full, it is rung already.
            let _ = rustix::io::write(&self.0, &1u64.to_ne_bytes());
        }

        pub fn hush(&self) {
            // Where nothing rang there is nothing to read.
            let _ = rustix::io::read(&self.0, &mut [0; 8]);
        }

        pub fn fileno(&self) -> i32 {
            self.0.as_raw_fd()
        }
    }
}

#[cfg(all(unix, not(target_os = "linux")))]
mod descriptor {
    //! A pair of sockets.

    use std::io::{Read, Write};
    use std::os::fd::AsRawFd;
    use std::os::unix::net::UnixStream;

    pub struct Bell {
        read: UnixStream,
        write: UnixStream,
    }

    impl Bell {
        pub fn new() -> std::io::Result<Bell> {
            let (read, write) = UnixStream::pair()?;
            read.set_nonblocking(true)?;
            write.set_nonblocking(true)?;
            Ok(Bell { read, write })
        }

        pub fn ring(&self) {
            // Full, it is rung already.
            let _ = (&self.write).write(&[1]);
        }

        pub fn hush(&self) {
            // Where nothing rang there is nothing to read.
            let _ = (&self.read).read(&mut [0; 64]);
        }

        pub fn fileno(&self) -> i32 {
            self.read.as_raw_fd()
        }
    }
}
