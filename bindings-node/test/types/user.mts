// An ES module that uses the types, with errors that they must find.

import { readFile } from "node:fs/promises";
import { type IncomingMessage, createServer } from "node:http";
import express from "express";
import {
  AgentHuman,
  AgentHumanError,
  type CallOptions,
  NotFoundError,
  type Page,
  type RawResponse,
  RateLimitError,
  Session,
  type SessionCreateParams,
} from "agenthuman";
import { createRelay, type RelayOptions } from "agenthuman/relay";
import type { AgentHumanRooms } from "agenthuman/rooms";
import { Cassette, Mock, RoomsMock, agent, rooms, session as testSession } from "agenthuman/testing";

await using client = new AgentHuman({ apiKey: async () => "", timeout: 1000, headers: new Headers() });

interface Visitor {
  name: string;
}
const visitor: Visitor = { name: "Ada" };
const params: SessionCreateParams = { agentId: 7, sessionType: "agent_chat", metadata: visitor };
const options: CallOptions = { signal: AbortSignal.timeout(1), headers: { a: "b" }, maxRetries: 0 };
const session: Session = await client.sessions.create(params, options);
const [id, alias, started]: [string, string, Date] = [session.id, session.session_id, session.started_at];
for await (const { id: each } of client.sessions.list({ status: "active" })) each satisfies string;
const page: Page<Session> = await client.agents.sessions(id).page();
await client.avatars.upload({ file: await readFile("a.png"), name: "a" }, { onProgress: ({ sent, total }) => [sent, total] });
await client.avatars.upload({ file: new Blob([]).stream(), name: "a" });
await client.apiKeys.rotate(alias, { store: ({ key }) => void key });
const nothing: void = await client.agents.delete(id);
const raw = await client.request<{ a: number }>("GET", "/v1/x", { credential: "token" });
raw.a.toFixed();

new AgentHuman({
  logger: console,
  logLevel: "debug",
  appInfo: { name: "shop" },
  clientCert: new Uint8Array(),
  onResponse: ({ status, code, durationMs, headers }) => [status?.toFixed(), code, durationMs, headers["x-request-id"]],
  onRetry: async ({ reason, delayMs }) => void [reason, delayMs],
});
const raw2 = client.withOptions({ timeout: 5000 }).withRawResponse;
const got: RawResponse<Session> = await raw2.sessions.get(id);
const first: Page<Session> = (await raw2.sessions.list({ status: "active" })).value;
(await raw2.request<number[]>("GET", "/v1/x")).value.concat([got.status, got.attempts.length, first.items.length]);
// @ts-expect-error a raw list is no iterable
for await (const each of raw2.sessions.list()) void each;

try {
  await client.auth.verifyOtp("ada@example.com", "123456");
} catch (error) {
  if (error instanceof RateLimitError) error.retryAfter satisfies number | undefined;
  if (error instanceof AgentHumanError && error.code === "not_found") error.attempts satisfies readonly { durationMs: number }[];
}

const options2: RelayOptions = {
  client,
  authorize: async ({ method, path, headers, token, raw }) => {
    [method, path, headers.get("cookie") ?? ""] satisfies string[];
    raw satisfies Request | IncomingMessage;
    return token;
  },
  policy: (user, request) => {
    if (request.operation === "sessions.list") return { sessions: request.sessions.slice(0, request.limit) };
    if (request.operation === "sessions.resume")
      return request.metadata?.["user"] === user ? { session_id: request.session_id } : { refused: request.session_id };
    if (request.agents) return { agents: request.agents.flatMap(({ id, name }) => (name ? [id] : [])) };
    if (request.operation === "rooms.create" || user === "") return null;
    if (request.session_type === "agent_video") return { refused: "no video" };
    return { agent_id: request.agent_id ?? 7, session_type: request.session_type, metadata: { ...request.metadata, visitor } };
  },
  onOpen: async (user, session) => {
    [user, session.session_id] satisfies string[];
  },
  secrets: undefined,
  origins: ["https://app.example.com"],
  basePath: "/agenthuman",
};
const { fetch: answer, express: handler } = createRelay(options2);
const answered: Response = await answer(new Request("https://example.com"));
express().use("/agenthuman", handler());
createServer(handler());

