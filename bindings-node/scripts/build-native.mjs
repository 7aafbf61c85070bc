// Builds the addon for this machine, and copies it to the place where a checkout loads it. `--release`: a release build.

import { execFileSync } from "node:child_process";
import { copyFileSync, renameSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { platformName } from "../dist/platform.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Builds the addon, and gives its path. */
export function buildNative({ release }) {
  const args = ["build", "--package", "agenthuman-node", "--message-format", "json-render-diagnostics"];
  const output = execFileSync("cargo", release ? [...args, "--release"] : args, {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
    maxBuffer: 64 * 1024 * 1024,
  });
  const built = output
    .toString()
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line))
    .find((message) => message.reason === "compiler-artifact" && message.target.name === "agenthuman_node");
  return built.filenames[0];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const built = buildNative({ release: process.argv.includes("--release") });
  const target = fileURLToPath(new URL(`../agenthuman.${platformName()}.node`, import.meta.url));
  // A process that has the old one loaded keeps it: the new one is another file under its name.
  copyFileSync(built, `${target}.new`);
  renameSync(`${target}.new`, target);
}
