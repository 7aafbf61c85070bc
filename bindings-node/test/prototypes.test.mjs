// Additions to Object.prototype and Array.prototype do not affect calls. Each case runs in a separate process.

import assert from "node:assert/strict";
import { test } from "node:test";
import { withCanned } from "./support/canned.mjs";
import { madeUpKey } from "./support/credentials.mjs";
import { node } from "./support/run.mjs";
import { sessionRow } from "./support/rows.mjs";

const additions = {
  "a property": `Object.prototype.x = 1;`,
  "a function": `Object.prototype.extend = function () {};`,
  "a getter": `Object.defineProperty(Object.prototype, "x", { get() { throw new Error("read"); }, enumerable: true });`,
  "names of options": `
    for (const name of ["timeout", "maxRetries", "headers", "onProgress", "onRequest", "onResponse", "clientCert", "proxy", "apiKeyFile", "apiKeyCommand", "routes",
      "maxResponseBytes", "logger", "logLevel", "token", "store", "file", "credential", "origins", "audience", "basePath"]) {
      Object.defineProperty(Object.prototype, name, { value: 70_000, writable: true, configurable: true });
    }`,
  "names of parameters": `for (const name of ["agentId", "metadata", "content", "limit", "after"]) Object.prototype[name] = {};`,
  "names of fields, read only": `
    for (const name of ["id", "session_id", "agent_id", "started_at", "extra"]) {
      Object.defineProperty(Object.prototype, name, { get: () => 1, configurable: true });
    }`,
  toJSON: `Object.prototype.toJSON = () => "replaced";`,
  "toJSON of arrays": `Array.prototype.toJSON = () => "replaced";`,
  "an iterator": `Object.prototype[Symbol.iterator] = function* () { yield "a"; };`,
  "functions of arrays": `Array.prototype.x = 1; Array.prototype.last = function () { return this.at(-1); };`,
};

const program = `
  import { AgentHuman, InvalidArgumentError } from "agenthuman";
  import { createRelay } from "agenthuman/relay";
  ADDITION
  const client = new AgentHuman({ apiKey: process.env.KEY, baseURL: process.env.URL, headers: { "x-a": "b" } });
  const metadata = { a: [1, { b: null }], c: Object.assign(Object.create(null), { d: "e" }) };
  const session = await client.sessions.create({ agentId: "7", metadata }, { headers: { "x-c": "d" }, timeout: 30_000 });
  const bare = (values) => Object.assign(Object.create(null), values);
  const other = await client.sessions.create(bare({ agentId: "7", metadata }), bare({ headers: bare({ "x-c": "d" }), timeout: 30_000 }));
  const refused = await client.sessions.create({ agentId: "7", sessionType: "telepathy" }).catch((error) => error);
  await client.request("POST", "/v1/sessions", { body: { agent_id: "7", metadata } });
  const relay = createRelay({
    client,
    authorize: ({ token }) => token,
    policy: () => ({ agent_id: "7", metadata }),
    secrets: ["x".repeat(32)],
  });
  const headers = new Headers([["authorization", "Bearer ada"], ["content-type", "application/json"]]);
  const opened = await relay.fetch(new Request("http://a/v1/sessions", Object.assign(Object.create(null), { method: "POST", headers, body: "{}" })));
  process.stdout.write([session.id, session.agent_id, other.id, refused instanceof InvalidArgumentError, opened.status].join(" "));
`;

for (const [what, addition] of Object.entries(additions)) {
  test(`${what} added to a prototype`, async () => {
    const answer = { status: 201, body: { session: sessionRow(5) } };
    await withCanned(answer, async (server) => {
      const env = { KEY: madeUpKey(), URL: server.url };
      const { stdout, stderr } = await node(
        program.replace("ADDITION", () => addition),
        { env },
      );
      assert.deepEqual([stdout, stderr], ["5 7 5 true 201", ""]);
      const metadata = { a: [1, { b: null }], c: { d: "e" } };
      assert.equal(server.requests.length, 4);
      for (const { body } of server.requests) {
        const sent = { ...JSON.parse(body), agent_id: "7" };
        // The mark of the relay.
        delete sent.metadata.agenthuman_user;
        assert.deepEqual(sent, { agent_id: "7", metadata });
      }
      assert.equal(server.requests[0].headers["x-a"], "b");
      assert.equal(server.requests[0].headers["x-c"], "d");
      assert.equal(server.requests[1].headers["x-c"], "d");
    });
  });
}
