//! The items of a response as a sequence. Models are created on access.

use agenthuman::host::Items;
use pyo3::exceptions::{PyIndexError, PyOverflowError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyList, PySlice, PyType};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The models of a list. It is immutable.
#[pyclass(frozen, sequence, module = "agenthuman._native")]
pub struct ItemList {
    pub items: Arc<Items>,
    class: Py<PyType>,
}

impl ItemList {
    pub fn new(items: Arc<Items>, class: Bound<'_, PyType>) -> ItemList {
        ItemList { items, class: class.unbind() }
    }

    /// The model of an item.
    pub fn model<'py>(slf: &Bound<'py, Self>, index: usize) -> PyResult<Bound<'py, PyAny>> {
        slf.get().class.bind(slf.py()).call1((slf, index))
    }

    fn list<'py>(slf: &Bound<'py, Self>, indices: impl Iterator<Item = usize>) -> PyResult<Bound<'py, PyList>> {
        let list = PyList::empty(slf.py());
        for index in indices {
            list.append(ItemList::model(slf, index)?)?;
        }
        Ok(list)
    }

    fn all<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyList>> {
        ItemList::list(slf, 0..slf.get().items.len())
    }
}

#[pymethods]
impl ItemList {
    fn __len__(&self) -> usize {
        self.items.len()
    }

    fn __getitem__<'py>(slf: &Bound<'py, Self>, key: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let len = isize::try_from(slf.get().items.len())?;
        if let Ok(slice) = key.cast::<PySlice>() {
            let slice = slice.indices(len)?;
            let places = (0..slice.slicelength).map(|number| slice.start + slice.step * number.cast_signed());
            return Ok(ItemList::list(slf, places.map(isize::cast_unsigned))?.into_any());
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
        ItemList::model(slf, index.cast_unsigned())
    }

    fn __iter__(slf: Bound<'_, Self>) -> ItemIterator {
        ItemIterator { list: slf.unbind(), at: AtomicUsize::new(0) }
    }

    /// The place of the first model that equals `value`.
    #[pyo3(signature = (value, start = 0, stop = None, /))]
    fn index(slf: &Bound<'_, Self>, value: &Bound<'_, PyAny>, start: isize, stop: Option<isize>) -> PyResult<usize> {
        let slice = PySlice::new(slf.py(), start, stop.unwrap_or(isize::MAX), 1).indices(slf.get().items.len().cast_signed())?;
        for index in slice.start.cast_unsigned()..slice.start.cast_unsigned() + slice.slicelength {
            if ItemList::model(slf, index)?.eq(value)? {
                return Ok(index);
            }
        }
        Err(PyValueError::new_err("the model is not in the list"))
    }

    /// How many models equal `value`.
    #[pyo3(signature = (value, /))]
    fn count(slf: &Bound<'_, Self>, value: &Bound<'_, PyAny>) -> PyResult<usize> {
        let mut count = 0;
        for index in 0..slf.get().items.len() {
            count += usize::from(ItemList::model(slf, index)?.eq(value)?);
        }
        Ok(count)
    }

    /// As lists compare: by what is in them.
    fn __eq__<'py>(slf: &Bound<'py, Self>, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let other = match other.cast::<ItemList>() {
            Ok(list) => ItemList::all(list)?.into_any(),
            Err(_) if other.is_instance_of::<PyList>() => other.clone(),
            Err(_) => return Ok(slf.py().NotImplemented().into_bound(slf.py())),
        };
        ItemList::all(slf)?.rich_compare(other, pyo3::basic::CompareOp::Eq)
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        Ok(ItemList::all(slf)?.repr()?.to_string())
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> crate::Reduced<'py, (Bound<'py, PyType>, String)> {
        let again = slf.py().import("agenthuman._native")?.getattr("item_list_from_json")?;
        Ok((again, (slf.get().class.bind(slf.py()).clone(), slf.get().items.to_json())))
    }
}

/// Iterates over the items.
#[pyclass(frozen, module = "agenthuman._native")]
pub struct ItemIterator {
    list: Py<ItemList>,
    at: AtomicUsize,
}

#[pymethods]
impl ItemIterator {
    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let list = self.list.bind(py);
        let index = self.at.fetch_add(1, Ordering::Relaxed);
        if index < list.get().items.len() { ItemList::model(list, index).map(Some) } else { Ok(None) }
    }

    fn __length_hint__(&self) -> usize {
        self.list.get().items.len().saturating_sub(self.at.load(Ordering::Relaxed))
    }
}

/// The list of canonical JSON, as pickle keeps it.
#[pyfunction]
pub fn item_list_from_json(class: Bound<'_, PyType>, json: String) -> PyResult<ItemList> {
    Ok(ItemList::new(Arc::new(crate::model::canonical(&class, json, true)?), class))
}
