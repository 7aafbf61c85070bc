//! `cargo xtask demo`: the same conversation in every language, on a sandbox or on another service, and
//! the outcomes side by side. Then the phones, through a backend. `--rooms`: a session in a room, in every language of a server.

mod phones;

use crate::programs::outcome;
use crate::service::{Demo, Service};
use crate::steps::{Steps, run};
use crate::toolchains::{binary, cargo};
use crate::{packages, root};
use anyhow::{Result, bail};
use serde_json::Value;
use std::process::Command;

/// The program of a language, ready to run.
struct Program {
    language: &'static str,
    command: Command,
}

/// The programs in Rust, Python and Node.
fn programs(demo: Demo) -> [&'static str; 3] {
    match demo {
        Demo::Conversation => ["main_job", "examples/python/main_job.py", "examples/node/main-job.mjs"],
        Demo::Rooms => ["rooms_job", "examples/python/rooms_job.py", "examples/node/rooms-job.mjs"],
    }
}

pub fn run_all(demo: Demo) -> Result<()> {
    let mut steps = Steps::default();
    let service = Service::named_or_sandbox(&mut steps, demo)?;
    let [in_rust, in_python, in_node] = programs(demo);
    let mut programs = Vec::new();
    let rust = steps.run("Rust, built", || run(&mut cargo(&["build", "--quiet", "-p", "agenthuman-examples"])));
    if rust.is_some() {
        programs.push(Program { language: "Rust", command: Command::new(binary(in_rust)) });
    }
    programs.extend(python(&mut steps, in_python));
    programs.extend(node(&mut steps, in_node));
    let mut outcomes = Vec::new();
    for Program { language, mut command } in programs {
        service.point_to(&mut command);
        outcomes.extend(steps.run(language, || outcome(&mut command)));
    }
    side_by_side(&outcomes);
    steps.run("the same outcome in each language", || same(&outcomes));
    if demo == Demo::Conversation {
        phones::run(&mut steps, &service);
    }
    drop(service);
    steps.close()
}

fn python(steps: &mut Steps, program: &str) -> Option<Program> {
    let mut command = Command::new(packages::python_built(steps)?.join("python"));
    command.arg(root().join(program));
    Some(Program { language: "Python", command })
}

fn node(steps: &mut Steps, program: &str) -> Option<Program> {
    let mut command = Command::new(packages::node_built(steps)?);
    command.arg(root().join(program));
    Some(Program { language: "Node", command })
}

fn side_by_side(outcomes: &[Value]) {
    let Some(fields) = outcomes.first().and_then(Value::as_object) else { return };
    println!();
    for field in fields.keys() {
        let values: String = outcomes.iter().map(|outcome| format!("{:<24}", plain(&outcome[field]))).collect();
        println!("{field:<16}{}", values.trim_end());
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn same(outcomes: &[Value]) -> Result<()> {
    let without_language = |outcome: &Value| {
        let mut outcome = outcome.clone();
        outcome.as_object_mut().map(|fields| fields.shift_remove("language"));
        outcome
    };
    if outcomes.is_empty() {
        bail!("no language ran");
    }
    if outcomes.windows(2).any(|pair| without_language(&pair[0]) != without_language(&pair[1])) {
        bail!("the outcomes differ");
    }
    Ok(())
}
