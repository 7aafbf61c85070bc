// The packages as they are published: what is in them, and that they work where nothing else is.

import assert from "node:assert/strict";
import { execFile, execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { platformName } from "../dist/platform.js";
import { NOTICES, SBOM, packages, published } from "../scripts/packages.mjs";
import { withCanned } from "./support/canned.mjs";
import { madeUpKey } from "./support/credentials.mjs";
import { withRegistry } from "./support/registry.mjs";
import { node } from "./support/run.mjs";
import { sessionRow } from "./support/rows.mjs";
import { cliProgram, sandboxProgram } from "./support/sandbox.mjs";

const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL("../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "agenthuman-packed-"));
const project = join(folder, "project");
const platform = platformName();
const NPM = process.platform === "win32" ? "npm.cmd" : "npm";
const NPX = process.platform === "win32" ? "npx.cmd" : "npx";
const env = { AGENTHUMAN_SANDBOX: "", NODE_PATH: "" };
let tarballs;

before(() => {
  const packed = ["scripts/pack.mjs", join(folder, "packed"), "--built", "--sandbox", sandboxProgram(), "--cli", cliProgram()];
  execFileSync(process.execPath, packed, { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
  tarballs = readdirSync(join(folder, "packed")).map((name) => join(folder, "packed", name));
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), `{ "private": true }`);
  // The other platforms' packages are not published, and this one's comes from its file.
  const library = tarballs.filter((path) => !path.includes("agenthuman-cli-"));
  const args = ["install", "--no-save", "--omit=optional", "--no-audit", "--no-fund", ...library];
  execFileSync(NPM, args, { cwd: project, stdio: ["ignore", "ignore", "inherit"] });
});

after(() => rmSync(folder, { recursive: true, force: true }));

const installed = (...path) => join(project, "node_modules", ...path);
const run = (text, more = {}) => node(text, { cwd: project, env: { ...env, ...more } });

function filesOf(name) {
  const found = readdirSync(installed(name), { recursive: true, withFileTypes: true });
  return found
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(installed(name).length + 1));
}

test("the main package holds what runs, its types, and nothing else", () => {
  const files = filesOf("agenthuman");
  const [own, built] = [files.filter((file) => !file.startsWith("dist")), files.filter((file) => file.startsWith("dist"))];
  const schemas = ["models.rooms.schema.json", "models.schema.json"];
  assert.deepEqual(own.sort(), ["LICENSE-APACHE", "LICENSE-MIT", "README.md", ...schemas, "package.json"]);
  assert(built.length > 20);
  for (const file of built) assert.match(file, /\.(js|mjs|d\.ts|d\.mts)$/);
  assert.doesNotMatch(readFileSync(installed("agenthuman", "dist/all.js"), "utf8"), /agenthuman-dist-|\.\.\/\.\.\//);
  const manifest = JSON.parse(readFileSync(installed("agenthuman", "package.json")));
  assert.deepEqual(manifest, published());
  for (const field of ["scripts", "dependencies", "devDependencies"]) assert(!(field in manifest), field);
  assert.equal(Object.keys(manifest.optionalDependencies).length, 8);
  assert(!Object.keys(manifest.optionalDependencies).some((name) => name.includes("cli")));
  assert(Object.values(manifest.optionalDependencies).every((version) => version === manifest.version));
});

test("an import loads the modules of the main package at once", async () => {
  const loaded = await run(`
    const require = (await import("node:module")).createRequire(process.cwd() + "/x.js");
    for (const entry of ["agenthuman", "agenthuman/rooms", "agenthuman/testing"]) require(entry);
    const own = Object.keys(require.cache).filter((path) => path.includes("agenthuman/dist/"));
    process.stdout.write(own.map((path) => path.split("/").pop()).sort().join(" "));
  `);
  assert.equal(loaded.stdout, "all.js index.js library.js rooms.js testing.js");
});

test("a platform's package holds its library, and the licences of what is in it", () => {
  const library = `agenthuman.${platform}.node`;
  const expected = ["LICENSE-APACHE", "LICENSE-MIT", NOTICES, library, "package.json", SBOM];
  assert.deepEqual(filesOf(`agenthuman-${platform}`).sort(), expected);
  const notices = readFileSync(installed(`agenthuman-${platform}`, NOTICES), "utf8");
  assert.match(notices, /^rustls \d+\.\d+\.\d+: Apache-2\.0 OR ISC OR MIT$/m);
  assert.match(notices, /Permission is hereby granted/);
});

test("the packages of npm/ are as scripts/packages.mjs writes them", () => {
  assert.deepEqual(readdirSync(join(root, "npm")).sort(), Object.keys(packages).sort());
  for (const [name, manifest] of Object.entries(packages)) {
    assert.deepEqual(
      JSON.parse(readFileSync(join(root, "npm", name, "package.json"))),
      manifest,
      "run `node scripts/packages.mjs`",
    );
    assert(!("scripts" in manifest));
  }
});

const call = `
  const session = await new AgentHuman().sessions.get("7");
  console.log(session.id, session instanceof Session);
`;
const session = { body: { session: sessionRow(7) } };

test("a stranger imports, requires and calls it", async () => {
  await withCanned(session, async (server) => {
    const settings = { AGENTHUMAN_API_KEY: madeUpKey(), AGENTHUMAN_BASE_URL: server.url };
    const imported = await run(`import { AgentHuman, Session } from "agenthuman"; ${call}`, settings);
    assert.deepEqual([imported.stdout, imported.stderr], ["7 true\n", ""]);
    const text = `const { AgentHuman, Session } = require("agenthuman"); (async () => { ${call} })();`;
    const required = await node(["--input-type=commonjs", "--eval", text], { cwd: project, env: { ...env, ...settings } });
    assert.deepEqual([required.stdout, required.stderr], ["7 true\n", ""]);
  });
});

test("a stranger mounts the relay", async () => {
  await withCanned({ body: { avatars: [] } }, async (server) => {
    const settings = {
      AGENTHUMAN_API_KEY: madeUpKey(),
      AGENTHUMAN_BASE_URL: server.url,
      AGENTHUMAN_RELAY_SECRETS: "x".repeat(32),
    };
    const text = `
      import { AgentHuman } from "agenthuman";
      import { createRelay } from "agenthuman/relay";
      const relay = createRelay({ client: new AgentHuman(), authorize: ({ token }) => token, policy: () => null });
      const request = new Request("http://a/v1/avatars", { headers: { authorization: "Bearer a" } });
      console.log(await (await relay.fetch(request)).text());
    `;
    const { stdout, stderr } = await run(text, settings);
    assert.deepEqual([JSON.parse(stdout), stderr], [{ success: true, avatars: [] }, ""]);
  });
});

test("a stranger's TypeScript compiles, of every kind", () => {
  cpSync(join(root, "node_modules", "@types"), installed("@types"), { recursive: true });
  cpSync(join(root, "node_modules", "undici-types"), installed("undici-types"), { recursive: true });
  const text = `
    import { AgentHuman, NotFoundError, type Session } from "agenthuman";
    import { createRelay } from "agenthuman/relay";
    import { startSandbox } from "agenthuman/sandbox";
    export const answer = createRelay({ client: new AgentHuman(), authorize: () => null, policy: () => null }).fetch;
    export async function first(): Promise<Session | undefined> {
      await using sandbox = await startSandbox();
      try {
        return (await new AgentHuman({ apiKey: sandbox.apiKey, baseURL: sandbox.url }).sessions.list().page()).items[0];
      } catch (error) {
        if (error instanceof NotFoundError) error.status satisfies number | undefined;
        throw error;
      }
    }
  `;
  for (const name of ["user.mts", "user.cts", "user.ts"]) writeFileSync(join(project, name), text);
  const compiler = require.resolve("typescript/bin/tsc");
  const options = ["--noEmit", "--strict", "--target", "es2022", "--lib", "es2022,esnext.disposable", "--types", "node"];
  for (const [module, resolution, ...files] of [
    ["node16", "node16", "user.mts", "user.cts", "user.ts"],
    ["esnext", "bundler", "user.ts"],
  ]) {
    const args = [...options, "--module", module, "--moduleResolution", resolution, ...files];
    const { stdout, status } = spawnSync(process.execPath, [compiler, ...args], { cwd: project, encoding: "utf8" });
    assert.deepEqual([stdout, status], ["", 0], module);
  }
});

test("publint and attw find nothing", async () => {
  const { publint } = await import("publint");
  const tarball = tarballs.find((name) => /agenthuman-\d/.test(name));
  const { messages } = await publint({ pkgDir: installed("agenthuman"), pack: false, strict: true });
  assert.deepEqual(messages, []);
  const attw = join(root, "node_modules/@arethetypeswrong/cli/dist/index.js");
  const checked = spawnSync(process.execPath, [attw, tarball, "--format", "json", "--profile", "node16"], { encoding: "utf8" });
  const { analysis, problems } = JSON.parse(checked.stdout);
  assert.equal(analysis.types.kind, "included");
  // The way before `exports` knows no entry but the first.
  const found = Object.values(problems ?? {})
    .flat()
    .filter(({ resolutionKind }) => resolutionKind !== "node10");
  assert.deepEqual(found, []);
  assert.equal(checked.status, 0, checked.stderr);
});

test("a package without its library says what to do", async () => {
  const library = installed(`agenthuman-${platform}`);
  const aside = join(folder, "aside");
  cpSync(library, aside, { recursive: true });
  rmSync(library, { recursive: true });
  try {
    const missing = await run(`import "agenthuman";`);
    assert.equal(missing.status, 1);
    assert.match(
      missing.stderr,
      new RegExp(`The package agenthuman-${platform}, which contains .* is not installed.*--omit=optional`),
    );
    mkdirSync(library);
    writeFileSync(join(library, "package.json"), `{ "main": "a.node" }`);
    writeFileSync(join(library, "a.node"), "no library");
    const broken = await run(`import "agenthuman";`);
    assert.match(broken.stderr, /cannot be loaded; the cause says why[^]*cause/);
    writeFileSync(join(library, "package.json"), `{ "main": "a.js" }`);
    writeFileSync(join(library, "a.js"), `exports.version = () => "9.9.9";`);
    const other = await run(`import "agenthuman";`);
    assert.match(other.stderr, /agenthuman 0\.\d+\.\d+ found the native library of version 9\.9\.9 in agenthuman-/);
    const text = `Object.defineProperty(process, "arch", { value: "mips" }); await import("agenthuman");`;
    assert.match((await run(text)).stderr, /has no native library for \w+-mips.*There is one for darwin-arm64, /);
  } finally {
    rmSync(library, { recursive: true, force: true });
    cpSync(aside, library, { recursive: true });
  }
});

test("two copies of the package work side by side", async () => {
  const copy = join(project, "other", "node_modules");
  mkdirSync(copy, { recursive: true });
  for (const name of ["agenthuman", `agenthuman-${platform}`]) cpSync(installed(name), join(copy, name), { recursive: true });
  writeFileSync(join(project, "other", "index.mjs"), `export * from "agenthuman";`);
  await withCanned(session, async (server) => {
    const { stdout, stderr } = await run(
      `
      import { AgentHuman } from "agenthuman";
      import { AgentHuman as Other } from "./other/index.mjs";
      const ids = await Promise.all([new AgentHuman(), new Other()].map((client) => client.sessions.get("7").then(({ id }) => id)));
      console.log(AgentHuman === Other, ids.join());
    `,
      { AGENTHUMAN_API_KEY: madeUpKey(), AGENTHUMAN_BASE_URL: server.url },
    );
    assert.deepEqual([stdout, stderr], ["false 7,7\n", ""]);
  });
});

test("the sandbox starts from its own package", async () => {
  assert(existsSync(installed("agenthuman-sandbox", "package.json")));
  const { stdout, stderr } = await run(`
    import { AgentHuman } from "agenthuman";
    import { startSandbox } from "agenthuman/sandbox";
    const sandbox = await startSandbox();
    const client = new AgentHuman({ apiKey: sandbox.apiKey, baseURL: sandbox.url });
    console.log((await client.voices.list().all()).length > 0);
  `);
  assert.deepEqual([stdout, stderr], ["true\n", ""]);
});

/** Runs a program of npm in an empty folder, or in the project, with a registry that has these packages. */
async function npm(program, args, cwd = mkdtempSync(join(folder, "empty-"))) {
  return withRegistry({ manifests: [published(), ...Object.values(packages)], tarballs }, (registry) => {
    // A cache of its own, since npx keeps what it installs there.
    const settings = { npm_config_registry: registry, npm_config_cache: mkdtempSync(join(folder, "cache-")), npm_execpath: "" };
    return promisify(execFile)(program, args, { cwd, env: { ...process.env, ...env, ...settings } });
  });
}

const NOT_INSTALLED = /is in the package agenthuman-cli, which is not installed, and not published yet/;
const versionOfCommand = `agenthuman ${published().version}\n`;

test("npx runs the command, and downloads no other package for the one of the library", async () => {
  assert.equal((await npm(NPX, ["--yes", "agenthuman-cli", "--version"])).stdout, versionOfCommand);
  for (const cwd of [undefined, project]) {
    const error = await npm(NPX, ["--yes", "agenthuman", "--version"], cwd).catch((error) => error);
    assert.equal(error.code, 1);
    assert.match(error.stderr, NOT_INSTALLED);
  }
});

test("the command of a project is the installed one, with its exit status", async () => {
  const own = mkdtempSync(join(folder, "own-"));
  writeFileSync(join(own, "package.json"), `{ "private": true }`);
  await npm(NPM, ["install", "--no-audit", "--no-fund", "agenthuman", "agenthuman-cli"], own);
  const bin = (name) => join(own, "node_modules", name);
  for (const script of ["agenthuman/dist/command.js", "agenthuman-cli/agenthuman.js"]) {
    const run = (...args) => node([bin(script), ...args], { cwd: own, env });
    assert.equal((await run("--version")).stdout, versionOfCommand, script);
    assert.equal((await run("--unknown")).status, 2, script);
  }
  rmSync(bin(`agenthuman-cli-${platform}`), { recursive: true });
  const { status, stderr } = await node([bin("agenthuman-cli/agenthuman.js")], { cwd: own, env });
  assert.equal(status, 1);
  assert.match(stderr, new RegExp(`agenthuman-cli-${platform}, which contains the program, is not installed`));
});

test("without npx, the library's command says how to install the program", async () => {
  const { status, stderr } = await node([installed("agenthuman/dist/command.js")], { cwd: project, env });
  assert.equal(status, 1);
  assert.match(stderr, NOT_INSTALLED);
});
