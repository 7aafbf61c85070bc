//! `model!`, `params!` and `choices!`: a Rust type and its table entry from one declaration, so that neither can drift from the
//! other.

/// Declares a model: the struct for Rust users, and the fields for the core and the renderers.
/// A field may name its wire names (`id: Id = ["session_id", "id"]`).
macro_rules! model {
    (
        $(#[doc = $doc:literal])+
        $name:ident {
            $( $(#[doc = $field_doc:literal])+ $field:ident : $type:ty $(= [$($wire:literal),+])? , )+
        }
    ) => {
        $(#[doc = $doc])+
        #[derive(Clone, Debug, PartialEq, serde::Deserialize)]
        #[non_exhaustive]
        pub struct $name {
            $( $(#[doc = $field_doc])+ pub $field: $type, )+
            /// The fields that this version does not know.
            #[serde(default)]
            pub extra: $crate::Object,
        }

        impl $crate::table::Modelled for $name {
            const MODEL: &'static $crate::table::Model = &$crate::table::Model {
                name: stringify!($name),
                surface: super::SURFACE,
                module: module_path!(),
                doc: concat!($($doc, "\n"),+),
                fields: &[
                    $( $crate::table::Field {
                        name: stringify!($field),
                        doc: concat!($($field_doc, "\n"),+),
                        kind: <$type as $crate::table::FieldType>::KIND,
                        required: <$type as $crate::table::FieldType>::REQUIRED,
                        wire: model!(@wire $field $($($wire),+)?),
                    }, )+
                ],
            };
        }

        impl $crate::items::FromItem for $name {
            fn from_item(mut item: $crate::items::Item<'_>) -> Option<$name> {
                Some($name { $( $field: item.field()?, )+ extra: item.extra()? })
            }
        }

        impl $crate::items::FromValue for $name {
            fn from_value(value: $crate::items::Value<'_>) -> Option<$name> {
                $crate::items::model_of_value(value)
            }
        }

        impl $crate::table::FieldType for $name {
            const KIND: $crate::table::FieldKind =
                $crate::table::FieldKind::Model(<$name as $crate::table::Modelled>::MODEL);
        }
    };
    (@wire $field:ident) => { &[stringify!($field)] };
    (@wire $field:ident $($wire:literal),+) => { &[$($wire),+] };
}

/// Declares parameters that are an object within a parameter.
#[cfg(feature = "server")]
macro_rules! group {
    (
        $(#[doc = $doc:literal])+
        $name:ident { $($params:tt)+ }
    ) => {
        params! {
            $(#[doc = $doc])+
            $name { $($params)+ }
        }

        impl $name {
            pub(crate) const GROUP: $crate::table::Group = $crate::table::Group {
                name: stringify!($name),
                module: module_path!(),
                doc: concat!($($doc, "\n"),+),
                params: $name::PARAMS,
            };
        }

        impl $crate::table::ParamType for $name {
            fn into_value(self) -> Option<serde_json::Value> {
                Some(serde_json::Value::Object($crate::table::Params::from(self).values))
            }
        }
    };
}

/// Declares the parameters of an operation: the struct for Rust users, and the rules for the core.
macro_rules! params {
    (
        $(#[doc = $doc:literal])+
        $name:ident {
            $( $(#[doc = $param_doc:literal])+ $param:ident : $type:ty => $rule:expr , )+
        }
    ) => {
        $(#[doc = $doc])+
        #[derive(Clone, Debug)]
        #[non_exhaustive]
        pub struct $name {
            $( $(#[doc = $param_doc])+ pub $param: $type, )+
        }

        impl $name {
            pub(crate) const PARAMS: &'static [$crate::table::Param] = &[
                $( $crate::table::Param {
                    name: stringify!($param),
                    doc: concat!($($param_doc, "\n"),+),
                    ..$rule
                }, )+
            ];
        }

        impl From<$name> for $crate::table::Params {
            fn from(value: $name) -> Self {
                let mut params = $crate::table::Params::default();
                $( params.set(stringify!($param), value.$param); )+
                params
            }
        }
    };
}

/// Declares choices: the enum for Rust users, and the known texts for the core and the renderers. Texts in `received` are in
/// responses only.
macro_rules! choices {
    (
        $(#[doc = $doc:literal])+
        $name:ident {
            $( $(#[doc = $value_doc:literal])+ $value:ident = $text:literal , )+
        }
        $( received { $( $(#[doc = $received_doc:literal])+ $received:ident = $received_text:literal , )+ } )?
    ) => {
        $(#[doc = $doc])+
        ///
        /// Later services may send other texts, which are kept in `Other`.
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $( $(#[doc = $value_doc])+ $value, )+
            $($( $(#[doc = $received_doc])+ $received, )+)?
            /// Any other text.
            Other($crate::table::Unlisted),
        }

        impl $name {
            pub(crate) const CHOICES: &'static $crate::table::Choices = &$crate::table::Choices {
                name: stringify!($name),
                module: module_path!(),
                doc: concat!($($doc, "\n"),+),
                values: &[$($text),+],
                value_docs: &[$(concat!($($value_doc, "\n"),+)),+],
                received: &[$($($received_text),+)?],
            };

            /// Returns the text.
            pub fn as_str(&self) -> &str {
                match self {
                    $( $name::$value => $text, )+
                    $($( $name::$received => $received_text, )+)?
                    $name::Other(text) => text.as_str(),
                }
            }

            fn known(text: &str) -> Option<$name> {
                match text {
                    $( $text => Some($name::$value), )+
                    $($( $received_text => Some($name::$received), )+)?
                    _ => None,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> $name {
                $name::known(text).unwrap_or_else(|| $name::Other($crate::table::Unlisted::new(text)))
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> $name {
                $name::known(&text).unwrap_or_else(|| $name::Other($crate::table::Unlisted::new(text)))
            }
        }

        impl From<$name> for String {
            fn from(choice: $name) -> String {
                choice.as_str().to_owned()
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, text: &str) -> bool {
                self.as_str() == text
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, text: &&str) -> bool {
                self.as_str() == *text
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<$name, D::Error> {
                <String as serde::Deserialize>::deserialize(deserializer).map($name::from)
            }
        }

        impl $crate::items::FromValue for $name {
            #[inline]
            fn from_value(value: $crate::items::Value<'_>) -> Option<$name> {
                let $crate::items::Value::Text(text) = value else { return None };
                Some($name::from(&*text))
            }
        }

        impl $crate::table::FieldType for $name {
            const KIND: $crate::table::FieldKind = $crate::table::FieldKind::Choice($name::CHOICES);
        }

        impl $crate::table::ParamType for $name {
            fn into_value(self) -> Option<serde_json::Value> {
                Some(serde_json::Value::String(self.into()))
            }
        }
    };
}
