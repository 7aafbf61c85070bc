//! The pages of the models and the errors, rendered from the tables.

use crate::codegen::describe;
use crate::codegen::words::{pascal, prose, swift};
use agenthuman::error::KINDS;
use agenthuman::operations::CONTRACTS;
use agenthuman::table::{ERROR_FIELDS, FieldKind, Model, Surface};

/// The path of the page with the models of a contract.
pub fn models_path(surface: Surface) -> String {
    let folder = if surface == CONTRACTS[0] { String::new() } else { format!("{}/", surface.as_str()) };
    format!("operations/{folder}models.md")
}

/// A link to a model from a page that is `up` below the site.
pub fn model_link(surface: Surface, model: &Model, up: &str) -> String {
    format!("[`{}`]({up}{}#{})", model.name, models_path(surface), model.name.to_lowercase())
}

/// The page with the models of a contract.
pub fn models(surface: Surface) -> String {
    let client = if surface == Surface::Phone { "the packages for phones".to_owned() } else { format!("`{}`", surface.client()) };
    let mut text = format!(
        "# Models of {client}\n\nFields that a service adds later are in `extra`. Names are those of Python and Rust; Node, Kotlin \
         and Swift write them in camel case. [Models and types](../{}guides/models.md) explains what the types promise.\n",
        if surface == CONTRACTS[0] { "" } else { "../" }
    );
    for model in describe::models(surface) {
        text += &format!("\n## {}\n\n{}\n\n| field | type | |\n|---|---|---|\n", model.name, prose(model.doc));
        for field in model.fields {
            let optional = if field.required { "" } else { " or nothing" };
            text +=
                &format!("| `{}` | {}{optional} | {} |\n", field.name, kind(field.kind), prose(field.doc).replace('|', "\\|"));
        }
    }
    text
}

fn kind(kind: FieldKind) -> String {
    let link = |model: &Model| format!("[`{0}`](#{1})", model.name, model.name.to_lowercase());
    match kind {
        FieldKind::Id => "id".to_owned(),
        FieldKind::Text => "text".to_owned(),
        FieldKind::Choice(choices) => choices.values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", "),
        FieldKind::Integer => "integer".to_owned(),
        FieldKind::Number => "number".to_owned(),
        FieldKind::Flag => "true or false".to_owned(),
        FieldKind::Instant => "time".to_owned(),
        FieldKind::Object => "object".to_owned(),
        FieldKind::Secret => "secret".to_owned(),
        FieldKind::Texts => "texts".to_owned(),
        FieldKind::Model(model) => link(model),
        FieldKind::Models(model) => format!("list of {}", link(model)),
    }
}

/// The page with every error and its fields.
pub fn errors() -> String {
    let mut text = String::from(
        "# Errors\n\n[Errors and retries](../guides/errors.md) says what to catch. Every error has a code, which is the same in \
         every language.\n",
    );
    text += "\n## Fields\n\n| field | |\n|---|---|\n";
    text.extend(ERROR_FIELDS.iter().map(|field| format!("| `{}` | {} |\n", field.name, prose(field.doc))));
    for entry in KINDS {
        text += &format!("\n## {} {{ #{} }}\n\n{}\n\n| | |\n|---|---|\n", entry.code, entry.code, entry.doc);
        text += &format!("| Python, Node | `{}` |\n", entry.class_name());
        text += &format!("| Rust | `Kind::{:?}` |\n", entry.kind);
        text += &format!("| Kotlin | `{}Exception` |\n", pascal(entry.name));
        text += &format!("| Swift | `.{}` |\n", swift(entry.code));
        if let Some(parent) = entry.parent {
            text += &format!("| Is also | [`{0}`](#{0}) |\n", parent.code());
        }
        text += &format!("| A later try may succeed | {} |\n", if entry.retryable { "yes" } else { "no" });
        if !entry.suggestion.is_empty() {
            text += &format!("| Fix | {} |\n", entry.suggestion);
        }
    }
    text
}
