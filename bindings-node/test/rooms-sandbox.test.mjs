// The client for rooms on the sandbox, which shares no code with it.

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import {
  AgentHumanRooms,
  ConcurrencyLimitError,
  NotFoundError,
  PaymentRequiredError,
  PermissionDeniedError,
  Room,
} from "agenthuman/rooms";
import { startSandbox } from "agenthuman/sandbox";
import { inspect } from "node:util";
import { sandboxProgram } from "./support/sandbox.mjs";

const AVATAR = "PUBLIC/Avatars/sara-office";
const UNKNOWN = "sess_01H3Z8G9YR3K2N5M6P7Q8W4T";
const GIF = new TextEncoder().encode("GIF89a");
const room = Room.livekit("wss://example.livekit.cloud", "the-token-of-the-room");

/** @type {import("agenthuman/sandbox").Sandbox} */
let sandbox;
/** @type {AgentHumanRooms} */
let client;
before(async () => {
  process.env.AGENTHUMAN_SANDBOX = sandboxProgram();
  sandbox = await startSandbox();
});
after(() => sandbox?.stop());
beforeEach(async () => {
  await sandbox.reset();
  client = clientOf();
});

const clientOf = (options = {}) => new AgentHumanRooms({ apiKey: sandbox.apiKey, baseURL: `${sandbox.url}/rooms`, ...options });
const statuses = async () => (await client.sessions.list().all()).map(({ status }) => status);

test("a session", async () => {
  const created = await client.sessions.create({ avatar: AVATAR, room, aspectRatio: "1:1", metadata: { user: "Ada" } });
  assert.deepEqual([created.status, created.aspect_ratio, created.metadata], ["started", "1:1", { user: "Ada" }]);
  assert(created.session_token);
  assert.equal(created.usage.concurrency.current, 1);
  const found = await client.sessions.get(created.id);
  assert.deepEqual([found.id, found.status, found.session_token], [created.id, "started", undefined]);
  const started = await client.sessions.list({ status: "started" }).all();
  assert.deepEqual(
    started.map(({ id }) => id),
    [created.id],
  );
  assert.deepEqual(await client.sessions.list({ status: "ended" }).all(), []);
  for (let times = 0; times < 2; times += 1) assert.equal((await client.sessions.end(created.id)).status, "ended");
  assert((await client.sessions.waitUntilEnded(created.id)).ended_at instanceof Date);
  await assert.rejects(client.sessions.get(UNKNOWN), NotFoundError);
});

test("a room of each platform", async () => {
  for (const [platform, place] of Object.entries({
    daily: Room.daily("https://example.daily.co/a", "token"),
    livekit: room,
    proxy: Room.proxy(),
  })) {
    const opened = await client.sessions.open({ avatar: AVATAR, room: place });
    assert.equal(opened.session.room !== undefined, platform === "proxy");
    assert.equal(opened.session.extra, undefined);
    await opened.close();
  }
  assert.deepEqual(await statuses(), ["ended", "ended", "ended"]);
});

test("pictures in place of an avatar", async () => {
  for (const avatar of [GIF, "https://example.com/face.png"]) {
    await client.sessions.end((await client.sessions.create({ avatar, room })).id);
  }
  await sandbox.setAccount({ plan: "free" });
  await assert.rejects(client.sessions.create({ avatar: GIF, room }), PermissionDeniedError);
});

test("everybody leaves", async () => {
  const opened = await client.sessions.open({ avatar: AVATAR, room });
  await sandbox.leave(opened.session.id);
  assert.equal((await client.sessions.waitUntilEnded(opened.session.id)).status, "ended");
  await opened.close();
});

test("everybody leaves, and the service notices later", async () => {
  const { id } = await client.sessions.create({ avatar: AVATAR, room });
  await sandbox.leave(id, { silently: true });
  assert.equal((await client.sessions.get(id)).status, "started");
  await sandbox.clock.advance(180);
  assert.equal((await client.sessions.get(id)).status, "ended");
  await assert.rejects(sandbox.leave(UNKNOWN), /Session not found/);
});

test("the account of a sandbox", async () => {
  await sandbox.setAccount({ plan: "growth", includedMinutes: null, purchasedMinutes: 30 });
  let usage = await client.usage.get();
  assert.deepEqual([usage.plan.key, usage.included_minutes.total, usage.purchased_minutes.remaining], ["growth", null, 30]);
  await sandbox.setAccount({ includedMinutes: 7 });
  usage = await client.usage.get();
  assert.deepEqual([usage.plan.key, usage.included_minutes.total], ["growth", 7]);
  await assert.rejects(sandbox.setAccount({ plan: "huge" }), /plan/);
});

