//! docs/reliability.md: the figures of each client, and the outcome of every case.

use super::{Case, Plan, SIZE_CAP_BYTES, Trial};
use crate::root;
use anyhow::{Context, Result};
use std::fmt::Write;

const INTRODUCTION: &str = "\
# Reliability: what the clients do if the server breaks the rules

A test server breaks the rules of TCP, TLS, HTTP/1.1, HTTP/2 or JSON in one way per port. Each client makes one call there,
without retries, and then a second call, to which the server sends a good response. Checked are, for each case:

- the outcome: a result, or the right kind of error;
- the time: at most 100 ms over the deadline of the call;
- the memory: at most 24 MiB over the size cap of a response;
- the second call: it returns its own result, whatever is left of the first one.

This page is written by `cargo xtask hostile --write`, from development builds of the packages, which are slower than the
released ones. `cargo xtask hostile --short` is part of every continuous integration run; there each client tries a quarter
of the cases. The cases are in `testing/src/hostile/cases`.
";

pub fn write(trials: &[Trial], plan: &Plan) -> Result<()> {
    let path = root().join("docs/reliability.md");
    std::fs::write(&path, render(trials, plan)?).with_context(|| path.display().to_string())
}

fn render(trials: &[Trial], plan: &Plan) -> Result<String> {
    let mut text = INTRODUCTION.to_owned();
    let first = trials.first().context("no client was tried")?;
    let cases: Vec<_> = first.results.iter().map(|(case, _)| case).collect();
    writeln!(text, "\n## Figures\n")?;
    writeln!(
        text,
        "{} cases, all of which passed in each client. Timeout: {} s. Size cap: {} MiB.\n",
        cases.len(),
        plan.timeout_seconds,
        SIZE_CAP_BYTES >> 20
    )?;
    writeln!(text, "| client | cases | longest time over the deadline | most memory over the size cap |\n|---|---:|---:|---:|")?;
    for trial in trials {
        let (ms, mib) = (trial.ms_over_deadline(plan), trial.mib_over_cap());
        writeln!(text, "| {} | {} | {ms:.0} ms | {mib} MiB |", trial.client, trial.results.len())?;
    }
    writeln!(text, "\n## Cases\n")?;
    writeln!(text, "`ok` is a result; any other word is the `code` of the error.")?;
    for group in cases.chunk_by(|one, next| one.group == next.group) {
        writeln!(text, "\n### {} ({})\n\n| case | outcome |\n|---|---|", title(&group[0].group), group.len())?;
        for case in group {
            writeln!(text, "| {} | {} |", case.name, outcomes(trials, case))?;
        }
    }
    Ok(text)
}

/// The outcome of a case: one, or each client's if they differ, since several may be right.
fn outcomes(trials: &[Trial], case: &Case) -> String {
    let outcome = |trial: &Trial| {
        let found = trial.results.iter().find(|(other, _)| (&other.group, &other.name) == (&case.group, &case.name));
        found.map_or_else(|| "not tried".to_owned(), |(_, outcome)| format!("`{}`", outcome.outcome))
    };
    let each: Vec<String> = trials.iter().map(outcome).collect();
    if each.iter().all(|other| *other == each[0]) {
        return each[0].clone();
    }
    let named = trials.iter().zip(&each).map(|(trial, outcome)| format!("{}: {outcome}", trial.client));
    named.collect::<Vec<_>>().join("; ")
}

fn title(group: &str) -> String {
    let mut letters = group.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().to_string() + letters.as_str())
}
