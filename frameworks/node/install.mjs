// Builds the published packages of this checkout, and installs them for the frameworks.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const packed = mkdtempSync(join(tmpdir(), "agenthuman-frameworks-"));
try {
  const pack = join(here, "../../bindings-node/scripts/pack.mjs");
  execFileSync(process.execPath, [pack, packed, "--built", "--sandbox", process.env.AGENTHUMAN_SANDBOX], { stdio: "inherit" });
  const folders = ["node_modules", "full/node_modules", "../../examples/next/node_modules"].map((folder) => join(here, folder));
  for (const modules of folders.filter((folder) => existsSync(folder))) {
    for (const tarball of readdirSync(packed)) {
      const folder = join(modules, tarball.replace(/-\d+\.\d+\.\d+.*\.tgz$/, ""));
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder);
      execFileSync("tar", ["-xzf", join(packed, tarball), "-C", folder, "--strip-components=1"]);
    }
  }
} finally {
  rmSync(packed, { recursive: true, force: true });
}
