// The names of the native libraries: which there are, and which is this machine's.

import { readFileSync } from "node:fs";

/** Every platform that has one. */
export const PLATFORMS: readonly string[] = [
  "darwin-arm64",
  "darwin-x64",
  "linux-arm64-gnu",
  "linux-arm64-musl",
  "linux-x64-gnu",
  "linux-x64-musl",
  "win32-arm64-msvc",
  "win32-x64-msvc",
];

/** As `linux-x64-gnu`: the platform, the processor, and on Linux the C library. */
export function platformName(): string {
  const name = `${process.platform}-${process.arch}`;
  if (process.platform === "linux") return `${name}-${hasGlibc() ? "gnu" : "musl"}`;
  return process.platform === "win32" ? `${name}-msvc` : name;
}

function hasGlibc(): boolean {
  // Each C library has an ldd of its own. The report tells too, and takes milliseconds.
  try {
    return !readFileSync("/usr/bin/ldd", "utf8").includes("musl");
  } catch {
    const report = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined;
    return report?.header?.glibcVersionRuntime !== undefined;
  }
}
