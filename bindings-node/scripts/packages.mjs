// The published packages: the main package, a package for each platform's library, and the same for the sandbox and the
// command. This script writes those in npm/: `node scripts/packages.mjs`.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { PLATFORMS } from "../dist/platform.js";

const root = new URL("../", import.meta.url);
export const manifest = JSON.parse(readFileSync(new URL("package.json", root)));
const { version, license, engines } = manifest;

/** Fields that every package has, as far as the main one has them. */
const SHARED = ["keywords", "homepage", "repository", "bugs"];
const shared = Object.fromEntries(SHARED.filter((name) => name in manifest).map((name) => [name, manifest[name]]));

/** Put beside each by `scripts/pack.mjs`. */
export const LICENSES = ["LICENSE-APACHE", "LICENSE-MIT"];

/** The licences of the crates in a package's binary, written by `scripts/pack.mjs`. */
export const NOTICES = "THIRD-PARTY-NOTICES.txt";

/** The same crates as a bill of materials. */
export const SBOM = "sbom.cyclonedx.json";

const restriction = (platform) => {
  const [os, cpu, libc] = platform.split("-");
  return { os: [os], cpu: [cpu], ...(os === "linux" && { libc: [libc === "gnu" ? "glibc" : "musl"] }) };
};

const dependencies = (prefix) => Object.fromEntries(PLATFORMS.map((platform) => [`${prefix}-${platform}`, version]));
const executable = (name, platform) => `${name}${platform.startsWith("win32") ? ".exe" : ""}`;

const library = (platform) => ({
  name: `agenthuman-${platform}`,
  version,
  description: `The native library of agenthuman for ${platform}`,
  license,
  ...shared,
  engines,
  ...restriction(platform),
  main: `agenthuman.${platform}.node`,
  files: [`agenthuman.${platform}.node`, ...LICENSES, NOTICES, SBOM],
});

const program = (name, file, description) => (platform) => ({
  name: `${name}-${platform}`,
  version,
  description: `${description} for ${platform}`,
  license,
  ...shared,
  ...restriction(platform),
  files: [executable(file, platform), ...LICENSES, NOTICES, SBOM],
});

const sandbox = program("agenthuman-sandbox", "agenthuman-sandbox", "The AgentHuman sandbox");
const cli = program("agenthuman-cli", "agenthuman", "The command agenthuman");

const anySandbox = {
  name: "agenthuman-sandbox",
  version,
  description: "The AgentHuman sandbox: the service on one's own machine, for tests",
  license,
  ...shared,
  files: LICENSES,
  optionalDependencies: dependencies("agenthuman-sandbox"),
};

/** What `agenthuman.js` of npm/cli/ requires, from the library's `dist`. */
export const LAUNCHER = ["platform.js", "program.js"];

const anyCli = {
  name: "agenthuman-cli",
  version,
  description: "The command agenthuman: keys, sessions, a doctor and the sandbox",
  license,
  ...shared,
  engines,
  // `npx agenthuman-cli` runs the one with the package's name, which no other package has.
  bin: { agenthuman: "agenthuman.js", "agenthuman-cli": "agenthuman.js" },
  files: ["agenthuman.js", ...LAUNCHER, ...LICENSES],
  optionalDependencies: dependencies("agenthuman-cli"),
};

/** The packages of npm/ by their folders. */
export const packages = {
  ...Object.fromEntries(PLATFORMS.map((platform) => [platform, library(platform)])),
  cli: anyCli,
  ...Object.fromEntries(PLATFORMS.map((platform) => [`cli-${platform}`, cli(platform)])),
  sandbox: anySandbox,
  ...Object.fromEntries(PLATFORMS.map((platform) => [`sandbox-${platform}`, sandbox(platform)])),
};

/**
 * The main package as it is published. The checkout's own has no optional dependencies, since a lock file cannot hold
 * packages that are not published yet.
 */
export function published() {
  const { scripts, devDependencies, prettier, ...kept } = manifest;
  return { ...kept, optionalDependencies: dependencies("agenthuman") };
}

export const text = (value) => `${JSON.stringify(value, null, 2)}\n`;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [folder, value] of Object.entries(packages)) {
    mkdirSync(new URL(`npm/${folder}/`, root), { recursive: true });
    writeFileSync(new URL(`npm/${folder}/package.json`, root), text(value));
  }
}
