// Rotating a key with a store function.

import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { AgentHuman, AgentHumanError, CreatedApiKey } from "agenthuman";
import { withCanned } from "./support/canned.mjs";
import { madeUpKey, madeUpToken } from "./support/credentials.mjs";
import { keyRow } from "./support/rows.mjs";

/** A service with one key, which can create another. */
function service(key, made) {
  const row = (id, key) => ({ ...keyRow(id, key.slice(-4)), name: "CI" });
  return ({ method, path }) => {
    if (path === "/v1/sessions") return { body: { sessions: [] } };
    if (method === "POST") return { status: 201, body: { api_key: row(2, made), key: made } };
    return { body: method === "DELETE" ? { success: true } : { api_keys: [row(1, key)] } };
  };
}

const said = ({ method, path }) => `${method} ${path}`;

test("the new key is stored before the old one is deleted, and used from then on", async () => {
  const [apiKey, made] = [madeUpKey(), madeUpKey()];
  await withCanned(service(apiKey, made), async (server) => {
    const client = new AgentHuman({ apiKey, token: madeUpToken(), baseURL: server.url });
    const stored = [];
    const created = await client.apiKeys.rotate("1", {
      store: async (created) => {
        assert(created instanceof CreatedApiKey);
        stored.push(created.key, ...server.requests.map(said));
      },
    });
    assert.equal(created.key, made);
    assert.deepEqual(stored, [made, "GET /v1/api-keys", "POST /v1/api-keys", "GET /v1/sessions"]);
    assert.equal(said(server.requests.at(-1)), "DELETE /v1/api-keys/1");
    await client.sessions.list().all();
    assert.equal(server.requests.at(-1).headers["x-api-key"], made);
  });
});

test("if storing fails, the new key is deleted and the reason is the cause", async () => {
  const [apiKey, made] = [madeUpKey(), madeUpKey()];
  await withCanned(service(apiKey, made), async (server) => {
    const client = new AgentHuman({ apiKey, token: madeUpToken(), baseURL: server.url });
    const thrown = new RangeError(`the vault is full, and so ${made} is lost`);
    const store = () => {
      throw thrown;
    };
    await assert.rejects(client.apiKeys.rotate("1", { store }), (error) => {
      assert(error instanceof AgentHumanError);
      assert.equal(error.cause, thrown);
      assert.equal(error.operation, "api_keys.rotate");
      assert.match(error.message, /store threw RangeError/);
      assert(!error.stack.includes(made));
      return true;
    });
    assert.equal(said(server.requests.at(-1)), "DELETE /v1/api-keys/2");
    await client.sessions.list().all();
    assert.equal(server.requests.at(-1).headers["x-api-key"], apiKey);
  });
});

test("a store function is not needed", async () => {
  const [apiKey, made] = [madeUpKey(), madeUpKey()];
  await withCanned(service(apiKey, made), async (server) => {
    const client = new AgentHuman({ apiKey, token: madeUpToken(), baseURL: server.url });
    assert.equal((await client.apiKeys.rotate("1")).key, made);
  });
});

for (const [what, reason] of Object.entries({
  "an abort": undefined,
  "a reason of the caller's own": new RangeError("enough"),
})) {
  test(`${what} in store leaves two keys, and the error and a warning name them`, async () => {
    const [apiKey, made] = [madeUpKey(), madeUpKey()];
    await withCanned(service(apiKey, made), async (server) => {
      const warned = [];
      const logger = { debug() {}, info() {}, warn: (text) => warned.push(text), error() {} };
      const client = new AgentHuman({ apiKey, token: madeUpToken(), baseURL: server.url, logger });
      const controller = new AbortController();
      const store = () => {
        setImmediate(() => controller.abort(reason));
        return new Promise(() => {});
      };
      await assert.rejects(client.apiKeys.rotate("1", { store }, { signal: controller.signal }), (error) => {
        assert.equal(error.name, "AbortError");
        assert.equal(error.code, "ABORT_ERR");
        assert.equal(error.cause, controller.signal.reason);
        for (const text of [error.message, error.stack, warned.join()]) {
          assert(text.includes(`1 (ah_test_…${apiKey.slice(-4)})`), text);
          assert(text.includes(`2 (ah_test_…${made.slice(-4)})`), text);
          assert(!text.includes(made.slice(8)));
        }
        assert.match(error.stack, /rotate\.test\.mjs/);
        return true;
      });
    });
  });
}

test("without a logger, the note of an abort is a process warning", async () => {
  const [apiKey, made] = [madeUpKey(), madeUpKey()];
  await withCanned(service(apiKey, made), async (server) => {
    const client = new AgentHuman({ apiKey, token: madeUpToken(), baseURL: server.url });
    const controller = new AbortController();
    const warned = once(process, "warning");
    const store = () => (setImmediate(() => controller.abort()), new Promise(() => {}));
    await assert.rejects(client.apiKeys.rotate("1", { store }, { signal: controller.signal }), { name: "AbortError" });
    const [warning] = await warned;
    assert.equal(warning.name, "AgentHumanWarning");
    assert.match(warning.message, /both exist/);
  });
});

test("an abort before the new key was requested rejects with the signal's reason", async () => {
  await withCanned({ hold: true }, async (server) => {
    const client = new AgentHuman({ token: madeUpToken(), baseURL: server.url });
    const controller = new AbortController();
    const rotated = client.apiKeys.rotate("1", {}, { signal: controller.signal });
    await server.received(1);
    controller.abort();
    await assert.rejects(rotated, (error) => error === controller.signal.reason);
  });
});
