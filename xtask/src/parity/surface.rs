//! The public API of a package, as a set of statements that can be compared in both directions.

use crate::codegen::{self, BASE_CLASS};
use agenthuman::error::KINDS;
use agenthuman::host::surface::{CLIENT_OPTIONS, events, options_of};
use agenthuman::operations;
use agenthuman::table::{self, ERROR_FIELDS};
use anyhow::Result;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// One statement for each thing: `operation sessions.create`, `parameter sessions.create(agent_id)`.
#[derive(Debug, Default, PartialEq)]
pub struct Surface(BTreeSet<String>);

/// The output of a language's script.
#[derive(Deserialize)]
struct Printed {
    operations: BTreeMap<String, Vec<String>>,
    errors: BTreeMap<String, PrintedError>,
    error_fields: Vec<String>,
    models: BTreeMap<String, Vec<String>>,
    aliases: BTreeMap<String, Vec<String>>,
    /// Of a server's package: the classes for tests, and their members.
    #[serde(default)]
    helpers: BTreeMap<String, Vec<String>>,
    /// Those of a client of a server.
    #[serde(default)]
    options: Vec<String>,
    /// The fields of events, by the name of their hook.
    #[serde(default)]
    events: BTreeMap<String, Vec<String>>,
    /// What the clients of the other contracts have, by the contract.
    #[serde(default)]
    contracts: BTreeMap<String, PrintedContract>,
}

#[derive(Deserialize)]
struct PrintedContract {
    operations: BTreeMap<String, Vec<String>>,
    models: BTreeMap<String, Vec<String>>,
    options: Vec<String>,
}

/// The classes for tests that each package of a server has, and their members.
const HELPERS: &[(&str, &[&str])] = &[
    ("Cassette", &["assert_all_played", "client", "close", "discard", "mode", "rooms_client", "unplayed"]),
    ("Mock", &["assert_all_called", "assert_calls", "calls", "client", "on", "reset"]),
    ("MockCall", &["operation", "options", "params"]),
    ("RoomsMock", &["assert_all_called", "assert_calls", "calls", "client", "on", "reset"]),
    (
        "Sandbox",
        &[
            "api_key",
            "clock",
            "email",
            "faults",
            "latest_code",
            "leave",
            "mailbox",
            "replies",
            "requests",
            "reset",
            "set_account",
            "stop",
            "token",
            "url",
        ],
    ),
    ("SandboxClock", &["advance", "now"]),
    ("SandboxFault", &["calls", "fired", "rule"]),
    ("SandboxFaults", &["clear", "list", "set"]),
    ("SandboxMail", &["code", "id", "sent_at", "subject", "text", "to"]),
    ("SandboxRequest", &["at", "credential", "key_id", "method", "milliseconds", "path", "request_id", "status"]),
];

#[derive(Deserialize)]
struct PrintedError {
    class: String,
    parent: String,
}

impl Surface {
    pub fn parse(json: &[u8]) -> Result<Surface> {
        let printed: Printed = serde_json::from_slice(json)?;
        let mut surface = Surface::default();
        for (operation, params) in &printed.operations {
            surface.operation(operation, params.iter().map(String::as_str));
        }
        for (code, error) in &printed.errors {
            surface.error(code, &error.class, &error.parent);
        }
        for field in &printed.error_fields {
            surface.error_field(field);
        }
        for (model, fields) in &printed.models {
            surface.model(model, fields.iter().map(String::as_str));
        }
        for (model, aliases) in &printed.aliases {
            surface.aliases(model, aliases.iter().map(String::as_str));
        }
        for (class, members) in &printed.helpers {
            surface.helper(class, members.iter().map(String::as_str));
        }
        surface.options(printed.options.iter().map(String::as_str));
        for (hook, fields) in &printed.events {
            surface.event(hook, fields);
        }
        for (name, contract) in &printed.contracts {
            let mut found = Surface::default();
            for (operation, params) in &contract.operations {
                found.operation(operation, params.iter().map(String::as_str));
            }
            for (model, fields) in &contract.models {
                found.model(model, fields.iter().map(String::as_str));
            }
            found.options(contract.options.iter().map(String::as_str));
            surface.contract(name, found);
        }
        Ok(surface)
    }

