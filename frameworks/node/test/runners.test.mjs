// Users' tests, in several test runners.

import assert from "node:assert/strict";
import { test } from "node:test";
import { run } from "./support.mjs";

test("jest", async () => {
  const args = ["node_modules/jest/bin/jest.js", "--rootDir", "runners", "--testMatch", "**/jest.test.cjs"];
  assert.match(await run(process.execPath, args), /2 passed/);
});

test("vitest", async () => {
  const args = ["node_modules/vitest/vitest.mjs", "run", "--root", "runners", "vitest.test.mjs"];
  assert.match(await run(process.execPath, args), /2 passed/);
});
