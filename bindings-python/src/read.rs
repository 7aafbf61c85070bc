//! JSON as Python's objects, as `json.loads` makes them.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString};

/// How deep it is read here; the standard library's stack goes deeper.
const DEEPEST: usize = 100;
/// How many digits surely fit.
const DIGITS: usize = 18;

/// The objects of JSON that has been checked.
pub fn read<'py>(py: Python<'py>, json: &str) -> PyResult<Bound<'py, PyAny>> {
    let mut reader = Reader { py, text: json, at: 0 };
    if let Some(value) = reader.value(0)?
        && reader.is_at_end()
    {
        return Ok(value);
    }
    static LOADS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    LOADS.import(py, "json", "loads")?.call1((json,))
}

/// Reads what is usual. What is not (a long number, half a character) gives nothing, and is for the standard library.
struct Reader<'a, 'py> {
    py: Python<'py>,
    text: &'a str,
    at: usize,
}

impl<'py> Reader<'_, 'py> {
    fn value(&mut self, depth: usize) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.space();
        Ok(match self.peek() {
            b'"' => self.string()?.map(Bound::into_any),
            b'{' if depth < DEEPEST => self.object(depth)?.map(Bound::into_any),
            b'[' if depth < DEEPEST => self.list(depth)?.map(Bound::into_any),
            b't' if self.word("true") => Some(PyBool::new(self.py, true).to_owned().into_any()),
            b'f' if self.word("false") => Some(PyBool::new(self.py, false).to_owned().into_any()),
            b'n' if self.word("null") => Some(self.py.None().into_bound(self.py)),
            b'-' | b'0'..=b'9' => self.number(),
            _ => None,
        })
    }

    fn object(&mut self, depth: usize) -> PyResult<Option<Bound<'py, PyDict>>> {
        let dict = PyDict::new(self.py);
        self.at += 1;
        if self.passes(b'}') {
            return Ok(Some(dict));
        }
        loop {
            self.space();
            let Some(name) = self.string()? else { return Ok(None) };
            if !self.passes(b':') {
                return Ok(None);
            }
            let Some(value) = self.value(depth + 1)? else { return Ok(None) };
            dict.set_item(name, value)?;
            if self.passes(b'}') {
                return Ok(Some(dict));
            }
            if !self.passes(b',') {
                return Ok(None);
            }
        }
    }

    fn list(&mut self, depth: usize) -> PyResult<Option<Bound<'py, PyList>>> {
        let list = PyList::empty(self.py);
        self.at += 1;
        if self.passes(b']') {
            return Ok(Some(list));
        }
        loop {
            let Some(value) = self.value(depth + 1)? else { return Ok(None) };
            list.append(value)?;
            if self.passes(b']') {
                return Ok(Some(list));
            }
            if !self.passes(b',') {
                return Ok(None);
            }
        }
    }

    fn string(&mut self) -> PyResult<Option<Bound<'py, PyString>>> {
        if self.peek() != b'"' {
            return Ok(None);
        }
        let start = self.at;
        let mut escaped = false;
        loop {
            self.at += 1;
            match self.peek() {
                b'"' => break,
                b'\\' => {
                    escaped = true;
                    self.at += 1;
                }
                0..0x20 => return Ok(None),
                _ => {}
            }
        }
        self.at += 1;
        if escaped {
            let text = serde_json::from_str::<String>(&self.text[start..self.at]);
            return Ok(text.ok().map(|text| PyString::new(self.py, &text)));
        }
        Ok(Some(PyString::new(self.py, &self.text[start + 1..self.at - 1])))
    }

    fn number(&mut self) -> Option<Bound<'py, PyAny>> {
        let start = self.at;
        while matches!(self.peek(), b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E') {
            self.at += 1;
        }
        let text = &self.text[start..self.at];
        if text.contains(['.', 'e', 'E']) {
            return Some(PyFloat::new(self.py, text.parse().ok()?).into_any());
        }
        (text.len() <= DIGITS).then(|| text.parse::<i64>().ok())?.map(|number| PyInt::new(self.py, number).into_any())
    }

    fn word(&mut self, word: &str) -> bool {
        let is = self.text.as_bytes()[self.at..].starts_with(word.as_bytes());
        self.at += word.len();
        is
    }

    fn passes(&mut self, mark: u8) -> bool {
        self.space();
        let is = self.peek() == mark;
        self.at += usize::from(is);
        is
    }

    fn space(&mut self) {
        while matches!(self.peek(), b' ' | b'\t' | b'\n' | b'\r') {
            self.at += 1;
        }
    }

    fn is_at_end(&mut self) -> bool {
        self.space();
        self.at == self.text.len()
    }

    /// Zero at the end, which no JSON holds elsewhere.
    fn peek(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or_default()
    }
}
