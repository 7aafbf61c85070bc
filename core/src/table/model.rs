//! Models: the canonical fields of a resource, and their names on the wire.

use super::Choices;
use crate::vocabulary::Surface;
use crate::{Id, Object, Secret};

/// A model of the API: an object that operations return.
#[derive(Debug)]
pub struct Model {
    /// The name, such as `Session`.
    pub name: &'static str,
    /// The surface whose tables declare it.
    pub surface: Surface,
    /// The Rust module that declares it.
    pub module: &'static str,
    /// The documentation.
    pub doc: &'static str,
    /// The fields.
    pub fields: &'static [Field],
}

/// A field of a model.
#[derive(Debug)]
pub struct Field {
    /// The canonical name.
    pub name: &'static str,
    /// The documentation.
    pub doc: &'static str,
    /// The kind of its value.
    pub kind: FieldKind,
    /// Whether a response without it is rejected.
    pub required: bool,
    /// The names on the wire. The first one that is present wins.
    pub wire: &'static [&'static str],
}

impl Field {
    /// Other wire names that also give access to this field (`session.session_id` for `session.id`).
    pub fn aliases(&self) -> impl Iterator<Item = &'static str> {
        self.wire.iter().copied().filter(|wire| *wire != self.name)
    }
}

/// The kind of a field's value.
#[derive(Clone, Copy, Debug)]
pub enum FieldKind {
    /// A string or an integer on the wire, a string in every language.
    Id,
    /// Text.
    Text,
    /// Text with known values.
    Choice(&'static Choices),
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// A boolean; `0` and `1` on the wire count.
    Flag,
    /// An RFC 3339 timestamp.
    Instant,
    /// A JSON object.
    Object,
    /// Text that is never printed.
    Secret,
    /// A list of texts.
    Texts,
    /// An object of another model.
    Model(&'static Model),
    /// A list of objects of another model.
    Models(&'static Model),
}

impl FieldKind {
    /// The model of the objects in it.
    pub fn inner(self) -> Option<&'static Model> {
        match self {
            FieldKind::Model(inner) | FieldKind::Models(inner) => Some(inner),
            FieldKind::Id
            | FieldKind::Text
            | FieldKind::Choice(_)
            | FieldKind::Integer
            | FieldKind::Number
            | FieldKind::Flag
            | FieldKind::Instant
            | FieldKind::Object
            | FieldKind::Secret
            | FieldKind::Texts => None,
        }
    }

    /// Whether it is a list. One that is missing in a response is empty.
    pub(crate) fn is_list(self) -> bool {
        matches!(self, FieldKind::Texts | FieldKind::Models(_))
    }
}

/// The Rust types a model's field can have.
pub(crate) trait FieldType {
    const KIND: FieldKind;
    const REQUIRED: bool = true;
}

/// The Rust types that are models.
pub(crate) trait Modelled {
    const MODEL: &'static Model;
}

macro_rules! field_types {
    ($($type:ty => $kind:ident),+ $(,)?) => {
        $(impl FieldType for $type { const KIND: FieldKind = FieldKind::$kind; })+
    };
}
field_types! {
    Id => Id,
    String => Text,
    i64 => Integer,
    f64 => Number,
    bool => Flag,
    jiff::Timestamp => Instant,
    Object => Object,
    Secret => Secret,
    Vec<String> => Texts,
}

impl<T: Modelled> FieldType for Vec<T> {
    const KIND: FieldKind = FieldKind::Models(T::MODEL);
}

impl<T: FieldType> FieldType for Option<T> {
    const KIND: FieldKind = T::KIND;
    const REQUIRED: bool = false;
}
