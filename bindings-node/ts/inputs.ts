// Converts parameters that are objects or pictures. What is neither stays as it is: the core has the error.

import { fileURLToPath } from "node:url";
import { canonicalName } from "./convert.js";

/** An avatar: its id, the URL of a picture or a picture in base64; or a picture: its bytes, or a file with it. */
export type AvatarInput = string | Uint8Array | { readonly path: string | URL };

/** The avatar as the core takes it. */
export function avatarSpec(value: unknown): unknown {
  if (value instanceof Uint8Array) {
    return { base64: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64") };
  }
  const path = typeof value === "object" && value !== null ? (value as { path?: unknown }).path : undefined;
  return path === undefined ? value : { path: path instanceof URL ? fileURLToPath(path) : path };
}

/** The object with canonical names. */
export function groupSpec(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, value]) => [canonicalName(name), value as unknown]));
}
