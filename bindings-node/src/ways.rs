//! The ways of an answer into JavaScript, side by side, for `bench/crossing.mjs`. Built with the feature `ways` alone.

use crate::rows::NativeRows;
use agenthuman::host::{Record, Value};
use agenthuman::operations;
use agenthuman::table::{Answer, Model, Surface};
use napi::bindgen_prelude::{Array, Buffer, Object};
use napi::{Env, Error, JsString, Result};
use napi_derive::napi;

/// An answer as it came: the canonical JSON of a list, and whose.
#[napi]
pub struct Ways {
    operation: String,
    rows: String,
}

#[napi]
impl Ways {
    #[napi(constructor)]
    pub fn new(operation: String, rows: String) -> Ways {
        Ways { operation, rows }
    }

    fn record(&self) -> Result<Record> {
        Record::of_canonical(self.rows.clone(), model(&self.operation)?, true).ok_or_else(|| Error::from_reason("no rows"))
    }

    /// What every way begins with: reading it once.
    #[napi]
    pub fn scan(&self) -> Result<u32> {
        Ok(NativeRows::new(self.record()?).count())
    }

    #[napi]
    pub fn text(&self) -> Result<String> {
        Ok(self.record()?.to_json())
    }

    /// Of one byte a character, where it is ASCII.
    #[napi]
    pub fn latin1<'env>(&self, env: &'env Env) -> Result<JsString<'env>> {
        let json = self.record()?.to_json();
        if json.is_ascii() { env.create_string_latin1(json.as_bytes()) } else { env.create_string(&json) }
    }

    #[napi]
    pub fn buffer(&self) -> Result<Buffer> {
        Ok(self.record()?.to_json().into_bytes().into())
    }

    #[napi]
    pub fn rows(&self) -> Result<NativeRows> {
        Ok(NativeRows::new(self.record()?))
    }

    /// Objects, field by field. Those within are left as JSON.
    #[napi]
    pub fn objects<'env>(&self, env: &'env Env) -> Result<Array<'env>> {
        let record = self.record()?;
        let mut rows = env.create_array(u32::try_from(record.len()).unwrap_or(u32::MAX))?;
        for row in 0..record.len() {
            let mut object = Object::new(env)?;
            for (place, field) in record.model().fields.iter().enumerate() {
                match record.field(row, place) {
                    Value::Absent => {}
                    Value::Null => object.set(field.name, ())?,
                    Value::Text(text) => object.set(field.name, &*text)?,
                    Value::Integer(number) => object.set(field.name, number)?,
                    Value::Number(number) => object.set(field.name, number)?,
                    Value::Flag(flag) => object.set(field.name, flag)?,
                    Value::Object(json) | Value::Model(_, json) => object.set(field.name, json)?,
                }
            }
            rows.set(u32::try_from(row).unwrap_or(u32::MAX), object)?;
        }
        Ok(rows)
    }
}

fn model(operation: &str) -> Result<&'static Model> {
    match operations::find(Surface::Server, operation).map(|operation| operation.answer) {
        Some(Answer::List { model, .. }) => Ok(model),
        _ => Err(Error::from_reason("there is no such list")),
    }
}
