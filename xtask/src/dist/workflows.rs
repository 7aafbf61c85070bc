//! The lints of the scripts and of the workflows in `.github/workflows`.

use super::tools::Tools;
use crate::root;
use crate::steps::{Steps, read, run};
use std::path::PathBuf;
use std::process::Command;

const SCRIPTS: [&str; 2] = ["install.sh", ".ci/run"];
const WORKFLOWS: &str = ".github/workflows";

/// actionlint, as Go's tools name it.
const ACTIONLINT: &str = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12";

/// Checks the scripts by shellcheck, and the workflows by zizmor and actionlint. What cannot be installed is skipped.
pub fn lint(steps: &mut Steps) {
    const SHELL: &str = "scripts: shellcheck";
    const SECURITY: &str = "workflows: zizmor";
    const SYNTAX: &str = "workflows: actionlint";
    match Tools::install() {
        Err(missing) => {
            steps.skip(SHELL, &missing);
            steps.skip(SECURITY, &missing);
        }
        Ok(tools) => {
            steps.run(SHELL, || run(tools.command("shellcheck").args(SCRIPTS).current_dir(root())));
            let offline = ["--offline", "--quiet", "--pedantic", WORKFLOWS];
            steps.run(SECURITY, || run(tools.command("zizmor").args(offline).current_dir(root())));
        }
    }
    match actionlint() {
        Err(missing) => steps.skip(SYNTAX, &missing),
        Ok(program) => drop(steps.run(SYNTAX, || run(Command::new(program).current_dir(root())))),
    }
}

/// Installs actionlint with Go.
fn actionlint() -> Result<PathBuf, String> {
    let folder = root().join("target/dist/go");
    let program = folder.join(format!("actionlint{}", std::env::consts::EXE_SUFFIX));
    if program.exists() {
        return Ok(program);
    }
    read(Command::new("go").arg("version")).map_err(|_| "Go is not installed, which installs actionlint".to_owned())?;
    run(Command::new("go").args(["install", ACTIONLINT]).env("GOBIN", &folder))
        .map_err(|_| "actionlint cannot be installed".to_owned())?;
    Ok(program)
}
