//! The base of all models: an immutable item of a response, whose fields are parsed on access.

use crate::item_list::ItemList;
use crate::json;
use crate::read::read as objects;
use agenthuman::host::{Items, Value, not_canonical};
use agenthuman::operations;
use agenthuman::table::{FieldKind, Model as Shape, Surface};
use pyo3::exceptions::{PyIndexError, PyTypeError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyString, PyType};
use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::sync::{Arc, LazyLock};

/// How many characters of a long text a `repr` shows.
const LONGEST_TEXT: usize = 80;

/// The shape of a rendered class, or of one derived from it.
pub fn shape(class: &Bound<'_, PyType>) -> PyResult<&'static Shape> {
    let unknown = || PyResult::Ok(PyTypeError::new_err(format!("{} is not a model of the API", class.name()?)));
    let surface = class.getattr_opt("_surface")?;
    let surface = surface.as_ref().and_then(|surface| surface.cast::<PyString>().ok()?.to_str().ok());
    let Some(surface) = operations::CONTRACTS.into_iter().find(|contract| Some(contract.as_str()) == surface) else {
        return Err(unknown()?);
    };
    for base in class.mro() {
        if let Some(shape) = operations::model(surface, base.cast::<PyType>()?.name()?.to_str()?) {
            return Ok(shape);
        }
    }
    Err(unknown()?)
}

/// The rendered class of a shape.
fn class<'py>(py: Python<'py>, shape: &Shape) -> PyResult<Bound<'py, PyType>> {
    let module = match shape.surface {
        Surface::Server => "agenthuman._generated.models".to_owned(),
        other => format!("agenthuman._generated.{}.models", other.as_str()),
    };
    Ok(py.import(module)?.getattr(shape.name)?.cast_into::<PyType>()?)
}

/// Reads what `to_json` writes.
pub fn canonical(class: &Bound<'_, PyType>, json: String, is_list: bool) -> PyResult<Items> {
    let shape = shape(class)?;
    if let Ok(items) = Items::of_canonical(json.clone(), shape, is_list) {
        return Ok(items);
    }
    // Characters may be escaped in pairs of halves, which the core does not write.
    let refused = |why: &str| json::refused(&not_canonical(shape, why));
    let value = objects(class.py(), &json).map_err(|_| refused("it is not valid JSON"))?;
    let text = json::text(&value).map_err(|_| refused("it is not valid JSON"))?;
    Items::of_canonical(text, shape, is_list).map_err(|why| refused(&why))
}

/// A value of the API. It cannot be changed, compares by value, and can be pickled.
#[pyclass(frozen, subclass, module = "agenthuman._native")]
pub struct Model {
    items: Arc<Items>,
    index: usize,
}

impl Model {
    fn of<'py>(items: Items, class: Bound<'py, PyType>) -> PyResult<Bound<'py, PyAny>> {
        let list = Bound::new(class.py(), ItemList::new(Arc::new(items), class))?;
        ItemList::model(&list, 0)
    }

    fn value(&self, field: usize) -> Value<'_> {
        self.items.field(self.index, field)
    }

    /// A field as Python reads it.
    pub fn read<'py>(&self, py: Python<'py>, field: usize) -> PyResult<Bound<'py, PyAny>> {
        Ok(match self.value(field) {
            Value::Absent | Value::Null => py.None().into_bound(py),
            Value::Text(text) if matches!(self.items.model().fields[field].kind, FieldKind::Instant) => instant(py, &text)?,
            Value::Text(text) => PyString::new(py, &text).into_any(),
            Value::Integer(number) => PyInt::new(py, number).into_any(),
            Value::Number(number) => PyFloat::new(py, number).into_any(),
            Value::Flag(flag) => PyBool::new(py, flag).to_owned().into_any(),
            Value::Object(text) | Value::Texts(text) => objects(py, text)?,
            Value::Model(inner, text) => {
                let class = class(py, inner)?;
                Model::of(canonical(&class, text.to_owned(), false)?, class)?
            }
            Value::Models(inner, text) => {
                let class = class(py, inner)?;
                Bound::new(py, ItemList::new(Arc::new(canonical(&class, text.to_owned(), true)?), class))?.into_any()
            }
        })
    }

    fn text(&self, py: Python<'_>, field: usize) -> PyResult<Option<String>> {
        let entry = &self.items.model().fields[field];
        let text = match self.value(field) {
            Value::Absent => return Ok(None),
            Value::Null => "None".to_owned(),
            Value::Text(_) if matches!(entry.kind, FieldKind::Secret) => "'[redacted]'".to_owned(),
            Value::Text(text) => {
                let whole = text.chars().count() <= LONGEST_TEXT;
                let text = if whole { text.into_owned() } else { text.chars().take(LONGEST_TEXT - 1).chain(['…']).collect() };
                PyString::new(py, &text).repr()?.to_string()
            }
            _ => self.read(py, field)?.repr()?.to_string(),
        };
        Ok(Some(format!("{}={text}", entry.name)))
    }
}

