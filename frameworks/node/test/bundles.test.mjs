// Programs bundled with esbuild.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { build } from "esbuild";
import { here, run } from "./support.mjs";

// Below the packages, where a bundle that keeps agenthuman external finds it.
const folder = mkdtempSync(join(here, "dist-"));
after(() => rmSync(folder, { recursive: true }));

async function bundled(format, options) {
  const outfile = join(folder, `${format}-${options.external ? "external" : "whole"}.${format === "esm" ? "mjs" : "cjs"}`);
  const entryPoints = [join(here, `programs/first-agent.${format === "esm" ? "mjs" : "cjs"}`)];
  await build({ entryPoints, outfile, format, bundle: true, platform: "node", logLevel: "silent", ...options });
  return outfile;
}

for (const format of ["esm", "cjs"]) {
  test(`esbuild, ${format}, agenthuman external`, async () => {
    assert.match(await run(process.execPath, [await bundled(format, { external: ["agenthuman"] })]), /^opened \S+\n$/);
  });
}

test("esbuild, cjs, the whole package with the library beside it", async () => {
  assert.match(await run(process.execPath, [await bundled("cjs", {})]), /^opened \S+\n$/);
});

test("esbuild, esm, the whole package says how to keep it out", async () => {
  assert.match(await run(process.execPath, [await bundled("esm", {})], { status: 1 }), /--external:agenthuman/);
});
