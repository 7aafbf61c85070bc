//! Renders `contract/messages.txt`: every text in the sources that a user can meet, so that wording is reviewed like code.
//!
//! The texts are the string literals of more than one word outside tests. So the file is complete: a message that is not in
//! it has no words of its own.

use super::Rendered;
use crate::root;
use crate::source_files::rust_files_without_tests;
use agenthuman::error::{KINDS, KindEntry};
use anyhow::{Context, Result};
use proc_macro2::{TokenStream, TokenTree};
use std::fmt::Write;
use std::fs;

const INTRODUCTION: &str = "\
Every message that a user of agenthuman can meet. Rendered by `cargo xtask codegen` from the sources; do not edit.

First the kinds of errors, with the name of the class in Python and TypeScript, its documentation, and the suggestion if the
service sends none; another suggestion for phones, and the text for the users of an app. Then the texts of each source file, in its order; a value takes the place of {}. A text without a subject
follows the name of its thing, as in \"agent_id is required\". Summaries of operations are in operations.json, and the help of
the command line is in cli/tests/cli/snapshots.
";

/// The crates whose texts a user can meet.
const CRATES: [&str; 6] = ["bindings-mobile", "bindings-node", "bindings-python", "cli", "core", "relay"];

/// Texts that are rendered elsewhere: of operations, and of the fields of errors.
const ELSEWHERE: [&str; 3] = ["core/src/operations", "core/src/api", "core/src/table/error_field.rs"];

pub fn render() -> Result<Rendered> {
    let mut text = INTRODUCTION.to_owned();
    text.push_str("\n== Kinds of errors\n");
    for entry in KINDS {
        write!(text, "\n{}, {}\n  {}\n", entry.code, entry.class_name(), entry.doc)?;
        if !entry.suggestion.is_empty() {
            writeln!(text, "  Suggestion: {}", entry.suggestion)?;
        }
        if !entry.phone_suggestion.is_empty() && entry.phone_suggestion != entry.suggestion {
            writeln!(text, "  On phones: {}", entry.phone_suggestion)?;
        }
        if !entry.user_message.is_empty() {
            writeln!(text, "  For users of an app: {}", entry.user_message)?;
        }
    }
    let mut files = Vec::new();
    for name in CRATES {
        files.extend(rust_files_without_tests(&root().join(name).join("src"))?);
    }
    for file in files {
        let path = file.strip_prefix(root())?.to_string_lossy().replace('\\', "/");
        if ELSEWHERE.iter().any(|folder| path.starts_with(folder)) {
            continue;
        }
        let tokens: TokenStream =
            fs::read_to_string(&file)?.parse().map_err(|error| anyhow::anyhow!("{error}")).with_context(|| path.clone())?;
        let mut texts = Vec::new();
        collect(tokens, &mut texts);
        texts.retain(|text| {
            let is_of_kind = |entry: &KindEntry| {
                [entry.doc, entry.suggestion, entry.phone_suggestion, entry.user_message].contains(&text.as_str())
            };
            !KINDS.iter().any(is_of_kind)
        });
        if !texts.is_empty() {
            writeln!(text, "\n== {path}\n")?;
            for one in texts {
                writeln!(text, "{}", one.escape_debug().to_string().replace("\\\"", "\"").replace("\\'", "'"))?;
            }
        }
    }
    Ok(Rendered { path: "contract/messages.txt".to_owned(), text })
}

/// Adds the texts among the tokens, each once. Of attributes only `#[error("…")]` has one; `#[cfg(test)]` ends the file.
fn collect(tokens: TokenStream, texts: &mut Vec<String>) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '#' => {
                tokens.next_if(|next| matches!(next, TokenTree::Punct(punct) if punct.as_char() == '!'));
                let Some(TokenTree::Group(attribute)) = tokens.next() else { continue };
                let attribute = attribute.stream().to_string();
                let is_module = matches!(tokens.peek(), Some(TokenTree::Ident(word)) if word == "mod");
                if is_module && attribute.replace(' ', "") == "cfg(test)" {
                    return;
                }
                if let Some(inside) = attribute.strip_prefix("error") {
                    collect(inside.parse().unwrap_or_default(), texts);
                }
            }
            TokenTree::Group(group) => collect(group.stream(), texts),
            TokenTree::Literal(literal) => {
                let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string()) else { continue };
                let text = text.value();
                if is_prose(&text) && !texts.contains(&text) {
                    texts.push(text);
                }
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) => {}
        }
    }
}

/// Whether a text has at least two words, or a word and a value.
fn is_prose(text: &str) -> bool {
    let words = text.split_whitespace();
    words.clone().count() > 1 && words.clone().any(|word| word.trim_matches(|c: char| !c.is_alphabetic()).len() > 1)
}
