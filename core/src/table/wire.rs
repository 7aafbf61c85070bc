//! The bodies of successful responses on the wire, as documented by the API, or as assumed if the documentation is silent.
//! The client accepts more shapes than these (`tolerant.rs`). contract/openapi.*.json states these.

/// The body of a success.
#[derive(Clone, Copy, Debug)]
pub enum Wire {
    /// An object that has these fields, such as `{success, agent: {…}, message}`.
    Object(&'static [WireField]),
    /// One object, in no envelope.
    Bare(&'static WireObject),
    /// An array of objects, in no envelope.
    BareList(&'static WireObject),
}

impl Wire {
    /// Returns the objects of a body, the nested ones before those that contain them.
    pub fn objects(self) -> Vec<&'static WireObject> {
        match self {
            Wire::Object(fields) => objects_in(fields),
            Wire::Bare(object) | Wire::BareList(object) => objects_in(object.fields).into_iter().chain([object]).collect(),
        }
    }
}

fn objects_in(fields: &'static [WireField]) -> Vec<&'static WireObject> {
    let nested = fields.iter().filter_map(|field| match field.kind {
        WireKind::Nested(object) | WireKind::List(object) => Some(object),
        _ => None,
    });
    nested.flat_map(|object| objects_in(object.fields).into_iter().chain([object])).collect()
}

/// An object of a resource in the responses of some operations. Each field is always present.
#[derive(Debug)]
pub struct WireObject {
    /// Unique; the schema's name in the OpenAPI document.
    pub name: &'static str,
    /// The fields.
    pub fields: &'static [WireField],
}

/// A field of an object on the wire.
#[derive(Clone, Copy, Debug)]
pub struct WireField {
    /// The name on the wire.
    pub name: &'static str,
    /// The kind of its value.
    pub kind: WireKind,
    /// Whether it may be null.
    pub nullable: bool,
    /// Whether it is in every response.
    pub required: bool,
}

/// The kind of a field's value on the wire.
#[derive(Clone, Copy, Debug)]
pub enum WireKind {
    /// A whole number.
    Integer,
    /// An integer by one page and text by the others.
    IntegerOrText,
    /// A number.
    Number,
    /// Text.
    Text,
    /// One of these texts.
    Choice(&'static [&'static str]),
    /// An RFC 3339 timestamp.
    Instant,
    /// `0` or `1`.
    Bit,
    /// `true` or `false`.
    Flag,
    /// A JSON object.
    Object,
    /// A nested object.
    Nested(&'static WireObject),
    /// A list of texts.
    Texts,
    /// A list of objects.
    List(&'static WireObject),
}

impl WireField {
    pub(crate) const fn or_null(mut self) -> WireField {
        self.nullable = true;
        self
    }

    /// Present in the response only if it is known.
    pub(crate) const fn if_known(mut self) -> WireField {
        self.required = false;
        self.nullable = true;
        self
    }
}

const fn field(name: &'static str, kind: WireKind) -> WireField {
    WireField { name, kind, nullable: false, required: true }
}

pub(crate) const fn int(name: &'static str) -> WireField {
    field(name, WireKind::Integer)
}

pub(crate) const fn int_or_text(name: &'static str) -> WireField {
    field(name, WireKind::IntegerOrText)
}

pub(crate) const fn number(name: &'static str) -> WireField {
    field(name, WireKind::Number)
}

pub(crate) const fn text(name: &'static str) -> WireField {
    field(name, WireKind::Text)
}

pub(crate) const fn choice(name: &'static str, choices: &'static [&'static str]) -> WireField {
    field(name, WireKind::Choice(choices))
}

pub(crate) const fn instant(name: &'static str) -> WireField {
    field(name, WireKind::Instant)
}

pub(crate) const fn bit(name: &'static str) -> WireField {
    field(name, WireKind::Bit)
}

pub(crate) const fn flag(name: &'static str) -> WireField {
    field(name, WireKind::Flag)
}

pub(crate) const fn object(name: &'static str) -> WireField {
    field(name, WireKind::Object)
}

pub(crate) const fn texts(name: &'static str) -> WireField {
    field(name, WireKind::Texts)
}

pub(crate) const fn nested(name: &'static str, object: &'static WireObject) -> WireField {
    field(name, WireKind::Nested(object))
}

pub(crate) const fn list(name: &'static str, object: &'static WireObject) -> WireField {
    field(name, WireKind::List(object))
}

pub(crate) const SUCCESS: WireField = flag("success");
pub(crate) const MESSAGE: WireField = text("message");
/// The cursor of the next page.
pub(crate) const NEXT: WireField = text("next").or_null();
/// The cursor, present if the request has `limit` or `after`; without them the response is as documented.
pub(crate) const NEXT_IF_ASKED: WireField = WireField { required: false, ..NEXT };

/// `{"success": true}` and no more.
pub(crate) const DONE: Wire = Wire::Object(&[SUCCESS]);

#[cfg(test)]
mod tests {
    use super::{Wire, WireField, WireKind};
    use crate::operations;
    use crate::table::{Answer, FieldKind, Model, Operation, Surface};
    use crate::tolerant;
    use serde_json::{Map, Value, json};
    use std::collections::BTreeSet;

    fn example_of(fields: &[WireField]) -> Value {
        fields.iter().map(|field| (field.name.to_owned(), example(field.kind))).collect::<Map<_, _>>().into()
    }

    fn example(kind: WireKind) -> Value {
        match kind {
            WireKind::Integer | WireKind::IntegerOrText => json!(7),
            WireKind::Number => json!(1.5),
            WireKind::Text => json!("text"),
            WireKind::Choice(choices) => json!(choices.first()),
            WireKind::Instant => json!("2024-01-15T10:30:00Z"),
            WireKind::Bit => json!(1),
            WireKind::Flag => json!(true),
            WireKind::Object => json!({}),
            WireKind::Texts => json!(["text"]),
            WireKind::Nested(object) => example_of(object.fields),
            WireKind::List(object) => json!([example_of(object.fields)]),
        }
    }

    fn surfaces() -> impl Iterator<Item = Surface> {
        [Surface::Server, Surface::Phone, Surface::Rooms].into_iter()
    }

    fn assert_known(name: &str, model: &Model, value: &Value) {
        let found = value.as_object().unwrap();
        assert!(!found.contains_key("extra"), "{name}: {} does not read {}", model.name, found["extra"]);
        for field in model.fields {
            let Some(inner) = field.kind.inner() else { continue };
            match found.get(field.name) {
                Some(Value::Array(values)) => values.iter().for_each(|value| assert_known(name, inner, value)),
                Some(value) => assert_known(name, inner, value),
                None => {}
            }
        }
    }

    #[test]
    fn every_field_of_a_documented_answer_is_read_by_its_model() {
        for operation in surfaces().flat_map(operations::all).filter(|operation| !operation.is_composite()) {
            let body = match operation.wire {
                Wire::Object(fields) => example_of(fields),
                Wire::Bare(object) => example_of(object.fields),
                Wire::BareList(object) => json!([example_of(object.fields)]),
            };
            let (body, _) = tolerant::read(operation, body).expect(operation.name);
            let value: Value = serde_json::from_str(&body.to_json()).unwrap();
            match operation.answer {
                Answer::One { model, .. } => assert_known(operation.name, model, &value),
                Answer::List { model, .. } => assert_known(operation.name, model, &value[0]),
                Answer::Nothing => {
                    let is_plain = |field: &WireField| matches!(field.name, "success" | "message");
                    let is_empty = matches!(operation.wire, Wire::Object(fields) if fields.iter().all(is_plain));
                    assert!(is_empty, "{} drops fields", operation.name);
                }
                Answer::Raw => panic!("{} has no model", operation.name),
            }
        }
    }

    /// The fields that an operation returns as the model, if it does.
    fn fields_of(model: &Model, operation: &Operation) -> Option<&'static [WireField]> {
        let (fields, under): (&'static [WireField], &[&str]) = match (operation.answer, operation.wire) {
            (Answer::One { model: found, under } | Answer::List { model: found, under }, Wire::Object(fields)) => {
                let inner = found.fields.iter().find(|field| field.kind.inner().is_some_and(|inner| is_same(inner, model)));
                match inner {
                    Some(field) => {
                        let within = under.iter().find_map(|name| object_in(fields, name)).unwrap_or(fields);
                        (object_in(within, field.name).or_else(|| object_in(fields, field.name))?, &[])
                    }
                    None if is_same(found, model) => (fields, under),
                    None => return None,
                }
            }
            (
                Answer::One { model: found, .. } | Answer::List { model: found, .. },
                Wire::Bare(object) | Wire::BareList(object),
            ) => (is_same(found, model).then_some(object.fields)?, &[]),
            (Answer::Nothing | Answer::Raw, _) => return None,
        };
        Some(under.iter().find_map(|name| object_in(fields, name)).unwrap_or(fields))
    }

    /// Models of two contracts may have one name.
    fn is_same(one: &Model, other: &Model) -> bool {
        (one.surface, one.name) == (other.surface, other.name)
    }

    fn object_in(fields: &'static [WireField], name: &str) -> Option<&'static [WireField]> {
        fields.iter().find(|field| field.name == name).and_then(|field| match field.kind {
            WireKind::Nested(object) | WireKind::List(object) => Some(object.fields),
            _ => None,
        })
    }

    /// A model in the response that contains a new key. No request repeats that response, so only the id is required in it.
    const LENIENT: &str = "NewApiKeyInfo";

    /// The models that operations return, with those inside them.
    fn models_of(operations: &[&Operation]) -> Vec<&'static Model> {
        let inner = |model: &'static Model| {
            let inner = model.fields.iter().filter_map(|field| field.kind.inner());
            inner.chain([model]).collect::<Vec<_>>()
        };
        let models = operations.iter().filter_map(|operation| match operation.answer {
            Answer::One { model, .. } | Answer::List { model, .. } => Some(model),
            Answer::Nothing | Answer::Raw => None,
        });
        models.flat_map(inner).collect()
    }

    /// Of the third surface only ids are certain: its pages have no complete responses.
    #[test]
    fn a_field_is_required_if_every_response_has_it() {
        let operations: Vec<&Operation> = [Surface::Server, Surface::Phone]
            .into_iter()
            .flat_map(operations::all)
            .filter(|operation| !operation.is_composite())
            .collect();
        for model in models_of(&operations) {
            let responses: Vec<_> =
                operations.iter().filter_map(|operation| Some((operation, fields_of(model, operation)?))).collect();
            assert!(!responses.is_empty(), "{} has no response", model.name);
            for field in model.fields {
                let without = responses.iter().find(|(_, fields)| {
                    !fields.iter().any(|known| {
                        let is_it = known.name == field.name || field.wire.contains(&known.name);
                        is_it && known.required && !known.nullable
                    })
                });
                match without {
                    Some((operation, _)) => {
                        assert!(!field.required, "{}.{} may be missing in {}", model.name, field.name, operation.name);
                    }
                    None if LENIENT == model.name && field.name != "id" => {
                        assert!(!field.required, "{}.{} may be missing", model.name, field.name);
                    }
                    None => assert!(field.required, "{}.{} is in every response", model.name, field.name),
                }
            }
        }
    }

    #[test]
    fn a_field_has_choices_if_every_response_has_them() {
        let operations: Vec<&Operation> =
            surfaces().flat_map(operations::all).filter(|operation| !operation.is_composite()).collect();
        for model in models_of(&operations) {
            for field in model.fields {
                let responses = operations.iter().filter_map(|operation| fields_of(model, operation)).flatten();
                let kinds = responses.filter(|known| known.name == field.name || field.wire.contains(&known.name));
                let mut received = BTreeSet::new();
                let mut any_text = false;
                for known in kinds {
                    match known.kind {
                        WireKind::Choice(choices) => received.extend(choices.iter().copied()),
                        _ => any_text = true,
                    }
                }
                let name = format!("{}.{}", model.name, field.name);
                match field.kind {
                    // One model may be in the responses of both surfaces, of which the phone's have fewer.
                    FieldKind::Choice(choices) => {
                        assert!(!any_text, "{name} may have any text");
                        assert!(received.is_subset(&choices.known().collect()), "{name}: a response has more than {choices:?}");
                    }
                    _ => assert!(received.is_empty(), "{name} has one of {received:?}"),
                }
            }
        }
    }

    // A phone shares the session types with the service, whose lists have more of them.
    #[cfg(feature = "server")]
    #[test]
    fn every_known_text_is_in_a_response() {
        for surfaces in [[Surface::Server, Surface::Phone].as_slice(), &[Surface::Rooms]] {
            let operations: Vec<&Operation> = surfaces.iter().copied().flat_map(operations::all).collect();
            assert_known_texts_are_received(&operations);
        }
    }

    fn assert_known_texts_are_received(operations: &[&Operation]) {
        let lists = operations.iter().flat_map(|operation| operation.wire.objects()).flat_map(|object| object.fields);
        let received: BTreeSet<&str> = lists
            .filter_map(|field| if let WireKind::Choice(choices) = field.kind { Some(choices) } else { None })
            .flatten()
            .copied()
            .collect();
        for model in models_of(operations) {
            for field in model.fields {
                if let FieldKind::Choice(choices) = field.kind {
                    let unused: Vec<_> = choices.known().filter(|text| !received.contains(text)).collect();
                    assert!(unused.is_empty(), "no response has {unused:?} of {}", choices.name);
                }
            }
        }
    }

    #[test]
    fn the_name_of_an_object_is_its_own() {
        for surface in surfaces() {
            let objects: Vec<_> = operations::all(surface).flat_map(|operation| operation.wire.objects()).collect();
            for object in &objects {
                let others = objects.iter().filter(|other| other.name == object.name);
                assert!(others.into_iter().all(|other| std::ptr::eq(*other, *object)), "two objects are named {}", object.name);
            }
        }
    }
}
