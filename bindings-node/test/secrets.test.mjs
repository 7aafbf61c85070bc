// No key, token or code in printed text: a child process provokes every error, and its output is searched.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { madeUpKey, madeUpToken } from "./support/credentials.mjs";

const child = fileURLToPath(new URL("support/leaks.mjs", import.meta.url));
const secrets = {
  SECRET_KEY: madeUpKey("live"),
  SECRET_TOKEN: madeUpToken(),
  SECRET_CODE: String(randomInt(100_000, 1_000_000)),
};

/** Parts of the credentials, so that a piece of one is found, too. */
const pieces = {
  key: secrets.SECRET_KEY.slice(8, 32),
  "the token's claims": secrets.SECRET_TOKEN.split(".")[1],
  "the token's signature": secrets.SECRET_TOKEN.split(".")[2],
  code: secrets.SECRET_CODE,
};

function run(more) {
  const { stdout, stderr, status } = spawnSync(process.execPath, [child], {
    env: { ...process.env, ...secrets, ...more },
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  return { output: stdout + stderr, status };
}

const found = (output) => Object.keys(pieces).filter((name) => output.includes(pieces[name]));

test("the search finds printed secrets", () => {
  assert.deepEqual(found(run({ LEAK: "1" }).output), Object.keys(pieces));
});

test("no error shows a secret, however it is printed", () => {
  const { output, status } = run({});
  assert.equal(status, 0, output);
  assert.match(output, /printed 58\n/);
  assert.deepEqual(found(output), []);
});

test("nor does an uncaught error", () => {
  const { output, status } = run({ UNCAUGHT: "1" });
  assert.equal(status, 1);
  assert.match(output, /InvalidArgumentError[^]*Node.js v/);
  assert.deepEqual(found(output), []);
});
