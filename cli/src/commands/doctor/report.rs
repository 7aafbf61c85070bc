//! The results of the checks, and their output.

use crate::failure::Failure;
use crate::output::{DIM, GREEN, Output, RED, YELLOW, plain};
use serde::Serialize;
use serde_json::json;
use std::io;

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    Ok,
    Warn,
    Fail,
    Skipped,
}

#[derive(Serialize)]
pub struct Check {
    outcome: Outcome,
    message: String,
    /// How to fix it.
    suggestion: Option<String>,
}

impl Check {
    fn new(outcome: Outcome, message: impl Into<String>, suggestion: Option<String>) -> Check {
        Check { outcome, message: plain(&message.into()), suggestion }
    }

    pub fn ok(message: impl Into<String>) -> Check {
        Check::new(Outcome::Ok, message, None)
    }

    pub fn warn(message: impl Into<String>, suggestion: impl Into<String>) -> Check {
        Check::new(Outcome::Warn, message, Some(suggestion.into()))
    }

    pub fn fail(message: impl Into<String>, suggestion: impl Into<String>) -> Check {
        Check::new(Outcome::Fail, message, Some(suggestion.into()))
    }

    pub fn skipped(reason: impl Into<String>) -> Check {
        Check::new(Outcome::Skipped, reason, None)
    }

    pub fn from_failure(failure: &Failure) -> Check {
        let (message, suggestion) = failure.words();
        Check::new(Outcome::Fail, message, suggestion)
    }
}

#[derive(Default)]
pub struct Report {
    checks: Vec<(&'static str, Check)>,
}

impl Report {
    pub fn add(&mut self, name: &'static str, check: Check) {
        self.checks.push((name, check));
    }

    pub fn is_ok(&self) -> bool {
        self.count(Outcome::Fail) == 0
    }

    fn count(&self, outcome: Outcome) -> usize {
        self.checks.iter().filter(|(_, check)| check.outcome == outcome).count()
    }

    pub fn show(&self, output: &Output) -> io::Result<()> {
        if output.json {
            let checks: Vec<_> = self
                .checks
                .iter()
                .map(|(name, check)| {
                    json!({ "check": name, "outcome": check.outcome, "message": check.message, "suggestion": check.suggestion })
                })
                .collect();
            return output.document(&json!({ "ok": self.is_ok(), "checks": checks }));
        }
        let lines: Vec<String> = self.checks.iter().map(|(name, check)| line(name, check)).collect();
        output.text(&lines.join("\n"))?;
        let summary = match (self.count(Outcome::Fail), self.count(Outcome::Warn)) {
            (0, 0) => "All checks passed.".to_owned(),
            (0, warnings) => format!("No check failed; {warnings} warned."),
            (failures, _) => format!("{failures} failed."),
        };
        output.note(&format!("\n{summary}"));
        Ok(())
    }
}

fn line(name: &str, check: &Check) -> String {
    let (style, word) = match check.outcome {
        Outcome::Ok => (GREEN, "ok"),
        Outcome::Warn => (YELLOW, "warn"),
        Outcome::Fail => (RED, "fail"),
        Outcome::Skipped => (DIM, "skipped"),
    };
    let suggestion = check.suggestion.as_deref().map(|suggestion| format!(" → {suggestion}")).unwrap_or_default();
    let label = name.replace('_', " ").replace("api", "API").replace("url", "URL");
    format!("{style}{word:<7}{style:#}  {label:<14}  {}{suggestion}", check.message)
}
