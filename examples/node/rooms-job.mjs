// Opens a session with an avatar in a room, looks at it and at the usage, meets the plan's limit, and ends it. Prints one line
// of JSON at the end.
//
// Reads AGENTHUMAN_API_KEY and AGENTHUMAN_BASE_URL, and on a real service ROOM_URL and ROOM_TOKEN: a LiveKit room, and a token
// with which the avatar joins it. The session costs a minute of the plan.

import { AgentHumanRooms, ConcurrencyLimitError, Room } from "agenthuman/rooms";

const { ROOM_URL: url = "wss://example.livekit.cloud", ROOM_TOKEN: token = "the avatar's token" } = process.env;
const client = new AgentHumanRooms();
const room = Room.livekit(url, token);

async function main() {
  const [{ id: avatar }] = (await client.avatars.list()).public_avatars;
  const opened = await client.sessions.open({ avatar, room, metadata: { from: "rooms-job.mjs" } });
  const { id, status } = opened.session;
  let found, available, refused;
  try {
    say(`${id}: ${avatar} joins ${url}`);
    found = await client.sessions.get(id);
    available = (await client.usage.get()).concurrency?.available ?? null;
    // The limit is met only if no second session can open, which would cost money.
    refused = available === 0 ? await limit(avatar) : null;
  } finally {
    await opened.close();
  }
  const ended = await client.sessions.get(id);
  const outcome = {
    opened: status,
    found: found.status,
    available,
    limit: refused,
    ended: ended.status,
    open_now: (await client.sessions.list({ status: "started" }).all()).length,
  };
  console.log(JSON.stringify({ language: "node", ...outcome }));
}

/**
 * The name of the error of one session too many.
 *
 * @param {string} avatar
 */
async function limit(avatar) {
  try {
    await client.sessions.end((await client.sessions.create({ avatar, room })).id);
    return null;
  } catch (error) {
    if (!(error instanceof ConcurrencyLimitError)) throw error;
    say(`no second session: ${error}`);
    return error.name;
  }
}

/** @param {string} text */
function say(text) {
  console.error(text);
}

await main();
