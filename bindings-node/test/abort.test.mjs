// Aborting: in any phase of a call, the request is dropped at once and the call rejects with the reason.

import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { AgentHuman } from "agenthuman";
import { withCanned } from "./support/canned.mjs";
import { madeUpKey, madeUpToken } from "./support/credentials.mjs";
import { sessionRow } from "./support/rows.mjs";

const open = (server, options) => new AgentHuman({ apiKey: madeUpKey(), token: madeUpToken(), baseURL: server.url, ...options });
const aborted = { name: "AbortError" };

test("before the call, nothing is sent", async () => {
  await withCanned({ body: [] }, async (server) => {
    const signal = AbortSignal.abort();
    await assert.rejects(open(server).sessions.get("7", { signal }), aborted);
    await assert.rejects(open(server).sessions.list({}, { signal }).all(), aborted);
    assert.equal(server.requests.length, 0);
  });
});

test("during the call, its request is dropped", async () => {
  await withCanned({ hold: true }, async (server) => {
    const controller = new AbortController();
    const calls = [
      open(server).sessions.get("7", { signal: controller.signal }),
      open(server).voices.list({ signal: controller.signal }).all(),
    ];
    await server.received(2);
    controller.abort();
    await Promise.all(calls.map((call) => assert.rejects(call, aborted)));
    await Promise.all(server.requests.map(({ gone }) => gone));
    assert.equal(getEventListeners(controller.signal, "abort").length, 0);
  });
});

test("many calls share a signal without a warning, and each is dropped", async () => {
  await withCanned({ hold: true }, async (server) => {
    const warnings = [];
    const warned = (warning) => warnings.push(warning);
    process.on("warning", warned);
    const controller = new AbortController();
    const client = open(server);
    const calls = Array.from({ length: 20 }, () => client.sessions.get("7", { signal: controller.signal }));
    await server.received(20);
    controller.abort();
    await Promise.all(calls.map((call) => assert.rejects(call, aborted)));
    await Promise.all(server.connections);
    process.off("warning", warned);
    assert.deepEqual(warnings, []);
    assert.equal(getEventListeners(controller.signal, "abort").length, 0);
  });
});

test("with a custom reason", async () => {
  await withCanned({ hold: true }, async (server) => {
    const reason = new Error("changed my mind");
    const controller = new AbortController();
    const call = open(server).sessions.get("7", { signal: controller.signal });
    await server.received(1);
    controller.abort(reason);
    await assert.rejects(call, (error) => error === reason);
  });
});

test("while a credential function runs", async () => {
  await withCanned({ body: [] }, async (server) => {
    const controller = new AbortController();
    const apiKey = () => {
      controller.abort();
      return new Promise(() => {});
    };
    await assert.rejects(open(server, { apiKey }).sessions.get("7", { signal: controller.signal }), aborted);
    assert.equal(server.requests.length, 0);
  });
});

test("during the backoff", async () => {
  await withCanned({ status: 503, headers: { "retry-after": "50" }, body: { error: "later" } }, async (server) => {
    const controller = new AbortController();
    const call = open(server).sessions.get("7", { signal: controller.signal });
    await server.received(1);
    await server.requests[0].gone;
    controller.abort();
    await assert.rejects(call, aborted);
    assert.equal(server.requests.length, 1);
  });
});

test("between two pages", async () => {
  await withCanned({ body: { sessions: [sessionRow(1)], next: "1" } }, async (server) => {
    const controller = new AbortController();
    await assert.rejects(async () => {
      for await (const _ of open(server).sessions.list({}, { signal: controller.signal })) controller.abort();
    }, aborted);
    assert.equal(server.requests.length, 1);
  });
});

test("after the call, it has no effect", async () => {
  await withCanned({ body: { session: sessionRow(7) } }, async (server) => {
    const controller = new AbortController();
    const session = await open(server).sessions.get("7", { signal: controller.signal });
    assert.equal(getEventListeners(controller.signal, "abort").length, 0);
    controller.abort();
    assert.equal(session.id, "7");
  });
});
