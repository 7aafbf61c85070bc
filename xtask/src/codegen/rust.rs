//! The Rust API: a module for each resource, and a folder of them for each contract beside the first.

use super::templates::{Template, Templates, template};
use super::words::{pascal, singular};
use super::{Rendered, describe, examples, view};
use crate::root;
use agenthuman::operations::{CONTRACTS, Resource, resources};
use agenthuman::table::{Choices, Group, Operation, Param, Rule, Steps, Surface};
use anyhow::{Context, Result, bail};
use minijinja::{Value, context};
use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Stdio};

const FOLDER: &str = "core/src/api/generated";

const MODULES: Template = template!("rust_modules.rs.j2");
const RESOURCE: Template = template!("rust_resource.rs.j2");

pub fn render(templates: &Templates, formatter: Formatter) -> Result<Vec<Rendered>> {
    let mut files = Vec::new();
    for surface in CONTRACTS {
        let place = Place::of(surface);
        let folder = if place.folder.is_empty() { FOLDER.to_owned() } else { format!("{FOLDER}/{}", place.folder) };
        let resources = resources(surface);
        let mut names: BTreeSet<&str> = resources.iter().map(|resource| resource.name).collect();
        if place.folder.is_empty() {
            names.extend(CONTRACTS.map(|surface| Place::of(surface).folder).into_iter().filter(|folder| !folder.is_empty()));
        }
        files.push(templates.render(format!("{folder}/mod.rs"), &MODULES, &context! { names })?);
        for resource in resources {
            let values = self::resource(surface, resource, &place)?;
            let file = templates.render(format!("{folder}/{}.rs", resource.name), &RESOURCE, &values)?;
            let text = formatter.format(&file.text).with_context(|| format!("formatting {}", file.path))?;
            files.push(Rendered { text, ..file });
        }
    }
    Ok(files)
}

/// Where the API of a contract stands.
struct Place {
    /// The folder below that of all, and the name of its operations' module.
    folder: &'static str,
    /// The public path of its modules.
    public: String,
    /// The path of its client within the crate, and of what all clients share within that.
    client: String,
    core: &'static str,
}

impl Place {
    fn of(surface: Surface) -> Place {
        if surface == CONTRACTS[0] {
            return Place { folder: "", public: "agenthuman::api".to_owned(), client: "Client".to_owned(), core: "self" };
        }
        let folder = surface.as_str();
        Place {
            folder,
            public: format!("agenthuman::{folder}"),
            client: format!("crate::api::{folder}::Client"),
            core: "self.core()",
        }
    }
}

fn resource(surface: Surface, resource: &Resource, place: &Place) -> Result<Value> {
    // The others of several steps are written by hand.
    let is_rendered = |operation: &&&Operation| operation.steps.is_none_or(|steps| steps == Steps::Rotate);
    let rendered = resource.operations.iter().filter(is_rendered);
    let operations = rendered.map(|operation| self::operation(operation)).collect::<Result<Vec<_>>>()?;
    let models = resource.operations.iter().filter_map(|operation| describe::model(operation));
    let groups = view::groups_of(std::slice::from_ref(resource));
    let own_groups: Vec<&'static Group> = groups.iter().copied().filter(|group| module(group.module) == resource.name).collect();
    let own: BTreeSet<&str> = models
        .flat_map(describe::with_inner)
        .filter(|model| module(model.module) == resource.name)
        .map(|model| model.name)
        .collect();
    let operations_path = if place.folder.is_empty() { "operations".to_owned() } else { format!("operations::{}", place.folder) };
    let is_own = |choices: &&Choices| module(choices.module) == resource.name;
    let choices: Vec<&str> = describe::choices(surface).into_iter().filter(is_own).map(|choices| choices.name).collect();
    let params = resource.operations.iter().flat_map(|operation| operation.all_params());
    let params = params.chain(groups.iter().flat_map(|group| group.params));
    let others = describe::choices_of_params(params).into_iter().filter(|choices| !is_own(choices));
    Ok(context! {
        name => resource.name,
        doc => resource.doc,
        operations,
        models => own,
        choices,
        other_choices => others.map(|choices| format!("{}::{}", module(choices.module), choices.name)).collect::<Vec<_>>(),
        groups => view::groups(&own_groups, param)?,
        operations_path,
        public => place.public.as_str(),
        client => place.client.as_str(),
        public_client => if place.folder.is_empty() { "agenthuman::Client".to_owned() } else { format!("agenthuman::{}::Client", place.folder) },
        core => place.core,
    })
}

fn operation(operation: &Operation) -> Result<Value> {
    let model_module = describe::model(operation).map(|model| module(model.module));
    Ok(context! { params_type => params_type(operation), model_module, ..view::operation(operation, param)? })
}

