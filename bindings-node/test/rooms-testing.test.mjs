// Mocks and cassettes of the client for rooms, and the client on the sandbox.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { beforeEach, test } from "node:test";
import { session as sessionOfAgents } from "agenthuman/testing";
import { AgentHumanRooms, ConcurrencyLimitError, InvalidArgumentError, Room, Session } from "agenthuman/rooms";
import { startSandbox } from "agenthuman/sandbox";
import { Cassette, RoomsMock, UnexpectedCallError, rooms } from "agenthuman/testing";
import { sandboxProgram } from "./support/sandbox.mjs";

const models = createRequire(import.meta.url)("../dist/generated/rooms/models.js");
const avatar = "PUBLIC/Avatars/sara-office";
const room = Room.livekit("wss://example.livekit.cloud", "the-token-of-the-room");

/** @type {RoomsMock} */
let mock;
beforeEach(() => {
  mock = new RoomsMock();
});

test("a call gets its response and is recorded", async () => {
  mock.on("sessions.create").returns(rooms.session({ id: "sess_1", session_token: "a-token" }));
  assert(mock.client instanceof AgentHumanRooms);
  const created = await mock.client.sessions.create({ avatar, room }, { timeout: 2000 });
  assert(created instanceof Session);
  assert.deepEqual([created.id, created.status, created.session_token], ["sess_1", "started", "a-token"]);
  assert(!inspect(created).includes("a-token"));
  const [call] = mock.calls;
  assert.equal(call.operation, "sessions.create");
  assert.deepEqual(call.params.room, { platform: "livekit", url: room.url, token: room.token });
  assert.deepEqual(call.options, { timeout: 2000 });
});

test("a session that is opened is ended, and lists and errors are those of production", async () => {
  mock.on("sessions.open").returns(rooms.session({ id: "sess_1" }));
  mock.on("sessions.end").returns(rooms.session({ id: "sess_1", status: "ended" }));
  const opened = await mock.client.sessions.open({ avatar, room });
  assert.equal(opened.session.id, "sess_1");
  await opened.close();
  mock.assertCalls("sessions.open", "sessions.end");
  mock.assertAllCalled();

  mock.on("links.list").returns([rooms.link({ id: "lnk_1" })]);
  assert.deepEqual(
    (await mock.client.links.list().all()).map(({ id }) => id),
    ["lnk_1"],
  );
  mock.on("sessions.create").rejects("concurrency_limit", { details: { max: 1 } });
  await assert.rejects(mock.client.sessions.create({ avatar, room }), ConcurrencyLimitError);
  const count = mock.calls.length;
  await assert.rejects(mock.client.sessions.create({ avatar, room: { platform: "livekit", url: room.url } }), (error) => {
    assert(error instanceof InvalidArgumentError);
    assert.equal(error.parameter, "room.token");
    return true;
  });
  assert.equal(mock.calls.length, count);
});

test("mistakes in a test are reported", async () => {
  assert.throws(() => mock.on("sessions.get").returns(sessionOfAgents()), TypeError);
  assert.throws(() => mock.on("messages.create"), /unknown operation "messages.create"/);
  await assert.rejects(mock.client.usage.get(), (error) => {
    assert(error instanceof UnexpectedCallError);
    assert.match(error.message, /mock\.on\("usage\.get"\)\.returns\(rooms\.accountUsage\(\)\)/);
    return true;
  });
});

test("every model has a factory", () => {
  const names = Object.keys(models);
  assert(names.length > 10);
  for (const name of names) {
    const made = rooms[`${name.charAt(0).toLowerCase()}${name.slice(1)}`]();
    assert(made instanceof models[name], name);
  }
});

test("a program is recorded and replayed", async () => {
  process.env.AGENTHUMAN_SANDBOX = sandboxProgram();
  delete process.env.CI;
  const folder = mkdtempSync(join(tmpdir(), "agenthuman-"));
  const path = join(folder, "rooms.json");
  const sandbox = await startSandbox({ faults: ["rooms/sessions.create@2:reset-after"] });
  try {
    const program = async (client) => {
      const opened = await client.sessions.open({ avatar, room, metadata: { user: "Ada" } });
      await opened.close();
      const lost = await client.sessions.open({ avatar, room }).catch((error) => error);
      const statuses = (await client.sessions.list().all()).map(({ status }) => status);
      return [opened.session.id, lost.code, lost.details, statuses];
    };
    let cassette = new Cassette(path);
    const client = cassette.roomsClient({ apiKey: sandbox.apiKey, baseURL: `${sandbox.url}/rooms`, maxOpen: 3 });
    const recorded = await program(client);
    cassette.close();
    assert.equal(recorded[2].ended.length, 1);
    assert(!readFileSync(path, "utf8").includes(room.token));
    cassette = new Cassette(path);
    assert.deepEqual(await program(cassette.roomsClient({ maxOpen: 3 })), recorded);
    cassette.assertAllPlayed();
    cassette.close();
  } finally {
    sandbox.stop();
    rmSync(folder, { recursive: true });
  }
});
