//! A field of a model, as a descriptor on its class.

use crate::model::{Model, shape};
use pyo3::exceptions::{PyAttributeError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::PyType;
use std::sync::OnceLock;

/// Reads a field of an item. It stands in for `property`.
#[pyclass(frozen, subclass, module = "agenthuman._native")]
pub struct Field {
    function: Py<PyAny>,
    /// Where the field stands in its model.
    place: OnceLock<usize>,
}

#[pymethods]
impl Field {
    #[new]
    fn new(function: Py<PyAny>) -> Field {
        Field { function, place: OnceLock::new() }
    }

    fn __set_name__(&self, owner: &Bound<'_, PyType>, name: &str) -> PyResult<()> {
        let shape = shape(owner)?;
        let named = || shape.fields.iter().position(|field| field.name == name);
        let aliased = || shape.fields.iter().position(|field| field.aliases().any(|alias| alias == name));
        let place = named().or_else(aliased);
        self.place
            .set(place.ok_or_else(|| PyTypeError::new_err(format!("{} has no field {name}", shape.name)))?)
            .map_err(|_| PyTypeError::new_err("the field already has a name"))
    }

    fn __get__<'py>(
        slf: &Bound<'py, Self>,
        instance: &Bound<'py, PyAny>,
        owner: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let _ = owner;
        match (instance.cast::<Model>(), slf.get().place.get()) {
            (Ok(model), Some(place)) => model.get().read(slf.py(), *place),
            _ => Ok(slf.clone().into_any()),
        }
    }

    fn __set__(&self, instance: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let _ = value;
        Err(PyAttributeError::new_err(format!("a {} cannot be changed", instance.get_type().name()?)))
    }

    fn __delete__(&self, instance: &Bound<'_, PyAny>) -> PyResult<()> {
        Err(PyAttributeError::new_err(format!("a {} cannot be changed", instance.get_type().name()?)))
    }

    #[getter]
    fn __name__(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.function.getattr(py, "__name__")
    }

    /// As a property has it, for tools that read annotations.
    #[getter]
    fn fget(&self, py: Python<'_>) -> Py<PyAny> {
        self.function.clone_ref(py)
    }
}
