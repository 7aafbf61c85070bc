//! The native half of the Python package: a client, its calls and its lists. It knows no operation and no error.

mod call;
mod client;
mod exit;
mod step;

use pyo3::prelude::*;

pyo3::create_exception!(_native, NativeError, pyo3::exceptions::PyException, "Carries the JSON of an error's fields.");

#[pymodule]
mod _native {
    #[pymodule_export]
    use super::NativeError;
    #[pymodule_export]
    use super::call::Call;
    #[pymodule_export]
    use super::client::{Client, Pager, unconvertible};
    #[pymodule_export]
    use super::exit::{forked, stop};
    #[pymodule_export]
    use super::step::Reply;

    #[pymodule_export]
    const VERSION: &str = agenthuman::VERSION;
}
