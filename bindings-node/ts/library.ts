// Loads the native library, for Node and for tools that trace which files a program needs (Next.js, serverless packagers):
// they find a package by a literal `require` only. Bundlers take `library-bundled.mts` in its place: see `imports` in
// package.json.

import { existsSync } from "node:fs";
import { join } from "node:path";

/**
 * Loads the library of a platform.
 *
 * @throws {Error} If its package is not installed, or if the library cannot be loaded.
 */
export function loadLibrary(platform: string): unknown {
  // A checkout has the library next to its package.json; an installed package has it in a package of its own.
  const local = join(__dirname, "..", `agenthuman.${platform}.node`);
  if (existsSync(local)) return require(local);
  switch (platform) {
    case "darwin-arm64":
      return require("agenthuman-darwin-arm64");
    case "darwin-x64":
      return require("agenthuman-darwin-x64");
    case "linux-arm64-gnu":
      return require("agenthuman-linux-arm64-gnu");
    case "linux-arm64-musl":
      return require("agenthuman-linux-arm64-musl");
    case "linux-x64-gnu":
      return require("agenthuman-linux-x64-gnu");
    case "linux-x64-musl":
      return require("agenthuman-linux-x64-musl");
    case "win32-arm64-msvc":
      return require("agenthuman-win32-arm64-msvc");
    case "win32-x64-msvc":
      return require("agenthuman-win32-x64-msvc");
    default:
      throw new Error(`unknown platform ${platform}`);
  }
}

/** Explains what to do if the library's package is missing. */
export function howToInstall(itsPackage: string): string {
  return (
    `The package ${itsPackage}, which holds the native library of agenthuman for this machine, is not installed. ` +
    `Install again without --omit=optional, and on this platform rather than copying node_modules from another; ` +
    `if a lock file was made on another platform, remove it and node_modules, and install again. ` +
    `In a checkout, run "npm run build".`
  );
}
