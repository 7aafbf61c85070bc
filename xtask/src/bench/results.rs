//! The result files of benchmarks in `.bench/results`.

use super::folder;
use super::machine::Machine;
use super::measure::Samples;
use super::targets::{self, Judged};
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

/// The result of one run of a benchmark.
#[derive(Serialize, Deserialize)]
pub struct Outcome {
    /// A language, `relay`, or `growth-LANGUAGE`.
    pub benchmark: String,
    /// The time, in seconds since 1970 began.
    pub at: i64,
    pub machine: Machine,
    /// The versions of the toolchains.
    pub tools: String,
    pub rounds: u32,
    pub quick: bool,
    pub samples: Samples,
}

impl Outcome {
    /// The time, for the name of the file.
    pub fn now() -> i64 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs().cast_signed())
    }

    /// Writes the file.
    pub fn write(&self) -> Result<()> {
        let file = folder().join("results").join(format!("{}-{}.json", self.benchmark, self.at));
        fs::write(&file, serde_json::to_string_pretty(self)? + "\n")?;
        println!("\nwritten to {}", file.strip_prefix(crate::root()).unwrap_or(&file).display());
        Ok(())
    }

    /// The targets of today, which may be others than those of the run.
    pub fn judged(&self) -> Vec<Judged> {
        targets::judge(targets::of(&self.benchmark), &self.samples)
    }

    fn measured(&self) -> usize {
        self.judged().iter().filter(|target| target.measured.is_some()).count()
    }
}

/// Returns the last of the most complete results of a benchmark: runs of some clients or modes do not replace a full one.
pub fn last(benchmark: &str) -> Result<Option<Outcome>> {
    let results = folder().join("results");
    let mut last: Option<((usize, i64), Outcome)> = None;
    for entry in fs::read_dir(&results).with_context(|| results.display().to_string())? {
        let path = entry?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        if name.rsplit_once('-').is_none_or(|(of, _)| of != benchmark) {
            continue;
        }
        // Older versions wrote other fields.
        let Ok(outcome) = serde_json::from_str::<Outcome>(&fs::read_to_string(&path)?) else { continue };
        let rank = (outcome.measured(), outcome.at);
        if rank.0 > 0 && last.as_ref().is_none_or(|(best, _)| *best < rank) {
            last = Some((rank, outcome));
        }
    }
    Ok(last.map(|(_, outcome)| outcome))
}
