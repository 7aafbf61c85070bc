// The package as a module: import, require, browsers, types.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import * as imported from "agenthuman";
import { node } from "./support/run.mjs";

const require = createRequire(import.meta.url);
const root = new URL("../", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL("package.json", root)));

test("import and require give the same objects", () => {
  const required = require("agenthuman");
  const names = Object.keys(imported).filter((name) => !["__esModule", "default", "module.exports"].includes(name));
  assert.deepEqual(names.sort(), Object.keys(required).sort());
  for (const [name, value] of Object.entries(required)) assert.equal(imported[name], value, name);
});

test("it can be loaded twice", () => {
  const first = require("agenthuman");
  for (const path of Object.keys(require.cache)) if (path.includes("/dist/")) delete require.cache[path];
  const second = require("agenthuman");
  assert.notEqual(first.AgentHuman, second.AgentHuman);
  assert(String(new second.AgentHuman({ baseURL: "https://example.com" })).includes("example.com"));
});

for (const condition of ["browser", "react-native", "edge-light", "workerd"]) {
  test(`for ${condition} it throws at import, and points at the relay`, async () => {
    for (const name of ["agenthuman", "agenthuman/relay", "agenthuman/sandbox", "agenthuman/testing"]) {
      const text = `import ${JSON.stringify(name)};`;
      const { status, stderr } = await node([`--conditions=${condition}`, "--input-type=module", "--eval", text]);
      assert.equal(status, 1, name);
      assert.match(stderr, /runs on servers only.*relay/);
    }
  });
}

test("the manifest matches the files", () => {
  assert.deepEqual(manifest.engines, { node: ">=20" });
  assert.equal(manifest.license, "Apache-2.0 OR MIT");
  for (const script of Object.keys(manifest.scripts)) assert(!/install|prepare/.test(script), script);
  const files = JSON.stringify(manifest.exports).match(/\.\/dist\/[\w.]+/g);
  for (const file of files) readFileSync(new URL(file, root));
  const version = readFileSync(new URL("../Cargo.toml", root), "utf8").match(/^version = "(.*)"/m)[1];
  assert.equal(manifest.version, version);
});

test("programs of every module kind type-check, and mistakes do not", () => {
  const compiler = require.resolve("typescript/bin/tsc");
  const project = fileURLToPath(new URL("types/tsconfig.json", import.meta.url));
  const { status, stdout } = spawnSync(process.execPath, [compiler, "--project", project], { encoding: "utf8" });
  assert.equal(stdout, "");
  assert.equal(status, 0);
});
