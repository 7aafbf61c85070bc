//! The templates of all languages, with the filters that they share.

use super::Rendered;
use super::words::{camel, doc_comment, fitted, pascal, respelled, singular, snake, swift};
use anyhow::{Context, Result};
use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, ErrorKind, State, UndefinedBehavior, Value};

pub struct Templates(Environment<'static>);

/// A template by its file's name, which ends as the names of the files that it makes do and then with `.j2`.
pub struct Template {
    pub name: &'static str,
    pub text: &'static str,
}

macro_rules! template {
    ($name:literal) => {
        $crate::codegen::templates::Template { name: $name, text: include_str!(concat!("templates/", $name)) }
    };
}
pub(super) use template;

impl Templates {
    pub fn new() -> Result<Templates> {
        let mut environment = Environment::new();
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build()?;
        environment.set_syntax(syntax);
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.add_filter("camel", camel);
        environment.add_filter("pascal", pascal);
        environment.add_filter("snake", snake);
        environment.add_filter("singular", singular);
        environment.add_filter("respelled", |text: &str| respelled(text, camel));
        environment.add_filter("swift_name", swift);
        environment.add_filter("swift_respelled", |text: &str| respelled(text, swift));
        environment.add_filter("fit", fitted);
        environment.add_filter("doc", doc);
        Ok(Templates(environment))
    }

    /// Makes the file at `path` of a template.
    pub fn render(&self, path: impl Into<String>, template: &Template, values: &Value) -> Result<Rendered> {
        let path = path.into();
        let text = self.0.render_named_str(template.name, template.text, values).with_context(|| format!("rendering {path}"))?;
        Ok(Rendered { path, text })
    }
}

/// `{{ text | doc(4) }}`: the doc comment, four blanks from the left, of the language that the template's name says.
fn doc(state: &State, text: &str, indent: usize) -> Result<String, minijinja::Error> {
    let name = state.name().trim_end_matches(".j2");
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    doc_comment(text, extension, indent).map_err(|error| minijinja::Error::new(ErrorKind::InvalidOperation, error.to_string()))
}
