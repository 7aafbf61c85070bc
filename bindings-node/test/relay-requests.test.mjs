// Requests to the relay that are invalid, are aborted, or need the backend's credential first.

import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import net from "node:net";
import { test } from "node:test";
import express from "express";
import { withCanned } from "./support/canned.mjs";
import { madeUpKey } from "./support/credentials.mjs";
import { inExpress, keptLog, listening, mounts, phone, relayTo } from "./support/relay.mjs";
import { avatarRow, sessionRow } from "./support/rows.mjs";

const avatars = { body: { avatars: [avatarRow(7)] } };
const session = { status: 201, body: { session: sessionRow(7) } };

/** Calls `use` with a function that sends requests to a relay, and the server behind it. */
const through = (mount, answer, options, use) =>
  withCanned(answer, (server) => mount.reach(relayTo(server.url, { ...mount.options, ...options }), (send) => use(send, server)));

/** Sends a request with raw headers. */
async function exactly(url, path, headers) {
  const { hostname, port } = new URL(url);
  const request = http.request({ hostname, port, path, headers, setHost: false, agent: false }).end();
  const [answer] = await once(request, "response");
  answer.setEncoding("utf8");
  const body = JSON.parse((await answer.toArray()).join(""));
  return { status: answer.statusCode, code: body.error?.code };
}

/** Returns a body of a number of pieces. */
const pieces = (count, size) =>
  new ReadableStream({
    pull(controller) {
      if (count-- > 0) controller.enqueue(new Uint8Array(size).fill(0x20));
      else controller.close();
    },
  });

const json = { "content-type": "application/json" };

