//! The bridge from JavaScript to the core: a few functions that never grow with the API. It converts, awaits and
//! cancels; the rules are the core's, and names and types are those of `ts/`.

mod call;
mod client;
mod crossing;
mod relay;
mod rows;
#[cfg(feature = "ways")]
mod ways;
mod work;

use napi_derive::napi;

/// The version of the core, which `ts/` compares with its own.
#[napi]
pub fn version() -> &'static str {
    agenthuman::VERSION
}

/// The error, as JSON, of a value that JavaScript has and JSON has not.
#[napi]
pub fn unconvertible(operation: String, parameter: Option<String>, why: String) -> String {
    agenthuman::host::error_json(&agenthuman::host::unconvertible(&operation, parameter.as_deref(), &why))
}
