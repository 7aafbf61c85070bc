// The names of the native libraries.

import { readFileSync } from "node:fs";

/** The supported platforms. */
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

/** Returns the name of this platform, such as `linux-x64-gnu`: system, processor, and on Linux the C library. */
export function platformName(): string {
  const name = `${process.platform}-${process.arch}`;
  if (process.platform === "linux") return `${name}-${hasGlibc() ? "gnu" : "musl"}`;
  return process.platform === "win32" ? `${name}-msvc` : name;
}

function hasGlibc(): boolean {
  // Each C library has its own ldd. The process report has this information, too, but takes milliseconds.
  try {
    return !readFileSync("/usr/bin/ldd", "utf8").includes("musl");
  } catch {
    const report = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined;
    return report?.header?.glibcVersionRuntime !== undefined;
  }
}
