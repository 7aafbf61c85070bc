// The relay on platforms that change requests: serverless adapters, bodies that were already read, functions that never
// return, and phones that disconnect.

import assert from "node:assert/strict";

import { test } from "node:test";

import serverless from "serverless-http";
import serverlessExpress from "@codegenie/serverless-express";
import { withCanned } from "./support/canned.mjs";
import { inExpress, keptLog, listening, phone, relayTo } from "./support/relay.mjs";
import { sessionRow } from "./support/rows.mjs";

const session = { status: 201, body: { session: sessionRow(7) } };

/** An event of AWS API Gateway, version 1. */
const event = (method, path, headers, body) => ({
  httpMethod: method,
  path,
  headers,
  multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
  queryStringParameters: null,
  multiValueQueryStringParameters: null,
  requestContext: { httpMethod: method, path, identity: { sourceIp: "127.0.0.1" } },
  body,
  isBase64Encoded: false,
});

const adapters = {
  "serverless-http": (app) => serverless(app),
  "@codegenie/serverless-express": (app) => {
    const handler = serverlessExpress({ app });
    return (event) => handler(event, {}, () => {});
  },
};

for (const [name, adapt] of Object.entries(adapters)) {
  test(`behind ${name}`, async () => {
    await withCanned(session, async (server) => {
      const handle = adapt(inExpress(relayTo(server.url)));
      const headers = { Authorization: "Bearer demo-alice", "Content-Type": "application/json", Host: "backend.test" };
      const opened = await handle(event("POST", "/agenthuman/v1/sessions", headers, '{"agent_id":"31"}'));
      assert.equal(opened.statusCode, 201, opened.body);
      assert.equal(JSON.parse(server.requests[0].body).agent_id, 31);
      const grant = JSON.parse(opened.body).grant;
      const got = await handle(event("GET", "/agenthuman/v1/sessions/7", { ...headers, "X-AgentHuman-Grant": grant }, null));
      assert.equal(got.statusCode, 200, got.body);
      const nobody = await handle(event("GET", "/agenthuman/v1/avatars", { Host: "backend.test" }, null));
      assert.equal(nobody.statusCode, 401, nobody.body);
    });
  });
}

test("a buffered body is used", async () => {
  const body = '{"agent_id":"31"}';
  for (const keep of [
    (request) => (request.rawBody = Buffer.from(body)),
    (request) => (request.rawBody = body),
    (request) => Object.assign(request, { rawBody: Buffer.from(body), body: JSON.parse(body) }),
    (request) => (request.body = Buffer.from(body)),
    (request) => (request.body = body),
  ]) {
    await withCanned(session, async (server) => {
      const eager = async (request, _response, next) => {
        await request.toArray();
        keep(request);
        next();
      };
      await listening(inExpress(relayTo(server.url), eager), async (url) => {
        const ask = phone((path, init) => fetch(`${url}/agenthuman${path}`, init));
        const opened = await ask("POST", "/v1/sessions", { body });
        assert.equal(opened.status, 201, opened.text);
        assert.equal(JSON.parse(server.requests[0].body).agent_id, 31);
      });
    });
  }
});

