// Reports of calls: raw responses, the logger, OpenTelemetry.

import assert from "node:assert/strict";
import { test } from "node:test";
import { SpanStatusCode, trace } from "@opentelemetry/api";
import { AgentHuman, ConfigurationError, NotFoundError, Session } from "agenthuman";
import { withCanned } from "./support/canned.mjs";
import { madeUpKey, madeUpToken } from "./support/credentials.mjs";
import { node } from "./support/run.mjs";
import { sessionRow } from "./support/rows.mjs";

const headers = { "x-request-id": "req-17" };
const session = { headers, body: { session: sessionRow(7) } };
/** Responds with 503 to the first request, and succeeds for the others. */
const onceBusy = (_, index) =>
  index === 0 ? { status: 503, headers: { "retry-after": "0" }, body: { error: "busy" } } : session;

const open = (server, options) => new AgentHuman({ apiKey: madeUpKey(), token: madeUpToken(), baseURL: server.url, ...options });

test("withRawResponse has the status, the headers, the request's id and every attempt", async () => {
  await withCanned(onceBusy, async (server) => {
    const { value, status, headers, requestId, attempts } = await open(server).withRawResponse.sessions.get("7");
    assert(value instanceof Session);
    assert.deepEqual([value.id, status, headers["x-request-id"], requestId], ["7", 200, "req-17", "req-17"]);
    assert.deepEqual(
      attempts.map(({ status, code }) => [status, code]),
      [
        [503, "service_unavailable"],
        [200, null],
      ],
    );
  });
});

test("withRawResponse returns the first page of a list, raw requests, nothing, and errors", async () => {
  const answer = ({ method, path, query }) =>
    path === "/v1/x"
      ? { body: [1] }
      : path === "/v1/sessions"
        ? { body: { sessions: [sessionRow(query.after ? 2 : 1)], next: query.after ? null : "1" } }
        : method === "DELETE"
          ? { status: 200, body: { success: true } }
          : { status: 404, body: {} };
  await withCanned(answer, async (server) => {
    const raw = open(server, { logger: console }).withRawResponse;
    const page = await raw.sessions.list();
    assert.deepEqual([page.value.items.map(({ id }) => id), page.value.next, page.status], [["1"], "1", 200]);
    assert.deepEqual((await raw.request("GET", "/v1/x")).value, [1]);
    const nothing = await raw.roles.delete("5");
    assert.deepEqual([nothing.value, nothing.status, nothing.requestId], [undefined, 200, null]);
    await assert.rejects(open(server).withRawResponse.sessions.get("7"), NotFoundError);
    assert.equal(server.requests.length, 4);
  });
});

function recorder() {
  const lines = [];
  const logger = Object.fromEntries(
    ["debug", "info", "warn", "error"].map((level) => [level, (text) => lines.push([level, text])]),
  );
  return { lines, logger };
}

test("a logger receives lines of its level", async () => {
  for (const [logLevel, expected] of [
    ["debug", ["info", "debug", "warn"]],
    ["info", ["info", "warn"]],
    [undefined, ["warn"]],
    ["error", []],
    ["off", []],
  ]) {
    const answers = [onceBusy(0, 0), session, { status: 404, body: { error: "no" } }];
    await withCanned(
      (_, index) => answers[index],
      async (server) => {
        const { lines, logger } = recorder();
        const client = open(server, { logger, ...(logLevel && { logLevel }) });
        await client.sessions.get("7");
        await client.sessions.get("8").catch(() => {});
        assert.deepEqual(
          lines.map(([level]) => level),
          expected,
          logLevel,
        );
        const text = lines.map(([, text]) => text).join("\n");
        if (logLevel === "debug") {
          assert.match(text, /^agenthuman: sessions.get attempt 1: 503 service_unavailable, \d+ ms$/m);
          assert.match(text, /^agenthuman: sessions.get status 200 in \d+ ms$/m);
        }
        if (expected.includes("warn")) assert.match(text, /sessions.get failed: NotFoundError: no.* in \d+ ms/);
      },
    );
  }
});