// @ts-expect-error policy is missing
createRelay({ client, authorize: () => null });
// @ts-expect-error a user's id is a string
createRelay({ client, authorize: () => 7, policy: () => null });
// @ts-expect-error an option that is unknown
createRelay({ client, authorize: () => null, policy: () => null, secret: "a" });
// @ts-expect-error names of a decision are in snake case
createRelay({ client, authorize: () => null, policy: () => ({ agentId: "7" }) });
// @ts-expect-error it serves requests, not URLs
answer("https://example.com");

// @ts-expect-error agentId is missing
client.sessions.create({});
// @ts-expect-error a name that is unknown
client.sessions.create({ agentId: "7", agent: "8" });
// @ts-expect-error an invalid choice
client.sessions.create({ agentId: "7", sessionType: "telepathy" });
// @ts-expect-error fields are read-only
session.id = "8";
// @ts-expect-error a method of another resource
client.voices.create({ name: "a" });
// @ts-expect-error the field may be missing
session.name.length;
// @ts-expect-error an invalid level
new AgentHuman({ logger: console, logLevel: "loud" });
// @ts-expect-error a request's id may be absent
client.sessions.get("7", { onResponse: ({ requestId }) => requestId.length });
// @ts-expect-error an upload's option alone
client.sessions.get("7", { onProgress: () => {} });

const mock = new Mock();
const mocked: AgentHuman = mock.client;
mock
  .on("sessions.create")
  .returns(testSession({ id: "5", started_at: new Date() }))
  .rejects("rate_limited", { retryAfter: 3 });
mock
  .on("sessions.get")
  .responds(async ({ params }) => testSession({ id: params["id"] }))
  .rejects(NotFoundError)
  .rejects(new Error("own"));
mock
  .on("sessions.list")
  .returns([testSession()], { items: [testSession()], next: "c" })
  .pages([testSession()], []);
mock.on("agents.delete").returns();
mock.on("request").returns({ minutes: 3 });
mock.assertCalls("sessions.create");
// @ts-expect-error an operation that is unknown
mock.on("sessions.creat");
// @ts-expect-error another operation's model
mock.on("sessions.list").returns([agent()]);
// @ts-expect-error a list is returned
mock.on("sessions.list").returns(testSession());
// @ts-expect-error a code that is unknown
mock.on("sessions.get").rejects("rate_limit");
// @ts-expect-error a class that is no error of the package
mock.on("sessions.get").rejects(RangeError);

const roomsMock = new RoomsMock();
const mockedRooms: AgentHumanRooms = roomsMock.client;
roomsMock.on("sessions.open").returns(rooms.session({ id: "sess_1", started_at: new Date() }));
roomsMock.on("avatars.list").returns(rooms.avatarList({ public_avatars: [rooms.avatar()] }));
roomsMock.assertCalls("sessions.open", "avatars.list");
// @ts-expect-error the model of the other contract
roomsMock.on("sessions.get").returns(testSession());
// @ts-expect-error an operation of the other contract
roomsMock.on("messages.create");
// @ts-expect-error a field that is unknown
testSession({ name: "x" });
// @ts-expect-error a field of another type
testSession({ status: 5 });
// @ts-expect-error an operation that is unknown
mock.assertCalls("sessions.creat");

const cassette = new Cassette("greet.json", { mode: "replay" });
const recorded: AgentHuman = cassette.client({ apiKey: "key", timeout: 5 });
// @ts-expect-error a mode that is unknown
new Cassette("greet.json", { mode: "once" });
// @ts-expect-error an option of another type
cassette.client({ timeout: "5" });

export { answered, mocked, mockedRooms, nothing, page, recorded, started };
