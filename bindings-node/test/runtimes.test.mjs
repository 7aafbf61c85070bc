// Bun and Deno, if installed: on the PATH, or named by AGENTHUMAN_BUN and AGENTHUMAN_DENO.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { startSandbox } from "agenthuman/sandbox";
import { sandboxProgram } from "./support/sandbox.mjs";

const program = fileURLToPath(new URL("support/smoke.mjs", import.meta.url));
const runtimes = {
  Node: [process.execPath],
  Bun: [process.env.AGENTHUMAN_BUN ?? "bun", "run"],
  Deno: [process.env.AGENTHUMAN_DENO ?? "deno", "run", "--allow-all"],
};

let sandbox;

before(async () => {
  process.env.AGENTHUMAN_SANDBOX = sandboxProgram();
  sandbox = await startSandbox();
});

after(() => sandbox?.stop());

for (const [name, [command, ...args]] of Object.entries(runtimes)) {
  const isThere = spawnSync(command, ["--version"]).status === 0;
  test(`${name} holds a conversation`, { skip: isThere ? false : `${name} is not installed` }, async () => {
    const env = { ...process.env, AGENTHUMAN_BASE_URL: sandbox.url, AGENTHUMAN_API_KEY: sandbox.apiKey };
    const child = spawn(command, [...args, program], { env, stdio: ["ignore", "pipe", "pipe"] });
    let [said, failed] = ["", ""];
    child.stdout.on("data", (text) => (said += text));
    child.stderr.on("data", (text) => (failed += text));
    const [status] = await once(child, "close");
    assert.equal(status, 0, failed);
    assert.deepEqual(JSON.parse(said), ["string", true, true, "AbortError", true, 201]);
  });
}
