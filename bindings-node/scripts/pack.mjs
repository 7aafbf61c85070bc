// Creates the published packages for this machine: the main package, its library, with `--sandbox PROGRAM` the sandbox,
// and with `--cli PROGRAM` the command.
//
//     node scripts/pack.mjs FOLDER [--built] [--sandbox PROGRAM] [--cli PROGRAM]
//
// It makes a release build of the library, and rejects one of more than 4 MB; `--built` uses the library of the checkout.

import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { platformName } from "../dist/platform.js";
import { buildNative } from "./build-native.mjs";
import { LAUNCHER, LICENSES, NOTICES, packages, published, text } from "./packages.mjs";

const LIMIT = 4_000_000;

const root = fileURLToPath(new URL("../", import.meta.url));
const { values, positionals } = parseArgs({
  options: { built: { type: "boolean" }, sandbox: { type: "string" }, cli: { type: "string" } },
  allowPositionals: true,
});
const out = resolve(positionals[0] ?? ".");
mkdirSync(out, { recursive: true });

/** Packs a package that consists of these files, by their names in it. */
function pack(manifest, files) {
  const folder = mkdtempSync(join(tmpdir(), "agenthuman-pack-"));
  try {
    writeFileSync(join(folder, "package.json"), text(manifest));
    for (const license of LICENSES) copyFileSync(join(root, "..", license), join(folder, license));
    for (const [name, from] of Object.entries(files)) cpSync(from, join(folder, name), { recursive: true });
    const npm = process.platform === "win32" ? "npm.cmd" : "npm";
    const args = ["pack", "--json", "--ignore-scripts", "--pack-destination", out];
    const [packed] = Object.values(JSON.parse(execFileSync(npm, args, { cwd: folder, stdio: ["ignore", "pipe", "ignore"] })));
    const { filename } = packed;
    const { size } = statSync(join(out, filename));
    console.log(`${filename} ${size} bytes`);
    return size;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A file with the licences of the crates that a crate's binary contains. */
function notices(crate) {
  const file = join(mkdtempSync(join(tmpdir(), "agenthuman-notices-")), NOTICES);
  execFileSync("cargo", ["xtask", "notices", crate, file], { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
  return file;
}

const platform = platformName();
const library = `agenthuman.${platform}.node`;
pack(published(), { dist: join(root, "dist"), "README.md": join(root, "README.md") });

const built = values.built ? join(root, library) : buildNative({ release: true });
const size = pack(packages[platform], { [library]: built, [NOTICES]: notices("agenthuman-node") });
if (!values.built && size > LIMIT) throw new Error(`the library is ${size} bytes when packed, and may be ${LIMIT}`);

/** Packs a program's package for this platform, and the one that depends on it. */
function packProgram(folder, program, files) {
  const itsPackage = packages[`${folder}-${platform}`];
  pack(packages[folder], files);
  pack(itsPackage, { [itsPackage.files[0]]: program, [NOTICES]: notices(`agenthuman-${folder}`) });
}

if (values.sandbox) packProgram("sandbox", values.sandbox, {});
if (values.cli) {
  const launcher = LAUNCHER.map((name) => [name, join(root, "dist", name)]);
  packProgram("cli", values.cli, { "agenthuman.js": join(root, "npm/cli/agenthuman.js"), ...Object.fromEntries(launcher) });
}
