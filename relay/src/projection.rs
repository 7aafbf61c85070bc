//! Bodies of answers, after the operation's entry of the table: what it does not name is not passed on.

use agenthuman::Object;
use agenthuman::table::{Operation, Wire, WireField, WireKind};
use serde_json::Value;

/// The body of a success. `values` has the fields by their names, in the client's canonical form.
pub(crate) fn body(operation: &Operation, mut values: Object) -> Value {
    values.insert("success".to_owned(), Value::Bool(true));
    match operation.wire {
        Wire::Object(fields) => Value::Object(object(fields, &values)),
        Wire::Bare(wire) => Value::Object(object(wire.fields, &values)),
        // No operation of the relay's answers a bare list.
        Wire::BareList(_) => Value::Array(Vec::new()),
    }
}

/// Returns the fields of an object that a phone may see in the response of an operation.
pub(crate) fn field(operation: &Operation, name: &str, value: &Value) -> Value {
    let Wire::Object(fields) = operation.wire else { return Value::Null };
    fields.iter().find(|field| field.name == name).and_then(|field| fitting(field.kind, value)).unwrap_or_default()
}

fn object(fields: &[WireField], values: &Object) -> Object {
    let known = |field: &WireField| {
        let found = values.get(field.name);
        let value = match found.filter(|value| !value.is_null()).and_then(|value| fitting(field.kind, value)) {
            Some(value) => value,
            None if field.nullable && (field.required || found.is_some_and(Value::is_null)) => Value::Null,
            None => return None,
        };
        Some((field.name.to_owned(), value))
    };
    fields.iter().filter_map(known).collect()
}

/// The value, if it is of that kind.
fn fitting(kind: WireKind, value: &Value) -> Option<Value> {
    let fits = match kind {
        WireKind::Integer => value.is_i64() || value.is_u64(),
        WireKind::IntegerOrText => value.is_i64() || value.is_u64() || value.is_string(),
        WireKind::Number => value.is_number(),
        // A newer service may have other choices.
        WireKind::Text | WireKind::Instant | WireKind::Choice(_) => value.is_string(),
        WireKind::Bit | WireKind::Flag => value.is_boolean(),
        WireKind::Object => value.is_object(),
        WireKind::Texts => value.as_array().is_some_and(|items| items.iter().all(serde_json::Value::is_string)),
        WireKind::Nested(wire) => return value.as_object().map(|values| Value::Object(object(wire.fields, values))),
        WireKind::List(wire) => {
            let items = value.as_array()?.iter().filter_map(|item| fitting(WireKind::Nested(wire), item));
            return Some(items.collect());
        }
    };
    fits.then(|| value.clone())
}
