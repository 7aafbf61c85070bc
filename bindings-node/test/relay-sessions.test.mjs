// The sessions of a user on any device, with the functions of a backend that has them in its database.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { AgentHuman } from "agenthuman";
import { startSandbox } from "agenthuman/sandbox";
import { keptLog, mounts, openDoor, phone, relayTo } from "./support/relay.mjs";
import { sandboxProgram } from "./support/sandbox.mjs";

let sandbox;
let agent;

before(async () => {
  process.env.AGENTHUMAN_SANDBOX = sandboxProgram();
  sandbox = await startSandbox();
  agent = (await new AgentHuman({ apiKey: sandbox.apiKey, baseURL: sandbox.url }).agents.create({ name: "Sunny" })).id;
});

after(() => sandbox?.stop());

/** A backend whose database is a map. */
function backend() {
  const database = new Map();
  const resumed = [];
  const of = (user) => database.get(user) ?? [];
  return {
    database,
    resumed,
    onOpen: async (user, { session_id }) => {
      await sleep(1);
      database.set(user, [session_id, ...of(user)]);
    },
    policy: (user, request) => {
      switch (request.operation) {
        case "sessions.create":
          return { agent_id: request.agent_id ?? agent, metadata: { user } };
        case "sessions.list":
          return { sessions: of(user).slice(0, request.limit) };
        case "sessions.resume":
          resumed.push(request);
          return request.metadata.user === user ? { session_id: request.session_id } : null;
        default:
          return null;
      }
    },
  };
}

const through = (mount, options, use) =>
  mount.reach(
    relayTo(sandbox.url, { key: async () => sandbox.apiKey, ...mount.options, openSessionsPerUser: 0, ...options }),
    use,
  );

async function listed(ask) {
  const { status, body, text } = await ask("GET", "/v1/sessions");
  assert.equal(status, 200, text);
  return body.sessions.map(({ id, status }) => [id, status]);
}

for (const [name, mount] of Object.entries(mounts)) {
  test(`${name}: another device goes on with a session`, async () => {
    const { database, resumed, ...functions } = backend();
    await through(mount, functions, async (send) => {
      const [alice, bob] = [phone(send), phone(send, "bob")];
      const opened = [];
      for (let number = 0; number < 6; number++) opened.unshift((await alice("POST", "/v1/sessions", { body: {} })).body);
      assert.deepEqual(
        await listed(alice),
        opened.map(({ session }) => [session.id, "active"]),
      );
      const at = `/v1/sessions/${opened[0].session.id}`;
      await alice("POST", `${at}/messages`, { grant: opened[0].grant, body: { content: "on the phone" } });
      const { status, body } = await alice("POST", `${at}/resume`);
      assert.deepEqual([status, body.session.id, body.expires_in], [200, opened[0].session.id, 900]);
      const history = await alice("GET", `${at}/messages`, { grant: body.grant });
      assert.equal(history.body.messages[0].content, "on the phone");
      assert.deepEqual(
        resumed.map(({ operation, session_id, agent_id, status }) => [operation, session_id, agent_id, status]),
        [["sessions.resume", opened[0].session.id, agent, "active"]],
      );

      // Even if the database is wrong, sessions are their users' only.
      database.set("bob", [opened[0].session.id, "no such session", 7]);
      assert.deepEqual(await listed(bob), []);
      for (const path of [at, "/v1/sessions/999999"]) {
        const { status, body } = await bob("POST", `${path}/resume`);
        assert.deepEqual([status, body.error.code], [404, "not_found"]);
      }
      assert.equal(resumed.length, 1);
    });
  });
}

test("a policy that knows nothing of it allows nothing", async () => {
  for (const [decide, status, code] of [
    [() => null, 403, "policy_refused"],
    [() => undefined, 403, "policy_refused"],
    [() => ({ refused: "Not now." }), 403, "policy_refused"],
    [openDoor.policy, 500, "server"],
    [() => assert.fail("an operation that it does not know"), 500, "server"],
    [() => ({ agents: ["7"] }), 500, "server"],
    [() => ({ session_id: "another one" }), 500, "server"],
    [() => ({}), 500, "server"],
    [() => ({ sessions: Array.from({ length: 10_000 }, (_, id) => id) }), 500, "server"],
  ]) {
    const policy = (user, request) => (request.operation === "sessions.create" ? { agent_id: agent } : decide(user, request));
    await through(mounts.fetch, { policy, logger: keptLog() }, async (send) => {
      const ask = phone(send);
      const { id } = (await ask("POST", "/v1/sessions", { body: {} })).body.session;
      for (const answer of [await ask("GET", "/v1/sessions"), await ask("POST", `/v1/sessions/${id}/resume`)]) {
        assert.deepEqual([answer.status, answer.body.error.code], [status, code], `${decide}`);
      }
    });
  }
});

test("a session that is not noted is ended", async () => {
  const seen = [];
  const errors = [];
  const onError = (error, context) => errors.push([error.message, context.function]);
  const onOpen = (_user, { session_id }) => {
    seen.push(session_id);
    throw new Error("the database is down");
  };
  await through(mounts.fetch, { onOpen, onError }, async (send) => {
    const { status, body, text } = await phone(send)("POST", "/v1/sessions", { body: { agent_id: agent } });
    assert.deepEqual([status, body.error.code], [500, "server"]);
    assert(!text.includes("database"), text);
  });
  assert.deepEqual(errors, [["the database is down", "onOpen"]]);
  const client = new AgentHuman({ apiKey: sandbox.apiKey, baseURL: sandbox.url });
  for (let tries = 0; tries < 200; tries++) {
    if ((await client.sessions.get(seen[0])).status === "completed") return;
    await sleep(10);
  }
  assert.fail("the session goes on");
});

test("onOpen must be a function", () => {
  assert.throws(() => relayTo(sandbox.url, { onOpen: "a database" }), { parameter: "onOpen" });
});
