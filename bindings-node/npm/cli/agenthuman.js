#!/usr/bin/env node
// Runs the program in the package of this platform.

const { join } = require("node:path");
const { platformName } = require("./platform.js");
const { resolve, run } = require("./program.js");

const itsPackage = `agenthuman-cli-${platformName()}`;
const found = resolve(__filename, `${itsPackage}/package.json`);
if (found) {
  run(join(found, "..", `agenthuman${process.platform === "win32" ? ".exe" : ""}`), process.argv.slice(2));
} else {
  console.error(
    `agenthuman: the package ${itsPackage}, which contains the program, is not installed: npm omitted optional ` +
      `dependencies (--omit=optional), or there is no program for this platform.`,
  );
  process.exitCode = 1;
}
