#!/usr/bin/env node
// The command `agenthuman`, for `npx agenthuman`. The program is in the package agenthuman-cli, so that servers do not
// install it with the library. If it is not installed, npx downloads it.

import { dirname, join } from "node:path";
import { version } from "./generated/version.js";
import { places, resolve, run } from "./program.js";

const launcher = places()
  .map((from) => resolve(from, "agenthuman-cli/agenthuman.js"))
  .find((path) => path !== undefined);
const args = process.argv.slice(2);
// Set by npx and by npm's scripts. Other package managers have their own programs here.
const npm = process.env.npm_execpath;
if (launcher !== undefined) {
  run(process.execPath, [launcher, ...args]);
} else if (npm !== undefined && /[\\/]np[mx]-cli\.js$/.test(npm)) {
  run(process.execPath, [join(dirname(npm), "npm-cli.js"), "exec", "--", `agenthuman-cli@${version}`, ...args]);
} else {
  console.error(
    `agenthuman: the command is in the package agenthuman-cli, which is not installed, and not published yet. Install it ` +
      `from its file, or run it in a checkout with "cargo run --package agenthuman-cli".`,
  );
  process.exitCode = 1;
}
