// Loads a package from the folder that the benchmark installed it in.

import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(join(process.env.AGENTHUMAN_BENCH_PACKAGES, "package.json"));

export const headers = { "x-api-key": process.env.AGENTHUMAN_BENCH_KEY, accept: "application/json" };

export const load = (name) => require(name);
