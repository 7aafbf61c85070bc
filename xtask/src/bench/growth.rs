//! `cargo xtask bench growth`: the cost of a call with more calls in flight or more threads, and time and memory of longer lists.

use super::clients::{Client, Kind};
use super::measure::{Mode, Samples, rounds};
use super::{Language, Options, report};
use anyhow::Result;

/// The numbers of threads of a sync client.
pub const THREADS: &[usize] = &[1, 4, 16, 64];
/// The numbers of calls in flight of an async client.
pub const IN_FLIGHT: &[usize] = &[1, 10, 100, 1000, 10_000];
/// The numbers of sessions in a list.
pub const ROWS: &[usize] = &[1000, 10_000, 100_000];

/// The clients that are measured: ours, and in each language one that others would use instead.
const CLIENTS: &str = "^(agenthuman|pyreqwest|undici$|reqwest$)";

/// Measures some clients, or those that `--only` selects.
pub fn run(options: &Options) -> Result<()> {
    let only = options.only.clone().or(regex_lite::Regex::new(CLIENTS).ok());
    let modes = ["conc", "list"].into_iter().filter(|mode| options.wants(mode)).map(str::to_owned).collect();
    let options = Options { only, modes, ..options.clone() };
    for language in [Language::Rust, Language::Python, Language::Node] {
        let clients = language.clients(&options)?;
        if clients.is_empty() {
            continue;
        }
        let (blocking, concurrent): (Vec<Client>, Vec<Client>) =
            clients.into_iter().partition(|client| client.kind == Kind::Sync);
        let mut samples = Samples::default();
        for (clients, calls) in [(blocking, THREADS), (concurrent, IN_FLIGHT)] {
            let calls = calls.iter().map(|&number| Mode::calls(number));
            let rows = ROWS.iter().map(|&number| Mode::rows(number));
            let modes: Vec<Mode> = calls.chain(rows).filter(|mode| options.modes.iter().any(|name| name == mode.name)).collect();
            if !clients.is_empty() {
                rounds(&clients, &modes, &options, &mut samples)?;
            }
        }
        report::print_figures(&samples, &["cpu_us", "wall_us", "peak_rss_mb"]);
        super::finish(&format!("growth-{}", language.name()), &options, samples)?;
    }
    Ok(())
}
