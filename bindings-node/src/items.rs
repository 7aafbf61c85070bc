//! The items of a long list, which JavaScript reads a field of many items at a time.

use agenthuman::host::{Items, Value};
use napi::Env;
use napi::bindgen_prelude::ObjectFinalize;
use napi_derive::napi;
use std::fmt::Write;

/// Stands for a field that an item has not. A value that is a list stands in a list of one.
const ABSENT: &str = "[]";

#[napi(custom_finalize)]
pub struct NativeItems(Items);

impl NativeItems {
    pub(crate) fn new(items: Items) -> NativeItems {
        NativeItems(items)
    }

    /// About how much memory it holds that the garbage collector does not see.
    fn weight(&self) -> i64 {
        let item = self.0.json(0).len() + self.0.model().fields.len() * 8;
        i64::try_from(item * self.0.len()).unwrap_or(i64::MAX)
    }

    /// Tells the garbage collector of that memory.
    pub(crate) fn weigh(&self, env: Env) {
        // It is advice, and goes on without.
        let _ = env.adjust_external_memory(self.weight());
    }
}

impl ObjectFinalize for NativeItems {
    fn finalize(self, env: Env) -> napi::Result<()> {
        env.adjust_external_memory(-self.weight()).map(drop)
    }
}

#[napi]
impl NativeItems {
    /// How many items there are.
    #[napi]
    pub fn count(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }

    /// The names of the fields that an item may have.
    #[napi]
    pub fn fields(&self) -> Vec<&'static str> {
        self.0.model().fields.iter().map(|field| field.name).collect()
    }

    /// A field of the items from `from` up to, and without, `to`: a JSON array, with `[]` where an item has it not.
    #[napi]
    pub fn column(&self, field: String, from: u32, to: u32) -> String {
        let place = self.0.model().fields.iter().position(|entry| entry.name == field);
        let mut json = String::with_capacity((to.saturating_sub(from) as usize) * 24);
        json.push('[');
        for item in from..to {
            if item > from {
                json.push(',');
            }
            match place {
                Some(place) => push(&mut json, self.0.field(item as usize, place)),
                None => json.push_str(ABSENT),
            }
        }
        json.push(']');
        json
    }

    /// An item as canonical JSON.
    #[napi]
    pub fn json(&self, item: u32) -> String {
        self.0.json(item as usize)
    }
}

fn push(json: &mut String, value: Value<'_>) {
    match value {
        Value::Absent => json.push_str(ABSENT),
        Value::Null => json.push_str("null"),
        Value::Text(text) => push_text(json, &text),
        Value::Flag(flag) => json.push_str(if flag { "true" } else { "false" }),
        Value::Object(object) | Value::Model(_, object) => json.push_str(object),
        Value::Texts(list) | Value::Models(_, list) => {
            json.push('[');
            json.push_str(list);
            json.push(']');
        }
        // Writing to a string does not fail.
        Value::Integer(number) => drop(write!(json, "{number}")),
        Value::Number(number) => drop(write!(json, "{number}")),
    }
}

fn push_text(json: &mut String, text: &str) {
    if text.bytes().all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\') {
        json.push('"');
        json.push_str(text);
        json.push('"');
    } else {
        json.push_str(&serde_json::Value::from(text).to_string());
    }
}
