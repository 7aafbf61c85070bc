// Process exit: an idle client does not delay it, a call in flight does, and it never crashes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { withCanned } from "./support/canned.mjs";
import { madeUpKey } from "./support/credentials.mjs";
import { node } from "./support/run.mjs";
import { sessionRow } from "./support/rows.mjs";

const prelude = `
  import { AgentHuman } from "agenthuman";
  const client = new AgentHuman({ maxRetries: 0 });
`;

const run = (server, text) => node(prelude + text, { env: { AGENTHUMAN_API_KEY: madeUpKey(), AGENTHUMAN_BASE_URL: server.url } });

const session = { body: { session: sessionRow(7) } };

test("an idle client does not keep the process alive", async () => {
  await withCanned(session, async (server) => {
    const { status, signal, stderr } = await run(server, `await client.sessions.get("7");`);
    assert.deepEqual([status, signal, stderr], [0, null, ""]);
  });
});

test("a call in flight does", async () => {
  await withCanned(session, async (server) => {
    const { status, stdout } = await run(server, `client.sessions.get("7").then(({ id }) => console.log(id));`);
    assert.deepEqual([status, stdout], [0, "7\n"]);
  });
});

test("a call that was aborted does not", async () => {
  await withCanned({ hold: true }, async (server) => {
    const text = `
      const controller = new AbortController();
      const call = client.sessions.get("7", { signal: controller.signal });
      setTimeout(() => controller.abort(), 20);
      console.log(await call.catch((error) => error.name));
    `;
    const { status, stdout } = await run(server, text);
    assert.deepEqual([status, stdout], [0, "AbortError\n"]);
  });
});

test("exit with calls in flight is an exit like any other", async () => {
  await withCanned({ hold: true }, async (server) => {
    const text = `
      for (let call = 0; call < 50; call += 1) client.sessions.get("7");
      process.stdin.on("data", () => process.exit(3));
      setTimeout(() => process.exit(3), 100);
    `;
    const { status, signal, stderr } = await run(server, text);
    assert.deepEqual([status, signal, stderr], [3, null, ""]);
  });
});

test("exit while responses arrive is, too", async () => {
  await withCanned(session, async (server) => {
    const text = `
      for (let call = 0; call < 50; call += 1) client.sessions.get("7");
      client.sessions.get("7").then(() => process.exit(3));
    `;
    const { status, signal, stderr } = await run(server, text);
    assert.deepEqual([status, signal, stderr], [3, null, ""]);
  });
});

test("a worker exits with calls in flight, and the process continues", async () => {
  await withCanned({ hold: true }, async (server) => {
    const text = `
      import { once } from "node:events";
      import { Worker } from "node:worker_threads";
      const inner = \`
        import { parentPort } from "node:worker_threads";
        import { AgentHuman } from "agenthuman";
        const client = new AgentHuman();
        for (let call = 0; call < 20; call += 1) client.sessions.get("7");
        setTimeout(() => parentPort.postMessage("begun"), 50);
      \`;
      for (let turn = 0; turn < 3; turn += 1) {
        const worker = new Worker(inner, { eval: true });
        await once(worker, "message");
        await worker.terminate();
      }
      console.log("on");
    `;
    const { status, signal, stdout, stderr } = await run(server, text);
    assert.deepEqual([status, signal, stdout, stderr], [0, null, "on\n", ""]);
  });
});

test("the package leaves no rejection unhandled", async () => {
  await withCanned({ status: 500, text: "no" }, async (server) => {
    const text = `
      process.on("unhandledRejection", (error) => { console.log("unhandled", error); process.exit(9); });
      const failing = new AgentHuman({ apiKey: async () => { throw new Error("no key"); } });
      await failing.sessions.get("7").catch(() => {});
      async function* file() { throw new Error("no file"); }
      await failing.avatars.upload({ file: file(), name: "a" }, { signal: AbortSignal.timeout(1) }).catch(() => {});
      const late = new AgentHuman({ apiKey: () => new Promise((_, reject) => setTimeout(reject, 40, new Error("late"))), timeout: 10 });
      await late.sessions.get("7").catch(() => {});
      await client.sessions.get("7").catch(() => {});
      setTimeout(() => console.log("quiet"), 80);
    `;
    const { stdout } = await run(server, text);
    assert.equal(stdout, "quiet\n");
  });
});
