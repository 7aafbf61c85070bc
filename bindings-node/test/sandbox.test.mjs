// The examples, as a user runs them, against the sandbox.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { node } from "./support/run.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const examples = fileURLToPath(new URL("../../examples/node/", import.meta.url));
let sandbox;
let url;
let apiKey;

before(async () => {
  assert(existsSync(`${examples}node_modules/agenthuman`), "run `npm install` in examples/node");
  const program = fileURLToPath(new URL("../../target/debug/agenthuman-sandbox", import.meta.url));
  assert(existsSync(program), "run `cargo build -p agenthuman-sandbox`");
  sandbox = spawn(program, ["--port", "0", "--json"], { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(createInterface({ input: sandbox.stdout }), "line");
  ({ url, api_key: apiKey } = JSON.parse(line));
});

after(() => sandbox?.kill());

const outcome = ({ stdout }) => JSON.parse(stdout.trim().split("\n").at(-1));

test("main-job signs in and does the whole job", async () => {
  const env = {
    AGENTHUMAN_BASE_URL: url,
    AGENTHUMAN_DEMO_EMAIL: "ada@example.com",
    AGENTHUMAN_API_KEY: "",
    AGENTHUMAN_TOKEN: "",
  };
  const ended = await node(["main-job.mjs"], { cwd: examples, env });
  assert.equal(ended.status, 0, ended.stderr);
  const { avatars, ...rest } = outcome(ended);
  assert(avatars > 0);
  assert.deepEqual(rest, {
    language: "node",
    agent: "Sunny",
    session_status: "completed",
    messages: 4,
    rotated: true,
    old_key: "ApiKeyRevokedError",
  });
});

test("main-job with a key does the key's part", async () => {
  const ended = await node(["main-job.mjs"], { cwd: examples, env: { AGENTHUMAN_BASE_URL: url, AGENTHUMAN_API_KEY: apiKey } });
  assert.equal(ended.status, 0, ended.stderr);
  const { session_status, messages, rotated, old_key } = outcome(ended);
  assert.deepEqual([session_status, messages, rotated, old_key], ["completed", 4, null, null]);
});

test("quickstart holds a conversation", async () => {
  const ended = await node(["quickstart.mjs"], { cwd: examples, env: { AGENTHUMAN_BASE_URL: url, AGENTHUMAN_API_KEY: apiKey } });
  assert.equal(ended.status, 0, ended.stderr);
  assert.match(ended.stdout, /\ncompleted\n$/);
});
