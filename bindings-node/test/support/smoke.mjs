// A conversation, a rejection and an abort, for any JavaScript runtime with Node's APIs.

import { AgentHuman, InvalidArgumentError, NotFoundError } from "agenthuman";
import { createRelay } from "agenthuman/relay";

const client = new AgentHuman();
const agent = await client.agents.create({ name: "Sunny" });
const session = await client.sessions.create({ agentId: agent.id, sessionType: "agent_chat" });
const { reply } = await client.messages.create(session.id, { content: "Hello!" });
const error = await client.sessions.get("999999").catch((error) => error);
const refused = await client.sessions.create({ agentId: "7", sessionType: "telepathy" }).catch((error) => error);
const aborted = await client.sessions.get(session.id, { signal: AbortSignal.abort() }).catch((error) => error);
const listed = await client.sessions.list().all();
const relay = createRelay({
  client,
  authorize: ({ token }) => token,
  policy: () => ({ agent_id: agent.id }),
  secrets: ["a secret for this one conversation alone"],
});
const headers = { authorization: "Bearer ada", "content-type": "application/json" };
const opened = await relay.fetch(new Request("http://backend.test/v1/sessions", { method: "POST", headers, body: "{}" }));
console.log(
  JSON.stringify([
    typeof reply?.content,
    error instanceof NotFoundError && error instanceof Error,
    refused instanceof InvalidArgumentError,
    aborted.name,
    listed.some(({ id }) => id === session.id),
    opened.status,
  ]),
);
