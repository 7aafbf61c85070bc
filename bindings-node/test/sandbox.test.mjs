// `startSandbox`, and the examples on a sandbox.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { AgentHuman, ServiceUnavailableError } from "agenthuman";
import { startSandbox } from "agenthuman/sandbox";
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

const key = () => ({ AGENTHUMAN_BASE_URL: sandbox.url, AGENTHUMAN_API_KEY: sandbox.apiKey, AGENTHUMAN_TOKEN: "" });
const outcome = ({ stdout }) => JSON.parse(stdout.trim().split("\n").at(-1));

test("a sandbox has valid credentials, and exits when it is stopped", async () => {
  const own = await startSandbox({ rateLimit: 60, faults: ["voices.list:status=503"] });
  const client = new AgentHuman({ apiKey: own.apiKey, token: own.token, baseURL: own.url, maxRetries: 0 });
  assert.equal((await client.auth.me()).email, own.email);
  assert((await client.avatars.list().all()).length > 0);
  await assert.rejects(client.voices.list().all(), ServiceUnavailableError);
  await own.stop();
  await assert.rejects(client.auth.me(), { code: "connection" });
  await own.stop();
});

test("an error at the start has the reason", async () => {
  await assert.rejects(startSandbox({ faults: ["what is this"] }), /the sandbox exited before it was ready: [^]*what is this/);
  const env = { AGENTHUMAN_SANDBOX: "/no/such/program" };
  const text = `import { startSandbox } from "agenthuman/sandbox"; await startSandbox().catch((error) => console.log(error.message));`;
  assert.match((await node(text, { env })).stdout, /AGENTHUMAN_SANDBOX names \/no\/such\/program, which does not exist/);
  assert.match((await node(text, { env: { AGENTHUMAN_SANDBOX: "" } })).stdout, /npm install --save-dev agenthuman-sandbox/);
});

test("a sandbox does not keep the process alive, and ends with it", async () => {
  const { stdout, status } = await node(`
    import { startSandbox } from "agenthuman/sandbox";
    console.log((await startSandbox()).url);
  `);
  assert.equal(status, 0);
  await assert.rejects(new AgentHuman({ baseURL: stdout.trim(), maxRetries: 0 }).auth.requestOtp("ada@example.com"), {
    code: "connection",
  });
});

test("a sandbox ends when the program that started it is killed", { skip: process.platform === "win32" }, async () => {
  const text = `
    import { startSandbox } from "agenthuman/sandbox";
    console.log((await startSandbox()).url);
    setInterval(() => {}, 1000);
  `;
  for (const signal of ["SIGKILL", "SIGINT", "SIGTERM"]) {
    const parent = spawn(process.execPath, ["--input-type=module", "--eval", text], { stdio: ["ignore", "pipe", "inherit"] });
    const [url] = await once(createInterface({ input: parent.stdout }), "line");
    assert((await fetch(`${url}/sandbox/clock`)).ok);
    parent.kill(signal);
    await once(parent, "exit");
    const until = Date.now() + 30_000;
    while (await fetch(`${url}/sandbox/clock`).catch(() => undefined)) {
      assert(Date.now() < until, `after ${signal} the sandbox goes on`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
});

test("controls: reset, mailbox, clock, faults and replies", async () => {
  const own = await startSandbox();
  try {
    const client = new AgentHuman({ apiKey: own.apiKey, baseURL: own.url, maxRetries: 0 });
    const user = new AgentHuman({ baseURL: own.url, maxRetries: 0 });
    await assert.rejects(own.latestCode("ada@example.com"), /no mail was sent to ada@example.com/);
    await user.auth.requestOtp("ada@example.com");
    await user.auth.requestOtp("bob@example.com");
    const code = await own.latestCode("ada@example.com");
    assert((await user.auth.verifyOtp("ada@example.com", code)).token);
    assert.deepEqual(
      (await own.mailbox()).map(({ to }) => to),
      ["ada@example.com", "bob@example.com"],
    );
    assert.equal((await own.mailbox("bob@example.com")).length, 1);

    const before = await own.clock.now();
    const after = await own.clock.advance(3600);
    assert(after - before >= 3_600_000);
    const { token } = own;
    await assert.rejects(new AgentHuman({ token, baseURL: own.url }).auth.me(), { code: "token_expired" });

    await own.faults.set(["agents.list@1:status=503"]);
    await assert.rejects(client.agents.list().page(), ServiceUnavailableError);
    assert.deepEqual(await own.faults.list(), [{ rule: "agents.list@1:status=503", calls: 1, fired: 1 }]);
    await own.faults.clear();
    assert.deepEqual(await own.faults.list(), []);
    await assert.rejects(own.faults.set(["what is this"]), /the sandbox rejected PUT .sandbox.faults: .*what is this/);

    await own.replies(["First.", "Second."]);
    const session = await client.sessions.create({ agentId: (await client.agents.list().page()).items[0].id });
    for (const expected of ["First.", "Second."]) {
      assert.equal((await client.messages.create(session.id, { content: "Hello!" })).reply.content, expected);
    }

    await own.reset();
    assert.equal((await client.sessions.list().all()).length, 0);
    assert.deepEqual(await own.mailbox(), []);
    assert((await own.clock.now()) - before < 1_800_000);
    assert.notEqual(own.token, token);
    assert.equal((await new AgentHuman({ token: own.token, baseURL: own.url }).auth.me()).email, own.email);
  } finally {
    await own.stop();
  }
});

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

/** Calls a backend like a web page. */
async function talk(url) {
  const post = (path, body) =>
    fetch(url + path, { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } });
  const begun = await post("/conversations", { name: "Ada" });
  assert.equal(begun.status, 201);
  const { id } = await begun.json();
  const said = await post(`/conversations/${id}/messages`, { content: "Hello!" });
  assert.equal(said.status, 201);
  assert.equal(typeof (await said.json()).reply, "string");
  const missing = await post("/conversations/999999/messages", { content: "Hello!" });
  assert.equal(missing.status, 404);
  assert.deepEqual(await missing.json(), { error: "There is no such conversation." });
  assert.equal((await post(`/conversations/${id}/messages`, {})).status, 400);
}

test("the Express backend holds a conversation", () => listening("express-backend.mjs", talk));

test("the route handler holds a conversation", async () => {
  const text = `
    import { createServer } from "node:http";
    import { handle } from "./route-handler.mjs";
    const server = createServer(async (request, response) => {
      const chunks = await request.toArray();
      const webRequest = new Request("http://localhost" + request.url, { method: request.method, headers: request.headers, body: chunks.length ? Buffer.concat(chunks) : undefined });
      const answer = await handle(webRequest);
      response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text());
    }).listen(0, "127.0.0.1", () => console.log("http://127.0.0.1:" + server.address().port));
  `;
  const folder = mkdtempSync(join(tmpdir(), "agenthuman-route-"));
  const program = join(folder, "serve.mjs");
  writeFileSync(
    program,
    text.replace("./route-handler.mjs", new URL("../../examples/node/route-handler.mjs", import.meta.url).href),
  );
  try {
    await listening(program, talk);
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
