// Runs a script in a child process.

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("..", import.meta.url));

/**
 * Runs Node with these arguments, or an ES module's text, and gives what came of it. A child that does not end is ended
 * by the test runner's own timeout.
 */
export function node(argumentsOrText, { env = {}, cwd = folder } = {}) {
  const args = Array.isArray(argumentsOrText) ? argumentsOrText : ["--input-type=module", "--eval", argumentsOrText];
  const child = spawn(process.execPath, args, { cwd, env: { ...process.env, ...env } });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (data) => (stdout += data));
  child.stderr.on("data", (data) => (stderr += data));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status, signal) => resolve({ status, signal, stdout, stderr }));
  });
}
