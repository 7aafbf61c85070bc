// The sandbox in the test runners that programs use, reset before each test.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { here } from "./support.mjs";

function passes(script, ...given) {
  const env = { ...process.env, CI: "1", NODE_TEST_CONTEXT: "" };
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(here, script), ...given], { cwd: here, env, encoding: "utf8" });
  assert.equal(status, 0, stdout + stderr);
  assert.match(stdout + stderr, /2 passed/);
}

test("Jest", () => passes("node_modules/jest/bin/jest.js", "--rootDir", here, "--testMatch", "**/*.jest.cjs"));

test("Vitest", () => passes("node_modules/vitest/vitest.mjs", "run", "--config", "runners/vitest.config.mjs"));
