// Keys and tokens from functions.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AgentHuman,
  APIKeyRevokedError,
  APITimeoutError,
  ConfigurationError,
  MalformedAPIKeyError,
  MissingCredentialError,
} from "agenthuman";
import { withCanned } from "./support/canned.mjs";
import { madeUpKey, madeUpToken } from "./support/credentials.mjs";
import { userRow } from "./support/rows.mjs";

const empty = { body: [] };
const turn = () => new Promise((resolve) => setImmediate(resolve));

for (const [kind, give] of Object.entries({
  "a function": (key) => key,
  "an async function": async (key) => (await turn(), key),
})) {
  test(`${kind} runs once for many concurrent calls`, async () => {
    await withCanned(empty, async (server) => {
      const key = madeUpKey();
      let runs = 0;
      const apiKey = () => ((runs += 1), give(key));
      const client = new AgentHuman({ apiKey, baseURL: server.url });
      await Promise.all(Array.from({ length: 20 }, () => client.voices.list().all()));
      assert.equal(runs, 1);
      assert(server.requests.every(({ headers }) => headers["x-api-key"] === key));
    });
  });
}

test("a token comes from a function too", async () => {
  await withCanned({ body: { user: userRow(1) } }, async (server) => {
    const tokens = [madeUpToken(), madeUpToken()];
    let runs = 0;
    const client = new AgentHuman({ token: () => tokens[runs++], baseURL: server.url });
    await client.auth.me();
    await client.auth.me();
    assert.equal(runs, 1);
    assert.equal(server.requests[1].headers.authorization, `Bearer ${tokens[0]}`);
    // This machine's clock may be wrong, so a token that was just received is sent.
    const stale = madeUpToken(-3600);
    await new AgentHuman({ token: () => stale, baseURL: server.url }).auth.me();
    assert.equal(server.requests[2].headers.authorization, `Bearer ${stale}`);
  });
});

test("the function runs again after a revoked key, and the call uses the new one", async () => {
  const keys = [madeUpKey(), madeUpKey()];
  const answer = ({ headers }) =>
    headers["x-api-key"] === keys[0] ? { status: 401, body: { success: false, error: "API key has been revoked" } } : empty;
  await withCanned(answer, async (server) => {
    let runs = 0;
    const client = new AgentHuman({ apiKey: () => keys[Math.min(runs++, 1)], baseURL: server.url });
    await client.voices.list().all();
    assert.equal(runs, 2);
    const same = new AgentHuman({ apiKey: () => keys[0], baseURL: server.url });
    await assert.rejects(same.voices.list().all(), APIKeyRevokedError);
  });
});

