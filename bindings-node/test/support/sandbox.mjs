// The programs of the sandbox and the command: those that the environment names, or those of the checkout.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const sandboxProgram = () => built("agenthuman-sandbox", "agenthuman-sandbox", process.env.AGENTHUMAN_SANDBOX);
export const cliProgram = () => built("agenthuman", "agenthuman-cli", process.env.AGENTHUMAN_CLI);

function built(name, crate, named) {
  const suffix = process.platform === "win32" ? ".exe" : "";
  const program = named || fileURLToPath(new URL(`../../../target/debug/${name}${suffix}`, import.meta.url));
  assert(existsSync(program), `${program} is not there; run \`cargo build -p ${crate}\``);
  return program;
}
