// Cassettes: recording and replaying.

import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { pathToFileURL } from "node:url";
import { AgentHuman, AgentHumanError, ClosedError, ConfigurationError, NotFoundError, NotRecordedError } from "agenthuman";
import { startSandbox } from "agenthuman/sandbox";
import { Cassette } from "agenthuman/testing";
import { withCanned } from "./support/canned.mjs";
import { madeUpKey } from "./support/credentials.mjs";
import { node } from "./support/run.mjs";
import { sandboxProgram } from "./support/sandbox.mjs";
import { sessionRow } from "./support/rows.mjs";

const session = sessionRow(1);
let sandbox, folder, path;

before(async () => {
  process.env.AGENTHUMAN_SANDBOX = sandboxProgram();
  sandbox = await startSandbox();
  delete process.env.CI;
});
after(() => sandbox?.stop());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "agenthuman-"));
  path = join(folder, "cassettes", "test.json");
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Records what a client gets from a server that answers like this. */
const recorded = (answer, run) =>
  withCanned(answer, async (server) => {
    const cassette = new Cassette(path, { mode: "record" });
    await run(cassette.client({ apiKey: madeUpKey(), baseURL: server.url }));
    cassette.close();
  });

test("a program is recorded and replayed", async () => {
  const program = async (client) => {
    const names = (await client.agents.list().all()).map(({ name }) => name);
    const created = await client.sessions.create({ agentId: "1" });
    const { reply } = await client.messages.create(created.id, { content: "Hello!" });
    const error = await client.sessions.get("999").catch((error) => error);
    assert(error instanceof NotFoundError);
    const progress = [];
    const file = { content: Buffer.from("a picture"), name: "a.png" };
    const avatar = await client.avatars.upload({ file, name: "Ada" }, { onProgress: ({ sent }) => progress.push(sent) });
    return [names, reply.content, error.message, avatar.name, progress];
  };
  let cassette = new Cassette(path);
  assert.equal(cassette.mode, "record");
  const first = await program(cassette.client({ apiKey: sandbox.apiKey, baseURL: sandbox.url }));
  assert(!existsSync(path));
  cassette.close();
  const text = readFileSync(path, "utf8");
  assert(!text.includes(sandbox.apiKey));
  assert.equal(JSON.parse(text).agenthuman_cassette, 1);

  cassette = new Cassette(pathToFileURL(path));
  assert.equal(cassette.mode, "replay");
  assert.deepEqual(await program(cassette.client()), first);
  cassette.assertAllPlayed();
  cassette.close();
  assert.equal(readFileSync(path, "utf8"), text);
});

test("a replay reads no environment and opens no connection", async () => {
  await recorded({ status: 200, body: { session } }, (client) => client.sessions.get("1"));
  const text = `
    import net from "node:net";
    import { Cassette } from "agenthuman/testing";
    const cassette = new Cassette(${JSON.stringify(path)});
    const client = cassette.client({ baseURL: "http://127.0.0.1:1", apiKey: "no key", caFile: "/nowhere" });
    console.log((await client.sessions.get("1")).id, String(client));`;
  const env = { AGENTHUMAN_TOKEN: "no token", AGENTHUMAN_BASE_URL: "no URL", SSL_CERT_FILE: "/nowhere" };
  const { status, stdout, stderr } = await node(text, { env });
  assert.deepEqual(
    [status, stdout.trim()],
    [0, '1 AgentHuman {"baseURL":"https://replay.invalid","apiKey":"ah_test_…0000"}'],
    stderr,
  );
});

test("secrets are masked, and replayed as usable values", async () => {
  const program = async (client) => {
    const { api_key } = await client.apiKeys.create({ name: "n", environment: "test" });
    const stored = [];
    const rotated = await client.apiKeys.rotate(api_key.id, { store: (created) => stored.push(created) });
    assert.equal(stored[0].key, rotated.key);
    assert(rotated.key.endsWith(rotated.api_key.last4));
    assert(new AgentHuman({ apiKey: rotated.key }));
    return rotated;
  };
  let cassette = new Cassette(path);
  const { key } = await program(cassette.client({ token: sandbox.token, baseURL: sandbox.url }));
  cassette.close();
  const text = readFileSync(path, "utf8");
  for (const secret of [key.slice(0, 30), sandbox.token.slice(30, 60)]) assert(!text.includes(secret));
  cassette = new Cassette(path);
  assert.equal((await program(cassette.client())).key.slice(-4), key.slice(-4));
  cassette.assertAllPlayed();
});

test("a request that was not recorded", async () => {
  await recorded({ status: 200, body: { session } }, (client) => client.sessions.get("1"));
  const cassette = new Cassette(path);
  const client = cassette.client();
  await assert.rejects(client.sessions.get("2"), (error) => {
    assert(error instanceof NotRecordedError && error instanceof AgentHumanError);
    assert.match(error.message, /GET \/v1\/sessions\/2 \(sessions.get\) was not recorded in .*differs in path/);
    assert.deepEqual([error.retryable, error.operation], [false, "sessions.get"]);
    return true;
  });
  assert.deepEqual(cassette.unplayed, ["GET /v1/sessions/1 (sessions.get)"]);
  assert.throws(() => cassette.assertAllPlayed(), /that were not made: GET \/v1\/sessions\/1/);
  // The program handled the error, and the test would pass.
  assert.throws(
    () => cassette.close(),
    (error) => error instanceof NotRecordedError && /cassettes\.test\.mjs/.test(error.stack),
  );
  await assert.rejects(client.sessions.get("1"), ClosedError);
});

test("modes, and what is written when", async () => {
  assert.throws(() => new Cassette(path, { mode: "replay" }), ConfigurationError);
  assert.throws(() => new Cassette(path, { mode: "once" }), /mode must be/);
  process.env.CI = "true";
  try {
    assert.throws(() => new Cassette(path), /nothing is recorded in CI/);
  } finally {
    delete process.env.CI;
  }
  new Cassette(path).discard();
  assert(!existsSync(path));
  new Cassette(path)[Symbol.dispose]();
  assert.deepEqual(readdirSync(join(folder, "cassettes")), ["test.json"]);
});

test("concurrent calls, and functions for credentials", async () => {
  const numbers = Array.from({ length: 30 }, (_, number) => String(number));
  const program = (client) => Promise.all(numbers.map(async (number) => (await client.sessions.get(number)).id));
  const answer = ({ path }) => ({ status: 200, body: { session: { ...session, session_id: Number(path.split("/").at(-1)) } } });
  await recorded(answer, async (client) => assert.deepEqual(await program(client), numbers));
  let calls = 0;
  const cassette = new Cassette(path);
  assert.deepEqual(await program(cassette.client({ apiKey: () => (calls++, madeUpKey()) })), numbers);
  assert.equal(calls, 1);
  cassette.assertAllPlayed();
});