    /// Returns the expected API of a server's package.
    pub fn of_server() -> Surface {
        let mut surface = Surface::of_table(table::Surface::Server);
        for model in codegen::describe::models(table::Surface::Server) {
            for field in model.fields {
                surface.aliases(model.name, codegen::describe::aliases(field));
            }
        }
        for (class, members) in HELPERS {
            surface.helper(class, members.iter().copied());
        }
        surface.options(CLIENT_OPTIONS.into_iter());
        for (hook, fields) in events() {
            surface.event(hook, &fields);
        }
        for other in operations::CONTRACTS.into_iter().filter(|other| *other != table::Surface::Server) {
            let mut expected = Surface::default();
            expected.tables(other);
            expected.options(options_of(other).into_iter());
            surface.contract(other.as_str(), expected);
        }
        surface
    }

    /// Returns the expected API of Rust, which has no aliases.
    pub fn of_rust() -> Surface {
        Surface::of_table(table::Surface::Server)
    }

    /// Returns the expected API of a phone's package, whose models have no aliases.
    pub fn of_phone() -> Surface {
        Surface::of_table(table::Surface::Phone)
    }

    fn of_table(of: table::Surface) -> Surface {
        let mut surface = Surface::default();
        surface.tables(of);
        for entry in KINDS {
            let parent = entry.parent.map_or(BASE_CLASS.to_owned(), |parent| parent.entry().class_name());
            surface.error(entry.code, &entry.class_name(), &parent);
        }
        for field in ERROR_FIELDS {
            surface.error_field(field.name);
        }
        surface
    }

    /// Adds the operations and the models of a contract.
    fn tables(&mut self, of: table::Surface) {
        for operation in operations::all(of) {
            self.operation(operation.name, operation.all_params().map(|param| param.name));
        }
        for model in codegen::describe::models(of) {
            self.model(model.name, model.fields.iter().map(|field| field.name).chain(["extra"]));
        }
    }

    /// Adds what the client of another contract has.
    fn contract(&mut self, name: &str, of: Surface) {
        self.0.extend(of.0.into_iter().map(|thing| format!("{name}: {thing}")));
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns the missing and the additional items of `found`.
    pub fn differences(&self, found: &Surface) -> Vec<String> {
        let lacking = self.0.difference(&found.0).map(|thing| format!("is missing: {thing}"));
        let extra = found.0.difference(&self.0).map(|thing| format!("has an unknown item: {thing}"));
        lacking.chain(extra).collect()
    }

    fn operation<'a>(&mut self, name: &str, params: impl Iterator<Item = &'a str>) {
        self.0.insert(format!("operation {name}"));
        self.0.extend(params.map(|param| format!("parameter {name}({param})")));
    }

    fn error(&mut self, code: &str, class: &str, parent: &str) {
        self.0.insert(format!("error {code}: {class} below {parent}"));
    }

    fn error_field(&mut self, name: &str) {
        self.0.insert(format!("error field {name}"));
    }

    fn model<'a>(&mut self, name: &str, fields: impl Iterator<Item = &'a str>) {
        self.0.insert(format!("model {name}"));
        self.0.extend(fields.map(|field| format!("field {name}.{field}")));
    }

    fn helper<'a>(&mut self, class: &str, members: impl Iterator<Item = &'a str>) {
        self.0.insert(format!("helper {class}"));
        self.0.extend(members.map(|member| format!("member {class}.{member}")));
    }

    fn options<'a>(&mut self, names: impl Iterator<Item = &'a str>) {
        self.0.extend(names.map(|name| format!("option {name}")));
    }

    fn event(&mut self, hook: &str, fields: &[String]) {
        self.0.extend(fields.iter().map(|field| format!("event of {hook}: {field}")));
    }

    fn aliases<'a>(&mut self, model: &str, aliases: impl Iterator<Item = &'a str>) {
        self.0.extend(aliases.map(|alias| format!("alias {model}.{alias}")));
    }
}

#[cfg(test)]
mod tests {
    use super::Surface;
    use serde_json::{Value, json};

    fn printed() -> Value {
        json!({
            "language": "python",
            "operations": { "sessions.get": ["id"], "sessions.list": ["status", "limit"] },
            "errors": { "not_found": { "class": "NotFoundError", "parent": "APIStatusError" } },
            "error_fields": ["code", "message"],
            "models": { "Session": ["id", "status", "extra"] },
            "aliases": { "Session": ["session_id"] },
            "helpers": { "Mock": ["on", "reset"] },
        })
    }

