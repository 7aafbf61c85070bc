// Runs one Node client in this process and prints one line of JSON.
//
//     node run.mjs CLIENT MODE BASE SECONDS CONCURRENCY
//
// CLIENT is a file of clients/; MODE is seq, conc, post, list, walk, young, cold, import, construct or memory. The key is
// in AGENTHUMAN_BENCH_KEY, and the folder that the packages are installed in is in AGENTHUMAN_BENCH_PACKAGES.

// The shared packages of clients do not count as part of their import.
import "./packages.mjs";
import { existsSync, readFileSync } from "node:fs";

const [name, mode, base, seconds, amount] = process.argv.slice(2);
const MB = 1024 * 1024;
const before = { rss: process.memoryUsage.rss(), cpu: process.cpuUsage(), wall: performance.now() };
const client = await import(`./clients/${name}.mjs`);
const importCpu = process.cpuUsage(before.cpu);
const figures = {
  import_ms: performance.now() - before.wall,
  import_cpu_ms: (importCpu.user + importCpu.system) / 1e3,
  import_rss_mb: (process.memoryUsage.rss() - before.rss) / MB,
};

const BODY = { agent_id: 7, session_type: "agent_voice", metadata: { user_id: "user_000007", campaign: "spring-launch" } };
let sum = 0;

/** Reads what the mode reads of the answer: the last session's name, or two fields of each. */
function use(answer) {
  if (mode === "post") sum += answer.agent_name.length;
  else if (mode === "walk") for (const session of answer) sum += session.agent_name.length + session.metadata.campaign.length;
  else if (answer !== undefined) sum += answer[answer.length - 1].agent_name.length;
}

// Linux counts the CPU time of each thread. The first one runs the event loop, and has the number of the process.
const LOOP = `/proc/self/task/${process.pid}/schedstat`;
const hasLoop = existsSync(LOOP);

/** The CPU time of the event loop's thread in microseconds. */
const loopTime = () => Number.parseInt(readFileSync(LOOP, "latin1"), 10) / 1e3;

function clock() {
  const loop = hasLoop ? loopTime() : undefined;
  const cpu = process.cpuUsage();
  const wall = performance.now();
  return (calls) => {
    const { user, system } = process.cpuUsage(cpu);
    const ofLoop = loop === undefined ? {} : { loop_us: (loopTime() - loop) / calls };
    return { calls, cpu_us: (user + system) / calls, ...ofLoop, wall_us: ((performance.now() - wall) * 1e3) / calls };
  };
}

async function counted(call, calls) {
  const spent = clock();
  for (let i = 0; i < calls; i++) await call();
  return spent(calls);
}

async function timed(call, seconds, workers) {
  const spent = clock();
  const until = performance.now() + seconds * 1e3;
  const work = async () => {
    let calls = 0;
    for (; performance.now() < until; calls++) await call();
    return calls;
  };
  const counts = await Promise.all(Array.from({ length: workers }, work));
  return spent(Math.max(1, counts.reduce((a, b) => a + b)));
}

async function measure() {
  if (mode === "import") return {};
  const spent = clock();
  const made = client.make(base);
  if (mode === "construct") return spent(1);
  const call = mode === "post" ? async () => use(await client.create(made, BODY)) : async () => use(await client.sessions(made));
  switch (mode) {
    case "cold":
      await call();
      return {};
    case "young":
      await call();
      return counted(call, 1000);
    case "memory": {
      await counted(call, Math.max(amount / 10, 10_000));
      globalThis.gc?.();
      const rss = process.memoryUsage.rss();
      const figures = await counted(call, +amount);
      globalThis.gc?.();
      return { ...figures, drift_mb: (process.memoryUsage.rss() - rss) / MB };
    }
    case "conc":
      // V8 needs some time before small calls reach their final cost.
      await timed(call, 1, 1);
      await timed(call, Math.max(0.3, amount / 5000), +amount);
      return timed(call, +seconds, +amount);
    default:
      await timed(call, mode === "list" || mode === "walk" ? 0.5 : 1.5, 1);
      return timed(call, +seconds, 1);
  }
}

Object.assign(figures, await measure());
const { user, system } = process.cpuUsage();
const peak = process.resourceUsage().maxRSS / 1024;
console.log(JSON.stringify({ ...figures, process_cpu_ms: (user + system) / 1e3, peak_rss_mb: peak }));
process.exit(0);
