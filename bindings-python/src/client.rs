//! The client and the lists, as Python holds them.

use crate::NativeError;
use crate::call::Call;
use crate::step::to_json;
use agenthuman::host::{self, HostClient, HostPager};
use pyo3::prelude::*;

/// A client made from the JSON of its options.
#[pyclass(frozen, module = "agenthuman._native")]
pub struct Client(HostClient);

#[pymethods]
impl Client {
    #[new]
    fn new(config: &str) -> PyResult<Client> {
        HostClient::new(config).map(Client).map_err(|error| NativeError::new_err(to_json(&error)))
    }

    /// Starts an operation. Nothing is sent until the first step.
    fn call(&self, operation: &str, params: &str, options: &str) -> Call {
        Call::new(self.0.call(operation, params, options))
    }

    /// Starts walking a list.
    fn pages(&self, operation: &str, params: &str, options: &str) -> Pager {
        Pager(self.0.pages(operation, params, options))
    }

    /// Starts a request that no operation stands for.
    fn request(&self, method: &str, path: &str, body: Option<&str>, credential: Option<&str>, options: &str) -> Call {
        Call::new(self.0.request(method, path, body, credential, options))
    }

    fn close(&self) {
        self.0.close();
    }

    /// JSON of what may be shown of it.
    fn summary(&self) -> String {
        self.0.summary()
    }
}

/// A walk through a list.
#[pyclass(frozen, module = "agenthuman._native")]
pub struct Pager(HostPager);

#[pymethods]
impl Pager {
    /// The call of the next page, or None after the last.
    fn next(&self) -> Option<Call> {
        self.0.next().map(Call::new)
    }
}

/// The JSON of the error of a value that Python has and JSON has not.
#[pyfunction]
pub fn unconvertible(operation: &str, parameter: Option<&str>, why: &str) -> String {
    to_json(&host::unconvertible(operation, parameter, why))
}
