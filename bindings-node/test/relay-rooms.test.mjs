// The relay opens sessions in rooms.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { AgentHuman } from "agenthuman";
import { createRelay } from "agenthuman/relay";
import { AgentHumanRooms, Room } from "agenthuman/rooms";
import { startSandbox } from "agenthuman/sandbox";
import { madeUpKey } from "./support/credentials.mjs";
import { madeUpSecret, mounts, openDoor, phone } from "./support/relay.mjs";
import { sandboxProgram } from "./support/sandbox.mjs";

const room = Room.livekit("wss://rooms.example.com", "the-token-of-the-avatar", { displayName: "Sara" });

let sandbox;

before(async () => {
  process.env.AGENTHUMAN_SANDBOX = sandboxProgram();
  sandbox = await startSandbox();
});

after(() => sandbox?.stop());

function policy(user, request) {
  if (request.operation !== "rooms.create") return openDoor.policy(user, request);
  const { avatar, metadata } = request;
  if (metadata === null) return { refused: "Which lesson?" };
  return { avatar: avatar ?? "PUBLIC/Avatars/sara-office", room, participant_token: "the-token-of-the-app", metadata };
}

const relayOf = (clients) => createRelay({ ...openDoor, policy, secrets: [madeUpSecret()], requestsPerMinute: 0, ...clients });

async function talk(ask) {
  const refused = await ask("POST", "/v1/rooms", { body: {} });
  assert.equal(refused.body.error.message, "Which lesson?");
  const opened = await ask("POST", "/v1/rooms", { body: { metadata: { lesson: 4 } } });
  assert.equal(opened.status, 201, opened.text);
  const { room, grant } = opened.body;
  assert.deepEqual([room.platform, room.url, room.token], ["livekit", "wss://rooms.example.com", "the-token-of-the-app"]);
  assert(!opened.text.includes("the-token-of-the-avatar"));
  const at = `/v1/rooms/${room.session.id}`;
  assert.equal((await ask("GET", at, { grant })).body.session.status, "started");
  assert.equal((await ask("PUT", `${at}/end`, { grant })).body.session.status, "ended");
}

test("a relay for rooms", async () => {
  const client = new AgentHumanRooms({ apiKey: sandbox.apiKey, baseURL: `${sandbox.url}/rooms` });
  await mounts["fetch at the root"].reach(relayOf({ client }), async (send) => {
    await talk(phone(send));
    assert.equal((await phone(send)("GET", "/v1/agents")).status, 404);
  });
});

test("a relay for both, whose clients have credential functions of their own", async () => {
  const asked = [];
  const apiKey = (of) => () => {
    asked.push(of);
    return sandbox.apiKey;
  };
  const client = new AgentHuman({ apiKey: apiKey("agents"), baseURL: sandbox.url });
  const rooms = new AgentHumanRooms({ apiKey: apiKey("rooms"), baseURL: `${sandbox.url}/rooms` });
  await mounts["Express"].reach(relayOf({ client, rooms }), async (send) => {
    assert.equal((await phone(send)("GET", "/v1/agents")).status, 200);
    assert.deepEqual(new Set(asked.splice(0)), new Set(["agents"]));
    await talk(phone(send));
    assert.deepEqual(new Set(asked), new Set(["rooms"]));
  });
});

test("wrong clients are rejected", () => {
  const agents = new AgentHuman({ apiKey: madeUpKey() });
  const rooms = new AgentHumanRooms({ apiKey: madeUpKey() });
  assert.throws(() => relayOf({ client: {} }), { parameter: "client" });
  for (const clients of [
    { client: agents, rooms: agents },
    { client: agents, rooms: {} },
    { client: rooms, rooms },
  ]) {
    assert.throws(() => relayOf(clients), { parameter: "rooms" });
  }
});
