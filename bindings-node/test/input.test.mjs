// Invalid input, which is rejected before anything is sent.

import assert from "node:assert/strict";
import { test } from "node:test";
import vm from "node:vm";
import { AgentHuman, ConfigurationError, InvalidArgumentError } from "agenthuman";
import { withCanned } from "./support/canned.mjs";
import { madeUpKey, madeUpToken } from "./support/credentials.mjs";
import { sessionRow } from "./support/rows.mjs";

const cycle = {};
cycle.self = { cycle };
const deep = JSON.parse(`${"[".repeat(120)}${"]".repeat(120)}`);

const refused = [
  ["NaN", { metadata: { a: NaN } }, "metadata", /NaN/],
  ["Infinity", { metadata: { a: [Infinity] } }, "metadata", /Infinity/],
  ["a BigInt", { agentId: 7n }, "agentId", /BigInt/],
  ["a function", { metadata: { a: () => 1 } }, "metadata", /function/],
  ["a symbol", { metadata: { a: Symbol("a") } }, "metadata", /symbol/],
  ["a cycle", { metadata: cycle }, "metadata", /cycle/],
  ["a cycle through toJSON", { metadata: { toJSON: () => cycle } }, "metadata", /cycle/],
  ["undefined in a list", { metadata: { a: [undefined] } }, "metadata", /undefined in a list/],
  ["a hole in a list", { metadata: { a: [, 1] } }, "metadata", /undefined in a list/],
  ["a Map", { metadata: { a: new Map() } }, "metadata", /instance of a class/],
  ["bytes", { metadata: { a: Buffer.from("a") } }, "metadata", /instance of a class/],
  ["an object of a class", { metadata: new (class Point {})() }, "metadata", /instance of a class/],
  ["an invalid Date", { metadata: { a: new Date(NaN) } }, "metadata", /invalid Date/],
  ["half a character", { metadata: { a: "\ud800" } }, "metadata", /Unicode/],
  ["half a character in a name", { metadata: { "\ud800": 1 } }, "metadata", /Unicode/],
  ["too many levels", { metadata: { deep } }, "metadata", /levels/],
  ["an integer that is not exact", { agentId: 2 ** 53 }, "agentId", /beyond 2\^53/],
  ["a wrong type", { agentId: true }, "agentId", /must be an id/],
  ["a value out of its choices", { sessionType: "telepathy" }, "sessionType", /must be one of agent_voice/],
  ["an unknown name", { agentID: "7" }, "agentID", /unknown parameter "agentID"\. Did you mean agentId\?/],
  ["a name of the wire", { agent_id: "7" }, "agent_id", /unknown parameter "agent_id"\. Did you mean agentId\?/],
  ["a name that is nothing's", { colour: "red" }, "colour", /unknown parameter "colour"\. Supported parameters: agentId, /],
  ["a name of another place", { baseURL: "red" }, "baseURL", /unknown parameter "baseURL"/],
  ["a missing parameter", { agentId: undefined }, "agentId", /is required/],
];

test("parameters", (t) => withCanned(undefined, (server) => refuseParameters(t, server)));

async function refuseParameters(t, server) {
  const client = new AgentHuman({ apiKey: madeUpKey(), token: madeUpToken(), baseURL: server.url });
  for (const [what, params, parameter, message] of refused) {
    await t.test(what, async () => {
      const all = what === "a missing parameter" ? params : { agentId: "7", ...params };
      await assert.rejects(client.sessions.create(all), (error) => {
        assert(error instanceof InvalidArgumentError, error);
        assert.equal(error.code, "invalid_argument");
        assert.equal(error.operation, "sessions.create");
        assert.equal(error.parameter, parameter);
        assert.match(error.message, message);
        return true;
      });
    });
  }
  for (const params of [null, "7", 7, [], undefined]) {
    await t.test(`${JSON.stringify(params)} in place of the parameters`, () =>
      assert.rejects(client.sessions.create(params), InvalidArgumentError),
    );
  }
  const calls = {
    "an empty id": () => client.sessions.get(""),
    "a dot segment": () => client.agents.get(".."),
    "an id that is undefined": () => client.agents.get(undefined),
    "an update of nothing": () => client.agents.update("7", {}),
    "too small a page": () => client.sessions.list({ limit: 0 }).page(),
    "a code of five digits": () => client.auth.verifyOtp("ada@example.com", "12345"),
    "no email": () => client.auth.requestOtp("ada"),
    "a file that is a number": () => client.avatars.upload({ name: "a", file: 7 }),
    "a file that is not there": () => client.avatars.upload({ name: "a", file: "/no/such/face.png" }),
    "a file at a web address": () => client.avatars.upload({ name: "a", file: new URL("https://example.com/a.png") }),
    "a store that is no function": () => client.apiKeys.rotate("7", { store: true }),
    "a body that is no JSON": () => client.request("POST", "/v1/x", { body: { a: 1n } }),
    "a method that is none": () => client.request("BREW", "/v1/x"),
    "a path out of its place": () => client.request("GET", "//example.com/v1/x"),
    "a timeout of no time": () => client.sessions.get("7", { timeout: 0 }),
    "a timeout that is NaN": () => client.sessions.get("7", { timeout: NaN }),
    "a timeout as text": () => client.sessions.get("7", { timeout: "5" }),
    "half a repeat": () => client.sessions.get("7", { maxRetries: 0.5 }),
    "headers that are no texts": () => client.sessions.get("7", { headers: { a: 1 } }),
    "options that are a number": () => client.sessions.get("7", 5),
    "an option that is unknown": () => client.sessions.get("7", { timeuot: 5 }),
    "parameters where there are none": () => client.avatars.list({ limit: 5 }).all(),
    "a signal that is none": () => client.sessions.get("7", { signal: {} }),
    "a progress that is no function": () => client.sessions.get("7", { onProgress: 7 }),
    "a credential that is no text": () => client.request("GET", "/v1/x", { credential: 7 }),
    "a credential that is unknown": () => client.request("GET", "/v1/x", { credential: "cookie" }),
    "a path that is no text": () => client.request("GET", 7),
    "a header of the client's own": () => client.sessions.get("7", { headers: { "x-api-key": "a" } }),
    "a header with a line break": () => client.sessions.get("7", { headers: { a: "b\r\nc: d" } }),
  };
  for (const [what, call] of Object.entries(calls)) await t.test(what, () => assert.rejects(call, ConfigurationError));
  assert.equal(server.requests.length, 0, "nothing was sent");
}

