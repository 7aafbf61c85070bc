//! The targets, as ratios within one run, and whether they are met.

use super::clients::{Kind, is_peer};
use super::growth::{IN_FLIGHT, ROWS, THREADS};
use super::measure::{Samples, label};
use serde::{Deserialize, Serialize};

/// The reference of a figure.
enum Against {
    Client(&'static str),
    /// The best other client of the same kind.
    Peers,
    /// The time for converting a list into objects: the additional cost over reading the bytes.
    Parsing {
        parser: &'static str,
        bytes: &'static str,
    },
    /// The same with fewer calls at a time: the most that a step costs more than one before it.
    Fewer(&'static [usize]),
    /// The same of another client.
    FewerOf(&'static str, &'static [usize]),
    /// Shorter lists: the additional cost of a session in the longest one, divided by that in the one before it.
    Shorter,
    /// None: the figure itself has a maximum.
    Nothing,
}

use Against::{Client as Than, Fewer, FewerOf, Nothing, Parsing, Peers, Shorter};

pub struct Target {
    id: &'static str,
    client: &'static str,
    mode: &'static str,
    figure: &'static str,
    against: Against,
    at_most: f64,
}

const fn cpu(id: &'static str, client: &'static str, mode: &'static str, against: Against, at_most: f64) -> Target {
    Target { id, client, mode, figure: "cpu_us", against, at_most }
}

/// The CPU time of the thread that runs the event loop.
const fn event_loop(id: &'static str, mode: &'static str, against: Against, at_most: f64) -> Target {
    Target { id, client: OURS, mode, figure: "loop_us", against, at_most }
}

const fn bound(id: &'static str, client: &'static str, mode: &'static str, figure: &'static str, at_most: f64) -> Target {
    Target { id, client, mode, figure, against: Nothing, at_most }
}

/// The growth of memory with the length of a list.
const fn memory(id: &'static str, client: &'static str) -> Target {
    Target { id, client, mode: "list", figure: "peak_rss_mb", against: Shorter, at_most: 1.2 }
}

const SYNC: &str = "agenthuman_sync";
const ASYNC: &str = "agenthuman_async";
const OURS: &str = "agenthuman";
const ORJSON: Against = Parsing { parser: "floor_orjson_sync", bytes: "floor_bytes_sync" };
const JSON_PARSE: Against = Parsing { parser: "floor", bytes: "floor_bytes" };

const PYTHON: &[Target] = &[
    cpu("python.sync.seq.floor", SYNC, "seq", Than("floor_sync"), 1.5),
    cpu("python.sync.seq.peers", SYNC, "seq", Peers, 0.9),
    cpu("python.sync.conc.floor", SYNC, "conc", Than("floor_sync"), 1.5),
    cpu("python.sync.conc.peers", SYNC, "conc", Peers, 0.95),
    cpu("python.sync.post.peers", SYNC, "post", Peers, 0.9),
    cpu("python.sync.young.peers", SYNC, "young", Peers, 0.95),
    cpu("python.async.seq.floor", ASYNC, "seq", Than("floor_async"), 1.15),
    cpu("python.async.seq.peers", ASYNC, "seq", Peers, 0.85),
    cpu("python.async.seq.aiohttp", ASYNC, "seq", Than("aiohttp_async"), 0.35),
    cpu("python.async.seq.httpx", ASYNC, "seq", Than("httpx_async"), 0.03),
    cpu("python.async.conc.floor", ASYNC, "conc", Than("floor_async"), 1.05),
    cpu("python.async.conc.peers", ASYNC, "conc", Peers, 0.7),
    cpu("python.async.conc.aiohttp", ASYNC, "conc", Than("aiohttp_async"), 0.35),
    cpu("python.async.conc.httpx", ASYNC, "conc", Than("httpx_async"), 0.03),
    cpu("python.list.parsing", SYNC, "list", ORJSON, 0.15),
    cpu("python.walk.parsing", SYNC, "walk", ORJSON, 0.3),
    cpu("python.walk.peers", SYNC, "walk", Peers, 0.45),
    cpu("python.walk.openai", SYNC, "walk", Than("openai_sync"), 0.01),
    cpu("python.walk.orjson", SYNC, "walk", Than("floor_orjson_sync"), 0.3),
    bound("python.import.ms", SYNC, "import", "import_ms", 5.0),
    bound("python.import.rss-mb", SYNC, "import", "import_rss_mb", 8.0),
    bound("python.construct.us", SYNC, "construct", "wall_us", 2000.0),
    bound("python.cold.ms", SYNC, "cold", "process_ms", 60.0),
    bound("python.sync.memory.drift-mb", SYNC, "memory", "drift_mb", 1.0),
    bound("python.async.memory.drift-mb", ASYNC, "memory", "drift_mb", 1.0),
    bound("python.size.mb", "artefact", "size", "mb", 4.0),
];

const NODE: &[Target] = &[
    cpu("node.seq.undici", OURS, "seq", Than("undici"), 0.95),
    event_loop("node.seq.event-loop.undici", "seq", Than("undici"), 0.6),
    cpu("node.conc.undici", OURS, "conc", Than("undici"), 0.95),
    event_loop("node.conc.event-loop.undici", "conc", Than("undici"), 0.6),
    cpu("node.post.http", OURS, "post", Than("http"), 0.95),
    cpu("node.young.http", OURS, "young", Than("http"), 0.35),
    cpu("node.list.parsing", OURS, "list", JSON_PARSE, 0.15),
    cpu("node.walk.parsing", OURS, "walk", JSON_PARSE, 0.35),
    cpu("node.walk.http", OURS, "walk", Than("http"), 0.4),
    bound("node.import.ms", OURS, "import", "import_ms", 10.0),
    bound("node.construct.us", OURS, "construct", "wall_us", 2000.0),
    bound("node.memory.drift-mb", OURS, "memory", "drift_mb", 1.0),
    bound("node.size.mb", "artefact", "size", "mb", 4.0),
];

const RUST: &[Target] = &[
    cpu("rust.seq.reqwest", OURS, "seq", Than("reqwest"), 1.1),
    cpu("rust.conc.reqwest", OURS, "conc", Than("reqwest"), 1.1),
    cpu("rust.post.reqwest", OURS, "post", Than("reqwest"), 1.1),
    cpu("rust.list.reqwest", OURS, "list", Than("reqwest"), 0.9),
    cpu("rust.walk.reqwest", OURS, "walk", Than("reqwest"), 0.9),
    bound("rust.memory.drift-mb", OURS, "memory", "drift_mb", 1.0),
];

const RELAY: &[Target] = &[
    cpu("relay.get.client", "relay", "get", Than(OURS), 1.5),
    cpu("relay.get-64.client", "relay", "get-64", Than(OURS), 1.5),
    cpu("relay.get.proxy", "relay", "get", Than("proxy"), 1.3),
    cpu("relay.get-64.proxy", "relay", "get-64", Than("proxy"), 1.3),
    bound("relay.in-flight.kb-each", "relay", "held", "kb_each", 64.0),
    bound("sandbox.get-64.us", "sandbox", "get-64", "cpu_us", 40.0),
];

const PYTHON_GROWTH: &[Target] = &[
    cpu("python.sync.conc.growth", SYNC, "conc", Fewer(THREADS), 1.2),
    cpu("python.sync.conc.growth.pyreqwest", SYNC, "conc", FewerOf("pyreqwest_sync", THREADS), 1.2),
    cpu("python.async.conc.growth", ASYNC, "conc", Fewer(IN_FLIGHT), 1.2),
    cpu("python.async.conc.growth.pyreqwest", ASYNC, "conc", FewerOf("pyreqwest_async", IN_FLIGHT), 1.2),
    cpu("python.sync.list.growth", SYNC, "list", Shorter, 1.2),
    cpu("python.async.list.growth", ASYNC, "list", Shorter, 1.2),
    memory("python.sync.list.memory-growth", SYNC),
    memory("python.async.list.memory-growth", ASYNC),
];

const NODE_GROWTH: &[Target] = &[
    cpu("node.conc.growth", OURS, "conc", Fewer(IN_FLIGHT), 1.2),
    cpu("node.conc.growth.undici", OURS, "conc", FewerOf("undici", IN_FLIGHT), 1.2),
    cpu("node.list.growth", OURS, "list", Shorter, 1.2),
    memory("node.list.memory-growth", OURS),
];

const RUST_GROWTH: &[Target] = &[
    cpu("rust.conc.growth", OURS, "conc", Fewer(IN_FLIGHT), 1.2),
    cpu("rust.conc.growth.reqwest", OURS, "conc", FewerOf("reqwest", IN_FLIGHT), 1.2),
    cpu("rust.list.growth", OURS, "list", Shorter, 1.2),
    memory("rust.list.memory-growth", OURS),
];

#[derive(Serialize, Deserialize)]
pub struct Judged {
    pub id: String,
    /// Returns `None` if a required figure was not measured.
    pub measured: Option<f64>,
    pub at_most: f64,
}

impl Judged {
    pub fn verdict(&self) -> &'static str {
        match self.measured {
            None => "not measured",
            Some(measured) if measured <= self.at_most => "met",
            Some(_) => "MISSED",
        }
    }
}

/// The targets of a benchmark, by its name in the results.
pub fn of(benchmark: &str) -> &'static [Target] {
    match benchmark {
        "python" => PYTHON,
        "node" => NODE,
        "rust" => RUST,
        "relay" => RELAY,
        "growth-python" => PYTHON_GROWTH,
        "growth-node" => NODE_GROWTH,
        "growth-rust" => RUST_GROWTH,
        _ => &[],
    }
}

