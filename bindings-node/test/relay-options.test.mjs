// The options of the relay, printing it, and process exit.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { inspect } from "node:util";
import { AgentHuman, ConfigurationError } from "agenthuman";
import { createRelay } from "agenthuman/relay";
import { withCanned } from "./support/canned.mjs";
import { madeUpKey } from "./support/credentials.mjs";
import { madeUpSecret, openDoor, phone, relayTo } from "./support/relay.mjs";
import { node } from "./support/run.mjs";

const require = createRequire(import.meta.url);
const client = new AgentHuman({ apiKey: madeUpKey(), baseURL: "http://127.0.0.1:9" });

test("the error for an invalid option has its name, and not its value", () => {
  const secret = madeUpSecret();
  for (const [parameter, options] of Object.entries({
    client: { client: undefined },
    authorize: { authorize: "everyone" },
    policy: { policy: undefined },
    secrets: { secrets: [secret, "short"] },
    audience: { audience: "" },
    origins: { origins: ["https://app.example.com/path"] },
    grantSeconds: { grantSeconds: 0 },
    sessionSeconds: { sessionSeconds: -1 },
    maxRequestBytes: { maxRequestBytes: "64K" },
    requestsPerMinute: { requestsPerMinute: 1.5 },
    basePath: { basePath: "agenthuman" },
    sekrets: { sekrets: [secret] },
  })) {
    assert.throws(
      () => createRelay({ client, ...openDoor, secrets: [secret], ...options }),
      (error) => {
        assert(error instanceof ConfigurationError, parameter);
        assert.equal(error.parameter, parameter);
        assert(error.message.includes(parameter), error.message);
        assert(error.stack.split("\n")[1].includes("relay-options.test.mjs"), error.stack);
        assert(!inspect(error, { depth: 9, showHidden: true }).includes(secret));
        return true;
      },
    );
  }
  for (const options of [undefined, null, [], "relay"]) assert.throws(() => createRelay(options), ConfigurationError);
  for (const client of [{}, AgentHuman, new Proxy({}, {})]) {
    assert.throws(() => createRelay({ client, ...openDoor, secrets: [secret] }), { parameter: "client" });
  }
  assert.throws(() => createRelay({ client, ...openDoor, secrets: [1n] }), { parameter: "secrets" });
});

test("secrets are read from the environment, at the latest at the first request", async () => {
  const text = `
    import { AgentHuman } from "agenthuman";
    import { createRelay } from "agenthuman/relay";
    const relay = createRelay({ client: new AgentHuman(), authorize: () => null, policy: () => null });
    const status = () =>
      relay.fetch(new Request("http://a/v1/avatars", { headers: { authorization: "Bearer a" } })).then(
        ({ status }) => status,
        (error) => error.name + " " + error.parameter + " " + error.message,
      );
    console.log(await status());
    process.env.AGENTHUMAN_RELAY_SECRETS = "${madeUpSecret()}";
    console.log(await status());
  `;
  const env = { AGENTHUMAN_API_KEY: madeUpKey(), AGENTHUMAN_RELAY_SECRETS: "" };
  const late = await node(text, { env });
  assert.match(late.stdout, /^ConfigurationError secrets .*AGENTHUMAN_RELAY_SECRETS.*\n401\n$/);
  assert.match(late.stderr, /Warning: The relay has no secrets: set AGENTHUMAN_RELAY_SECRETS/);
  const withSecrets = { ...env, AGENTHUMAN_RELAY_SECRETS: `${madeUpSecret()}, ${madeUpSecret()}` };
  const set = await node(text, { env: withSecrets });
  assert.deepEqual([set.stdout, set.stderr], ["401\n401\n", ""]);
  const short = await node(text, { env: { ...env, AGENTHUMAN_RELAY_SECRETS: "short" } });
  assert.match(short.stderr, /ConfigurationError/);
});

