//! The items of a response, in the form of the wire; fields are parsed on access.
//!
//! A host's model refers to an item of [`Items`]. The call has validated the JSON; a field is converted to its canonical
//! form on access, so unused fields cost nothing.

mod canonical;
mod misfit;
mod scan;
// They use the operations of both surfaces.
#[cfg(all(test, feature = "server"))]
mod tests;
mod typed;

use crate::table::{FieldKind, Model};
use bytes::Bytes;
use bytestring::ByteString;
pub(crate) use canonical::value as canonical;
pub use misfit::not_canonical;
pub(crate) use misfit::of_field as misfit;
use scan::{Index, Span};
use std::borrow::Cow;
use std::fmt;
pub use typed::{FromItem, Item};
pub(crate) use typed::{FromValue, model_of_value};

/// Items of one model.
pub struct Items {
    text: ByteString,
    model: &'static Model,
    index: Index,
}

/// A field in its canonical form. A field of the wrong type is [`Value::Absent`] and stays in the item's `extra`.
#[derive(Debug)]
pub enum Value<'a> {
    /// The field is missing or has the wrong type.
    Absent,
    /// The field is null.
    Null,
    /// An id, a text, an instant (RFC 3339) or a secret.
    Text(Cow<'a, str>),
    /// A whole number.
    Integer(i64),
    /// A number.
    Number(f64),
    /// True or false.
    Flag(bool),
    /// An object, as JSON.
    Object(&'a str),
    /// A list of texts, as JSON.
    Texts(&'a str),
    /// An object of another model, in canonical JSON.
    Model(&'static Model, &'a str),
    /// A list of objects of another model, in canonical JSON.
    Models(&'static Model, &'a str),
}

/// The values may be secrets, so they are not printed.
impl fmt::Debug for Items {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items").field("model", &self.model.name).field("items", &self.len()).finish()
    }
}

impl Items {
    /// Parses a response of a documented shape. Returns `None` for any other, which is for `tolerant.rs`.
    pub(crate) fn read(text: &Bytes, model: &'static Model, under: &[&str], is_list: bool) -> Option<Items> {
        let text = ByteString::try_from(text.clone()).ok()?;
        let index = scan::wire(&text, model, under, is_list).ok()?;
        Some(Items { text, model, index })
    }

    /// Parses canonical JSON, as in [`Value::Model`] and from [`Items::to_json`].
    ///
    /// # Errors
    /// If the text is not canonical JSON of the model: the reason, without a value.
    pub fn of_canonical(text: impl Into<ByteString>, model: &'static Model, is_list: bool) -> Result<Items, String> {
        let text = text.into();
        match scan::canonical(&text, model, is_list) {
            Ok(index) => Ok(Items { text, model, index }),
            Err(_) => Err(misfit::of_canonical(&text, model, is_list)),
        }
    }

    /// Returns a list without items.
    pub(crate) fn empty(model: &'static Model) -> Items {
        Items { text: ByteString::from_static("[]"), model, index: Index { is_list: true, ..Index::default() } }
    }

    /// Returns some of the items, as a list.
    pub(crate) fn only(&self, wanted: &[bool]) -> Items {
        let items: Vec<_> = (0..self.len()).filter(|item| wanted.get(*item) == Some(&true)).map(|item| self.json(item)).collect();
        // What was read once is read again.
        Items::of_canonical(format!("[{}]", items.join(",")), self.model, true).unwrap_or_else(|_| Items::empty(self.model))
    }

    /// Returns the model of the items.
    pub fn model(&self) -> &'static Model {
        self.model
    }

    /// Returns the number of items; 1 if the response is not a list.
    pub fn len(&self) -> usize {
        self.index.count
    }

    /// Whether there are no items.
    pub fn is_empty(&self) -> bool {
        self.index.count == 0
    }

    /// Whether the response is a list.
    pub fn is_list(&self) -> bool {
        self.index.is_list
    }

    /// Returns the cursor beside the list.
    pub(crate) fn next(&self) -> Option<String> {
        let next = self.index.next?.of(self.whole());
        match next.as_bytes().first()? {
            b'"' => canonical::unquoted(next).map(Cow::into_owned).filter(|next| !next.is_empty()),
            b'0'..=b'9' => Some(next.to_owned()),
            _ => None,
        }
    }

    /// Returns a field of an item, by its place in the model.
    pub fn field(&self, item: usize, field: usize) -> Value<'_> {
        let Some(entry) = self.model.fields.get(field) else { return Value::Absent };
        let raw = self.raw(item, field);
        if raw.is_empty() {
            return Value::Absent;
        }
        canonical::value(entry.kind, raw).unwrap_or(Value::Absent)
    }

    /// Returns a text of an item, by the field's name.
    pub(crate) fn text(&self, item: usize, name: &str) -> Option<String> {
        match self.get(item, name) {
            Value::Text(text) => Some(text.into_owned()),
            Value::Absent
            | Value::Null
            | Value::Integer(_)
            | Value::Number(_)
            | Value::Flag(_)
            | Value::Object(_)
            | Value::Texts(_)
            | Value::Model(..)
            | Value::Models(..) => None,
        }
    }

    /// Returns an item as canonical JSON.
    pub fn json(&self, item: usize) -> String {
        let mut json = String::new();
        self.write_item(item, &mut json);
        json
    }

    /// Returns canonical JSON: an array for a list, otherwise the item.
    pub fn to_json(&self) -> String {
        let mut json = String::with_capacity(self.text.len() + self.text.len() / 8);
        if self.is_list() {
            json.push('[');
        }
        for item in 0..self.len() {
            if item > 0 {
                json.push(',');
            }
            self.write_item(item, &mut json);
        }
        if self.is_list() {
            json.push(']');
        }
        json
    }

    /// Returns the unknown fields of an item, and known fields of the wrong type, as a JSON object.
    pub fn extra(&self, item: usize) -> String {
        let mut json = String::from("{");
        self.write_extra(item, &mut json);
        json.push('}');
        json
    }

    fn write_item(&self, item: usize, json: &mut String) {
        json.push('{');
        for (place, field) in self.model.fields.iter().enumerate() {
            let raw = self.raw(item, place);
            if raw.is_empty() {
                continue;
            }
            let Some(value) = canonical::value(field.kind, raw) else { continue };
            canonical::comma(json);
            canonical::push_name(json, field.name);
            match (field.kind, value) {
                // Strings and decimals keep the form of the wire.
                (FieldKind::Id, _) if !raw.starts_with(['"', 'n']) => canonical::push_quoted(json, raw),
                (_, Value::Flag(flag)) => json.push_str(if flag { "true" } else { "false" }),
                (_, Value::Integer(number)) => json.push_str(&number.to_string()),
                (FieldKind::Instant, Value::Text(text)) => canonical::push_quoted(json, &text),
                _ => json.push_str(raw),
            }
        }
        let mut extra = String::new();
        self.write_extra(item, &mut extra);
        if !extra.is_empty() {
            canonical::comma(json);
            canonical::push_name(json, "extra");
            json.push('{');
            json.push_str(&extra);
            json.push('}');
        }
        json.push('}');
    }

    fn write_extra(&self, item: usize, json: &mut String) {
        let text = self.whole();
        for (place, field) in self.model.fields.iter().enumerate() {
            let raw = self.raw(item, place);
            if !raw.is_empty() && canonical::value(field.kind, raw).is_none() {
                canonical::comma(json);
                canonical::push_name(json, self.wire_name(item, place));
                json.push_str(raw);
            }
        }
        for (_, pair) in self.unknown(item) {
            canonical::comma(json);
            json.push_str(pair.of(text));
        }
    }

    /// Returns the unknown fields of an item. The index has them in the order of the items.
    fn unknown(&self, item: usize) -> &[(u32, Span)] {
        let all = &self.index.unknown;
        let start = all.partition_point(|(of, _)| (*of as usize) < item);
        let length = all[start..].partition_point(|(of, _)| *of as usize == item);
        &all[start..start + length]
    }

    /// Returns the wire name of a field: the key before its value.
    fn wire_name(&self, item: usize, field: usize) -> &str {
        let entry = &self.model.fields[field];
        let before = &self.whole()[..self.span(item, field).start as usize];
        let key = before.trim_end().trim_end_matches(':').trim_end();
        entry.wire.iter().copied().find(|wire| key.ends_with(&format!("\"{wire}\""))).unwrap_or(entry.name)
    }

    fn raw(&self, item: usize, field: usize) -> &str {
        self.span(item, field).of(self.whole())
    }

    fn span(&self, item: usize, field: usize) -> Span {
        self.spans(item).get(field).copied().unwrap_or_default()
    }

    /// Returns the places of an item's fields.
    fn spans(&self, item: usize) -> &[Span] {
        let length = self.model.fields.len();
        self.index.fields.get(item * length..(item + 1) * length).unwrap_or_default()
    }

    fn whole(&self) -> &str {
        &self.text
    }

    /// Returns a field of an item, by its name.
    pub fn get(&self, item: usize, name: &str) -> Value<'_> {
        let place = self.model.fields.iter().position(|field| field.name == name);
        place.map_or(Value::Absent, |place| self.field(item, place))
    }
}
