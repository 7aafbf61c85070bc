// Worker threads, the cluster module, `node --test`, and memory after many clients and calls.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { withCanned } from "./support/canned.mjs";
import { madeUpKey } from "./support/credentials.mjs";
import { node } from "./support/run.mjs";
import { sandboxProgram } from "./support/sandbox.mjs";
import { sessionRow } from "./support/rows.mjs";

const session = ({ path }) => ({ body: { session: sessionRow(Number(path.split("/").at(-1))) } });
const settings = (server) => ({ AGENTHUMAN_API_KEY: madeUpKey(), AGENTHUMAN_BASE_URL: server.url });

test("many worker threads call concurrently, each with its own client", async () => {
  await withCanned(session, async (server) => {
    const text = `
      import { once } from "node:events";
      import { Worker } from "node:worker_threads";
      const inner = \`
        import { parentPort, workerData } from "node:worker_threads";
        import { AgentHuman } from "agenthuman";
        const client = new AgentHuman();
        Promise.all(Array.from({ length: 20 }, (_, call) => client.sessions.get(workerData * 100 + call)))
          .then((sessions) => parentPort.postMessage(sessions.map(({ id }) => Number(id) - workerData * 100)));
      \`;
      const workers = Array.from({ length: 4 }, (_, workerData) => new Worker(inner, { eval: true, workerData }));
      const results = await Promise.all(workers.map((worker) => once(worker, "message")));
      console.log(results.every(([ids]) => ids.every((id, index) => id === index)));
    `;
    const { status, stdout, stderr } = await node(text, { env: settings(server) });
    assert.deepEqual([status, stdout, stderr], [0, "true\n", ""]);
  });
});

test("processes of a cluster can call and exit", async () => {
  const folder = mkdtempSync(join(tmpdir(), "agenthuman-cluster-"));
  const program = join(folder, "cluster.mjs");
  writeFileSync(
    program,
    `
      import cluster from "node:cluster";
      import { AgentHuman } from ${JSON.stringify(new URL("../dist/index.mjs", import.meta.url).href)};
      const client = new AgentHuman();
      if (cluster.isPrimary) {
        await client.sessions.get("1");
        let ended = 0;
        for (let worker = 0; worker < 3; worker += 1) {
          cluster.fork({ NUMBER: String(worker + 2) }).on("exit", (status) => { if (status === 0 && ++ended === 3) console.log("ended"); });
        }
      } else {
        const { id } = await client.sessions.get(process.env.NUMBER);
        if (id === process.env.NUMBER) cluster.worker.disconnect();
      }
    `,
  );
  try {
    await withCanned(session, async (server) => {
      const { status, stdout, stderr } = await node([program], { env: settings(server) });
      assert.deepEqual([status, stdout, stderr], [0, "ended\n", ""]);
      assert.deepEqual(server.requests.map(({ path }) => path.at(-1)).sort(), ["1", "2", "3", "4"]);
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a collected client frees its native resources", async () => {
  const { stdout } = await node([
    "--expose-gc",
    "--input-type=module",
    "--eval",
    `
      import { Bridge } from ${JSON.stringify(new URL("../dist/bridge.js", import.meta.url).href)};
      import { native } from ${JSON.stringify(new URL("../dist/native.js", import.meta.url).href)};
      let collected = 0;
      const registry = new FinalizationRegistry(() => (collected += 1));
      for (let client = 0; client < 50; client += 1) {
        registry.register(Bridge.open((onStep) => native.open("{}", onStep)).client, 0);
      }
      for (let turn = 0; turn < 20 && collected < 45; turn += 1) {
        globalThis.gc();
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      console.log(collected >= 45);
    `,
  ]);
  assert.equal(stdout, "true\n");
});

test("ten thousand calls, 64 at a time: no errors, and constant memory", async () => {
  const program = fileURLToPath(new URL("../bench/load.mjs", import.meta.url));
  const ended = await node(["--expose-gc", "--max-semi-space-size=1", program, "10000", "64"], {
    env: { AGENTHUMAN_SANDBOX: sandboxProgram() },
  });
  assert.equal(ended.status, 0, ended.stderr);
  const { calls, errors, grown } = JSON.parse(ended.stdout);
  assert.deepEqual([calls, errors], [10_000, {}]);
  // Garbage collection and malloc change it by a few MiB; a leak of one KiB per call would be 5.
  assert(grown < 5, `${grown} MiB`);
});
