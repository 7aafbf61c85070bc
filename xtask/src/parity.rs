//! `cargo xtask parity`: compares the public API of each package with the tables of core. Each language prints its own
//! API from the real package. Missing and additional items are errors.

mod names;
mod surface;

use crate::steps::run as run_command;
use crate::toolchains::cargo;
use crate::{kotlin, root, swift};
use agenthuman::host::surface::CLIENT_OPTIONS;
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::collections::BTreeSet;
use std::process::Command;
use surface::Surface;

/// A language with a script that prints its API.
struct Language {
    name: &'static str,
    program: &'static str,
    script: &'static str,
}

const LANGUAGES: &[Language] = &[
    Language { name: "python", program: ".venv/bin/python", script: "bindings-python/tests/surface.py" },
    Language { name: "node", program: "node", script: "bindings-node/test/surface.mjs" },
];

/// The messages of Python and Node for a missing or unbuilt package.
const NOT_BUILT: &[&str] = &["ModuleNotFoundError", "MODULE_NOT_FOUND", "ERR_DLOPEN_FAILED"];

enum Found {
    Surface(Surface),
    /// The tools or the build are missing, with the reason.
    Missing(String),
}

/// The languages that can be required.
pub const EVERY: &[&str] = &["python", "node", "kotlin", "swift"];

/// Compares each available language, and fails if one of the `required` is missing.
pub fn run(required: &[&str]) -> Result<()> {
    println!("rust: {} things compared by its compiler", rust()?);
    let mut compared = Compared { faults: builder_faults()?, ..Compared::default() };
    let expected = Surface::of_server();
    for language in LANGUAGES {
        compared.with(&expected, language.name, language.surface()?);
    }
    let expected = Surface::of_phone();
    compared.with(&expected, "kotlin", phone(kotlin::tools().map(|tools| tools.surface()))?);
    compared.with(&expected, "swift", phone(swift::tools().map(|tools| tools.surface()))?);
    let Compared { mut faults, skipped } = compared;
    let files = names::sources(&root())?;
    let named = names::find(&files);
    println!("bindings: {} Rust files searched for names of operations and codes of errors, {} found", files.len(), named.len());
    faults.extend(named);
    let lacking: Vec<_> = skipped.into_iter().filter(|language| required.contains(language)).collect();
    if !lacking.is_empty() {
        faults.push(format!("skipped, though required: {}", lacking.join(", ")));
    }
    if !faults.is_empty() {
        bail!("the languages differ from the tables:\n  {}", faults.join("\n  "));
    }
    Ok(())
}

/// Rust needs no list of its own: a rendered method names its operation and fits the types of the table, the constructor of
/// parameters names every field of them, and a model is declared with its entry. So what compiles is complete.
fn rust() -> Result<usize> {
    run_command(&mut cargo(&["check", "--quiet", "-p", "agenthuman"]))?;
    Ok(Surface::of_rust().len())
}

/// The methods of Rust's builder that set an option of another name, and those that are no options of other languages.
const RUST_NAMES: [(&str, &str); 4] =
    [("api_key_command", "api_key_source"), ("api_key_file", "api_key_source"), ("headers", "header"), ("routes", "route")];
const OF_RUST_ONLY: [&str; 6] = ["build", "cassette", "new", "surface", "token_source", "without_credentials"];

/// Compares the methods of Rust's builder with the options of a client.
fn builder_faults() -> Result<Vec<String>> {
    let path = "core/src/builder.rs";
    let source = std::fs::read_to_string(root().join(path))?;
    let (_, builder) = source.split_once("impl ClientBuilder {").with_context(|| format!("{path} has no ClientBuilder"))?;
    let methods: BTreeSet<&str> =
        builder.lines().filter_map(|line| line.strip_prefix("    pub fn ")?.split(['(', '<']).next()).collect();
    let renamed = |option: &'static str| RUST_NAMES.iter().find(|(name, _)| *name == option).map_or(option, |(_, rust)| *rust);
    let expected: BTreeSet<&str> = CLIENT_OPTIONS.into_iter().map(renamed).chain(OF_RUST_ONLY).collect();
    let lacking = expected.difference(&methods).map(|name| format!("rust is missing: option {name}"));
    let extra = methods.difference(&expected).map(|name| format!("rust has an unknown item: option {name}"));
    Ok(lacking.chain(extra).collect())
}

#[derive(Default)]
struct Compared {
    faults: Vec<String>,
    skipped: Vec<&'static str>,
}

impl Compared {
    fn with(&mut self, expected: &Surface, language: &'static str, found: Found) {
        match found {
            Found::Missing(why) => {
                println!("{language}: SKIPPED, {why}");
                self.skipped.push(language);
            }
            Found::Surface(found) => {
                let differences = expected.differences(&found);
                println!("{language}: {} things compared, {} differ", expected.len(), differences.len());
                self.faults.extend(differences.into_iter().map(|difference| format!("{language} {difference}")));
            }
        }
    }
}

/// Returns the API of a phone's package, if its tools are installed.
fn phone(printed: Result<Result<Value>, String>) -> Result<Found> {
    match printed {
        Err(missing) => Ok(Found::Missing(missing)),
        Ok(surface) => Ok(Found::Surface(Surface::parse(surface?.to_string().as_bytes())?)),
    }
}

impl Language {
    fn surface(&self) -> Result<Found> {
        if !root().join(self.script).exists() {
            return Ok(Found::Missing(format!("{} is missing", self.script)));
        }
        let program = if self.program.contains('/') { root().join(self.program) } else { self.program.into() };
        let output = match Command::new(&program).arg(self.script).current_dir(root()).output() {
            Ok(output) => output,
            Err(_) => return Ok(Found::Missing(format!("running {} failed", self.program))),
        };
        self.read(output.status.success(), &output.stdout, &String::from_utf8_lossy(&output.stderr))
    }

    fn read(&self, succeeded: bool, printed: &[u8], said: &str) -> Result<Found> {
        if succeeded {
            return Ok(Found::Surface(Surface::parse(printed).with_context(|| format!("what {} prints", self.script))?));
        }
        match said.lines().find(|line| NOT_BUILT.iter().any(|sign| line.contains(sign))) {
            Some(line) => Ok(Found::Missing(format!("its package is not built: {}", line.trim()))),
            None => bail!("{} failed:\n{said}", self.script),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Found, LANGUAGES, Language};

    #[test]
    fn a_package_that_is_not_built_is_missing_and_any_other_failure_is_one() {
        let python = &LANGUAGES[0];
        let not_built = python.read(false, b"", "Traceback\nModuleNotFoundError: No module named 'agenthuman'\n").unwrap();
        assert!(matches!(not_built, Found::Missing(why) if why.contains("No module named 'agenthuman'")));
        assert!(python.read(false, b"", "KeyError: 'sessions'").is_err());
        assert!(python.read(true, b"{}", "").is_err());
        let nothing = br#"{"operations":{},"errors":{},"error_fields":[],"models":{},"aliases":{}}"#;
        assert!(matches!(python.read(true, nothing, "").unwrap(), Found::Surface(_)));
    }

    #[test]
    fn tools_that_are_not_there_are_missing() {
        let nobody = Language { name: "nobody", program: "no-such-program", script: "Cargo.toml" };
        assert!(matches!(nobody.surface().unwrap(), Found::Missing(why) if why.contains("no-such-program")));
    }
}
