// Creates published packages. Without an option: the main package and its library for this machine.
//
//     node scripts/pack.mjs FOLDER [--built] [--sandbox PROGRAM] [--cli PROGRAM]
//     node scripts/pack.mjs FOLDER --main
//     node scripts/pack.mjs FOLDER --platform NAME [--library FILE] [--sandbox PROGRAM] [--cli PROGRAM]
//
// `--sandbox` and `--cli` add the packages of these programs, `--main` creates the packages that have no native code, and
// `--platform` only those of a platform, from files that are built already. Without it, the library is a release build, and
// one of more than 4 MB is rejected; `--built` uses the library of the checkout.

import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { platformName } from "../dist/platform.js";
import { buildNative } from "./build-native.mjs";
import { bundle } from "./bundle.mjs";
import { LAUNCHER, LICENSES, NOTICES, SBOM, packages, published, text } from "./packages.mjs";

const LIMIT = 4_000_000;

const root = fileURLToPath(new URL("../", import.meta.url));
const { values, positionals } = parseArgs({
  options: {
    built: { type: "boolean" },
    main: { type: "boolean" },
    platform: { type: "string" },
    library: { type: "string" },
    sandbox: { type: "string" },
    cli: { type: "string" },
  },
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

/** The files about the crates that a crate's binary contains, by their names in a package. */
function crates(crate) {
  const folder = mkdtempSync(join(tmpdir(), "agenthuman-notices-"));
  const [notices, sbom] = [join(folder, NOTICES), join(folder, SBOM)];
  const args = ["xtask", "notices", crate, notices, "--sbom", sbom];
  execFileSync("cargo", args, { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
  return { [NOTICES]: notices, [SBOM]: sbom };
}

const platform = values.platform ?? platformName();
if (!(platform in packages)) throw new Error(`unknown platform ${platform}`);
const library = `agenthuman.${platform}.node`;

const packLibrary = (file) => pack(packages[platform], { [library]: file, ...crates("agenthuman-node") });

const PROGRAMS = ["sandbox", "cli"];

/** Packs a program's package for the platform. */
function packProgram(name, program) {
  const itsPackage = packages[`${name}-${platform}`];
  pack(itsPackage, { [itsPackage.files[0]]: program, ...crates(`agenthuman-${name}`) });
}

const MAIN_FILES = ["README.md", "models.schema.json", "models.rooms.schema.json"];

async function packMain() {
  const folder = mkdtempSync(join(tmpdir(), "agenthuman-dist-"));
  try {
    cpSync(join(root, "dist"), folder, { recursive: true });
    await bundle(folder);
    pack(published(), { dist: folder, ...Object.fromEntries(MAIN_FILES.map((name) => [name, join(root, name)])) });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Packs the package of a program that depends on those of the platforms. */
function packMainOfProgram(name) {
  const launcher = LAUNCHER.map((name) => [name, join(root, "dist", name)]);
  const files = { cli: { "agenthuman.js": join(root, "npm/cli/agenthuman.js"), ...Object.fromEntries(launcher) } };
  pack(packages[name], files[name] ?? {});
}

if (values.main) {
  await packMain();
  PROGRAMS.forEach(packMainOfProgram);
} else {
  if (!values.platform) {
    await packMain();
    const size = packLibrary(values.built ? join(root, library) : buildNative({ release: true }));
    if (!values.built && size > LIMIT) throw new Error(`the library is ${size} bytes when packed, and may be ${LIMIT}`);
  } else if (values.library) {
    packLibrary(values.library);
  }
  for (const name of PROGRAMS.filter((name) => values[name])) {
    packProgram(name, values[name]);
    if (!values.platform) packMainOfProgram(name);
  }
}
