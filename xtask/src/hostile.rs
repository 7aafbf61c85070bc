//! `cargo xtask hostile`: runs each client against a server that breaks the rules of its protocols in one way per port. It checks
//! the kind of the outcome, the time over the deadline, the memory over the size cap, and the next call of the same client.

mod report;

use crate::root;
use crate::steps::Steps;
use crate::toolchains::{binary, cargo};
use anyhow::{Context, Result, bail};
use clap::Args;
use serde::Deserialize;
use serde_json::json;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The size cap of the clients.
const SIZE_CAP_BYTES: u64 = 1 << 20;
/// The memory that a call may use beyond the size cap.
const MOST_MIB_OVER_CAP: u64 = 24;

#[derive(Args)]
pub struct Options {
    /// The short form: a quarter of the cases in each client, so that each case is tried once, and limits that a busy
    /// machine keeps.
    #[arg(long)]
    short: bool,
    /// Only cases whose group or name contains this.
    #[arg(long)]
    only: Option<String>,
    /// Write the outcomes to docs/reliability.md, if all cases passed.
    #[arg(long, conflicts_with_all = ["short", "only"])]
    write: bool,
}

/// The settings of the clients.
pub struct Plan {
    timeout_seconds: f64,
    most_ms_over_deadline: f64,
    /// Each client runs one in this many cases.
    one_in: usize,
}

impl Plan {
    const FULL: Plan = Plan { timeout_seconds: 1.0, most_ms_over_deadline: 100.0, one_in: 1 };
    /// Long enough for a good response on a busy machine.
    const SHORT: Plan = Plan { timeout_seconds: 3.0, most_ms_over_deadline: 20_000.0, one_in: 4 };
}

#[derive(Deserialize)]
struct Announcement {
    authority: String,
    cases: Vec<Case>,
}

#[derive(Clone, Deserialize, serde::Serialize)]
pub struct Case {
    name: String,
    group: String,
    url: String,
    call: String,
    expect: Vec<String>,
    /// The port that signals the end of the steps, if the next call waits for it.
    played: Option<u16>,
}

#[derive(Clone, Deserialize)]
pub struct Outcome {
    name: String,
    outcome: String,
    ms: f64,
    peak_kib: u64,
    next: String,
}

/// A tested client: its name, and the program that runs it.
struct Client {
    name: &'static str,
    command: Command,
}

/// The outcomes of one client, with their cases.
pub struct Trial {
    client: &'static str,
    results: Vec<(Case, Outcome)>,
}

pub fn run(options: &Options) -> Result<()> {
    let plan = if options.short { Plan::SHORT } else { Plan::FULL };
    let mut steps = Steps::default();
    let mut trials = Vec::new();
    let clients = clients(&mut steps);
    let count = clients.len();
    for (index, client) in clients.into_iter().enumerate() {
        let trial = steps.run(client.name, || {
            let trial = attempt(client, options.only.as_deref(), &plan, index)?;
            trial.check(&plan)?;
            Ok(trial)
        });
        trials.extend(trial);
    }
    if options.write && trials.len() == count {
        steps.run("docs/reliability.md", || report::write(&trials, &plan));
    }
    steps.close()
}

/// Builds the server and the Rust client.
const BUILD: [&str; 8] =
    ["build", "--quiet", "-p", "agenthuman-testing", "-p", "agenthuman", "--bins", "--example=hostile_client"];

fn clients(steps: &mut Steps) -> Vec<Client> {
    let mut clients = Vec::new();
    let built = steps.run("hostile server, built", || crate::steps::run(&mut cargo(&BUILD)));
    clients.extend(built.map(|()| Client { name: "Rust", command: Command::new(binary("examples/hostile_client")) }));
    if let Some(bin) = crate::packages::python_built(steps) {
        clients.extend(python(&bin.join("python")));
    }
    if let Some(node) = crate::packages::node_built(steps) {
        clients.push(script(&node, "Node", "hostile.mjs", &[]));
    }
    clients
}

fn python(interpreter: &Path) -> [Client; 2] {
    [("Python", "sync"), ("Python, async", "async")].map(|(name, kind)| script(interpreter, name, "hostile.py", &[kind]))
}

fn script(interpreter: &Path, name: &'static str, file: &str, arguments: &[&str]) -> Client {
    let mut command = Command::new(interpreter);
    command.arg(root().join("testing/clients").join(file)).args(arguments);
    Client { name, command }
}

