//! The bridge from JavaScript to the core: a few functions that never grow with the API. It converts, awaits and
//! cancels; the rules are the core's, and names and types are those of `ts/`.

mod call;
mod cassette;
mod client;
mod crossing;
mod items;
mod relay;
mod runtime;

use agenthuman::error::line;
use agenthuman::host::{self, Items, error_json, not_canonical};
use agenthuman::operations::{self, CONTRACTS};
use napi_derive::napi;

/// The version of the core, which `ts/` compares with its own.
#[napi]
pub fn version() -> &'static str {
    agenthuman::VERSION
}

/// An error in one line.
#[napi]
pub fn error_line(
    code: String,
    message: String,
    suggestion: Option<String>,
    status: Option<u16>,
    operation: Option<String>,
    request_id: Option<String>,
) -> String {
    line(&code, &message, suggestion.as_deref(), status, operation.as_deref(), request_id.as_deref())
}

/// The canonical JSON of a model of a contract, from JSON; else why there is none.
#[napi]
pub fn canonical(surface: String, model: String, json: String) -> NativeCanonical {
    let contract = CONTRACTS.into_iter().find(|contract| contract.as_str() == surface);
    let Some(model) = contract.and_then(|contract| operations::model(contract, &model)) else {
        return NativeCanonical::default();
    };
    match Items::of_canonical(json, model, false) {
        Ok(items) => NativeCanonical { body: Some(items.to_json()), why: None },
        Err(why) => NativeCanonical { body: None, why: Some(not_canonical(model, &why)) },
    }
}

/// The outcome of `canonical`.
#[napi(object, object_from_js = false)]
#[derive(Default)]
pub struct NativeCanonical {
    pub body: Option<String>,
    pub why: Option<String>,
}

/// The error, as JSON, of an option that does not exist, if those of `known` do.
#[napi]
pub fn unknown_option(name: String, known: Vec<String>) -> String {
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    error_json(host::unknown_option(&name, &known).info())
}

/// The same of a parameter.
#[napi]
pub fn unknown_parameter(name: String, known: Vec<String>) -> String {
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    error_json(host::unknown_parameter(&name, &known).info())
}

/// The error, as JSON, of a value that JavaScript has and JSON has not.
#[napi]
pub fn unconvertible(operation: String, parameter: Option<String>, why: String) -> String {
    error_json(&host::unconvertible(&operation, parameter.as_deref(), &why))
}

/// Why a client of a contract has no operation or resource of that name, if one of another has it.
#[napi]
pub fn elsewhere(surface: String, name: String) -> Option<String> {
    agenthuman::host::elsewhere(&surface, &name)
}
