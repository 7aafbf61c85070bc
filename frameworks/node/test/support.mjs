// The sandbox for the programs of the frameworks, and a phone that calls their relays.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { startSandbox } from "agenthuman/sandbox";

export const here = fileURLToPath(new URL("..", import.meta.url));

const sandbox = await startSandbox();
after(() => sandbox.stop());

/** What a program needs to call the sandbox by the default settings of a client, and to mount a relay. */
const environment = {
  AGENTHUMAN_API_KEY: sandbox.apiKey,
  AGENTHUMAN_BASE_URL: sandbox.url,
  AGENTHUMAN_RELAY_SECRETS: randomBytes(32).toString("base64url"),
};
Object.assign(process.env, environment);

/**
 * Opens a session by a relay as a phone's app does, gets the agent's reply, and ends the session. `send` is a `fetch` that takes
 * a path.
 */
export async function converse(send, token = `of-${randomUUID()}`) {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const refused = await send("/agenthuman/v1/sessions", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  });
  assert.equal(refused.status, 401);
  const opened = await send("/agenthuman/v1/sessions", { method: "POST", headers, body: "{}" });
  const text = await opened.text();
  assert.equal(opened.status, 201, text);
  const { session, grant } = JSON.parse(text);
  const said = await send(`/agenthuman/v1/sessions/${session.id}/messages`, {
    method: "POST",
    headers: { ...headers, "x-agenthuman-grant": grant },
    body: JSON.stringify({ content: "Hello!" }),
  });
  assert.match(await said.text(), /"reply":/);
  assert.equal(said.status, 201);
  const ended = await send(`/agenthuman/v1/sessions/${session.id}/end`, {
    method: "PUT",
    headers: { ...headers, "x-agenthuman-grant": grant },
    body: "{}",
  });
  assert.match(await ended.text(), /"status":"completed"/);
}

/** Runs a program to its end, and returns what it printed. */
export async function run(program, args, { cwd = here, env = {}, status = 0 } = {}) {
  const child = spawn(program, args, { cwd, env: { ...process.env, ...env } });
  let printed = "";
  child.stdout.on("data", (data) => (printed += data));
  child.stderr.on("data", (data) => (printed += data));
  const ended = await new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
  assert.equal(ended, status, printed);
  return printed;
}
