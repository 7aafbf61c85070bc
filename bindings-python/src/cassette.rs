//! A cassette, as Python holds it.

use crate::NativeError;
use crate::client::{Client, converted};
use crate::step::to_json;
use agenthuman::host::HostClient;
use agenthuman::{CassetteMode, Error};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::path::PathBuf;

/// A cassette.
#[pyclass(frozen, module = "agenthuman._native")]
pub struct Cassette(agenthuman::Cassette);

#[pymethods]
impl Cassette {
    #[new]
    fn new(path: PathBuf, mode: &str) -> PyResult<Cassette> {
        let open = || agenthuman::Cassette::open(path, CassetteMode::of(mode)?);
        open().map(Cassette).map_err(raised)
    }

    /// A client that records or replays.
    fn client(&self, config: &Bound<'_, PyDict>) -> PyResult<Client> {
        let config = converted("client", config)?;
        let client = HostClient::with_cassette(&config, &self.0);
        client.map(Client::from).map_err(|error| NativeError::new_err(to_json(&error)))
    }

    fn mode(&self) -> &'static str {
        self.0.mode().as_str()
    }

    fn unplayed(&self) -> Vec<String> {
        self.0.unplayed()
    }

    fn check_all_played(&self) -> PyResult<()> {
        self.0.check_all_played().map_err(raised)
    }

    fn close(&self, py: Python<'_>) -> PyResult<()> {
        py.detach(|| self.0.close()).map_err(raised)
    }

    fn discard(&self) {
        self.0.discard();
    }
}

fn raised(error: Error) -> PyErr {
    NativeError::new_err(to_json(&error.into_info()))
}
