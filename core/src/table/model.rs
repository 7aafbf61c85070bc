//! What a model is: the canonical fields of a resource, and the names they have on the wire.

use crate::{Id, Object, Secret};

#[derive(Debug)]
pub struct Model {
    pub name: &'static str,
    /// The Rust module that declares it.
    pub module: &'static str,
    pub doc: &'static str,
    pub fields: &'static [Field],
}

#[derive(Debug)]
pub struct Field {
    /// The canonical name.
    pub name: &'static str,
    pub doc: &'static str,
    pub kind: FieldKind,
    /// Whether an answer without it is refused.
    pub required: bool,
    /// The names it has on the wire, the first one winning.
    pub wire: &'static [&'static str],
}

impl Field {
    /// Wire names that read as this field too (`session.session_id` for `session.id`).
    pub fn aliases(&self) -> impl Iterator<Item = &'static str> {
        self.wire.iter().copied().filter(|wire| *wire != self.name)
    }
}

#[derive(Clone, Copy, Debug)]
pub enum FieldKind {
    /// A string or an integer on the wire, a string in every language.
    Id,
    Text,
    Integer,
    Number,
    /// A boolean; `0` and `1` on the wire count.
    Flag,
    /// An RFC 3339 timestamp.
    Instant,
    Object,
    /// Text that is never printed.
    Secret,
    Model(&'static Model),
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
}

impl<T: FieldType> FieldType for Option<T> {
    const KIND: FieldKind = T::KIND;
    const REQUIRED: bool = false;
}