pub fn judge(targets: &[Target], samples: &Samples) -> Vec<Judged> {
    let judged =
        |target: &Target| Judged { id: target.id.to_owned(), measured: measured(target, samples), at_most: target.at_most };
    targets.iter().map(judged).collect()
}

fn measured(target: &Target, samples: &Samples) -> Option<f64> {
    let of = |client: &str, mode: &str| samples.figure(mode, client, target.figure);
    let steps = |client: &str, numbers: &[usize]| -> Option<Vec<f64>> {
        numbers.iter().map(|&number| of(client, &label(target.mode, number))).collect()
    };
    let ours = || of(target.client, target.mode);
    match target.against {
        Nothing => ours(),
        Than(client) => Some(ours()? / of(client, target.mode)?),
        Fewer(numbers) => growth(&steps(target.client, numbers)?),
        FewerOf(other, numbers) => Some(growth(&steps(target.client, numbers)?)? / growth(&steps(other, numbers)?)?),
        Shorter => per_row(&steps(target.client, ROWS)?),
        Peers => Some(ours()? / best_peer(Kind::of(target.client), target.mode, samples)?),
        Parsing { parser, bytes } => {
            let bytes = of(bytes, "list")?;
            Some((ours()? - bytes) / (of(parser, target.mode)? - bytes))
        }
    }
}