for (const [name, mount] of Object.entries(mounts)) {
  test(`${name}: a body in several pieces`, async () => {
    const body = async function* () {
      for (const piece of ['{"agent', "", '_id":"', "31", '"}']) {
        yield new TextEncoder().encode(piece);
        await new Promise(setImmediate);
      }
    };
    await through(mount, session, {}, async (send, server) => {
      const init = { headers: json, body: ReadableStream.from(body()), duplex: "half" };
      const answer = await phone(send)("POST", "/v1/sessions", init);
      // The stream is given as it is, and no text.
      assert.equal(answer.status, 201, answer.text);
      assert.equal(JSON.parse(server.requests[0].body).agent_id, 31);
    });
  });

  test(`${name}: a large body is rejected, with or without a length`, async () => {
    await through(mount, session, { maxRequestBytes: 1000 }, async (send, server) => {
      const ask = phone(send);
      const announced = await ask("POST", "/v1/sessions", { body: { metadata: { a: "x".repeat(2000) } } });
      const streamed = await ask("POST", "/v1/sessions", { headers: json, body: pieces(2000, 5000), duplex: "half" });
      for (const { status, body } of [announced, streamed]) {
        assert.deepEqual([status, body.error.code, server.requests.length], [413, "bad_request", 0]);
      }
      assert.equal((await ask("POST", "/v1/sessions", { body: {} })).status, 201);
    });
  });

  test(`${name}: a body that is not JSON is rejected`, async () => {
    await through(mount, session, {}, async (send, server) => {
      const ask = phone(send);
      const answers = [
        await ask("POST", "/v1/sessions", { body: "{" }),
        await ask("POST", "/v1/sessions", { body: { agent: "7" } }),
        await ask("POST", "/v1/sessions", {}),
        await ask("POST", "/v1/sessions", { body: "{}", headers: { "content-type": "text/plain" } }),
      ];
      assert.deepEqual(
        answers.map(({ status, body }) => [status, body.error.code]),
        [400, 400, 415, 415].map((status) => [status, "bad_request"]),
      );
      assert.equal(server.requests.length, 0);
    });
  });

  test(`${name}: headers of the phone are not forwarded, and an API key is rejected`, async () => {
    const key = madeUpKey();
    await through(mount, avatars, { key }, async (send, server) => {
      const ask = phone(send);
      const more = { "x-agenthuman-grant": "a.b.c", "x-forwarded-for": "::1", "user-agent": "phone" };
      assert.equal((await ask("GET", "/v1/avatars", { headers: more })).status, 200);
      const { headers } = server.requests[0];
      assert.equal(headers["x-api-key"], key);
      for (const name of ["authorization", "x-agenthuman-grant", "x-forwarded-for", "cookie"]) assert(!(name in headers), name);
      assert.doesNotMatch(headers["user-agent"], /phone/);
      for (const smuggled of [
        { "x-api-key": madeUpKey() },
        { authorization: `Bearer ${madeUpKey("live")}` },
        { authorization: "Bearer demo-alice, Bearer demo-bob" },
        { "x-agenthuman-grant": "a.b.c, d.e.f" },
      ]) {
        const { status, body, text } = await ask("GET", "/v1/avatars", { headers: smuggled });
        assert.deepEqual([status, body.error.code], [400, "bad_request"]);
        assert(!Object.values(smuggled).some((value) => text.includes(value)));
      }
      assert.equal(server.requests.length, 1);
    });
  });

  test(`${name}: aborting a request drops the request to the service`, async () => {
    await through(mount, { hold: true }, {}, async (send, server) => {
      const controller = new AbortController();
      const pending = phone(send)("GET", "/v1/avatars", { signal: controller.signal });
      await server.received(1);
      controller.abort();
      await assert.rejects(pending, { name: "AbortError" });
      await server.requests[0].gone;
    });
  });

  test(`${name}: a request aborted during a function sends nothing`, async () => {
    let [think, decide] = [];
    const thinking = new Promise((resolve) => (think = resolve));
    const authorize = ({ token, raw }) => {
      if (token !== "demo-alice") return token;
      think(raw);
      return new Promise((resolve) => (decide = resolve));
    };
    await through(mount, avatars, { authorize }, async (send, server) => {
      const controller = new AbortController();
      const pending = phone(send)("GET", "/v1/avatars", { signal: controller.signal });
      const { socket } = await thinking;
      controller.abort();
      await assert.rejects(pending, { name: "AbortError" });
      if (socket) await once(socket, "close");
      decide("alice");
      // When this one has its response, the other would have arrived.
      assert.equal((await phone(send, "bob")("GET", "/v1/avatars")).status, 200);
      assert.equal(server.requests.length, 1);
    });
  });

  test(`${name}: the key function runs again after a revoked key`, async () => {
    const keys = [madeUpKey(), madeUpKey()];
    const answer = ({ headers }) =>
      headers["x-api-key"] === keys[0] ? { status: 401, body: { success: false, error: "API key has been revoked" } } : avatars;
    let runs = 0;
    const key = async () => keys[Math.min(runs++, 1)];
    await through(mount, answer, { key }, async (send, server) => {
      const answers = await Promise.all(Array.from({ length: 10 }, () => phone(send)("GET", "/v1/avatars")));
      assert(answers.every(({ status }) => status === 200));
      assert.equal(server.requests.at(-1).headers["x-api-key"], keys[1]);
      assert.equal(runs, 2);
    });
  });

  test(`${name}: a key function that fails is logged with its stack`, async () => {
    const logger = keptLog();
    const key = () => Promise.reject(new RangeError("the vault is shut"));
    await through(mount, avatars, { key, logger }, async (send, server) => {
      const { status, body, text } = await phone(send)("GET", "/v1/avatars", { headers: { "x-request-id": "abc" } });
      assert.deepEqual([status, body.error.code, server.requests.length], [502, "server", 0]);
      assert(!text.includes("vault") && !text.includes("RangeError"));
      const [failed, answered] = logger.lines;
      assert.match(failed, /^error: agenthuman: relay: credential threw RangeError: RangeError: the vault is shut\n +at .*key/);
      assert.match(answered, /^warn: agenthuman: relay: status 502, request id abc/);
    });
  });

  test(`${name}: a browser of a known origin may call, and no other`, async () => {
    const [known, unknown] = ["https://app.example.com", "https://evil.example.com"];
    await through(mount, avatars, { origins: [known] }, async (send) => {
      const preflight = (origin) =>
        phone(send)("OPTIONS", "/v1/sessions", { headers: { origin, "access-control-request-method": "POST" } });
      const [allowed, refused] = [await preflight(known), await preflight(unknown)];
      assert.deepEqual([allowed.status, allowed.text], [200, ""]);
      assert.equal(allowed.headers.get("access-control-allow-origin"), known);
      assert.equal(allowed.headers.get("content-type"), null);
      assert.match(allowed.headers.get("access-control-allow-headers"), /x-agenthuman-grant/);
      assert.equal(refused.headers.get("access-control-allow-origin"), null);
      const [read, unread] = [
        await phone(send)("GET", "/v1/avatars", { headers: { origin: known } }),
        await phone(send)("GET", "/v1/avatars", { headers: { origin: unknown } }),
      ];
      assert.equal(read.headers.get("access-control-allow-origin"), known);
      assert.equal(unread.headers.get("access-control-allow-origin"), null);
      for (const { headers } of [read, unread]) assert.match(headers.get("vary").toLowerCase(), /origin/);
    });
  });
}

test("a connection is reused after a large body", async () => {
  await withCanned(avatars, async (server) => {
    await listening(inExpress(relayTo(server.url, { maxRequestBytes: 1000 })), async (url) => {
      const socket = net.connect(new URL(url).port, "127.0.0.1").setEncoding("utf8");
      let came = "";
      const answered = async (status) => {
        while (!came.includes(`HTTP/1.1 ${status} `)) came += (await once(socket, "data"))[0];
      };
      const piece = `${(50_000).toString(16)}\r\n${" ".repeat(50_000)}\r\n`;
      const head = "Host: a\r\nAuthorization: Bearer demo-alice\r\nContent-Type: application/json\r\n";
      socket.write(`POST /agenthuman/v1/sessions HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\n\r\n${piece}`);
      await answered(413);
      socket.write(`${piece.repeat(20)}0\r\n\r\nGET /agenthuman/v1/avatars HTTP/1.1\r\n${head}\r\n`);
      await answered(200);
      socket.destroy();
    });
  });
});

