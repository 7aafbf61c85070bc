//! The rows of an answer as a sequence, whose models are made when they are asked for.

use agenthuman::host::Record;
use pyo3::exceptions::{PyIndexError, PyOverflowError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyList, PySlice, PyType};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The models of a list. It cannot be changed.
#[pyclass(frozen, sequence, module = "agenthuman._native")]
pub struct Rows {
    pub record: Arc<Record>,
    class: Py<PyType>,
}

impl Rows {
    pub fn new(record: Arc<Record>, class: Bound<'_, PyType>) -> Rows {
        Rows { record, class: class.unbind() }
    }

    /// The model of a row.
    pub fn model<'py>(slf: &Bound<'py, Self>, row: usize) -> PyResult<Bound<'py, PyAny>> {
        slf.get().class.bind(slf.py()).call1((slf, row))
    }

    fn list<'py>(slf: &Bound<'py, Self>, rows: impl Iterator<Item = usize>) -> PyResult<Bound<'py, PyList>> {
        let list = PyList::empty(slf.py());
        for row in rows {
            list.append(Rows::model(slf, row)?)?;
        }
        Ok(list)
    }

    fn all<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyList>> {
        Rows::list(slf, 0..slf.get().record.len())
    }
}

#[pymethods]
impl Rows {
    fn __len__(&self) -> usize {
        self.record.len()
    }

    fn __getitem__<'py>(slf: &Bound<'py, Self>, key: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let len = isize::try_from(slf.get().record.len())?;
        if let Ok(slice) = key.cast::<PySlice>() {
            let slice = slice.indices(len)?;
            let places = (0..slice.slicelength).map(|number| slice.start + slice.step * number.cast_signed());
            return Ok(Rows::list(slf, places.map(isize::cast_unsigned))?.into_any());
        }
        let index = match key.extract::<isize>() {
            Ok(index) if index < 0 => index + len,
            Ok(index) => index,
            Err(error) if error.is_instance_of::<PyOverflowError>(slf.py()) => len,
            Err(_) => return Err(PyTypeError::new_err("indices must be integers or slices")),
        };
        if !(0..len).contains(&index) {
            return Err(PyIndexError::new_err("index out of range"));
        }
        Rows::model(slf, index.cast_unsigned())
    }

    fn __iter__(slf: Bound<'_, Self>) -> RowsIterator {
        RowsIterator { rows: slf.unbind(), at: AtomicUsize::new(0) }
    }

    /// The place of the first model that equals `value`.
    #[pyo3(signature = (value, start = 0, stop = None, /))]
    fn index(slf: &Bound<'_, Self>, value: &Bound<'_, PyAny>, start: isize, stop: Option<isize>) -> PyResult<usize> {
        let slice = PySlice::new(slf.py(), start, stop.unwrap_or(isize::MAX), 1).indices(slf.get().record.len().cast_signed())?;
        for row in slice.start.cast_unsigned()..slice.start.cast_unsigned() + slice.slicelength {
            if Rows::model(slf, row)?.eq(value)? {
                return Ok(row);
            }
        }
        Err(PyValueError::new_err("the model is not in the list"))
    }

    /// How many models equal `value`.
    #[pyo3(signature = (value, /))]
    fn count(slf: &Bound<'_, Self>, value: &Bound<'_, PyAny>) -> PyResult<usize> {
        let mut count = 0;
        for row in 0..slf.get().record.len() {
            count += usize::from(Rows::model(slf, row)?.eq(value)?);
        }
        Ok(count)
    }

    /// As lists compare: by what is in them.
    fn __eq__<'py>(slf: &Bound<'py, Self>, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let other = match other.cast::<Rows>() {
            Ok(rows) => Rows::all(rows)?.into_any(),
            Err(_) if other.is_instance_of::<PyList>() => other.clone(),
            Err(_) => return Ok(slf.py().NotImplemented().into_bound(slf.py())),
        };
        Rows::all(slf)?.rich_compare(other, pyo3::basic::CompareOp::Eq)
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        Ok(Rows::all(slf)?.repr()?.to_string())
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> crate::Reduced<'py, (Bound<'py, PyType>, String)> {
        let again = slf.py().import("agenthuman._native")?.getattr("rows_from_json")?;
        Ok((again, (slf.get().class.bind(slf.py()).clone(), slf.get().record.to_json())))
    }
}

/// A walk through the rows.
#[pyclass(frozen, module = "agenthuman._native")]
pub struct RowsIterator {
    rows: Py<Rows>,
    at: AtomicUsize,
}

#[pymethods]
impl RowsIterator {
    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let rows = self.rows.bind(py);
        let row = self.at.fetch_add(1, Ordering::Relaxed);
        if row < rows.get().record.len() { Rows::model(rows, row).map(Some) } else { Ok(None) }
    }

    fn __length_hint__(&self) -> usize {
        self.rows.get().record.len().saturating_sub(self.at.load(Ordering::Relaxed))
    }
}

/// The list of canonical JSON, as pickle keeps it.
#[pyfunction]
pub fn rows_from_json(class: Bound<'_, PyType>, json: String) -> PyResult<Rows> {
    Ok(Rows::new(Arc::new(crate::model::canonical(&class, json, true)?), class))
}
