//! `cargo xtask bench relay`: the cost of a call through the relay, compared with the client's own call and with a plain proxy, the
//! memory of requests in flight, and the requests per second of the sandbox. The servers that are measured run on core 0, the load on core 1.

use super::clients::{OURS, pinned};
use super::measure::{Samples, figures};
use super::processes::{Process, Server, key};
use super::{Options, report, setup};
use anyhow::{Result, ensure};
use std::collections::BTreeMap;

/// The numbers of calls at a time, and their modes.
const MODES: [(&str, usize); 2] = [("get", 1), ("get-64", 64)];
/// The numbers of requests in flight.
const IN_FLIGHT: [usize; 3] = [1, 100, 1000];

type Figures = BTreeMap<String, f64>;

pub fn run(options: &Options) -> Result<()> {
    if !options.no_build {
        setup::release("agenthuman-sandbox")?;
    }
    let key = key();
    let server = Server::start()?;
    let relay = mounted("relay", &server.base, &key)?;
    let proxy = mounted("proxy", &server.base, &key)?;
    let sandbox = sandbox(&key)?;
    let seconds = options.seconds();
    let load = |core, client: &str, base: &str, amount| {
        let words = [setup::built("bench-client").to_string_lossy().into_owned(), client.to_owned()];
        figures(&mut pinned(core, &words), "get", base, seconds, amount, &key)
    };
    let measured = |name: &str, amount| match name {
        "relay" => caused(&relay.process, || load(1, "phone", &relay.base, amount)),
        "proxy" => caused(&proxy.process, || load(1, "phone", &proxy.base, amount)),
        "sandbox" => caused(&sandbox.process, || load(1, OURS, &sandbox.base, amount)),
        _ => load(0, OURS, &server.base, amount),
    };
    let mut samples = Samples::default();
    let mut order = [OURS, "relay", "proxy", "sandbox"];
    for name in order {
        measured(name, 64)?;
    }
    for round in 1..=options.rounds() {
        for (mode, amount) in MODES {
            fastrand::shuffle(&mut order);
            for name in order {
                samples.add(mode, name, measured(name, amount)?);
            }
        }
        eprintln!("finished round {round} of {}", options.rounds());
    }
    memory(&server.base, &key, &mut samples)?;
    report::print_figures(&samples, &["cpu_us", "per_second", "wall_us", "rss_mb", "kb_each"]);
    super::finish("relay", options, samples)
}

/// Starts the relay or the proxy.
fn mounted(what: &str, base: &str, key: &str) -> Result<Server> {
    Server::run(0, &[&setup::built("bench-relay").to_string_lossy(), what, base], key)
}

fn sandbox(key: &str) -> Result<Server> {
    let program = setup::built("agenthuman-sandbox");
    let options = ["--port", "0", "--rate-limit", "off", "--api-key", key, "--json", "--exit-with-parent"];
    let program = program.to_string_lossy();
    let words = [&[&*program][..], &options].concat();
    Server::run(0, &words, key)
}

/// Replaces the figures of a load by those of the server that it was on.
fn caused(server: &Process, load: impl FnOnce() -> Result<Figures>) -> Result<Figures> {
    let before = server.cpu_us()?;
    let load = load()?;
    let cpu_us = (server.cpu_us()? - before) / load["sent"];
    let figures = [("cpu_us", cpu_us), ("per_second", 1e6 / cpu_us), ("wall_us", load["wall_us"])];
    Ok(figures.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// Measures the resident memory of a relay while requests are in flight, each number in a new process.
fn memory(base: &str, key: &str, samples: &mut Samples) -> Result<()> {
    let mut resident = Vec::new();
    for number in IN_FLIGHT {
        let relay = mounted("relay", &format!("{base}/held/{number}"), key)?;
        let client = setup::built("bench-client");
        let words = [&*client.to_string_lossy(), "phone", "held", &relay.base, "0", &number.to_string()];
        let (_load, held) = Process::start(1, &words, key)?;
        ensure!(held == number.to_string(), "the relay had {held:?} requests in flight instead of {number}");
        let mb = relay.process.resident_mb()?;
        samples.add(&format!("held-{number}"), "relay", [("rss_mb".to_owned(), mb)].into());
        resident.push(mb);
    }
    let requests = IN_FLIGHT[2] - IN_FLIGHT[0];
    #[expect(clippy::cast_precision_loss, reason = "a small number")]
    let each = (resident[2] - resident[0]) * 1024.0 / requests as f64;
    samples.add("held", "relay", [("kb_each".to_owned(), each)].into());
    Ok(())
}
