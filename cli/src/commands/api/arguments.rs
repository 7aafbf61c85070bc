//! The operations and their parameters as clap commands and arguments, built from the table.

use crate::candidates;
use agenthuman::Object;
use agenthuman::operations::all;
use agenthuman::table::{Operation, Param, Rule, Surface};
use clap::builder::PossibleValuesParser;
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use serde_json::{Value, json};
use std::path::PathBuf;

/// An operation and its parameters.
pub struct Args {
    pub operation: &'static Operation,
    pub params: Object,
    /// Whether to print every page of a list.
    pub all: bool,
}

impl clap::Args for Args {
    fn augment_args(command: Command) -> Command {
        command
            .subcommands(operations().map(|operation| subcommand(operation, operation.name)))
            .subcommand_required(true)
            .arg_required_else_help(true)
            .disable_help_subcommand(true)
            .subcommand_value_name("OPERATION")
            .subcommand_help_heading("Operations")
    }

    fn augment_args_for_update(command: Command) -> Command {
        Args::augment_args(command)
    }
}

impl clap::FromArgMatches for Args {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Args, clap::Error> {
        let found = matches.subcommand().and_then(|(name, matches)| {
            operations().find(|operation| operation.name == name).map(|operation| (operation, matches))
        });
        let Some((operation, matches)) = found else { return Err(clap::Error::new(ErrorKind::MissingSubcommand)) };
        Ok(Args::of(operation, matches))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Args::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args {
    /// Reads the parameters of an operation.
    pub fn of(operation: &'static Operation, matches: &ArgMatches) -> Args {
        let mut params = Object::new();
        for param in operation.all_params() {
            if let Some(value) = value(param, matches) {
                params.insert(param.name.to_owned(), value);
            }
        }
        let all = operation.pages() && matches.get_flag("all");
        Args { operation, params, all }
    }
}

/// The operations that are one request. A rotation is several requests and has its own command.
fn operations() -> impl Iterator<Item = &'static Operation> {
    all(Surface::Server).filter(|operation| !operation.is_composite())
}

/// The command of an operation.
pub fn subcommand(operation: &'static Operation, name: &'static str) -> Command {
    let credentials: Vec<_> = operation.auth.0.iter().map(|kind| kind.with_article()).collect();
    let credential = if credentials.is_empty() { "none".to_owned() } else { credentials.join(" or ") };
    let evidence = operation.evidence.meaning();
    let summary = plain(operation.summary);
    let first = summary.split_once(". ").map_or(summary.as_str(), |(first, _)| first).trim_end_matches('.').to_owned();
    let mut command = Command::new(name)
        .about(first)
        .long_about(summary)
        .after_help(format!("Credential: {credential}. Evidence: {evidence}."))
        .args(operation.all_params().map(|param| argument(operation, param)));
    if operation.pages() {
        let all = Arg::new("all").long("all").action(ArgAction::SetTrue).help("Print the items of all pages, one per line");
        command = command.arg(all.conflicts_with("after"));
    }
    command
}

fn argument(operation: &'static Operation, param: &'static Param) -> Arg {
    let option = param.name.replace('_', "-");
    let mut arg = Arg::new(param.name).long(option).required(param.required).help(help(param));
    if let Some(ids) = candidates::ids(operation, param) {
        arg = arg.add(ids);
    }
    match param.rule {
        Rule::Choice(_) | Rule::Filter(_) => {
            arg.value_name("CHOICE").value_parser(PossibleValuesParser::new(param.rule.choices().unwrap_or_default()))
        }
        Rule::Integer { .. } => arg.value_name("N").value_parser(value_parser!(i64)).allow_negative_numbers(true),
        Rule::Seconds { .. } => arg.value_name("SECONDS").value_parser(value_parser!(f64)),
        Rule::Flag => arg.value_name("BOOL").value_parser(value_parser!(bool)),
        Rule::Object => arg.value_name("JSON").value_parser(object),
        Rule::Group(group) if group.has_secret() => arg.value_name("FILE").value_parser(object_in_file),
        Rule::Group(_) => arg.value_name("JSON").value_parser(object),
        Rule::Instant => arg.value_name("INSTANT"),
        Rule::Picture => arg.value_name("BASE64"),
        Rule::Avatar => arg.value_name("ID|URL|FILE"),
        Rule::Secret { .. } => arg.value_name("SECRET"),
        Rule::File(_) => arg.value_name("FILE").value_parser(value_parser!(PathBuf)),
        Rule::Id(_) => arg.value_name("ID"),
        Rule::Url(_) => arg.value_name("URL"),
        Rule::Email => arg.value_name("EMAIL"),
        Rule::Code { .. } => arg.value_name("CODE"),
        Rule::Text { .. } | Rule::Store => arg.value_name("TEXT").allow_hyphen_values(true),
    }
}

/// The first paragraph of the parameter's documentation.
fn help(param: &Param) -> String {
    plain(param.doc.split("\n\n").next().unwrap_or_default()).trim_end_matches('.').to_owned()
}

fn plain(doc: &str) -> String {
    doc.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn object(text: &str) -> Result<Value, String> {
    match serde_json::from_str(text) {
        Ok(value @ Value::Object(_)) => Ok(value),
        Ok(_) => Err("must be a JSON object".to_owned()),
        Err(error) => Err(format!("must be a JSON object: {error}")),
    }
}

/// The object in a JSON file, or on standard input for `-`: other users of the machine can read a process's arguments.
fn object_in_file(path: &str) -> Result<Value, String> {
    let text = if path == "-" { std::io::read_to_string(std::io::stdin()) } else { std::fs::read_to_string(path) };
    object(&text.map_err(|error| format!("cannot be read: {error}"))?)
}

fn value(param: &Param, matches: &ArgMatches) -> Option<Value> {
    let text = || matches.get_one::<String>(param.name).map(|text| text.as_str());
    Some(match param.rule {
        Rule::Integer { .. } => json!(matches.get_one::<i64>(param.name)?),
        Rule::Seconds { .. } => json!(matches.get_one::<f64>(param.name)?),
        Rule::Flag => json!(matches.get_one::<bool>(param.name)?),
        Rule::Object | Rule::Group(_) => matches.get_one::<Value>(param.name)?.clone(),
        Rule::File(_) => json!({ "path": matches.get_one::<PathBuf>(param.name)? }),
        _ if param.nullable && text() == Some("null") => Value::Null,
        // An id is no path to a file, unless somebody made one of that name here.
        Rule::Avatar if std::path::Path::new(text()?).is_file() => json!({ "path": text()? }),
        Rule::Choice(_)
        | Rule::Filter(_)
        | Rule::Id(_)
        | Rule::Url(_)
        | Rule::Email
        | Rule::Code { .. }
        | Rule::Text { .. }
        | Rule::Secret { .. }
        | Rule::Instant
        | Rule::Picture
        | Rule::Avatar
        | Rule::Store => text()?.into(),
    })
}