test("options of a client", () => {
  for (const options of [
    { apiKey: "ah_test_short" },
    { apikey: "ah_test_" },
    { apiKey: 7 },
    { apiKeyFile: "/etc/hostname" },
    { apiKey: undefined, apiKeyFile: 7 },
    { apiKeyCommand: "a" },
    { apiKey: undefined, apiKeyFile: "/etc/hostname", apiKeyCommand: "a" },
    { apiKey: undefined, apiKeyCommand: [] },
    { apiKey: undefined, apiKeyCommand: ["a", 7] },
    { apiKey: undefined, apiKeyCommand: "a 'b" },
    { environment: "staging" },
    { environment: "live" },
    { token: "" },
    { token: { function: true } },
    { apiKey: { file: "/etc/hostname" } },
    { baseURL: "http://example.com" },
    { baseURL: "https://me:pw@example.com" },
    { baseURL: "no url" },
    { baseURL: new URL("https://example.com") },
    { timeout: -1 },
    { timeout: Infinity },
    { connectTimeout: "1" },
    { maxRetries: -1 },
    { maxResponseBytes: 1.5 },
    { headers: [["a"]] },
    { headers: "a" },
    { headers: { "x-api-key": "a" } },
    { routes: { "no.such": "/x" } },
    { routes: { "voices.list": "https://example.com" } },
  ]) {
    assert.throws(() => new AgentHuman({ apiKey: madeUpKey(), ...options }), ConfigurationError, JSON.stringify(options));
  }
  assert.throws(() => new AgentHuman({ baseURL: "no url" }), { parameter: "baseURL" });
  for (const [written, meant] of [
    ["api_key", "apiKey"],
    ["apikey", "apiKey"],
    ["base_url", "baseURL"],
    ["baseUrl", "baseURL"],
    ["max_retries", "maxRetries"],
    ["timeuot", "timeout"],
  ]) {
    assert.throws(() => new AgentHuman({ [written]: "x" }), {
      name: "ConfigurationError",
      parameter: written,
      reason: `unknown option "${written}"`,
      suggestion: `Did you mean ${meant}?`,
    });
  }
  assert.throws(() => new AgentHuman({ colour: "x" }), {
    suggestion: /^Supported options: apiKey, apiKeyFile, apiKeyCommand, token, environment, baseURL, /,
  });
});

test("an unknown option of a call", async () => {
  const client = new AgentHuman({ apiKey: madeUpKey() });
  await assert.rejects(client.sessions.get("7", { max_retries: 5 }), {
    name: "ConfigurationError",
    operation: "sessions.get",
    parameter: "max_retries",
    suggestion: "Did you mean maxRetries?",
  });
});

test("JSON values are sent unchanged, and undefined is not sent", async () => {
  await withCanned({ status: 201, body: { session: sessionRow(1) } }, async (server) => {
    const client = new AgentHuman({ apiKey: madeUpKey(), baseURL: server.url });
    const metadata = {
      text: "\u{1F600} ",
      nothing: null,
      left: undefined,
      list: [1, [true], { a: 0.1 }],
      at: new Date(0),
      json: { toJSON: () => ["made"] },
      bare: Object.assign(Object.create(null), { a: 1 }),
      foreign: vm.runInNewContext("({ a: [1] })"),
      agentId: "names within stay",
      ["__proto__"]: { polluted: true },
    };
    await client.sessions.create({ agentId: 7, sessionType: undefined, metadata });
    const sent = JSON.parse(server.requests[0].body);
    const { left, ...kept } = metadata;
    assert.deepEqual(sent, {
      agent_id: 7,
      metadata: { ...kept, at: "1970-01-01T00:00:00.000Z", json: ["made"], bare: { a: 1 }, foreign: { a: [1] } },
    });
    assert.equal({}.polluted, undefined);
  });
});

test("null clears a field", async () => {
  await withCanned({ body: { success: true } }, async (server) => {
    const client = new AgentHuman({ token: madeUpToken(), baseURL: server.url });
    await client.avatars.update("7", { voiceId: null });
    assert.deepEqual(JSON.parse(server.requests[0].body), { voice_id: null });
  });
});
