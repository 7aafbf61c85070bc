// What the tests share: a sandbox, a relay, and a conversation of a phone with it.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { AgentHuman } from "agenthuman";
import { createRelay } from "agenthuman/relay";
import { startSandbox } from "agenthuman/sandbox";

export const here = fileURLToPath(new URL(".", import.meta.url));
export const isFull = process.env.AGENTHUMAN_FULL === "1";
export const SECRET = "a secret of these tests, of more than 32 bytes";

/** Runs `use` with a relay to a sandbox of its own. */
export async function withRelay(options, use) {
  const sandbox = await startSandbox();
  try {
    const client = new AgentHuman({ apiKey: sandbox.apiKey, baseURL: sandbox.url });
    const policy = (user, wish) => (wish.agents ? { agents: ["1"] } : { agent_id: "1", metadata: { user } });
    const authorize = ({ token }) => (token === "app-token" ? "ada" : null);
    await use(createRelay({ client, authorize, policy, secrets: [SECRET], ...options }));
  } finally {
    await sandbox.stop();
  }
}

/** Runs `use` with the address of a server of Node. */
export async function listening(server, use) {
  if (!server.listening) {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  }
  try {
    await use(`http://127.0.0.1:${server.address().port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** Opens a session and sends a message, as a phone does. `send` is `fetch` for paths below the relay. */
export async function converse(send) {
  const headers = { authorization: "Bearer app-token", "content-type": "application/json" };
  const refused = await send("/v1/sessions", { method: "POST", headers: { "content-type": "application/json" }, body: "{}" });
  assert.equal(refused.status, 401);
  const opened = await send("/v1/sessions", { method: "POST", headers, body: "{}" });
  const answer = await opened.json();
  assert.equal(opened.status, 201, JSON.stringify(answer));
  const grant = opened.headers.get("x-agenthuman-grant") ?? answer.grant;
  const id = (answer.session.id ?? answer.session.session_id).toString();
  const said = await send(`/v1/sessions/${id}/messages`, {
    method: "POST",
    headers: { ...headers, "x-agenthuman-grant": grant },
    body: JSON.stringify({ content: "Hello!" }),
  });
  assert.equal(said.status, 201, await said.text());
}

/** A folder outside the checkout with the packages of this checkout as they are published, for `use`. */
export async function withProject(use) {
  const folder = mkdtempSync(join(tmpdir(), "agenthuman-frameworks-"));
  try {
    const bindings = join(here, "../../bindings-node");
    execFileSync(process.execPath, ["scripts/pack.mjs", join(folder, "packed"), "--built"], { cwd: bindings, stdio: "ignore" });
    const project = join(folder, "project");
    mkdirSync(join(project, "node_modules"), { recursive: true });
    writeFileSync(join(project, "package.json"), `{ "name": "shop", "version": "3.2.1", "private": true }`);
    for (const tarball of readdirSync(join(folder, "packed"))) {
      const target = join(project, "node_modules", tarball.replace(/-\d+\.\d+\.\d+\.tgz$/, ""));
      mkdirSync(target);
      execFileSync("tar", ["-xzf", join(folder, "packed", tarball), "--strip-components=1", "-C", target]);
    }
    await use(project);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

