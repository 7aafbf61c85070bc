// The client: options, `request`, closing and printing.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { inspect } from "node:util";
import { AgentHuman, APITimeoutError, ClosedError, NotFoundError } from "agenthuman";
import { withCanned } from "./support/canned.mjs";
import { madeUpKey, madeUpToken } from "./support/credentials.mjs";
import { keyRow, userRow, sessionRow } from "./support/rows.mjs";

test("a call uses its headers and its timeout", async () => {
  await withCanned(
    (request) => (request.path.endsWith("slow") ? { hold: true } : { body: [] }),
    async (server) => {
      const client = new AgentHuman({ apiKey: madeUpKey(), baseURL: server.url, headers: { "x-one": "1" } });
      await client.voices.list({ headers: new Headers({ "x-two": "2" }) }).all();
      assert.equal(server.requests[0].headers["x-one"], "1");
      assert.equal(server.requests[0].headers["x-two"], "2");
      await assert.rejects(client.sessions.get("slow", { timeout: 20 }), APITimeoutError);
    },
  );
});

test("routes change the path of an operation below the base URL", async () => {
  await withCanned({ body: [] }, async (server) => {
    const options = { apiKey: madeUpKey(), baseURL: `${server.url}/api/`, routes: { "voices.list": "/v2/voice-list" } };
    await new AgentHuman(options).voices.list().all();
    assert.equal(server.requests[0].path, "/api/v2/voice-list");
  });
});

test("request sends a request to any path", async () => {
  await withCanned(
    (request) => ({ body: { seen: request.path } }),
    async (server) => {
      const [apiKey, token] = [madeUpKey(), madeUpToken()];
      const client = new AgentHuman({ apiKey, token, baseURL: server.url });
      assert.deepEqual(await client.request("POST", "/v1/new?a=b", { body: { a: [1] }, credential: "token" }), {
        seen: "/v1/new",
      });
      const [{ method, query, headers, body }] = server.requests;
      assert.deepEqual([method, query, headers.authorization], ["POST", { a: "b" }, `Bearer ${token}`]);
      assert.deepEqual(JSON.parse(body), { a: [1] });
      await client.request("get", "/v1/other");
      assert.equal(server.requests[1].headers["x-api-key"], apiKey);
      assert.equal(server.requests[1].body.length, 0);
    },
  );
});

