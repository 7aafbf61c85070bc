//! The bridge from Swift and Kotlin to the core's phone part: a few functions that never grow with the API. It converts,
//! awaits and cancels; the rules are the core's, and names and types are those of `bindings-swift` and `bindings-kotlin`.

#![allow(unsafe_code, reason = "UniFFI's macros export C functions, which have unmangled names and take raw buffers")]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod call;
mod client;
mod conversation;

pub use call::{PhoneCall, PhoneStep};
pub use client::{PhoneClient, PhoneFailure, PhonePager};
pub use conversation::{PhoneConversation, PhoneSending};

uniffi::setup_scaffolding!();

/// Whether an error of resuming a stored session says that it is over.
#[uniffi::export]
fn is_over(code: String) -> bool {
    agenthuman::host::is_over(&code)
}

/// The version of the library.
#[uniffi::export]
fn version() -> String {
    agenthuman::VERSION.to_owned()
}
