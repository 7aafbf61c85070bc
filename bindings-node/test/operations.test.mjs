// The examples of every operation, which the documentation prints, compile.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const file = fileURLToPath(new URL("generated/operations.ts", import.meta.url));
const compiler = createRequire(import.meta.url).resolve("typescript/bin/tsc");

test("the types of the example of every operation", () => {
  assert(readFileSync(file, "utf8").split("export async function").length > 50);
  const options = [
    "--noEmit",
    "--strict",
    "--target",
    "es2022",
    "--lib",
    "es2022,esnext.disposable",
    "--module",
    "node16",
    "--types",
    "node",
  ];
  const { status, stdout } = spawnSync(process.execPath, [compiler, ...options, file], { encoding: "utf8" });
  assert.deepEqual([status, stdout], [0, ""]);
});
