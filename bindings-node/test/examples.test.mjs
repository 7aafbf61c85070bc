// The examples, on a sandbox.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { AgentHuman } from "agenthuman";
import { startSandbox } from "agenthuman/sandbox";
import typescript from "typescript";
import { madeUpSecret } from "./support/relay.mjs";
import { node } from "./support/run.mjs";
import { sandboxProgram } from "./support/sandbox.mjs";

const examples = fileURLToPath(new URL("../../examples/node/", import.meta.url));
let sandbox;

before(async () => {
  assert(existsSync(`${examples}node_modules/agenthuman`), "run `npm ci` in examples/node");
  process.env.AGENTHUMAN_SANDBOX = sandboxProgram();
  sandbox = await startSandbox();
});

after(() => sandbox?.stop());

const key = () => ({
  AGENTHUMAN_BASE_URL: sandbox.url,
  AGENTHUMAN_API_KEY: sandbox.apiKey,
  AGENTHUMAN_TOKEN: "",
  AGENT_ID: "1",
});
const outcome = ({ stdout }) => JSON.parse(stdout.trim().split("\n").at(-1));

test("main-job with sign-in", async () => {
  const env = {
    AGENTHUMAN_BASE_URL: sandbox.url,
    AGENTHUMAN_DEMO_EMAIL: "ada@example.com",
    AGENTHUMAN_API_KEY: "",
    AGENTHUMAN_TOKEN: "",
  };
  const ended = await node(["main-job.mjs"], { cwd: examples, env });
  assert.equal(ended.status, 0, ended.stderr);
  const { avatars, ...rest } = outcome(ended);
  assert(avatars > 0);
  assert.deepEqual(rest, {
    language: "node",
    agent: "Sunny",
    session_status: "completed",
    messages: 4,
    rotated: true,
    old_key: "APIKeyRevokedError",
  });
});

test("main-job with a key", async () => {
  const ended = await node(["main-job.mjs"], { cwd: examples, env: key() });
  assert.equal(ended.status, 0, ended.stderr);
  const { session_status, messages, rotated, old_key } = outcome(ended);
  assert.deepEqual([session_status, messages, rotated, old_key], ["completed", 4, null, null]);
});

test("rooms-job, with and without the limit of the plan", async () => {
  for (const [plan, available, limit] of [
    ["free", 0, "ConcurrencyLimitError"],
    ["pro", 19, null],
  ]) {
    await sandbox.setAccount({ plan });
    const env = { ...key(), AGENTHUMAN_BASE_URL: `${sandbox.url}/rooms` };
    const ended = await node(["rooms-job.mjs"], { cwd: examples, env });
    assert.equal(ended.status, 0, ended.stderr);
    const expected = { opened: "started", found: "started", available, limit, ended: "ended", open_now: 0 };
    assert.deepEqual(outcome(ended), { language: "node", ...expected });
  }
});

test("quickstart holds a conversation", async () => {
  const ended = await node(["quickstart.mjs"], { cwd: examples, env: key() });
  assert.equal(ended.status, 0, ended.stderr);
  assert.match(ended.stdout, /\ncompleted\n$/);
});

