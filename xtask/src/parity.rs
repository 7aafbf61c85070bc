//! `cargo xtask parity`: what each language's package has, against the tables of core. Each language prints its own
//! surface, as it finds it in the real package; a thing that is lacking fails, and so does one that is extra.

mod names;
mod surface;

use crate::codegen;
use crate::root;
use anyhow::{Context, Result, bail};
use std::process::Command;
use surface::Surface;

/// A language whose surface a script prints.
struct Language {
    name: &'static str,
    program: &'static str,
    script: &'static str,
}

const LANGUAGES: &[Language] = &[
    Language { name: "python", program: ".venv/bin/python", script: "bindings-python/tests/surface.py" },
    Language { name: "node", program: "node", script: "bindings-node/test/surface.mjs" },
];

/// How Python and Node say that a package is not there, or not built.
const NOT_BUILT: &[&str] = &["ModuleNotFoundError", "MODULE_NOT_FOUND", "ERR_DLOPEN_FAILED"];

enum Found {
    Surface(Surface),
    /// The tools or the build are missing: why.
    Missing(String),
}

pub fn run(require: bool) -> Result<()> {
    let tables = codegen::tables();
    let expected = Surface::of_tables(&tables)?;
    let mut faults = Vec::new();
    let mut skipped = Vec::new();
    println!("rust: checked by its compiler, in core/tests/surface.rs");
    for language in LANGUAGES {
        match language.surface()? {
            Found::Missing(why) => {
                println!("{}: SKIPPED, {why}", language.name);
                skipped.push(language.name);
            }
            Found::Surface(found) => {
                let differences = expected.differences(&found);
                println!("{}: {} things compared, {} differ", language.name, expected.len(), differences.len());
                faults.extend(differences.into_iter().map(|difference| format!("{} {difference}", language.name)));
            }
        }
    }
    let files = names::sources(&root())?;
    let named = names::find(&files, &tables)?;
    println!("bindings: {} Rust files searched for names of operations and codes of errors, {} found", files.len(), named.len());
    faults.extend(named);
    if require && !skipped.is_empty() {
        faults.push(format!("skipped, and --require was given: {}", skipped.join(", ")));
    }
    if !faults.is_empty() {
        bail!("the languages differ from the tables:\n  {}", faults.join("\n  "));
    }
    Ok(())
}

impl Language {
    fn surface(&self) -> Result<Found> {
        if !root().join(self.script).exists() {
            return Ok(Found::Missing(format!("{} is missing", self.script)));
        }
        let program = if self.program.contains('/') { root().join(self.program) } else { self.program.into() };
        let output = match Command::new(&program).arg(self.script).current_dir(root()).output() {
            Ok(output) => output,
            Err(_) => return Ok(Found::Missing(format!("{} cannot be run", self.program))),
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