test("requests of other types are a clear error", async () => {
  const errors = [];
  const relay = relayTo("http://127.0.0.1:1", { onError: (error) => errors.push(error) });
  for (const odd of [undefined, null, {}, "GET /", new URL("http://a"), { url: 5 }, { url: "http://a/", headers: {} }]) {
    await assert.rejects(async () => relay.fetch(odd), /TypeError: The argument of relay.fetch must be a Request/);
    const handed = [];
    relay.express()(odd, {}, (error) => handed.push(error));
    assert.match(`${handed[0]}`, /TypeError: The arguments of the relay's handler must be/);
  }
});

test("header values of any type become strings", async () => {
  await withCanned({ body: { avatars: [] } }, async (server) => {
    const odd = (request, _response, next) => {
      Object.defineProperty(request, "rawHeaders", { value: [] });
      request.headers["x-number"] = 5;
      request.headers["x-list"] = ["a", 6, true];
      request.headers["x-nothing"] = undefined;
      request.headers["x-object"] = { a: 1 };
      next();
    };
    await listening(inExpress(relayTo(server.url), odd), async (url) => {
      const { status, text } = await phone((path, init) => fetch(`${url}/agenthuman${path}`, init))("GET", "/v1/avatars");
      assert.equal(status, 200, text);
    });
  });
});

test("user ids that could be confused are rejected, and the log says why", async () => {
  for (const id of ["\ud800", "a\udfff", "a\ufffd", "a\0", "a\nb", "x".repeat(257)]) {
    const logger = keptLog();
    await withCanned(session, async (server) => {
      const relay = relayTo(server.url, { authorize: () => id, logger });
      const answer = await phone((path, init) => relay.fetch(new Request(`http://backend.test${path}`, init)))(
        "POST",
        "/v1/sessions",
        { body: {} },
      );
      assert.deepEqual([answer.status, answer.body.error.code, server.requests.length], [500, "server", 0]);
      assert.match(logger.lines.join(), /authorize returned an invalid user id/);
    });
  }
});

for (const hung of ["authorize", "policy", "key"]) {
  test(`${hung} that never returns`, async () => {
    const logger = keptLog();
    await withCanned(session, async (server) => {
      const relay = relayTo(server.url, { functionTimeout: 0.3, logger, [hung]: () => new Promise(() => {}) });
      const ask = phone((path, init) => relay.fetch(new Request(`http://backend.test${path}`, init)));
      const answer = await ask("POST", "/v1/sessions", { body: {} });
      assert.deepEqual([answer.status, answer.body.error.code], [503, "service_unavailable"]);
      assert.equal(answer.headers.get("retry-after"), "5");
      const name = hung === "key" ? "the credential function" : hung;
      assert(
        logger.lines.some((line) => line.includes(`${name} did not return within 0.3 s`)),
        logger.lines.join(),
      );
    });
  });
}

test("onError receives errors of functions, and its own errors have no effect", async () => {
  const thrown = new Error("no such plan");
  for (const failing of [false, true]) {
    const seen = [];
    const onError = (error, context) => {
      seen.push([error, context]);
      if (failing) throw new Error("onError failed");
    };
    const logger = keptLog();
    const relay = relayTo("http://127.0.0.1:1", { onError, logger, policy: () => Promise.reject(thrown) });
    const ask = phone((path, init) => relay.fetch(new Request(`http://backend.test${path}`, init)));
    const { status, text } = await ask("POST", "/v1/sessions", { body: {} });
    assert.deepEqual([status, seen], [500, [[thrown, { function: "policy" }]]]);
    assert(!text.includes("plan"));
    assert.equal(
      logger.lines.some((line) => line.includes("onError failed")),
      failing,
    );
  }
});

test("concurrent requests do not exceed the limit of open sessions", async () => {
  let last = 100;
  const opens = () => ({ status: 201, body: { session: sessionRow(++last) } });
  await withCanned(opens, async (server) => {
    const seen = [];
    const policy = (_user, request) => (seen.push(request.open_sessions), { agent_id: "1" });
    const relay = relayTo(server.url, { policy });
    const ask = phone((path, init) => relay.fetch(new Request(`http://backend.test${path}`, init)));
    const all = await Promise.all(Array.from({ length: 120 }, () => ask("POST", "/v1/sessions", { body: {} })));
    assert.equal(all.filter(({ status }) => status === 201).length, 3);
    assert(all.every(({ status, body }) => status === 201 || body.error.code === "concurrency_limit"));
    assert.deepEqual([server.requests.length, seen], [3, [0, 1, 2]]);
  });
});

test("a session is ended if its phone disconnects", async () => {
  let release;
  const released = new Promise((resolve) => (release = resolve));
  const answer = async ({ method }) => {
    if (method === "POST") await released;
    return session;
  };
  await withCanned(answer, async (server) => {
    await listening(inExpress(relayTo(server.url)), async (url) => {
      const controller = new AbortController();
      const ask = phone((path, init) => fetch(`${url}/agenthuman${path}`, init));
      const pending = ask("POST", "/v1/sessions", { body: {}, signal: controller.signal });
      await server.received(1);
      controller.abort();
      await assert.rejects(pending, { name: "AbortError" });
      await new Promise((resolve) => setTimeout(resolve, 200));
      release();
      await server.received(2);
      assert.deepEqual(
        server.requests
          .map(({ method, path }) => `${method} ${path ?? ""}`.trim())
          .slice(1)[0]
          .split(" ")[0],
        "PUT",
      );
    });
  });
});

test("long paths and headers are handled in linear time", async () => {
  const relay = relayTo("http://127.0.0.1:1");
  await listening(inExpress(relay), async (url) => {
    const path = `/agenthuman%2f${"/%41".repeat(3500)}`;
    const { status } = await fetch(`${url}${path}`);
    assert.equal(status, 404);
  });
  const began = process.cpuUsage().user;
  for (const piece of ["/%41", "%2f", "/"]) {
    const request = new Request(`http://backend.test/v1/sessions${piece.repeat(60_000 / piece.length)}`);
    assert.equal((await relay.fetch(request)).status, 404);
  }
  const headers = new Headers(Array.from({ length: 40_000 }, (_, number) => [`x-${number}`, "1"]));
  assert.equal((await relay.fetch(new Request("http://backend.test/v1/avatars", { headers }))).status, 400);
  assert((process.cpuUsage().user - began) / 1e6 < 5);
});
