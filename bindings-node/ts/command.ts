#!/usr/bin/env node
// The command `agenthuman`, for `npx agenthuman` beside the library. The program is in the package agenthuman-cli, so that
// servers do not install it with the library. It is never downloaded, since its name may belong to someone else until it is
// published.

import { places, resolve, run } from "./program.js";

const launcher = places()
  .map((from) => resolve(from, "agenthuman-cli/agenthuman.js"))
  .find((path) => path !== undefined);
const args = process.argv.slice(2);
if (launcher !== undefined) {
  run(process.execPath, [launcher, ...args]);
} else {
  console.error(
    `agenthuman: the command is in the package agenthuman-cli, which is not installed, and not published yet. In a ` +
      `checkout, run it with "cargo run --package agenthuman-cli", or install the file that "cargo xtask dist build" makes.`,
  );
  process.exitCode = 1;
}
