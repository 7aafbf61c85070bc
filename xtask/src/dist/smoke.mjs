// Uses the installed package as a first program would: a conversation with the installed sandbox, and many calls at once.

import { AgentHuman, NotFoundError } from "agenthuman";
import { startSandbox } from "agenthuman/sandbox";
import assert from "node:assert/strict";

const sandbox = await startSandbox();
try {
  const client = new AgentHuman({ apiKey: sandbox.apiKey, baseURL: sandbox.url });
  const agent = await client.agents.create({ name: "Sunny" });
  const session = await client.sessions.create({ agentId: agent.id });
  await sandbox.replies(["Hello, Ada."]);
  const { reply } = await client.messages.create(session.id, { content: "I am Ada." });
  assert.equal(reply?.content, "Hello, Ada.");
  await assert.rejects(client.sessions.get("999999"), NotFoundError);
  const calls = Array.from({ length: 20 }, () => client.sessions.get(session.id));
  assert.equal((await Promise.all(calls)).length, 20);
  await client.sessions.end(session.id);
} finally {
  await sandbox.stop();
}
console.log(`agenthuman works in Node ${process.version}, ${process.platform}-${process.arch}`);
