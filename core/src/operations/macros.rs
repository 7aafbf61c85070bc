//! `model!` and `params!`: a Rust struct and its table entry from one declaration, so that neither can drift from the other.

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
