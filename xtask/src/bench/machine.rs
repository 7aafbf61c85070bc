//! The machine of a benchmark, as results describe it.

use crate::steps::read;
use serde::{Deserialize, Serialize};
use std::process::Command;

#[derive(Debug, Serialize, Deserialize)]
pub struct Machine {
    pub processor: String,
    pub cores: usize,
    pub system: String,
    /// The load average of the last minute, if the system reports it. The benchmark itself is part of it.
    pub load: Option<f64>,
}

impl Machine {
    /// Describes this machine now.
    pub fn now() -> Machine {
        let load = std::fs::read_to_string("/proc/loadavg").ok();
        Machine {
            processor: processor().unwrap_or_else(|| "unknown processor".to_owned()),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            load: load.and_then(|load| load.split_whitespace().next()?.parse().ok()),
        }
    }
}

fn processor() -> Option<String> {
    if let Ok(text) = std::fs::read_to_string("/proc/cpuinfo") {
        let line = text.lines().find(|line| line.starts_with("model name"))?;
        return Some(line.split_once(':')?.1.trim().to_owned());
    }
    let name = read(Command::new("sysctl").args(["-n", "machdep.cpu.brand_string"])).ok()?;
    Some(name.trim().to_owned())
}
