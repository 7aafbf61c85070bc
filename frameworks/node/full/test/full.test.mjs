// The frameworks that take long to install and build.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import webpack from "webpack";
import { converse, here, run } from "../../test/support.mjs";
import config from "../webpack.config.cjs";

const full = join(here, "full");

test("webpack, agenthuman external", async () => {
  const statistics = await new Promise((resolve, reject) =>
    webpack(config, (error, done) => (error ? reject(error) : resolve(done))),
  );
  assert(!statistics.hasErrors(), statistics.toString());
  assert.match(await run(process.execPath, [join(full, "dist/first-agent.cjs")]), /^opened \S+\n$/);
});

test("webpack, the whole package with the library beside it", async () => {
  const output = { ...config.output, filename: "whole.cjs" };
  const statistics = await new Promise((resolve, reject) =>
    webpack({ ...config, output, externals: {} }, (error, done) => (error ? reject(error) : resolve(done))),
  );
  assert(!statistics.hasErrors(), statistics.toString());
  assert.match(await run(process.execPath, [join(full, "dist/whole.cjs")]), /^opened \S+\n$/);
});

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

test("Next.js: examples/next, in the standalone server of a build without secrets", async () => {
  const cwd = fileURLToPath(new URL("../../../../examples/next", import.meta.url));
  const env = { NEXT_TELEMETRY_DISABLED: "1" };
  const secretless = { ...env, AGENTHUMAN_RELAY_SECRETS: "" };
  await run(process.execPath, [join(cwd, "node_modules/next/dist/bin/next"), "build"], { cwd, env: secretless });
  const port = await freePort();
  const server = spawn(process.execPath, [join(cwd, ".next/standalone/server.js")], {
    env: { ...process.env, ...env, PORT: String(port), HOSTNAME: "127.0.0.1" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    let printed = "";
    for await (const text of server.stdout) if ((printed += text).includes("Ready")) break;
    await converse((path, init) => fetch(`http://127.0.0.1:${port}${path}`, init), "a-token-of-your-app");
  } finally {
    server.kill();
    await once(server, "close");
  }
});