/// The last part of the path of a module.
fn module(path: &'static str) -> &'static str {
    path.rsplit("::").next().unwrap_or(path)
}

/// The type of the parameters: `sessions.create` → `CreateSession`, `sessions.list` → `ListSessions`.
fn params_type(operation: &Operation) -> Option<String> {
    operation.params.first()?;
    let (resource, verb) = (operation.resource(), operation.verb());
    Some(match verb {
        "list" => format!("List{}", pascal(resource)),
        // The only list that is named by what it lists.
        "sessions" => format!("List{}{}", pascal(&singular(resource)), pascal(verb)),
        // Signing in is no resource to create.
        _ if resource == "auth" => pascal(verb),
        _ => format!("{}{}", pascal(verb), pascal(&singular(resource))),
    })
}

/// Its type, the type of the argument that it is made of and what converts that, whether it is an argument beside the others, a
/// value for an example, and how that is made if it is a variable.
fn param(param: &Param) -> Result<Value> {
    let rule = param.rule;
    struct Written<'a> {
        kind: &'a str,
        argument: String,
        into: &'a str,
        is_apart: bool,
        sample: String,
    }
    let text = |kind, sample: &str| Written {
        kind,
        argument: format!("impl Into<{kind}>"),
        into: ".into()",
        is_apart: false,
        sample: format!("{sample:?}"),
    };
    let value = |kind: &'static str, sample: &str| Written {
        kind,
        argument: kind.to_owned(),
        into: "",
        is_apart: false,
        sample: sample.to_owned(),
    };
    let apart = |kind: &'static str, sample: &str| Written {
        kind,
        argument: kind.to_owned(),
        into: "",
        is_apart: true,
        sample: sample.to_owned(),
    };
    let Written { kind, argument, into, is_apart, sample } = match rule {
        Rule::Id(_) => text("Id", "7"),
        Rule::Text { .. } => text("String", examples::text(param.name)),
        Rule::Url(schemes) => text("String", examples::url(schemes)),
        Rule::Secret { .. } => text("Secret", examples::SECRET),
        Rule::Instant => value("Timestamp", "jiff::Timestamp::now()"),
        Rule::Group(group) => value(group.name, param.name),
        Rule::Picture => text("String", "data:image/png;base64,iVBORw0KGgo="),
        Rule::Avatar => text("AvatarSource", examples::AVATAR),
        Rule::Email => text("String", "ada@example.com"),
        Rule::Code { digits } => text("Secret", &"1".repeat(digits)),
        Rule::Choice(choices) => text(choices.name, choices.values.first().copied().unwrap_or_default()),
        Rule::Filter(choices) => text("String", choices.values.first().copied().unwrap_or_default()),
        Rule::Integer { min, max } => value("i64", &10.clamp(min, max).to_string()),
        Rule::Seconds { .. } => apart("Duration", "Duration::from_secs(60)"),
        Rule::Flag => value("bool", "true"),
        Rule::Object => value("Object", "Object::new()"),
        Rule::File(_) => apart("Upload", "Upload::from_path(\"face.png\")"),
        Rule::Store => apart("F", "|created| async move { Ok(std::fs::write(\"key\", created.key.expose())?) }"),
    };
    // A group is made in a line of its own.
    let made = if let Rule::Group(group) = rule { Some(group_sample(group)?) } else { None };
    Ok(context! { type => kind, argument, into, is_apart, sample, made })
}

fn sample(required: &Param) -> Result<String> {
    Ok(param(required)?.get_attr("sample")?.to_string())
}

/// Values for an example of a group.
fn group_sample(group: &'static Group) -> Result<String> {
    let required = group.params.iter().filter(|param| param.required && param.only_with.is_none());
    let samples = required.map(sample).collect::<Result<Vec<_>>>()?;
    let conditional = examples::group_params(group).filter(|param| param.only_with.is_some());
    let set = conditional.map(|param| Ok(format!(".{}({})", param.name, sample(param)?))).collect::<Result<String>>()?;
    Ok(format!("{}::new({}){set}", group.name, samples.join(", ")))
}

/// rustfmt, which lays out what the templates make.
#[derive(Clone, Copy)]
pub struct Formatter(());

/// rustfmt, or why it is missing.
pub fn formatter() -> Result<Formatter, String> {
    let output = Command::new("rustfmt").arg("--version").output();
    if output.is_ok_and(|output| output.status.success()) {
        Ok(Formatter(()))
    } else {
        Err("rustfmt is not installed (rustup component add rustfmt)".to_owned())
    }
}

impl Formatter {
    fn format(self, code: &str) -> Result<String> {
        let mut command = Command::new("rustfmt");
        command.args(["--edition", "2024", "--config-path"]).arg(root()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut rustfmt = command.spawn().context("rustfmt cannot be started")?;
        rustfmt.stdin.take().context("rustfmt has no input")?.write_all(code.as_bytes())?;
        let output = rustfmt.wait_with_output()?;
        if !output.status.success() {
            bail!("rustfmt rejects the code");
        }
        Ok(String::from_utf8(output.stdout)?)
    }
}
