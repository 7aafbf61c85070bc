//! `cargo xtask bench plots`: the tables of targets in docs/performance.md, between its two marks, and its plots.

use super::plots::{self, Bar, Line, Panel};
use super::report::formatted;
use super::results::{Outcome, last};
use super::{Language, growth};
use crate::root;
use anyhow::{Context, Result};
use jiff::Timestamp;
use std::fmt::Write;
use std::fs;

const BEGIN: &str = "<!-- targets: written by `cargo xtask bench plots` -->\n";
const END: &str = "<!-- /targets -->";

/// The plots of calls: language, ending of the names of its clients, file.
const CALLS: [(Language, &str, &str); 4] = [
    (Language::Python, "_sync", "python-sync"),
    (Language::Python, "_async", "python-async"),
    (Language::Node, "", "node"),
    (Language::Rust, "", "rust"),
];

/// The lines of the plot of growth: language, client, its name in the plot, and the numbers of calls at a time.
const GROWTH: [(Language, &str, &str, &[usize]); 4] = [
    (Language::Python, "agenthuman_sync", "Python, threads", growth::THREADS),
    (Language::Python, "agenthuman_async", "Python, async", growth::IN_FLIGHT),
    (Language::Node, "agenthuman", "Node", growth::IN_FLIGHT),
    (Language::Rust, "agenthuman", "Rust", growth::IN_FLIGHT),
];

pub fn write() -> Result<()> {
    let path = root().join("docs/performance.md");
    let page = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    fs::write(&path, between_marks(&page, &tables()?)?)?;
    let folder = root().join("docs/performance");
    fs::create_dir_all(&folder)?;
    for (language, ending, name) in CALLS {
        if let Some(outcome) = last(language.name())? {
            let panels =
                [("seq", "one by one"), ("conc", "many at a time")].map(|(mode, title)| (title, bars(&outcome, mode, ending)));
            plots::bars(&folder.join(format!("{name}.svg")), &panels)?;
        }
    }
    plots::lines(&folder.join("growth.svg"), &growth_panels()?)
}

/// Replaces the text between the marks.
fn between_marks(page: &str, text: &str) -> Result<String> {
    let (before, rest) = page.split_once(BEGIN).context("docs/performance.md has no mark for the targets")?;
    let (_, after) = rest.split_once(END).context("docs/performance.md has no mark at the end of the targets")?;
    Ok([before, BEGIN, text, END, after].concat())
}

fn tables() -> Result<String> {
    let mut text = String::new();
    for (benchmark, title) in [
        ("python", "Python"),
        ("node", "Node"),
        ("rust", "Rust"),
        ("relay", "Relay and sandbox"),
        ("growth-python", "Growth, Python"),
        ("growth-node", "Growth, Node"),
        ("growth-rust", "Growth, Rust"),
    ] {
        writeln!(text, "\n### {title}\n")?;
        match last(benchmark)? {
            Some(outcome) => text += &table(&outcome)?,
            None => writeln!(text, "Not measured.")?,
        }
    }
    Ok(text + "\n")
}

fn table(outcome: &Outcome) -> Result<String> {
    let machine = &outcome.machine;
    let date = Timestamp::from_second(outcome.at)?.strftime("%Y-%m-%d");
    let load = machine.load.map_or_else(String::new, |load| format!(", load {load:.1}"));
    let quick = if outcome.quick { "quick " } else { "" };
    let rounds = format!("{} {quick}round{}", outcome.rounds, if outcome.rounds == 1 { "" } else { "s" });
    let mut text = format!("{date}, {}, {} cores, {}{load}, {rounds}.\n\n", machine.processor, machine.cores, machine.system);
    writeln!(text, "| target | measured | at most | |\n|---|---:|---:|---|")?;
    for target in outcome.judged() {
        let measured = target.measured.map_or_else(|| "–".to_owned(), formatted);
        writeln!(text, "| `{}` | {measured} | {} | {} |", target.id, formatted(target.at_most), target.verdict())?;
    }
    Ok(text)
}

fn bars(outcome: &Outcome, mode: &str, ending: &str) -> Vec<Bar> {
    let clients = outcome.samples.0.get(mode).into_iter().flatten();
    let clients = clients.filter(|(name, _)| name.ends_with(ending) && !name.contains("bytes"));
    let bar = |name: &String| {
        let value = outcome.samples.figure(mode, name, "cpu_us")?;
        Some(Bar { name: name.trim_end_matches(ending).replace('_', " "), value })
    };
    let mut bars: Vec<Bar> = clients.filter_map(|(name, _)| bar(name)).collect();
    bars.sort_by(|a, b| a.value.total_cmp(&b.value));
    bars
}

fn growth_panels() -> Result<[Panel; 3]> {
    let panel = |title, x| Panel { title, x, lines: Vec::new() };
    let mut panels = [
        panel("CPU per call, µs", plots::Axis::Powers("calls at a time")),
        panel("CPU per session of a list, µs", plots::Axis::Powers("sessions")),
        panel("highest resident memory, MB", plots::Axis::Even("sessions")),
    ];
    for (at, (language, client, name, calls)) in GROWTH.into_iter().enumerate() {
        let Some(outcome) = last(&format!("growth-{}", language.name()))? else { continue };
        #[expect(clippy::cast_precision_loss, reason = "numbers of calls and sessions")]
        let points = |mode: &str, figure: &str, numbers: &[usize]| -> Vec<(f64, f64)> {
            let value = |number: usize| outcome.samples.figure(&super::measure::label(mode, number), client, figure);
            numbers.iter().filter_map(|&number| Some((number as f64, value(number)?))).collect()
        };
        let rows = points("list", "cpu_us", growth::ROWS);
        let points = [
            points("conc", "cpu_us", calls),
            rows.into_iter().map(|(number, value)| (number, value / number)).collect(),
            points("list", "peak_rss_mb", growth::ROWS),
        ];
        for (panel, points) in panels.iter_mut().zip(points) {
            panel.lines.push(Line { name, color: at, points });
        }
    }
    Ok(panels)
}

#[cfg(test)]
mod tests {
    use super::{BEGIN, END, between_marks};

    #[test]
    fn text_outside_the_marks_is_kept() {
        let page = format!("# Title\n{BEGIN}old\n{END}\nend\n");
        assert_eq!(between_marks(&page, "new\n").unwrap(), format!("# Title\n{BEGIN}new\n{END}\nend\n"));
        assert!(between_marks("# Title\n", "new\n").is_err());
    }
}