test("log lines contain no secrets", async () => {
  const [apiKey, token] = [madeUpKey(), madeUpToken()];
  const code = "482913";
  await withCanned({ status: 400, body: { error: `no: ${apiKey} ${token} ${code}` } }, async (server) => {
    const { lines, logger } = recorder();
    const client = open(server, { apiKey, token, logger, logLevel: "debug" });
    await client.auth.verifyOtp("ada@example.com", code).catch(() => {});
    await client.sessions.get("7").catch(() => {});
    const text = lines.map(([, text]) => text).join("\n");
    assert.equal(lines.length, 2);
    for (const secret of [apiKey.slice(8, 36), token.slice(40, 80), token.split(".")[2]]) assert(!text.includes(secret), text);
    assert(!lines[0][1].includes(code), text);
  });
});

test("a failing logger does not fail the call, and an invalid logger is rejected", async () => {
  await withCanned(session, async (server) => {
    const fails = () => {
      throw new Error("the disk is full");
    };
    const logger = { debug: fails, info: fails, warn: fails, error: fails };
    assert.equal((await open(server, { logger, logLevel: "debug" }).sessions.get("7")).id, "7");
    assert.throws(() => open(server, { logger: {} }), ConfigurationError);
    assert.throws(() => open(server, { logger: console, logLevel: "loud" }), { parameter: "logLevel" });
  });
});

test("a call is a span if OpenTelemetry is set up", async () => {
  await withCanned(onceBusy, async (server) => {
    const spans = [];
    class Span {
      attributes = {};
      constructor(name, options) {
        Object.assign(this, { name, kind: options.kind });
        Object.assign(this.attributes, options.attributes);
        spans.push(this);
      }
      isRecording = () => true;
      setAttribute = (name, value) => ((this.attributes[name] = value), this);
      setStatus = (status) => ((this.status = status), this);
      end = () => (this.ended = true);
    }
    const client = open(server);
    const tracer = { startSpan: (name, options) => new Span(name, options) };
    trace.setGlobalTracerProvider({ getTracer: () => tracer });
    try {
      await client.sessions.get("7");
      const stopped = AbortSignal.abort();
      await client.sessions.get("7", { signal: stopped }).catch(() => {});
      await client.sessions.get("").catch(() => {});
      await client.sessions
        .list({ limit: 999 })
        .all()
        .catch(() => {});
    } finally {
      trace.disable();
    }
    assert(spans.every(({ ended, kind }) => ended && kind === 2));
    assert.deepEqual(spans[0].attributes, {
      "agenthuman.operation": "sessions.get",
      "http.response.status_code": 200,
      "http.request.resend_count": 1,
      "agenthuman.request_id": "req-17",
    });
    assert.deepEqual([spans[0].name, spans[0].status], ["agenthuman sessions.get", undefined]);
    assert.equal(spans[1].attributes["error.type"], "aborted");
    assert.deepEqual(
      spans.slice(2).map(({ attributes, status }) => [attributes["error.type"], status.code]),
      [
        ["invalid_argument", SpanStatusCode.ERROR],
        ["invalid_argument", SpanStatusCode.ERROR],
      ],
    );
  });
});

test("without OpenTelemetry, nothing of it is loaded", async () => {
  const { stdout } = await node(`
    import { createRequire } from "node:module";
    import { AgentHuman } from "agenthuman";
    const client = new AgentHuman({ baseURL: "http://127.0.0.1:9", apiKey: "${madeUpKey()}", maxRetries: 0 });
    await client.sessions.get("7").catch(() => {});
    const loaded = Object.keys(createRequire(import.meta.url).cache);
    console.log(loaded.some((path) => path.includes("opentelemetry")), loaded.length > 0);
  `);
  assert.equal(stdout, "false true\n");
});