test("a key is read from its file", async () => {
  const folder = mkdtempSync(join(tmpdir(), "agenthuman-key-"));
  const [file, apiKey] = [join(folder, "key"), madeUpKey()];
  writeFileSync(file, `${apiKey}\n`);
  try {
    await withCanned({ body: [] }, async (server) => {
      await new AgentHuman({ apiKeyFile: file, baseURL: server.url }).voices.list().all();
      assert.equal(server.requests[0].headers["x-api-key"], apiKey);
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a key is printed by a command", async () => {
  const apiKey = madeUpKey();
  // The core rejects a key in the arguments.
  const parts = [process.execPath, "-e", `console.log("${apiKey.slice(0, 6)}" + "${apiKey.slice(6)}")`];
  await withCanned({ body: [] }, async (server) => {
    await new AgentHuman({ apiKeyCommand: parts, baseURL: server.url }).voices.list().all();
    const line = parts.map((part) => `'${part}'`).join(" ");
    await new AgentHuman({ apiKeyCommand: line, baseURL: server.url }).voices.list().all();
    process.env.AGENTHUMAN_API_KEY_COMMAND = line;
    try {
      await new AgentHuman({ baseURL: server.url }).voices.list().all();
    } finally {
      delete process.env.AGENTHUMAN_API_KEY_COMMAND;
    }
    assert.deepEqual(
      server.requests.map((request) => request.headers["x-api-key"]),
      [apiKey, apiKey, apiKey],
    );
    const failing = [process.execPath, "-e", `console.log("${apiKey.slice(6)}"); process.exit(3)`];
    await assert.rejects(new AgentHuman({ apiKeyCommand: failing, baseURL: server.url }).voices.list().all(), (error) => {
      assert.match(error.message, /failed with exit (status|code): 3/);
      assert.equal(error.code, "missing_credential");
      return !error.stack.includes(apiKey.slice(6));
    });
    assert.equal(server.requests.length, 3);
  });
});

test("the environment names a key's file", async () => {
  const folder = mkdtempSync(join(tmpdir(), "agenthuman-key-"));
  const [file, apiKey] = [join(folder, "key"), madeUpKey()];
  writeFileSync(file, apiKey);
  process.env.AGENTHUMAN_API_KEY_FILE = file;
  try {
    await withCanned({ body: [] }, async (server) => {
      await new AgentHuman({ baseURL: server.url }).voices.list().all();
      assert.equal(server.requests[0].headers["x-api-key"], apiKey);
    });
    process.env.AGENTHUMAN_API_KEY = apiKey;
    assert.throws(() => new AgentHuman(), /AGENTHUMAN_API_KEY and AGENTHUMAN_API_KEY_FILE are both set/);
  } finally {
    delete process.env.AGENTHUMAN_API_KEY_FILE;
    delete process.env.AGENTHUMAN_API_KEY;
    rmSync(folder, { recursive: true });
  }
});

test("keys of another environment are rejected before anything is sent", async () => {
  await withCanned({ body: [] }, async (server) => {
    const client = new AgentHuman({ apiKey: () => madeUpKey(), environment: "live", baseURL: server.url });
    await assert.rejects(client.sessions.get("7"), { name: "ConfigurationError", reason: /accepts only live keys/ });
    assert.equal(server.requests.length, 0);
  });
});

test("a closed client rejects calls, also after await using", async () => {
  await withCanned({ body: [] }, async (server) => {
    const client = new AgentHuman({ apiKey: madeUpKey(), baseURL: server.url });
    client.close();
    await assert.rejects(client.sessions.get("7"), ClosedError);
    const used = new AgentHuman({ apiKey: madeUpKey(), baseURL: server.url });
    await used[Symbol.asyncDispose]();
    await assert.rejects(used.sessions.get("7"), ClosedError);
    assert.equal(server.requests.length, 0);
  });
});

test("a client prints without its credentials", () => {
  const [apiKey, token] = [madeUpKey(), madeUpToken()];
  const client = new AgentHuman({ apiKey, token, baseURL: "https://example.com/api" });
  const expected = { baseURL: "https://example.com/api", apiKey: `ah_test_…${apiKey.slice(-4)}`, token: "[token]" };
  assert.deepEqual(JSON.parse(JSON.stringify(client)), expected);
  const plain = { showHidden: true, depth: 9, customInspect: false };
  const prints = [
    inspect(client),
    inspect(client, plain),
    String(client),
    `${inspect({ nested: [client] }, { depth: 9 })}`,
    inspect(structuredClone(client)),
  ];
  for (const print of prints) {
    assert(!print.includes(apiKey.slice(8, 36)), print);
    assert(!print.includes(token.slice(40, 80)), print);
  }
});

test("an error's stack begins at the caller's own line", async () => {
  await withCanned({ status: 404, body: { error: "no" } }, async (server) => {
    const client = new AgentHuman({ apiKey: madeUpKey(), baseURL: server.url });
    async function theCaller() {
      return client.sessions.get("7");
    }
    const error = await theCaller().catch((error) => error);
    assert(error instanceof NotFoundError);
    assert.match(error.stack.split("\n    at ")[1], /^theCaller .*client\.test\.mjs/);
    const listed = await client.sessions
      .list()
      .all()
      .catch((error) => error);
    assert.match(listed.stack.split("\n    at ")[1], /client\.test\.mjs/);
    assert.throws(
      () => new AgentHuman({ baseURL: "no url" }),
      (error) => /client\.test\.mjs/.test(error.stack.split("\n    at ")[1]),
    );
  });
});

test("a model masks its secrets in printed text, and keeps them in JSON", async () => {
  const [key, token] = [madeUpKey(), madeUpToken()];
  const body = { token, key, api_key: keyRow(1, "wxyz"), user: userRow(4), expires_at: "2030-01-01T00:00:00Z" };
  await withCanned({ status: 201, body }, async (server) => {
    const client = new AgentHuman({ token, baseURL: server.url });
    const created = await client.apiKeys.create({ name: "a", environment: "test" });
    assert.equal(created.key, key);
    assert.equal(JSON.parse(JSON.stringify(created)).key, key);
    assert(!inspect({ created }, { depth: 9 }).includes(key.slice(8)));
    const signedIn = await client.auth.verifyOtp("ada@example.com", "123456");
    assert.equal(signedIn.token, token);
    assert(!inspect(signedIn).includes(token));
    assert.match(inspect(signedIn), /user: User \{\n    id: '4',/);
  });
});

test("a client with other options shares connections, limits and the end with the first", () =>
  withCanned({ body: { session: sessionRow(7) } }, async (server) => {
    const attempts = [];
    let keys = 0;
    const apiKey = () => (keys++, madeUpKey());
    const client = new AgentHuman({ apiKey, baseURL: server.url, onResponse: (event) => attempts.push(event.status) });
    const derived = client.withOptions({ timeout: 5_000 }).withOptions({ maxRetries: 0 });
    await client.sessions.get("7");
    await derived.sessions.get("7");
    await derived.withRawResponse.sessions.get("7");
    assert.deepEqual([attempts, keys], [[200, 200, 200], 1]);
    derived.close();
    await assert.rejects(client.sessions.get("7"), { code: "closed" });
  }));

test("the defaults of a derived client apply unless a call has its own", async () => {
  await withCanned({ status: 503, headers: { "retry-after": "0" }, body: {} }, async (server) => {
    const once = new AgentHuman({ apiKey: madeUpKey(), baseURL: server.url }).withOptions({ maxRetries: 0 });
    await assert.rejects(once.sessions.get("7"));
    assert.equal(server.requests.length, 1);
    await assert.rejects(once.sessions.get("7", { maxRetries: 1 }));
    assert.equal(server.requests.length, 3);
  });
  await withCanned({ hold: true }, async (server) => {
    const short = new AgentHuman({ apiKey: madeUpKey(), baseURL: server.url }).withOptions({ timeout: 50 });
    await assert.rejects(short.sessions.get("7"), { code: "timeout" });
  });
  const client = new AgentHuman({ apiKey: madeUpKey() });
  for (const [options, parameter] of [
    [{ timeout: 0 }, "timeout"],
    [{ maxRetries: -1 }, "maxRetries"],
    [{ timeOut: 5 }, "timeOut"],
  ]) {
    assert.throws(() => client.withOptions(options), { parameter });
  }
});
