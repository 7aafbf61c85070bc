//! The body of a response of the API, whose fields are parsed on access.

use crate::answers::Refusal;
use agenthuman::Object;
use agenthuman::host::{Body, Items, Value as Field};
use serde_json::Value;

/// The body of a response, whose fields are parsed on access.
pub(crate) struct Found(pub Body);

impl Found {
    /// Whether it is a session that is over.
    pub fn is_over(&self) -> bool {
        match &self.0 {
            Body::Nothing => false,
            Body::Raw(session) => is_over(session),
            Body::Items(items) => {
                let text = |name| match items.get(0, name) {
                    Field::Text(text) => Some(text),
                    _ => None,
                };
                has_ended(text("status").as_deref(), text("ended_at").as_deref())
            }
        }
    }

    pub fn value(&self) -> Result<Value, Refusal> {
        parse(&self.0)
    }
}

/// Whether a session, as the API returns it, is over.
pub(crate) fn is_over(session: &Value) -> bool {
    has_ended(session["status"].as_str(), session["ended_at"].as_str())
}

fn has_ended(status: Option<&str>, ended_at: Option<&str>) -> bool {
    matches!(status, Some("completed" | "ended")) || ended_at.is_some()
}

/// The body of a response. Fields that the model does not have are left out: no phone sees them.
pub(crate) fn parse(body: &Body) -> Result<Value, Refusal> {
    let parsed = match body {
        Body::Nothing => Some(Value::Null),
        Body::Raw(value) => Some(value.clone()),
        Body::Items(items) if items.is_list() => (0..items.len()).map(|item| object(items, item)).collect(),
        Body::Items(items) => object(items, 0),
    };
    parsed.ok_or_else(|| Refusal::fault("the client's response is not valid JSON"))
}

fn object(items: &Items, item: usize) -> Option<Value> {
    let fields = items.model().fields;
    let mut values = Object::with_capacity(fields.len());
    for (place, field) in fields.iter().enumerate() {
        let value = match items.field(item, place) {
            Field::Absent => continue,
            Field::Null => Value::Null,
            Field::Text(text) => text.into_owned().into(),
            Field::Integer(number) => number.into(),
            Field::Number(number) => number.into(),
            Field::Flag(flag) => flag.into(),
            Field::Object(json) | Field::Texts(json) | Field::Model(_, json) | Field::Models(_, json) => {
                serde_json::from_str(json).ok()?
            }
        };
        values.insert(field.name.to_owned(), value);
    }
    Some(Value::Object(values))
}
