//! `cargo xtask bench`: the cost of a call in each language, compared with a floor and other clients, and whether the targets are
//! met. bench/README.md explains the output.

mod clients;
mod growth;
pub mod instructions;
mod machine;
mod measure;
mod page;
mod plots;
mod processes;
mod relay;
mod report;
mod results;
pub mod setup;
mod targets;

use crate::root;
use crate::toolchains;
use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use clients::Client;
use machine::Machine;
use measure::{Mode, Samples};
use results::Outcome;
use std::path::PathBuf;

#[derive(Args, Clone)]
pub struct Options {
    /// Language or part to measure.
    what: Choice,
    /// Measure only the clients whose name matches.
    #[arg(long, value_name = "REGEX", value_parser = regex_lite::Regex::new)]
    only: Option<regex_lite::Regex>,
    /// Measure only these modes, separated by commas.
    #[arg(long, value_delimiter = ',')]
    modes: Vec<String>,
    /// Number of rounds for each client and mode; of times the lowest counts.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Three short rounds, without slow clients.
    #[arg(long)]
    quick: bool,
    /// Measure memory over a million calls instead of a hundred thousand.
    #[arg(long)]
    long: bool,
    /// Measure the last build of this project.
    #[arg(long)]
    no_build: bool,
}

impl Options {
    fn selects(&self, client: &str) -> bool {
        self.only.as_ref().is_none_or(|only| only.is_match(client))
    }

    fn rounds(&self) -> u32 {
        if self.quick { self.rounds.min(3) } else { self.rounds }
    }

    /// The duration of a measured loop.
    fn seconds(&self) -> f64 {
        if self.quick { 0.2 } else { 0.6 }
    }

    fn wants(&self, mode: &str) -> bool {
        self.modes.is_empty() || self.modes.iter().any(|wanted| wanted == mode)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Choice {
    Python,
    Node,
    Rust,
    /// The relay, and the sandbox
    Relay,
    /// All of the above
    All,
    /// More and more calls at a time and longer lists
    Growth,
    /// Write docs/performance.md and its plots from the last results
    Plots,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Language {
    Python,
    Node,
    Rust,
}

impl Language {
    fn name(self) -> &'static str {
        match self {
            Language::Python => "python",
            Language::Node => "node",
            Language::Rust => "rust",
        }
    }

    /// Sets up the clients that the options select.
    fn clients(self, options: &Options) -> Result<Vec<Client>> {
        Ok(match self {
            Language::Rust => clients::rust(options),
            Language::Python => clients::python(&toolchains::python().map_err(anyhow::Error::msg)?, options)?,
            Language::Node => clients::node(&toolchains::node().map_err(anyhow::Error::msg)?, options)?,
        })
    }

    /// The modes of the language. Rust has none for whole processes.
    fn modes(self) -> Vec<Mode> {
        let mut modes =
            vec![Mode::one("seq"), Mode::at_a_time("conc"), Mode::one("post"), Mode::list("list"), Mode::list("walk")];
        if self != Language::Rust {
            modes.extend(["young", "cold", "import", "construct"].map(Mode::one));
        }
        modes
    }
}

/// The folder for builds, installed packages and results, which git ignores.
fn folder() -> PathBuf {
    root().join(".bench")
}

pub fn run(options: &Options) -> Result<()> {
    if options.what == Choice::Plots {
        return page::write();
    }
    std::fs::create_dir_all(folder().join("results"))?;
    let languages = match options.what {
        Choice::Python => vec![Language::Python],
        Choice::Node => vec![Language::Node],
        Choice::Rust => vec![Language::Rust],
        Choice::Relay | Choice::Growth | Choice::Plots => vec![],
        Choice::All => vec![Language::Rust, Language::Python, Language::Node],
    };
    if !options.no_build {
        setup::rust()?;
    }
    for language in languages {
        bench(language, options).with_context(|| format!("the benchmark of {}", language.name()))?;
    }
    if matches!(options.what, Choice::Relay | Choice::All) {
        relay::run(options).context("the benchmark of the relay")?;
    }
    if options.what == Choice::Growth {
        growth::run(options)?;
    }
    Ok(())
}

fn bench(language: Language, options: &Options) -> Result<()> {
    let clients = language.clients(options)?;
    let mut modes = language.modes();
    modes.retain(|mode| options.wants(mode.name));
    let mut samples = Samples::default();
    measure::rounds(&clients, &modes, options, &mut samples)?;
    if clients.iter().any(Client::is_ours) {
        setup::sizes(language, &mut samples)?;
    }
    report::print(language, &clients, &modes, &samples);
    finish(language.name(), options, samples)
}

/// Prints the targets, and writes the result file.
fn finish(benchmark: &str, options: &Options, samples: Samples) -> Result<()> {
    let outcome = Outcome {
        benchmark: benchmark.to_owned(),
        at: Outcome::now(),
        machine: Machine::now(),
        tools: toolchains::versions(),
        rounds: options.rounds(),
        quick: options.quick,
        samples,
    };
    report::print_targets(&outcome.judged());
    outcome.write()
}
