// The rate limit: calls are paced, waits are reported, and there is a maximum wait.

import assert from "node:assert/strict";
import { test } from "node:test";
import { AgentHuman, APITimeoutError } from "agenthuman";
import { withCanned } from "./support/canned.mjs";
import { madeUpKey } from "./support/credentials.mjs";
import { sessionRow } from "./support/rows.mjs";

const open = (url, options) => new AgentHuman({ apiKey: madeUpKey(), baseURL: url, ...options });

/** Accepts `limit` requests in each window, which starts with a request. */
function windows(limit, milliseconds) {
  let began = -Infinity;
  let used = 0;
  return () => {
    if (performance.now() - began >= milliseconds) [began, used] = [performance.now(), 0];
    const accepted = used < limit;
    if (accepted) used += 1;
    const headers = {
      "x-ratelimit-limit": limit,
      "x-ratelimit-remaining": limit - used,
      "x-ratelimit-reset": Math.max(0, began + milliseconds - performance.now()) / 1000,
    };
    if (!accepted) return { status: 429, headers, body: { success: false, error: "Too many requests." } };
    return { status: 200, headers, body: { success: true, session: sessionRow(5) } };
  };
}

test("concurrent calls are paced, and waiting does not count against the timeout", () =>
  withCanned(windows(20, 1000), async (server) => {
    const client = open(server.url, { timeout: 1500 });
    const made = await Promise.all(Array.from({ length: 60 }, () => client.sessions.create({ agentId: "7" })));
    assert.equal(made.length, 60);
  }));

test("a call that is aborted while it waits leaves the queue", () =>
  withCanned(windows(1, 500), async (server) => {
    const client = open(server.url);
    await client.sessions.get("5");
    await assert.rejects(client.sessions.get("5", { signal: AbortSignal.timeout(100) }), { name: "TimeoutError" });
    await client.sessions.get("5");
    assert.equal(server.requests.length, 2);
  }));

test("a client that does not wait fails at once", () =>
  withCanned(windows(1, 60_000), async (server) => {
    const client = open(server.url, { maxRateLimitWait: 0 });
    await client.sessions.get("5");
    await assert.rejects(client.sessions.create({ agentId: "7" }), (error) => {
      assert(error instanceof APITimeoutError, error);
      assert.equal(error.phase, "rate_limit");
      assert.equal(error.outcomeUnknown, false);
      assert(error.retryAfter > 0 && error.retryAfter <= 60, error.retryAfter);
      return true;
    });
    assert.equal(server.requests.length, 1);
  }));

test("waits are reported and logged, and errors of onWait have no effect", () =>
  withCanned(windows(2, 1000), async (server) => {
    const waits = [];
    const lines = [];
    const note = (text) => lines.push(text);
    const client = open(server.url, {
      logger: { debug: note, info: note, warn: note, error: note },
      onWait: (wait) => {
        waits.push(wait);
        throw new RangeError("a report that fails on purpose");
      },
    });
    await client.sessions.get("5");
    await Promise.all(["1", "2", "3"].map((id) => client.sessions.get(id)));
    assert.deepEqual(
      waits.map(({ operation, phase, queued }) => ({ operation, phase, queued })),
      Array(2).fill({ operation: "sessions.get", phase: "rate_limit", queued: 2 }),
    );
    assert(
      waits.every(({ seconds }) => seconds > 0 && seconds <= 1),
      waits,
    );
    const warning = "agenthuman: sessions.get: waiting 1 s for the rate limit, 2 calls queued";
    assert.deepEqual(
      lines.filter((line) => line.includes("waiting")),
      [warning],
    );
    assert.equal(lines.filter((line) => line.includes("onWait threw RangeError")).length, 2);
  }));

test("options that are invalid are rejected", () => {
  for (const options of [{ maxRateLimitWait: -1 }, { maxRateLimitWait: "1" }, { maxRateLimitWait: NaN }, { onWait: 5 }]) {
    assert.throws(() => open("http://127.0.0.1:9", options), { parameter: Object.keys(options)[0] });
  }
});
