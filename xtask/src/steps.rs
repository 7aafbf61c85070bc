//! Runs the steps of a task. Each is announced and timed, and listed at the end.

use anyhow::{Context, Result, bail};
use std::fmt;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::process::Command;
use std::time::{Duration, Instant};

/// How a step ended.
enum Outcome {
    Passed,
    Failed(String),
    /// The step was skipped, since this tool is missing.
    Skipped(String),
}

struct Step {
    name: String,
    outcome: Outcome,
    took: Duration,
}

/// Whether a task did everything.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Close {
    Complete,
    /// A step was skipped.
    Incomplete,
}

/// The steps of a task so far.
#[derive(Default)]
pub struct Steps(Vec<Step>);

impl Steps {
    /// Runs a step. A failure is printed and recorded, and the next step runs anyway.
    pub fn run<T>(&mut self, name: &str, work: impl FnOnce() -> Result<T>) -> Option<T> {
        println!("\n━━ {name}");
        let began = Instant::now();
        let (outcome, value) = match work() {
            Ok(value) => (Outcome::Passed, Some(value)),
            Err(error) => {
                let text = format!("{error:#}");
                println!("{name} failed: {text}");
                (Outcome::Failed(text), None)
            }
        };
        self.0.push(Step { name: name.to_owned(), outcome, took: began.elapsed() });
        value
    }

    /// Records that a step was skipped, and the missing tool.
    pub fn skip(&mut self, name: &str, missing: &str) {
        println!("\n━━ {name}: skipped, {missing}");
        self.0.push(Step { name: name.to_owned(), outcome: Outcome::Skipped(missing.to_owned()), took: Duration::ZERO });
    }

    /// Prints the result of each step, and returns whether all of them ran.
    ///
    /// # Errors
    /// If a step failed.
    pub fn finish(self) -> Result<Close> {
        let skipped = self.0.iter().any(|step| matches!(step.outcome, Outcome::Skipped(_)));
        self.close()?;
        Ok(if skipped { Close::Incomplete } else { Close::Complete })
    }

    /// Prints the result of each step.
    ///
    /// # Errors
    /// If a step failed.
    pub fn close(self) -> Result<()> {
        println!();
        let count = |wanted: fn(&Outcome) -> bool| self.0.iter().filter(|step| wanted(&step.outcome)).count();
        let failed = count(|outcome| matches!(outcome, Outcome::Failed(_)));
        for step in &self.0 {
            println!("{step}");
        }
        println!(
            "steps: {} passed, {failed} failed, {} skipped",
            count(|outcome| matches!(outcome, Outcome::Passed)),
            count(|outcome| matches!(outcome, Outcome::Skipped(_)))
        );
        if failed > 0 {
            bail!("{failed} steps failed");
        }
        Ok(())
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Step { name, outcome, took } = self;
        match outcome {
            Outcome::Passed => write!(f, "✓ {name} ({:.1} s)", took.as_secs_f64()),
            Outcome::Failed(why) => write!(f, "✗ {name} ({:.1} s): {why}", took.as_secs_f64()),
            Outcome::Skipped(missing) => write!(f, "– {name}: skipped, {missing}"),
        }
    }
}

/// Runs a command. Its output is that of this process; in CI only the last lines of a failed command are printed, so
/// that what failed is easy to find.
pub fn run(command: &mut Command) -> Result<()> {
    let line = command_line(command);
    println!("$ {line}");
    let mut log = if std::env::var_os("CI").is_some() { Some(tempfile::tempfile()?) } else { None };
    if let Some(log) = &log {
        command.stdout(log.try_clone()?).stderr(log.try_clone()?);
    }
    let status = command.status().with_context(|| format!("`{line}` cannot be started"))?;
    if status.success() {
        return Ok(());
    }
    if let Some(log) = &mut log {
        println!("{}", last_lines(log)?);
    }
    bail!("`{line}` ended with {status}");
}

/// The number of bytes of a failed command's output that are printed in CI.
const TAIL: u64 = 12_000;

fn last_lines(log: &mut File) -> Result<String> {
    let length = log.metadata()?.len();
    log.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    let mut bytes = Vec::new();
    log.read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let whole_lines = if length > TAIL { text.split_once('\n').map_or("", |(_, rest)| rest) } else { &text };
    Ok(whole_lines.to_owned())
}

/// Runs a command and returns its output. Its stderr is that of this process.
pub fn read(command: &mut Command) -> Result<String> {
    let line = command_line(command);
    let output =
        command.stderr(std::process::Stdio::inherit()).output().with_context(|| format!("`{line}` cannot be started"))?;
    if !output.status.success() {
        print!("{}", String::from_utf8_lossy(&output.stdout));
        bail!("`{line}` ended with {}", output.status);
    }
    Ok(String::from_utf8(output.stdout)?)
}

fn command_line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
