// Keys and tokens that come from the user's own functions.

import assert from "node:assert/strict";
import { test } from "node:test";
import { AgentHuman, ApiKeyRevokedError, ApiTimeoutError, MalformedApiKeyError, MissingCredentialError } from "agenthuman";
import { withCanned } from "./support/canned.mjs";
import { madeUpKey, madeUpToken } from "./support/credentials.mjs";

const empty = { body: [] };
const turn = () => new Promise((resolve) => setImmediate(resolve));

for (const [kind, give] of Object.entries({
  "a function": (key) => key,
  "an async function": async (key) => (await turn(), key),
})) {
  test(`${kind} is asked once by many calls at once`, async () => {
    await withCanned(empty, async (server) => {
      const key = madeUpKey();
      let asked = 0;
      const apiKey = () => ((asked += 1), give(key));
      const client = new AgentHuman({ apiKey, baseURL: server.url });
      await Promise.all(Array.from({ length: 20 }, () => client.voices.list().all()));
      assert.equal(asked, 1);
      assert(server.requests.every(({ headers }) => headers["x-api-key"] === key));
    });
  });
}

test("a token comes from a function too, and is asked again when it has expired", async () => {
  await withCanned({ body: { user: { id: 1 } } }, async (server) => {
    const tokens = [madeUpToken(), madeUpToken()];
    let asked = 0;
    const client = new AgentHuman({ token: () => tokens[asked++], baseURL: server.url });
    await client.auth.me();
    await client.auth.me();
    assert.equal(asked, 1);
    assert.equal(server.requests[1].headers.authorization, `Bearer ${tokens[0]}`);
    const stale = new AgentHuman({ token: () => madeUpToken(-3600), baseURL: server.url });
    await assert.rejects(stale.auth.me(), MissingCredentialError);
    assert.equal(server.requests.length, 2);
  });
});

test("a key that was revoked is asked for again, and the call goes on with the new one", async () => {
  const keys = [madeUpKey(), madeUpKey()];
  const answer = ({ headers }) =>
    headers["x-api-key"] === keys[0] ? { status: 401, body: { success: false, error: "API key has been revoked" } } : empty;
  await withCanned(answer, async (server) => {
    let asked = 0;
    const client = new AgentHuman({ apiKey: () => keys[Math.min(asked++, 1)], baseURL: server.url });
    await client.voices.list().all();
    assert.equal(asked, 2);
    const same = new AgentHuman({ apiKey: () => keys[0], baseURL: server.url });
    await assert.rejects(same.voices.list().all(), ApiKeyRevokedError);
  });
});

test("what the function throws is the error's cause, and its text is nowhere else", async () => {
  await withCanned(empty, async (server) => {
    const thrown = new RangeError("the vault says no");
    for (const apiKey of [
      () => {
        throw thrown;
      },
      () => Promise.reject(thrown),
    ]) {
      const client = new AgentHuman({ apiKey, baseURL: server.url });
      await assert.rejects(client.voices.list().all(), (error) => {
        assert(error instanceof MissingCredentialError);
        assert.equal(error.cause, thrown);
        assert.match(error.message, /RangeError/);
        assert(!`${error.stack}${error}`.includes("vault"));
        return true;
      });
    }
    assert.equal(server.requests.length, 0);
  });
});

test("a call whose function failed does not spoil the others", async () => {
  await withCanned(empty, async (server) => {
    let asked = 0;
    const key = madeUpKey();
    const apiKey = async () => {
      await turn();
      if (asked++ === 0) throw new Error("not yet");
      return key;
    };
    const client = new AgentHuman({ apiKey, baseURL: server.url });
    const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => client.voices.list().all()));
    assert.deepEqual(outcomes.map(({ status }) => status).sort(), [
      "fulfilled",
      "fulfilled",
      "fulfilled",
      "fulfilled",
      "rejected",
    ]);
    assert.equal(asked, 2);
  });
});

test("what is no key is refused", async () => {
  await withCanned(empty, async (server) => {
    for (const [given, expected] of [
      [undefined, MissingCredentialError],
      [null, MissingCredentialError],
      [7, MissingCredentialError],
      [{ key: "a" }, MissingCredentialError],
      ["", MalformedApiKeyError],
      ["ah_test_short", MalformedApiKeyError],
    ]) {
      const client = new AgentHuman({ apiKey: () => given, baseURL: server.url });
      await assert.rejects(client.voices.list().all(), expected, String(given));
    }
    assert.equal(server.requests.length, 0);
  });
});

test("the deadline counts while the function is waited for", async () => {
  await withCanned(empty, async (server) => {
    const client = new AgentHuman({ apiKey: () => new Promise(() => {}), baseURL: server.url, timeout: 50 });
    await assert.rejects(client.voices.list().all(), (error) => {
      assert(error instanceof ApiTimeoutError);
      assert.equal(error.phase, "credential");
      return true;
    });
  });
});
