// The client for rooms: what it rejects, sessions that end in any case, and secrets.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { inspect } from "node:util";
import { AgentHuman } from "agenthuman";
import { AgentHumanRooms, ConcurrencyLimitError, Opened, Room } from "agenthuman/rooms";
import { withCanned } from "./support/canned.mjs";
import { madeUpKey, madeUpToken } from "./support/credentials.mjs";

const room = Room.livekit("wss://example.livekit.cloud", "the-token-of-the-room");
const NOWHERE = "http://127.0.0.1:1";

/** A service that opens, lists and ends sessions. `lost`: the responses to opening one are cut short. */
function service({ lost = false } = {}) {
  const open = new Map();
  const log = [];
  const answer = ({ method, path, body }) => {
    log.push(`${method} ${path}`);
    if (path.endsWith("/end")) {
      open.delete(path.split("/").at(-2));
      return { status: 200, body: { success: true, session: { session_id: "x", status: "ended" } } };
    }
    if (method === "POST") {
      const id = `sess_${log.length}`;
      open.set(id, JSON.parse(body).metadata ?? {});
      const session = { session_id: id, status: "started", session_token: "the-token-of-the-session" };
      return lost ? { status: 201, text: "" } : { status: 201, body: { success: true, session } };
    }
    const sessions = [...open].map(([session_id, metadata]) => ({ session_id, status: "started", metadata }));
    return { status: 200, body: { success: true, sessions } };
  };
  return { open, log, answer };
}

function clientOf(server, options = {}) {
  return new AgentHumanRooms({ apiKey: madeUpKey(), baseURL: server.url, maxRetries: 0, ...options });
}

const REJECTED = [
  ...["16:9", "auto", ""].map((aspectRatio) => [{ aspectRatio }, "aspectRatio"]),
  [{ avatar: "" }, "avatar"],
  [{ avatar: new TextEncoder().encode("%PDF-1.7") }, "avatar"],
  [{ avatar: { file: "x" } }, "avatar"],
  [{ room: undefined }, "room"],
  [{ room: "x" }, "room"],
  [{ room: {} }, "room.platform"],
  [{ room: { platform: "zoom", url: "https://a.b", token: "t" } }, "room.platform"],
  [{ room: { platform: "livekit", url: "wss://a.b" } }, "room.token"],
  [{ room: { platform: "proxy", url: "wss://a.b" } }, "room.url"],
  [{ metadata: [] }, "metadata"],
  [{ metadata: "x" }, "metadata"],
];

for (const [params, parameter] of REJECTED) {
  test(`sessions.create rejects ${inspect(params)}`, async () => {
    const client = clientOf({ url: NOWHERE });
    await assert.rejects(async () => client.sessions.create({ avatar: "avat_1", room, ...params }), {
      code: "invalid_argument",
      parameter,
    });
  });
}

test("updates without a field, dates and limits are rejected", async () => {
  const client = clientOf({ url: NOWHERE });
  await assert.rejects(async () => client.links.update("lnk_1", {}), { code: "invalid_argument" });
  await assert.rejects(async () => client.agents.update("agnt_1", {}), { code: "invalid_argument" });
  const invalid = [
    [{ useLimit: 0 }, "useLimit"],
    [{ useLimit: 1.5 }, "useLimit"],
    [{ expiresAt: "tomorrow" }, "expiresAt"],
  ];
  for (const [params, parameter] of invalid) {
    await assert.rejects(async () => client.links.create({ agentId: "agnt_1", ...params }), { parameter });
  }
  const voiceAgent = { provider: "ElevenLabs", agentId: "el_1" };
  await assert.rejects(
    async () => client.agents.create({ name: "A", voiceAgent }),
    (error) => {
      return error.parameter === "voiceAgent.authMethod" && error.reason === "voiceAgent.authMethod is required";
    },
  );
});

