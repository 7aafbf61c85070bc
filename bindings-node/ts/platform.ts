// The name of this machine's native library.

/** As `linux-x64-gnu`: the platform, the processor, and on Linux the C library. */
export function platformName(): string {
  const name = `${process.platform}-${process.arch}`;
  if (process.platform === "linux") return `${name}-${hasGlibc() ? "gnu" : "musl"}`;
  return process.platform === "win32" ? `${name}-msvc` : name;
}

function hasGlibc(): boolean {
  const report = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined;
  return report?.header?.glibcVersionRuntime !== undefined;
}
