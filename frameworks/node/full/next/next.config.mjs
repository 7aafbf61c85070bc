import { fileURLToPath } from "node:url";

export default {
  serverExternalPackages: ["agenthuman"],
  output: "standalone",
  // Where node_modules is, for Turbopack and for the files that a standalone server needs.
  turbopack: { root: fileURLToPath(new URL("..", import.meta.url)) },
  outputFileTracingRoot: fileURLToPath(new URL("..", import.meta.url)),
};
