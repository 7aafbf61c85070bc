// Runs every JavaScript and TypeScript program of the documents, unchanged, on a new sandbox.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { startSandbox } from "agenthuman/sandbox";
import { madeUpSecret } from "./support/relay.mjs";
import { node } from "./support/run.mjs";
import { sandboxProgram } from "./support/sandbox.mjs";

const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL("../../", import.meta.url));
process.env.AGENTHUMAN_SANDBOX = sandboxProgram();

/** Programs that are not run, by their first line, with the reason. */
const LEFT_OUT = {};

const guides = readdirSync(join(root, "docs/guides")).filter((name) => name.endsWith(".md"));
const documents = ["README.md", "bindings-node/README.md", ...guides.map((name) => `docs/guides/${name}`)];
const programs = documents.flatMap((document) => {
  const text = readFileSync(join(root, document), "utf8");
  return [...text.matchAll(/^```(js|mjs|javascript|ts|typescript)\n([^]*?)^```/gm)].map(([, language, code], at) => ({
    name: `${document}, program ${at + 1}`,
    isTyped: language.startsWith("t"),
    code,
  }));
});

const folder = mkdtempSync(join(root, "examples/node/.documents-"));
after(() => rmSync(folder, { recursive: true, force: true }));
symlinkSync(join(root, "examples/node/node_modules"), join(folder, "node_modules"), "junction");

/** Makes a server listen on a free port, and prints the port. */
const preload = join(folder, "any-port.mjs");
writeFileSync(
  preload,
  `import { Server } from "node:net";
  const { listen } = Server.prototype;
  Server.prototype.listen = function (port, ...rest) {
    this.once("listening", () => console.log("http://127.0.0.1:" + this.address().port));
    return listen.call(this, 0, ...rest);
  };`,
);

test("programs are found", () => assert(programs.length >= 5, programs.map(({ name }) => name).join()));

for (const [at, { name, isTyped, code }] of programs.entries()) {
  const reason = LEFT_OUT[code.split("\n", 1)[0]];
  test(name, { skip: reason }, async () => {
    const program = join(folder, `program-${at}.${isTyped ? "mts" : "mjs"}`);
    writeFileSync(program, code);
    if (isTyped) return typeCheck(program);
    const sandbox = await startSandbox();
    try {
      const env = {
        AGENTHUMAN_BASE_URL: sandbox.url,
        AGENTHUMAN_API_KEY: sandbox.apiKey,
        AGENTHUMAN_RELAY_SECRETS: madeUpSecret(),
        NODE_TEST_CONTEXT: "",
      };
      if (code.includes(".listen(")) return await servesTheRelay(program, env);
      const { status, stdout, stderr } = await node([program], { env });
      assert.equal(status, 0, stdout + stderr);
    } finally {
      await sandbox.stop();
    }
  });
}

function typeCheck(program) {
  const compiler = require.resolve("typescript/bin/tsc");
  const options = ["--noEmit", "--strict", "--target", "es2022", "--lib", "es2022,esnext.disposable", "--module", "node16"];
  const { status, stdout } = spawnSync(process.execPath, [compiler, ...options, program], { cwd: folder, encoding: "utf8" });
  assert.deepEqual([status, stdout], [0, ""]);
}

async function servesTheRelay(program, env) {
  const options = { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "inherit"] };
  const child = spawn(process.execPath, ["--import", pathToFileURL(preload).href, program], options);
  try {
    const [url] = await new Promise((resolve, reject) => {
      createInterface({ input: child.stdout }).once("line", (line) => resolve([line]));
      child.once("exit", (status) => reject(new Error(`it ended with ${status}`)));
    });
    const headers = { authorization: "Bearer a-token-of-your-app", "content-type": "application/json" };
    const opened = await fetch(`${url}/agenthuman/v1/sessions`, { method: "POST", headers, body: "{}" });
    assert.equal(opened.status, 201, await opened.text());
    const refused = await fetch(`${url}/agenthuman/v1/sessions`, { method: "POST", body: "{}" });
    assert.equal(refused.status, 401);
  } finally {
    child.kill();
  }
}