test("invalid secrets are rejected at once", () => {
  for (const secrets of [[], ["short"], [""]]) {
    assert.throws(() => createRelay({ client, ...openDoor, secrets }), { parameter: "secrets" });
  }
});

test("a subclass of the client works, and a closed client does not", async () => {
  await withCanned({ body: { avatars: [] } }, async (server) => {
    class Own extends AgentHuman {}
    const own = new Own({ apiKey: madeUpKey(), baseURL: server.url });
    const relay = createRelay({ client: own, ...openDoor, secrets: [madeUpSecret()] });
    const ask = phone((path, init) => relay.fetch(new Request(`http://backend.test${path}`, init)));
    assert.equal((await ask("GET", "/v1/avatars")).status, 200);
    own.close();
    assert.equal((await ask("GET", "/v1/avatars")).status, 502);
  });
});

test("printing a relay shows no secret", () => {
  const [secret, key] = [madeUpSecret(), madeUpKey()];
  const relay = relayTo("http://127.0.0.1:9", { key, secrets: [secret] });
  for (const options of [{ depth: 9 }, { depth: 9, showHidden: true }, { depth: 9, showHidden: true, customInspect: false }]) {
    const printed = inspect(relay, options) + JSON.stringify(relay) + String(relay);
    assert(!printed.includes(secret) && !printed.includes(key.slice(8)), printed);
  }
});

test("import and require return the same objects", async () => {
  const required = require("agenthuman/relay");
  assert.deepEqual(Object.keys(required), ["createRelay"]);
  assert.equal(required.createRelay, createRelay);
});

const prelude = `
  import http from "node:http";
  import { AgentHuman } from "agenthuman";
  import { createRelay } from "agenthuman/relay";
  const client = new AgentHuman({ maxRetries: 0 });
  const relay = createRelay({ client, authorize: () => "alice", policy: () => null });
  const ask = (signal) => relay.fetch(new Request("http://a/v1/avatars", { headers: { authorization: "Bearer a" }, signal }));
`;

const run = (server, text) => {
  const settings = { AGENTHUMAN_API_KEY: madeUpKey(), AGENTHUMAN_BASE_URL: server.url, AGENTHUMAN_RELAY_SECRETS: madeUpSecret() };
  return node(prelude + text, { env: settings });
};

test("an idle relay does not keep the process alive, and a request in flight does", async () => {
  await withCanned({ body: { avatars: [] } }, async (server) => {
    const idle = await run(server, `await ask(); http.createServer(relay.express()).listen(0, () => console.log("on")).unref();`);
    assert.deepEqual([idle.status, idle.stderr], [0, ""]);
    const busy = await run(server, `ask().then(({ status }) => console.log(status));`);
    assert.deepEqual([busy.status, busy.stdout, busy.stderr], [0, "200\n", ""]);
  });
});

test("an aborted request does not, and exit works", async () => {
  await withCanned({ hold: true }, async (server) => {
    const aborted = `
      const controller = new AbortController();
      const pending = ask(controller.signal);
      setTimeout(() => controller.abort(), 20);
      console.log(await pending.catch((error) => error.name));
    `;
    const result = await run(server, aborted);
    assert.deepEqual([result.status, result.stdout, result.stderr], [0, "AbortError\n", ""]);
    const left = await run(server, `for (let each = 0; each < 50; each += 1) ask(); setTimeout(() => process.exit(3), 50);`);
    assert.deepEqual([left.status, left.signal, left.stderr], [3, null, ""]);
  });
});

test("the error for an unknown option suggests the closest name", () => {
  const relay = (more) => createRelay({ client, ...openDoor, secrets: [madeUpSecret()], ...more });
  for (const [written, meant] of [
    ["grant_seconds", "grantSeconds"],
    ["grantSecond", "grantSeconds"],
    ["origin", "origins"],
  ]) {
    assert.throws(() => relay({ [written]: 1 }), {
      name: "ConfigurationError",
      parameter: written,
      reason: `unknown option "${written}"`,
      suggestion: `Did you mean ${meant}?`,
    });
  }
});
