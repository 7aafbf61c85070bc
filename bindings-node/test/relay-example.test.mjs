// The backend of examples/mobile-backend, used by a phone.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { startSandbox } from "agenthuman/sandbox";
import { phone } from "./support/relay.mjs";
import { sandboxProgram } from "./support/sandbox.mjs";

const folder = fileURLToPath(new URL("../../examples/mobile-backend/node/", import.meta.url));
let sandbox;

before(async () => {
  assert(existsSync(`${folder}node_modules/agenthuman`), "run `npm ci` in examples/mobile-backend/node");
  process.env.AGENTHUMAN_SANDBOX = sandboxProgram();
  sandbox = await startSandbox();
});

after(() => sandbox?.stop());

/** Starts the backend, and calls `use` with the URL of its relay. */
async function started(env, use) {
  const own = { AGENTHUMAN_BASE_URL: sandbox.url, AGENTHUMAN_TOKEN: "", AGENTHUMAN_RELAY_SECRETS: "", PORT: "0", ...env };
  const child = spawn(process.execPath, ["server.mjs"], {
    cwd: folder,
    env: { ...process.env, ...own },
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const [line] = await once(createInterface({ input: child.stdout }), "line");
    const { url } = JSON.parse(line);
    assert.match(url, /^http:\/\/(127\.0\.0\.1|0\.0\.0\.0):\d+\/agenthuman$/);
    await use(url.replace("0.0.0.0", "127.0.0.1"));
  } finally {
    child.kill();
    await once(child, "close");
  }
}

for (const flag of ["", "1"]) {
  test(`demo tokens need a loopback address or a flag: ${flag || "none"}`, async () => {
    await started({ AGENTHUMAN_API_KEY: sandbox.apiKey, HOST: "0.0.0.0", DEMO_TOKENS: flag }, async (url) => {
      const { status } = await phone((path, init) => fetch(url + path, init))("GET", "/v1/agents");
      assert.equal(status, flag ? 200 : 401);
    });
  });
}

for (const [name, key] of Object.entries({ "with a key": () => sandbox.apiKey, "without a key": () => "" })) {
  test(`${name}: a phone signs in and talks`, async () => {
    await started({ AGENTHUMAN_API_KEY: key() }, async (url) => {
      const signIn = (password) =>
        fetch(new URL("/sign-in", url), {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ user: "alice", password }),
        });
      assert.equal((await signIn("guess")).status, 401);
      const { token } = await (await signIn("wonderland")).json();
      const send = (path, init) => fetch(url + path, init);
      const talk = async (ask) => {
        const opened = await ask("POST", "/v1/sessions", { body: {} });
        assert.equal(opened.status, 201, opened.text);
        const { session, grant } = opened.body;
        const said = await ask("POST", `/v1/sessions/${session.id}/messages`, { grant, body: { content: "Hello!" } });
        assert.equal(typeof said.body.reply.content, "string");
        const { agents } = (await ask("GET", "/v1/agents")).body;
        assert(agents.some(({ id }) => id === session.agent_id));
        const listed = (await ask("GET", "/v1/sessions")).body.sessions;
        assert.deepEqual([listed[0].id, listed[0].status], [session.id, "active"]);
        assert.equal((await ask("POST", `/v1/sessions/${session.id}/resume`)).status, 200);
        assert.equal((await ask("PUT", `/v1/sessions/${session.id}/end`, { grant })).body.session.status, "completed");
      };
      await talk(phone(send));
      await talk((method, path, init) => phone(send)(method, path, { ...init, headers: { authorization: `Bearer ${token}` } }));
      const stranger = await phone(send)("GET", "/v1/avatars", { headers: { authorization: "Bearer nobody" } });
      assert.equal(stranger.body.error.code, "invalid_token");
    });
  });
}
