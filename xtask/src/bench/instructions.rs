//! `cargo xtask instructions`: the instructions of six workloads of the Rust client, counted by valgrind. Unlike times, they hardly
//! depend on the machine and its load, so a change that makes the client slower fails here.

use super::processes::{Server, key};
use super::setup;
use crate::root;
use crate::steps::read;
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

/// The growth that fails: other versions of the C library account for less.
const TOLERANCE: f64 = 0.05;

struct Workload {
    name: &'static str,
    /// The number of sessions in a response.
    sessions: usize,
    /// The number of operations of the two runs. Their difference has no start of a process in it.
    counts: [u64; 2],
}

const WORKLOADS: &[Workload] = &[
    Workload { name: "get", sessions: 1, counts: [100, 500] },
    Workload { name: "post", sessions: 1, counts: [100, 500] },
    Workload { name: "list", sessions: 1000, counts: [2, 12] },
    Workload { name: "host-list", sessions: 1000, counts: [2, 12] },
    Workload { name: "error", sessions: 1, counts: [100, 500] },
    Workload { name: "refused", sessions: 1, counts: [100, 1100] },
];

/// What to do with the counts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Counts {
    /// Compare them with the accepted ones.
    Compare,
    /// Accept them.
    Accept,
}

/// Counts, and compares with `bench/instructions.json` or writes it.
pub fn run(counts: Counts) -> Result<()> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        println!("skipped: the accepted counts are of x86-64 Linux");
        return Ok(());
    }
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("skipped: valgrind is not installed");
        return Ok(());
    }
    setup::rust()?;
    let server = Server::start()?;
    let key = key();
    let found: BTreeMap<&str, u64> = WORKLOADS
        .iter()
        .map(|workload| {
            let [few, many] = workload.counts;
            let counted = |count| counted(workload, count, &server.base, &key);
            Ok((workload.name, (counted(many)?.saturating_sub(counted(few)?)) / (many - few)))
        })
        .collect::<Result<_>>()?;
    match counts {
        Counts::Accept => {
            std::fs::write(path(), format!("{}\n", serde_json::to_string_pretty(&found)?))?;
            println!("wrote {}", path().display());
            Ok(())
        }
        Counts::Compare => compare(&found),
    }
}

fn path() -> PathBuf {
    root().join("bench/instructions.json")
}

fn compare(found: &BTreeMap<&str, u64>) -> Result<()> {
    let accepted: BTreeMap<String, u64> = serde_json::from_str(&std::fs::read_to_string(path())?)?;
    let mut grown = Vec::new();
    for (name, count) in found {
        let before = *accepted.get(*name).with_context(|| format!("{name} has no accepted count"))?;
        let growth = growth(before, *count);
        println!("{name:<10} {count:>12} instructions, accepted {before:>12} ({:+.1} %)", growth * 100.0);
        if growth > TOLERANCE {
            grown.push(*name);
        }
    }
    if !grown.is_empty() {
        bail!(
            "{} needs over {:.0} % more instructions than accepted; `cargo xtask instructions --accept` accepts them",
            grown.join(", "),
            TOLERANCE * 100.0
        );
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "a ratio")]
fn growth(before: u64, now: u64) -> f64 {
    now as f64 / before as f64 - 1.0
}

/// The instructions of a whole process.
fn counted(workload: &Workload, count: u64, base: &str, key: &str) -> Result<u64> {
    let mut command = Command::new("valgrind");
    command
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--log-fd=1"])
        .arg(setup::built("bench-fixed"))
        .args([workload.name, &format!("{base}/n/{}", workload.sessions), &count.to_string()])
        .env("AGENTHUMAN_BENCH_KEY", key)
        .env("NO_PROXY", "127.0.0.1");
    let printed = read(&mut command)?;
    collected(&printed).with_context(|| format!("valgrind printed no count: {printed}"))
}

/// The number in valgrind's line `==1== Collected : 123`.
fn collected(printed: &str) -> Option<u64> {
    printed.lines().find_map(|line| line.split_once("Collected :")).and_then(|(_, count)| count.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_five_percent_fails() {
        assert!(growth(1000, 1049) <= TOLERANCE);
        assert!(growth(1000, 1051) > TOLERANCE);
        assert!(growth(1000, 500) < 0.0);
        assert_eq!(collected("==7== Events    : Ir\n==7== Collected : 4200\n"), Some(4200));
    }
}
