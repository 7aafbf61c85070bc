//! The page docs/environment.md, from the table of environment variables.

use super::Rendered;
use agenthuman::environment::{VARIABLES, Variable};

pub fn render() -> Rendered {
    let mut text = "<!-- Rendered by `cargo xtask codegen` from core/src/environment.rs; do not edit. -->\n\n\
        # Environment variables\n\n\
        An option that is set in code takes precedence. If a credential is set in code, none is read from the environment.\n\
        An empty variable counts as not set. Variables are read when a client is created, those of a proxy when it first connects.\n\
        The packages for Swift and Kotlin read none.\n\n\
        | variable | meaning | default | read by | secret |\n|---|---|---|---|---|\n"
        .to_owned();
    for variable in VARIABLES {
        text.push_str(&row(variable));
    }
    text.push_str("\n\"Clients\" are the clients of Python, Node and Rust.\n");
    Rendered { path: "docs/environment.md".to_owned(), text }
}

fn row(variable: &Variable) -> String {
    let Variable { name, meaning, default, readers, is_secret, is_any_case } = variable;
    let lower = if *is_any_case { format!(", `{}`", name.to_ascii_lowercase()) } else { String::new() };
    let secret = if *is_secret { "yes" } else { "no" };
    format!("| `{name}`{lower} | {meaning} | {default} | {readers} | {secret} |\n")
}

#[cfg(test)]
mod tests {
    use crate::root;
    use crate::source_files::files;
    use agenthuman::environment::VARIABLES;
    use std::collections::BTreeSet;
    use std::fs;

    /// The folders of the packages. Examples, tests and the project's own tasks may have variables of their own.
    const PRODUCT: [&str; 9] = [
        "bindings-kotlin/src/main",
        "bindings-node/src",
        "bindings-node/ts",
        "bindings-python/python",
        "bindings-python/src",
        "bindings-swift/Sources",
        "cli/src",
        "core/src",
        "relay/src",
    ];

    /// Returns the names of this project's variables in a text.
    fn names(text: &str) -> BTreeSet<String> {
        let starts = text.match_indices("AGENTHUMAN_").map(|(start, _)| &text[start..]);
        let is_part = |c: char| c.is_ascii_uppercase() || c == '_';
        let names = starts.map(|rest| rest[..rest.find(|c| !is_part(c)).unwrap_or(rest.len())].to_owned());
        names.filter(|name| !name.ends_with('_') && !name.starts_with("AGENTHUMAN_MOBILE")).collect()
    }

    #[test]
    fn every_variable_in_the_code_is_in_the_table_and_the_other_way_round() {
        let table: BTreeSet<_> = VARIABLES.iter().map(|variable| variable.name).collect();
        let mut found = BTreeSet::new();
        for folder in PRODUCT.into_iter().chain(["sandbox/src"]) {
            for path in files(&root().join(folder), &["kt", "py", "rs", "swift", "ts"]).unwrap() {
                let text = fs::read_to_string(&path).unwrap();
                for name in names(&text) {
                    assert!(table.contains(name.as_str()), "{}: {name} is missing in core/src/environment.rs", path.display());
                }
                if path.ends_with("environment.rs") {
                    continue;
                }
                found.extend(table.iter().filter(|name| text.contains(**name)).copied());
                // Rust code names them by the constants of the table.
                let constant = |name: &str| format!("environment::{}", name.trim_start_matches("AGENTHUMAN_"));
                found.extend(table.iter().filter(|name| text.contains(&constant(name))).copied());
            }
        }
        assert_eq!(found, table, "a variable of core/src/environment.rs is read nowhere");
    }

    #[test]
    fn names_are_found_in_any_language() {
        let text =
            r#"env::var("AGENTHUMAN_ONE"); process.env.AGENTHUMAN_TWO; `AGENTHUMAN_THREE` "AGENTHUMAN_" + AGENTHUMAN_MOBILE_X"#;
        let expected = ["AGENTHUMAN_ONE", "AGENTHUMAN_THREE", "AGENTHUMAN_TWO"];
        assert_eq!(names(text).into_iter().collect::<Vec<_>>(), expected);
    }
}
