//! The native half of the Python package: a client, its calls, its lists, what models stand on, and the relay. It knows no
//! operation and no error.
//!
//! A Python module that is imported here is also imported by a statement in the package, since PyInstaller and its like
//! include only what Python code imports. A test compares the two.

mod call;
mod cassette;
mod client;
mod exit;
mod field;
mod item_list;
mod json;
mod model;
mod read;
mod relay;
mod step;
mod stepped;
mod wake;

use pyo3::prelude::*;

/// The result of `__reduce__`: the function that creates the value again, and its arguments.
type Reduced<'py, T> = PyResult<(Bound<'py, PyAny>, T)>;

pyo3::create_exception!(_native, NativeError, pyo3::exceptions::PyException, "Carries the JSON of an error's fields.");

#[pymodule]
mod _native {
    #[pymodule_export]
    use super::NativeError;
    #[pymodule_export]
    use super::call::Call;
    #[pymodule_export]
    use super::cassette::Cassette;
    #[pymodule_export]
    use super::client::{Client, Pager, refusal};
    #[pymodule_export]
    use super::exit::{forked, stop};
    #[pymodule_export]
    use super::field::Field;
    #[pymodule_export]
    use super::item_list::{ItemIterator, ItemList, item_list_from_json};
    #[pymodule_export]
    use super::json::NotGiven;
    #[pymodule_export]
    use super::model::Model;
    #[pymodule_export]
    use super::relay::{Exchange, Opened, Relay};
    #[pymodule_export]
    use super::step::{Reply, error_line};
    #[pymodule_export]
    use super::wake::Mailbox;

    #[pymodule_export]
    const VERSION: &str = agenthuman::VERSION;
}
