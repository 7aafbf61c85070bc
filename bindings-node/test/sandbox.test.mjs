// `startSandbox`.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { AgentHuman, ServiceUnavailableError } from "agenthuman";
import { startSandbox } from "agenthuman/sandbox";
import { node } from "./support/run.mjs";
import { sandboxProgram } from "./support/sandbox.mjs";

process.env.AGENTHUMAN_SANDBOX = sandboxProgram();

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
  assert.match(
    (await node(text, { env: { AGENTHUMAN_SANDBOX: "" } })).stdout,
    /the package agenthuman-sandbox is not published yet/,
  );
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

    const error = await client.sessions.get("999").catch((error) => error);
    const requests = await own.requests();
    const last = requests.at(-1);
    assert.deepEqual([last.method, last.path, last.status, last.credential], ["GET", "/v1/sessions/999", 404, "api_key"]);
    assert.equal(last.request_id, error.requestId);
    assert.equal(typeof last.key_id, "string");
    assert.deepEqual(
      requests.slice(0, 3).map(({ path }) => path),
      ["/v1/auth/otp/request", "/v1/auth/otp/request", "/v1/auth/otp/verify"],
    );

    await own.reset();
    assert.deepEqual(await own.requests(), []);
    assert.equal((await client.sessions.list().all()).length, 0);
    assert.deepEqual(await own.mailbox(), []);
    assert((await own.clock.now()) - before < 1_800_000);
    assert.notEqual(own.token, token);
    assert.equal((await new AgentHuman({ token: own.token, baseURL: own.url }).auth.me()).email, own.email);
  } finally {
    await own.stop();
  }
});
