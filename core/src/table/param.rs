//! What a parameter is: where it goes, what it may be, and what it becomes on the wire.

use super::Evidence;
use crate::{Id, Object, Secret};
use serde_json::Value;

#[derive(Clone, Copy, Debug)]
pub struct Param {
    pub name: &'static str,
    pub doc: &'static str,
    pub place: Place,
    pub rule: Rule,
    pub required: bool,
    /// Whether an explicit null is sent (it clears the field) instead of meaning "not given".
    pub nullable: bool,
    /// Where it is less certain than its operation.
    pub evidence: Option<Evidence>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Path,
    Query,
    Body,
    /// A part of a multipart form.
    Part,
    /// Used by the core itself, never sent.
    Local,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    Id(IdWire),
    /// Text of `min` to `max` characters.
    Text {
        min: usize,
        max: usize,
    },
    Url,
    Email,
    /// Exactly so many digits, and a secret.
    Code {
        digits: usize,
    },
    Choice(&'static [&'static str]),
    Integer {
        min: i64,
        max: i64,
    },
    /// Seconds.
    Seconds {
        min: f64,
        max: f64,
    },
    Flag,
    Object,
    /// A file, by its path or pulled chunk by chunk.
    File,
    /// A function of the host's that is handed the new key to keep.
    Store,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdWire {
    /// Decimal ids are sent as integers, others as they came.
    Integer,
    Text,
}

impl Rule {
    pub const INTEGER_ID: Rule = Rule::Id(IdWire::Integer);
    pub const TEXT_ID: Rule = Rule::Id(IdWire::Text);
    /// Text with no bound of the API's own; the cap keeps mistakes from being sent.
    pub const TEXT: Rule = Rule::Text { min: 0, max: 1_000_000 };
    pub const NAME: Rule = Rule::Text { min: 1, max: 1_000 };
}

impl Param {
    pub const fn required(mut self) -> Param {
        self.required = true;
        self
    }

    pub const fn nullable(mut self) -> Param {
        self.nullable = true;
        self
    }

    pub const fn assumed(mut self) -> Param {
        self.evidence = Some(Evidence::Assumed);
        self
    }
}

const fn param(place: Place, rule: Rule) -> Param {
    Param { name: "", doc: "", place, rule, required: false, nullable: false, evidence: None }
}

pub(crate) const fn body(rule: Rule) -> Param {
    param(Place::Body, rule)
}

pub(crate) const fn query(rule: Rule) -> Param {
    param(Place::Query, rule)
}

pub(crate) const fn part(rule: Rule) -> Param {
    param(Place::Part, rule)
}

pub(crate) const fn local(rule: Rule) -> Param {
    param(Place::Local, rule)
}

/// How many items a page has, where the server pages.
pub(crate) const fn limit() -> Param {
    query(Rule::Integer { min: 1, max: 200 })
}

/// The id in a path. All objects that have a path of their own have integer ids.
pub(crate) const fn path(name: &'static str, doc: &'static str) -> Param {
    let mut id = param(Place::Path, Rule::INTEGER_ID).required();
    id.name = name;
    id.doc = doc;
    id
}

/// The Rust types a parameter can have; `None` is "not given".
pub(crate) trait ParamType {
    fn into_value(self) -> Option<Value>;
}

impl ParamType for Id {
    fn into_value(self) -> Option<Value> {
        Some(Value::String(self.into()))
    }
}

impl ParamType for Secret {
    fn into_value(self) -> Option<Value> {
        Some(Value::String(self.expose().to_owned()))
    }
}

macro_rules! json_param_types {
    ($($type:ty),+) => {
        $(impl ParamType for $type {
            fn into_value(self) -> Option<Value> {
                Some(Value::from(self))
            }
        })+
    };
}
json_param_types!(String, i64, bool, Object);

impl<T: ParamType> ParamType for Option<T> {
    fn into_value(self) -> Option<Value> {
        self.and_then(ParamType::into_value)
    }
}

/// A value, or the null that clears the field.
#[derive(Clone, Debug, PartialEq)]
pub enum OrNull<T> {
    Null,
    Value(T),
}

impl<T: ParamType> ParamType for OrNull<T> {
    fn into_value(self) -> Option<Value> {
        match self {
            OrNull::Null => Some(Value::Null),
            OrNull::Value(value) => value.into_value(),
        }
    }
}
