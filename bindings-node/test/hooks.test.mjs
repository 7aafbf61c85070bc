// The hooks of a client: their events, and that they cannot affect a call.

import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { test } from "node:test";
import { AgentHuman, APIConnectionError } from "agenthuman";
import { withCanned } from "./support/canned.mjs";
import { madeUpKey } from "./support/credentials.mjs";
import { node } from "./support/run.mjs";
import { sessionRow } from "./support/rows.mjs";

const session = { headers: { "x-request-id": "req-17" }, body: { session: sessionRow(7) } };
/** Responds with 503 to the first request, and succeeds for the others. */
const onceBusy = (_, index) =>
  index === 0 ? { status: 503, headers: { "retry-after": "0" }, body: { error: "busy" } } : session;

const NAMES = ["onRequest", "onResponse", "onRetry", "onWait"];

/** A client whose hooks write their events into a list. */
function recording(server, options) {
  const events = [];
  const hooks = Object.fromEntries(NAMES.map((name) => [name, (event) => void events.push([name, event])]));
  return { events, client: new AgentHuman({ apiKey: madeUpKey(), baseURL: server.url, ...hooks, ...options }) };
}

test("every attempt is reported", () =>
  withCanned(onceBusy, async (server) => {
    const { client, events } = recording(server);
    await client.sessions.get("7");
    assert.deepEqual(
      events.map(([name, { attempt, method, path, operation }]) => [name, attempt, method, path, operation]),
      [
        ["onRequest", 1],
        ["onResponse", 1],
        ["onRetry", 1],
        ["onRequest", 2],
        ["onResponse", 2],
      ].map((expected) => [...expected, "GET", "/v1/sessions/7", "sessions.get"]),
    );
    const [, [, busy], [, retry], , [, response]] = events;
    assert.deepEqual([busy.status, busy.code, busy.requestId], [503, "service_unavailable", null]);
    assert.deepEqual([retry.status, retry.reason], [503, "service_unavailable"]);
    assert(Number.isSafeInteger(retry.delayMs) && Number.isSafeInteger(response.durationMs));
    assert.deepEqual([response.status, response.code, response.requestId], [200, null, "req-17"]);
    assert.equal(response.headers["x-request-id"], "req-17");
    assert.match(events[0][1].headers["x-api-key"], /^ah_test_….{4}$/);
  }));

test("the pages of a list, raw requests and failures are reported", async () => {
  const pages = ({ query }) => ({ body: { sessions: [sessionRow(query.after ? 2 : 1)], next: query.after ? null : "1" } });
  await withCanned(pages, async (server) => {
    const { client, events } = recording(server);
    await client.sessions.list().all();
    await client.request("GET", "/v1/x?code=1");
    const responses = events.filter(([name]) => name === "onResponse").map(([, { operation, path }]) => [operation, path]);
    assert.deepEqual(responses, [
      ["sessions.list", "/v1/sessions"],
      ["sessions.list", "/v1/sessions"],
      ["request", "/v1/x"],
    ]);
  });
  const { client, events } = recording({ url: "http://127.0.0.1:1" }, { maxRetries: 0 });
  await assert.rejects(client.sessions.get("7"), APIConnectionError);
  assert.deepEqual(
    events.map(([name, { status, code }]) => [name, status, code]),
    [
      ["onRequest", undefined, undefined],
      ["onResponse", null, "connection"],
    ],
  );
});

for (const [kind, fail] of [
  [
    "throws",
    () => {
      throw new RangeError("on purpose");
    },
  ],
  ["returns a promise that rejects", () => Promise.reject(new RangeError("on purpose"))],
]) {
  test(`a hook that ${kind} is logged, and the call continues`, () =>
    withCanned(onceBusy, async (server) => {
      const lines = [];
      const logger = { debug() {}, info() {}, warn() {}, error: (line) => lines.push(line) };
      const hooks = Object.fromEntries(NAMES.map((name) => [name, fail]));
      const client = new AgentHuman({ apiKey: madeUpKey(), baseURL: server.url, logger, ...hooks });
      assert.equal((await client.sessions.get("7")).id, "7");
      await new Promise(setImmediate);
      assert.equal(server.requests.length, 2);
      assert.deepEqual(
        lines.map((line) => /^agenthuman: (\w+ threw RangeError: on purpose)/.exec(line)?.[1]),
        ["onRequest", "onResponse", "onRetry", "onRequest", "onResponse"].map((name) => `${name} threw RangeError: on purpose`),
      );
    }));
}

test("without a logger, an error of a hook is printed", () =>
  withCanned(session, async (server) => {
    const program = `
      import { AgentHuman } from "agenthuman";
      const onResponse = async () => { throw new RangeError("on purpose"); };
      const client = new AgentHuman({ apiKey: "${madeUpKey()}", baseURL: "${server.url}", onResponse });
      console.log((await client.sessions.get("7")).id);`;
    const { stdout, stderr } = await node(program);
    assert.equal(stdout, "7\n");
    assert.match(stderr, /agenthuman: onResponse threw RangeError: on purpose/);
  }));

test("a promise that a hook returns is not awaited", () =>
  withCanned(session, async (server) => {
    const client = new AgentHuman({ apiKey: madeUpKey(), baseURL: server.url, onRequest: () => new Promise(() => {}) });
    assert.equal((await client.sessions.get("7")).id, "7");
  }));

test("a hook runs in the caller's asynchronous context", () =>
  withCanned(session, async (server) => {
    const storage = new AsyncLocalStorage();
    const seen = [];
    const client = new AgentHuman({ apiKey: madeUpKey(), baseURL: server.url, onResponse: () => seen.push(storage.getStore()) });
    await Promise.all(["one", "two"].map((name) => storage.run(name, () => client.sessions.get("7"))));
    assert.deepEqual(seen.sort(), ["one", "two"]);
  }));

test("a hook that is no function is rejected", () => {
  for (const name of NAMES) {
    assert.throws(() => new AgentHuman({ apiKey: madeUpKey(), [name]: 5 }), { parameter: name });
  }
});
