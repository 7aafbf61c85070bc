//! The rows of an answer as they came on the wire, read field by field when somebody asks.
//!
//! A host's model stands on a row of a [`Record`]. The call has checked the whole of the JSON; a field gets its canonical
//! form when it is read, and the fields that nobody reads cost nothing.

mod canonical;
mod de;
mod scan;
// They read the answers of all operations.
#[cfg(all(test, feature = "server"))]
mod tests;

use crate::table::{FieldKind, Model};
use bytes::Bytes;
use bytestring::ByteString;
pub(crate) use canonical::integer as whole;
use scan::{Index, Span};
use std::borrow::Cow;
use std::fmt;

/// Rows of one model.
pub struct Record {
    text: ByteString,
    model: &'static Model,
    index: Index,
}

/// A field in its canonical form. One of a wrong type is [`Value::Absent`], and stays in the row's `extra`.
#[derive(Debug)]
pub enum Value<'a> {
    Absent,
    Null,
    /// An id, a text, an instant (RFC 3339) or a secret.
    Text(Cow<'a, str>),
    Integer(i64),
    Number(f64),
    Flag(bool),
    /// An object, as JSON.
    Object(&'a str),
    /// An object of another model, in canonical JSON.
    Model(&'static Model, &'a str),
}

/// The values may be secrets, so they are not printed.
impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record").field("model", &self.model.name).field("rows", &self.len()).finish()
    }
}

impl Record {
    /// Reads an answer whose shape is a documented one; anything else is for `tolerant.rs`.
    pub(crate) fn read(text: &Bytes, model: &'static Model, under: &[&str], is_list: bool) -> Option<Record> {
        let text = ByteString::try_from(text.clone()).ok()?;
        let index = scan::wire(&text, model, under, is_list).ok()?;
        Some(Record { text, model, index })
    }

    /// The rows of what is in canonical form already, as [`Value::Model`] and [`Record::to_json`] have it.
    pub fn of_canonical(text: impl Into<ByteString>, model: &'static Model, is_list: bool) -> Option<Record> {
        let text = text.into();
        let index = scan::canonical(&text, model, is_list).ok()?;
        Some(Record { text, model, index })
    }

    /// A list without rows.
    pub(crate) fn empty(model: &'static Model) -> Record {
        Record { text: ByteString::from_static("[]"), model, index: Index { is_list: true, ..Index::default() } }
    }

    /// The rows that are wanted.
    pub(crate) fn only(&self, wanted: &[bool]) -> Record {
        let rows: Vec<_> = (0..self.len()).filter(|row| wanted.get(*row) == Some(&true)).map(|row| self.json(row)).collect();
        // What was read once is read again.
        Record::of_canonical(format!("[{}]", rows.join(",")), self.model, true).unwrap_or_else(|| Record::empty(self.model))
    }

