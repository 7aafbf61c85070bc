//! The servers of a benchmark, each pinned to a core.

use super::clients::pinned;
use super::setup;
use anyhow::{Context, Result};
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

/// A made-up key in the right format.
pub fn key() -> String {
    format!("ah_test_{}", (0..32).map(|_| fastrand::alphanumeric()).collect::<String>())
}

/// A program that stops when its standard input closes.
pub struct Process(Child);

impl Process {
    /// Starts a program on a core, and returns the first line of its output.
    pub fn start(core: usize, words: &[&str], key: &str) -> Result<(Process, String)> {
        let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
        let mut child = pinned(core, &words)
            .env("AGENTHUMAN_BENCH_KEY", key)
            // Programs must connect directly, without the proxies of this machine.
            .env("NO_PROXY", "127.0.0.1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("starting {} failed", words[0]))?;
        let stdout = child.stdout.take().context("the program has no output")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        Ok((Process(child), line.trim().to_owned()))
    }

    /// The CPU time of the process, in µs.
    pub fn cpu_us(&self) -> Result<f64> {
        let path = format!("/proc/{}/stat", self.0.id());
        let stat = std::fs::read_to_string(&path).context("CPU times of other processes are known only on Linux")?;
        used_us(&stat).with_context(|| format!("{path} is malformed"))
    }

    /// The resident memory of the process, in MB.
    pub fn resident_mb(&self) -> Result<f64> {
        let path = format!("/proc/{}/status", self.0.id());
        let status = std::fs::read_to_string(&path).context("the memory of other processes is known only on Linux")?;
        let size = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let size = size.and_then(|size| size.trim().strip_suffix(" kB")?.parse::<f64>().ok());
        Ok(size.with_context(|| format!("{path} is malformed"))? / 1024.0)
    }
}

/// The user and system time in `/proc/PID/stat`, whose unit is 10 ms on every platform of Linux.
fn used_us(stat: &str) -> Option<f64> {
    // The name of the program may contain spaces.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let ticks = fields.next()?.parse::<f64>().ok()? + fields.next()?.parse::<f64>().ok()?;
    Some(ticks * 1e4)
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

/// A running server.
pub struct Server {
    pub process: Process,
    pub base: String,
}

impl Server {
    /// Starts the server that all clients are measured against.
    pub fn start() -> Result<Server> {
        Server::run(1, &[&setup::built("bench-server").to_string_lossy()], "")
    }

    /// Starts a server that first prints its port, or JSON with its `url`.
    pub fn run(core: usize, words: &[&str], key: &str) -> Result<Server> {
        let (process, line) = Process::start(core, words, key)?;
        let base = base(&line).with_context(|| format!("{} printed no address", words[0]))?;
        Ok(Server { process, base })
    }
}

fn base(line: &str) -> Option<String> {
    let line: serde_json::Value = serde_json::from_str(line).ok()?;
    line.as_u64().map(|port| format!("http://127.0.0.1:{port}")).or_else(|| line["url"].as_str().map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::{base, used_us};

    #[test]
    fn the_first_line_is_a_port_or_has_a_url() {
        assert_eq!(base("8080").as_deref(), Some("http://127.0.0.1:8080"));
        assert_eq!(base(r#"{"url":"http://localhost:1","token":"x"}"#).as_deref(), Some("http://localhost:1"));
        assert_eq!(base(""), None);
    }

    #[test]
    fn user_and_system_time_are_added() {
        assert_eq!(used_us("7 (a (b) c) S 1 7 7 0 -1 4194560 100 0 0 0 12 30 0 0 20 0 1 0 100 1 1"), Some(420_000.0));
    }
}
