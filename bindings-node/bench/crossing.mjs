// The ways of an answer into JavaScript, side by side: CPU µs of each, the least of many rounds in turn, since whatever
// else a machine does only adds to it.
//
//     npm run bench:crossing
//
// "Last" reads one field of the last row; "walk" reads two fields of each, one of which is an object. AGENTHUMAN_WAYS may
// name a library that was built with the feature `ways` before.

import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Session } from "agenthuman";
import { Rows } from "../dist/rows.js";

const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL("../../", import.meta.url));

function library() {
  const args = ["build", "--quiet", "--release", "--package", "agenthuman-node", "--features", "ways"];
  execFileSync("cargo", args, { cwd: root, stdio: "inherit" });
  const folder = mkdtempSync(join(tmpdir(), "agenthuman-ways-"));
  const place = join(folder, "ways.node");
  const [prefix, suffix] = { darwin: ["lib", "dylib"], win32: ["", "dll"] }[process.platform] ?? ["lib", "so"];
  copyFileSync(join(root, "target/release", `${prefix}agenthuman_node.${suffix}`), place);
  try {
    return require(place);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const { Ways } = process.env.AGENTHUMAN_WAYS ? require(process.env.AGENTHUMAN_WAYS) : library();

const session = (id) => ({
  id: String(id),
  agent_id: "7",
  agent_name: `Agent number ${id}`,
  session_type: "agent_voice",
  status: "completed",
  started_at: "2026-01-15T10:30:00Z",
  ended_at: "2026-01-15T10:35:30Z",
  duration: 330,
  transcript: "Hello! How can I help? I would like to know more about the plans that you have.",
  metadata: { user_id: `user_${String(id).padStart(6, "0")}`, campaign: "spring-launch" },
  language: "en",
  avatar_name: "Sunny",
  avatar_url: "https://cdn.example.com/avatars/sunny.png",
  voice_id: "voice_en_1",
  created_at: "2026-01-15T10:29:58Z",
});

const models = (parsed) => parsed.map((values) => new Session(values));
const lazy = (rows) => Session.ofRows(Session, new Rows(rows, Session.shape));
const ways = {
  "reading alone": (from) => void from.scan(),
  "JSON.parse of the bytes, no reading": (_, bytes) => JSON.parse(bytes.toString()),
  "objects by napi calls": (from) => from.objects(),
  "one string, JSON.parse": (from) => JSON.parse(from.text()),
  "one-byte string, JSON.parse": (from) => JSON.parse(from.latin1()),
  "Buffer, toString, JSON.parse": (from) => JSON.parse(from.buffer().toString()),
  "Buffer, latin1Slice, JSON.parse": (from) => JSON.parse(from.buffer().latin1Slice()),
  "one string, JSON.parse, models": (from) => models(JSON.parse(from.text())),
  "rows, read by blocks": (from) => lazy(from.rows()),
};

const uses = {
  last: (items) => items.at(-1).agent_name.length,
  walk(items) {
    let sum = 0;
    for (const { agent_name, metadata } of items) sum += agent_name.length + (metadata.campaign ?? metadata).length;
    return sum;
  },
};

let sink = 0;

function cpu(run, times) {
  const began = process.cpuUsage();
  for (let turn = 0; turn < times; turn += 1) run();
  const { user, system } = process.cpuUsage(began);
  return (user + system) / times;
}

function measured(count, times, rounds) {
  const json = JSON.stringify(Array.from({ length: count }, (_, index) => session(index)));
  const [from, bytes] = [new Ways("sessions.list", json), Buffer.from(json)];
  const taken = new Map();
  for (let round = 0; round < rounds; round += 1) {
    for (const [way, run] of Object.entries(ways)) {
      for (const [use, read] of Object.entries(uses)) {
        const spent = cpu(() => {
          const items = run(from, bytes);
          if (items) sink += read(items);
        }, times);
        taken.set(`${way}|${use}`, Math.min(spent, taken.get(`${way}|${use}`) ?? Infinity));
      }
    }
  }
  return { bytes: json.length, figure: (way, use) => taken.get(`${way}|${use}`) };
}

const rounds = Number(process.argv[2] ?? 25);
const sizes = [
  [1, 500, rounds],
  [20, 100, rounds],
  [200, 20, rounds],
  [10_000, 1, rounds],
];
for (const [count, times, rounds] of sizes) {
  const { bytes, figure } = measured(count, times, rounds);
  const base = Object.fromEntries(Object.keys(uses).map((use) => [use, figure("JSON.parse of the bytes, no reading", use)]));
  console.log(`\n${count} sessions, ${bytes} bytes: CPU µs, and the ratio to JSON.parse of the bytes`);
  for (const way of Object.keys(ways)) {
    const cells = Object.keys(uses).map((use) => {
      const spent = figure(way, use);
      return `${use} ${spent.toFixed(1).padStart(9)} ${(spent / base[use]).toFixed(2)}`;
    });
    console.log(`${way.padEnd(38)} ${cells.join("   ")}`);
  }
}
if (sink === 0) throw new Error("nothing was read");
