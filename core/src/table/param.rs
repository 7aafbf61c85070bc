//! Parameters: their places, rules and forms on the wire.

use super::{Choices, Evidence};
#[cfg(feature = "server")]
use crate::picture::AvatarSource;
use crate::vocabulary::Content;
use crate::{Id, Object, Secret};
use jiff::Timestamp;
use serde_json::Value;

/// A parameter of an operation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Param {
    /// The canonical name.
    pub name: &'static str,
    /// The documentation.
    pub doc: &'static str,
    /// The place in the request.
    pub place: Place,
    /// The rule for its value.
    pub rule: Rule,
    /// Whether it is required.
    pub required: bool,
    /// The values of another parameter in the same object with which it is allowed. `None`: always.
    pub only_with: Option<OnlyWith>,
    /// Whether an explicit null is sent, which clears the field, instead of meaning "not set".
    pub nullable: bool,
    /// The evidence, if it is weaker than the operation's.
    pub evidence: Option<Evidence>,
}

/// The values of another parameter that allow a parameter. The other one is declared before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnlyWith {
    /// The other parameter.
    pub name: &'static str,
    /// Its values.
    pub values: &'static [&'static str],
}

/// Parameters that are an object within a parameter. Errors name one of them by its path, such as `room.token`.
#[derive(Debug, PartialEq)]
pub struct Group {
    /// The name of its type.
    pub name: &'static str,
    /// The Rust module that declares it.
    pub module: &'static str,
    /// The documentation.
    pub doc: &'static str,
    /// The parameters.
    pub params: &'static [Param],
}

impl Group {
    /// Whether one of its parameters is a secret.
    pub fn has_secret(&self) -> bool {
        self.params.iter().any(|param| matches!(param.rule, Rule::Secret { .. }))
    }
}

/// The place of a parameter in the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The path.
    Path,
    /// The query.
    Query,
    /// The JSON body.
    Body,
    /// A part of a multipart form.
    Part,
    /// Used by the core itself, never sent.
    Local,
}

/// The rule for the value of a parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// An id.
    Id(IdWire),
    /// Text of `min` to `max` characters.
    Text {
        /// The minimum length, in characters.
        min: usize,
        /// The maximum length, in characters.
        max: usize,
    },
    /// A URL with one of these schemes.
    Url(&'static [&'static str]),
    /// An email address.
    Email,
    /// A secret of exactly this number of digits.
    Code {
        /// The number of digits.
        digits: usize,
    },
    /// A text that is never printed, of at most this number of characters.
    Secret {
        /// The maximum length, in characters.
        max: usize,
    },
    /// A moment: a date, a time and an offset.
    Instant,
    /// One of these texts.
    Choice(&'static Choices),
    /// `all`, or one of these texts.
    Filter(&'static Choices),
    /// A whole number.
    Integer {
        /// The minimum.
        min: i64,
        /// The maximum.
        max: i64,
    },
    /// Seconds.
    Seconds {
        /// The minimum.
        min: f64,
        /// The maximum.
        max: f64,
    },
    /// True or false.
    Flag,
    /// A JSON object.
    Object,
    /// An object of these parameters.
    Group(&'static Group),
    /// A picture in base64, as a data URI or bare.
    Picture,
    /// An avatar's id, the URL of a picture, or a picture: its path, its bytes, or base64.
    Avatar,
    /// A file, by its path or pulled chunk by chunk.
    File(Content),
    /// A function of the host that stores the new key.
    Store,
}

/// The text of a filter that lets everything pass.
pub const ALL: &str = "all";

/// The form of an id on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdWire {
    /// Decimal ids are sent as integers, others as text.
    Integer,
    /// Always text.
    Text,
}

impl Rule {
    /// Returns the texts that the value can be, if they are known.
    pub fn choices(self) -> Option<Vec<&'static str>> {
        let choices = self.choices_type()?;
        let all = matches!(self, Rule::Filter(_)).then_some(ALL);
        Some(all.into_iter().chain(choices.values.iter().copied()).collect())
    }

    /// Returns the type of the value if its texts are known. Of a filter, it does not have `all`.
    pub fn choices_type(self) -> Option<&'static Choices> {
        match self {
            Rule::Choice(choices) | Rule::Filter(choices) => Some(choices),
            Rule::Id(_)
            | Rule::Text { .. }
            | Rule::Url(_)
            | Rule::Email
            | Rule::Code { .. }
            | Rule::Secret { .. }
            | Rule::Instant
            | Rule::Integer { .. }
            | Rule::Seconds { .. }
            | Rule::Flag
            | Rule::Object
            | Rule::Group(_)
            | Rule::Picture
            | Rule::Avatar
            | Rule::File(_)
            | Rule::Store => None,
        }
    }

    /// The rule of an id that is an integer on the wire.
    pub const INTEGER_ID: Rule = Rule::Id(IdWire::Integer);
    /// The rule of an id that is text on the wire.
    pub const TEXT_ID: Rule = Rule::Id(IdWire::Text);
    /// The maximum length of a text for which the API has no limit, so that mistakes are not sent.
    pub const TEXT: Rule = Rule::Text { min: 0, max: 1_000_000 };
    /// The rule of a URL of the web.
    pub const WEB_URL: Rule = Rule::Url(&["http", "https"]);
    /// The rule of a name.
    pub const NAME: Rule = Rule::Text { min: 1, max: 1_000 };
}

impl Param {
    /// Makes the parameter required.
    pub const fn required(mut self) -> Param {
        self.required = true;
        self
    }

    /// Allows an explicit null.
    pub const fn nullable(mut self) -> Param {
        self.nullable = true;
        self
    }

    /// Allows the parameter only with these values of another one.
    pub(crate) const fn only_with(mut self, name: &'static str, values: &'static [&'static str]) -> Param {
        self.only_with = Some(OnlyWith { name, values });
        self
    }

    /// Marks the parameter as assumed.
    pub const fn assumed(mut self) -> Param {
        self.evidence = Some(Evidence::Assumed);
        self
    }
}

const fn param(place: Place, rule: Rule) -> Param {
    Param { name: "", doc: "", place, rule, required: false, only_with: None, nullable: false, evidence: None }
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

/// The rule of `limit`.
pub(crate) const fn limit() -> Param {
    query(Rule::Integer { min: 1, max: 200 })
}

/// The id in a path. All objects with a path have integer ids.
pub(crate) const fn path(name: &'static str, doc: &'static str) -> Param {
    let mut id = param(Place::Path, Rule::INTEGER_ID).required();
    id.name = name;
    id.doc = doc;
    id
}

/// The id in a path, if ids of the surface are text.
#[cfg(feature = "server")]
pub(crate) const fn text_path(name: &'static str, doc: &'static str) -> Param {
    Param { rule: Rule::TEXT_ID, ..path(name, doc) }
}

/// The Rust types of parameters. `None` means "not set".
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

impl ParamType for Timestamp {
    fn into_value(self) -> Option<Value> {
        Some(Value::String(self.to_string()))
    }
}

#[cfg(feature = "server")]
impl ParamType for AvatarSource {
    fn into_value(self) -> Option<Value> {
        Some(self.into_json())
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
json_param_types!(String, i64, f64, bool, Object);

impl<T: ParamType> ParamType for Option<T> {
    fn into_value(self) -> Option<Value> {
        self.and_then(ParamType::into_value)
    }
}

/// A value, or the null that clears the field.
#[derive(Clone, Debug, PartialEq)]
pub enum OrNull<T> {
    /// Null.
    Null,
    /// The value.
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
