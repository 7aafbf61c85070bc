//! The signature and an example of an operation in each language. Signatures are taken from the sources of the packages; the
//! examples are those that `codegen` renders and the tests of the languages compile.

use super::markdown::Snippet;
use crate::codegen::examples;
use crate::codegen::words::{camel, pascal};
use crate::root;
use agenthuman::operations::CONTRACTS;
use agenthuman::table::{Operation, Surface};
use anyhow::{Context, Result, bail};
use std::fs;

/// The folder of a contract beside the first in the generated sources: `rooms/`.
fn folder(operation: &Operation) -> String {
    if operation.surface == CONTRACTS[0] { String::new() } else { format!("{}/", operation.surface.as_str()) }
}

fn read(path: &str) -> Result<String> {
    fs::read_to_string(root().join(path)).with_context(|| path.to_owned())
}

fn snippet(fence: &str, code: String) -> Snippet {
    Snippet { label: None, fence: fence.to_owned(), code }
}

/// The text from `start` to `end`, after `class`, without the margin of its first line.
fn slice(text: &str, class: &str, start: &str, end: &str) -> Option<String> {
    let (_, within) = text.split_once(class)?;
    let at = within.find(start)?;
    let line = within[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let length = within[at..].find(end)?;
    let margin = within[line..at].chars().take_while(|c| *c == ' ').count();
    let found = &within[line..at + length];
    Some(found.lines().map(|line| line.get(margin..).unwrap_or_default()).collect::<Vec<_>>().join("\n"))
}

pub fn python(operation: &Operation) -> Result<[Snippet; 2]> {
    let path = format!("bindings-python/python/agenthuman/_generated/{}client.py", folder(operation));
    let class = format!("\nclass {}:", pascal(operation.resource()));
    let signature = slice(&read(&path)?, &class, &format!("def {}(", operation.verb()), ":\n        \"\"\"");
    let signature = signature.with_context(|| format!("{path} has no {}", operation.name))?;
    Ok([snippet("python", signature), snippet("python", examples::python(operation)?)])
}

pub fn node(operation: &Operation) -> Result<[Snippet; 2]> {
    let path = format!("bindings-node/ts/generated/{}resources.ts", folder(operation));
    let text = read(&path)?;
    let class = format!("\nexport class {} {{", pascal(operation.resource()));
    let (_, within) = text.split_once(&class).with_context(|| format!("{path} has no {}", operation.resource()))?;
    let start = format!("  {}(", camel(operation.verb()));
    let signature = within.lines().find(|line| line.starts_with(&start)).and_then(|line| line.strip_suffix(" {"));
    let signature = signature.with_context(|| format!("{path} has no {}", operation.name))?;
    Ok([snippet("ts", signature.trim().to_owned()), snippet("ts", examples::node(operation)?)])
}

pub fn rust(operation: &Operation) -> Result<[Snippet; 2]> {
    let (resource, verb) = (operation.resource(), operation.verb());
    let generated = format!("core/src/api/generated/{}{resource}.rs", folder(operation));
    // Some are written by hand.
    for path in [generated.as_str(), "core/src/api/rooms.rs"] {
        let text = read(path)?;
        let class = format!("impl {}<'_> {{", pascal(resource));
        let starts = ["(", "<"].map(|end| format!("pub fn {verb}{end}"));
        let starts = starts.into_iter().chain(["(", "<"].map(|end| format!("pub async fn {verb}{end}")));
        for start in starts {
            let Some(signature) = slice(&text, &class, &start, " {\n") else { continue };
            let (before, _) = text.split_once(&signature.lines().next().unwrap_or_default().to_owned()).unwrap_or_default();
            let example = doc_test(before).with_context(|| format!("{path}: {} has no example", operation.name))?;
            return Ok([snippet("rust", signature), snippet("rust", example)]);
        }
    }
    bail!("the crate has no {}", operation.name)
}

/// The example in the documentation that ends the text, without its hidden lines.
fn doc_test(before: &str) -> Option<String> {
    let comment: Vec<&str> = before
        .trim_end()
        .lines()
        .rev()
        .map(str::trim)
        .take_while(|line| line.starts_with("///") || line.starts_with("#["))
        .collect();
    let lines = comment.into_iter().rev().map(|line| line.trim_start_matches("///").strip_prefix(' ').unwrap_or_default());
    let mut code = lines.skip_while(|line| !line.starts_with("```"));
    code.next()?;
    let shown = code.take_while(|line| !line.starts_with("```")).filter(|line| !line.starts_with("# "));
    Some(shown.collect::<Vec<_>>().join("\n").trim().to_owned())
}

/// A function of Kotlin without its body or expression, which follow its parameters and its type.
fn without_body(function: &str) -> &str {
    let mut depth = 0;
    for (at, c) in function.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            '=' | '{' if depth == 0 => return function[..at].trim_end(),
            _ => {}
        }
    }
    function
}