test("a lost response leaves no session open", async () => {
  await sandbox.faults.set(["rooms/sessions.create@1:reset-after"]);
  await assert.rejects(client.sessions.open({ avatar: AVATAR, room }), (error) => {
    assert.match(error.message, /was found and ended/);
    assert.equal(error.details.ended.length, 1);
    return true;
  });
  assert.deepEqual(await statuses(), ["ended"]);
});

test("limits of the plan", async () => {
  await sandbox.setAccount({ plan: "free" });
  const opened = await client.sessions.open({ avatar: AVATAR, room });
  await assert.rejects(client.sessions.create({ avatar: AVATAR, room }), ConcurrencyLimitError);
  await opened.close();
  await sandbox.setAccount({ includedMinutes: 0 });
  await assert.rejects(client.sessions.create({ avatar: AVATAR, room }), PaymentRequiredError);
});

test("places are those of the plan", async () => {
  await sandbox.setAccount({ plan: "free" });
  client = clientOf({ maxOpen: "auto", maxRetries: 0 });
  const one = async () => {
    const opened = await client.sessions.open({ avatar: AVATAR, room });
    await opened.close();
    return opened.session.id;
  };
  assert.equal(new Set(await Promise.all([one(), one(), one()])).size, 3);
});

test("usage", async () => {
  const opened = await client.sessions.open({ avatar: AVATAR, room });
  const usage = await client.usage.get();
  assert.equal(usage.extra, undefined);
  assert.deepEqual(
    usage.active_sessions.map(({ id }) => id),
    [opened.session.id],
  );
  assert.deepEqual([usage.concurrency.current, usage.concurrency.max, usage.plan.key], [1, 20, "pro"]);
  assert(usage.period.end instanceof Date);
  await opened.close();
});

test("avatars", async () => {
  const before = await client.avatars.list();
  assert(before.public_avatars.some(({ id }) => id === AVATAR));
  assert.deepEqual(before.my_avatars, []);
  const uploaded = [
    await client.avatars.uploadFace({ file: GIF }),
    await client.avatars.uploadFaceUrl({ imageUrl: "https://example.com/face.png" }),
    await client.avatars.uploadFaceBase64({ imageBase64: "R0lGODlh" }),
  ].map(({ id }) => id);
  const mine = (await client.avatars.list()).my_avatars.map(({ id }) => id);
  assert.deepEqual(mine.toSorted(), uploaded.toSorted());
  assert.match((await client.avatars.preview({ avatarId: AVATAR })).url, /^http/);
  for (const id of mine) await client.avatars.delete(id);
  assert.deepEqual((await client.avatars.list()).my_avatars, []);
});

test("agents and links", async () => {
  const voiceAgent = { provider: "ElevenLabs", agentId: "el_1", authMethod: "public" };
  const agent = await client.agents.create({ name: "Ada", voiceAgent });
  assert.equal(agent.voice_agent.auth_method, "public");
  const changes = { voiceAgent: { authMethod: "token" }, avatarImageUrl: "https://a.b/c.png" };
  const changed = await client.agents.update(agent.id, changes);
  assert.deepEqual([changed.voice_agent.auth_method, changed.voice_agent.provider], ["token", "ElevenLabs"]);
  assert.equal((await client.agents.get(agent.id)).name, "Ada");

  const soon = new Date(Date.now() + 3_600_000);
  const link = await client.links.create({ agentId: agent.id, name: "Demo", expiresAt: soon, useLimit: 2 });
  assert(Math.abs(link.expires_at.getTime() - soon.getTime()) < 1000);
  assert.deepEqual([link.status, link.use_limit, link.uses], ["active", 2, 0]);
  const started = await client.links.startSession({ linkId: link.id, aspectRatio: "3:4" });
  assert(started.participant_token);
  assert.equal((await client.sessions.get(started.id)).aspect_ratio, "3:4");
  const paused = await client.links.update(link.id, { status: "paused", expiresAt: null, name: null });
  assert.equal(paused.expires_at, null);
  assert.equal((await client.links.list({ status: "paused" }).all()).length, 1);
  await assert.rejects(client.links.startSession({ linkId: link.id }), PermissionDeniedError);
  assert.equal((await client.links.get(link.id)).uses, 1);
  await client.links.delete(link.id);
  await client.agents.delete(agent.id);
  assert.deepEqual(await client.agents.list().all(), []);
});

test("OpenClaw", async () => {
  const { id: avatar } = await client.avatars.uploadFace({ file: GIF });
  const place = await client.openclaw.initiate({ avatar, aspectRatio: "1:1", enableTranscription: false });
  assert.match(place.url, /^ws/);
  assert(!inspect(place).includes(place.token));
});
