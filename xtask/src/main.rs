//! `cargo xtask`: the project's own tasks.

mod bench;
mod codegen;
mod demo;
mod floors;
mod frameworks;
mod hostile;
mod kotlin;
mod lint;
mod mobile;
mod notices;
mod packages;
mod parity;
mod programs;
mod steps;
mod swift;
mod test;
mod toolchains;
mod version;

use anyhow::Result;
use clap::{Parser, Subcommand};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Parser)]
#[command(about = "The project's own tasks", version)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Runs the main job in every language on a sandbox of its own, or, with AGENTHUMAN_API_KEY and
    /// AGENTHUMAN_BASE_URL set, the key's part of it on that service.
    Demo,
    /// Runs every test of every language, installing what they need into folders inside the checkout.
    Test {
        /// Only these.
        suites: Vec<test::Suite>,
        /// The long ones too, each at its full length.
        #[arg(long)]
        full: bool,
    },
    /// Checks format, lints, spelling and dependencies in every language, the floors of the core, and the version.
    Lint {
        /// Format, and fix what the lints can fix.
        #[arg(long)]
        fix: bool,
    },
    /// Writes the version to every file that has it.
    Version {
        /// Such as 0.2.0.
        version: String,
    },
    /// Renders everything that is generated and committed: contract/, the APIs of all languages from the tables in core, and
    /// what UniFFI generates.
    Codegen {
        /// Write nothing; fail where a file differs from what would be written.
        #[arg(long)]
        check: bool,
    },
    /// Compares each language's package with the tables in core.
    Parity {
        /// Fail where a language cannot be checked, for want of its tools or its build.
        #[arg(long)]
        require: bool,
    },
    /// Builds the library of Swift and Kotlin as it is shipped, for this platform, and says what fills it.
    Mobile,
    /// The Swift package: its tests and, on a Mac, its XCFramework.
    Swift {
        #[arg(value_enum, default_value = "test")]
        job: swift::Job,
    },
    /// The Kotlin package: its tests, or its jar.
    Kotlin {
        #[arg(value_enum, default_value = "test")]
        job: kotlin::Job,
    },
    /// Tries each client on a server that breaks the rules of HTTP, TLS and HTTP/2.
    Hostile(hostile::Options),
    /// Writes the licences of the crates that are compiled into a package.
    Notices(notices::Options),
    /// Measures what calls cost, beside the floor and the peers of each language.
    Bench(bench::Options),
}

fn main() -> ExitCode {
    match run(Arguments::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        // In one line: a backtrace would say nothing of the command that failed.
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<()> {
    match task {
        Task::Demo => demo::run_all(),
        Task::Test { suites, full } => test::run_suites(&suites, full),
        Task::Lint { fix } => lint::run_all(if fix { lint::Mode::Fix } else { lint::Mode::Check }),
        Task::Version { version } => version::write(&version),
        Task::Codegen { check } => codegen::run(if check { codegen::Drift::Report } else { codegen::Drift::Write }),
        Task::Parity { require } => parity::run(if require { parity::EVERY } else { &[] }),
        Task::Mobile => mobile::weigh(),
        Task::Swift { job } => swift::run_job(job),
        Task::Kotlin { job } => kotlin::run_job(job),
        Task::Notices(options) => notices::run(&options),
        Task::Hostile(options) => hostile::run(&options),
        Task::Bench(options) => bench::run(&options),
    }
}

/// The root of the checkout.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(PathBuf::new, Path::to_path_buf)
}