/// Runs the client with this index on its own server.
fn attempt(mut client: Client, only: Option<&str>, plan: &Plan, index: usize) -> Result<Trial> {
    let (_server, announced) = Server::start(&binary("hostile-server"))?;
    let authority = Authority::write(&announced.authority)?;
    let wanted = |case: &Case| only.is_none_or(|text| case.name.contains(text) || case.group.contains(text));
    let cases: Vec<Case> = announced.cases.into_iter().filter(wanted).skip(index % plan.one_in).step_by(plan.one_in).collect();
    let input = json!({ "timeout": plan.timeout_seconds, "size_cap": SIZE_CAP_BYTES, "cases": cases });
    client.command.env("SSL_CERT_FILE", &authority.0).stdin(Stdio::piped()).stdout(Stdio::piped());
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"] {
        client.command.env_remove(name);
    }
    let mut process = client.command.spawn().with_context(|| format!("the {} client cannot be started", client.name))?;
    process.stdin.take().context("no input")?.write_all(input.to_string().as_bytes())?;
    let output = process.wait_with_output()?;
    let lines: Vec<Outcome> = String::from_utf8(output.stdout)?.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    if lines.len() != cases.len() || !cases.iter().zip(&lines).all(|(case, line)| case.name == line.name) {
        bail!("{} ended with {} after {} of {} cases", client.name, output.status, lines.len(), cases.len());
    }
    Ok(Trial { client: client.name, results: cases.into_iter().zip(lines).collect() })
}

impl Trial {
    /// Prints the failures and the figures.
    ///
    /// # Errors
    /// If a case failed.
    fn check(&self, plan: &Plan) -> Result<()> {
        let wrong: Vec<String> = self.results.iter().filter_map(|(case, outcome)| fault(case, outcome, plan)).collect();
        wrong.iter().for_each(|line| println!("{line}"));
        println!(
            "{}: {} passed, {} failed; at most {:.0} ms over the deadline, {} MiB over the size cap",
            self.client,
            self.results.len() - wrong.len(),
            wrong.len(),
            self.ms_over_deadline(plan),
            self.mib_over_cap()
        );
        if wrong.is_empty() { Ok(()) } else { bail!("{} cases failed", wrong.len()) }
    }

    fn ms_over_deadline(&self, plan: &Plan) -> f64 {
        self.results.iter().map(|(_, outcome)| outcome.ms - plan.timeout_seconds * 1000.0).fold(0.0, f64::max)
    }

    fn mib_over_cap(&self) -> u64 {
        self.results.iter().map(|(_, outcome)| outcome.mib_over_cap()).max().unwrap_or_default()
    }
}

impl Outcome {
    fn mib_over_cap(&self) -> u64 {
        (self.peak_kib * 1024).saturating_sub(SIZE_CAP_BYTES) / (1 << 20)
    }
}

/// Returns the failures of an outcome in one line.
fn fault(case: &Case, outcome: &Outcome, plan: &Plan) -> Option<String> {
    let mut faults = Vec::new();
    if !case.expect.contains(&outcome.outcome) {
        faults.push(format!("{}, expected {}", outcome.outcome, case.expect.join(" or ")));
    }
    if outcome.next != "ok" {
        faults.push(format!("the next call: {}", outcome.next));
    }
    if outcome.ms > plan.timeout_seconds * 1000.0 + plan.most_ms_over_deadline {
        faults.push(format!("{:.0} ms", outcome.ms));
    }
    if outcome.mib_over_cap() > MOST_MIB_OVER_CAP {
        faults.push(format!("{} MiB over the size cap", outcome.mib_over_cap()));
    }
    (!faults.is_empty()).then(|| format!("✗ {}: {}: {}", case.group, case.name, faults.join("; ")))
}

/// The hostile server. It stops when this is dropped.
struct Server(Child);

impl Server {
    fn start(program: &Path) -> Result<(Server, Announcement)> {
        let mut command = Command::new(program);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().with_context(|| format!("{} cannot be started", program.display()))?;
        let output = process.stdout.take().context("no output")?;
        let server = Server(process);
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        Ok((server, serde_json::from_str(&line).context("the hostile server did not announce its cases")?))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A file with the certificate authority of the hostile server. Dropping this deletes it.
struct Authority(PathBuf);

impl Authority {
    fn write(pem: &str) -> Result<Authority> {
        let path = std::env::temp_dir().join(format!("agenthuman-hostile-{}.pem", std::process::id()));
        std::fs::write(&path, pem)?;
        Ok(Authority(path))
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
