//! The printed tables of a benchmark.

use super::Language;
use super::clients::{Client, Kind};
use super::measure::{Mode, Samples};
use super::targets::{Judged, best_peer};

/// The columns of a mode that measures whole processes.
const WHOLE: [(&str, &str); 5] = [
    ("process_cpu_ms", "CPU ms"),
    ("process_ms", "wall ms"),
    ("import_ms", "import ms"),
    ("import_cpu_ms", "import CPU ms"),
    ("import_rss_mb", "import RSS MB"),
];
/// The columns of a mode that measures many calls.
const CALLS: [(&str, &str); 2] = [("cpu_us", "CPU µs"), ("wall_us", "wall µs")];

pub fn print(language: Language, clients: &[Client], modes: &[Mode], samples: &Samples) {
    for (kind, called) in [(Kind::Sync, "sync"), (Kind::Async, "async")] {
        let clients: Vec<&Client> = clients.iter().filter(|client| client.kind == kind).collect();
        if clients.is_empty() {
            continue;
        }
        let called = if language == Language::Python { format!(" {called}") } else { String::new() };
        let measured = |mode: &&Mode| {
            clients.iter().any(|client| samples.0.get(&mode.label()).is_some_and(|of| of.contains_key(&client.name)))
        };
        for mode in modes.iter().filter(measured) {
            println!("\n{}{called}: {}", language.name(), mode.name);
            table(language, kind, &clients, mode.name, samples);
        }
    }
}

pub fn print_targets(judged: &[Judged]) {
    println!("\n{:<32}{:>10}{:>10}", "target", "measured", "at most");
    for target in judged {
        let measured = target.measured.map_or_else(|| "–".to_owned(), formatted);
        println!("{:<32}{measured:>10}{:>10}  {}", target.id, formatted(target.at_most), target.verdict());
    }
}

fn table(language: Language, kind: Kind, clients: &[&Client], mode: &str, samples: &Samples) {
    let columns: &[_] = if matches!(mode, "cold" | "import") { &WHOLE } else { &CALLS };
    let floor = match (language, kind) {
        (Language::Python, Kind::Sync) => "floor_sync",
        (Language::Python, Kind::Async) => "floor_async",
        (Language::Node, _) => "floor",
        (Language::Rust, _) => "reqwest",
    };
    let main = columns[0].0;
    let floor = samples.figure(mode, floor, main);
    let best = best_peer(kind, mode, samples);
    let mut rows: Vec<(f64, &Client)> =
        clients.iter().filter_map(|client| samples.figure(mode, &client.name, main).map(|value| (value, *client))).collect();
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let heads: String = columns.iter().map(|(_, head)| format!("{head:>15}")).collect();
    println!("{:<20}{heads}{:>10}{:>13}", "client", "× floor", "× best peer");
    for (value, client) in rows {
        let cells: String = columns
            .iter()
            .map(|(figure, _)| {
                format!("{:>15}", samples.figure(mode, &client.name, figure).map_or_else(|| "–".to_owned(), formatted))
            })
            .collect();
        let ratio = |of: Option<f64>| of.map_or_else(|| "–".to_owned(), |of| format!("{:.2}", value / of));
        println!("{:<20}{cells}{:>10}{:>13}", client.name, ratio(floor), ratio(best));
    }
}

/// A figure with about three digits.
pub fn formatted(value: f64) -> String {
    match value.abs() {
        1000.0.. => format!("{value:.0}"),
        10.0.. => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

/// Prints figures of all modes.
pub fn print_figures(samples: &Samples, figures: &[&str]) {
    let heads: String = figures.iter().map(|figure| format!("{figure:>14}")).collect();
    println!("\n{:<14}{:<20}{heads}", "mode", "");
    for (mode, of) in &samples.0 {
        for name in of.keys() {
            let value = |figure: &&str| samples.figure(mode, name, figure).map_or_else(|| "–".to_owned(), formatted);
            let cells: String = figures.iter().map(|figure| format!("{:>14}", value(figure))).collect();
            println!("{mode:<14}{name:<20}{cells}");
        }
    }
}
