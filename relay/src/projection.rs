//! Bodies of answers, after the operation's entry of the table: what it does not name is not passed on.

use agenthuman::Object;
use agenthuman::table::{Operation, Wire, WireField, WireKind};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::Value;

/// The body of a success. `values` has the fields by their names, in the client's canonical form. Nothing of them is copied before
/// it is written.
pub(crate) fn body<'a>(operation: &Operation, values: &'a Object) -> impl Serialize + use<'a> {
    let fields = match operation.wire {
        Wire::Object(fields) => fields,
        Wire::Bare(wire) => wire.fields,
        // No operation of the relay's answers a bare list.
        Wire::BareList(_) => &[],
    };
    Fitting::Object { fields, values }
}

/// Returns the fields of an object that a phone may see in the response of an operation.
pub(crate) fn field(operation: &Operation, name: &str, value: &Value) -> Value {
    let Wire::Object(fields) = operation.wire else { return Value::Null };
    let fitting = fields.iter().find(|field| field.name == name).and_then(|field| Fitting::of(field.kind, value));
    serde_json::to_value(fitting).unwrap_or_default()
}

/// What a phone may see of a value.
enum Fitting<'a> {
    Whole(&'a Value),
    Object { fields: &'static [WireField], values: &'a Object },
    List { fields: &'static [WireField], items: &'a [Value] },
}

impl<'a> Fitting<'a> {
    /// The value, if it is of that kind.
    fn of(kind: WireKind, value: &'a Value) -> Option<Fitting<'a>> {
        let fits = match kind {
            WireKind::Integer => value.is_i64() || value.is_u64(),
            WireKind::IntegerOrText => value.is_i64() || value.is_u64() || value.is_string(),
            WireKind::Number => value.is_number(),
            // A newer service may have other choices.
            WireKind::Text | WireKind::Instant | WireKind::Choice(_) => value.is_string(),
            WireKind::Bit | WireKind::Flag => value.is_boolean(),
            WireKind::Object => value.is_object(),
            WireKind::Texts => value.as_array().is_some_and(|items| items.iter().all(Value::is_string)),
            WireKind::Nested(wire) => return Some(Fitting::Object { fields: wire.fields, values: value.as_object()? }),
            WireKind::List(wire) => return Some(Fitting::List { fields: wire.fields, items: value.as_array()? }),
        };
        fits.then_some(Fitting::Whole(value))
    }
}

impl Serialize for Fitting<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Fitting::Whole(value) => value.serialize(serializer),
            Fitting::Object { fields, values } => {
                let mut map = serializer.serialize_map(None)?;
                for field in fields {
                    let found = values.get(field.name);
                    match found.filter(|value| !value.is_null()).and_then(|value| Fitting::of(field.kind, value)) {
                        Some(value) => map.serialize_entry(field.name, &value)?,
                        None if field.nullable && (field.required || found.is_some_and(Value::is_null)) => {
                            map.serialize_entry(field.name, &())?;
                        }
                        None => {}
                    }
                }
                map.end()
            }
            Fitting::List { fields, items } => {
                let items = items.iter().filter_map(Value::as_object);
                serializer.collect_seq(items.map(|values| Fitting::Object { fields, values }))
            }
        }
    }
}
