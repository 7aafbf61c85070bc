// Runs every JavaScript and TypeScript snippet of the documents, as printed, on a new sandbox, and checks its types.
//
// A snippet after the comment `<!-- snippet: not run: REASON -->`, which readers do not see, is not run.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { startSandbox } from "agenthuman/sandbox";
import typescript from "typescript";
import { madeUpSecret } from "./support/relay.mjs";
import { node } from "./support/run.mjs";
import { sandboxProgram } from "./support/sandbox.mjs";

const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL("../../", import.meta.url));
process.env.AGENTHUMAN_SANDBOX = sandboxProgram();

const guides = readdirSync(join(root, "docs"), { recursive: true }).filter((name) => name.endsWith(".md"));
const documents = ["README.md", "bindings-node/README.md", ...guides.map((name) => `docs/${name}`)];
const SNIPPET = /^(?:<!-- snippet: not run: (.+) -->\n)?```(js|mjs|javascript|ts|typescript)\n([^]*?)^```/gm;

/** @type {{ name: string, extension: string, code: string, skip: string | false }[]} */
const snippets = [];
for (const document of documents) {
  const text = readFileSync(join(root, document), "utf8");
  for (const [at, [, reason, language, code]] of [...text.matchAll(SNIPPET)].entries()) {
    const name = `${document}, snippet ${at + 1}`;
    const extension = language.startsWith("t") ? "mts" : "mjs";
    snippets.push({ name, extension, code, skip: reason ?? false });
  }
}

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

test("snippets are found", () => assert(snippets.length >= 10, snippets.map(({ name }) => name).join()));

const file = (at) => join(folder, `snippet-${at}.${snippets[at].extension}`);

/** Snippets in JavaScript have no types of parameters, so only those in TypeScript are checked for them. */
test("the types of every snippet", () => {
  for (const [at, { code }] of snippets.entries()) writeFileSync(file(at), code);
  const types = { typeRoots: [join(root, "bindings-node/node_modules/@types")], types: ["node"] };
  const common = {
    ...types,
    noEmit: true,
    strict: true,
    target: "es2022",
    lib: ["es2022", "esnext.disposable"],
    module: "node16",
  };
  const projects = { js: { ...common, allowJs: true, checkJs: true, noImplicitAny: false }, ts: common };
  for (const [language, compilerOptions] of Object.entries(projects)) {
    const include = [`snippet-*.m${language}`];
    if (!snippets.some(({ extension }) => extension === `m${language}`)) continue;
    writeFileSync(join(folder, `${language}.json`), JSON.stringify({ compilerOptions, include }));
    const args = [require.resolve("typescript/bin/tsc"), "--project", `${language}.json`];
    const { status, stdout } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
    assert.deepEqual([status, stdout], [0, ""]);
  }
});

for (const [at, { name, extension, code, skip }] of snippets.entries()) {
  test(name, { skip }, async () => {
    const program = file(at).replace(/mts$/, "run.mjs");
    writeFileSync(program, extension === "mts" ? javascript(code) : code);
    const sandbox = await startSandbox();
    try {
      const env = {
        AGENTHUMAN_BASE_URL: code.includes("agenthuman/rooms") ? `${sandbox.url}/rooms` : sandbox.url,
        AGENTHUMAN_API_KEY: sandbox.apiKey,
        AGENTHUMAN_TOKEN: code.includes("AGENTHUMAN_TOKEN") ? sandbox.token : "",
        AGENTHUMAN_RELAY_SECRETS: madeUpSecret(),
        NODE_TEST_CONTEXT: "",
        // Cassettes are recorded.
        CI: "",
      };
      if (code.includes("createRelay(")) return await servesTheRelay(program, env);
      const { status, stdout, stderr } = await node([program], { env });
      assert.equal(status, 0, stdout + stderr);
    } finally {
      await sandbox.stop();
    }
    if (!code.includes("new Cassette(")) return;
    // Without the sandbox.
    const { status, stdout, stderr } = await node([program], { env: { NODE_TEST_CONTEXT: "", CI: "true" } });
    assert.equal(status, 0, stdout + stderr);
  });
}

function javascript(code) {
  return typescript.transpileModule(code, { compilerOptions: { module: "esnext", target: "es2022" } }).outputText;
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
