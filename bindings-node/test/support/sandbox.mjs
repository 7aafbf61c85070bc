// The program of the sandbox: the one that AGENTHUMAN_SANDBOX names, or that of the checkout.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

export function sandboxProgram() {
  const suffix = process.platform === "win32" ? ".exe" : "";
  const built = fileURLToPath(new URL(`../../../target/debug/agenthuman-sandbox${suffix}`, import.meta.url));
  const program = process.env.AGENTHUMAN_SANDBOX || built;
  assert(existsSync(program), `${program} is not there; run \`cargo build -p agenthuman-sandbox\``);
  return program;
}
