//! Bodies of answers, after the operation's entry of the table: what it does not name is not passed on.

use crate::found::Found;
use agenthuman::Object;
use agenthuman::host::{Body, Items, Value as ItemField};
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

/// The body of a success with one value beside `success`, as the client returned it.
pub(crate) fn with_found<'a>(operation: &Operation, name: &'static str, found: &'a Found) -> impl Serialize + use<'a> {
    let fields = match operation.wire {
        Wire::Object(fields) => fields,
        // No operation of the relay's answers with one value only.
        Wire::Bare(_) | Wire::BareList(_) => &[],
    };
    Fitting::With { fields, name, found }
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
    Scalar(ItemField<'a>),
    Object { fields: &'static [WireField], values: &'a Object },
    Item { fields: &'static [WireField], items: &'a Items },
    With { fields: &'static [WireField], name: &'static str, found: &'a Found },
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

    /// The body of a response, if it is of that kind.
    fn of_found(kind: WireKind, found: &'a Found) -> Option<Fitting<'a>> {
        match (kind, &found.0) {
            (WireKind::Nested(wire), Body::Items(items)) if !items.is_list() => {
                Some(Fitting::Item { fields: wire.fields, items })
            }
            (_, Body::Raw(value)) => Fitting::of(kind, value),
            (_, Body::Items(_) | Body::Nothing) => None,
        }
    }

    /// The field of an item, if it is of that kind. The sessions of a phone have no lists and objects.
    fn of_scalar(kind: WireKind, value: ItemField<'a>) -> Option<Fitting<'a>> {
        let fits = match kind {
            WireKind::Integer => matches!(value, ItemField::Integer(_)),
            WireKind::IntegerOrText => matches!(value, ItemField::Integer(_) | ItemField::Text(_)),
            WireKind::Number => matches!(value, ItemField::Integer(_) | ItemField::Number(_)),
            WireKind::Text | WireKind::Instant | WireKind::Choice(_) => matches!(value, ItemField::Text(_)),
            WireKind::Bit | WireKind::Flag => matches!(value, ItemField::Flag(_)),
            WireKind::Object | WireKind::Texts | WireKind::Nested(_) | WireKind::List(_) => false,
        };
        fits.then_some(Fitting::Scalar(value))
    }
}

/// Writes a field. Without a value that fits, it is null if it may be and is required or was null.
fn write<M: SerializeMap>(map: &mut M, field: &WireField, value: Option<Fitting>, was_null: bool) -> Result<(), M::Error> {
    match value {
        Some(value) => map.serialize_entry(field.name, &value),
        None if field.nullable && (field.required || was_null) => map.serialize_entry(field.name, &()),
        None => Ok(()),
    }
}

impl Serialize for Fitting<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Fitting::Whole(value) => value.serialize(serializer),
            Fitting::Scalar(value) => match value {
                ItemField::Text(text) => serializer.serialize_str(text),
                ItemField::Integer(number) => serializer.serialize_i64(*number),
                ItemField::Number(number) => serializer.serialize_f64(*number),
                ItemField::Flag(flag) => serializer.serialize_bool(*flag),
                _ => serializer.serialize_unit(),
            },
            Fitting::Object { fields, values } => {
                let mut map = serializer.serialize_map(None)?;
                for field in *fields {
                    let found = values.get(field.name);
                    let value = found.filter(|value| !value.is_null()).and_then(|value| Fitting::of(field.kind, value));
                    write(&mut map, field, value, found.is_some_and(Value::is_null))?;
                }
                map.end()
            }
            Fitting::Item { fields, items } => {
                let mut map = serializer.serialize_map(None)?;
                for field in *fields {
                    let value = items.get(0, field.name);
                    let was_null = matches!(value, ItemField::Null);
                    write(&mut map, field, Fitting::of_scalar(field.kind, value), was_null)?;
                }
                map.end()
            }
            Fitting::With { fields, name, found } => {
                let mut map = serializer.serialize_map(None)?;
                for field in *fields {
                    if field.name == "success" {
                        map.serialize_entry(field.name, &true)?;
                    } else if field.name == *name {
                        write(&mut map, field, Fitting::of_found(field.kind, found), false)?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use agenthuman::operations::phone::{END_SESSION, GET_SESSION, rooms};
    use agenthuman::table::Answer;

    #[test]
    fn the_state_of_a_session_has_only_fields_that_are_written_without_parsing() {
        for operation in [&GET_SESSION, &END_SESSION, &rooms::GET, &rooms::END] {
            let Wire::Object([success, session]) = operation.wire else { panic!("{}", operation.name) };
            assert_eq!((success.name, session.name), ("success", "session"), "{}", operation.name);
            let WireKind::Nested(session) = session.kind else { panic!("{}", operation.name) };
            let is_json = |kind| matches!(kind, WireKind::Object | WireKind::Texts | WireKind::Nested(_) | WireKind::List(_));
            assert!(session.fields.iter().all(|field| !is_json(field.kind)), "{}", operation.name);
        }
    }

    #[test]
    fn an_item_is_written_like_its_values() {
        let Answer::One { model, .. } = GET_SESSION.answer else { panic!("a session") };
        for rest in [
            r#""duration":-3,"language":"en""#,
            r#""agent_name":null,"ended_at":null,"duration":null"#,
            r#""agent_name":"L\u00e9a \"\n","avatar_url":"https://x.test/\ud83d\ude00","extra":{"a":[1]}"#,
        ] {
            let required =
                r#""id":"1","agent_id":"7","session_type":"new","status":"active","started_at":"2026-11-01T10:00:00.5Z""#;
            let text = format!("{{{required},{rest}}}");
            let found = Found(Body::Items(Items::of_canonical(text, model, false).unwrap()));
            let values = [("success", true.into()), ("session", found.value().ok().unwrap())];
            let values: Object = values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            let written = serde_json::to_string(&with_found(&GET_SESSION, "session", &found)).unwrap();
            assert_eq!(written, serde_json::to_string(&body(&GET_SESSION, &values)).unwrap());
        }
    }
}
