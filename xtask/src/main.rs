//! `cargo xtask`: the project's own tasks.

mod archive;
mod backend;
mod bench;
mod codegen;
mod demo;
mod dist;
mod docs;
mod floors;
mod frameworks;
mod hostile;
mod kotlin;
mod lint;
mod metadata;
mod mobile;
mod mode;
mod notices;
mod packages;
mod parity;
mod programs;
mod service;
mod source_files;
mod steps;
mod swift;
mod test;
mod toolchains;
mod unpublished;
mod version;

use anyhow::Result;
use bench::instructions::{self, Counts};
use clap::{Parser, Subcommand};
use service::Demo;
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
    /// Runs a conversation in every language on a sandbox, or, with AGENTHUMAN_API_KEY and
    /// AGENTHUMAN_BASE_URL set, the part that needs only a key on that service.
    Demo {
        /// Open, look at and end a session in a room instead, and meet the plan's limit. On a real service, set ROOM_URL and
        /// ROOM_TOKEN too; the session costs a minute in each language.
        #[arg(long)]
        rooms: bool,
    },
    /// Runs the tests of every language. Dependencies are installed into folders of the checkout.
    Test {
        /// Run only these suites.
        suites: Vec<test::Suite>,
        /// Include the long suites, at full length.
        #[arg(long)]
        full: bool,
    },
    /// Checks format, lints, spelling and dependencies in every language, the floors of the core, and the version.
    Lint {
        /// Format, and fix what the lints can fix.
        #[arg(long)]
        fix: bool,
    },
    /// Writes the version, and the project's links of Cargo.toml, to every file that has them.
    Version {
        /// Such as 0.2.0.
        version: String,
    },
    /// Renders everything that is generated and committed: contract/, the APIs of all languages from the tables in core, and
    /// what UniFFI generates.
    Codegen {
        /// Write nothing, and fail if a file is out of date.
        #[arg(long)]
        check: bool,
    },
    /// Compares each language's package with the tables in core.
    Parity {
        /// Fail if a language is not checked because its tools or its build are missing.
        #[arg(long)]
        require: bool,
    },
    /// Builds the released library for Swift and Kotlin for this platform, and prints what contributes to its size.
    Mobile,
    /// The Swift package: its tests, the package of a release and, on a Mac, the XCFramework.
    Swift {
        #[command(subcommand)]
        job: Option<swift::Job>,
    },
    /// The Kotlin package: its tests, its jar, or the package for Android.
    Kotlin {
        #[command(subcommand)]
        job: Option<kotlin::Job>,
    },
    /// Runs each client against a server that breaks the rules of HTTP, TLS and HTTP/2.
    Hostile(hostile::Options),
    /// Builds, checks and tries the packages of a release. The exit code is 3 if a step was skipped, since a tool is missing.
    #[command(subcommand)]
    Dist(dist::Job),
    /// Builds the site of the documentation in target/docs/site, and checks its links. The exit code is 3 if the reference of a
    /// language was skipped, since a tool is missing.
    Docs(docs::Options),
    /// Writes the licences of the crates that are compiled into a package.
    Notices(notices::Options),
    /// Measures the cost of calls, compared with a floor and other clients of each language.
    Bench(bench::Options),
    /// Counts the instructions of six workloads, and fails if one needs over 5 % more than accepted.
    Instructions {
        /// Accept the counts.
        #[arg(long)]
        accept: bool,
    },
}

/// The exit code of `dist` if all steps that ran passed, and some did not run.
const INCOMPLETE: u8 = 3;

fn main() -> ExitCode {
    match run(Arguments::parse().task) {
        Ok(steps::Close::Complete) => ExitCode::SUCCESS,
        Ok(steps::Close::Incomplete) => ExitCode::from(INCOMPLETE),
        // In one line: a backtrace would not help, since a command failed.
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<steps::Close> {
    match task {
        Task::Dist(job) => return dist::run_job(job),
        Task::Docs(options) => return docs::run(&options),
        Task::Demo { rooms } => demo::run_all(if rooms { Demo::Rooms } else { Demo::Conversation }),
        Task::Test { suites, full } => test::run_suites(&suites, full),
        Task::Lint { fix } => lint::run_all(if fix { mode::Mode::Fix } else { mode::Mode::Check }),
        Task::Version { version } => version::write(&version),
        Task::Codegen { check } => codegen::run(if check { codegen::Drift::Report } else { codegen::Drift::Write }),
        Task::Parity { require } => parity::run(if require { parity::EVERY } else { &[] }),
        Task::Mobile => mobile::weigh(),
        Task::Swift { job } => swift::run_job(job.unwrap_or(swift::Job::Test)),
        Task::Kotlin { job } => kotlin::run_job(job.unwrap_or(kotlin::Job::Test)),
        Task::Notices(options) => notices::run(&options),
        Task::Hostile(options) => hostile::run(&options),
        Task::Bench(options) => bench::run(&options),
        Task::Instructions { accept } => instructions::run(if accept { Counts::Accept } else { Counts::Compare }),
    }
    .map(|()| steps::Close::Complete)
}

/// The root of the checkout.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(PathBuf::new, Path::to_path_buf)
}