test("the error of the function is the cause, and its text appears nowhere else", async () => {
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

test("calls that wait for a function share its failure, and a later call runs it again", async () => {
  await withCanned(empty, async (server) => {
    let runs = 0;
    const key = madeUpKey();
    const apiKey = async () => {
      await turn();
      if (runs++ === 0) throw new Error("not yet");
      return key;
    };
    const client = new AgentHuman({ apiKey, baseURL: server.url });
    const outcomes = await Promise.allSettled(Array.from({ length: 256 }, () => client.voices.list().all()));
    assert(outcomes.every(({ reason }) => reason instanceof MissingCredentialError));
    assert.equal(runs, 1);
    await client.voices.list().all();
    assert.equal(runs, 2);
  });
});

for (const [what, answer] of Object.entries({
  "another text": { status: 401, body: { success: false, error: "Unauthorized" } },
  "no body": { status: 401, text: "" },
  "a page": { status: 401, text: "<html>401</html>", headers: { "content-type": "text/html" } },
})) {
  test(`a function runs again after a 401 with ${what}`, async () => {
    const keys = [madeUpKey(), madeUpKey()];
    await withCanned(
      ({ headers }) => (headers["x-api-key"] === keys[0] ? answer : empty),
      async (server) => {
        let runs = 0;
        const client = new AgentHuman({ apiKey: () => keys[runs++], baseURL: server.url });
        await client.voices.list().all();
        assert.equal(runs, 2);
      },
    );
  });
}

test("values that are not keys are rejected", async () => {
  await withCanned(empty, async (server) => {
    for (const [value, expected] of [
      [undefined, MissingCredentialError],
      [null, MissingCredentialError],
      [7, MissingCredentialError],
      [{ key: "a" }, MissingCredentialError],
      ["", MalformedAPIKeyError],
      ["ah_test_short", MalformedAPIKeyError],
    ]) {
      const client = new AgentHuman({ apiKey: () => value, baseURL: server.url });
      await assert.rejects(client.voices.list().all(), expected, String(value));
    }
    assert.equal(server.requests.length, 0);
  });
});

test("the deadline applies to the function", async () => {
  await withCanned(empty, async (server) => {
    const client = new AgentHuman({ apiKey: () => new Promise(() => {}), baseURL: server.url, timeout: 50 });
    await assert.rejects(client.voices.list().all(), (error) => {
      assert(error instanceof APITimeoutError);
      assert.equal(error.phase, "credential");
      return true;
    });
  });
});

test("a client is usable after a function that never settled", async () => {
  await withCanned(empty, async (server) => {
    let runs = 0;
    const key = madeUpKey();
    const client = new AgentHuman({ apiKey: () => (runs++ === 0 ? new Promise(() => {}) : key), baseURL: server.url });
    await assert.rejects(client.sessions.get("5", { timeout: 50 }), APITimeoutError);
    assert.equal(server.requests.length, 0);
    await client.voices.list().all();
    assert.equal(runs, 2);
  });
});

for (const [what, use] of Object.entries({
  "an operation": (client) => client.sessions.get("5"),
  "a list": (client) => client.voices.list().all(),
  "a request": (client) => client.request("GET", "/v1/voices"),
  "an operation, after a turn of the event loop,": (client) => turn().then(() => client.sessions.get("5")),
})) {
  test(`a function that calls ${what} of its own client fails at once`, async () => {
    await withCanned(empty, async (server) => {
      const client = new AgentHuman({ apiKey: async () => (await use(client), madeUpKey()), baseURL: server.url });
      await assert.rejects(client.voices.list().all(), (error) => {
        assert(error instanceof ConfigurationError, `${error}`);
        assert.match(error.message, /on the same client/);
        assert.equal(error.parameter, "apiKey");
        assert(error.cause instanceof ConfigurationError);
        return true;
      });
      assert.equal(server.requests.length, 0);
    });
  });
}

test("two clients whose functions use each other fail at once", async () => {
  await withCanned(empty, async (server) => {
    const clients = [1, 0].map((other) => {
      const apiKey = async () => (await clients[other].voices.list().all(), madeUpKey());
      return new AgentHuman({ apiKey, baseURL: server.url });
    });
    await assert.rejects(clients[0].voices.list().all(), ConfigurationError);
    assert.equal(server.requests.length, 0);
  });
});

test("a function may make calls that need another credential, or none", async () => {
  const answer = ({ path }) => (path === "/v1/auth/me" ? { body: { user: userRow(1) } } : empty);
  await withCanned(answer, async (server) => {
    const apiKey = async () => (await client.auth.me(), madeUpKey());
    const client = new AgentHuman({ apiKey, token: madeUpToken(), baseURL: server.url });
    await client.voices.list().all();
    assert.equal(server.requests.length, 2);
  });
});

test("work that outlives its credential function can use the client", async () => {
  const keys = [madeUpKey(), madeUpKey()];
  let isRevoked = false;
  const answer = ({ headers }) => (isRevoked && headers["x-api-key"] === keys[0] ? { status: 401, text: "" } : empty);
  await withCanned(answer, async (server) => {
    let runs = 0;
    let goOn;
    let later;
    const client = new AgentHuman({
      apiKey: () => {
        later ??= new Promise((resolve) => (goOn = resolve)).then(() => client.voices.list().all());
        return keys[runs++];
      },
      baseURL: server.url,
    });
    await client.voices.list().all();
    isRevoked = true;
    goOn();
    await later;
    assert.equal(runs, 2);
  });
});