/// Returns the lowest CPU time of the other clients.
pub fn best_peer(kind: Kind, mode: &str, samples: &Samples) -> Option<f64> {
    let peers = samples.0.get(mode)?.keys().filter(|name| is_peer(name) && Kind::of(name) == kind);
    peers.filter_map(|name| samples.figure(mode, name, "cpu_us")).min_by(f64::total_cmp)
}

/// The largest ratio of a cost to one before it. Costs that only fall result in less than 1.
fn growth(costs: &[f64]) -> Option<f64> {
    let pairs = (1..costs.len()).flat_map(|at| costs[..at].iter().map(move |before| costs[at] / before));
    pairs.max_by(f64::total_cmp)
}

/// The cost of each additional row of the last step, divided by that of the step before it.
fn per_row(costs: &[f64]) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "numbers of rows")]
    let slope = |at: usize| Some((costs.get(at)? - costs.get(at - 1)?) / (ROWS.get(at)? - ROWS.get(at - 1)?) as f64);
    Some(slope(ROWS.len() - 1)? / slope(ROWS.len() - 2)?)
}

#[cfg(test)]
mod tests {
    use super::{growth, per_row};

    #[test]
    fn growth_is_the_largest_ratio_to_a_smaller_step() {
        assert_eq!(growth(&[4.0, 2.0, 1.0]), Some(0.5));
        assert_eq!(growth(&[4.0, 2.0, 3.0]), Some(1.5));
        assert_eq!(growth(&[4.0]), None);
    }

    #[test]
    fn a_constant_cost_of_each_row_is_no_growth() {
        // A fixed cost of 7 does not matter.
        assert_eq!(per_row(&[8.0, 17.0, 107.0]), Some(1.0));
        assert_eq!(per_row(&[8.0, 17.0, 197.0]), Some(2.0));
        assert_eq!(per_row(&[8.0, 17.0]), None);
    }
}
