// The relay in every mount, between a phone and the sandbox.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { inspect } from "node:util";
import { AgentHuman } from "agenthuman";
import { startSandbox } from "agenthuman/sandbox";
import { keptLog, mounts, phone, relayTo } from "./support/relay.mjs";
import { sandboxProgram } from "./support/sandbox.mjs";

let sandbox;
let agent;

before(async () => {
  process.env.AGENTHUMAN_SANDBOX = sandboxProgram();
  sandbox = await startSandbox();
  const client = new AgentHuman({ apiKey: sandbox.apiKey, baseURL: sandbox.url });
  agent = (await client.agents.create({ name: "Sunny" })).id;
});

after(() => sandbox?.stop());

/** Calls `use` with a function that sends requests to a relay, mounted in this way. */
const through = (mount, options, use) =>
  mount.reach(relayTo(sandbox.url, { key: sandbox.apiKey, ...mount.options, ...options }), use);

for (const [name, mount] of Object.entries(mounts)) {
  test(`${name}: a whole conversation`, async () => {
    await through(mount, {}, async (send) => {
      const ask = phone(send);
      const catalogue = await ask("GET", "/v1/agents");
      assert.equal(catalogue.status, 200, catalogue.text);
      assert(catalogue.body.agents.some(({ id }) => id === agent));
      assert((await ask("GET", "/v1/avatars")).body.avatars.length > 0);
      assert((await ask("GET", "/v1/voices")).body.voices.length > 0);

      const opened = await ask("POST", "/v1/sessions", { body: { agent_id: agent, session_type: "agent_chat" } });
      assert.equal(opened.status, 201, opened.text);
      const { session, grant, expires_in } = opened.body;
      assert.deepEqual([session.agent_id, expires_in], [agent, 900]);
      assert.equal(opened.headers.get("cache-control"), "no-store");
      assert.match(opened.headers.get("x-request-id"), /^\w+$/);

      const at = `/v1/sessions/${session.id}`;
      const said = await ask("POST", `${at}/messages`, { grant, body: { content: "Hello! ☀" } });
      assert.equal(said.status, 201, said.text);
      assert.equal(said.body.message.content, "Hello! ☀");
      assert.equal(typeof said.body.reply.content, "string");
      const listed = await ask("GET", `${at}/messages?limit=1`, { grant });
      assert.deepEqual([listed.status, listed.body.messages.length, typeof listed.body.next], [200, 1, "string"]);
      const rest = await ask("GET", `${at}/messages?after=${listed.body.next}`, { grant });
      assert.deepEqual(rest.body.messages, [said.body.reply]);

      const renewed = await ask("POST", `${at}/grant`, { grant });
      assert.equal(renewed.status, 200, renewed.text);
      assert.notEqual(renewed.body.grant, grant);
      assert.equal((await ask("GET", at, { grant: renewed.body.grant })).body.session.status, "active");
      const ended = await ask("PUT", `${at}/end`, { grant });
      assert.deepEqual([ended.status, ended.body.session.status], [200, "completed"]);
      assert.equal((await ask("POST", `${at}/grant`, { grant })).body.error.code, "conflict");
    });
  });

  test(`${name}: other paths are not found`, async () => {
    await through(mount, {}, async (send) => {
      const ask = phone(send);
      for (const path of ["", "/", "/v1", "/v1/sessions/", "/v1/api-keys", "/v1/sessions/7%2f..%2f8", "//v1/agents"]) {
        const { status, body } = await ask("GET", path);
        assert.deepEqual([path, status, body.error.code], [path, 404, "not_found"]);
      }
      const { status, headers } = await ask("DELETE", "/v1/agents");
      assert.deepEqual([status, headers.get("allow")], [405, "GET"]);
    });
  });

  test(`${name}: the backend's functions reject requests`, async () => {
    const functions = {
      authorize: ({ token }) => (token === "demo-bob" ? undefined : Promise.resolve(token)),
      policy: async (user, request) => (request.agents ? null : { refused: `not for ${user}` }),
    };
    await through(mount, functions, async (send) => {
      const ask = phone(send);
      assert.deepEqual((await phone(send, "bob")("GET", "/v1/avatars")).body.error.code, "invalid_token");
      const anonymous = await send("/v1/avatars", {});
      assert.deepEqual([anonymous.status, (await anonymous.json()).error.code], [401, "authentication"]);
      const rejected = await ask("GET", "/v1/agents");
      assert.deepEqual([rejected.status, rejected.body.error.code], [403, "policy_refused"]);
      const opened = await ask("POST", "/v1/sessions", { body: {} });
      assert.deepEqual([opened.status, opened.body.error.message], [403, "not for demo-alice"]);
    });
  });

  test(`${name}: errors of the backend's functions are logged, and not sent to the phone`, async () => {
    const logger = keptLog();
    const hidden = "the vault's own password";
    class VaultError extends Error {}
    const functions = {
      logger,
      authorize: ({ token }) => {
        if (token === "demo-bob") throw new VaultError(hidden);
        return token === "demo-carol" ? Promise.reject(hidden) : token === "demo-dora" ? 7 : token;
      },
      policy: async (_user, request) => {
        if (request.agents) return { agents: [1n] };
        throw Object.assign(new VaultError(hidden), { hidden });
      },
    };
    await through(mount, functions, async (send) => {
      const answers = [
        await phone(send, "bob")("GET", "/v1/avatars"),
        await phone(send, "carol")("GET", "/v1/avatars"),
        await phone(send, "dora")("GET", "/v1/avatars"),
        await phone(send)("POST", "/v1/sessions", { body: {} }),
        await phone(send)("GET", "/v1/agents"),
      ];
      for (const { status, text, body } of answers) {
        assert.deepEqual([status, body.error.code], [500, "server"]);
        assert(!text.includes("vault") && !text.includes("Vault"), text);
      }
    });
    const errors = logger.lines.filter((line) => line.startsWith("error: "));
    const [thrown, rejected, typed, policy, json] = errors;
    assert.match(thrown, /relay: authorize threw VaultError: Error: the vault's own password\n +at .*authorize/);
    assert.match(
      rejected,
      /relay: authorize threw a value that is not an Error: 'the vault's own password'|"the vault's own password"/,
    );
    assert.match(typed, /relay: authorize returned a value of type number$/);
    assert.match(policy, /relay: policy threw VaultError: Error: the vault's own password\n +at /);
    assert.match(json, /relay: policy returned a value that JSON cannot represent/);
    assert.equal(logger.lines.length, 2 * errors.length);
    for (const line of logger.lines.filter((line) => !errors.includes(line)))
      assert.match(line, /status 500, request id \w+: \w+ failed/);
  });

  test(`${name}: the argument of authorize`, async () => {
    const seen = [];
    const authorize = (request) => {
      const { method, path, token, headers, raw } = request;
      seen.push([method, path, token, headers.get("x-more"), raw.method, raw.url.endsWith("?limit=5"), request]);
      return null;
    };
    await through(mount, { authorize }, async (send) => {
      const ask = phone(send);
      await ask("GET", "/v1/sessions/7/messages?limit=5", { headers: { "x-more": "yes" } });
      await ask("PUT", "/v1/sessions/7/end", { headers: { authorization: "Basic YTpi" } });
    });
    const [first, second] = seen.map((values) => values.slice(0, -1));
    assert.deepEqual(first, ["GET", "/v1/sessions/7/messages", "demo-alice", "yes", "GET", true]);
    assert.deepEqual(second, ["PUT", "/v1/sessions/7/end", null, null, "PUT", false]);
    assert(!inspect(seen[0].at(-1), { depth: 9, showHidden: true }).includes("alice"));
  });

  test(`${name}: a hundred requests at once`, async () => {
    await through(mount, {}, async (send) => {
      const talk = async (_, number) => {
        const ask = phone(send, `user${number}`);
        const { body } = await ask("POST", "/v1/sessions", { body: { agent_id: agent } });
        const said = await ask("POST", `/v1/sessions/${body.session.id}/messages`, {
          grant: body.grant,
          body: { content: `I am ${number}` },
        });
        return [said.status, said.body.message.content];
      };
      const said = await Promise.all(Array.from({ length: 100 }, talk));
      assert.deepEqual(
        said,
        said.map((_, number) => [201, `I am ${number}`]),
      );
    });
  });
}

test("two relays of one secret serve one session", async () => {
  const secrets = ["one secret that both of them have, and nobody else"];
  await through(mounts.Express, { secrets }, async (one) => {
    await through(mounts.fetch, { secrets: ["another one that is put in front of it, later on", ...secrets] }, async (other) => {
      const { body } = await phone(one)("POST", "/v1/sessions", { body: { agent_id: agent } });
      const at = `/v1/sessions/${body.session.id}`;
      assert.equal((await phone(other)("GET", at, { grant: body.grant })).status, 200);
      const { status, body: renewed } = await phone(other)("POST", `${at}/grant`, { grant: body.grant });
      assert.equal(status, 200);
      assert.equal((await phone(one)("GET", at, { grant: renewed.grant })).body.error.code, "grant_invalid");
      const stranger = await phone(one, "bob")("GET", at, { grant: body.grant });
      assert.deepEqual([stranger.status, stranger.body.error.code], [403, "permission_denied"]);
    });
  });
});

test("the policy's decision overrides the request", async () => {
  const policy = (user, { operation, ...request }) => ({
    agent_id: Number(agent),
    session_type: request.session_type,
    metadata: { user, operation, request },
    operations: ["sessions.get"],
    grant_seconds: 60,
  });
  await through(mounts.Express, { policy }, async (send) => {
    const request = { agent_id: "999", metadata: { a: ["b"] } };
    const { status, body } = await phone(send)("POST", "/v1/sessions", { body: request });
    assert.deepEqual([status, body.session.agent_id, body.expires_in, body.session.metadata], [201, agent, 60, undefined]);
    const kept = await new AgentHuman({ apiKey: sandbox.apiKey, baseURL: sandbox.url }).sessions.get(body.session.id);
    const { agenthuman_user, ...metadata } = kept.metadata;
    assert.equal(agenthuman_user.length, 43, "the relay marks whose session it is");
    assert.deepEqual(metadata, {
      user: "alice",
      operation: "sessions.create",
      request: { session_type: null, open_sessions: 0, ...request },
    });
    const at = `/v1/sessions/${body.session.id}`;
    assert.equal((await phone(send)("GET", at, { grant: body.grant })).status, 200);
    assert.equal((await phone(send)("PUT", `${at}/end`, { grant: body.grant })).body.error.code, "permission_denied");
  });
});

test("a user has a limit", async () => {
  await through(mounts.fetch, { requestsPerMinute: 2 }, async (send) => {
    const answers = await Promise.all([1, 2, 3].map(() => phone(send)("GET", "/v1/avatars")));
    const refused = answers.filter(({ status }) => status === 429);
    assert.equal(refused.length, 1);
    assert(Number(refused[0].headers.get("retry-after")) > 0);
    assert.equal((await phone(send, "bob")("GET", "/v1/avatars")).status, 200);
  });
});
