// Bundles of a program that uses the package, each run against a sandbox, or, where it cannot work, with what it says.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { startSandbox } from "agenthuman/sandbox";
import { build } from "esbuild";
import { here, isFull, withProject } from "./support.mjs";


const program = `
  import { AgentHuman } from "agenthuman";
  import { createRelay } from "agenthuman/relay";
  const client = new AgentHuman();
  const relay = createRelay({ client, authorize: () => "ada", policy: () => null, secrets: ["x".repeat(32)] });
  client.voices.list().all().then((voices) => console.log(voices.length > 0, typeof relay.fetch));
`;

/** Runs a program to its end. */
function run(file, sandbox) {
  const env = { ...process.env, AGENTHUMAN_BASE_URL: sandbox.url, AGENTHUMAN_API_KEY: sandbox.apiKey, NODE_PATH: "" };
  const { stdout, stderr } = spawnSync(process.execPath, [file], { env, encoding: "utf8" });
  return { stdout, stderr };
}

test("esbuild", async (t) => {
  await withProject(async (project) => {
    const sandbox = await startSandbox();
    const elsewhere = join(project, "../elsewhere");
    mkdirSync(elsewhere);
    writeFileSync(join(project, "app.js"), program);
    const bundle = (outfile, options) =>
      build({
        entryPoints: [join(project, "app.js")],
        bundle: true,
        platform: "node",
        outfile: join(project, outfile),
        logLevel: "silent",
        ...options,
      });
    try {
      for (const [format, suffix] of [
        ["cjs", "cjs"],
        ["esm", "mjs"],
      ]) {
        await t.test(`${format}, with the package external`, async () => {
          const { warnings } = await bundle(`external.${suffix}`, { format, external: ["agenthuman"] });
          assert.deepEqual(warnings, []);
          assert.deepEqual(run(join(project, `external.${suffix}`), sandbox), { stdout: "true function\n", stderr: "" });
        });
      }
      await t.test("cjs, with the package inside", async () => {
        const { warnings } = await bundle("inside.cjs", { format: "cjs" });
        assert.deepEqual(warnings, []);
        assert.deepEqual(run(join(project, "inside.cjs"), sandbox), { stdout: "true function\n", stderr: "" });
      });
      await t.test("cjs, with the package inside, where no library is installed", async () => {
        copyFileSync(join(project, "inside.cjs"), join(elsewhere, "inside.cjs"));
        assert.match(run(join(elsewhere, "inside.cjs"), sandbox).stderr, /part of the bundle .*--external:agenthuman/);
      });
      await t.test("esm, with the package inside", async () => {
        await bundle("inside.mjs", { format: "esm" });
        assert.match(run(join(project, "inside.mjs"), sandbox).stderr, /part of a bundle of ES modules.*--external:agenthuman/);
      });
    } finally {
      await sandbox.stop();
    }
  });
});

test("webpack", { skip: !isFull && "heavy, run with --full" }, async () => {
  await withProject(async (project) => {
    const sandbox = await startSandbox();
    try {
      writeFileSync(join(project, "app.js"), program);
      const externals = { agenthuman: "commonjs agenthuman", "agenthuman/relay": "commonjs agenthuman/relay" };
      for (const [name, more] of Object.entries({ inside: {}, external: { externals } })) {
        const output = { path: project, filename: `${name}.cjs` };
        const config = { mode: "production", target: "node", entry: "./app.js", context: project, output, ...more };
        writeFileSync(join(project, `${name}.config.cjs`), `module.exports = ${JSON.stringify(config)};`);
        const webpack = join(here, "node_modules/webpack/bin/webpack.js");
        const built = spawnSync(process.execPath, [webpack, "-c", `${name}.config.cjs`], { cwd: project, encoding: "utf8" });
        assert.equal(built.status, 0, built.stdout);
        assert.deepEqual(run(join(project, `${name}.cjs`), sandbox), { stdout: "true function\n", stderr: "" });
      }
    } finally {
      await sandbox.stop();
    }
  });
});
