// Joins the compiled modules of a folder into one, `all.js`, as they are published: Node needs about 0.3 ms for each module that it
// loads, most of the time of an import. Entries stay, and load their part of it; a part that no entry asks for never runs.
//
//     node scripts/bundle.mjs FOLDER

import { build } from "esbuild";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const SOURCES = fileURLToPath(new URL("../ts/", import.meta.url));

/** The entries that `exports` of package.json names. */
const ENTRIES = ["index", "relay", "rooms", "sandbox", "testing"];
const ALL = "all.js";
/** Modules that are loaded by names of their own: by package.json, and by the packages of the programs. */
const KEPT = ["browser.js", "command.js", "library.js", "platform.js", "program.js"];

const OPTIONS = {
  bundle: true,
  platform: "node",
  target: "node20",
  // Each bundler chooses what it finds under the first name, and an application may have the second.
  external: ["#library", "@opentelemetry/api"],
  // What package.json says of side effects is about the bundles of users.
  ignoreAnnotations: true,
  logLevel: "warning",
};

/** Joins the modules of a folder, and removes those that are then in the joined one. */
export async function bundle(folder) {
  // First, since in a bundle of ES modules it throws an error that says what to do.
  const library = `require("#library");\n`;
  const parts = ENTRIES.map((entry) => `exports.${entry} = () => require("./${entry}.js");\n`);
  const stdin = { contents: [library, ...parts].join(""), resolveDir: folder, sourcefile: "entries" };
  // Otherwise the comments in the file have the path of the folder.
  await build({ ...OPTIONS, absWorkingDir: folder, stdin, format: "cjs", outfile: join(folder, ALL) });
  for (const [entry, exports] of await exportsOfEntries()) {
    // Nothing runs after `0 &&`: Node reads there which names an ES module can import.
    const names = `0 && (module.exports = { ${exports.join(", ")} });`;
    writeFileSync(join(folder, `${entry}.js`), `"use strict";\nmodule.exports = require("./${ALL}").${entry}();\n${names}\n`);
  }
  const stays = new Set([ALL, ...KEPT, ...ENTRIES.map((entry) => `${entry}.js`)]);
  for (const file of readdirSync(folder, { recursive: true })) {
    if (file.endsWith(".js") && !stays.has(file)) rmSync(join(folder, file));
  }
}

/** The names that each entry exports. */
async function exportsOfEntries() {
  const entryPoints = ENTRIES.map((entry) => join(SOURCES, `${entry}.ts`));
  const { metafile } = await build({ ...OPTIONS, entryPoints, format: "esm", outdir: ".", write: false, metafile: true });
  return Object.values(metafile.outputs).map((output) => [basename(output.entryPoint, ".ts"), output.exports]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundle(resolve(process.argv[2]));