/// The method of the packages for phones: its signature and an example, in Kotlin and in Swift.
pub struct OfPhone {
    pub class: &'static str,
    pub name: &'static str,
    pub kotlin: [Snippet; 2],
    pub swift: [Snippet; 2],
}

/// Returns the method of the packages for phones for an operation of the first contract or of the phone's, if there is one.
pub fn phone(operation: &Operation) -> Result<Option<OfPhone>> {
    if operation.surface == Surface::Rooms {
        return Ok(None);
    }
    let Some(operation) = agenthuman::operations::find(Surface::Phone, operation.name) else { return Ok(None) };
    let (class, name) = examples::phone_method(operation)?;
    let swift = read(&format!("bindings-swift/Sources/AgentHuman/{class}.swift"))?;
    let kotlin = read(&format!("bindings-kotlin/src/main/kotlin/com/agenthuman/{class}.kt"))?;
    let in_swift = slice(&swift, "", &format!("public func {name}("), " {\n");
    let in_kotlin = ["public suspend fun", "public fun"].iter().find_map(|start| {
        let found = slice(&kotlin, "", &format!("{start} {name}("), "\n\n")?;
        Some(without_body(&found).to_owned())
    });
    Ok(Some(OfPhone {
        class,
        name,
        kotlin: [
            snippet("kotlin", in_kotlin.with_context(|| format!("Kotlin has no {name}"))?),
            snippet("kotlin", examples::kotlin(operation)?),
        ],
        swift: [
            snippet("swift", in_swift.with_context(|| format!("Swift has no {name}"))?),
            snippet("swift", examples::swift(operation)?),
        ],
    }))
}

#[cfg(test)]
mod tests {
    use super::{node, phone, python, rust};
    use agenthuman::operations::find;
    use agenthuman::table::Surface;

    #[test]
    fn signatures_are_those_of_the_sources() {
        let operation = find(Surface::Server, "messages.create").unwrap();
        assert_eq!(
            node(operation).unwrap()[0].code,
            "create(sessionId: Id, params: MessageCreateParams, options?: CallOptions): Promise<MessageExchange>"
        );
        assert_eq!(
            rust(operation).unwrap()[0].code,
            "pub fn create(&self, session_id: impl Into<Id>, params: CreateMessage) -> Request<MessageExchange>"
        );
        let code = &python(operation).unwrap()[0].code;
        assert!(
            code.starts_with("def create(\n    self,\n    session_id: str,\n") && code.ends_with(") -> MessageExchange"),
            "{code}"
        );
        let phone = |name| phone(find(Surface::Server, name).unwrap()).unwrap().unwrap();
        assert_eq!(
            phone("messages.create").kotlin[0].code,
            "public suspend fun send(content: String, id: String? = null): MessageExchange"
        );
        assert_eq!(
            phone("messages.create").swift[0].code,
            "public func send(_ content: String, id messageID: String? = nil) async throws -> MessageExchange"
        );
        let open = phone("sessions.create");
        assert!(open.kotlin[0].code.ends_with("    metadata: JsonObject? = null,\n): Session"), "{}", open.kotlin[0].code);
        assert!(open.swift[0].code.ends_with(") async throws -> Session"), "{}", open.swift[0].code);
    }
}
