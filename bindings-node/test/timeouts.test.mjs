// Every kind of timeout, and aborting every wait. The error has the phase.

import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { test } from "node:test";
import { AgentHuman, APITimeoutError } from "agenthuman";
import { withCanned } from "./support/canned.mjs";
import { madeUpKey, madeUpToken } from "./support/credentials.mjs";
import { sessionRow } from "./support/rows.mjs";

const open = (url, options) =>
  new AgentHuman({ apiKey: madeUpKey(), token: madeUpToken(), baseURL: url, maxRetries: 0, ...options });

const timedOut = (phase) => (error) => {
  assert(error instanceof APITimeoutError, error);
  assert.equal(error.phase, phase);
  return true;
};

/** A server that accepts connections and sends nothing. */
async function withSilence(use) {
  const sockets = new Set();
  const server = net.createServer((socket) => sockets.add(socket.on("error", () => {}))).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    await use(`127.0.0.1:${server.address().port}`, sockets);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

test("while connecting", () =>
  withSilence((address) =>
    assert.rejects(open(`https://${address}`, { connectTimeout: 50 }).sessions.get("7"), timedOut("connect")),
  ));

test("while waiting for the response", () =>
  withCanned({ hold: true }, (server) => assert.rejects(open(server.url).sessions.get("7", { timeout: 50 }), timedOut("total"))));

test("while reading the response", () =>
  withSilence(async (address, sockets) => {
    const call = open(`http://${address}`).sessions.get("7", { timeout: 300 });
    while (sockets.size === 0) await new Promise((resolve) => setImmediate(resolve));
    const [socket] = sockets;
    socket.write("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{");
    await assert.rejects(call, timedOut("read"));
  }));

/** Reports an exhausted rate limit for one minute. */
const spent = () => ({
  headers: {
    "x-ratelimit-limit": "60",
    "x-ratelimit-remaining": "0",
    "x-ratelimit-reset": String(Math.ceil(Date.now() / 1000) + 50),
  },
  body: { session: sessionRow(7) },
});

test("while waiting for the rate limit", () =>
  withCanned(spent, async (server) => {
    const client = open(server.url, { maxRateLimitWait: 1000 });
    await client.sessions.get("7");
    await assert.rejects(client.sessions.get("7"), (error) => {
      assert(error.retryAfter > 1);
      return timedOut("rate_limit")(error);
    });
    assert.equal(server.requests.length, 1);
  }));

test("while an upload makes no progress", () =>
  withSilence(async (address) => {
    async function* stalled() {
      yield new Uint8Array(10);
      await new Promise(() => {});
    }
    const call = open(`http://${address}`).avatars.upload({ file: stalled(), name: "a" }, { timeout: 100 });
    await assert.rejects(call, APITimeoutError);
  }));

test("an abort ends the wait for the rate limit", () =>
  withCanned(spent, async (server) => {
    const client = open(server.url);
    await client.sessions.get("7");
    const controller = new AbortController();
    const call = client.sessions.get("7", { signal: controller.signal });
    setImmediate(() => controller.abort());
    await assert.rejects(call, { name: "AbortError" });
    assert.equal(server.requests.length, 1);
  }));

test("an abort ends the wait for a token", async () => {
  const controller = new AbortController();
  const token = () => new Promise(() => {});
  const call = open("http://127.0.0.1:9", { token }).auth.me({ signal: controller.signal });
  setImmediate(() => controller.abort());
  await assert.rejects(call, { name: "AbortError" });
});

test("AbortSignal.timeout rejects with its own reason", () =>
  withCanned({ hold: true }, async (server) => {
    await assert.rejects(open(server.url).sessions.get("7", { signal: AbortSignal.timeout(30) }), { name: "TimeoutError" });
    await server.requests[0].gone;
  }));
