//! The table of operations in docs/operations.md, between its two marks.

use super::Rendered;
use crate::root;
use agenthuman::operations::{CONTRACTS, resources};
use agenthuman::table::{CredentialKind, Operation};
use anyhow::{Context, Result};
use std::fs;

const BEGIN: &str = "<!-- operations: rendered by `cargo xtask codegen` -->\n";
const END: &str = "<!-- /operations -->";

pub fn render() -> Result<Rendered> {
    let path = "docs/operations.md";
    let text = fs::read_to_string(root().join(path))?;
    let (before, rest) = text.split_once(BEGIN).context("docs/operations.md has lost the mark before its table of operations")?;
    let (_, after) = rest.split_once(END).context("docs/operations.md has lost the mark after its table of operations")?;
    Ok(Rendered { path: path.to_owned(), text: format!("{before}{BEGIN}{}{END}{after}", table()) })
}

/// One table for each contract, under the name of its client.
fn table() -> String {
    let tables = CONTRACTS.map(|surface| {
        let rows: String =
            resources(surface).iter().flat_map(|resource| resource.operations).map(|operation| row(operation)).collect();
        format!("\n### `{}`\n\n| operation | request | credential¹ | mark |\n|---|---|---|---|\n{rows}", surface.client())
    });
    tables.concat()
}

fn row(operation: &Operation) -> String {
    let request = if operation.is_composite() {
        "several".to_owned()
    } else {
        let query: String = operation.fixed_query.iter().map(|(name, value)| format!("?{name}={value}")).collect();
        format!("`{} {}{query}`", operation.method.as_str(), operation.path)
    };
    let credentials: Vec<_> = operation
        .auth
        .0
        .iter()
        .map(|kind| match kind {
            CredentialKind::ApiKey => "API key",
            CredentialKind::Token => "token",
        })
        .collect();
    let credentials = if credentials.is_empty() { "none".to_owned() } else { credentials.join(", ") };
    let evidence = operation.evidence.as_str();
    format!("| `{}` | {request} | {credentials} | {evidence} |\n", operation.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use agenthuman::operations::find;
    use agenthuman::table::Surface;

    #[test]
    fn a_row_says_what_the_table_says() {
        let voices = find(Surface::Server, "voices.list_mine").map(row);
        assert_eq!(voices.as_deref(), Some("| `voices.list_mine` | `GET /v1/voices?scope=mine` | token, API key | named |\n"));
    }
}