#[pymethods]
impl Model {
    #[new]
    fn new(items: &Bound<'_, ItemList>, index: usize) -> PyResult<Model> {
        let items = items.get().items.clone();
        if index < items.len() { Ok(Model { items, index }) } else { Err(PyIndexError::new_err("item index out of range")) }
    }

    /// The model of a canonical form, such as `to_dict` gives.
    #[classmethod]
    #[pyo3(signature = (values, /))]
    fn from_dict<'py>(cls: Bound<'py, PyType>, values: &Bound<'py, PyDict>) -> PyResult<Bound<'py, PyAny>> {
        let text = json::text(values.as_any()).map_err(|why| json::refused(&format!("the canonical form {why}")))?;
        Model::of(canonical(&cls, text, false)?, cls)
    }

    /// The model of canonical JSON, such as `to_json` gives.
    #[classmethod]
    #[pyo3(signature = (text, /))]
    fn from_json<'py>(cls: Bound<'py, PyType>, text: String) -> PyResult<Bound<'py, PyAny>> {
        Model::of(canonical(&cls, text, false)?, cls)
    }

    /// What the service sent beside the fields known here, as it came.
    #[getter]
    fn extra<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        objects(py, &self.items.extra(self.index))
    }

    /// The canonical form: ids as text, instants as the service wrote them, secrets as they are.
    ///
    /// A field that the service did not send is absent.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        objects(py, &self.to_json())
    }

    /// The canonical form as JSON, secrets as they are.
    fn to_json(&self) -> String {
        self.items.json(self.index)
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        let (py, model) = (slf.py(), slf.get());
        let mut text = Vec::new();
        for field in 0..model.items.model().fields.len() {
            text.extend(model.text(py, field)?);
        }
        // Unknown fields may contain secrets.
        let extra = model.extra(py)?.cast_into::<PyDict>()?;
        if !extra.is_empty() {
            let names: Vec<String> = extra.keys().iter().map(|name| name.to_string()).collect();
            text.push(format!("extra=<{}>", names.join(", ")));
        }
        Ok(format!("{}({})", slf.get_type().name()?, text.join(", ")))
    }

    fn __eq__<'py>(slf: &Bound<'py, Self>, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        if !other.get_type().is(slf.get_type()) {
            return Ok(py.NotImplemented().into_bound(py));
        }
        let (one, other) = (slf.get(), other.cast::<Model>()?.get());
        let same = Arc::ptr_eq(&one.items, &other.items) && one.index == other.index;
        // The wire may write one value in several ways.
        let equal = same || one.to_json() == other.to_json() || one.to_dict(py)?.eq(other.to_dict(py)?)?;
        Ok(PyBool::new(py, equal).to_owned().into_any())
    }

    fn __hash__(&self) -> u64 {
        static STATE: LazyLock<RandomState> = LazyLock::new(RandomState::new);
        let mut hasher = STATE.build_hasher();
        let shape = self.items.model();
        shape.name.hash(&mut hasher);
        for field in 0..shape.fields.len() {
            match self.value(field) {
                Value::Text(text) => text.hash(&mut hasher),
                Value::Integer(number) => number.hash(&mut hasher),
                // Both zeros are equal, and so must be their hashes.
                Value::Number(number) => (number + 0.0).to_bits().hash(&mut hasher),
                Value::Flag(flag) => flag.hash(&mut hasher),
                Value::Absent | Value::Null | Value::Object(_) | Value::Texts(_) | Value::Model(..) | Value::Models(..) => {}
            }
        }
        hasher.finish()
    }

    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (memo, /))]
    fn __deepcopy__<'py>(slf: Bound<'py, Self>, memo: &Bound<'py, PyAny>) -> Bound<'py, Self> {
        let _ = memo;
        slf
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> crate::Reduced<'py, (String,)> {
        Ok((slf.get_type().getattr("from_json")?, (slf.get().to_json(),)))
    }
}

/// Parses an aware datetime.
fn instant<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
    static PARSER: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let parser = PARSER
        .get_or_try_init(py, || Ok::<_, PyErr>(py.import("agenthuman._model")?.call_method0("instant_parser")?.unbind()))?;
    parser.bind(py).call1((text,))
}
