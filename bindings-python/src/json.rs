//! Python's objects as JSON.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};
use std::fmt::Write;

/// How deep an argument may be nested: what the core reads.
const DEEPEST: usize = 120;

/// The marker for a parameter that is not set, if None means something else.
#[pyclass(frozen, module = "agenthuman._native")]
pub struct NotGiven;

#[pymethods]
impl NotGiven {
    /// There is one, so that it can be compared with `is` after it was copied or pickled.
    #[new]
    fn new(py: Python<'_>) -> PyResult<Py<NotGiven>> {
        static ONE: PyOnceLock<Py<NotGiven>> = PyOnceLock::new();
        ONE.get_or_try_init(py, || Py::new(py, NotGiven)).map(|one| one.clone_ref(py))
    }

    fn __bool__(&self) -> bool {
        false
    }

    fn __repr__(&self) -> &'static str {
        "NOT_GIVEN"
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> crate::Reduced<'py, ()> {
        Ok((slf.get_type().into_any(), ()))
    }
}

/// A Python value that JSON cannot represent.
pub struct Unconvertible {
    pub parameter: Option<String>,
    pub why: String,
}

/// The keyword arguments of a call as a JSON object.
pub fn object(values: &Bound<'_, PyDict>) -> Result<String, Unconvertible> {
    let mut json = String::with_capacity(64);
    json.push('{');
    for (name, value) in values {
        if value.is_exact_instance_of::<NotGiven>() {
            continue;
        }
        let name = name.cast::<PyString>().ok().and_then(|name| name.to_str().ok()).unwrap_or_default().to_owned();
        if json.len() > 1 {
            json.push(',');
        }
        quote(&mut json, &name);
        json.push(':');
        push(&mut json, &value, &mut Vec::new())
            .map_err(|why| Unconvertible { why: format!("{name} {why}"), parameter: Some(name) })?;
    }
    json.push('}');
    Ok(json)
}

/// One value as JSON; what refuses it says why in words that follow the value's name.
pub fn text(value: &Bound<'_, PyAny>) -> Result<String, String> {
    let mut json = String::new();
    push(&mut json, value, &mut Vec::new())?;
    Ok(json)
}

/// `within` holds the containers that the value stands in.
fn push(json: &mut String, value: &Bound<'_, PyAny>, within: &mut Vec<usize>) -> Result<(), String> {
    if let Ok(text) = value.cast::<PyString>() {
        quote(json, text.to_str().map_err(|_| "contains an unpaired surrogate, which JSON cannot represent")?);
    } else if !scalar(json, value)? {
        let place = value.as_ptr() as usize;
        if within.contains(&place) {
            return Err("contains itself".to_owned());
        }
        if within.len() == DEEPEST {
            return Err("is nested too deeply".to_owned());
        }
        within.push(place);
        if let Ok(object) = value.cast::<PyDict>() {
            json.push('{');
            for (number, (name, value)) in object.iter().enumerate() {
                if number > 0 {
                    json.push(',');
                }
                key(json, &name)?;
                json.push(':');
                push(json, &value, within)?;
            }
            json.push('}');
        } else if value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>() {
            json.push('[');
            for (number, item) in value.try_iter().map_err(|_| "cannot be iterated")?.enumerate() {
                if number > 0 {
                    json.push(',');
                }
                push(json, &item.map_err(|_| "cannot be iterated")?, within)?;
            }
            json.push(']');
        } else {
            return Err(format!("contains a value of type {}, which JSON cannot represent", type_name(value)));
        }
        within.pop();
    }
    Ok(())
}

/// Writes a scalar value; returns false if it is not one.
fn scalar(json: &mut String, value: &Bound<'_, PyAny>) -> Result<bool, String> {
    if value.is_none() {
        json.push_str("null");
    } else if let Ok(flag) = value.cast::<PyBool>() {
        json.push_str(if flag.is_true() { "true" } else { "false" });
    } else if let Ok(number) = value.cast::<PyInt>() {
        if let Ok(number) = number.extract::<i64>() {
            // Writing to a String cannot fail.
            let _ = write!(json, "{number}");
        } else {
            // An enum's own words for a number are not the number's.
            let int = value.py().get_type::<PyInt>();
            let digits = int.call_method1("__repr__", (number,)).and_then(|digits| digits.extract::<String>());
            json.push_str(&digits.map_err(|_| "contains a number with too many digits")?);
        }
    } else if let Ok(number) = value.cast::<PyFloat>() {
        let number = number.extract::<f64>().unwrap_or(f64::NAN);
        if !number.is_finite() {
            return Err("contains a number that is not finite (NaN or infinity), which JSON cannot represent".to_owned());
        }
        let _ = write!(json, "{number:?}");
    } else {
        return Ok(false);
    }
    Ok(true)
}

fn key(json: &mut String, name: &Bound<'_, PyAny>) -> Result<(), String> {
    if name.is_instance_of::<PyString>() {
        return push(json, name, &mut Vec::new());
    }
    json.push('"');
    if !scalar(json, name)? {
        return Err("has a key that is not a str".to_owned());
    }
    json.push('"');
    Ok(())
}

fn quote(json: &mut String, text: &str) {
    // Text always is JSON.
    json.push_str(&serde_json::to_string(text).unwrap_or_default());
}

pub fn type_name(value: &Bound<'_, PyAny>) -> String {
    value.get_type().name().map_or_else(|_| "object".to_owned(), |name| name.to_string())
}

/// The reason why a value is invalid for a model, for `from_dict`.
pub fn refused(why: &str) -> PyErr {
    PyValueError::new_err(why.to_owned())
}