    fn surface(printed: &Value) -> Surface {
        Surface::parse(printed.to_string().as_bytes()).unwrap()
    }

    fn differences(change: impl Fn(&mut Value)) -> Vec<String> {
        let mut changed = printed();
        change(&mut changed);
        surface(&printed()).differences(&surface(&changed))
    }

    #[test]
    fn equal_surfaces_do_not_differ_whatever_the_order() {
        assert!(differences(|found| found["operations"]["sessions.list"] = json!(["limit", "status"])).is_empty());
    }

    #[test]
    fn what_is_lacking_is_found() {
        let operation = |found: &mut Value| drop(found["operations"].as_object_mut().unwrap().remove("sessions.get"));
        assert_eq!(differences(operation), ["is missing: operation sessions.get", "is missing: parameter sessions.get(id)"]);
        let parameter = |found: &mut Value| found["operations"]["sessions.list"] = json!(["status"]);
        assert_eq!(differences(parameter), ["is missing: parameter sessions.list(limit)"]);
        let error = |found: &mut Value| found["errors"] = json!({});
        assert_eq!(differences(error), ["is missing: error not_found: NotFoundError below APIStatusError"]);
        let error_field = |found: &mut Value| found["error_fields"] = json!(["code"]);
        assert_eq!(differences(error_field), ["is missing: error field message"]);
        let field = |found: &mut Value| found["models"]["Session"] = json!(["id", "extra"]);
        assert_eq!(differences(field), ["is missing: field Session.status"]);
        let alias = |found: &mut Value| found["aliases"] = json!({});
        assert_eq!(differences(alias), ["is missing: alias Session.session_id"]);
        let member = |found: &mut Value| found["helpers"]["Mock"] = json!(["on"]);
        assert_eq!(differences(member), ["is missing: member Mock.reset"]);
    }

    #[test]
    fn what_is_extra_is_found() {
        let operation = |found: &mut Value| found["operations"]["sessions.pause"] = json!([]);
        assert_eq!(differences(operation), ["has an unknown item: operation sessions.pause"]);
        let parameter = |found: &mut Value| found["operations"]["sessions.get"] = json!(["id", "full"]);
        assert_eq!(differences(parameter), ["has an unknown item: parameter sessions.get(full)"]);
        let field = |found: &mut Value| found["models"]["Session"] = json!(["id", "status", "extra", "mood"]);
        assert_eq!(differences(field), ["has an unknown item: field Session.mood"]);
        let option = |found: &mut Value| found["options"] = json!(["colour"]);
        assert_eq!(differences(option), ["has an unknown item: option colour"]);
        let event = |found: &mut Value| found["events"] = json!({ "on_retry": ["mood"] });
        assert_eq!(differences(event), ["has an unknown item: event of on_retry: mood"]);
    }

    #[test]
    fn an_error_below_another_parent_is_both() {
        let moved = |found: &mut Value| found["errors"]["not_found"]["parent"] = json!("AgentHumanError");
        assert_eq!(
            differences(moved),
            [
                "is missing: error not_found: NotFoundError below APIStatusError",
                "has an unknown item: error not_found: NotFoundError below AgentHumanError",
            ]
        );
    }

    #[test]
    fn the_tables_state_one_thing_of_each_kind() {
        let expected = Surface::of_server();
        for thing in [
            "operation api_keys.rotate",
            "parameter api_keys.rotate(store)",
            "parameter avatars.upload(file)",
            "parameter sessions.end(id)",
            "error api_key_revoked: APIKeyRevokedError below AuthenticationError",
            "error timeout: APITimeoutError below AgentHumanError",
            "error field retry_after",
            "field Session.extra",
            "alias Session.call_type",
            "member Cassette.assert_all_played",
            "option client_cert",
            "event of on_retry: delay_ms",
        ] {
            assert!(expected.0.contains(thing), "{thing} is not expected");
        }
        let expected = Surface::of_phone();
        for thing in ["operation sessions.renew", "parameter messages.create(content)", "field SessionInfo.extra"] {
            assert!(expected.0.contains(thing), "{thing} is not expected");
        }
        for thing in ["operation api_keys.create", "model SessionGrant", "alias Avatar.avatar_id"] {
            assert!(!expected.0.contains(thing), "{thing} is expected");
        }
    }
}