/** Starts an example that prints its address. */
async function listening(program, use) {
  const child = spawn(process.execPath, [program], {
    cwd: examples,
    env: { ...process.env, ...key(), PORT: "0" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const [line] = await once(createInterface({ input: child.stdout }), "line");
    await use(line.match(/http:\S+/)[0]);
  } finally {
    child.kill();
  }
}

test("the Express backend, compiled from strict TypeScript", async () => {
  const compiler = join(examples, "node_modules/typescript/bin/tsc");
  const built = await node([compiler, "--project", examples]);
  assert.deepEqual([built.status, built.stdout], [0, ""]);
  await listening("dist/express-backend.js", async (url) => {
    const post = (path, body) =>
      fetch(url + path, { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } });
    const begun = await post("/conversations", {});
    assert.equal(begun.status, 201);
    const { id } = await begun.json();
    const said = await post(`/conversations/${id}/messages`, { content: "Hello!" });
    assert.equal(said.status, 201);
    assert.equal(typeof (await said.json()).reply, "string");
    const missing = await post("/conversations/999999/messages", { content: "Hello!" });
    assert.deepEqual([missing.status, await missing.json()], [404, { error: "There is no such conversation." }]);
    assert.equal((await post(`/conversations/${id}/messages`, {})).status, 400);
    await new AgentHuman({ apiKey: sandbox.apiKey, baseURL: sandbox.url }).sessions.end(id);
    const ended = await post(`/conversations/${id}/messages`, { content: "Hello!" });
    assert.deepEqual([ended.status, await ended.json()], [409, { error: "The conversation has ended." }]);
  });
});

test("job tries again, and does nothing twice", async () => {
  const outage = [1, 2, 3].map((number) => `sessions.end@${number}:status=503`);
  const own = await startSandbox({ faults: ["sessions.create@1:status=429", "messages.create@2:reset-after", ...outage] });
  try {
    const env = { AGENTHUMAN_BASE_URL: own.url, AGENTHUMAN_API_KEY: own.apiKey, AGENT_ID: "1" };
    const { status, stdout, stderr } = await node(["job.mjs", "Ada", "Grace"], { cwd: examples, env });
    assert.equal(status, 1, stderr);
    assert.match(stdout, /^Ada: .+\n$/);
    assert.match(stderr, /operation sessions.end, .*; trying again in 1 s\n/);
    assert.match(stderr, /\nGrace: .*operation messages.create/);
    const sessions = await new AgentHuman({ apiKey: own.apiKey, baseURL: own.url }).sessions.list().all();
    assert.deepEqual(
      sessions.map(({ status }) => status),
      ["completed", "completed"],
    );
  } finally {
    await own.stop();
  }
});

test("job ends its session when it is interrupted", { skip: process.platform === "win32" }, async () => {
  const own = await startSandbox({ faults: ["messages.create:hang"] });
  try {
    const client = new AgentHuman({ apiKey: own.apiKey, baseURL: own.url });
    const env = { ...process.env, AGENTHUMAN_BASE_URL: own.url, AGENTHUMAN_API_KEY: own.apiKey, AGENT_ID: "1" };
    const child = spawn(process.execPath, ["job.mjs", "Ada", "Grace"], {
      cwd: examples,
      env,
      stdio: ["ignore", "ignore", "pipe"],
    });
    const until = Date.now() + 30_000;
    while ((await own.faults.list())[0].fired === 0) assert(Date.now() < until, "no message was sent");
    child.kill("SIGINT");
    const [text] = await once(child.stderr, "data");
    const [status] = await once(child, "close");
    assert.deepEqual([status, text.toString()], [130, "stopped: interrupted\n"]);
    assert.deepEqual(
      (await client.sessions.list().all()).map(({ status }) => status),
      ["completed"],
    );
  } finally {
    await own.stop();
  }
});

test("batch waits for the rate limit and reports failures", async () => {
  // The limit of the service, in a window of one second in the place of a minute.
  const own = await startSandbox({ rateLimit: "200/1", faults: ["messages.create@150:status=500"] });
  try {
    const env = { AGENTHUMAN_BASE_URL: own.url, AGENTHUMAN_API_KEY: own.apiKey, AGENT_ID: "1" };
    const { status, stdout, stderr } = await node(["batch.mjs", "200"], { cwd: examples, env });
    assert.deepEqual([status, stdout], [1, "199 of 200 greeted\n"]);
    assert.match(stderr, /200 of 200/);
    assert.match(stderr, /operation messages.create/);
  } finally {
    await own.stop();
  }
});

test("the tests, in Vitest", async () => {
  const { status, stdout, stderr } = await node(["node_modules/vitest/vitest.mjs", "run"], { cwd: examples, env: { CI: "1" } });
  assert.equal(status, 0, stdout + stderr);
  assert.match(stdout, /6 passed/);
});

test("the route handler of examples/next opens and ends a session", async () => {
  // The suite of frameworks builds the application. Here the handler is compiled and called without Next.js.
  const route = readFileSync(join(examples, "../next/app/agenthuman/[...path]/route.ts"), "utf8");
  const folder = mkdtempSync(`${examples}.documents-`);
  try {
    const { outputText } = typescript.transpileModule(route, { compilerOptions: { module: "esnext", target: "es2022" } });
    writeFileSync(join(folder, "route.mjs"), outputText);
    const text = `
      import * as handlers from "./route.mjs";
      const call = (method, path, headers) =>
        handlers[method](new Request("http://localhost/agenthuman/v1" + path, {
          method, headers: { authorization: "Bearer a-token-of-your-app", "content-type": "application/json", ...headers }, body: "{}",
        }));
      const opened = await (await call("POST", "/sessions")).json();
      const ended = await call("PUT", "/sessions/" + opened.session.id + "/end", { "x-agenthuman-grant": opened.grant });
      const refused = await call("POST", "/sessions", { authorization: "Bearer another" });
      console.log(ended.status, (await ended.json()).session.status, refused.status, Object.keys(handlers).sort().join());
    `;
    const env = { ...key(), AGENTHUMAN_RELAY_SECRETS: madeUpSecret() };
    const { stdout, stderr } = await node(text, { cwd: folder, env });
    assert.equal(stdout, "200 completed 401 GET,OPTIONS,POST,PUT\n", stderr);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the upload reports its progress", async () => {
  const folder = mkdtempSync(join(tmpdir(), "agenthuman-face-"));
  const face = join(folder, "face.png");
  const png = Buffer.from(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
    "base64",
  );
  writeFileSync(face, Buffer.concat([png, Buffer.alloc(1_000_000)]));
  try {
    const env = { ...key(), AGENTHUMAN_API_KEY: "", AGENTHUMAN_TOKEN: sandbox.token };
    const ended = await node(["upload.mjs", face], { cwd: examples, env });
    assert.equal(ended.status, 0, ended.stderr);
    assert.match(ended.stderr, /100 %/);
    assert.match(ended.stdout, /^avatar \d+\n$/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
