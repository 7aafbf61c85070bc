//! docs/reliability.md: every case, and what came of it in each client.

use super::{SIZE_CAP_BYTES, TIMEOUT_SECONDS, Trial};
use crate::root;
use anyhow::{Context, Result};
use std::fmt::Write;

const INTRODUCTION: &str = "\
# Reliability: what the clients do when the wire breaks the rules

Rendered by `cargo xtask hostile --write`. A hostile server has a port for each case. Each client makes one call there,
without retries, and then a second call that is answered well. Four things are checked: the kind of the outcome, the time
over the deadline (100 ms at most), the memory over the size cap of a response (24 MiB at most), and that the second call
gets its own response.

In the tables, `ok` is a result; any other word is the `code` of the error. The second call was right in every case.
";

pub fn write(trials: &[Trial]) -> Result<()> {
    let path = root().join("docs/reliability.md");
    std::fs::write(&path, render(trials)?).with_context(|| path.display().to_string())
}

fn render(trials: &[Trial]) -> Result<String> {
    let mut text = INTRODUCTION.to_owned();
    let cases = trials.first().context("no client was tried")?;
    writeln!(text, "\n## Figures\n")?;
    writeln!(text, "{} cases; timeout {TIMEOUT_SECONDS} s, size cap {} MiB.\n", cases.results.len(), SIZE_CAP_BYTES >> 20)?;
    writeln!(text, "| client | longest time over the deadline | most memory over the size cap |\n|---|---:|---:|")?;
    for trial in trials {
        writeln!(text, "| {} | {:.0} ms | {} MiB |", trial.client, trial.ms_over_deadline(), trial.mib_over_cap())?;
    }
    let mut group = "";
    for (row, (case, _)) in cases.results.iter().enumerate() {
        if case.group != group {
            group = &case.group;
            let names: Vec<_> = trials.iter().map(|trial| trial.client).collect();
            writeln!(text, "\n## {}\n", title(group))?;
            writeln!(text, "| case | operation | {} |\n|---|---|{}", names.join(" | "), "---|".repeat(names.len()))?;
        }
        let outcomes: Vec<_> = trials.iter().map(|trial| format!("`{}`", trial.results[row].1.outcome)).collect();
        writeln!(text, "| {} | {} | {} |", case.name, case.call, outcomes.join(" | "))?;
    }
    Ok(text)
}

fn title(group: &str) -> String {
    let mut letters = group.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().to_string() + letters.as_str())
}