test("an incomplete body is rejected and not logged", async () => {
  const logger = keptLog();
  await through(mounts.fetch, session, { logger }, async (send) => {
    const broken = new ReadableStream({ pull: (controller) => controller.error(new Error("gone")) });
    const { status, body } = await phone(send)("POST", "/v1/sessions", { headers: json, body: broken, duplex: "half" });
    assert.deepEqual([status, body.error.code], [400, "bad_request"]);
    assert.deepEqual(logger.lines, []);
  });
});

test("repeated headers and malformed paths are rejected", async () => {
  await withCanned(avatars, async (server) => {
    await listening(inExpress(relayTo(server.url)), async (url) => {
      const token = ["authorization", "Bearer demo-alice"];
      const ask = (path, ...headers) => exactly(url, `/agenthuman${path}`, ["host", "a", ...headers]);
      assert.deepEqual(await ask("/v1/avatars", ...token), { status: 200, code: undefined });
      const twice = await ask("/v1/avatars", ...token, "Authorization", "Bearer demo-bob");
      assert.deepEqual(twice, { status: 400, code: "bad_request" });
      const grants = await ask("/v1/sessions/7", ...token, "x-agenthuman-grant", "a", "X-AgentHuman-Grant", "b");
      assert.deepEqual(grants, { status: 400, code: "bad_request" });
      for (const path of [
        "/v1/../v1/avatars",
        "/v1/%2e%2e/v1/avatars",
        "/v1//avatars",
        "/v1\\avatars",
        "/v1/avatars/",
        "/v1/avatars%00",
      ]) {
        assert.deepEqual([path, await ask(path, ...token)], [path, { status: 404, code: "not_found" }]);
      }
      assert.equal(server.requests.length, 1);
    });
  });
});

test("headers of the response replace those that were set before", async () => {
  const before = (_request, response, next) => {
    response.setHeader("Cache-Control", "public");
    response.setHeader("X-Other", "kept");
    next();
  };
  await withCanned(avatars, async (server) => {
    await listening(inExpress(relayTo(server.url), before), async (url) => {
      const { headers } = await phone((path, init) => fetch(`${url}/agenthuman${path}`, init))("GET", "/v1/avatars");
      assert.deepEqual([headers.get("cache-control"), headers.get("x-other")], ["no-store", "kept"]);
    });
  });
});

test("a body that a parser has read is a clear error", async () => {
  await withCanned(session, async (server) => {
    const relay = relayTo(server.url);
    const errors = [];
    const app = inExpress(relay, express.json());
    app.use((error, _request, response, _next) => {
      errors.push(error);
      response.status(500).json({});
    });
    await listening(app, async (url) => {
      const ask = phone((path, init) => fetch(`${url}/agenthuman${path}`, init));
      assert.equal((await ask("POST", "/v1/sessions", { body: { agent_id: "7" } })).status, 500);
      assert.equal((await ask("GET", "/v1/sessions/7")).body.error.code, "grant_invalid");
    });
    const request = new Request("http://backend.test/v1/sessions", { method: "POST", body: "{}" });
    await request.text();
    errors.push(await relay.fetch(request).catch((error) => error));
    for (const error of errors) assert.match(`${error}`, /TypeError: The body .* was already read: mount the relay before/);
    assert.deepEqual([errors.length, server.requests.length], [2, 0]);
  });
});

test("without a next handler, that error is a warning", async () => {
  await withCanned(session, async (server) => {
    const handler = relayTo(server.url).express();
    const eager = async (request, response) => {
      await request.toArray();
      handler(request, response);
    };
    const warned = once(process, "warning");
    await listening(eager, async (url) => {
      const { status } = await fetch(`${url}/v1/sessions`, { method: "POST", body: "{}" });
      assert.equal(status, 500);
    });
    assert.match((await warned)[0].message, /already read/);
  });
});

test("a grant is returned with its session", async () => {
  await through(mounts.fetch, session, {}, async (send) => {
    const { body } = await phone(send)("POST", "/v1/sessions", { body: {} });
    const forged = `${body.grant.slice(0, -4)}AAAA`;
    for (const [grant, code] of [
      [undefined, "grant_invalid"],
      [forged, "grant_invalid"],
      [`${btoa('{"alg":"none"}')}.${body.grant.split(".")[1]}.`, "grant_invalid"],
    ]) {
      const { status, body } = await phone(send)("GET", "/v1/sessions/7", { grant });
      assert.deepEqual([status, body.error.code], [401, code]);
    }
    const other = await phone(send)("GET", "/v1/sessions/8", { grant: body.grant });
    assert.deepEqual([other.status, other.body.error.code], [403, "permission_denied"]);
  });
});
