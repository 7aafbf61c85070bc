//! The fields of an error, which are the same in every language.

/// A field of an error.
#[derive(Debug)]
pub struct ErrorField {
    /// The canonical name, which is its name in [`ErrorInfo`](crate::ErrorInfo) as JSON.
    pub name: &'static str,
    /// One sentence.
    pub doc: &'static str,
    /// The type of its value.
    pub kind: ErrorFieldKind,
}

/// The type of an error field's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorFieldKind {
    /// The code of the error's kind; never missing.
    Code,
    /// Text of this library that may name parameters, each of which is spelled as the language spells it; never missing.
    Message,
    /// The same, if there is any.
    Hint,
    /// Text as it is, if there is any.
    Text,
    /// An HTTP status, if there is one.
    Status,
    /// A number of seconds, if there is one.
    Seconds,
    /// True or false.
    Flag,
    /// True or false; that of the error's kind unless it is set.
    Retryable,
    /// Any JSON, if there is any.
    Json,
    /// The attempts of the call.
    Attempts,
}

/// The fields, in the order of the documentation.
pub static ERROR_FIELDS: &[ErrorField] = &[
    field("code", ErrorFieldKind::Code, "The kind of error, the same in every language."),
    field("message", ErrorFieldKind::Message, "The description of the error, in one sentence."),
    field("suggestion", ErrorFieldKind::Hint, "How to fix it."),
    field("status", ErrorFieldKind::Status, "The HTTP status, if there was a response."),
    field("details", ErrorFieldKind::Json, "Further details from the service."),
    field("request_id", ErrorFieldKind::Text, "The service's id of the request. Quote it to support."),
    field("operation", ErrorFieldKind::Text, "The operation that failed."),
    field(
        "attempts",
        ErrorFieldKind::Attempts,
        "Every attempt: its status, its error code if it failed, and its duration in milliseconds.",
    ),
    field("retryable", ErrorFieldKind::Retryable, "Whether the same call may succeed later."),
    field("retry_after", ErrorFieldKind::Seconds, "Seconds to wait before the next call, if the service sent them."),
    field("outcome_unknown", ErrorFieldKind::Flag, "Whether a write may have taken effect although the call failed."),
    field("phase", ErrorFieldKind::Text, "The phase of the call in which the connection failed or the deadline passed."),
    field("parameter", ErrorFieldKind::Hint, "The invalid parameter."),
];

const fn field(name: &'static str, kind: ErrorFieldKind, doc: &'static str) -> ErrorField {
    ErrorField { name, doc, kind }
}

#[cfg(test)]
mod tests {
    use super::ERROR_FIELDS;
    use crate::error::{Error, Kind};
    use std::collections::BTreeSet;

    #[test]
    fn an_error_has_the_fields_of_the_table() {
        let error = serde_json::to_value(Error::new(Kind::Api, "no").info()).unwrap();
        let found: BTreeSet<&str> = error.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(found, ERROR_FIELDS.iter().map(|field| field.name).collect());
    }
}