test("names of objects are spelled as in JavaScript, and a Date is an instant", async () => {
  await withCanned({ status: 201, body: { success: true, session: { session_id: "s", status: "started" } } }, async (server) => {
    await clientOf(server).sessions.create({ avatar: "avat_1", room: { ...room, displayName: "Ada" } });
    assert.equal(JSON.parse(server.requests[0].body).room.display_name, "Ada");
  });
  await withCanned({ status: 201, body: { success: true, link: { link_id: "l" } } }, async (server) => {
    await clientOf(server).links.create({ agentId: "agnt_1", expiresAt: new Date(0) });
    assert.equal(JSON.parse(server.requests[0].body).expires_at, "1970-01-01T00:00:00.000Z");
  });
});

test("a picture is read, checked and encoded", async () => {
  const folder = mkdtempSync(join(tmpdir(), "agenthuman-rooms-"));
  try {
    const path = join(folder, "face.png");
    writeFileSync(path, "GIF89a");
    const { answer } = service();
    await withCanned(answer, async (server) => {
      await clientOf(server).sessions.create({ avatar: { path }, room });
      await clientOf(server).sessions.create({ avatar: Buffer.from("GIF89a"), room });
      const sent = server.requests.map((request) => JSON.parse(request.body).avatar);
      assert.deepEqual(sent, Array(2).fill("data:image/gif;base64,R0lGODlh"));
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a token is not an option, and the other class is named", () => {
  assert.throws(() => clientOf({ url: NOWHERE }, { token: madeUpToken() }), /unknown option "token"/);
  const rooms = clientOf({ url: NOWHERE });
  assert.throws(() => rooms.messages, /messages belongs to AgentHuman, and this client is AgentHumanRooms/);
  assert.throws(() => rooms.avatars.create, /avatars\.create belongs to AgentHuman\b/);
  const agents = new AgentHuman({ apiKey: madeUpKey(), baseURL: NOWHERE });
  assert.throws(() => agents.links, /links belongs to AgentHumanRooms, and this client is AgentHuman\b/);
});

test("an opened session is ended once", async () => {
  const { open, log, answer } = service();
  await withCanned(answer, async (server) => {
    const opened = await clientOf(server).sessions.open({ avatar: "avat_1", room });
    assert(opened instanceof Opened);
    assert.deepEqual([...open.keys()], [opened.session.id]);
    await opened[Symbol.asyncDispose]();
    await opened.close();
    assert.equal(open.size, 0);
    assert.equal(log.length, 2);
  });
});

test("a lost session is found by its mark and ended", async () => {
  const { open, answer } = service({ lost: true });
  open.set("sess_other", { agenthuman_open: "another's" });
  await withCanned(answer, async (server) => {
    await assert.rejects(clientOf(server).sessions.open({ avatar: "avat_1", room }), {
      details: { ended: ["sess_1"] },
      outcomeUnknown: false,
    });
    assert.deepEqual([...open.keys()], ["sess_other"]);
  });
});

test("no more sessions are open than there are places", async () => {
  const { open, answer } = service();
  let most = 0;
  await withCanned(answer, async (server) => {
    const client = clientOf(server, { maxOpen: 1 });
    const work = async () => {
      const opened = await client.sessions.open({ avatar: "avat_1", room });
      most = Math.max(most, open.size);
      await opened.close();
    };
    await Promise.all(Array.from({ length: 8 }, work));
    assert.deepEqual([most, open.size], [1, 0]);
  });
});

test("a limit is not retried", async () => {
  const body = { success: false, error: { code: "CONCURRENCY_LIMIT", message: "no" } };
  await withCanned({ status: 503, body }, async (server) => {
    const client = clientOf(server, { maxRetries: 2 });
    await assert.rejects(client.sessions.create({ avatar: "avat_1", room }), ConcurrencyLimitError);
    assert.equal(server.requests.length, 1);
  });
});

test("no secret is printed", async () => {
  const { answer } = service();
  await withCanned(answer, async (server) => {
    const client = clientOf(server);
    const session = await client.sessions.create({ avatar: "avat_1", room });
    const printed = `${inspect(room)} ${JSON.stringify(room)} ${inspect(session)} ${inspect(client)} ${client}`;
    for (const secret of ["the-token-of-the-room", "the-token-of-the-session"]) assert(!printed.includes(secret), printed);
    assert.equal(session.session_token, "the-token-of-the-session");
  });
});
