// An ES module that uses the types, with what they must refuse.

import { readFile } from "node:fs/promises";
import {
  AgentHuman,
  AgentHumanError,
  type CallOptions,
  type Page,
  RateLimitedError,
  Session,
  type SessionCreateParams,
} from "agenthuman";

await using client = new AgentHuman({ apiKey: async () => "", timeout: 1000, headers: new Headers() });

interface Visitor {
  name: string;
}
const visitor: Visitor = { name: "Ada" };
const params: SessionCreateParams = { agentId: 7, sessionType: "agent_chat", metadata: visitor };
const options: CallOptions = { signal: AbortSignal.timeout(1), headers: { a: "b" }, maxRetries: 0 };
const session: Session = await client.sessions.create(params, options);
const [id, alias, started]: [string, string, Date | null | undefined] = [session.id, session.session_id, session.started_at];
for await (const { id: each } of client.sessions.list({ status: "active" })) each satisfies string;
const page: Page<Session> = await client.agents.sessions(id).page();
await client.avatars.upload({ file: await readFile("a.png"), name: "a" }, { onProgress: ({ sent, total }) => [sent, total] });
await client.avatars.upload({ file: new Blob([]).stream(), name: "a" });
await client.apiKeys.rotate(alias, { store: ({ key }) => void key });
const nothing: void = await client.agents.delete(id);
const raw = await client.request<{ a: number }>("GET", "/v1/x", { credential: "token" });
raw.a.toFixed();

new AgentHuman({ logger: console, logLevel: "debug" });
await client.sessions.get(id, {
  onResponse: ({ status, requestId, attempts }) => [status.toFixed(), requestId, attempts.length],
});

try {
  await client.auth.verifyOtp("ada@example.com", "123456");
} catch (error) {
  if (error instanceof RateLimitedError) error.retryAfter satisfies number | undefined;
  if (error instanceof AgentHumanError && error.code === "not_found") error.attempts satisfies readonly { ms: number }[];
}

// @ts-expect-error agentId is missing
client.sessions.create({});
// @ts-expect-error a name that is unknown
client.sessions.create({ agentId: "7", agent: "8" });
// @ts-expect-error a choice that is none
client.sessions.create({ agentId: "7", sessionType: "telepathy" });
// @ts-expect-error a field is not to be written
session.id = "8";
// @ts-expect-error a method of another resource
client.voices.create({ name: "a" });
// @ts-expect-error what may be absent
session.name.length;
// @ts-expect-error a level that is none
new AgentHuman({ logger: console, logLevel: "loud" });
// @ts-expect-error a request's id may be absent
client.sessions.get("7", { onResponse: ({ requestId }) => requestId.length });
// @ts-expect-error an upload's option alone
client.sessions.get("7", { onProgress: () => {} });

export { nothing, page, started };
