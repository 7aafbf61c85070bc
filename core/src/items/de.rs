//! Deserializes Rust models from [`Items`] without canonical JSON in between.

use super::{Items, Value};
use crate::error::Error;
use crate::instant;
use crate::table::FieldKind;
use serde::de::value::Error as Fault;
use serde::de::{Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, Error as _, IntoDeserializer, MapAccess, Visitor};
use serde::forward_to_deserialize_any;

impl Items {
    /// Deserializes an item.
    pub(crate) fn item<T: DeserializeOwned>(&self, item: usize) -> Result<T, Error> {
        T::deserialize(Item { items: self, item }).map_err(misfit)
    }

    /// Deserializes all items: a list of models for a list, otherwise the model.
    ///
    /// # Errors
    /// If the type does not match the items' model (`internal`).
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, Error> {
        if !self.is_list() {
            return self.item(0);
        }
        let items = (0..self.len()).map(|item| Item { items: self, item });
        T::deserialize(serde::de::value::SeqDeserializer::new(items)).map_err(misfit)
    }
}

fn misfit(_: Fault) -> Error {
    Error::internal("a canonical response does not match its model")
}

struct Item<'a> {
    items: &'a Items,
    item: usize,
}

impl<'de> IntoDeserializer<'de, Fault> for Item<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Item<'de> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_map(Fields { item: self, place: 0, value: None, has_misfit: false })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// The present fields of an item, then `extra`.
struct Fields<'a> {
    item: Item<'a>,
    place: usize,
    value: Option<Field<'a>>,
    /// Whether a field had the wrong type, so that it belongs to `extra`.
    has_misfit: bool,
}

impl<'de> MapAccess<'de> for Fields<'de> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Fault> {
        let Item { items, item } = self.item;
        loop {
            let place = self.place;
            self.place += 1;
            let name = match items.model.fields.get(place) {
                Some(field) => match items.field(item, place) {
                    Value::Absent => {
                        self.has_misfit |= !items.raw(item, place).is_empty();
                        continue;
                    }
                    value => {
                        self.value = Some(Field::Value(match (field.kind, value) {
                            (FieldKind::Instant, Value::Text(text)) => Value::Text(instant::representable(text)),
                            (_, value) => value,
                        }));
                        field.name
                    }
                },
                None if place == items.model.fields.len() => {
                    // To write `extra` means to check every field once more.
                    if !self.has_misfit && items.unknown(item).is_empty() {
                        return Ok(None);
                    }
                    self.value = Some(Field::Extra(items.extra(item)));
                    "extra"
                }
                None => return Ok(None),
            };
            return seed.deserialize(name.into_deserializer()).map(Some);
        }
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        seed.deserialize(self.value.take().unwrap_or(Field::Value(Value::Null)))
    }
}

enum Field<'a> {
    Value(Value<'a>),
    Extra(String),
}

impl<'de> Deserializer<'de> for Field<'de> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self {
            Field::Value(Value::Absent | Value::Null) => visitor.visit_unit(),
            Field::Value(Value::Text(text)) => visitor.visit_str(&text),
            Field::Value(Value::Integer(number)) => visitor.visit_i64(number),
            Field::Value(Value::Number(number)) => visitor.visit_f64(number),
            Field::Value(Value::Flag(flag)) => visitor.visit_bool(flag),
            Field::Value(Value::Object(text)) => {
                serde_json::Deserializer::from_str(text).deserialize_any(visitor).map_err(Fault::custom)
            }
            Field::Value(Value::Model(model, text)) => {
                let items = Items::of_canonical(text.to_owned(), model, false);
                let items = items.ok_or_else(|| Fault::custom("a model inside a model is not in canonical form"))?;
                let value = serde_json::Value::deserialize(Item { items: &items, item: 0 })?;
                value.deserialize_any(visitor).map_err(Fault::custom)
            }
            Field::Extra(text) => {
                let value: serde_json::Value = serde_json::from_str(&text).map_err(Fault::custom)?;
                value.deserialize_any(visitor).map_err(Fault::custom)
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self {
            Field::Value(Value::Absent | Value::Null) => visitor.visit_none(),
            Field::Value(_) | Field::Extra(_) => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        seq tuple tuple_struct map struct enum identifier ignored_any
    }
}
