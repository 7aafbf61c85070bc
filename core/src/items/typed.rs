//! Reads items into Rust models, without canonical JSON in between.

use super::scan::Span;
use super::{Items, Value, canonical};
use crate::error::Error;
use crate::instant;
use crate::table::FieldType;
use crate::{Id, Object, Secret};
use jiff::Timestamp;

/// A model as a Rust struct. Only the models of this crate implement it.
pub trait FromItem: Sized {
    /// Reads an item, or returns `None` if a required field is missing.
    #[doc(hidden)]
    fn from_item(item: Item<'_>) -> Option<Self>;
}

/// The Rust type of a field.
pub(crate) trait FromValue: Sized {
    /// Converts the value of a field, or returns `None` if it is missing or has another type.
    fn from_value(value: Value<'_>) -> Option<Self>;

    /// Converts a raw value in its usual form, if that is quicker than by its canonical form.
    fn from_usual(_raw: &str) -> Option<Self> {
        None
    }
}

impl Items {
    /// Reads the item of a response that is not a list.
    ///
    /// # Errors
    /// If the type does not match the items' model (`internal`).
    pub fn parse<T: FromItem>(&self) -> Result<T, Error> {
        T::from_item(Item::new(self, 0)).ok_or_else(misfit)
    }

    /// Reads all items.
    ///
    /// # Errors
    /// If the type does not match the items' model (`internal`).
    pub fn parse_all<T: FromItem>(&self) -> Result<Vec<T>, Error> {
        let mut items = Vec::with_capacity(self.len());
        for item in 0..self.len() {
            items.push(T::from_item(Item::new(self, item)).ok_or_else(misfit)?);
        }
        Ok(items)
    }
}

fn misfit() -> Error {
    Error::internal("a canonical response does not match its model")
}

/// An item whose fields are read one after another, in the order of the model.
pub struct Item<'a> {
    items: &'a Items,
    item: usize,
    /// The fields that have not been read.
    fields: std::slice::Iter<'a, Span>,
    /// Whether a field had the wrong type, so that it belongs to `extra`.
    has_misfit: bool,
}

impl<'a> Item<'a> {
    fn new(items: &'a Items, item: usize) -> Item<'a> {
        Item { items, item, fields: items.spans(item).iter(), has_misfit: false }
    }

    /// Reads the next field.
    pub(crate) fn field<T: FromValue + FieldType>(&mut self) -> Option<T> {
        let raw = self.fields.next()?.of(self.items.whole());
        if raw.is_empty() {
            return T::from_value(Value::Absent);
        }
        T::from_usual(raw).or_else(|| {
            T::from_value(canonical::value(T::KIND, raw).unwrap_or_else(|| {
                self.has_misfit = true;
                Value::Absent
            }))
        })
    }

    /// Returns the fields that the model does not have, when all others have been read.
    pub(crate) fn extra(self) -> Option<Object> {
        // To write them means to check every field once more.
        if !self.has_misfit && self.items.unknown(self.item).is_empty() {
            return Some(Object::new());
        }
        serde_json::from_str(&self.items.extra(self.item)).ok()
    }
}

/// Reads a field that is a model.
pub(crate) fn model_of_value<T: FromItem>(value: Value<'_>) -> Option<T> {
    let Value::Model(model, text) = value else { return None };
    Items::of_canonical(text.to_owned(), model, false).ok()?.parse().ok()
}

macro_rules! from_values {
    ($($pattern:pat => $type:ty = $value:expr),+ $(,)?) => {
        $(impl FromValue for $type {
            #[inline]
            fn from_value(value: Value<'_>) -> Option<$type> {
                if let $pattern = value { $value } else { None }
            }
        })+
    };
}
from_values! {
    Value::Text(text) => Id = Some(Id::from(&*text)),
    Value::Text(text) => String = Some(text.into_owned()),
    Value::Text(text) => Secret = Some(Secret::new(text.into_owned())),
    Value::Integer(number) => i64 = Some(number),
    Value::Number(number) => f64 = Some(number),
    Value::Flag(flag) => bool = Some(flag),
    Value::Object(text) => Object = serde_json::from_str(text).ok(),
    Value::Texts(text) => Vec<String> = serde_json::from_str(text).ok(),
}

impl FromValue for Timestamp {
    fn from_value(value: Value<'_>) -> Option<Timestamp> {
        if let Value::Text(text) = value { instant::timestamp(&text) } else { None }
    }

    #[inline]
    fn from_usual(raw: &str) -> Option<Timestamp> {
        instant::in_utc(raw.as_bytes().strip_prefix(b"\"")?.strip_suffix(b"\"")?)
    }
}

impl<T: FromItem> FromValue for Vec<T> {
    fn from_value(value: Value<'_>) -> Option<Vec<T>> {
        let Value::Models(model, text) = value else { return None };
        Items::of_canonical(text.to_owned(), model, true).ok()?.parse_all().ok()
    }
}

impl<T: FromValue> FromValue for Option<T> {
    #[inline]
    fn from_value(value: Value<'_>) -> Option<Option<T>> {
        match value {
            Value::Absent | Value::Null => Some(None),
            value => T::from_value(value).map(Some),
        }
    }

    #[inline]
    fn from_usual(raw: &str) -> Option<Option<T>> {
        T::from_usual(raw).map(Some)
    }
}
