// Programs in other packages: finding and running them.

import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";

/**
 * Returns the files to resolve packages from: this one, and one of the user's project, since strict package managers hide
 * its packages from this one.
 */
export const places = (): string[] => [__filename, join(process.cwd(), "package.json")];

/** Resolves a file of an installed package. */
export function resolve(from: string, path: string): string | undefined {
  try {
    return createRequire(from).resolve(path);
  } catch {
    return undefined;
  }
}

/** Runs a program in the place of this process: with its streams, signals and exit status. */
export function run(program: string, args: readonly string[]): void {
  const child = spawn(program, args, { stdio: "inherit" });
  // A terminal sends SIGINT to the program too, which decides what to do.
  process.on("SIGINT", () => {});
  for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill(signal));
  child.once("error", (error) => {
    console.error(`agenthuman: starting ${program} failed: ${error.message}`);
    process.exitCode = 1;
  });
  child.once("exit", (status, signal) => {
    if (signal === null) process.exit(status);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
