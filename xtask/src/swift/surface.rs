//! The public API of the Swift package, from the symbol graph of its compiler.

use crate::codegen::BASE_CLASS;
use agenthuman::Kind;
use agenthuman::operations::phone::METHODS;
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The file of the package's own module.
const GRAPH: &str = "AgentHuman.symbols.json";

/// Public items that are not operations, parameters or fields of the table.
const NO_OPERATIONS: &[&str] =
    &["AgentHumanClient.close", "AgentHumanClient.connectionsChanged", "AgentHumanClient.resume", "Session.conversation"];
const OF_ANY_WALK: &[&str] = &["following", "every"];
const OF_ANY_ERROR: &[&str] = &["kind", "underlying", "description", "error_description", "user_message"];
const NO_KINDS: &[&str] = &["known"];

#[derive(Deserialize)]
struct Graph {
    symbols: Vec<Symbol>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Symbol {
    kind: SymbolKind,
    identifier: Identifier,
    path_components: Vec<String>,
    function_signature: Option<Signature>,
    doc_comment: Option<Comment>,
}

#[derive(Deserialize)]
struct SymbolKind {
    identifier: String,
}

#[derive(Deserialize)]
struct Identifier {
    precise: String,
}

#[derive(Deserialize)]
struct Signature {
    #[serde(default)]
    parameters: Vec<Parameter>,
}

#[derive(Deserialize)]
struct Parameter {
    name: String,
}

#[derive(Deserialize)]
struct Comment {
    lines: Vec<Line>,
}

#[derive(Deserialize)]
struct Line {
    text: String,
}

/// Returns the public API, from the package's build folder.
pub fn read(build: &Path) -> Result<Value> {
    let graph: Graph = serde_json::from_slice(&fs::read(symbol_graph(build)?)?)?;
    surface(&graph)
}

/// Returns the newest symbol graph in the package's build folder.
pub fn symbol_graph(build: &Path) -> Result<PathBuf> {
    let mut graphs = Vec::new();
    for entry in fs::read_dir(build)? {
        let path = entry?.path().join("symbolgraph").join(GRAPH);
        if let Ok(data) = path.metadata() {
            graphs.push((data.modified()?, path));
        }
    }
    let (_, newest) = graphs.into_iter().max().with_context(|| format!("no {GRAPH} was written"))?;
    Ok(newest)
}

fn surface(graph: &Graph) -> Result<Value> {
    let mut found = Found::default();
    for symbol in &graph.symbols {
        // Members that the language adds are not part of the package.
        if !symbol.identifier.precise.contains("::SYNTHESIZED::") {
            found.take(symbol)?;
        }
    }
    let models: BTreeMap<_, _> =
        found.properties.iter().filter(|(_, fields)| fields.iter().any(|name| name == "extra")).collect();
    let fields = found.properties.get("AgentHumanError").context("there is no AgentHumanError")?;
    let fields: Vec<_> = fields.iter().filter(|name| !OF_ANY_ERROR.contains(&name.as_str())).collect();
    Ok(json!({
        "language": "swift",
        "operations": found.operations,
        "errors": classes(&found.kinds),
        "error_fields": fields,
        "models": models,
        "aliases": {},
    }))
}

#[derive(Default)]
struct Found {
    operations: BTreeMap<String, Vec<String>>,
    /// The properties of each type.
    properties: BTreeMap<String, Vec<String>>,
    /// The code of each kind, and of the one above it.
    kinds: BTreeMap<String, Option<String>>,
}

impl Found {
    fn take(&mut self, symbol: &Symbol) -> Result<()> {
        let path: Vec<&str> = symbol.path_components.iter().map(String::as_str).collect();
        match (symbol.kind.identifier.as_str(), path.as_slice()) {
            ("swift.method" | "swift.func", [owner, method]) if has_operations(owner) => self.method(owner, method, symbol),
            (
                "swift.method" | "swift.func",
                [
                    "Conversation" | "ConversationSource" | "FakeConversations" | "KeychainStore" | "MemorySessionStore"
                    | "Messages" | "RestorableSession" | "SessionStore" | "StoredSession",
                    ..,
                ]
                | ["AgentHumanError", "Kind", _]
                | ["JSONValue", _],
            ) => {}
            ("swift.method" | "swift.func" | "swift.type.method", path) => {
                bail!("{path:?} is public, but unknown to this check")
            }
            // What protocols of the language ask for, which hides the secrets of a model.
            ("swift.property", [owner, "description" | "customMirror"]) if *owner != "AgentHumanError" => {}
            ("swift.property", [owner, name]) => self.properties.entry((*owner).to_owned()).or_default().push(snake(name)),
            ("swift.type.property", ["AgentHumanError", "Kind", name]) if !NO_KINDS.contains(name) => {
                self.kinds.insert(snake(name), above(symbol));
            }
            _ => {}
        }
        Ok(())
    }