    pub fn model(&self) -> &'static Model {
        self.model
    }

    /// How many rows there are: one, where the answer is no list.
    pub fn len(&self) -> usize {
        self.index.rows
    }

    pub fn is_empty(&self) -> bool {
        self.index.rows == 0
    }

    pub fn is_list(&self) -> bool {
        self.index.is_list
    }

    /// The cursor that stood beside the list.
    pub(crate) fn next(&self) -> Option<String> {
        let next = self.index.next?.of(self.whole());
        match next.as_bytes().first()? {
            b'"' => canonical::unquoted(next).map(Cow::into_owned).filter(|next| !next.is_empty()),
            b'0'..=b'9' => Some(next.to_owned()),
            _ => None,
        }
    }

    /// A field of a row, by its place in the model.
    pub fn field(&self, row: usize, field: usize) -> Value<'_> {
        let Some(entry) = self.model.fields.get(field) else { return Value::Absent };
        let raw = self.raw(row, field);
        if raw.is_empty() {
            return Value::Absent;
        }
        canonical::value(entry.kind, raw).unwrap_or(Value::Absent)
    }

    /// A text of a row, by its field's name.
    pub(crate) fn text(&self, row: usize, name: &str) -> Option<String> {
        match self.get(row, name) {
            Value::Text(text) => Some(text.into_owned()),
            Value::Absent
            | Value::Null
            | Value::Integer(_)
            | Value::Number(_)
            | Value::Flag(_)
            | Value::Object(_)
            | Value::Model(..) => None,
        }
    }

    /// A row as canonical JSON.
    pub fn json(&self, row: usize) -> String {
        let mut json = String::new();
        self.write_row(row, &mut json);
        json
    }

    /// Everything as canonical JSON: an array for a list, else the one row.
    pub fn to_json(&self) -> String {
        let mut json = String::with_capacity(self.text.len() + self.text.len() / 8);
        if self.is_list() {
            json.push('[');
        }
        for row in 0..self.len() {
            if row > 0 {
                json.push(',');
            }
            self.write_row(row, &mut json);
        }
        if self.is_list() {
            json.push(']');
        }
        json
    }

    /// What the model does not know of a row, and known fields of a wrong type, as a JSON object.
    pub fn extra(&self, row: usize) -> String {
        let mut json = String::from("{");
        self.write_extra(row, &mut json);
        json.push('}');
        json
    }

    fn write_row(&self, row: usize, json: &mut String) {
        json.push('{');
        for (place, field) in self.model.fields.iter().enumerate() {
            let raw = self.raw(row, place);
            if raw.is_empty() {
                continue;
            }
            let Some(value) = canonical::value(field.kind, raw) else { continue };
            canonical::comma(json);
            canonical::push_name(json, field.name);
            match (field.kind, value) {
                // The wire's own spelling of a string or a decimal is kept.
                (FieldKind::Id, _) if !raw.starts_with(['"', 'n']) => canonical::push_quoted(json, raw),
                (_, Value::Flag(flag)) => json.push_str(if flag { "true" } else { "false" }),
                (_, Value::Integer(number)) => json.push_str(&number.to_string()),
                (FieldKind::Instant, Value::Text(text)) => canonical::push_quoted(json, &text),
                _ => json.push_str(raw),
            }
        }
        let mut extra = String::new();
        self.write_extra(row, &mut extra);
        if !extra.is_empty() {
            canonical::comma(json);
            canonical::push_name(json, "extra");
            json.push('{');
            json.push_str(&extra);
            json.push('}');
        }
        json.push('}');
    }

    fn write_extra(&self, row: usize, json: &mut String) {
        let text = self.whole();
        for (place, field) in self.model.fields.iter().enumerate() {
            let raw = self.raw(row, place);
            if !raw.is_empty() && canonical::value(field.kind, raw).is_none() {
                canonical::comma(json);
                canonical::push_name(json, self.wire_name(row, place));
                json.push_str(raw);
            }
        }
        let from = self.index.unknown.partition_point(|(of, _)| (*of as usize) < row);
        for (_, pair) in self.index.unknown[from..].iter().take_while(|(of, _)| *of as usize == row) {
            canonical::comma(json);
            json.push_str(pair.of(text));
        }
    }

    /// The name that a field had on the wire: the key that stands before its value.
    fn wire_name(&self, row: usize, field: usize) -> &str {
        let entry = &self.model.fields[field];
        let before = &self.whole()[..self.span(row, field).start as usize];
        let key = before.trim_end().trim_end_matches(':').trim_end();
        entry.wire.iter().copied().find(|wire| key.ends_with(&format!("\"{wire}\""))).unwrap_or(entry.name)
    }

    fn raw(&self, row: usize, field: usize) -> &str {
        self.span(row, field).of(self.whole())
    }

    fn span(&self, row: usize, field: usize) -> Span {
        self.index.fields.get(row * self.model.fields.len() + field).copied().unwrap_or_default()
    }

    fn whole(&self) -> &str {
        &self.text
    }

    /// A field of a row, by its name.
    pub fn get(&self, row: usize, name: &str) -> Value<'_> {
        let place = self.model.fields.iter().position(|field| field.name == name);
        place.map_or(Value::Absent, |place| self.field(row, place))
    }
}
