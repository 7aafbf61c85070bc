// Integration tests: the sandbox is the API on this machine. It is the package agenthuman-sandbox.

import { AgentHuman, APIConnectionError } from "agenthuman";
import { startSandbox } from "agenthuman/sandbox";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { greet } from "./greeter.mjs";

/** @type {import("agenthuman/sandbox").Sandbox} */
let sandbox;
/** @type {AgentHuman} */
let client;
/** @type {string} */
let agentId;

beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.stop());

beforeEach(async () => {
  await sandbox.reset();
  client = new AgentHuman({ apiKey: sandbox.apiKey, baseURL: sandbox.url });
  agentId = (await client.agents.create({ name: "Greeter", context: "You greet people by their name." })).id;
});

test("the agent greets", async () => {
  await sandbox.replies(["Welcome, Ada."]);
  expect(await greet(client, agentId, "Ada")).toBe("Welcome, Ada.");
});

test("an outage is retried", async () => {
  await sandbox.faults.set(["sessions.end@1:status=503"]);
  await greet(client, agentId, "Ada");
  expect(await sandbox.faults.list()).toEqual([{ rule: "sessions.end@1:status=503", calls: 2, fired: 1 }]);
});

// The session may exist, so creating it again would create two.
test("a lost response is not retried", async () => {
  await sandbox.faults.set(["sessions.create@1:reset-after"]);
  const failure = await greet(client, agentId, "Ada").catch((/** @type {unknown} */ error) => error);
  expect(failure).toBeInstanceOf(APIConnectionError);
  expect(failure).toHaveProperty("outcomeUnknown", true);
});
