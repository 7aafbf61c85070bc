// Loads the native library from inside a bundle. With a literal `require`, bundlers would try to include the library, which
// fails without a plugin. So it is looked up at run time.

const KEEP_EXTERNAL =
  "Keep agenthuman out of the bundle, and install it where the bundle runs. " +
  "esbuild: --external:agenthuman. " +
  'webpack: externals: { agenthuman: "commonjs agenthuman", "agenthuman/relay": "commonjs agenthuman/relay" }. ' +
  'Next.js: serverExternalPackages: ["agenthuman"].';

const { createRequire: requireFrom } = nodeModule();

/**
 * Returns `node:module`. It is not imported, since webpack would transform its use. The other files of this
 * package are CommonJS: in a bundle of ES modules the bundler replaces their `require` by a function that throws, or by
 * nothing, and this is where that shows first.
 */
function nodeModule(): typeof import("node:module") {
  try {
    return require("node:module") as typeof import("node:module");
  } catch (cause) {
    throw new Error(`agenthuman is part of a bundle of ES modules, where it cannot work. ${KEEP_EXTERNAL}`, { cause });
  }
}

/**
 * Loads the library of a platform from the packages that are installed next to the bundle.
 *
 * @throws {Error} If its package is not found, or if loading the library fails.
 */
export function loadLibrary(platform: string): unknown {
  const here = requireFrom(bundle());
  const itsPackage = `agenthuman-${platform}`;
  try {
    return here(itsPackage);
  } catch (error) {
    if ((error as { code?: string }).code !== "MODULE_NOT_FOUND") throw error;
    // Strict package managers make it visible to agenthuman only.
    return requireFrom(here.resolve("agenthuman/package.json"))(itsPackage);
  }
}

/** Returns the error message for a missing library. */
export function howToInstall(itsPackage: string): string {
  return (
    `agenthuman is part of the bundle ${bundle()}, and the package ${itsPackage}, which holds its native library, ` +
    `cannot be found from there. ${KEEP_EXTERNAL}`
  );
}

function bundle(): string {
  return typeof __filename === "string" ? __filename : process.argv[1]!;
}
