import { fileURLToPath } from "node:url";

export default {
  serverExternalPackages: ["agenthuman"],
  output: "standalone",
  // The folder of node_modules, for Turbopack and for the files of a standalone server.
  turbopack: { root: fileURLToPath(new URL("..", import.meta.url)) },
  outputFileTracingRoot: fileURLToPath(new URL("..", import.meta.url)),
};
