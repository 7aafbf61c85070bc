//! The client and the lists, as Python holds them.

use crate::NativeError;
use crate::call::Call;
use crate::json::{self, Unconvertible};
use crate::step::to_json;
use agenthuman::host::{self, HostClient, HostPager};
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// A client made from its options.
#[pyclass(frozen, module = "agenthuman._native")]
pub struct Client(HostClient);

impl Client {
    pub fn host(&self) -> &HostClient {
        &self.0
    }
}

impl From<HostClient> for Client {
    fn from(client: HostClient) -> Client {
        Client(client)
    }
}

#[pymethods]
impl Client {
    #[new]
    fn new(config: &Bound<'_, PyDict>) -> PyResult<Client> {
        let config = converted("client", config)?;
        HostClient::new(&config).map(Client).map_err(|error| NativeError::new_err(to_json(&error)))
    }

    /// A client for tests, whose calls ask for their responses.
    #[staticmethod]
    fn mock(surface: &str) -> PyResult<Client> {
        HostClient::mock(surface).map(Client).map_err(|error| NativeError::new_err(to_json(&error)))
    }

    /// Starts an operation. Nothing is sent until the first step.
    fn call(&self, operation: &str, params: &Bound<'_, PyDict>, options: Option<&Bound<'_, PyDict>>) -> PyResult<Call> {
        Ok(Call::new(self.0.call(operation, &converted(operation, params)?, &converted_options(options)?)))
    }

    /// Starts walking a list.
    fn pages(&self, operation: &str, params: &Bound<'_, PyDict>, options: Option<&Bound<'_, PyDict>>) -> PyResult<Pager> {
        Ok(Pager::new(self.0.clone(), operation.to_owned(), converted(operation, params)?, converted_options(options)?))
    }

    /// Starts a request that no operation stands for.
    fn request(
        &self,
        method: &str,
        path: &str,
        body: Option<&Bound<'_, PyAny>>,
        credential: Option<&str>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Call> {
        let refused =
            |why| unconvertible("request", Unconvertible { why: format!("body {why}"), parameter: Some("body".into()) });
        let body = body.map(json::text).transpose().map_err(refused)?;
        Ok(Call::new(self.0.request(method, path, body.as_deref(), credential, &converted_options(options)?)))
    }

    fn close(&self) {
        self.0.close();
    }

    /// Seconds that a call has, unless it has a timeout of its own.
    fn timeout(&self) -> f64 {
        self.0.timeout().as_secs_f64()
    }

    /// Why the client has no operation or resource of that name, if one of another class has it.
    fn elsewhere(&self, name: &str) -> Option<String> {
        self.0.elsewhere(name)
    }

    /// Returns the base URL and the masked credentials as JSON, for printing.
    fn summary(&self) -> String {
        self.0.summary()
    }
}

/// Arguments as JSON; what JSON does not have is refused in the name of `operation`.
pub fn converted(operation: &str, values: &Bound<'_, PyDict>) -> PyResult<String> {
    json::object(values).map_err(|why| unconvertible(operation, why))
}

fn converted_options(options: Option<&Bound<'_, PyDict>>) -> PyResult<String> {
    options.map_or_else(|| Ok(String::new()), |options| converted("options", options))
}

fn unconvertible(operation: &str, refused: Unconvertible) -> PyErr {
    NativeError::new_err(to_json(&host::unconvertible(operation, refused.parameter.as_deref(), &refused.why)))
}

/// A walk through a list.
#[pyclass(frozen, module = "agenthuman._native")]
pub struct Pager {
    client: HostClient,
    operation: String,
    params: String,
    options: String,
    walk: HostPager,
}

impl Pager {
    fn new(client: HostClient, operation: String, params: String, options: String) -> Pager {
        let walk = client.pages(&operation, &params, &options);
        Pager { client, operation, params, options, walk }
    }
}

#[pymethods]
impl Pager {
    /// The call of the next page, or None after the last.
    fn next(&self) -> Option<Call> {
        self.walk.next().map(Call::new)
    }

    /// Another walk, from the beginning.
    fn again(&self) -> Pager {
        Pager::new(self.client.clone(), self.operation.clone(), self.params.clone(), self.options.clone())
    }
}

/// The error of an argument that Python's half refuses.
#[pyfunction]
pub fn refusal(operation: &str, parameter: &str, why: &str) -> PyErr {
    unconvertible(operation, Unconvertible { parameter: Some(parameter.to_owned()), why: why.to_owned() })
}
