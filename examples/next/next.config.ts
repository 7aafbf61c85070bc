import type { NextConfig } from "next";

export default {
  // The package loads a native library, which a bundle cannot contain.
  serverExternalPackages: ["agenthuman"],
  // Traces what the server needs, the native library too, into .next/standalone.
  output: "standalone",
} satisfies NextConfig;
