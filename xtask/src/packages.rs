//! The packages of Python and Node, built as a step of a task.

use crate::steps::Steps;
use crate::toolchains;
use std::path::PathBuf;

/// The package in its virtual environment; nothing if Python is missing or the build fails.
pub fn python_built(steps: &mut Steps) -> Option<PathBuf> {
    let python = match toolchains::python() {
        Ok(python) => python,
        Err(missing) => {
            steps.skip("Python", &missing);
            return None;
        }
    };
    steps.run("Python, built", || {
        let bin = toolchains::venv(&python)?;
        toolchains::python_package(&bin)?;
        Ok(bin)
    })
}

/// Node, with the package built in its folder; nothing if Node is missing or the build fails.
pub fn node_built(steps: &mut Steps) -> Option<PathBuf> {
    match toolchains::node() {
        Ok(node) => steps.run("Node, built", || toolchains::node_package().map(|()| node)),
        Err(missing) => {
            steps.skip("Node", &missing);
            None
        }
    }
}
