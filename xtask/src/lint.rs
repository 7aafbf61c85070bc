//! `cargo xtask lint`: the format and the lints of everything in Rust, and the floors of the core. Python's and JavaScript's
//! are part of their tests, where their tools are installed.

use crate::floors;
use crate::steps::{Steps, run};
use crate::toolchains::cargo;
use anyhow::Result;

pub enum Format {
    Check,
    Fix,
}

/// Runs every check, and fails if one does.
pub fn run_all(format: Format) -> Result<()> {
    let mut steps = Steps::default();
    let fmt: &[&str] = match format {
        Format::Check => &["fmt", "--all", "--check"],
        Format::Fix => &["fmt", "--all"],
    };
    steps.run("format", || run(&mut cargo(fmt)));
    steps.run("floors", floors::check);
    let clippy = ["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"];
    steps.run("lints", || run(&mut cargo(&clippy)));
    let phone = ["clippy", "--quiet", "--package", "agenthuman", "--no-default-features", "--", "-D", "warnings"];
    steps.run("lints of the core as a phone has it", || run(&mut cargo(&phone)));
    let doc = ["doc", "--quiet", "--no-deps", "--package", "agenthuman", "--package", "agenthuman-relay"];
    steps.run("documentation", || run(cargo(&doc).env("RUSTDOCFLAGS", "-D warnings")));
    steps.close()
}
