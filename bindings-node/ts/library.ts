// Loads the native library, for Node and for tools that trace the files of a program (Next.js, serverless packagers), which
// find a package only by a literal `require`. Bundlers use `library-bundled.mts` instead: see `imports` in package.json.

import { existsSync } from "node:fs";
import { join } from "node:path";

/**
 * Loads the library of a platform.
 *
 * @throws {Error} If its package is not installed, or if loading it fails.
 */
export function loadLibrary(platform: string): unknown {
  // In a checkout the library is next to package.json. When installed, it is in a separate package.
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

/** Returns the error message for a missing library. */
export function howToInstall(itsPackage: string): string {
  return (
    `The package ${itsPackage}, which contains the native library of agenthuman for this platform, is not installed. ` +
    `Install again without --omit=optional, and on this platform rather than copying node_modules from another; ` +
    `if a lock file was made on another platform, remove it and node_modules, and install again. ` +
    `In a checkout, run "npm run build".`
  );
}
