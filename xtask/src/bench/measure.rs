//! The rounds: in each, every client runs once in every mode, in random order, each run in a separate process.

use super::Options;
use super::clients::{Client, Kind, pinned};
use super::processes::{Server, key};
use crate::steps::read;
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::process::Command;
use std::time::Instant;

/// The number of sessions in the long list.
const LONG_LIST: usize = 10_000;

#[derive(Clone, Copy)]
pub struct Mode {
    pub name: &'static str,
    /// The number of calls or sessions, if the mode is measured for several.
    step: Option<usize>,
    /// The number of sessions in a response.
    sessions: usize,
    /// The number of concurrent calls of a sync and an async client.
    at_a_time: (usize, usize),
}

impl Mode {
    pub fn one(name: &'static str) -> Mode {
        Mode { name, step: None, sessions: 1, at_a_time: (1, 1) }
    }

    /// Many concurrent calls. For a sync client: a realistic number of threads.
    pub fn at_a_time(name: &'static str) -> Mode {
        Mode { at_a_time: (16, 64), ..Mode::one(name) }
    }

    pub fn list(name: &'static str) -> Mode {
        Mode { sessions: LONG_LIST, ..Mode::one(name) }
    }

    /// Concurrent calls, one step of their growth.
    pub fn calls(number: usize) -> Mode {
        Mode { step: Some(number), at_a_time: (number, number), ..Mode::one("conc") }
    }

    /// A list, one step of its growth.
    pub fn rows(number: usize) -> Mode {
        Mode { step: Some(number), sessions: number, ..Mode::one("list") }
    }

    /// The name of its figures.
    pub fn label(&self) -> String {
        self.step.map_or_else(|| self.name.to_owned(), |step| label(self.name, step))
    }
}

/// The name of the figures of one step.
pub fn label(mode: &str, step: usize) -> String {
    format!("{mode}-{step}")
}

/// The measured figures of each run, by mode and client.
#[derive(Default, Serialize, Deserialize)]
pub struct Samples(pub BTreeMap<String, BTreeMap<String, Vec<BTreeMap<String, f64>>>>);

impl Samples {
    pub fn add(&mut self, mode: &str, client: &str, mut figures: BTreeMap<String, f64>) {
        // JSON has no other numbers.
        figures.retain(|_, value| value.is_finite());
        self.0.entry(mode.to_owned()).or_default().entry(client.to_owned()).or_default().push(figures);
    }

    /// The figure over all rounds: of times the lowest, since what else runs on the machine, or beside it on the same processor, only
    /// adds to them; of sizes the median.
    pub fn figure(&self, mode: &str, client: &str, figure: &str) -> Option<f64> {
        let mut values: Vec<f64> =
            self.0.get(mode)?.get(client)?.iter().filter_map(|figures| figures.get(figure).copied()).collect();
        values.sort_by(f64::total_cmp);
        if figure.ends_with("_us") || figure.ends_with("_ms") {
            return values.first().copied();
        }
        let middle = values.len() / 2;
        match values.len() {
            0 => None,
            length if length % 2 == 1 => Some(values[middle]),
            _ => Some(f64::midpoint(values[middle - 1], values[middle])),
        }
    }
}

pub fn rounds(clients: &[Client], modes: &[Mode], options: &Options, samples: &mut Samples) -> Result<()> {
    let server = Server::start()?;
    let key = key();
    let (rounds, seconds) = (options.rounds(), options.seconds());
    for round in 1..=rounds {
        for mode in modes {
            let mut order: Vec<&Client> = clients.iter().filter(|client| client.has(mode.name)).collect();
            fastrand::shuffle(&mut order);
            for client in order {
                measure(client, mode, seconds, &server.base, &key, samples);
            }
        }
        eprintln!("finished round {round} of {rounds}");
    }
    if options.wants("memory") {
        let calls = if options.long {
            1_000_000
        } else if options.quick {
            20_000
        } else {
            100_000
        };
        let mode = Mode { at_a_time: (calls, calls), ..Mode::one("memory") };
        for client in clients.iter().filter(|client| client.has(mode.name)) {
            measure(client, &mode, seconds, &server.base, &key, samples);
        }
    }
    Ok(())
}

/// Runs a client. If it fails, prints the error and continues with the others.
fn measure(client: &Client, mode: &Mode, seconds: f64, base: &str, key: &str, samples: &mut Samples) {
    match run(client, mode, seconds, base, key) {
        Ok(figures) => samples.add(&mode.label(), &client.name, figures),
        Err(error) => eprintln!("{} failed in {}: {error:#}", client.name, mode.name),
    }
}

fn run(client: &Client, mode: &Mode, seconds: f64, base: &str, key: &str) -> Result<BTreeMap<String, f64>> {
    let (words, variables) = client.words();
    let amount = if client.kind == Kind::Sync { mode.at_a_time.0 } else { mode.at_a_time.1 };
    // Each call needs some time, and the first ones connect.
    #[expect(clippy::cast_precision_loss, reason = "a number of calls at a time")]
    let seconds = if mode.name == "conc" { seconds.max(amount as f64 / 5000.0) } else { seconds };
    let mut command = pinned(0, &words);
    figures(command.envs(variables), mode.name, &format!("{base}/n/{}", mode.sessions), seconds, amount, key)
}

/// Runs a client in a mode, and returns the figures that it prints.
pub fn figures(
    command: &mut Command,
    mode: &str,
    base: &str,
    seconds: f64,
    amount: usize,
    key: &str,
) -> Result<BTreeMap<String, f64>> {
    command
        .args([mode, base, &seconds.to_string(), &amount.to_string()])
        .env("AGENTHUMAN_BENCH_KEY", key)
        // Clients must connect directly, without the proxies of this machine.
        .env("NO_PROXY", "127.0.0.1");
    let began = Instant::now();
    let output = read(command)?;
    let took = began.elapsed().as_secs_f64() * 1e3;
    let line = output.lines().last().unwrap_or_default();
    let figures: serde_json::Map<String, serde_json::Value> = serde_json::from_str(line).context("no figures were printed")?;
    let mut figures: BTreeMap<String, f64> =
        figures.into_iter().filter_map(|(name, value)| Some((name, value.as_f64()?))).collect();
    figures.insert("process_ms".to_owned(), took);
    Ok(figures)
}

#[cfg(test)]
mod tests {
    use super::Samples;

    #[test]
    fn of_times_the_lowest_counts_and_of_sizes_the_median() {
        let mut samples = Samples::default();
        for value in [5.0, 1.0, 3.0] {
            samples.add("seq", "ours", ["cpu_us", "drift_mb"].map(|figure| (figure.to_owned(), value)).into());
        }
        assert_eq!(samples.figure("seq", "ours", "cpu_us"), Some(1.0));
        assert_eq!(samples.figure("seq", "ours", "drift_mb"), Some(3.0));
        samples.add("seq", "ours", [("drift_mb".to_owned(), 4.0)].into());
        assert_eq!(samples.figure("seq", "ours", "drift_mb"), Some(3.5));
        assert_eq!(samples.figure("seq", "ours", "wall_us"), None);
    }
}