    fn method(&mut self, owner: &str, method: &str, symbol: &Symbol) {
        let name = format!("{owner}.{}", method.split('(').next().unwrap_or_default());
        if NO_OPERATIONS.contains(&name.as_str()) {
            return;
        }
        let taken = symbol.function_signature.iter().flat_map(|signature| &signature.parameters).map(|taken| snake(&taken.name));
        let taken: Vec<String> = taken.filter(|name| !OF_ANY_WALK.contains(&name.as_str())).collect();
        // A method without an operation keeps its name, which the table does not have.
        let known = METHODS.iter().find(|(_, method)| *method == name).map(|(operation, _)| operation);
        let filled_in = known.and_then(|operation| operation.path_param).map(|param| param.name.to_owned());
        let filled_in = filled_in.filter(|name| !taken.contains(name));
        let operation = known.map_or_else(|| name.clone(), |operation| operation.name.to_owned());
        self.operations.insert(operation, filled_in.into_iter().chain(taken).collect());
    }
}

/// Whether a class has methods that are operations.
fn has_operations(class: &str) -> bool {
    METHODS.iter().any(|(_, method)| method.split('.').next() == Some(class))
}

/// The code of the kind that this one's documentation says it is a case of.
fn above(symbol: &Symbol) -> Option<String> {
    let lines = symbol.doc_comment.as_ref()?.lines.iter().map(|line| line.text.trim());
    let doc = lines.collect::<Vec<_>>().join(" ");
    doc.rsplit_once("A case of ``")?.1.split_once("``").map(|(name, _)| snake(name))
}

/// In Swift an error has a kind instead of a class, so the table lends the names of the classes.
fn classes(kinds: &BTreeMap<String, Option<String>>) -> BTreeMap<String, Value> {
    let class = |code: &str| Kind::of_code(code).map_or_else(|| code.to_owned(), |kind| kind.entry().class_name());
    let view = |(code, parent): (&String, &Option<String>)| {
        let parent = parent.as_deref().map_or_else(|| BASE_CLASS.to_owned(), class);
        (code.clone(), json!({ "class": class(code), "parent": parent }))
    };
    kinds.iter().map(view).collect()
}

/// `agentID` → `agent_id`
fn snake(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut snake = String::new();
    for (at, c) in letters.iter().enumerate() {
        let begins = |next: Option<&char>| next.is_some_and(char::is_ascii_lowercase);
        if c.is_ascii_uppercase() && at > 0 && (!letters[at - 1].is_ascii_uppercase() || begins(letters.get(at + 1))) {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::{Graph, surface};
    use serde_json::{Value, json};

    fn symbol(kind: &str, path: &[&str], parameters: &[&str], doc: &str) -> Value {
        json!({
            "kind": { "identifier": kind },
            "identifier": { "precise": path.join(".") },
            "pathComponents": path,
            "functionSignature": { "parameters": parameters.iter().map(|name| json!({ "name": name })).collect::<Vec<_>>() },
            "docComment": { "lines": doc.lines().map(|text| json!({ "text": text })).collect::<Vec<_>>() },
        })
    }

    fn read(symbols: &[Value]) -> anyhow::Result<Value> {
        let mut symbols = symbols.to_vec();
        symbols.push(symbol("swift.property", &["AgentHumanError", "requestID"], &[], ""));
        symbols.push(symbol("swift.property", &["AgentHumanError", "underlying"], &[], ""));
        let graph: Graph = serde_json::from_value(json!({ "symbols": symbols })).unwrap();
        surface(&graph)
    }

    #[test]
    fn methods_are_operations_with_what_a_session_fills_in() {
        let found = read(&[
            symbol("swift.method", &["Session", "messages(following:after:limit:every:)"], &["following", "after", "every"], ""),
            symbol("swift.method", &["Session", "pause()"], &[], ""),
            symbol("swift.method", &["AgentHumanClient", "close()"], &[], ""),
        ])
        .unwrap();
        assert_eq!(found["operations"], json!({ "messages.list": ["session_id", "after"], "Session.pause": [] }));
        assert_eq!(found["error_fields"], json!(["request_id"]));
        assert!(read(&[symbol("swift.method", &["Avatar", "delete()"], &[], "")]).is_err());
    }

    #[test]
    fn kinds_have_the_one_above_them() {
        let kind = |name, doc| symbol("swift.type.property", &["AgentHumanError", "Kind", name], &[], doc);
        let found = read(&[
            kind("api", "An error."),
            kind("notFound", "None. A case of\n``api``."),
            kind("malformedAPIKey", "None."),
            kind("known", "All."),
        ])
        .unwrap();
        let classes = json!({
            "api": { "class": "APIStatusError", "parent": "AgentHumanError" },
            "malformed_api_key": { "class": "MalformedAPIKeyError", "parent": "AgentHumanError" },
            "not_found": { "class": "NotFoundError", "parent": "APIStatusError" },
        });
        assert_eq!(found["errors"], classes);
    }

    #[test]
    fn models_are_what_has_extra() {
        let found = read(&[
            symbol("swift.property", &["Avatar", "isPublic"], &[], ""),
            symbol("swift.property", &["Avatar", "extra"], &[], ""),
            symbol("swift.property", &["Session", "id"], &[], ""),
        ])
        .unwrap();
        assert_eq!(found["models"], json!({ "Avatar": ["is_public", "extra"] }));
    }
}
